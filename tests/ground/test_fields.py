"""Every form takes Arabic and Persian digits and the reader's calendar: none has Django's own number or date field."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django_filters
import pytest
from django import forms
from django.conf import settings
from django.urls import get_resolver
from django.utils import translation

from oms.core import day_fields, fields

OURS = ("oms", "inventory", "orders", "fulfillment", "returns", "channels")
DJANGOS = (
    forms.IntegerField,
    forms.DateField,
    forms.TimeField,
    forms.DateTimeField,
    forms.SplitDateTimeField,
)
OWN = (
    fields.WholeField,
    fields.DecimalField,
    day_fields.DayField,
    day_fields.HourField,
    day_fields.MomentField,
)
# What a form makes while it runs is found in its text.
THEIRS = re.compile(
    r"""forms\.(Integer|Decimal|Float|Date|DateTime|SplitDateTime|Time)Field\(|forms\.(Number|Date|DateTime|Time)Input
    |django_filters\.(Number|Date|Time|DateTime|DateFromToRange|Range|NumericRange|DateTimeFromToRange)\w*\(
    |type="(number|date|time|datetime-local|month|week)"|"type":\s"(number|date|time|datetime-local|month|week)\"""",
    re.VERBOSE,
)


def every_form() -> list[type[forms.BaseForm]]:
    _ = get_resolver().url_patterns  # imports every page, and with it every form
    return sorted(
        {form for form in _below(forms.BaseForm) if _ours(form)}, key=lambda form: form.__qualname__
    )


def every_filterset() -> list[type[django_filters.FilterSet]]:
    _ = get_resolver().url_patterns
    return [found for found in _below(django_filters.FilterSet) if _ours(found)]


def _below(kind: Any) -> Iterator[Any]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _ours(found: type) -> bool:
    """Not the tables of Django's own admin, which superusers alone see, in Django's own look."""
    return found.__module__.partition(".")[0] in OURS and not found.__module__.endswith(".admin")


def declared() -> Iterator[tuple[str, forms.Field]]:
    for form in every_form():
        for name, field in form.base_fields.items():
            yield f"{form.__module__}.{form.__qualname__}.{name}", field
    for made in every_filterset():
        for name, each in made.base_filters.items():
            field = each.field
            for part in getattr(field, "fields", ()) or (field,):
                yield f"{made.__module__}.{made.__qualname__}.{name}", part


def test_every_declared_number_and_day_is_ours() -> None:
    seen = list(declared())
    assert len(seen) > 250
    assert [where for where, field in seen if isinstance(field, DJANGOS) and not isinstance(field, OWN)] == []


def test_no_browser_field_that_refuses_other_digits_is_written_anywhere() -> None:
    root = Path(settings.BASE_DIR)
    sources = [path for app in OURS for path in (root / app).rglob("*.py")]
    sources += [*(root / "templates").rglob("*.html"), *(root / "static/js").glob("*.js")]
    kept = {root / "oms/core/fields.py", root / "oms/core/day_fields.py"}
    assert len(sources) > 500
    assert [
        f"{path.relative_to(root)}: {found[0]}"
        for path in sources
        if path not in kept
        for found in THEIRS.finditer(path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize("typed", ["۱۲", "١٢"])
def test_every_declared_number_reads_arabic_and_persian_digits(typed: str) -> None:
    numbers = [
        (where, field)
        for where, field in declared()
        if isinstance(field, forms.IntegerField | forms.DecimalField)
    ]
    assert len(numbers) > 15
    assert {where for where, field in numbers if field.clean(typed) != field.clean("12")} == set()
    assert {
        where for where, field in numbers if getattr(field.widget, "input_type", "text") == "number"
    } == set()


def test_every_declared_day_reads_what_its_reader_types() -> None:
    days = [(where, field) for where, field in declared() if isinstance(field, forms.DateField)]
    assert len(days) > 5
    for where, field in days:
        assert field.clean("٢٠٢٦/١١/٢٦") == field.clean("2026-11-26"), where


@pytest.mark.parametrize(
    ("language", "most", "least"),
    [
        ("en", "At most 10.", "At least 1."),
        ("ar", "الحد الأقصى 10.", "الحد الأدنى 1."),
        ("fa", "حداکثر ۱۰.", "حداقل ۱."),
    ],
)
def test_a_bound_is_told_in_a_few_words(language: str, most: str, least: str) -> None:
    for field in (
        fields.WholeField(min_value=1, max_value=10),
        fields.DecimalField(min_value=1, max_value=10),
    ):
        with translation.override(language):
            for typed, said in (("12", most), ("0", least)):
                with pytest.raises(forms.ValidationError) as refused:
                    field.clean(typed)
                assert refused.value.messages == [said]
