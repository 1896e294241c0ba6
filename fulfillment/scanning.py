"""A picker's scanner: a barcode or SKU becomes picked units, each scan once however often it is sent."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from fulfillment import parts, picking, steps
from fulfillment.models import FloorScan, Shipment
from fulfillment.parts import Piece
from fulfillment.steps import Units
from inventory.models import Lot
from oms.core import text
from oms.core.errors import Conflict, Invalid


@transaction.atomic
def take(
    shipment_id: UUID, *, scan_id: UUID, code: str, quantity: int = 1, lot: str = "", actor: str
) -> tuple[Shipment, FloorScan]:
    """Units of what was scanned are in the picker's hands. A scan sent again changes nothing.

    Raises OnHold, IllegalMove; Invalid (`not_in_shipment`, `too_many`); Conflict (`scan_known`) for an id that
    another shipment's scan has.
    """
    order, shipment = steps.lock(shipment_id)
    known = FloorScan.objects.filter(pk=scan_id).first()
    if known is not None:
        if known.shipment_id != shipment_id:
            raise Conflict("That scan belongs to another shipment.", code="scan_known")
        return shipment, known
    sku, scanned = read(code, parts.pieces(steps.contents(shipment)))
    lot = _spelled(lot, sku) if lot else scanned
    shipment = picking.pick(shipment_id, units=[Units(sku, quantity, lot=lot)], actor=actor)
    kept = FloorScan.objects.create(
        pk=scan_id, shipment=shipment, sku=sku, quantity=quantity, lot=lot, actor=actor
    )
    return shipment, kept


@transaction.atomic
def undo(shipment_id: UUID, *, scan_id: UUID | None = None, actor: str) -> tuple[Shipment, FloorScan]:
    """The scan named, or the last that stands, is taken back: its units are on the shelf. Twice is once.

    Raises Conflict (`nothing_to_undo`) when no scan stands; OnHold, IllegalMove.
    """
    _order, shipment = steps.lock(shipment_id)
    scans = FloorScan.objects.filter(shipment_id=shipment_id).order_by("-at", "-pk")
    if scan_id is not None:
        last = scans.filter(pk=scan_id).first()
        if last is not None and last.undone_at:
            return shipment, last
    else:
        last = scans.filter(undone_at=None).first()
    if last is None:
        raise Conflict("There is no scan to take back.", code="nothing_to_undo")
    shipment = picking.put_back(
        shipment_id, units=[Units(last.sku, last.quantity, lot=last.lot)], actor=actor
    )
    last.undone_at = timezone.now()
    last.save(update_fields=["undone_at"])
    return shipment, last


def read(code: str, pieces: list[Piece]) -> tuple[str, str]:
    """The SKU a barcode or SKU means in this shipment, in any digits and case, and the lot where it is a lot's code.

    Raises Invalid `not_in_shipment`.
    """
    spelled = plain(code)
    for piece in pieces:
        if spelled and spelled in (plain(piece.sku), plain(piece.product.barcode)):
            return piece.sku, ""
    tracked = {piece.product.pk: piece.sku for piece in pieces if piece.product.tracks_lots}
    if spelled and tracked:
        for lot in Lot.objects.filter(product__in=tracked).exclude(code="").order_by("pk"):
            if plain(lot.code) == spelled:
                return tracked[lot.product_id], lot.code
    raise Invalid.at("/code", f"{code} is not in this shipment.", "not_in_shipment")


def plain(code: str) -> str:
    """A code as scanners and people spell it, made one: no spaces, Latin digits, capitals."""
    return "".join(text.digits(text.clean(code, 128)).split()).upper()


def _spelled(lot: str, sku: str) -> str:
    """A lot's code as it is kept, however the device spells it."""
    codes = (
        Lot.objects.filter(product__sku=sku).exclude(code="").order_by("pk").values_list("code", flat=True)
    )
    return next((code for code in codes if plain(code) == plain(lot)), lot)
