"""A day chosen in the reader's own calendar by the keyboard alone, in Chromium."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from playwright.sync_api import Page, expect

from oms.core import calendars
from oms.core.models import User
from orders.models import Order
from tests import shop
from tests.browser.conftest import StaffOpener, violations
from tests.browser.test_orders import faults
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
# Language, calendar, what is typed first, keys from there, what is then in the field, and the day meant.
TASKS = [
    ("en", "auto", "2026-11-26", ["ArrowUp", "Home", "ArrowRight"], "2026-11-16", date(2026, 11, 16)),
    ("ar", "auto", "٢٠٢٦/١١/٢٦", ["ArrowUp", "ArrowLeft", "End"], "2026-11-21", date(2026, 11, 21)),
    ("fa", "auto", "1405/9/5", ["PageUp", "ArrowLeft", "Home"], "۱۴۰۵/۰۸/۰۲", date(2026, 10, 24)),
    ("ar", "hijri", "1448/6/16", ["PageUp", "PageUp", "ArrowDown"], "1448/04/23", date(2026, 10, 4)),
    ("en", "hijri", "2026-11-26", ["PageUp", "ArrowRight"], "1448/05/17", date(2026, 11, 27) - timedelta(30)),
    ("en", "jalali", "1405/9/5", ["Shift+PageUp", "PageDown"], "1404/10/05", date(2025, 12, 26)),
]


@pytest.fixture
def noor() -> User:
    cache.clear()
    return User.objects.create_user("noor", password="x", role="agent", time_zone="Asia/Riyadh")


@pytest.mark.parametrize(("language", "calendar", "typed", "keys", "written", "meant"), TASKS)
def test_orders_of_a_day_chosen_by_the_keyboard(
    noor: User,
    open_staff: StaffOpener,
    language: str,
    calendar: str,
    typed: str,
    keys: list[str],
    written: str,
    meant: date,
) -> None:
    User.objects.filter(pk=noor.pk).update(calendar=calendar)
    noor.refresh_from_db()
    shop.product("TEE", RUH=10)
    web = road.open_shop()
    early, late = web.place(("TEE", 1))["number"], web.place(("TEE", 1))["number"]
    begin = datetime(meant.year, meant.month, meant.day, tzinfo=UTC)
    Order.objects.filter(number=early).update(placed_at=begin - timedelta(hours=4))
    Order.objects.filter(number=late).update(placed_at=begin)

    page = open_staff("/orders/", user=noor, language=language)
    heard = faults(page)
    expect(page.locator("#list tbody tr")).to_have_count(2)
    page.locator("[popovertarget=add-filter]").click()
    page.locator("#add-filter [popovertarget=filter-placed]").click()
    field = page.locator("[name=placed_after]")
    field.fill(typed)
    field.press("Alt+ArrowDown")
    months = page.locator("#id_placed_0-days")
    expect(months).to_be_visible()
    expect(months.locator("[aria-selected=true]")).to_be_focused()
    assert violations(page) == []
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(months).to_be_hidden()
    expect(field).to_be_focused()
    expect(field).to_have_value(written)
    field.press("Enter")
    page.wait_for_url(f"**placed_after={meant.isoformat()}**")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#list")).to_contain_text(late)
    assert heard == []


@pytest.mark.parametrize(("language", "calendar"), [("fa", "jalali"), ("ar", "hijri"), ("en", "gregorian")])
def test_the_browser_counts_days_as_the_server_does(
    noor: User, open_staff: StaffOpener, language: str, calendar: str
) -> None:
    User.objects.filter(pk=noor.pk).update(calendar=calendar, digits="latin")
    noor.refresh_from_db()
    page = open_staff("/orders/", user=noor, language=language)
    page.locator("[popovertarget=add-filter]").click()
    page.locator("#add-filter [popovertarget=filter-placed]").click()
    expect(page.locator("[name=placed_after]")).to_be_visible()
    days = [date(2015, 1, 1) + timedelta(n) for n in range(0, 9000, 13)]
    sent = page.evaluate(
        """days => days.map(day => {
            const field = document.querySelector("[name=placed_after]");
            field.value = day;
            return new FormData(field.form).get("placed_after");
        })""",
        [calendars.write_day(day, calendar) for day in days],
    )
    assert [(a, b.isoformat()) for a, b in zip(sent, days, strict=True) if a != b.isoformat()] == []


def test_a_finger_turns_to_the_next_month_and_takes_a_day(noor: User, open_staff: StaffOpener) -> None:
    with time_machine.travel(NOW, tick=True):
        page = open_staff("/orders/", user=noor, language="fa", theme="dark", phone=True)
        page.locator("[popovertarget=add-filter]").tap()
        page.locator("#add-filter [popovertarget=filter-placed]").tap()
        _opened(page).get_by_role("button", name="ماه بعد").tap()
        expect(page.locator(".day-month").first).to_have_text("دی ۱۴۰۵")
        smallest = page.locator("#id_placed_0-days .day-cell").first.bounding_box()
        assert smallest is not None
        assert min(smallest["width"], smallest["height"]) >= 40
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("gridcell", name="سه‌شنبه ۱ دی ۱۴۰۵").tap()
        expect(page.locator("[name=placed_after]")).to_have_value("۱۴۰۵/۱۰/۰۱")


def _opened(page: Page) -> Page:
    page.locator("[popovertarget=id_placed_0-days]").tap()
    expect(page.locator("#id_placed_0-days")).to_be_visible()
    return page


@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_months_open_on_the_side_that_has_room_for_them(
    transactional_db: None, open_staff: StaffOpener, language: str
) -> None:
    admin = User.objects.create_user("lina", password="x", role="admin")
    page = open_staff("/settings/routing/new/", user=admin, language=language, phone=True)
    button = page.locator("[popovertarget=id_valid_until_0-days]")
    for top in (600, 150):
        button.evaluate("(e, top) => scrollBy(0, e.getBoundingClientRect().top - top)", top)
        button.evaluate("e => e.click()")
        months = page.locator("#id_valid_until_0-days")
        expect(months.locator(".day-foot")).to_be_in_viewport(ratio=1)
        expect(months.locator(".day-head")).to_be_in_viewport(ratio=1)
        assert months.evaluate("e => e.scrollHeight - e.clientHeight") == 0
        page.keyboard.press("Escape")
        expect(months).to_be_hidden()
