"""Digits, calendar and clocks as each member of staff prefers them."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template

from oms.core import display
from oms.core.models import User
from oms.core.pages import told
from oms.core.reading import reading_as
from oms.core.saying import said
from oms.core.templatetags.display import quoted
from oms.core.templatetags.staff import initials

NOON = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def shown(**habits: str) -> str:
    user = User(**{"language": "en", "time_zone": "Asia/Dubai", **habits})
    with reading_as(user):
        return Template("{% load staff display %}{{ n|number }} · {% day d False False %}").render(
            Context({"n": 1234, "d": date(2026, 11, 24)})
        )


@pytest.mark.parametrize(
    ("habits", "written"),
    [
        ({}, "1,234 · 24 November"),
        ({"language": "fa"}, "۱٬۲۳۴ · ۳ آذر"),
        ({"language": "fa", "digits": "latin", "calendar": "gregorian"}, "1,234 · 24 نوامبر"),
        ({"language": "ar"}, "1,234 · 24 نوفمبر"),
        ({"language": "ar", "digits": "local", "calendar": "hijri"}, "١٬٢٣٤ · ١٤ جمادى الآخرة"),
        ({"calendar": "jalali"}, "1,234 · 3 Azar"),
    ],
)
def test_figures_and_days(habits: dict[str, str], written: str) -> None:
    plain = shown(**habits).replace("<bdi>", "").replace("</bdi>", "")
    assert plain == written


@pytest.mark.parametrize(("language", "written"), [("en", "“{}”"), ("ar", "«{}»"), ("fa", "«{}»")])
def test_somebodys_words_stand_between_the_marks_of_the_page(language: str, written: str) -> None:
    with reading_as(User(language=language)):
        assert quoted("A < B") == written.format("<bdi>A &lt; B</bdi>")


def test_points_and_commas_follow_the_digits() -> None:
    assert display.digits_for("SAR 1,220.50", "ar", "local") == "SAR ١٬٢٢٠٫٥٠"
    assert display.digits_for("16:08, 22.", "ar", "local") == "١٦:٠٨, ٢٢."
    assert display.digits_for("۱٬۲۲۰٫۵۰ ریال", "fa", "latin") == "1,220.50 ریال"
    assert display.digits_for("1,220.50", "ar", "auto") == "1,220.50"
    assert [display.numbering(*each) for each in (("ar", "local"), ("ar", "auto"), ("fa", "auto"))] == [
        "arab",
        "latn",
        "arabext",
    ]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Noor Aziz", "NA"),
        ("نورة العتيبي", "ن\u200cع"),
        ("الياس الطيار", "ي\u200cط"),
        ("خسرو رضایی", "خ\u200cر"),
        ("ال", "ا"),
        ("sam.lee", "SL"),
        ("", ""),
    ],
)
def test_initials_pass_over_the_article(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("language", "calendar", "written"),
    [
        ("ar", "hijri", "الثلاثاء، 14 جمادى الآخرة 1448"),
        ("ar", "jalali", "الثلاثاء، 3 آذر 1405"),
        ("en", "hijri", "Tuesday, 14 Jumada al-Akhirah 1448"),
        ("fa", "gregorian", "سه‌شنبه ۲۴ نوامبر ۲۰۲۶"),
        ("fa", "auto", "سه‌شنبه ۳ آذر ۱۴۰۵"),
    ],
)
def test_a_day_of_any_calendar_has_its_weekday(language: str, calendar: str, written: str) -> None:
    assert display.day_for(date(2026, 11, 24), language, calendar=calendar) == written


def test_moments_are_told_on_the_readers_clocks() -> None:
    moment = Template("{% load staff %}{% moment at %}")
    with reading_as(User(language="en", time_zone="Asia/Dubai")):
        assert "13:30</bdi>" in moment.render(Context({"at": NOON}))
    with reading_as(User(language="en", time_zone="no/where")):
        assert "12:30</bdi>" in moment.render(Context({"at": NOON}))


def test_outside_a_staff_page_only_the_language_counts() -> None:
    assert display.digits_for("12", "ar", "auto") == "12"
    assert display.digits_for("12", "fa", "auto") == "۱۲"


def test_a_number_in_a_refusal_has_its_readers_digits_and_a_code_its_own() -> None:
    refused = said("There are %(there)s of %(sku)s in these kits.", there=12, sku="MUG-350")
    assert str(refused) == "There are 12 of MUG-350 in these kits."
    with reading_as(User(language="fa")):
        assert "\u2068۱۲\u2069" in told(refused)
        assert "\u2068MUG-350\u2069" in told(refused)
    with reading_as(User(language="ar", digits="local")):
        assert "\u2068١٢\u2069" in told(refused)
