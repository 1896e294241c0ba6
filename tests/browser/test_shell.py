"""The shell by keyboard alone: palette, sheet, list, theme; signing in on a phone."""

import pytest
from playwright.sync_api import Page, expect

from oms.core.models import User
from tests.browser.conftest import Opener, StaffOpener, arabic_keyboard, violations

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "relay-demo-2026"


@pytest.fixture
def noor() -> User:
    for name in ("layla", "omar", "sara"):
        User.objects.create_user(name, role="agent")
    return User.objects.create_user("noor", "noor@example.com", PASSWORD, role="admin")


def test_the_palette_finds_goes_and_darkens_without_a_mouse(open_staff: StaffOpener, noor: User) -> None:
    page = open_staff("/style/", user=noor)
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("dark")
    expect(page.locator("#palette-list [aria-selected=true]")).to_have_text("Dark theme")
    assert violations(page) == []
    with page.expect_response("**/profile/theme/"):
        page.keyboard.press("Enter")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    noor.refresh_from_db()
    assert noor.theme == "dark"
    page.keyboard.press("Control+k")
    page.keyboard.type("profile")
    expect(page.locator("#palette-list [aria-selected=true]")).to_contain_text("Your profile")
    page.keyboard.press("Enter")
    page.wait_for_url("**/profile/")
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_what_is_selected_is_counted_in_the_readers_digits(open_staff: StaffOpener, noor: User) -> None:
    User.objects.filter(pk=noor.pk).update(digits="local")
    page = open_staff("/style/", user=noor, language="ar")
    page.locator(".row-tick").nth(0).check()
    page.locator(".row-tick").nth(1).check()
    expect(page.locator(".bulk [data-count]")).to_have_text("٢")


@pytest.mark.parametrize("language", ["en", "ar", "fa"])
def test_the_rows_of_a_page_are_counted_in_the_direction_of_the_language(
    open_staff: StaffOpener, noor: User, language: str
) -> None:
    figures = open_staff("/style/", user=noor, language=language).locator("#pager span > bdi")
    first, last = (figures.nth(place).bounding_box() for place in (0, 1))
    assert first
    assert last
    assert (first["x"] < last["x"]) == (language == "en")


def test_rows_are_walked_ticked_and_all_selected_by_keys(open_staff: StaffOpener, noor: User) -> None:
    page = open_staff("/style/", user=noor, language="ar")
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("tr.here .row-tick")).to_be_checked()
    expect(page.locator(".bulk [data-count]")).to_have_text("1")
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.locator("[data-filter]")).to_be_focused()
    page.keyboard.type("layla")
    expect(page.locator(".table tbody tr")).to_have_count(1)
    page.wait_for_url("**q=layla*")


def test_the_keys_work_under_an_arabic_keyboard(open_staff: StaffOpener, noor: User) -> None:
    page = open_staff("/style/", user=noor, language="ar")
    keys = arabic_keyboard(page)
    keys("ت", "KeyJ")
    keys("ت", "KeyJ")
    keys("ء", "KeyX")
    expect(page.locator("tr.here .row-tick")).to_be_checked()
    expect(page.locator(".bulk [data-count]")).to_have_text("1")
    page.keyboard.press("Escape")
    keys("؟", "Slash", shift=True)
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    keys("ظ", "Slash")
    expect(page.locator("[data-filter]")).to_be_focused()
    keys("ت", "KeyJ")
    expect(page.locator("[data-filter]")).to_have_value("ت")
    page.wait_for_url("**q=*")
    page.locator("[data-filter]").blur()
    keys("ل", "KeyG")
    keys("ا", "KeyH")
    page.wait_for_url("**/")
    keys("ن", "KeyK", control=True)
    expect(page.locator("#palette")).to_be_visible()


def test_a_filter_turns_solid_and_comes_off(open_staff: StaffOpener, noor: User) -> None:
    page = open_staff("/style/", user=noor)
    page.get_by_role("button", name="Role").first.click()
    page.locator("#filter-role").get_by_label("Agent").check()
    page.locator("#filter-role").get_by_role("button", name="Apply").click()
    expect(page.locator(".chip-set")).to_contain_text("Agent")
    expect(page.locator(".table tbody tr")).to_have_count(3)
    page.get_by_label("Remove the filter Role").click()
    expect(page.locator(".table tbody tr")).to_have_count(4)


def test_a_filter_s_form_that_did_not_come_comes_when_opened_again(
    open_staff: StaffOpener, noor: User
) -> None:
    page = open_staff("/style/", user=noor)
    page.route("**chip=*", lambda route: route.abort())
    chip, form = page.get_by_role("button", name="Role").first, page.locator("#filter-role form")
    with page.expect_event("requestfailed"):
        chip.click()
    expect(form).to_have_count(0)
    page.keyboard.press("Escape")
    page.unroute_all(behavior="ignoreErrors")
    chip.click()
    expect(form).to_be_visible()


def test_signing_in_on_a_phone(open_page: Opener, noor: User) -> None:
    page = open_page("/profile/", language="ar", phone=True)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("[name=login]").fill("noor@example.com")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("button.primary").click()
    page.wait_for_url("**/profile/")
    expect(page.locator(".phone-bar")).to_be_visible()


def boxes(page: Page, *selectors: str) -> list[dict[str, float]]:
    """Where each stands on the screen."""
    return [
        page.locator(selector).evaluate(
            "e => { const r = e.getBoundingClientRect();"
            " return {left: r.left, right: r.right, top: r.top, bottom: r.bottom} }"
        )
        for selector in selectors
    ]


@pytest.mark.parametrize("size", [(1280, 900), (1280, 420), (1024, 768), (961, 500)])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_account_stays_at_the_sidebar_s_foot(
    open_staff: StaffOpener, noor: User, size: tuple[int, int], language: str
) -> None:
    page = open_staff("about:blank", user=noor, language=language)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto("/products/", wait_until="load")
    pages, account, here = boxes(page, ".side > nav", ".nav-me", ".side [aria-current]")
    assert size[1] - 16 <= account["bottom"] <= size[1]
    assert pages["bottom"] <= account["top"]
    assert pages["top"] <= here["top"]
    assert here["bottom"] <= pages["bottom"]
    page.locator(".nav-me").click()
    expect(page.locator("#me")).to_be_in_viewport(ratio=1)
    page.locator(".side > nav").evaluate("nav => nav.scrollTo(0, nav.scrollHeight)")
    assert boxes(page, ".nav-me") == [account]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_open_tab_is_in_sight_and_the_page_stays(
    open_staff: StaffOpener, noor: User, language: str
) -> None:
    page = open_staff("about:blank", user=noor, language=language, phone=True)
    page.goto("/orders/", wait_until="load")
    last = page.locator(".tabs a").last.get_attribute("href")
    assert last
    page.goto(last, wait_until="load")
    strip, tab = boxes(page, ".tabs", ".tabs [aria-current]")
    assert page.locator(".tabs").evaluate("strip => strip.scrollWidth > strip.clientWidth")
    assert strip["left"] <= tab["left"]
    assert tab["right"] <= strip["right"]
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    page.evaluate("document.dispatchEvent(new Event('rows-changed'))")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=1)
