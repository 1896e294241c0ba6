"""Units come off the shelf, or go back to it. What is not found leaves the shipment and its order is routed again."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from fulfillment import cash, parts, picked_lots, steps
from fulfillment.models import Shipment, ShipmentLine, ShipmentState
from fulfillment.steps import Units
from oms.core.errors import Invalid
from oms.core.saying import said
from orders import progress

S = ShipmentState
PICKED_FIELDS = ("picked", "quantity", "missing", "parts_picked", "parts_missing")


@transaction.atomic
def pick(
    shipment_id: UUID,
    *,
    units: Sequence[Units],
    short: bool = False,
    short_of: Collection[str] | None = None,
    actor: str,
) -> Shipment:
    """These units are in the picker's hands, beside what was picked before.

    With `short` the rest (of the SKUs `short_of`, if any are named) is not there: the shipment shrinks to what
    was picked (to nothing: it is cancelled), those units stay promised to the order but are in no parcel any more,
    and `shipment.exception` makes the desk look for another location. Raises OnHold, IllegalMove; Invalid for a
    SKU or number that is not asked for, or a lot that is not here; Conflict for a lot nobody may pick.
    """
    order, shipment = steps.begin(shipment_id, "pick")
    if not units and not short:
        raise Invalid.at("/lines", said("Name at least one unit, or say that it is short."), "required")
    rows = steps.contents(shipment)
    before = {row.pk: row.picked for row in rows}
    pieces = parts.pieces(rows)
    laid = steps.spread(units, pieces, lambda piece: piece.quantity - piece.picked)
    picked_lots.take(shipment, pieces, units, laid)
    for piece in pieces:
        parts.add(piece, laid.get(piece.key, 0))
    missing: dict[ShipmentLine, int] = {}
    for row in rows:
        parts.settle(row)
        lacking = [
            piece
            for piece in pieces
            if short
            and piece.row is row
            and piece.picked < piece.quantity
            and (short_of is None or piece.sku in short_of)
        ]
        if lacking:
            missing[row] = parts.shrink_to_found(row, lacking)
    ShipmentLine.objects.bulk_update(rows, PICKED_FIELDS)
    if missing and any(piece.product.tracks_lots for piece in pieces if piece.row.line.parts):
        picked_lots.settle(shipment, rows)

    left = sum(row.quantity for row in rows)
    done = all(row.picked == row.quantity for row in rows)
    shipment.state = S.CANCELLED if not left else S.PICKED if done else S.PICKING
    changes: dict[UUID, dict[str, int]] = {
        row.line_id: {"picked": row.picked - before[row.pk]} for row in rows if row.picked != before[row.pk]
    }
    for row, units_gone in missing.items():
        changes.setdefault(row.line_id, {})["allocated"] = -units_gone
    progress.change_units(order, changes)
    if missing:
        cash.share(order)
        shipment.refresh_from_db(fields=["cod_amount"])
    steps.save(shipment, "state")

    kind = {S.PICKED: "shipment.picked", S.PICKING: "shipment.picking"}.get(S(shipment.state))
    if kind:
        steps.tell(kind, order, shipment, actor=actor, units=sum(laid.values()), **_came_to(rows, missing))
    if missing:
        steps.tell(
            "shipment.exception", order, shipment, actor=actor, incident="short_pick", missing=_told(missing)
        )
    if not left:
        steps.tell("shipment.cancelled", order, shipment, actor=actor, reason="short_pick")
    return shipment


@transaction.atomic
def put_back(shipment_id: UUID, *, units: Sequence[Units], actor: str) -> Shipment:
    """Picked units go back to their shelf and are still to be picked, before anything is packed.

    Raises OnHold, IllegalMove; Invalid for units that were not picked.
    """
    order, shipment = steps.begin(shipment_id, "put back")
    rows = steps.contents(shipment)
    before = {row.pk: row.picked for row in rows}
    pieces = parts.pieces(rows)
    back = steps.spread(units, pieces[::-1], lambda piece: piece.picked)
    for piece in pieces:
        parts.add(piece, -back.get(piece.key, 0))
    for row in rows:
        parts.settle(row)
    ShipmentLine.objects.bulk_update(rows, PICKED_FIELDS)
    if any(piece.product.tracks_lots for piece in pieces):
        picked_lots.settle(shipment, rows, prefer=units[0].lot if units else "")
    changes = {
        row.line_id: {"picked": row.picked - before[row.pk]} for row in rows if row.picked != before[row.pk]
    }
    progress.change_units(order, changes)
    shipment.state = S.PICKING
    steps.save(shipment, "state")
    steps.tell("shipment.picking", order, shipment, actor=actor, units=-sum(back.values()))
    return shipment


def _came_to(rows: Sequence[ShipmentLine], missing: Mapping[ShipmentLine, int]) -> dict[str, int]:
    """After a short pick: how many were not found, and are picked so far, of how many."""
    if not missing:
        return {}
    short = sum(missing.values())
    asked = sum(row.quantity for row in rows) + short
    return {"short": short, "picked": sum(row.picked for row in rows), "asked": asked}


def _told(missing: Mapping[ShipmentLine, int]) -> list[dict[str, Any]]:
    return [
        {"line": str(row.line_id), "sku": row.line.sku, "quantity": units} for row, units in missing.items()
    ]
