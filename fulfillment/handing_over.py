"""The parcel leaves the house: into the carrier's hands, or to the counter where the customer collects it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from fulfillment import picked_lots, steps
from fulfillment.models import Shipment, ShipmentState
from inventory import stock
from inventory.stock import Keep
from orders import progress
from orders.models import Order


@transaction.atomic
def hand_over(shipment_id: UUID, *, actor: str) -> Shipment:
    """A labelled parcel goes to its carrier and its units leave the stock.

    One the customer collects goes to the counter instead: still ours, until it is scanned as delivered.
    Raises OnHold, IllegalMove.
    """
    order, shipment = steps.begin(
        shipment_id, lambda order: "bring to the counter" if steps.is_pickup(order) else "hand over"
    )
    if steps.is_pickup(order):
        return bring_to_counter(order, shipment, actor=actor)
    take_out(order, shipment, actor=actor)
    shipment.state = ShipmentState.HANDED_OVER
    shipment.handed_over_at = timezone.now()
    steps.save(shipment, "state", "handed_over_at")
    steps.tell("shipment.handed_over", order, shipment, actor=actor, carrier=shipment.carrier)
    return shipment


def bring_to_counter(order: Order, shipment: Shipment, *, actor: str) -> Shipment:
    """The customer may come. Both rows are locked by the caller."""
    shipment.state = ShipmentState.READY_FOR_PICKUP
    steps.save(shipment, "state")
    steps.tell("shipment.ready_for_pickup", order, shipment, actor=actor)
    return shipment


def take_out(order: Order, shipment: Shipment, *, actor: str, delivered: bool = False) -> None:
    """Counters and stock follow the units out of the house (`delivered`: into the customer's hands)."""
    rows = steps.contents(shipment)
    progress.change_units(
        order,
        {
            row.line_id: {
                "reserved": -row.quantity,
                "allocated": -row.quantity,
                "picked": -row.quantity,
                "packed": -row.quantity,
                "shipped": row.quantity,
                "delivered": row.quantity if delivered else 0,
            }
            for row in rows
        },
    )
    stock.ship_out(
        order.pk,
        [Keep(row.line_id, shipment.location_id, row.quantity) for row in rows],
        reference=shipment.number,
        actor=actor,
        lots=picked_lots.leaving(shipment, rows),
    )
