"""A list's filters as chips over it, each with its value as people say it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language

from oms.core import display, reading

RANGE_ENDS = ("after", "before", "min", "max")


@dataclass(frozen=True)
class Chip:
    """A filter over the list: dashed while empty, solid with its value and a × when set."""

    name: str
    label: str | Promise
    field: forms.BoundField
    value: str
    clear: str
    pinned: bool

    @property
    def active(self) -> bool:
        return bool(self.value)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names it may have in the address; ranges have two."""
        return (self.name, *(f"{self.name}_{end}" for end in RANGE_ENDS))


def chips_of(form: forms.BaseForm, pinned: Collection[str], without: Callable[[str], str]) -> list[Chip]:
    """One chip a field, search excepted. `without` gives the address of the list without that filter."""
    form.is_valid()
    cleaned = getattr(form, "cleaned_data", {})
    found = []
    for name in form.fields:
        if name == "q":
            continue
        bound = form[name]
        value = _as_typed(bound) if bound.errors else _in_words(bound, cleaned.get(name))
        found.append(Chip(name, bound.label, bound, value, without(name), name in pinned))
    return found


def once(read: Callable[[], Iterable[tuple[str, Any]]]) -> Callable[[], list[tuple[str, Any]]]:
    """A filter's choices, read when somebody looks at them: most filters of a page are neither set nor opened."""
    return cache(lambda: list(read()))


def _as_typed(bound: forms.BoundField) -> str:
    """What was refused stays in sight, so that it can be put right or taken away."""
    typed = bound.data if isinstance(bound.data, list | tuple) else [bound.data]
    return " – ".join(str(each) for each in typed if each)


def _in_words(bound: forms.BoundField, value: Any) -> str:
    """A filter's value as people say it: labels of choices, a range as “from – to”."""
    if value in (None, "", [], ()) or (hasattr(value, "exists") and not value):
        return ""
    choices = dict(_flat(getattr(bound.field, "choices", ())))
    if choices and isinstance(value, list | tuple | set):
        return _comma().join(str(choices.get(str(one), one)) for one in value)
    if choices and str(value) in choices:
        return str(choices[str(value)])
    if isinstance(value, slice):
        if value.start is None and value.stop is None:
            return ""
        return display.between(_short(value.start), _short(value.stop), get_language() or "en")
    if isinstance(value, bool):
        return str(bound.label) if value else ""
    if isinstance(value, QuerySet):
        return _comma().join(str(one) for one in value)
    return _short(value)


def _comma() -> str:
    return f"{display.comma(get_language() or 'en')} "


def _short(value: Any) -> str:
    if value is None:
        return "…"
    if isinstance(value, datetime):
        language, reader = get_language() or "en", reading.reader()
        return display.short_day(
            value.date(), language, year=True, calendar=reader.calendar, digits_as=reader.digits
        )
    if isinstance(value, Decimal):
        return reading.figure(value)
    return str(value)


def _flat(choices: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for value, label in choices:
        if isinstance(label, list | tuple):
            found += _flat(label)
        else:
            found.append((str(value), label))
    return found
