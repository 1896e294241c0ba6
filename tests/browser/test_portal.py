"""The customer's pages in Chromium: both directions, both themes, a phone, a keyboard, no scripts."""

from collections.abc import Iterator

import pytest
import time_machine
from playwright.sync_api import Page, Route, expect

from returns.models import Return
from tests.browser.conftest import Opener, violations
from tests.portal import road

pytestmark = pytest.mark.django_db(transaction=True)

LANGUAGES = ["en", "ar", "fa"]

BOXES = """() => [...document.querySelectorAll('body *')]
  .filter(e => !e.closest('svg') && !e.matches('.visually-hidden, option') && e.getClientRects().length)
  .map(e => { const r = e.getBoundingClientRect();
    return {name: e.tagName + '.' + e.className, x: r.left, right: r.right, y: r.top, bottom: r.bottom} })"""

TARGETS = """() => [...document.querySelectorAll('a, button, summary, select, textarea, input:not([type=hidden])')]
  .filter(e => !e.matches('.visually-hidden') && e.getClientRects().length)
  .map(e => { const touched = e.matches('[type=checkbox], [type=radio]') ? e.closest('label') : e;
    const r = touched.getBoundingClientRect();
    return {name: e.outerHTML.slice(0, 80), width: r.width, height: r.height} })
  .filter(t => t.width < 44 || t.height < 44)"""


COLOURS = """() => {
  const sheets = [...document.styleSheets].flatMap(s => [...s.cssRules]);
  const rules = sheets.find(r => r.name === 'tokens').cssRules[0].style;
  const names = [...rules].filter(n => !n.startsWith('--shadow'));
  const box = document.body.appendChild(document.createElement('div'));
  const pen = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  return Object.fromEntries(names.map(name => {
    box.style.color = `var(${name})`;
    pen.fillStyle = '#808080';
    pen.fillRect(0, 0, 1, 1);
    pen.fillStyle = getComputedStyle(box).color;
    pen.fillRect(0, 0, 1, 1);
    return [name, [...pen.getImageData(0, 0, 1, 1).data]];
  }))}"""


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(road.NOW, tick=True):
        yield


@pytest.fixture
def paths() -> list[str]:
    """A page of each kind, with a name too long for a phone."""
    on_the_way, here = road.in_two_parcels(), road.delivered(number=20480)
    product = here.lines["HPH-WL-900"].product
    product.name = {**product.name, "en": "Wireless" + "headphones" * 9}
    product.save()
    here.asked_back("MUG-STN-350", units=1)
    return [on_the_way.path, here.path, f"{here.path}return/", f"{here.path}return/R20480-1/", "/t/none/"]


def mark_an_item(page: Page) -> None:
    """The return form at its fullest."""
    if page.locator(".return-item").count():
        page.locator(".return-item").first.click()


@pytest.mark.parametrize("phone", [True, False])
def test_every_box_mirrors(open_page: Opener, paths: list[str], phone: bool) -> None:
    for path in paths:
        page = open_page(path, phone=phone)
        mark_an_item(page)
        width = page.evaluate("document.documentElement.clientWidth")
        left = page.evaluate(BOXES)
        page.evaluate("document.documentElement.dir = 'rtl'")
        right = page.evaluate(BOXES)
        assert len(left) == len(right) > 10
        off = [
            (one["name"], one["x"], one["right"], other["x"], other["right"])
            for one, other in zip(left, right, strict=True)
            if abs(other["x"] - (width - one["right"])) > 1 or abs(other["y"] - one["y"]) > 1
        ]
        assert off == []


@pytest.mark.parametrize(("language", "dark"), [("en", False), ("en", True), ("ar", True), ("fa", False)])
def test_axe_finds_nothing(open_page: Opener, paths: list[str], language: str, dark: bool) -> None:
    for path in paths:
        page = open_page(path, language=language, dark=dark)
        mark_an_item(page)
        assert violations(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_phone_never_scrolls_sideways_and_fingers_hit(
    open_page: Opener, paths: list[str], language: str
) -> None:
    for path in paths:
        page = open_page(path, language=language)
        mark_an_item(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.locator("summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate(TARGETS) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_return_works_without_scripts(open_page: Opener, language: str) -> None:
    told = road.delivered()
    page = open_page(told.path, language=language, scripts=False)
    page.locator("a[href$='/return/']").click()
    page.locator("button[type=submit]").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    assert Return.objects.count() == 0

    page.locator(".return-item").nth(2).click()
    page.locator("select[name^=quantity]").nth(2).select_option("2")
    page.locator("select[name^=reason]").nth(2).select_option("damaged")
    page.locator("input[value=branch]").check()
    page.locator("input[value=refund]").check()
    page.locator("textarea").fill("الكوب مكسور")
    page.locator("button[type=submit]").click()
    asked = Return.objects.get()
    expect(page.locator("h1 + p bdi")).to_have_text(asked.number)
    line = asked.lines.get()
    assert (line.quantity, line.reason, line.note, asked.method) == (2, "damaged", "الكوب مكسور", "branch")
    page.locator("a.button").click()
    expect(page.locator(f"#return-{asked.number}")).to_be_visible()


def test_the_language_is_switched_and_stays(open_page: Opener) -> None:
    told = road.delivered()
    page = open_page(told.path, scripts=False)
    page.locator("summary").click()
    page.locator("a[lang=fa]").click()
    assert page.locator("html").get_attribute("dir") == "rtl"
    page.locator("a[href*='/return/']").click()
    assert page.locator("html").get_attribute("lang") == "fa"


def test_a_return_works_with_the_keyboard_alone(open_page: Opener) -> None:
    told = road.delivered()
    page = open_page(told.path)
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    _tab_to(page, "a[href$='/return/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/return/")
    _tab_to(page, "input[type=checkbox]")
    page.keyboard.press("Space")
    _tab_to(page, "select[name^=reason]")
    page.keyboard.press("ArrowDown")
    _tab_to(page, "input[name=method]")
    page.keyboard.press("Space")
    _tab_to(page, "input[name=resolution]")
    page.keyboard.press("Space")
    _tab_to(page, "button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/return/R*/")
    assert Return.objects.get().lines.get().reason == "damaged"


def _tab_to(page: Page, selector: str) -> None:
    """Tab until something that fits has the focus, and shows it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            ring = "getComputedStyle(document.activeElement.closest('.choice') || document.activeElement).outlineStyle"
            assert page.evaluate(ring) != "none"
            return
    raise AssertionError(f"Tab never reached {selector}")


@pytest.mark.parametrize("dark", [False, True])
def test_a_browser_without_light_dark_shows_the_same_colours(open_page: Opener, dark: bool) -> None:
    page = open_page(road.order().path, dark=dark)
    new = page.evaluate(COLOURS)
    assert page.evaluate("CSS.supports('color', 'light-dark(#000, #fff)')")

    def without_light_dark(route: Route) -> None:
        answer = route.fetch()
        old = answer.text().replace(
            "@supports (color: light-dark(#000, #fff))", "@supports (color: unknown(#000))"
        )
        route.fulfill(response=answer, body=old)

    page.route("**/css/customer.*.css", without_light_dark)
    page.reload()
    plain = page.evaluate(COLOURS)
    assert len(plain) > 25
    assert plain["--text"] != plain["--canvas"]
    off = {
        name: (plain[name], new[name])
        for name in plain
        if max(abs(one - other) for one, other in zip(plain[name], new[name], strict=True)) > 3
    }
    assert off == {}
