"""Every staff page in Chromium, found by walking the URL table: one load in English, one in Arabic on a phone."""

from collections.abc import Iterator

import pytest
import time_machine
from playwright.sync_api import ConsoleMessage, Page

from tests.backoffice.routes import Route, staff_routes
from tests.browser.conftest import PHONE, StaffOpener, violations
from tests.browser.samples import World, world
from tests.portal import road

pytestmark = pytest.mark.django_db(transaction=True)

# Both cores walk half of the pages each.
HALVES = 2

# Boxes, not runs of text: inside a line the browser's own bidi algorithm places the words.
BOXES = """() => [...document.querySelectorAll('body *')]
  .filter(e => !e.closest('svg, kbd, body [dir=ltr], option') && !e.matches('.visually-hidden')
    && e.getClientRects().length && getComputedStyle(e).display !== 'inline')
  .map(e => { const r = e.getBoundingClientRect();
    return {name: e.tagName + '.' + e.className, x: r.left, right: r.right} })"""


# A form the browser would refuse in its own language instead of the page's.
UNSAID = """() => [...document.forms]
  .filter(form => !form.noValidate && form.querySelector(':required, [type=email], [type=url]'))
  .map(form => form.outerHTML.slice(0, 120))"""


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(road.NOW, tick=True):
        yield


@pytest.fixture
def company() -> World:
    return world()


def pages(half: int) -> list[Route]:
    return [route for route in staff_routes() if route.page][half::HALVES]


def paths(half: int, company: World, faults: list[str]) -> Iterator[str]:
    """A page nobody gave an object to is a fault of its own; the walk goes on."""
    for route in pages(half):
        try:
            yield route.path(company)
        except AssertionError as missing:
            faults.append(str(missing))


class Walk:
    """One page of one browser, taken from address to address; what is wrong on the way is kept."""

    def __init__(self, page: Page, faults: list[str]) -> None:
        self.page = page
        self.faults = faults
        self._path = ""
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.say(str(error)))

    def open(self, path: str) -> bool:
        self._path = path
        answer = self.page.goto(path, wait_until="load")
        if answer is None or answer.status != 200:
            self.say(str(answer and answer.status))
            return False
        return True

    def say(self, *faults: str) -> None:
        self.faults += [f"{self._path}: {fault}" for fault in faults]

    def _heard(self, message: ConsoleMessage) -> None:
        """A refused style, a script's error, a missing file: the browser says so in its console."""
        if message.type in ("error", "warning"):
            self.say(f"console: {message.text}")


def off_the_mirror(page: Page) -> list[str]:
    width = page.evaluate("document.documentElement.clientWidth")
    left = page.evaluate(BOXES)
    page.evaluate("document.documentElement.dir = 'rtl'")
    right = page.evaluate(BOXES)
    page.evaluate("document.documentElement.dir = 'ltr'")
    if len(left) != len(right):
        return [f"{len(left)} boxes one way, {len(right)} the other"]
    return [
        f"{one['name']} {one['x']:.0f}–{one['right']:.0f}, mirrored {other['x']:.0f}–{other['right']:.0f}"
        for one, other in zip(left, right, strict=True)
        if abs(other["x"] - (width - one["right"])) > 1.5
    ]


@pytest.mark.parametrize("half", range(HALVES))
def test_every_page_stands_in_both_directions_and_themes(
    company: World, open_staff: StaffOpener, half: int
) -> None:
    """On a desk in English, mirrored, light and dark, with axe; on a phone in Arabic without scrolling sideways."""
    faults: list[str] = []
    here = list(paths(half, company, faults))
    desk = Walk(open_staff("about:blank", user=company.admin), faults)
    for path in here:
        if desk.open(path):
            desk.say(*(f"mirror: {fault}" for fault in off_the_mirror(desk.page)))
            desk.say(*(f"refused by the browser: {form}" for form in desk.page.evaluate(UNSAID)))
            desk.say(*(f"light: {fault}" for fault in violations(desk.page)))
            desk.page.evaluate("document.documentElement.dataset.theme = 'dark'")
            desk.say(*(f"dark: {fault}" for fault in violations(desk.page, colours_only=True)))
    phone = Walk(open_staff("about:blank", user=company.admin, language="ar", phone=True), faults)
    for path in here:
        if phone.open(path):
            wide = phone.page.evaluate("document.documentElement.scrollWidth")
            if wide > PHONE["width"]:
                phone.say(f"{wide} px wide")
    assert not faults, "\n".join(faults)
