"""Pictures of every staff page, found by walking the URL table, into `shots/staff/`: `make shots`.

`make shots ONLY="dashboard order-detail"` takes those addresses alone.
"""

import os
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Page

from tests.backoffice.routes import staff_routes
from tests.browser.conftest import DESKTOP, PHONE, StaffOpener
from tests.browser.samples import world
from tests.portal import road

FOLDER = Path(__file__).resolve().parents[2] / "shots" / "staff"
ONLY = set(os.environ.get("ONLY", "").split())
LOOKS = [
    (language, theme, phone)
    for language in ("en", "ar")
    for theme in ("light", "dark")
    for phone in (False, True)
]
# Enough for any page; a list of a thousand rows needs no picture of its last.
TALLEST = 3000
# The sheet scrolls in itself on a desk, a list in its sheet, the page on a phone.
HEIGHT = """() => [...document.querySelectorAll('.sheet, .list > .table-wrap')].reduce(
    (height, one) => height + one.scrollHeight - one.clientHeight, innerHeight)"""


@pytest.mark.django_db(transaction=True)
def test_shots(open_staff: StaffOpener) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with time_machine.travel(road.NOW, tick=True):
        company = world()
        routes = [route for route in staff_routes() if route.page and (not ONLY or route.name in ONLY)]
        for language, theme, phone in LOOKS:
            look = f"{language}-{theme}-{'390' if phone else 'desktop'}"
            page = open_staff("about:blank", user=company.admin, language=language, theme=theme, phone=phone)
            for route in routes:
                page.goto(route.path(company), wait_until="load")
                take(page, f"{route.name}-{look}", phone=phone)
            if not ONLY:
                palette(page, look)
                entrance(page, look, language, theme, phone=phone)
            page.context.close()


def take(page: Page, name: str, *, phone: bool) -> None:
    if phone:
        page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
        return
    tall = page.evaluate(HEIGHT)
    page.set_viewport_size({**DESKTOP, "height": max(DESKTOP["height"], min(tall, TALLEST))})
    page.screenshot(path=FOLDER / f"{name}.png")
    page.set_viewport_size(DESKTOP)


def palette(page: Page, look: str) -> None:
    page.goto("/", wait_until="load")
    page.keyboard.press("Control+k")
    page.locator("#palette-list [role=option]").first.wait_for()
    page.screenshot(path=FOLDER / f"palette-{look}.png")
    page.goto("/", wait_until="load")
    page.keyboard.press("?")
    page.locator("#keys[open]").wait_for()
    page.screenshot(path=FOLDER / f"keys-{look}.png")


def entrance(page: Page, look: str, language: str, theme: str, *, phone: bool) -> None:
    browser = page.context.browser
    assert browser
    stranger = browser.new_context(
        locale=language,
        color_scheme="dark" if theme == "dark" else "light",
        base_url=page.url,
        viewport=PHONE if phone else DESKTOP,
    )
    door = stranger.new_page()
    door.goto("/account/login/", wait_until="load")
    door.screenshot(path=FOLDER / f"login-{look}.png")
    stranger.close()
