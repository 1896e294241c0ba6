"""Form fields for days and hours, shown and typed in the reader's own calendar and digits.

A text field that works without a script; beside a day a button opens the months of that calendar
(static/js/day.js).
"""

import json
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django_filters.fields import DateRangeField

from oms.core import calendars, display, reading, text
from oms.core.fields import EndsInput

# The two ends of a range of days in an address.
DAY_ENDS = ("after", "before")


def _language() -> str:
    return get_language() or "en"


def _calendar() -> str:
    return calendars.calendar_of(_language(), reading.reader().calendar)


def _digits(written: str) -> str:
    return display.digits_for(written, _language(), reading.reader().digits)


def day_in_figures(day: date) -> str:
    """The day as its reader types it: "1404/09/05", "۱۴۰۴/۰۹/۰۵", "2026-11-26"."""
    return _digits(calendars.write_day(day, _calendar()))


def hour_in_figures(hour: time) -> str:
    """The hour on a clock of 24: "14:30", "۱۴:۳۰"."""
    return _digits(f"{hour:%H:%M}")


def read_day(typed: str) -> date:
    """The day its reader typed, in their calendar or the Gregorian one. ValueError for no such day."""
    return calendars.parse_day(typed, _calendar())


def iso_day(typed: str) -> str:
    """What its reader typed as an ISO day, for an address; what is no day stays as typed."""
    try:
        return read_day(typed).isoformat()
    except ValueError:
        return typed


def day_refused() -> str:
    """The sentence that says how a day is written."""
    example = display.ltr_isolated(day_in_figures(timezone.localdate()))
    return _("Write the day as %(example)s.") % {"example": example}


class DayInput(forms.TextInput):
    """A day in the reader's calendar: a text field, and beside it a button that opens that calendar's months."""

    template_name = "core/day.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "dir": "ltr", "maxlength": 32, **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, str):
            try:
                value = read_day(value)
            except ValueError:
                return str(value)
        if isinstance(value, datetime):
            value = timezone.localtime(value) if timezone.is_aware(value) else value
        return day_in_figures(value) if value else None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        calendar, language, today = _calendar(), _language(), timezone.localdate()
        first, off = calendars.week(language, reading.reader().time_zone)
        named = calendars.weekday_names(language)
        context["widget"]["attrs"].setdefault("placeholder", day_in_figures(today))
        context["widget"]["day"] = {
            "id": f"{context['widget']['attrs'].get('id') or name}-days",
            "facts": json.dumps(
                {
                    "calendar": calendar,
                    "years": calendars.years(calendar),
                    "zero": _digits("0"),
                    "first": first,
                    "off": off,
                    "today": today.isoformat(),
                    "months": calendars.month_names(calendar, language),
                    "weekdays": [whole for _short, whole in named],
                },
                ensure_ascii=False,
                separators=(",", ":"),
            ),
            "weekdays": [named[(first + n) % 7] for n in range(7)],
        }
        return context


class DayField(forms.DateField):
    """A day typed in the reader's calendar with any digits; a Gregorian one is always understood."""

    widget = DayInput

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        if not isinstance(value, str):
            day: date | None = super().to_python(value)
            return day
        if not value.strip():
            return None
        try:
            return read_day(value)
        except ValueError as error:
            raise forms.ValidationError(day_refused(), code="invalid") from error


class DaysInput(forms.TextInput):
    """Days in one line, with commas between."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "data-figures": True, "dir": "ltr", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        return ", ".join(map(day_in_figures, value)) if isinstance(value, list) else value


class DaysField(forms.CharField):
    """Several days in one line, each as `DayField` reads it; the list of them in order, each once."""

    widget = DaysInput

    def clean(self, value: Any) -> list[date]:
        typed = str(super().clean(value) or "").replace("،", ",")
        try:
            return sorted({read_day(each) for each in typed.split(",") if each.strip()})
        except ValueError as error:
            raise forms.ValidationError(day_refused(), code="invalid") from error


class HourInput(forms.TextInput):
    """An hour on a clock of 24, in any digits."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        named = {"autocomplete": "off", "data-figures": True, "dir": "ltr", "maxlength": 8, "size": 5}
        super().__init__({**named, **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, datetime):
            value = timezone.localtime(value) if timezone.is_aware(value) else value
        written = value.strftime("%H:%M") if isinstance(value, time | datetime) else value
        return _digits(str(written)) if written else None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["placeholder"] = _digits("14:00")
        return context


class HourField(forms.TimeField):
    """An hour typed with any digits: "14:30", "۱۴:۳۰", "14.30", "1430", "14"."""

    widget = HourInput

    def to_python(self, value: Any) -> time | None:
        if not isinstance(value, str):
            hour: time | None = super().to_python(value)
            return hour
        plain = "".join(text.digits(value).split()).replace("٫", ":").replace(".", ":")
        if not plain:
            return None
        if plain.isdigit():
            plain = f"{plain[:-2]}:{plain[-2:]}" if len(plain) > 2 else f"{plain}:00"
        try:
            hours, minutes = plain.split(":")[:2]
            return time(int(hours), int(minutes))
        except ValueError as error:
            example = {"example": _digits("14:00")}
            raise forms.ValidationError(
                _("Write the hour as %(example)s.") % example, code="invalid"
            ) from error


class MomentInput(forms.MultiWidget):
    """A day and beside it an hour: `name` and `name_time` in what is posted."""

    template_name = "core/moment.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"": DayInput(), "time": HourInput()}, attrs)

    def decompress(self, value: Any) -> list[Any]:
        return [value, value] if value else [None, None]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        day, hour = super().value_from_datadict(data, files, name)
        if isinstance(day, str) and "T" in day:
            day, _t, hour = day.partition("T")
        return [day, hour]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        day, hour = context["widget"]["subwidgets"]
        # The label stands for the day, and the hour says what it is.
        day["attrs"]["id"] = context["widget"]["attrs"].get("id", name)
        hour["attrs"]["aria-label"] = pgettext("of a day", "Hour")
        return context

    def id_for_label(self, id_: str) -> str:
        return id_


class MomentField(forms.MultiValueField):
    """A day and an hour on the reader's clocks; a day alone begins at midnight."""

    widget = MomentInput

    def __init__(self, **kwargs: Any) -> None:
        fields = (DayField(), HourField(required=False))
        super().__init__(fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: Sequence[Any]) -> datetime | None:
        if not data_list or data_list[0] is None:
            return None
        return timezone.make_aware(datetime.combine(data_list[0], data_list[1] or time()))


class DayRangeInput(EndsInput):
    suffixes = DAY_ENDS

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__((DayInput(), DayInput()), attrs)

    def words(self) -> tuple[str, str]:
        return pgettext("date", "From"), pgettext("date", "To")


class DayRangeField(DateRangeField):
    """From a day to a day, both with it, by the reader's clocks."""

    widget = DayRangeInput

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = [DayField(required=False), DayField(required=False)]


class DayRangeFilter(django_filters.DateFromToRangeFilter):
    """`name_after` and `name_before` in an address, where they are ISO days."""

    field_class = DayRangeField
