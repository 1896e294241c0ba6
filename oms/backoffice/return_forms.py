"""The forms of a return's page: the decision, what arrived, what the customer gets."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import Location
from oms.backoffice import order_timeline
from oms.backoffice.order_forms import AmountField
from oms.backoffice.order_returning import RESOLUTIONS
from oms.core import display
from oms.core.access import Principal
from oms.core.errors import NotFound
from oms.core.fields import WholeField, WholeInput
from orders.access import get_order
from orders.models import Order
from returns.models import Resolution, Return, ReturnLine
from returns.receiving import Came


class UnitsField(WholeField):
    """So many units, typed with any digits; nothing typed is none."""

    def __init__(self, *, most: int, label: str, initial: int | None = 0, **attributes: Any) -> None:
        attrs = {"aria-label": label, **attributes}
        super().__init__(
            required=False, min_value=0, max_value=most, initial=initial, widget=WholeInput(attrs)
        )

    def clean(self, value: Any) -> int:
        return int(super().clean(value) or 0)


class RegisterForm(forms.Form):
    """The number of the order that something comes back of."""

    order = forms.CharField(
        label=gettext_lazy("Number of the order"),
        max_length=64,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, principal: Principal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.principal, self.auto_id = principal, "register-%s"

    def clean_order(self) -> Order:
        number = self.cleaned_data["order"].strip()
        try:
            return get_order(self.principal, number)
        except NotFound as error:
            words = _("There is no order %(number)s.") % {"number": display.isolated(number)}
            raise forms.ValidationError(words) from error


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


class RefundForm(forms.Form):
    """What the customer gets. Goods instead of money have no amount."""

    kind = forms.ChoiceField(label=gettext_lazy("The customer gets"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, returned: Return, owed: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order, self.owed = returned.order, owed
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

    def clean_amount(self) -> Decimal | None:
        """No more than is owed for this return: goodwill is the order's own refund."""
        amount: Decimal | None = self.cleaned_data["amount"]
        if amount and amount > self.owed:
            words = _(
                "This return is worth %(amount)s at most. Give more out of goodwill on the order's own page."
            )
            raise forms.ValidationError(words % {"amount": order_timeline.money(self.owed, self.order)})
        return amount

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("kind") not in (Resolution.REFUND, Resolution.STORE_CREDIT):
            cleaned["amount"] = None
            self.errors.pop("amount", None)
        return cleaned
