"""Money, numbers, dates and names of countries as people of a language write them.

Babel knows the patterns but never changes the digits, and has no Jalali calendar: both are added
here. Persian prints its own digits and the Jalali calendar; Arabic keeps Latin digits and the
Gregorian calendar, as shops around the Gulf do.
"""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

import jdatetime
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, format_timedelta, get_timezone_location
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from hijridate import Gregorian

from oms.core.money import decimals, rounded

PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
LATIN_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "0123456789" * 2)

_MARKS = {".": "٫", ",": "٬", "٫": ".", "٬": ","}
_FIGURE = re.compile(r"-?[0-9][0-9.,]*")
_LATIN_MARK = re.compile(r"(?<=[0-9])[.,](?=[0-9])")
_ARABIC_MARK = re.compile(r"(?<=[۰-۹٠-٩0-9])[٫٬](?=[۰-۹٠-٩0-9])")

# CLDR's Persian names are the long official ones ("درهم امارات متحدهٔ عربی"); shops write these.
PERSIAN_CURRENCIES = {
    "AED": "درهم",
    "BHD": "دینار بحرین",
    "IRR": "ریال",
    "KWD": "دینار کویت",
    "OMR": "ریال عمان",
    "QAR": "ریال قطر",
    "SAR": "ریال سعودی",
}

# Countries with one zone, those we deliver to; a parcel's hours are told on the receiver's clocks.
TIME_ZONES = {
    "AE": "Asia/Dubai",
    "BH": "Asia/Bahrain",
    "EG": "Africa/Cairo",
    "FR": "Europe/Paris",
    "DE": "Europe/Berlin",
    "GB": "Europe/London",
    "IQ": "Asia/Baghdad",
    "IR": "Asia/Tehran",
    "JO": "Asia/Amman",
    "KW": "Asia/Kuwait",
    "LB": "Asia/Beirut",
    "OM": "Asia/Muscat",
    "QA": "Asia/Qatar",
    "SA": "Asia/Riyadh",
    "TR": "Europe/Istanbul",
    "YE": "Asia/Aden",
}

JALALI_MONTHS = {
    "en": "Farvardin Ordibehesht Khordad Tir Mordad Shahrivar Mehr Aban Azar Dey Bahman Esfand".split(),
    "ar": "فروردين أرديبهشت خرداد تير مرداد شهريور مهر آبان آذر دي بهمن إسفند".split(),
}

# Marks that turn the direction of what follows; a name made of them could reorder a whole line.
DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_rtl(language: str) -> bool:
    """True for Arabic and Persian."""
    return language[:2] in ("ar", "fa")


def digits(text: str, language: str) -> str:
    """The text with the digits of the language (Persian ones in `fa`, else unchanged)."""
    return text.translate(PERSIAN_DIGITS) if language[:2] == "fa" else text


def digits_for(text: str, language: str, wanted: str) -> str:
    """The text in the digits a member of staff prefers: "auto" (the language's), "latin" or "local".

    Points and commas inside a figure follow its digits: beside ٠ a Latin point is read as one more digit.
    """
    if wanted == "latin":
        return _ARABIC_MARK.sub(_mark, text).translate(LATIN_DIGITS)
    if wanted == "local" and language[:2] == "ar":
        return _LATIN_MARK.sub(_mark, text).translate(ARABIC_DIGITS)
    return digits(text, language)


def typed_figure(figure: str, language: str, wanted: str) -> str:
    """A figure as it stands in a field, in those digits: "1.5", "۱٫۵". What is none, a code, stays as it is."""
    if not _FIGURE.fullmatch(figure):
        return figure
    local = numbering(language, wanted) != "latn"
    return digits_for(_LATIN_MARK.sub(_mark, figure) if local else figure, language, wanted)


def numbering(language: str, wanted: str) -> str:
    """The numbering system of those digits, as scripts of a page name it."""
    return {"0": "latn", "٠": "arab", "۰": "arabext"}[digits_for("0", language, wanted)]


def _mark(found: re.Match[str]) -> str:
    return _MARKS[found[0]]


def comma(language: str) -> str:
    """What stands between a day and an hour, and between the parts of a list."""
    return "،" if is_rtl(language) else ","


@lru_cache(maxsize=10_000)
def number(value: Decimal | int, language: str) -> str:
    """A number with the language's separators and digits."""
    return digits(
        format_decimal(value, locale=_locale(language), numbering_system="default"),
        language,
    )


def percent(value: Decimal | int, language: str, *, digits_as: str = "auto") -> str:
    """So many of a hundred: "76%", "-٧٦٪", "۷۶٪". CLDR's sign for Persian is the Latin one, which nobody prints."""
    written = digits_for(number(value, language), language, digits_as)
    return _signed(written + ("%" if written[-1].isascii() else "٪"), language)


@lru_cache(maxsize=10_000)
def money(amount: Decimal, currency: str, language: str) -> str:
    """An amount with its currency: "SAR 223.00", "223.00 ر.س.", "۲۲۳٫۰۰ ریال سعودی".

    The decimals are the currency's own as `oms.core.money` counts them.
    """
    return _with_currency(rounded(amount, currency), decimals(currency), currency, language)


def currency_sign(currency: str, language: str) -> str:
    """What its amounts are written with, for a field's label: "SAR", "ر.س.", "ریال سعودی"."""
    if language[:2] == "fa" and currency in PERSIAN_CURRENCIES:
        return PERSIAN_CURRENCIES[currency]
    return without_direction_marks(get_currency_symbol(currency, _locale(language)))


def price(amount: Decimal, currency: str, language: str) -> str:
    """A unit price, which may be finer than amounts of its currency: "KWD 1.0288"."""
    exact = amount.normalize()
    finest = -int(exact.as_tuple().exponent)
    return _with_currency(exact, max(decimals(currency), finest), currency, language)


def _with_currency(exact: Decimal, places: int, currency: str, language: str) -> str:
    figure = "#,##0" + ("." + "0" * places if places else "")
    if language[:2] == "fa" and currency in PERSIAN_CURRENCIES:
        plain = format_decimal(exact, format=figure, locale="fa", numbering_system="default")
        return _signed(f"{digits(plain, language)} {PERSIAN_CURRENCIES[currency]}", language)
    written = format_currency(
        exact,
        currency,
        format=f"{figure}\u00a0¤" if language[:2] == "ar" else f"¤\u00a0{figure};¤\u00a0-{figure}",
        locale=_locale(language),
        currency_digits=False,
        numbering_system="default",
    )
    return _signed(digits(without_direction_marks(written), language), language)


@lru_cache(maxsize=10_000)
def figure(amount: Decimal, currency: str, language: str) -> str:
    """An amount without its currency, for the cells of a table: "1,223.00", "۱٬۲۲۳٫۰۰"."""
    places = decimals(currency)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    written = format_decimal(
        rounded(amount, currency), format=pattern, locale=_locale(language), numbering_system="default"
    )
    return _signed(digits(without_direction_marks(written), language), language)


def _signed(figure: str, language: str) -> str:
    """A minus keeps its place before the digits in a right-to-left line: sign and digits are isolated."""
    if figure.startswith("-") and is_rtl(language):
        digits_end = len(figure.split()[0])
        return f"\u2066{figure[:digits_end]}\u2069{figure[digits_end:]}"
    return figure


def between(first: str, last: str, language: str) -> str:
    """A range, its beginning where the language begins to read: figures alone would order themselves from the left."""
    written = f"{first} – {last}"
    return f"\u2067{written}\u2069" if is_rtl(language) else written


def day(value: date, language: str, *, weekday: bool = True, year: bool = True) -> str:
    """A date in words: "Tuesday, 24 November 2026", "سه‌شنبه ۳ آذر ۱۴۰۵"."""
    if language[:2] == "fa":
        jalali = jdatetime.date.fromgregorian(date=value, locale="fa_IR")
        written = jalali.strftime("%-d %B" + (" %Y" if year else ""))
        name = format_date(value, format="EEEE", locale=_locale("fa")) if weekday else ""
        return digits(f"{name} {written}".strip(), language)
    comma = "،" if language[:2] == "ar" else ","
    pattern = (f"EEEE{comma} " if weekday else "") + "d MMMM" + (" y" if year else "")
    return format_date(value, format=pattern, locale=_locale(language))


def day_for(
    value: date, language: str, *, calendar: str = "auto", weekday: bool = True, year: bool = True
) -> str:
    """A date in words in the calendar a member of staff prefers; "auto" is the language's own."""
    persian = language[:2] == "fa"
    if calendar == "hijri":
        written = hijri(value, language) if year else hijri(value, language).rpartition(" ")[0]
    elif calendar == "jalali" and not persian:
        jalali = jdatetime.date.fromgregorian(date=value)
        name = JALALI_MONTHS["ar" if language[:2] == "ar" else "en"][jalali.month - 1]
        written = f"{jalali.day} {name}" + (f" {jalali.year}" if year else "")
    elif calendar == "gregorian" and persian:
        written = format_date(value, format="d MMMM" + (" y" if year else ""), locale=_locale("fa"))
        written = digits(written, language)
    else:
        return day(value, language, weekday=weekday, year=year)
    if not weekday:
        return written
    name_of_day = format_date(value, format="EEEE", locale=_locale(language))
    return f"{name_of_day}{'' if persian else comma(language)} {written}"


@lru_cache(maxsize=2000)
def short_day(
    value: date, language: str, *, year: bool = False, calendar: str = "auto", digits_as: str = "auto"
) -> str:
    """A date for a table's cell: "22 Nov", "۱ آذر"."""
    if calendar in ("auto", "gregorian") and language[:2] != "fa":
        pattern = "d MMM" + (" y" if year else "")
        return digits_for(format_date(value, format=pattern, locale=_locale(language)), language, digits_as)
    written = day_for(value, language, calendar=calendar, weekday=False, year=year)
    return digits_for(written, language, digits_as)


def month(value: date, language: str) -> str:
    """A month of the books, which close by the civil calendar in every language: "October 2026", "اکتبر ۲۰۲۶"."""
    return digits(format_date(value, format="MMMM y", locale=_locale(language)), language)


def weekday(value: date, language: str) -> str:
    """The short name of a day: "Mon", "اثنين"; a letter in Persian, as its calendars print it: "د"."""
    pattern = "EEEEEE" if language[:2] == "fa" else "EEE"
    name = str(format_date(value, format=pattern, locale=_locale(language)))
    return name.removeprefix("ال") if language[:2] == "ar" else name


def clock(value: datetime, language: str, *, timezone: str) -> str:
    """The hour and minute (24 h) on the clocks of `timezone`: "16:12", "۱۶:۱۲"."""
    return digits(value.astimezone(ZoneInfo(timezone)).strftime("%H:%M"), language)


def hijri(value: date, language: str) -> str:
    """The day of the Umm al-Qura calendar: "13 Jumada al-Thani 1448", "13 جمادى الآخرة 1448"."""
    islamic = Gregorian.fromdate(value).to_hijri()
    name = islamic.month_name("ar" if language[:2] == "ar" else "en")
    return f"{islamic.day} {name} {islamic.year}"


def time_zone(country_code: str, otherwise: str = "UTC") -> str:
    """The clocks a customer in that country reads, or `otherwise` where we cannot tell."""
    return TIME_ZONES.get(country_code.upper(), otherwise)


def moment(value: datetime, language: str, *, timezone: str) -> str:
    """A day and an hour (24 h) on the clocks of `timezone`."""
    local = value.astimezone(ZoneInfo(timezone))
    clock = format_time(local.time(), format="HH:mm", locale="en")
    return f"{day(local.date(), language)} {digits(clock, language)}"


def zone(name: str, language: str) -> str:
    """A time zone by its city: "الرياض · Asia/Riyadh"; by its own name in English and where nobody translated it."""
    if not is_rtl(language):
        return name
    city = get_timezone_location(name, locale=_locale(language), return_city=True)
    return name if city.isascii() else f"{city} · {name}"


@lru_cache(maxsize=4)
def zones(language: str) -> tuple[tuple[str, str], ...]:
    """Every zone with its words, those with a city in the language first: choices of a field."""
    named = [(name, zone(name, language)) for name in available_timezones()]
    return tuple(sorted(named, key=lambda each: (each[0] == each[1], each[1])))


def span(value: timedelta, language: str, *, oblique: bool = False) -> str:
    """How long, forwards or back, in one unit: "45 min", "3 hr", "ساعتان", "۲ روز".

    `oblique`: behind a word that governs it, as an Arabic dual shows: "منذ ساعتين".
    """
    written = _span(round(abs(value).total_seconds() / 60), language)
    if oblique and language[:2] == "ar" and written.endswith("ان"):
        return written.removesuffix("ان") + "ين"
    return written


@lru_cache(maxsize=10_000)
def _span(minutes: int, language: str) -> str:
    # A lone letter for an hour, as CLDR shortens it in Arabic, is read as a number's.
    length: Literal["long", "short"] = "long" if language[:2] == "ar" else "short"
    written = format_timedelta(
        timedelta(minutes=minutes),
        granularity="minute",
        threshold=1.5,
        format=length,
        locale=_locale(language),
    )
    return digits(written, language)


def country(code: str, language: str) -> str:
    """The name of an ISO 3166 country, or the code itself when it is no country."""
    return str(_locale(language).territories.get(code.upper(), code))


def language_name(code: str, language: str) -> str:
    """A language by its name in another, its code where it has none."""
    try:
        return str(Locale.parse(code[:2]).get_language_name(language) or code)
    except (UnknownLocaleError, ValueError):
        return code


def without_direction_marks(text: str) -> str:
    """The text without control characters and direction marks; joiners of Persian words stay."""
    return "".join(
        char for char in text if char not in DIRECTION_MARKS and unicodedata.category(char) != "Cc"
    )


def isolated(text: str) -> str:
    """The cleaned text between isolates, so that it orders its own letters and no one else's.

    Needed on paper and in plain mails, where nothing reads `<bdi>`.
    """
    clean = without_direction_marks(text)
    return f"\u2068{clean}\u2069" if clean else ""


def ltr_isolated(text: str) -> str:
    """The same for what is read from the left in every language, such as a day in figures."""
    clean = without_direction_marks(text)
    return f"\u2066{clean}\u2069" if clean else ""


@lru_cache(maxsize=100)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")
