"""Pictures of every staff page, found by walking the URL table, into `shots/staff/`: `make shots`."""

from pathlib import Path

import pytest
import time_machine

from tests.backoffice.routes import staff_routes
from tests.browser.conftest import StaffOpener
from tests.browser.samples import world
from tests.portal import road

FOLDER = Path(__file__).resolve().parents[2] / "shots" / "staff"
LOOKS = [
    (language, theme, phone)
    for language in ("en", "ar")
    for theme in ("light", "dark")
    for phone in (False, True)
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("language", "theme", "phone"), LOOKS)
def test_shots(open_staff: StaffOpener, language: str, theme: str, phone: bool) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    look = f"{language}-{theme}-{'390' if phone else 'desktop'}"
    with time_machine.travel(road.NOW, tick=True):
        company = world()
        page = open_staff("about:blank", user=company.admin, language=language, theme=theme, phone=phone)
        for route in staff_routes():
            if route.page:
                page.goto(route.path(company), wait_until="load")
                page.screenshot(path=FOLDER / f"{route.name}-{look}.png", full_page=phone)
        page.goto("/", wait_until="load")
        page.keyboard.press("Control+k")
        page.locator("#palette-list [role=option]").first.wait_for()
        page.screenshot(path=FOLDER / f"palette-{look}.png")
    stranger = page.context.browser.new_context(locale=language, color_scheme=theme, base_url=page.url)
    entrance = stranger.new_page()
    entrance.goto("/account/login/", wait_until="load")
    entrance.screenshot(path=FOLDER / f"login-{look}.png")
    stranger.close()
