"""Sending a parcel's items from elsewhere: what every other location could do about them, and the move itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from fulfillment import rerouting
from fulfillment.lifting import Part, Wish
from fulfillment.models import Shipment, ShipmentLine
from fulfillment.rerouting import Choice
from oms.backoffice.order_acts import page_of, parcel_of
from oms.backoffice.order_reading import find
from oms.backoffice.order_routing import refusal
from oms.core.errors import Forbidden, NotFound, Problem
from oms.core.fields import WholeField, WholeInput
from oms.core.pages import done, sentence, staff_page
from orders.models import Order

ANYWHERE = "-"


# Why a move is out of turn, in the reader's words.
WHY: dict[str, str | Promise] = {
    "picked": gettext_lazy("These items are picked. What is picked stays where it is."),
    "gone": gettext_lazy("This parcel has left or is cancelled."),
    "unchanged": gettext_lazy("Nothing would change: it is sent from there already."),
    "unable": gettext_lazy("That location cannot send these items to the customer."),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One location as the reader may choose it: what it costs and when it arrives, or why it cannot."""

    code: str
    name: str
    able: bool
    units: int
    cost: Decimal | None = None
    latest: datetime | None = None
    why: str = ""


class MoveForm(forms.Form):
    """Units of each line, a location (or anywhere else), and why."""

    to = forms.CharField(max_length=64)
    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=500)

    def __init__(self, *args: Any, rows: Sequence[ShipmentLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = rows
        for row in rows:
            left = row.quantity - row.picked
            self.fields[f"units-{row.line_id}"] = WholeField(
                required=False,
                min_value=0,
                max_value=left,
                initial=left,
                widget=WholeInput({"aria-label": row.line.sku}),
            )

    def rows(self) -> list[tuple[ShipmentLine, int, forms.BoundField]]:
        return [(row, row.quantity - row.picked, self[f"units-{row.line_id}"]) for row in self.lines]

    def parts(self) -> list[Part]:
        given = {row.line_id: self.cleaned_data.get(f"units-{row.line_id}") or 0 for row in self.lines}
        return [Part(line, units) for line, units in given.items() if units]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and not self.parts():
            self.add_error(None, _("Say how many of which item to send from elsewhere."))
        return cleaned


@staff_page(scope="orders:write")
def move_parcel(request: Any, ref: str, number: str) -> HttpResponseBase:
    """Choose from where the items of a parcel go instead."""
    order = find(request.principal, ref)
    shipment = parcel_of(request, order, number)
    rows = list(
        shipment.lines.filter(quantity__gt=0).select_related("line__product").order_by("line__position")
    )
    rows = [row for row in rows if row.quantity > row.picked]
    form = MoveForm(request.POST or None, rows=rows)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        wish = Wish(
            shipment=shipment.pk,
            parts=form.parts(),
            to="" if to == ANYWHERE else to,
            exclude=frozenset({shipment.location.code}) if to == ANYWHERE else frozenset(),
            reason=form.cleaned_data["reason"],
        )
        try:
            rerouting.reroute(order.pk, wish, actor=request.principal.actor)
        except (Forbidden, NotFound):
            raise
        except Problem as problem:
            form.add_error(None, _said(problem))
        else:
            return done(request, _("The items are sent from elsewhere now."), page_of(order))
    return _page(request, order, shipment, form)


def _said(problem: Problem) -> str:
    known = WHY.get(str(problem.extra.get("why", "")))
    return str(known) if known else sentence(problem)


def _page(request: Any, order: Order, shipment: Shipment, form: MoveForm) -> HttpResponseBase:
    offers: list[Offer] = []
    units, stopped, now_cost = 0, "", None
    try:
        units, found = rerouting.choices(order.pk, Wish(shipment=shipment.pk))
        skus = [row.line.sku for row in form.lines]
        offers = [_offer(choice, skus) for choice in found if not choice.now]
        now_cost = next((choice.plan.cost for choice in found if choice.now and choice.plan.parcels), None)
    except Problem as problem:
        stopped = _said(problem)
    best = next((offer.code for offer in offers if offer.able), "")
    context = {
        "order": order,
        "shipment": shipment,
        "form": form,
        "offers": offers,
        "units": units,
        "stopped": stopped,
        "chosen": form["to"].value() or best or ANYWHERE,
        "currency": settings.COMPANY_CURRENCY,
        "now_cost": now_cost,
        "anywhere": ANYWHERE,
    }
    return render(request, "backoffice/order_move.html", context, status=422 if form.is_bound else 200)


def _offer(choice: Choice, skus: Sequence[str]) -> Offer:
    plan, place = choice.plan, choice.location
    if plan.outcome == "planned":
        latest = max(parcel.window.latest for parcel in plan.parcels)
        return Offer(place.code, place.name, True, choice.units, plan.cost, latest)
    why = [why.as_json() for trace in plan.trace.locations for why in trace.refusals]
    words = " ".join(dict.fromkeys(refusal(one, list(skus)) for one in why))
    return Offer(place.code, place.name, False, choice.units, why=words or _("Not enough stock."))
