"""The order page: everything known of one order, and every act on it, the next one as the one primary button."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language

from fulfillment import cash, readdressing
from fulfillment.models import Cancellation, ShipmentState
from fulfillment.steps import STARTS
from oms.backoffice import order_routing, order_steps, order_timeline
from oms.backoffice.order_forms import (
    AddressForm,
    CancelForm,
    CaptureForm,
    HoldForm,
    NotesForm,
    RecordForm,
    RefundForm,
    TagsForm,
    WholeCancelForm,
)
from oms.backoffice.order_reading import Parcel, Row, Seen, find, loose, read
from oms.backoffice.order_steps import Step
from oms.backoffice.order_timeline import Item
from oms.core import company, display, money
from oms.core.access import Principal
from oms.core.badges import badge
from oms.core.pages import staff_page
from oms.core.people import who
from orders import attention, holds, ledger
from orders.documents import tracking_url
from orders.models import Order, Status

ZERO = Decimal(0)
ON_THE_ROAD = frozenset(
    {"handed_over", "in_transit", "out_for_delivery", "delivery_failed", "returning", "lost"}
)


@dataclass(frozen=True, slots=True)
class ParcelCard:
    """A parcel with its next step."""

    parcel: Parcel
    step: Step | None
    main: bool
    movable: bool = False

    @property
    def over(self) -> bool:
        return self.parcel.shipment.state == ShipmentState.CANCELLED

    @property
    def collects(self) -> bool:
        """Its label is booked with cash the courier still asks for."""
        return bool(self.parcel.shipment.cod_amount) and self.parcel.shipment.state in cash.BOOKED


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that did not go through: shown again in its dialog, with what changed under the reader's hands."""

    dialog: str
    form: forms.Form
    changed: Sequence[Item] = field(default_factory=tuple)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def detail(request: Any, ref: str) -> HttpResponseBase:
    order = find(request.principal, ref)
    return show(request, order)


def show(request: Any, order: Order, *, refused: Refused | None = None, status: int = 200) -> HttpResponse:
    """The page; after a refusal with the dialog it happened in open again."""
    seen = read(request.principal, order, every_event=request.GET.get("history") == "all")
    return render(request, "backoffice/order.html", _context(request, seen, refused), status=status)


def _context(request: Any, seen: Seen, refused: Refused | None) -> dict[str, Any]:
    order, principal = seen.order, request.principal
    primary = order_steps.of_order(seen, principal)
    return {
        "order": order,
        "seen": seen,
        "primary": primary,
        "cards": _cards(seen, principal, primary),
        "loose": loose(seen.lines),
        "cancelled": [Row(line, line.cancelled, ZERO) for line in seen.lines if line.cancelled],
        "why_cancelled": _why_cancelled(seen),
        "money": seen.money,
        "entries": ledger.still_expected(seen.payments, order.balance),
        "asks_too_much": cash.beyond(
            (parcel.shipment for parcel in seen.parcels), ledger.cash_due(seen.money, order.balance)
        ),
        "net": seen.money.captured - seen.money.refunded,
        "owed_back": -order.balance if order.balance < 0 else ZERO,
        "days": order_timeline.days(seen),
        **_stands(seen),
        "routing": _routing(seen),
        "address": address_lines(order.shipping_address or {}),
        "billing": address_lines(order.billing_address or {}),
        "tracking": tracking_url(order) or "",
        "forms": {**forms_of(seen, principal), **({refused.dialog: refused.form} if refused else {})},
        "refused": refused,
        "writes": principal.may("orders:write"),
        "open": order.status == Status.OPEN,
        "returnable": principal.may("returns:write") and any(line.shipped for line in seen.lines),
    }


def _why_cancelled(seen: Seen) -> list[tuple[Cancellation, str]]:
    """Each cancellation that says why, with who it was; asked only where something is cancelled."""
    if not any(line.cancelled for line in seen.lines):
        return []
    told = seen.order.cancellations.exclude(reason="").order_by("at")
    return [(each, who(each.actor, seen.people)) for each in told]


def _stands(seen: Seen) -> dict[str, Any]:
    """How long the order stands at its stage, where that is too long."""
    today = company.today()
    coming = any(line.backordered and line.expected_at and line.expected_at >= today for line in seen.lines)
    if not attention.is_stuck(seen.order, coming=coming):
        return {}
    known = attention.standing(seen.order)
    return {
        "stuck": timezone.now() - known.since,
        "standing": known,
        "stage": badge("stage", seen.order.stage).text,
    }


def forms_of(seen: Seen, principal: Principal) -> dict[str, forms.Form]:
    """The forms of the acts that make sense now, by their dialog."""
    order = seen.order
    if not principal.may("orders:write"):
        return {}
    guard = {"version": order.version, "seen": seen.events[0].pk if seen.events else 0}
    made: dict[str, forms.Form] = {
        "notes": NotesForm(
            initial={**guard, "note": order.note, "gift_message": order.gift_message}, auto_id="notes_%s"
        ),
        "tags": TagsForm(initial={**guard, "tags": ", ".join(order.tags)}, auto_id="tags_%s"),
    }
    if readdressing.can_correct(order, seen.lines, [parcel.shipment for parcel in seen.parcels]):
        made["address"] = AddressForm(initial=guard, order=order, auto_id="address_%s")
    if holds.can_stop(order, seen.lines):
        made["hold"] = HoldForm(auto_id="hold_%s")
    if any(line.reserved + line.backordered for line in seen.lines):
        made["cancel-items"] = CancelForm(initial=guard, lines=seen.lines, auto_id="items_%s")
        made["cancel"] = WholeCancelForm(initial=guard, auto_id="cancel_%s")
    sums = seen.money
    if sums.authorized_open > 0 and order.balance > 0:
        asked = money.rounded(min(sums.authorized_open, order.balance), order.currency)
        made["capture"] = CaptureForm(
            initial={**guard, "amount": asked}, order=order, entries=seen.payments, auto_id="capture_%s"
        )
    if sums.authorized_open > 0:
        made["void"] = WholeCancelForm(initial=guard, auto_id="void_%s")
    if order.balance > 0 and order.status != Status.CANCELLED:
        asked = money.rounded(order.balance, order.currency)
        method = "cod" if sums.cash_expected > sums.cash_captured else "bank"
        made["record"] = RecordForm(
            initial={**guard, "amount": asked, "method": method}, order=order, auto_id="record_%s"
        )
    if sums.captured > sums.refunded:
        net = sums.captured - sums.refunded
        asked = money.rounded(min(net, -order.balance) if order.balance < 0 else net, order.currency)
        made["refund"] = RefundForm(initial={**guard, "amount": asked}, order=order, auto_id="refund_%s")
    return made


def address_lines(address: Mapping[str, Any]) -> list[str]:
    """A postal address as it is written on a parcel, a line each; the country in the reader's language."""
    if not address:
        return []
    town = " ".join(str(address.get(part) or "") for part in ("city", "region", "postal_code"))
    lines = [str(address.get(part) or "") for part in ("name", "company", "line1", "line2", "district")]
    country = display.country(str(address.get("country") or ""), get_language() or "en")
    short = str(address.get("short_address") or "")
    return [line for line in (*lines, " ".join(town.split()), short, country) if line]


def _cards(seen: Seen, principal: Principal, primary: Step | None) -> list[ParcelCard]:
    cards = []
    for parcel in seen.parcels:
        step = order_steps.of_parcel(parcel, seen, principal)
        movable = (
            principal.may("orders:write")
            and not seen.holds
            and parcel.shipment.state in STARTS["reroute"]
            and parcel.picked < parcel.units
        )
        cards.append(ParcelCard(parcel, step, step is not None and step == primary, movable))
    return cards


def _routing(seen: Seen) -> order_routing.Explained | None:
    if seen.decision is None:
        return None
    return order_routing.explain(seen.decision, seen.places, [line.sku for line in seen.lines])
