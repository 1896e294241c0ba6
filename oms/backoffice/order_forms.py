"""The forms of the order page. Each that writes money or units carries the version its reader saw."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from oms.backoffice.order_timeline import METHODS
from oms.core import badges, display, money, reading, text
from oms.core.address import Address
from oms.core.fields import DecimalInput, WholeField, WholeInput
from orders import ledger
from orders.models import Line, Order, Payment, PaymentKind

# The parts of a postal address in the order they are written down.
ADDRESS = {
    "name": gettext_lazy("Name"),
    "company": gettext_lazy("Company"),
    "line1": gettext_lazy("Address"),
    "line2": gettext_lazy("Address, second line"),
    "district": gettext_lazy("District"),
    "city": gettext_lazy("City"),
    "region": gettext_lazy("Region"),
    "postal_code": gettext_lazy("Postal code"),
    "short_address": gettext_lazy("Short address"),
    "phone": gettext_lazy("Phone"),
}
HOLD_REASONS = ("manual", "customer", "bad_address", "risk", "duplicate", "stock")


class AmountField(forms.CharField):
    """An amount above zero in one currency, typed with any digits and with a point or an Arabic comma."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        widget = DecimalInput({"dir": "ltr"})
        super().__init__(max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> Decimal:
        typed = text.figure(str(super().clean(value)))
        try:
            amount = money.parse_amount(typed, self.currency)
        except ValueError as error:
            raise forms.ValidationError(
                _("Write an amount such as %(example)s.")
                % {"example": reading.typed(money.rounded(Decimal(10), self.currency))}
            ) from error
        if not amount:
            raise forms.ValidationError(_("The amount is above zero."))
        return amount


class Versioned(forms.Form):
    """`version` and `seen` (the newest event) are what the reader had before their eyes."""

    version = WholeField(widget=forms.HiddenInput, min_value=0)
    seen = WholeField(widget=forms.HiddenInput, min_value=0)


class NotesForm(Versioned):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )
    gift_message = forms.CharField(
        label=gettext_lazy("Gift message"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy("Printed on the packing slip."),
    )


class TagsForm(Versioned):
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Separate them with commas."),
    )

    def words(self) -> list[str]:
        """The tags in the order typed, each once."""
        typed = self.cleaned_data["tags"].replace("،", ",").split(",")
        return list(dict.fromkeys(tag.strip() for tag in typed if tag.strip()))


class AddressForm(Versioned):
    """The fields of a postal address but its country, which stays."""

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = order.shipping_address or {}
        self.country = str(known.get("country") or "")
        for name, label in ADDRESS.items():
            if name == "short_address" and self.country != "SA" and not known.get(name):
                continue
            latin = name in ("postal_code", "short_address", "phone")
            self.fields[name] = forms.CharField(
                label=label,
                required=name in ("line1", "city"),
                max_length=64 if name == "phone" else 32 if latin else 200,
                initial=known.get(name, ""),
                widget=forms.TextInput({"dir": "ltr" if latin else "auto", "autocomplete": "off"}),
            )

    def address(self) -> Address:
        given = {name: self.cleaned_data[name] for name in ADDRESS if self.cleaned_data.get(name)}
        return Address(**given, country=self.country)


class CommentForm(forms.Form):
    text = forms.CharField(max_length=2000)


class HoldForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("Reason"))
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {reason: badges.badge("hold", reason).text for reason in HOLD_REASONS}
        self.fields["reason"].choices = list(known.items())  # type: ignore[attr-defined]


class CancelForm(Versioned):
    """Units of each line to cancel, of those that have not left."""

    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if line.reserved + line.backordered]
        for line in self.lines:
            left = line.reserved + line.backordered
            self.fields[f"units-{line.pk}"] = WholeField(
                label=line.sku,
                required=False,
                min_value=0,
                max_value=left,
                initial=0,
                widget=WholeInput({"aria-label": line.sku}),
            )

    def rows(self) -> list[tuple[Line, int, forms.BoundField]]:
        return [(line, line.reserved + line.backordered, self[f"units-{line.pk}"]) for line in self.lines]

    def asked(self) -> dict[UUID, int]:
        """Units by line, none of them 0."""
        given = {line.pk: self.cleaned_data.get(f"units-{line.pk}") or 0 for line in self.lines}
        return {pk: units for pk, units in given.items() if units}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.asked():
            self.add_error(None, _("Say how many of which item to cancel."))
        return cleaned


class WholeCancelForm(Versioned):
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)


class MoneyForm(Versioned):
    """`amount` is prefilled with all there is; the reader takes less if they mean less."""

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sign = display.currency_sign(order.currency, get_language() or "en")
        label = _("Amount (%(currency)s)") % {"currency": display.isolated(sign)}
        self.fields["amount"] = AmountField(currency=order.currency, label=label)


class RefundForm(MoneyForm):
    reference = forms.CharField(label=gettext_lazy("Reason or reference"), required=False, max_length=200)


class RecordForm(MoneyForm):
    method = forms.ChoiceField(label=gettext_lazy("Paid by"), choices=list(METHODS.items()))
    reference = forms.CharField(label=gettext_lazy("Reference"), required=False, max_length=200)


class CaptureForm(MoneyForm):
    """`source` is a method and a provider with something authorised and not captured."""

    source = forms.ChoiceField(label=pgettext_lazy("payment", "From"))

    def __init__(self, *args: Any, entries: Sequence[Payment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            (f"{method}:{provider}", _source(method, provider)) for method, provider in sources(entries)
        ]


def sources(entries: Sequence[Payment]) -> list[tuple[str, str]]:
    """Methods and providers with something authorised and not captured."""
    pairs = dict.fromkeys(
        (entry.method, entry.provider) for entry in entries if entry.kind == PaymentKind.AUTHORIZATION
    )
    return [
        pair
        for pair in pairs
        if ledger.sums(e for e in entries if (e.method, e.provider) == pair).authorized_open > 0
    ]


def _source(method: str, provider: str) -> str:
    name = str(METHODS.get(method, method))
    return name if provider == "manual" else f"{name} · {provider}"
