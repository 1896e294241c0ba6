"""Pictures of the customer's pages in every language and both themes, into `shots/`: `make shots`."""

from decimal import Decimal
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

    done = road.delivered(number=20480, credited=Decimal("219.00"), paid=Decimal("86.00"))
    done.paid("refund", "card", Decimal("219.00"))
    done.asked_back(
        "HPH-WL-900",
        reception="received",
        acceptance="accepted",
        reimbursement="done",
        refunded=Decimal("219.00"),
    )
    page = open_page(done.path, language=language, dark=dark, phone=phone)
    page.locator("summary").click()
    page.screenshot(path=FOLDER / f"refunded-{look}", full_page=True)

    page.locator("summary").click()
    page.locator("a[href$='/return/']").click()
    page.locator(".return-item").first.click()
    page.screenshot(path=FOLDER / f"return-{look}", full_page=True)
    page.locator("button[type=submit]").click()
    page.screenshot(path=FOLDER / f"return-errors-{look}", full_page=True)
    page.locator("select[name^=reason]").first.select_option("damaged")
    page.locator("input[value=courier]").check()
    page.locator("input[value=refund]").check()
    page.locator("button[type=submit]").click()
    page.screenshot(path=FOLDER / f"return-asked-{look}", full_page=True)

    held = road.order(far="backordered", number=20481, stage="held", paid=Decimal(0), payment_status="unpaid")
    held.paid("pending", "cod", held.order.total)
    held.hold("risk")
    page = open_page(held.path, language=language, dark=dark, phone=phone)
    page.screenshot(path=FOLDER / f"held-{look}", full_page=True)
