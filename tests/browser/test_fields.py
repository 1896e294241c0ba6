"""What is missing or malformed in a form is said at its field, in the page's language, before it is sent or after."""

import pytest
from playwright.sync_api import Locator, Page, expect

from oms.core.models import User
from orders.models import Comment, Order
from tests import shop
from tests.browser.conftest import Opener, StaffOpener, spoken, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)
LANGUAGES = ["en", "ar", "fa"]
MISSING = "This field is required."


@pytest.fixture
def noor() -> User:
    return User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role="admin")


def said_at(field: Locator) -> Locator:
    """The one line that describes the field as wrong."""
    expect(field).to_have_attribute("aria-invalid", "true")
    line = (field.get_attribute("aria-describedby") or "").split()[-1]
    return field.page.locator(f"#{line}.field-error")


def mark(page: Page, name: str) -> str:
    """What stands after the field's label."""
    return str(
        page.locator(f"[name={name}]").first.evaluate(
            "e => getComputedStyle(e.closest('.field').querySelector('label, legend'), '::after').content"
        )
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_field_is_named_at_its_place_and_focused(
    open_staff: StaffOpener, noor: User, language: str
) -> None:
    page = open_staff("/settings/users/new/", user=noor, language=language)
    username, email = page.locator("[name=username]"), page.locator("[name=email]")
    email.fill("lina@")
    page.locator("main button.primary").click()
    expect(said_at(username)).to_have_text(spoken(language, MISSING))
    expect(username).to_be_focused()
    expect(said_at(email)).to_have_text(spoken(language, "Enter a valid email address."))
    assert spoken(language, MISSING) != MISSING or language == "en"
    assert violations(page) == []
    assert page.url.endswith("/settings/users/new/")
    page.keyboard.type("lina")
    expect(page.locator(".field-error")).to_have_count(1)
    expect(username).not_to_have_attribute("aria-invalid", "true")
    assert username.get_attribute("aria-describedby") == "id_username_helptext"
    email.fill("lina@example.com")
    expect(page.locator(".field-error")).to_have_count(0)
    page.locator("main button.primary").click()
    page.wait_for_load_state()
    expect(page.locator("[data-secret]")).to_be_visible()
    assert User.objects.get(username="lina").email == "lina@example.com"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_scripts_the_server_says_it(open_staff: StaffOpener, noor: User, language: str) -> None:
    page = open_staff("/settings/users/new/", user=noor, language=language, scripts=False)
    page.locator("main button.primary").click()
    expect(said_at(page.locator("[name=username]"))).to_have_text(spoken(language, MISSING))


@pytest.mark.parametrize("phone", [False, True])
def test_a_dialog_says_it_too_and_stays_open(open_staff: StaffOpener, noor: User, *, phone: bool) -> None:
    page = open_staff("/returns/#register", user=noor, language="ar", phone=phone)
    page.locator("#register button[type=submit]").click()
    order = page.locator("#register [name=order]")
    expect(said_at(order)).to_have_text(spoken("ar", MISSING))
    expect(order).to_be_focused()
    expect(page.locator("#register")).to_be_visible()


def test_an_empty_comment_is_asked_for_words_below_its_field(open_staff: StaffOpener, noor: User) -> None:
    shop.location("RUH")
    shop.product("TEE", RUH=10)
    road.add_rate()
    order = Order.objects.get(pk=road.open_shop().routed(("TEE", 1))["id"])
    page = open_staff(f"/orders/{order.number}/", user=noor, language="fa")
    page.get_by_role("button", name=spoken("fa", "Post"), exact=True).click()
    field = page.locator(".order-comment textarea")
    expect(field).to_be_focused()
    line, box = said_at(field).bounding_box(), field.bounding_box()
    assert line
    assert box
    assert line["y"] >= box["y"] + box["height"]
    assert line["x"] + line["width"] == pytest.approx(box["x"] + box["width"], abs=1)
    assert not Comment.objects.exists()


def test_what_a_form_does_not_go_without_is_marked(
    open_staff: StaffOpener, open_page: Opener, noor: User
) -> None:
    page = open_staff("/settings/users/new/", user=noor)
    marks = {name: mark(page, name) for name in ("username", "first_name", "email", "role")}
    assert marks == {"username": '" *" / ""', "first_name": "none", "email": "none", "role": "none"}
    page.goto("/settings/keys/new/")
    assert mark(page, "scopes") == '" *" / ""'
    entrance = open_page("/account/login/", phone=False)
    assert mark(entrance, "login") == "none"
