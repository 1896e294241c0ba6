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


def listen(page: Page, path: str, faults: list[str]) -> None:
    """A refused style, a script's error, a missing file: the browser says so in its console."""

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            faults.append(f"{path}: console: {message.text}")

    page.on("console", heard)
    page.on("pageerror", lambda error: faults.append(f"{path}: {error}"))


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
def test_every_page_mirrors_and_axe_finds_nothing(company: World, open_staff: StaffOpener, half: int) -> None:
    faults: list[str] = []
    for path in paths(half, company, faults):
        page = open_staff("about:blank", user=company.admin)
        listen(page, path, faults)
        answer = page.goto(path, wait_until="load")
        if answer is None or answer.status != 200:
            faults.append(f"{path}: {answer and answer.status}")
            continue
        faults += [f"{path}: mirror: {fault}" for fault in off_the_mirror(page)]
        faults += [f"{path}: light: {fault}" for fault in violations(page)]
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        faults += [f"{path}: dark: {fault}" for fault in violations(page)]
        page.context.close()
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("half", range(HALVES))
def test_no_page_scrolls_sideways_on_a_phone(company: World, open_staff: StaffOpener, half: int) -> None:
    faults: list[str] = []
    for path in paths(half, company, faults):
        page = open_staff("about:blank", user=company.admin, language="ar", phone=True)
        listen(page, path, faults)
        answer = page.goto(path, wait_until="load")
        if answer is None or answer.status != 200:
            faults.append(f"{path}: {answer and answer.status}")
            continue
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > PHONE["width"]:
            faults.append(f"{path}: {wide} px wide")
        page.context.close()
    assert not faults, "\n".join(faults)
