"""Calling on a colleague, as people do it: an @, the arrows, Enter; and the colleague finds it."""

import pytest
from playwright.sync_api import Page, expect

from oms.core.models import User
from orders.models import Comment, Mention, Order
from tests import shop
from tests.browser.conftest import StaffOpener, spoken, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


def colleague(name: str, first: str) -> User:
    return User.objects.create_user(
        name, f"{name}@example.com", "relay-demo-2026", role="agent", first_name=first
    )


def offered(page: Page) -> list[str]:
    return page.locator("#colleagues [role=option]").evaluate_all(
        "all => all.map(one => one.dataset.name + (one.ariaSelected === 'true' ? '*' : ''))"
    )


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("ar", False), ("ar", True), ("fa", True)])
def test_a_colleague_is_called_on_by_keys_alone_and_finds_it(
    open_staff: StaffOpener, language: str, phone: bool
) -> None:
    shop.location("RUH")
    shop.product("TEE", RUH=10)
    road.add_rate()
    order = Order.objects.get(pk=road.open_shop().routed(("TEE", 1))["id"])
    noor, sami = colleague("noor", "Noor"), colleague("sami", "سامي")
    colleague("samira", "Samira")

    page = open_staff(f"/orders/{order.number}/", user=noor, language=language, phone=phone)
    field = page.get_by_role("textbox", name=spoken(language, "Comment"))
    field.click()
    page.keyboard.type("Gate 4, @sa")
    expect(page.locator("#colleagues [role=option]")).to_have_count(2)
    assert offered(page) == ["samira*", "sami"]
    assert field.get_attribute("aria-activedescendant") == page.locator("[data-name=samira]").get_attribute(
        "id"
    )
    assert violations(page) == []
    box, list_box = field.bounding_box(), page.locator("#colleagues").bounding_box()
    assert box
    assert list_box
    assert list_box["y"] >= box["y"] + box["height"]
    page.keyboard.press("Escape")
    expect(page.locator("#colleagues")).to_have_count(0)
    page.keyboard.type("m")
    expect(page.locator("#colleagues [role=option]")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    assert offered(page) == ["samira", "sami*"]
    page.keyboard.press("Enter")
    expect(field).to_have_value("Gate 4, @sami ")
    page.get_by_role("button", name=spoken(language, "Post"), exact=True).click()
    expect(page.locator(".mention")).to_have_text("@سامي")
    assert Comment.objects.get().text == "Gate 4, @sami"
    assert list(Mention.objects.values_list("user__username", flat=True)) == ["sami"]

    his = open_staff("/", user=sami, language=language, phone=phone)
    if phone:
        his.goto("/mentions/")
    else:
        entry = his.locator(".side").get_by_role("link", name=spoken(language, "Mentions"))
        expect(entry.locator(".nav-count")).to_have_text("1")
        entry.click()
    expect(his.get_by_role("link", name="Noor")).to_be_visible()
    assert violations(his) == []
    his.get_by_role("link", name="Noor").click()
    expect(his).to_have_url(
        f"{his.url.split('/orders')[0]}/orders/{order.number}/#comment-{Comment.objects.get().pk}"
    )
    expect(his.locator("#timeline .mention")).to_be_in_viewport()
    his.goto("/mentions/?new=true")
    expect(his.get_by_text(spoken(language, "Nothing matches"))).to_be_visible()
    assert not Mention.objects.filter(seen_at=None).exists()


def test_a_full_name_is_offered_to_its_end_and_taken(open_staff: StaffOpener) -> None:
    shop.location("RUH")
    shop.product("TEE", RUH=10)
    road.add_rate()
    order = Order.objects.get(pk=road.open_shop().routed(("TEE", 1))["id"])
    noor, sami = colleague("noor", "Noor"), colleague("sami", "سامي")
    User.objects.filter(pk=sami.pk).update(last_name="العلي")
    page = open_staff(f"/orders/{order.number}/", user=noor)
    field = page.get_by_role("textbox", name="Comment")
    field.click()
    page.keyboard.type("@سامي الع")
    expect(page.locator("#colleagues [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(field).to_have_value("@sami ")
    page.keyboard.press("Enter")
    page.keyboard.type("@سامی العلی ")
    expect(page.locator("#colleagues")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(field).to_have_value("@sami \n@سامی العلی \n")
    page.get_by_role("button", name="Post", exact=True).click()
    expect(page.locator(".mention")).to_have_text(["@سامي العلي", "@سامي العلي"])
    assert Comment.objects.get().text == "@sami \n@sami"


def test_the_list_stands_out_of_the_card_it_is_in(open_staff: StaffOpener) -> None:
    shop.location("RUH")
    shop.product("TEE", RUH=10)
    road.add_rate()
    order = Order.objects.get(pk=road.open_shop().routed(("TEE", 1))["id"])
    noor = colleague("noor", "Noor")
    for name in ("sami", "samira", "samer"):
        colleague(name, name.title())
    page = open_staff(f"/customers/{order.customer_id}/", user=noor, language="ar")
    page.locator("#notes textarea").click()
    page.keyboard.type("@sa")
    expect(page.locator("#colleagues [role=option]")).to_have_count(3)
    seen = page.locator("#colleagues [role=option]").evaluate_all(
        """all => all.map(one => {
          const box = one.getBoundingClientRect();
          const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          return one.contains(top);
        })"""
    )
    assert seen == [True, True, True]
