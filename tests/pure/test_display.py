"""Money, numbers and dates as people of each language write them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from oms.core import calendars, display, text
from oms.core.templatetags.display import units


@pytest.mark.parametrize(
    ("amount", "currency", "language", "written"),
    [
        ("1223.5", "SAR", "en", "SAR 1,223.50"),
        ("1223.5", "KWD", "en", "KWD 1,223.500"),
        ("1223.5", "JPY", "en", "¥ 1,224"),
        ("-5", "SAR", "en", "SAR -5.00"),
        ("1223.5", "SAR", "ar", "1,223.50 ر.س."),
        ("10", "KWD", "ar", "10.000 د.ك."),
        ("1223.5", "AED", "fa", "۱٬۲۲۳٫۵۰ درهم"),
        ("45800000", "IRR", "fa", "۴۵٬۸۰۰٬۰۰۰ ریال"),
        ("10", "KWD", "fa", "۱۰٫۰۰۰ دینار کویت"),
        ("10", "USD", "fa", "$ ۱۰٫۰۰"),
        ("-219", "AED", "fa", "\u2066-۲۱۹٫۰۰\u2069 درهم"),
        ("-219", "AED", "ar", "\u2066-219.00\u2069 د.إ."),
    ],
)
def test_money(amount, currency, language, written):
    assert display.money(Decimal(amount), currency, language).replace("\u00a0", " ") == written


def test_a_currency_nobody_knows_is_an_error():
    with pytest.raises(ValueError, match="ISO 4217"):
        display.money(Decimal(1), "XXQ", "en")


def test_a_persian_day_has_one_spelling_in_words_and_in_calendars():
    for number in range(22, 29):
        day = date(2026, 11, number)
        named = display.day(day, "fa").partition(" ")[0]
        assert named == calendars.weekday_names("fa")[day.weekday()][1]


def test_days():
    tuesday = date(2026, 11, 24)
    assert display.day(tuesday, "en") == "Tuesday, 24 November 2026"
    assert display.day(tuesday, "ar") == "الثلاثاء، 24 نوفمبر 2026"
    assert display.day(tuesday, "fa") == "سه‌شنبه ۳ آذر ۱۴۰۵"
    assert display.day(tuesday, "fa", weekday=False) == "۳ آذر ۱۴۰۵"


def test_a_moment_is_told_on_the_clocks_of_its_place():
    late = datetime(2026, 11, 24, 21, 30, tzinfo=UTC)
    assert display.moment(late, "en", timezone="Asia/Riyadh") == "Wednesday, 25 November 2026 00:30"


def test_countries():
    assert display.country("sa", "en") == "Saudi Arabia"
    assert display.country("IR", "fa") == "ایران"
    assert display.country("ZZ9", "en") == "ZZ9"


def test_a_name_cannot_turn_the_line_around():
    assert display.isolated("ab\u202ecd\u2066\u0000\n") == "\u2068abcd\u2069"
    assert display.isolated("\u202e\u200f") == ""
    assert display.isolated("می‌رسد") == "\u2068می‌رسد\u2069"


def test_a_day_without_its_year():
    assert display.day(date(2026, 11, 24), "fa", year=False) == "سه‌شنبه ۳ آذر"
    assert display.day(date(2026, 11, 24), "en", year=False) == "Tuesday, 24 November"


def test_hijri_days():
    assert display.hijri(date(2026, 3, 20), "en") == "1 Shawwal 1447"
    assert display.hijri(date(2026, 3, 20), "ar") == "1 شوال 1447"


def test_a_clock_is_the_receivers():
    noon = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert display.clock(noon, "fa", timezone=display.time_zone("IR")) == "۱۵:۳۰"
    assert display.clock(noon, "ar", timezone=display.time_zone("sa")) == "15:00"
    assert display.time_zone("US", "Asia/Riyadh") == "Asia/Riyadh"


def test_a_month_of_the_books():
    october = date(2026, 10, 1)
    assert display.month(october, "en") == "October 2026"
    assert display.month(october, "ar") == "أكتوبر 2026"
    assert display.month(october, "fa") == "اکتبر ۲۰۲۶"


@pytest.mark.parametrize(
    ("language", "count", "figure", "words"),
    [
        ("en", 1, "1", "1 item"),
        ("ar", 2, "2", "قطعتان"),
        ("ar", 52, "52", "52 قطعة"),
        ("fa", 7, "۷", "۷ عدد"),
    ],
)
def test_units_are_a_figure_in_a_table_and_words_on_a_card(language, count, figure, words):
    with translation.override(language):
        said = units(count)
    assert f'<bdi class="hide-phone">{figure}</bdi>' in said
    assert f'<bdi class="only-phone">{words}</bdi>' in said


def test_how_long_is_told_in_one_unit_without_a_lone_letter() -> None:
    spans = [
        timedelta(minutes=45),
        timedelta(minutes=119, seconds=59),
        timedelta(hours=-20),
        timedelta(days=3),
    ]
    assert [display.span(each, "en") for each in spans] == ["45 min", "2 hr", "20 hr", "3 days"]
    assert [display.span(each, "ar") for each in spans] == ["45 دقيقة", "ساعتان", "20 ساعة", "3 أيام"]
    assert [display.span(each, "fa") for each in spans] == ["۴۵ دقیقه", "۲ ساعت", "۲۰ ساعت", "۳ روز"]
    assert display.span(timedelta(hours=2), "ar", oblique=True) == "ساعتين"
    assert display.span(timedelta(days=3), "ar", oblique=True) == "3 أيام"
    assert display.span(timedelta(hours=2), "fa", oblique=True) == "۲ ساعت"


def test_percents():
    down = Decimal("-76.5")
    assert [display.percent(down, each) for each in ("en", "ar", "fa")] == [
        "-76.5%",
        "\u2066-76.5%\u2069",
        "\u2066-۷۶٫۵٪\u2069",
    ]
    assert display.percent(12, "ar", digits_as="local") == "١٢٪"
    assert display.percent(12, "fa", digits_as="latin") == "12%"


@pytest.mark.parametrize(
    ("count", "written"),
    [(1, "طلب واحد"), (2, "طلبان"), (3, "3 طلبات"), (11, "11 طلبًا"), (99, "99 طلبًا"), (100, "100 طلب")],
)
def test_arabic_counts_as_its_grammar_does(count, written):
    with translation.override("ar"):
        said = translation.ngettext("%(shown)s order", "%(shown)s orders", count)
    assert said % {"shown": count} == written


def test_time_zones_are_found_by_their_city():
    assert display.zone("Asia/Riyadh", "ar") == "الرياض · Asia/Riyadh"
    assert display.zone("Asia/Tehran", "fa") == "تهران · Asia/Tehran"
    assert display.zone("Asia/Riyadh", "en") == "Asia/Riyadh"
    names = [name for name, _ in display.zones("ar")]
    assert names.index("Asia/Riyadh") < names.index("Etc/GMT+5")


@pytest.mark.parametrize(
    ("figure", "language", "digits", "stands"),
    [
        ("1.5", "fa", "auto", "۱٫۵"),
        ("1,250", "fa", "auto", "۱٬۲۵۰"),
        ("1.5", "fa", "latin", "1.5"),
        ("1.5", "ar", "auto", "1.5"),
        ("-1.5", "ar", "local", "-١٫٥"),
        ("HPH-900", "fa", "auto", "HPH-900"),
    ],
)
def test_a_figure_in_a_field_has_its_readers_digits_and_is_read_back(
    figure: str, language: str, digits: str, stands: str
) -> None:
    assert display.typed_figure(figure, language, digits) == stands
    assert text.figure(stands) == text.figure(figure)
