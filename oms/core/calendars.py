"""Days as people write them in figures: the Gregorian, the Jalali and the Hijri calendar (Umm al-Qura). Pure.

A Gregorian year cannot be taken for a year of the two others, so "2026-11-26" is understood whatever the calendar.
"""

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import jdatetime
from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names
from hijridate import Gregorian, Hijri

from oms.core import text
from oms.core.display import JALALI_MONTHS, TIME_ZONES

GREGORIAN, JALALI, HIJRI = "gregorian", "jalali", "hijri"
# From here on a year is Gregorian; the Hijri year 1700 begins in 2271.
FIRST_GREGORIAN_YEAR = 1700
JALALI_YEARS = range(1300, 1500)
HIJRI_YEARS = range(1343, 1500)

_APART = re.compile(r"[\s/.\-_\u066b\u060d\u2010-\u2015\u2212]+")
_COUNTRIES = {zone: country for country, zone in TIME_ZONES.items()}


def calendar_of(language: str, wanted: str) -> str:
    """The calendar of a reader who wants `wanted`; "auto" is the language's own."""
    if wanted in (GREGORIAN, JALALI, HIJRI):
        return wanted
    return JALALI if language[:2] == "fa" else GREGORIAN


def parse_day(typed: str, calendar: str) -> date:
    """The day somebody typed with any digits: "1404/9/5", "۱۴۰۴-۰۹-۰۵", "14040905", "5/9/1404", "2026-11-26".

    The year is first or last; a day comes before its month where the year is last. ValueError for no such day.
    """
    plain = "".join(char for char in text.digits(typed) if unicodedata.category(char) != "Cf").strip()
    if plain.isascii() and plain.isdigit() and len(plain) == 8:
        plain = f"{plain[:4]}/{plain[4:6]}/{plain[6:]}"
    parts = _APART.split(plain)
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise ValueError("a day has a year, a month and a day")
    if len(parts[2]) == 4 and len(parts[0]) <= 2:
        parts.reverse()
    if len(parts[0]) != 4:
        raise ValueError("a year has four digits")
    year, month, day = (int(part) for part in parts)
    try:
        if year >= FIRST_GREGORIAN_YEAR:
            return date(year, month, day)
        if calendar == JALALI and year in JALALI_YEARS:
            jalali: date = jdatetime.date(year, month, day).togregorian()
            return jalali
        if calendar == HIJRI:
            hijri = Hijri(year, month, day).to_gregorian()
            return date(hijri.year, hijri.month, hijri.day)
    except OverflowError as error:
        raise ValueError(str(error)) from error
    raise ValueError("no year of this calendar")


def write_day(day: date, calendar: str) -> str:
    """The day in figures, "1404/09/05" or "2026-11-26"; Gregorian where the calendar does not reach."""
    if calendar == JALALI and day.year - 621 in JALALI_YEARS:
        jalali = jdatetime.date.fromgregorian(date=day)
        return f"{jalali.year:04}/{jalali.month:02}/{jalali.day:02}"
    if calendar == HIJRI:
        try:
            hijri = Gregorian.fromdate(day).to_hijri()
        except OverflowError:
            return day.isoformat()
        return f"{hijri.year:04}/{hijri.month:02}/{hijri.day:02}"
    return day.isoformat()


@lru_cache
def years(calendar: str) -> dict[str, Any] | None:
    """A calendar's years for a script that counts as we do; None for the Gregorian one, which every script knows.

    `begin`: the first day of year `first`, counted from 1970-01-01; `months`: six hex digits a year, which are two
    bits a month, the days it has beyond 28.
    """
    if calendar == GREGORIAN:
        return None
    known = JALALI_YEARS if calendar == JALALI else HIJRI_YEARS
    starts = [parse_day(f"{year}/{month:02}/01", calendar) for year in known for month in range(1, 13)]
    end = parse_day(f"{known[-1]}/12/{_last_day(known[-1], calendar)}", calendar) + timedelta(1)
    beyond = [(after - day).days - 28 for day, after in zip(starts, [*starts[1:], end], strict=True)]
    months = ""
    for at in range(0, len(beyond), 12):
        bits = 0
        for days in beyond[at : at + 12]:
            bits = bits * 4 + days
        months += f"{bits:06x}"
    return {"first": known[0], "begin": (starts[0] - date(1970, 1, 1)).days, "months": months}


def _last_day(year: int, calendar: str) -> int:
    """The last day of a year's last month."""
    if calendar == HIJRI:
        return Hijri(year, 12, 1).month_length()
    return 30 if jdatetime.date(year, 1, 1).isleap() else 29


@lru_cache
def month_names(calendar: str, language: str) -> list[str]:
    """The twelve names of a calendar's months, as days in words name them."""
    known = language[:2] if language[:2] in ("ar", "fa") else "en"
    if calendar == HIJRI:
        return [Hijri(1448, month, 1).month_name("en" if known == "en" else "ar") for month in range(1, 13)]
    if calendar == JALALI:
        if known == "fa":
            return [jdatetime.date(1405, month, 1, locale="fa_IR").strftime("%B") for month in range(1, 13)]
        return JALALI_MONTHS[known]
    names = Locale(known).months["stand-alone"]["wide"]
    return [str(names[month]) for month in range(1, 13)]


@lru_cache
def weekday_names(language: str) -> list[tuple[str, str]]:
    """Monday to Sunday: how a calendar heads its columns, and the whole word."""
    known = language[:2] if language[:2] in ("ar", "fa") else "en"
    short = get_day_names("abbreviated" if known == "en" else "narrow", locale=known)
    whole = get_day_names("wide", locale=known)
    return [(str(short[n]), str(whole[n])) for n in range(7)]


@lru_cache
def week(language: str, time_zone: str) -> tuple[int, list[int]]:
    """The first day of the week and the days off, Monday is 0: Iran's for Persian, else of the clocks' country."""
    country = "IR" if language[:2] == "fa" else _COUNTRIES.get(time_zone, "")
    for spoken in ("fa", "ar", "en", "fr", "de", "tr"):
        try:
            found = Locale.parse(f"{spoken}_{country}")
            break
        except (UnknownLocaleError, ValueError):
            continue
    else:
        found = Locale("en", "GB")
    off = [found.weekend_start]
    while off[-1] != found.weekend_end:
        off.append((off[-1] + 1) % 7)
    return found.first_week_day, off
