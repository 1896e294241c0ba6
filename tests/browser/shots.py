"""Pictures of the customer's pages in every language and both themes, into `shots/`: `make shots`."""

from pathlib import Path

import pytest
import time_machine

from tests.browser.conftest import Opener
from tests.portal import road

FOLDER = Path(__file__).resolve().parents[2] / "shots"
LOOKS = [
    (language, dark, phone)
    for language in ("en", "ar", "fa")
    for dark in (False, True)
    for phone in (True, False)
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("language", "dark", "phone"), LOOKS)
def test_shots(open_page: Opener, language: str, dark: bool, phone: bool) -> None:
    FOLDER.mkdir(exist_ok=True)
    with time_machine.travel(road.NOW, tick=True):
        _take(open_page, language, dark, phone)


def _take(open_page: Opener, language: str, dark: bool, phone: bool) -> None:
    look = f"{language}-{'dark' if dark else 'light'}-{'390' if phone else 'desktop'}.png"
    told = road.in_two_parcels()
    page = open_page(told.path, language=language, dark=dark, phone=phone)
    page.screenshot(path=FOLDER / f"track-{look}", full_page=True)

    done = road.delivered(number=20480)
    page = open_page(f"{done.path}return/", language=language, dark=dark, phone=phone)
    page.locator(".return-item").first.click()
    page.screenshot(path=FOLDER / f"return-{look}", full_page=True)
