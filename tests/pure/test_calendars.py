"""Days in figures, read and written in three calendars."""

from datetime import date, timedelta

import pytest

from oms.core import calendars, text

DAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("typed", "calendar"),
    [
        ("1405/9/5", "jalali"),
        ("۱۴۰۵/۰۹/۰۵", "jalali"),
        ("۱۴۰۵-۰۹-۰۵", "jalali"),
        ("١٤٠٥٫٩٫٥", "jalali"),
        ("14050905", "jalali"),
        (" 5 / 9 / 1405 ", "jalali"),
        ("\u200e1405/09/05\u200f", "jalali"),
        ("2026-11-26", "jalali"),
        ("1448/06/16", "hijri"),
        ("١٤٤٨/٦/١٦", "hijri"),
        ("2026/11/26", "hijri"),
        ("26.11.2026", "gregorian"),
        ("٢٠٢٦/١١/٢٦", "gregorian"),
    ],
)
def test_a_day_is_understood_however_it_is_typed(typed: str, calendar: str) -> None:
    assert calendars.parse_day(typed, calendar) == DAY


@pytest.mark.parametrize(
    ("typed", "calendar"),
    [
        ("1404/12/30", "jalali"),  # 1403 had thirty days in Esfand, 1404 has not
        ("1404/13/01", "jalali"),
        ("1404/00/01", "jalali"),
        ("1404/9", "jalali"),
        ("04/9/5", "jalali"),
        ("²026/11/26", "jalali"),
        ("yesterday", "jalali"),
        ("", "jalali"),
        ("1405/9/5", "gregorian"),
        ("2026-02-29", "gregorian"),
        ("11/26/2026", "gregorian"),
        ("1448/06/30", "hijri"),
        ("1342/01/01", "hijri"),
        ("1501/01/01", "hijri"),
        ("14050905123", "jalali"),
    ],
)
def test_what_is_no_day_is_refused(typed: str, calendar: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  each library says it in its own words
        calendars.parse_day(typed, calendar)


@pytest.mark.parametrize(
    ("day", "calendar", "written"),
    [
        (date(2025, 3, 20), "jalali", "1403/12/30"),
        (date(2025, 3, 21), "jalali", "1404/01/01"),
        (date(2024, 2, 29), "gregorian", "2024-02-29"),
        (date(2024, 2, 29), "jalali", "1402/12/10"),
        (DAY, "hijri", "1448/06/16"),
        (date(2100, 1, 1), "hijri", "2100-01-01"),
        (date(9999, 12, 31), "jalali", "9999-12-31"),
    ],
)
def test_a_day_is_written_in_its_calendar_or_in_the_civil_one(day: date, calendar: str, written: str) -> None:
    assert calendars.write_day(day, calendar) == written
    assert calendars.parse_day(written, calendar) == day


@pytest.mark.parametrize("calendar", ["gregorian", "jalali", "hijri"])
def test_every_day_of_thirty_years_comes_back_as_it_was_written(calendar: str) -> None:
    days = [date(2010, 1, 1) + timedelta(n) for n in range(30 * 365)]
    assert [calendars.parse_day(calendars.write_day(day, calendar), calendar) for day in days] == days


@pytest.mark.parametrize(
    ("language", "time_zone", "first", "off"),
    [
        ("fa", "Asia/Tehran", 5, [4]),
        ("fa", "Asia/Riyadh", 5, [4]),
        ("ar", "Asia/Riyadh", 6, [4, 5]),
        ("en", "Asia/Riyadh", 6, [4, 5]),
        ("ar", "Asia/Kuwait", 5, [4, 5]),
        ("en", "Europe/Paris", 0, [5, 6]),
        ("en", "UTC", 0, [5, 6]),
    ],
)
def test_the_week_begins_where_people_work(language: str, time_zone: str, first: int, off: list[int]) -> None:
    assert calendars.week(language, time_zone) == (first, off)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("۱٬۲۵۰٫۵", "1250.5"),
        ("١٬٢٥٠٫٥", "1250.5"),
        ("١٢،٥", "12.5"),
        ("12,5", "12.5"),
        ("1,250", "1250"),
        ("1,250,000.75", "1250000.75"),
        ("0,500", "0.500"),
        ("-۱۲", "-12"),
        (" ۱۲ ", "12"),
        ("12,5,1", "12.5,1"),
        ("twelve", "twelve"),
    ],
)
def test_a_figure_is_read_in_any_digits(typed: str, plain: str) -> None:
    assert text.figure(typed) == plain
