"""A planned shipment goes to the warehouse floor."""

from uuid import UUID

from django.db import transaction

from fulfillment import steps
from fulfillment.models import Shipment, ShipmentState


@transaction.atomic
def release(shipment_id: UUID, *, actor: str) -> Shipment:
    """From now on it may be picked. Raises OnHold, IllegalMove."""
    order, shipment = steps.begin(shipment_id, "release")
    shipment.state = ShipmentState.RELEASED
    steps.save(shipment, "state")
    steps.tell("shipment.released", order, shipment, actor=actor)
    return shipment
