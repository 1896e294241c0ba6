"""Form fields for numbers, typed with the digits a keyboard has.

Every form uses these and those of `day_fields`, none of Django's own for numbers and dates:
tests/ground/test_fields.py walks them.
"""

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.fields import RangeField
from django_filters.widgets import SuffixedMultiWidget

from oms.core import reading, text


class WholeInput(forms.TextInput):
    """A number's text field: a browser's own number field refuses Arabic and Persian digits."""

    inputmode = "numeric"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"inputmode": self.inputmode, "autocomplete": "off", **(attrs or {})})

    def format_value(self, value: Any) -> str | None:
        """In its reader's digits."""
        written = super().format_value(value)
        return reading.typed(written) if written else written


class DecimalInput(WholeInput):
    inputmode = "decimal"


# Short enough to stand under a narrow field.
BOUNDS: dict[str, Any] = {
    "max_value": gettext_lazy("At most %(limit_value)s."),
    "min_value": gettext_lazy("At least %(limit_value)s."),
    "max_digits": gettext_lazy("At most %(max)s digits."),
    "max_whole_digits": gettext_lazy("At most %(max)s digits before the point."),
    "max_decimal_places": gettext_lazy("At most %(max)s digits after the point."),
}


class _Bounded(forms.Field):
    """Its bounds are named in the reader's digits."""

    def run_validators(self, value: Any) -> None:
        try:
            super().run_validators(value)
        except forms.ValidationError as refused:
            for error in refused.error_list:
                named = {name: reading.typed(bound) for name, bound in (error.params or {}).items()}
                error.params = {**(error.params or {}), **named, "value": value}
            raise


class WholeField(_Bounded, forms.IntegerField):
    """A whole number in any digits, grouped or not."""

    default_error_messages = BOUNDS

    widget = WholeInput

    def to_python(self, value: Any) -> int | None:
        number: int | None = super().to_python(text.figure(value) if isinstance(value, str) else value)
        return number


class DecimalField(_Bounded, forms.DecimalField):
    """A number in any digits, with a point, a comma or an Arabic decimal sign."""

    default_error_messages = BOUNDS

    widget = DecimalInput

    def to_python(self, value: Any) -> Any:
        return super().to_python(text.figure(value) if isinstance(value, str) else value)


class EndsInput(SuffixedMultiWidget):
    """Two fields one under the other, each with its own words."""

    template_name = "core/ends.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        for each, words in zip(context["widget"]["subwidgets"], self.words(), strict=True):
            each["words"] = words
        return context

    def words(self) -> tuple[str, str]:
        raise NotImplementedError

    def decompress(self, value: Any) -> list[Any]:
        return [value.start, value.stop] if value else [None, None]


class AmountRangeInput(EndsInput):
    suffixes = ("min", "max")

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__((DecimalInput(), DecimalInput()), attrs)

    def words(self) -> tuple[str, str]:
        return _("At least"), _("At most")


class AmountRangeField(RangeField):
    widget = AmountRangeInput

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__((DecimalField(required=False), DecimalField(required=False)), *args, **kwargs)


class AmountRangeFilter(django_filters.RangeFilter):
    """`name_min` and `name_max` in an address."""

    field_class = AmountRangeField
