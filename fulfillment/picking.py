"""Units come off the shelf, or go back to it. What is not found leaves the shipment and its order is routed again."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from fulfillment import cash, picked_lots, steps
from fulfillment.models import Shipment, ShipmentLine, ShipmentState
from fulfillment.steps import Units
from oms.core.errors import Invalid
from orders import progress

S = ShipmentState


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
        raise Invalid.at("/lines", "Name at least one unit, or say that it is short.", "required")
    rows = steps.contents(shipment)
    picked = steps.spread(units, rows, lambda row: row.quantity - row.picked)
    picked_lots.take(shipment, rows, units, picked)
    missing: dict[ShipmentLine, int] = {}
    for row in rows:
        row.picked += picked.get(row.pk, 0)
        if short and row.picked < row.quantity and (short_of is None or row.line.sku in short_of):
            missing[row] = row.quantity - row.picked
            row.missing += missing[row]
            row.quantity = row.picked
    ShipmentLine.objects.bulk_update(rows, ["picked", "quantity", "missing"])

    left = sum(row.quantity for row in rows)
    done = all(row.picked == row.quantity for row in rows)
    shipment.state = S.CANCELLED if not left else S.PICKED if done else S.PICKING
    changes: dict[UUID, dict[str, int]] = {
        row.line_id: {"picked": picked[row.pk]} for row in rows if picked.get(row.pk)
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
        steps.tell(kind, order, shipment, actor=actor, units=sum(picked.values()))
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
    back = steps.spread(units, rows[::-1], lambda row: row.picked)
    for row in rows:
        row.picked -= back.get(row.pk, 0)
    ShipmentLine.objects.bulk_update(rows, ["picked"])
    if any(row.line.product.tracks_lots for row in rows):
        picked_lots.settle(shipment, rows, prefer=units[0].lot if units else "")
    progress.change_units(order, {row.line_id: {"picked": -back[row.pk]} for row in rows if back.get(row.pk)})
    shipment.state = S.PICKING
    steps.save(shipment, "state")
    steps.tell("shipment.picking", order, shipment, actor=actor, units=-sum(back.values()))
    return shipment


def _told(missing: Mapping[ShipmentLine, int]) -> list[dict[str, Any]]:
    return [
        {"line": str(row.line_id), "sku": row.line.sku, "quantity": units} for row, units in missing.items()
    ]
