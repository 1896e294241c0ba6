"""What staff type about transfers: a request, what leaves, what came."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.line_forms import SAID, UnitsField, date_field
from inventory.models import Location, State, TransferLine
from inventory.transferring import Came
from oms.core.access import Principal

NOTE = forms.Textarea(attrs={"rows": 2})


class RequestForm(forms.Form):
    """From where to where. Staff bound to locations name one of theirs at one end."""

    source = forms.ChoiceField(label=gettext_lazy("From"))
    target = forms.ChoiceField(label=gettext_lazy("To"))
    expected_on = date_field(gettext_lazy("Wanted by"))
    note = forms.CharField(label=gettext_lazy("Note"), max_length=500, required=False, widget=NOTE)
    needs_approval = forms.BooleanField(label=gettext_lazy("Someone else approves it first"), required=False)

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = list(Location.objects.filter(active=True).order_by("priority", "name"))
        choices = [(place.code, place.name) for place in places]
        fields: Any = self.fields
        fields["source"].choices = fields["target"].choices = [("", "–"), *choices]
        mine = [code for code, _name in choices if principal.locations and code in principal.locations]
        if mine:
            fields["target"].initial = mine[0]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("source") and given.get("source") == given.get("target"):
            self.add_error("source", SAID["same_location"])
        return given


class AskForm(forms.Form):
    """Which SKU is needed, where and how many."""

    sku = forms.CharField(
        label=gettext_lazy("SKU or barcode"),
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True, "dir": "ltr"}),
    )
    quantity = forms.CharField(
        label=gettext_lazy("How many"),
        max_length=7,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    target = forms.ChoiceField(label=gettext_lazy("Needed at"))

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = principal.limit_to_locations(Location.objects.filter(active=True), "code")
        choices = [(place.code, place.name) for place in places.order_by("priority", "name")]
        self.fields["target"].choices = choices  # type: ignore[attr-defined]


class ShipForm(forms.Form):
    """How much of each line leaves."""

    expected_on = date_field(gettext_lazy("Expected there"))

    def __init__(self, *args: Any, lines: Iterable[TransferLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            label = f"{_('Quantity')} · {line.product.sku}"
            self.fields[f"sent-{line.pk}"] = UnitsField(
                most=line.quantity, initial=line.quantity, label=label, **{"data-most": line.quantity}
            )

    def rows(self) -> list[tuple[TransferLine, int, forms.BoundField, None]]:
        return [(line, line.quantity, self[f"sent-{line.pk}"], None) for line in self.lines]

    def quantities(self) -> dict[Any, int]:
        return {line.pk: self.cleaned_data[f"sent-{line.pk}"] for line in self.lines}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not any(self.quantities().values()):
            self.add_error(None, _("Nothing leaves. Cancel the request instead."))
        return cleaned


class ReceiveForm(forms.Form):
    """How many of each line came, and how many of those are damaged."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Needed where more came than was sent."),
    )

    def __init__(self, *args: Any, lines: Iterable[TransferLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(lines)
        for line in self.lines:
            sku = line.product.sku
            self.fields[f"came-{line.pk}"] = UnitsField(
                label=f"{_('Quantity')} · {sku}", **{"data-most": line.on_the_way}
            )
            self.fields[f"damaged-{line.pk}"] = UnitsField(label=f"{_('Damaged')} · {sku}")

    def rows(self) -> list[tuple[TransferLine, int, forms.BoundField, forms.BoundField]]:
        return [
            (line, line.on_the_way, self[f"came-{line.pk}"], self[f"damaged-{line.pk}"])
            for line in self.lines
        ]

    def came(self) -> list[Came]:
        found = []
        for line in self.lines:
            units = self.cleaned_data[f"came-{line.pk}"]
            damaged = self.cleaned_data[f"damaged-{line.pk}"]
            found += [Came(line.pk, units - damaged)] if units > damaged else []
            found += [Came(line.pk, damaged, State.DAMAGED)] if damaged else []
        return found

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        for line in self.lines:
            if cleaned[f"damaged-{line.pk}"] > cleaned[f"came-{line.pk}"]:
                self.add_error(f"came-{line.pk}", _("More are damaged than came."))
        if not self.errors and not self.came():
            self.add_error(None, _("Scan or count what arrived."))
        return cleaned
