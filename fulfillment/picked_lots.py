"""Which lots a shipment's units were taken from: what a recall asks for later. `inventory.lots` guards the shelf."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone

from fulfillment import parts, short_lived
from fulfillment.models import PickedLot, Shipment, ShipmentLine
from fulfillment.parts import Piece
from fulfillment.steps import Units
from inventory import lots
from inventory.lot_levels import OfLot
from oms.core.errors import Invalid
from oms.core.saying import said


def take(
    shipment: Shipment, pieces: Sequence[Piece], units: Sequence[Units], picked: Mapping[tuple[Any, str], int]
) -> None:
    """Of units just picked, those that track lots come out of one: the one named, else the one that goes first.

    `picked` is how many of them each piece got. Raises as `inventory.lots.take`, and Invalid `lot_not_tracked`.
    """
    tracked = {piece.sku: piece.product for piece in pieces if piece.product.tracks_lots}
    for unit in units:
        if unit.lot and unit.sku not in tracked:
            raise Invalid.at(
                f"{unit.pointer}/lot", said("%(sku)s has no lots.", sku=unit.sku), "lot_not_tracked"
            )
    until = short_lived.good_until(shipment, timezone.now()) if tracked else None
    wanted = [
        lots.Wanted(tracked[unit.sku], unit.quantity, unit.lot, unit.pointer, until)
        for unit in units
        if unit.sku in tracked
    ]
    if not wanted:
        return
    taken = [[one.product_id, one.lot_id, one.quantity] for one in lots.take(shipment.location_id, wanted)]
    for piece in pieces:
        missing = picked.get(piece.key, 0) if piece.product.tracks_lots else 0
        for one in taken:
            step = min(missing, one[2]) if one[0] == piece.product.pk else 0
            if step:
                one[2] -= step
                missing -= step
                _add(piece.row, one[1], step)


def settle(shipment: Shipment, rows: Sequence[ShipmentLine], prefer: str = "") -> None:
    """After units were put back, dropped or cancelled: lots hold no more than each row has picked; the rest is back.

    First of the lot `prefer`, then what was taken last.
    """
    back: Counter[int] = Counter()
    picks = defaultdict(list)
    for pick in PickedLot.objects.filter(row__in=rows).select_related("lot").order_by("-pk"):
        picks[pick.row_id, pick.lot.product_id].append(pick)
    for piece in parts.pieces(rows):
        mine = sorted(picks[piece.row.pk, piece.product.pk], key=lambda pick: pick.lot.code != prefer)
        over = sum(pick.quantity for pick in mine) - piece.picked
        for pick in mine:
            step = min(over, pick.quantity)
            if step > 0:
                over -= step
                back[pick.lot_id] += step
                pick.quantity -= step
                pick.save(update_fields=["quantity"]) if pick.quantity else pick.delete()
    if back:
        lots.put_back(shipment.location_id, back)


def leaving(shipment: Shipment, rows: Sequence[ShipmentLine]) -> list[OfLot]:
    """What goes out with a shipment, by lot."""
    if not any(row.line.product.tracks_lots or row.line.parts for row in rows):
        return []
    gone: Counter[int] = Counter()
    for pick in PickedLot.objects.filter(row__in=rows):
        gone[pick.lot_id] += pick.quantity
    return [OfLot(lot_id, shipment.location_id, on_hand=-n, picked=-n) for lot_id, n in gone.items()]


def _add(row: ShipmentLine, lot_id: int, units: int) -> None:
    pick, new = PickedLot.objects.get_or_create(row=row, lot_id=lot_id, defaults={"quantity": units})
    if not new:
        PickedLot.objects.filter(pk=pick.pk).update(quantity=F("quantity") + units)
