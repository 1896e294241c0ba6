"""Staff register a return for a customer: which units, why, how they travel and what is wanted for them."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.backoffice.order_reading import find
from oms.core import display
from oms.core.errors import Conflict, Problem
from oms.core.fields import WholeField, WholeInput
from oms.core.pages import done, sentence, staff_page, told
from returns import requests
from returns.models import Method, Reason, Resolution
from returns.requests import Returnable

REASONS = {
    Reason.DAMAGED: gettext_lazy("Damaged"),
    Reason.DEFECTIVE: gettext_lazy("Defective"),
    Reason.WRONG_ITEM: gettext_lazy("Wrong item"),
    Reason.NOT_AS_DESCRIBED: gettext_lazy("Not as described"),
    Reason.SIZE: gettext_lazy("Size does not fit"),
    Reason.LATE: gettext_lazy("Came too late"),
    Reason.CHANGED_MIND: gettext_lazy("Changed their mind"),
    Reason.OTHER: gettext_lazy("Another reason"),
}
METHODS = {
    Method.COURIER: gettext_lazy("A courier collects it"),
    Method.BRANCH: gettext_lazy("The customer brings it to a branch"),
    Method.KEEP: gettext_lazy("The customer keeps it"),
}
RESOLUTIONS = {
    Resolution.REFUND: gettext_lazy("Refund"),
    Resolution.STORE_CREDIT: gettext_lazy("Store credit"),
    Resolution.EXCHANGE: gettext_lazy("Exchange for another item"),
    Resolution.REPLACEMENT: gettext_lazy("Replacement of the same item"),
}


class ReturnForm(forms.Form):
    """For each line that may come back a number and a reason."""

    method = forms.ChoiceField(label=gettext_lazy("How it comes back"), choices=list(METHODS.items()))
    resolution = forms.ChoiceField(label=gettext_lazy("Wanted for it"), choices=list(RESOLUTIONS.items()))
    exchange_sku = forms.CharField(
        label=gettext_lazy("SKU wanted instead"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"dir": "ltr"}),
        help_text=gettext_lazy("Only for an exchange."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, found: list[Returnable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = found
        for one in self.able():
            key = one.line.pk
            name = {"aria-label": f"{_('Quantity')} · {one.line.sku}"}
            self.fields[f"units-{key}"] = WholeField(
                required=False,
                min_value=0,
                max_value=one.quantity,
                initial=0,
                widget=WholeInput(name),
            )
            self.fields[f"reason-{key}"] = forms.ChoiceField(
                choices=list(REASONS.items()),
                initial=Reason.CHANGED_MIND,
                required=False,
                widget=forms.Select(attrs={"aria-label": f"{_('Reason')} · {one.line.sku}"}),
            )

    def able(self) -> list[Returnable]:
        return [one for one in self.found if one.quantity]

    def rows(self) -> list[tuple[Returnable, forms.BoundField | None, forms.BoundField | None, str]]:
        """Each line of the order with its two fields, or with the rule that says no."""
        rows: list[tuple[Returnable, forms.BoundField | None, forms.BoundField | None, str]] = []
        for one in self.found:
            if one.quantity:
                key = one.line.pk
                rows.append((one, self[f"units-{key}"], self[f"reason-{key}"], ""))
            else:
                refusal = one.refusal
                rows.append((one, None, None, _(refusal.template) % refusal.values if refusal else ""))
        return rows

    def why_nothing(self) -> str:
        """Why no line may come back; empty where one may."""
        rules = {one.rule for one in self.found}
        if self.able():
            return ""
        if rules == {"cancelled"}:
            return _("The order was cancelled: nothing of it was sent, so nothing can come back.")
        if not any(one.line.shipped for one in self.found):
            return _(
                "Nothing of this order has been shipped yet, so nothing can come back."
                " What the customer no longer wants is cancelled on the order's page."
            )
        if rules <= {"cancelled", "not_delivered"}:
            return _("Nothing of this order has arrived yet. What was delivered can come back.")
        return _("Nothing of this order can come back now.")

    def asked(self) -> list[requests.Asked]:
        data = self.cleaned_data
        return [
            requests.Asked(one.line.pk, units, data[f"reason-{one.line.pk}"] or Reason.OTHER, data["note"])
            for one in self.able()
            if (units := data.get(f"units-{one.line.pk}") or 0)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.asked():
            self.add_error(None, _("Say how many of which item come back."))
        return cleaned


@staff_page(scope="orders:read")
def register(request: Any, ref: str) -> HttpResponseBase:
    request.principal.require("returns:write")
    order = find(request.principal, ref)
    found = requests.returnable(order, stranded=True)
    products = {line.pk: line.product for line in order.lines.select_related("product")}
    for one in found:
        one.line.product = products[one.line.pk]
    form = ReturnForm(request.POST or None, found=found)
    if request.method == "POST" and form.is_valid():
        try:
            returned = requests.request_return(
                order,
                lines=form.asked(),
                method=form.cleaned_data["method"],
                resolution=form.cleaned_data["resolution"],
                exchange_sku=form.cleaned_data["exchange_sku"].strip(),
                stranded=True,
                actor=request.principal.actor,
            )
        except Problem as problem:
            _tell(form, problem)
        else:
            return done(
                request,
                _("Return %(number)s is registered.") % {"number": display.isolated(returned.number)},
                reverse("order-detail", args=[order.number]) + "#returns",
            )
    status = 422 if form.is_bound else 200
    return render(request, "backoffice/order_return.html", {"order": order, "form": form}, status=status)


def _tell(form: ReturnForm, problem: Problem) -> None:
    """Beside the field where the refusal names one, else above the form."""
    if isinstance(problem, Conflict) and problem.code == "not_returnable":
        form.add_error(None, _("These items cannot come back for that reason any more."))
    elif any(str(error.get("pointer")) == "/exchange_sku" for error in problem.errors):
        form.add_error("exchange_sku", told(problem.detail))
    else:
        form.add_error(None, sentence(problem))
