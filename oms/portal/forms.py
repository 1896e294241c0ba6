"""The self-service return as one form: works without a script, each error beside its field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from oms.core import display
from oms.core.fields import WholeField, WholeInput
from oms.portal.return_wording import METHODS, REASONS, RESOLUTIONS
from oms.portal.returning import AskedLine, ReturnableLine
from oms.portal.shown import hue_of
from oms.portal.tracking import product_name

# Above this a list to choose from is longer than typing the number.
LONGEST_LIST = 20


@dataclass(frozen=True)
class Choice:
    value: str
    text: str | Promise
    help: str | Promise
    checked: bool


@dataclass(frozen=True)
class Row:
    """A line of the order with its three fields."""

    line: ReturnableLine
    name: str
    take: forms.BoundField
    quantity: forms.BoundField
    reason: forms.BoundField

    @property
    def hue(self) -> int:
        return hue_of(self.line.sku)


class ReturnForm(forms.Form):
    """Items and quantities with a reason each, then how they travel and what the customer wants instead."""

    method = forms.ChoiceField(
        choices=[(value, texts[0]) for value, texts in METHODS.items()],
        error_messages={"required": gettext_lazy("Choose how the items come back.")},
    )
    resolution = forms.ChoiceField(
        choices=[(value, texts[0]) for value, texts in RESOLUTIONS.items()],
        error_messages={"required": gettext_lazy("Choose what you would like instead.")},
    )
    note = forms.CharField(
        max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3, "class": "input"})
    )

    def __init__(self, *args: Any, lines: Sequence[ReturnableLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            self.fields[f"take-{line.id}"] = forms.BooleanField(required=False)
            self.fields[f"quantity-{line.id}"] = _quantity(line.quantity)
            self.fields[f"reason-{line.id}"] = forms.ChoiceField(
                required=False,
                choices=[("", gettext_lazy("Choose a reason")), *REASONS.items()],
                widget=forms.Select(attrs={"class": "input"}),
            )
        # Errors are listed as the fields stand on the page.
        self.order_fields([name for name in self.fields if "-" in name])

    def rows(self) -> Iterator[Row]:
        for line in self.lines:
            yield Row(
                line=line,
                name=product_name(line.names, line.sku),
                take=self[f"take-{line.id}"],
                quantity=self[f"quantity-{line.id}"],
                reason=self[f"reason-{line.id}"],
            )

    def methods(self) -> list[Choice]:
        return self._choices("method", METHODS)

    def resolutions(self) -> list[Choice]:
        return self._choices("resolution", RESOLUTIONS)

    def _choices(self, name: str, texts: Mapping[str, tuple[str | Promise, str | Promise]]) -> list[Choice]:
        chosen = self[name].value()
        return [Choice(value, text, help_text, value == chosen) for value, (text, help_text) in texts.items()]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        taken = [line for line in self.lines if cleaned.get(f"take-{line.id}")]
        if not taken:
            self.add_error(None, _("Choose at least one item to send back."))
        for line in taken:
            if not cleaned.get(f"reason-{line.id}") and f"reason-{line.id}" not in self.errors:
                self.add_error(f"reason-{line.id}", _("Tell us why you send it back."))
            if cleaned.get(f"quantity-{line.id}") is None and f"quantity-{line.id}" not in self.errors:
                self.add_error(f"quantity-{line.id}", _("Enter how many you send back."))
        return cleaned

    def asked(self) -> list[AskedLine]:
        """The lines the customer sends back; only after `is_valid()`."""
        said = self.cleaned_data
        return [
            AskedLine(line.id, said[f"quantity-{line.id}"], said[f"reason-{line.id}"], said["note"])
            for line in self.lines
            if said[f"take-{line.id}"]
        ]


def _quantity(most: int) -> WholeField:
    language = get_language() or "en"
    too_many = _("You can send back at most %(units)s.") % {"units": display.digits(str(most), language)}
    widget: forms.Widget = WholeInput({"class": "input"})
    if most <= LONGEST_LIST:
        counts = [(str(count), display.digits(str(count), language)) for count in range(1, most + 1)]
        widget = forms.Select(attrs={"class": "input"}, choices=counts)
    return WholeField(
        required=False,
        min_value=1,
        max_value=most,
        initial=most if most == 1 else 1,
        widget=widget,
        error_messages={
            "invalid": _("Enter a whole number."),
            "min_value": _("Send back at least one, or leave the item unmarked."),
            "max_value": too_many,
        },
    )
