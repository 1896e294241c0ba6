"""The picker's screen: what to take from which bin, every scan verified and kept at once."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from fulfillment import parts, picking, scanning, short_lived, steps
from fulfillment.access import get_shipment, visible
from fulfillment.models import FloorScan, Shipment, ShipmentState
from fulfillment.scanning import plain
from inventory import lots
from inventory.lots import Choice
from inventory.models import StockLevel
from oms.core import display, text
from oms.core.errors import Invalid, Problem
from oms.core.pages import done, sentence, staff_page
from oms.core.saying import said

S = ShipmentState
DIGITS = "0123456789"


@dataclass
class Item:
    """Units of one SKU to take; several lines of it are one walk."""

    sku: str
    barcode: str
    name: dict[str, str]
    bin: str
    quantity: int = 0
    picked: int = 0
    note: str = ""
    lots: list[Choice] = field(default_factory=list)

    @property
    def missing(self) -> int:
        """Still to take."""
        return max(0, self.quantity - self.picked)

    @property
    def lot(self) -> Choice | None:
        """Which goes first."""
        return self.lots[0] if self.lots else None

    @property
    def lot_codes(self) -> str:
        """What the device knows lots by: one a line."""
        return "\n".join(plain(lot.code) for lot in self.lots if lot.code)

    @property
    def done(self) -> bool:
        return self.picked >= self.quantity


def items_of(shipment: Shipment) -> list[Item]:
    """In the order a picker walks: by bin. Two queries, one more with kits and one with lots."""
    found = parts.pieces(steps.contents(shipment))
    levels = StockLevel.objects.filter(
        location_id=shipment.location_id, product__in=[piece.product.pk for piece in found]
    )
    bins = dict(levels.values_list("product_id", "bin"))
    tracked = [piece.product.pk for piece in found if piece.product.tracks_lots]
    until = short_lived.good_until(shipment, timezone.now())
    going = lots.choices(shipment.location_id, tracked, until) if tracked else {}
    items: dict[str, Item] = {}
    for piece in found:
        product, row = piece.product, piece.row
        item = items.setdefault(
            piece.sku,
            Item(piece.sku, plain(product.barcode), product.name, bins.get(product.pk, "")),
        )
        item.quantity += piece.quantity
        item.picked += piece.picked
        kit = _("For the kit %(sku)s") % {"sku": display.isolated(row.line.sku)} if row.line.parts else ""
        wishes = ", ".join(f"{name}: {value}" for name, value in (row.line.personalisation or {}).items())
        item.lots = going.get(product.pk, [])
        item.note = " · ".join(dict.fromkeys(filter(None, (item.note, kit, wishes))))
    return sorted(items.values(), key=lambda item: (not item.bin, item.bin))


@staff_page(scope="shipments:write", methods=("GET", "HEAD"))
def pick(request: Any, ref: str) -> HttpResponseBase:
    shipment = get_shipment(request.principal, ref)
    items = items_of(shipment)
    units, picked = sum(item.quantity for item in items), sum(item.picked for item in items)
    context = {
        "shipment": shipment,
        "items": items,
        "current": next((item for item in items if not item.done), items[0] if items else None),
        "tracked": any(item.lots for item in items),
        "units": units,
        "picked": picked,
        "open": shipment.state in steps.STARTS["pick"],
        "finished": shipment.state == S.PICKED,
        "undoable": FloorScan.objects.filter(shipment=shipment, undone_at=None).exists(),
        "digits": DIGITS,
        "scan_id": uuid4(),
    }
    return render(request, "fulfillment/pick.html", context)


@staff_page(scope="shipments:write", methods=("POST",))
def scan(request: Any, ref: str) -> HttpResponseBase:
    """`id` (the device's), `code`, `quantity`. Answers JSON to the screen's script, a redirect to a plain form."""
    shipment = get_shipment(request.principal, ref)
    try:
        scanned, kept = scanning.take(
            shipment.pk,
            scan_id=_uuid(request.POST.get("id", "")) or uuid4(),
            code=request.POST.get("code", "")[:128],
            quantity=_units(request.POST.get("quantity", "1")),
            lot=request.POST.get("lot", "").replace("\x00", "")[:64],
            actor=request.principal.actor,
        )
    except Problem as problem:
        return _refuse(request, shipment, problem)
    return _answer(request, scanned, _("Right item."), kept)


@staff_page(scope="shipments:write", methods=("POST",))
def undo(request: Any, ref: str) -> HttpResponseBase:
    """Takes the scan `id` back, or the last one."""
    shipment = get_shipment(request.principal, ref)
    try:
        back, kept = scanning.undo(
            shipment.pk, scan_id=_uuid(request.POST.get("id", "")), actor=request.principal.actor
        )
    except Problem as problem:
        return _refuse(request, shipment, problem)
    return _answer(request, back, _("Taken back: put it on its shelf again."), kept)


@staff_page(scope="shipments:write", methods=("POST",))
def short(request: Any, ref: str) -> HttpResponseBase:
    """What is left to pick of `sku` is not there."""
    shipment = get_shipment(request.principal, ref)
    sku = request.POST.get("sku", "")
    pieces = parts.pieces(steps.contents(shipment))
    if sku not in {piece.sku for piece in pieces if piece.picked < piece.quantity}:
        raise Invalid.at("/sku", "Nothing of that is left to pick.", "nothing_short")
    shipment = picking.pick(shipment.pk, units=[], short=True, short_of={sku}, actor=request.principal.actor)
    said = _("Noted: %(sku)s is short. Another place is being looked for.") % {"sku": display.isolated(sku)}
    gone = shipment.state == S.CANCELLED
    return done(request, said, reverse("pick-list") if gone else reverse("pick", args=[shipment.number]))


@staff_page(scope="shipments:write", methods=("GET", "HEAD"))
def pick_next(request: Any) -> HttpResponseBase:
    """The shipment that has to leave first of those waiting at the location of `after`, or the queue."""
    queue = visible(request.principal).filter(state=S.RELEASED)
    if after := visible(request.principal).filter(number=request.GET.get("after", "")[:40]).first():
        queue = queue.filter(location=after.location_id).exclude(pk=after.pk)
    found = queue.order_by("due_at", "pk").first()
    return redirect("pick", found.number) if found else redirect("pick-list")


def _answer(request: Any, shipment: Shipment, said: str, kept: FloorScan) -> HttpResponseBase:
    if not _wants_json(request):
        return done(request, said, reverse("pick", args=[shipment.number]))
    return JsonResponse({"said": said, "sku": kept.sku, **_truth(shipment)})


def _refuse(request: Any, shipment: Shipment, problem: Problem) -> HttpResponseBase:
    if not _wants_json(request):
        raise problem
    shipment.refresh_from_db(fields=["state"])
    return JsonResponse(
        {"said": sentence(problem), "code": problem.code, **_truth(shipment)}, status=problem.status
    )


def _truth(shipment: Shipment) -> dict[str, Any]:
    """How far the shipment is, whatever the device believed."""
    counted: dict[str, list[int]] = {}
    for piece in parts.pieces(steps.contents(shipment)):
        known = counted.setdefault(piece.sku, [0, 0])
        known[0] += piece.picked
        known[1] += piece.quantity
    return {"state": shipment.state, "items": counted}


def _wants_json(request: Any) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given)
    except ValueError:
        return None


def _units(given: str) -> int:
    read = text.figure(plain(given))
    if not read.isascii() or not read.isdigit() or not 0 < int(read) <= 100_000:
        raise Invalid.at("/quantity", said("Say how many, from 1."), "invalid")
    return int(read)
