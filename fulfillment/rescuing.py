"""Planned parcels that would come late from where they are, and on time from elsewhere, are sent from there.

Nobody has begun with a planned parcel, so it moves without asking; what is released to the floor is left to people.
"""

from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef
from django.utils import timezone

from fulfillment import rerouting
from fulfillment.lifting import Wish
from fulfillment.models import RerouteCause, Shipment, ShipmentState
from oms.core.errors import Problem
from orders.models import Hold

log = structlog.get_logger(__name__)

ACTOR = "desk"
MOST = 200


def rescue_late() -> int:
    """Look at what has to leave soonest and still waits; returns how many parcels were moved."""
    held = Hold.objects.filter(order=OuterRef("order"), released_at=None)
    waiting = Shipment.objects.filter(state=ShipmentState.PLANNED, promised_latest__gt=timezone.now())
    # Every planned parcel is due; said so, the index of clocks serves the order.
    soonest = waiting.exclude(Exists(held)).filter(due_at__isnull=False).order_by("due_at", "pk")
    moved = 0
    for shipment_id, order_id in list(soonest.values_list("pk", "order_id")[:MOST]):
        try:
            moved += rescue(order_id, shipment_id)
        except Problem as problem:
            # Picked, held or sold out under our hands: the next look finds it as it is then.
            log.info("parcel_not_rescued", shipment=str(shipment_id), code=problem.code)
    return moved


def rescue(order_id: UUID, shipment_id: UUID) -> bool:
    """Move one parcel to the cheapest location that keeps its promise, where its own cannot. Raises as `reroute`."""
    _units, found = rerouting.choices(order_id, Wish(shipment=shipment_id))
    here = next((choice for choice in found if choice.now), None)
    if here is None or (here.plan.parcels and not any(parcel.late_days for parcel in here.plan.parcels)):
        return False
    for choice in found:
        on_time = choice.plan.parcels and not any(parcel.late_days for parcel in choice.plan.parcels)
        if not choice.now and choice.plan.outcome == "planned" and on_time:
            wish = Wish(shipment=shipment_id, to=choice.location.code)
            rerouting.reroute(order_id, wish, cause=RerouteCause.DELAY, actor=ACTOR)
            return True
    return False
