"""The forms of a return's page: the decision, what arrived, what it is like, what the customer gets."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import Location
from oms.backoffice.order_forms import AmountField
from oms.backoffice.order_returning import RESOLUTIONS
from oms.core import text
from oms.core.badges import BADGES
from returns.inspecting import STATE_OF, Found
from returns.models import Grade, Resolution, Return, ReturnLine
from returns.receiving import Came

# Units of one line may differ: so many groups of them, each with its grade and its way.
GROUPS = 3


class UnitsField(forms.IntegerField):
    """So many units, typed with any digits; nothing typed is none."""

    def __init__(self, *, most: int, label: str, initial: int = 0, **attributes: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off", "aria-label": label, **attributes}
        super().__init__(
            required=False, min_value=0, max_value=most, initial=initial, widget=forms.TextInput(attrs=attrs)
        )

    def to_python(self, value: Any) -> int | None:
        number: int | None = super().to_python(text.digits(str(value if value is not None else "")).strip())
        return number

    def clean(self, value: Any) -> int:
        return int(super().clean(value) or 0)


class DecisionForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("The customer reads it."),
    )


class ReceiveForm(forms.Form):
    """How many of each line came, and where."""

    location = forms.ChoiceField(label=gettext_lazy("Received at"))

    def __init__(
        self, *args: Any, lines: Iterable[ReturnLine], places: Iterable[Location], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if line.received < line.quantity]
        self.fields["location"].choices = [(place.code, place.name) for place in places]  # type: ignore[attr-defined]
        for line in self.lines:
            left = line.quantity - line.received
            label = f"{_('Quantity')} · {line.line.sku}"
            self.fields[f"came-{line.pk}"] = UnitsField(most=left, label=label, **{"data-most": left})

    def rows(self) -> list[tuple[ReturnLine, int, forms.BoundField]]:
        return [(line, line.quantity - line.received, self[f"came-{line.pk}"]) for line in self.lines]

    def came(self) -> list[Came]:
        counted = [(line.pk, self.cleaned_data.get(f"came-{line.pk}") or 0) for line in self.lines]
        return [Came(pk, units) for pk, units in counted if units]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.came():
            self.add_error(None, _("Scan or count what arrived."))
        return cleaned


class InspectForm(forms.Form):
    """What was found of the units that lie there: in groups, each with a grade and where it goes."""

    def __init__(
        self,
        *args: Any,
        lines: Iterable[ReturnLine],
        waiting: Mapping[UUID, int],
        lots: Mapping[UUID, list[str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.lines = [line for line in lines if waiting.get(line.pk)]
        self.waiting = waiting
        grades = [(value, known.text) for value, known in BADGES["grade"].items()]
        ways = [(value, known.text) for value, known in BADGES["disposition"].items()]
        for line in self.lines:
            lying = waiting[line.pk]
            for group in range(min(lying, GROUPS)):
                key, sku = f"{line.pk}-{group}", line.line.sku
                self.fields[f"units-{key}"] = UnitsField(
                    most=lying, label=f"{_('Quantity')} · {sku}", initial=0 if group else lying
                )
                self.fields[f"grade-{key}"] = _choice(f"{_('Grade')} · {sku}", grades)
                self.fields[f"way-{key}"] = _choice(f"{_('Where it goes')} · {sku}", ways)
                if sent := lots.get(line.pk):
                    self.fields[f"lot-{key}"] = _lot(f"{_('Lot')} · {sku}", sent)

    def rows(self) -> list[tuple[ReturnLine, int, list[tuple[Any, Any, Any, Any]]]]:
        """Each line, how many of it lie there, and the fields of its groups."""
        found = []
        for line in self.lines:
            lying = self.waiting[line.pk]
            groups = [
                (
                    self[f"units-{key}"],
                    self[f"grade-{key}"],
                    self[f"way-{key}"],
                    self[f"lot-{key}"] if f"lot-{key}" in self.fields else None,
                )
                for key in (f"{line.pk}-{group}" for group in range(min(lying, GROUPS)))
            ]
            found.append((line, lying, groups))
        return found

    def found(self) -> list[Found]:
        verdicts = []
        for line in self.lines:
            for group in range(min(self.waiting[line.pk], GROUPS)):
                key = f"{line.pk}-{group}"
                units = self.cleaned_data.get(f"units-{key}") or 0
                if units:
                    grade = self.cleaned_data.get(f"grade-{key}") or Grade.A
                    lot = self.cleaned_data.get(f"lot-{key}", "")
                    verdicts.append(Found(line.pk, units, grade, self.cleaned_data[f"way-{key}"], lot))
        return verdicts

    def kept(self) -> list[tuple[ReturnLine, int]]:
        """The units that stay with us, and are credited."""
        by_id = {line.pk: line for line in self.lines}
        return [(by_id[one.line], one.quantity) for one in self.found() if one.disposition in STATE_OF]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        counted: dict[UUID, int] = {}
        for one in self.found():
            counted[one.line] = counted.get(one.line, 0) + one.quantity
        if not counted:
            self.add_error(None, _("Say what was found of at least one unit."))
        for line in self.lines:
            if counted.get(line.pk, 0) > self.waiting[line.pk]:
                self.add_error(
                    f"units-{line.pk}-0",
                    _("Only %(units)s of it lie here.") % {"units": self.waiting[line.pk]},
                )
        return cleaned


class RefundForm(forms.Form):
    """What the customer gets. Goods instead of money have no amount."""

    kind = forms.ChoiceField(label=gettext_lazy("The customer gets"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, returned: Return, owed: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: list[tuple[str, Any]] = [
            (kind, words)
            for kind, words in RESOLUTIONS.items()
            if kind != Resolution.EXCHANGE or returned.exchange_sku
        ]
        if not owed:
            kinds = [each for each in kinds if each[0] not in (Resolution.REFUND, Resolution.STORE_CREDIT)]
        kinds.append(("none", gettext_lazy("Nothing")))
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        wanted = returned.resolution if returned.resolution in dict(kinds) else kinds[0][0]
        self.fields["kind"].initial = wanted
        self.fields["amount"] = AmountField(
            label=_("Amount"),
            currency=returned.order.currency,
            required=False,
            initial=owed or "",
            help_text=_("What is left of it stays with you."),
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("kind") not in (Resolution.REFUND, Resolution.STORE_CREDIT):
            cleaned["amount"] = None
            self.errors.pop("amount", None)
        return cleaned


def _lot(label: str, sent: list[str]) -> forms.ChoiceField:
    """Which of the lots that were sent; where it was one alone, that one is proposed."""
    field = _choice(label, [("", _("Lot not known")), *((code, code) for code in sent)])
    field.initial = sent[0] if len(sent) == 1 else ""
    field.help_text = _("Units of which nobody knows the lot wait in quality control.")
    return field


def _choice(label: str, choices: list[tuple[str, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(
        choices=choices,
        required=False,
        initial=choices[0][0],
        widget=forms.Select(attrs={"aria-label": label}),
    )
