"""Days and figures as people type them, through the doors of the pages."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django import forms
from django.test import Client

from inventory.models import Location
from oms.core.day_fields import DayField, DaysField, HourField, MomentField
from oms.core.models import User
from oms.core.reading import reading_as
from orders.models import Order
from tests.portal import road

pytestmark = pytest.mark.django_db

PERSIAN = {"language": "fa"}
HIJRI = {"language": "ar", "calendar": "hijri"}


def signed_in(**habits: str) -> Client:
    user = User.objects.create_user("noor", password="x", role="admin", time_zone="Asia/Riyadh", **habits)
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def order() -> Order:
    """Placed at 23:30 of 5 Azar 1405 on the clocks of Riyadh."""
    found = road.order().order
    Order.objects.update(placed_at=datetime(2026, 11, 26, 20, 30, tzinfo=UTC))
    return found


@pytest.mark.parametrize(
    ("habits", "typed", "in_words"),
    [
        (PERSIAN, "1405/9/5", "۵ آذر ۱۴۰۵"),
        (PERSIAN, "۱۴۰۵-۰۹-۰۵", "۵ آذر ۱۴۰۵"),
        (PERSIAN, "2026-11-26", "۵ آذر ۱۴۰۵"),
        (HIJRI, "١٤٤٨/٦/١٦", "16 جمادى الآخرة 1448"),
        ({"language": "ar"}, "٢٠٢٦/١١/٢٦", "26 نوفمبر 2026"),
        ({"language": "en"}, "26/11/2026", "26 Nov 2026"),
    ],
)
def test_orders_of_a_day_in_the_readers_calendar(
    order: Order, habits: Any, typed: str, in_words: str
) -> None:
    page = signed_in(**habits).get("/orders/", {"placed_after": typed, "placed_before": typed})
    found = page.context["list"]
    chip = next(chip for chip in found.chips if chip.name == "placed")
    assert [row.pk for row in found.rows] == [order.pk]
    range_of = f"{in_words} – {in_words}"
    assert chip.value == (range_of if habits["language"] == "en" else f"\u2067{range_of}\u2069")
    # Views and links are read by people of other calendars.
    assert found.state == "placed_after=2026-11-26&placed_before=2026-11-26"


def test_the_day_before_holds_other_orders(order: Order) -> None:
    page = signed_in(**PERSIAN).get("/orders/", {"placed_before": "1405/09/04"})
    assert page.context["list"].rows == []


@time_machine.travel("2026-11-26T09:00:00Z")
@pytest.mark.parametrize(
    ("habits", "typed", "told"),
    [
        (PERSIAN, "1404/12/30", "تاریخ: روز را این‌گونه بنویسید: \u2066۱۴۰۵/۰۹/۰۵\u2069."),
        (HIJRI, "1448/6/30", "التاريخ: اكتب اليوم هكذا: \u20661448/06/16\u2069."),
        ({"language": "en"}, "1405/09/05", "Date: Write the day as \u20662026-11-26\u2069."),
    ],
)
def test_no_such_day_is_refused_by_name_with_its_form(
    order: Order, habits: Any, typed: str, told: str
) -> None:
    page = signed_in(**habits).get("/orders/", {"placed_after": typed})
    assert page.context["list"].rows == []
    assert told in page.content.decode()
    chip = next(chip for chip in page.context["list"].front_chips if chip.name == "placed")
    assert chip.value == typed


def test_a_range_of_values_is_written_as_its_reader_writes_figures(order: Order) -> None:
    page = signed_in(**PERSIAN).get("/orders/", {"value_min": "۱۰۰۰", "value_max": "5000.50"})
    chip = next(chip for chip in page.context["list"].chips if chip.name == "value")
    assert chip.value == "\u2067۱٬۰۰۰ – ۵٬۰۰۰٫۵\u2069"


@pytest.mark.parametrize(("least", "rows"), [("۲۲۲٫۵", 1), ("٢٢٢٫٥", 1), ("۲٬۲۲۳", 0), ("223,01", 0)])
def test_orders_above_a_value_in_any_digits(order: Order, least: str, rows: int) -> None:
    Order.objects.update(total=Decimal(223))
    page = signed_in(**PERSIAN).get("/orders/", {"value_min": least})
    assert len(page.context["list"].rows) == rows


def test_a_location_keeps_the_holidays_and_hours_typed_in_persian() -> None:
    place = Location.objects.create(
        code="THR", name="Tehran", kind="warehouse", closed_on=[date(2026, 9, 23)]
    )
    client = signed_in(**PERSIAN)
    page = client.get("/settings/locations/THR/").content.decode()
    assert 'name="closed_on" class="input" value="۱۴۰۵/۰۷/۰۱"' in page
    assert 'name="cutoff" class="input" value="۱۴:۰۰"' in page
    body = {
        "name": "Tehran",
        "kind": place.kind,
        "country": "IR",
        "line1": "Valiasr 1",
        "city": "Tehran",
        "priority": "۲۰",
        "cutoff": "۱۵٫۳۰",
        "timezone": "Asia/Tehran",
        "working_days": ["0"],
        "closed_on": "۱۴۰۶/۱/۱، 2026-09-23",
        "handling_cost": "۱۲٫۵",
        "active": "on",
    }
    answer = client.post("/settings/locations/THR/", body)
    assert answer.status_code == 302, answer.context["form"].errors
    place.refresh_from_db()
    assert (place.priority, place.cutoff, place.handling_cost) == (20, time(15, 30), Decimal("12.5"))
    assert place.closed_on == [date(2026, 9, 23), date(2027, 3, 21)]


class Asked(forms.Form):
    day = DayField(required=False)
    days = DaysField(required=False)
    hour = HourField(required=False)
    at = MomentField(required=False)


def read(**typed: str) -> Asked:
    with reading_as(User(language="fa", time_zone="Asia/Tehran")):
        form = Asked(typed)
        form.is_valid()
        return form


def test_a_moment_is_a_day_and_an_hour_on_the_readers_clocks() -> None:
    noon = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    assert read(at="1405/09/05", at_time="۱۲:۰۰").cleaned_data["at"] == noon
    assert read(at="2026-11-26T12:00").cleaned_data["at"] == noon
    assert read(at="1405/09/05").cleaned_data["at"] == datetime(2026, 11, 25, 20, 30, tzinfo=UTC)
    assert read(at="", at_time="").cleaned_data["at"] is None
    assert list(read(at="", at_time="12:00").errors) == ["at"]


@pytest.mark.parametrize("typed", ["۱۴:۳۰", "14.30", "1430", "١٤٫٣٠", " 14 : 30 "])
def test_an_hour_is_understood_however_it_is_typed(typed: str) -> None:
    assert read(hour=typed).cleaned_data["hour"] == time(14, 30)


@pytest.mark.parametrize("typed", ["25:00", "14:60", "noon", "²:00", "-1"])
def test_no_such_hour_is_refused(typed: str) -> None:
    assert list(read(hour=typed).errors) == ["hour"]


def test_what_was_refused_stays_as_it_was_typed() -> None:
    with reading_as(User(language="fa", time_zone="Asia/Tehran")):
        form = Asked({"day": "1404/13/1", "hour": "25:00"})
        assert 'value="1404/13/1"' in str(form["day"])
        assert 'value="۱۴۰۵/۰۹/۰۵"' in str(Asked({"day": "2026-11-26"})["day"])
