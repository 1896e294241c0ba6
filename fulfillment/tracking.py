"""What carriers report. A scan is kept as it came; the state follows it only forwards.

A repeat changes nothing and one that arrives late is kept without moving the parcel back. Units sent back to
us stay `shipped`: their goods and money return by a return and its receipt. Of a lost parcel likewise only
the fact is told; staff decide on a replacement or a refund.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from fulfillment import handing_over, steps
from fulfillment.models import Scan, ScanCode, Shipment, ShipmentState
from oms.core.errors import IllegalMove, Invalid
from oms.core.saying import said
from orders import progress
from orders.models import Order

S = ShipmentState

# The state a report speaks of; the others say only that something is not as it should be.
STATE_OF: dict[str, str] = {
    ScanCode.PICKED_UP: S.HANDED_OVER,
    ScanCode.IN_TRANSIT: S.IN_TRANSIT,
    ScanCode.OUT_FOR_DELIVERY: S.OUT_FOR_DELIVERY,
    ScanCode.READY_FOR_PICKUP: S.READY_FOR_PICKUP,
    ScanCode.DELIVERY_FAILED: S.DELIVERY_FAILED,
    ScanCode.DELIVERED: S.DELIVERED,
    ScanCode.RETURNING: S.RETURNING,
    ScanCode.RETURNED_TO_SENDER: S.RETURNED_TO_SENDER,
    ScanCode.LOST: S.LOST,
}
ENDS = frozenset({S.DELIVERED, S.RETURNED_TO_SENDER})
_BACK = frozenset({S.RETURNING, S.RETURNED_TO_SENDER, S.LOST})
# Where a parcel may be next. A failed attempt may be followed by another, a lost parcel may be found.
FOLLOWS: dict[str, frozenset[str]] = {
    S.HANDED_OVER: frozenset(
        {S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.READY_FOR_PICKUP, S.DELIVERY_FAILED, S.DELIVERED, *_BACK}
    ),
    S.IN_TRANSIT: frozenset({S.OUT_FOR_DELIVERY, S.READY_FOR_PICKUP, S.DELIVERY_FAILED, S.DELIVERED, *_BACK}),
    S.OUT_FOR_DELIVERY: frozenset({S.READY_FOR_PICKUP, S.DELIVERY_FAILED, S.DELIVERED, *_BACK}),
    S.READY_FOR_PICKUP: frozenset({S.DELIVERY_FAILED, S.DELIVERED, *_BACK}),
    S.DELIVERY_FAILED: frozenset({S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.READY_FOR_PICKUP, S.DELIVERED, *_BACK}),
    S.RETURNING: frozenset({S.DELIVERED, S.RETURNED_TO_SENDER, S.LOST}),
    S.LOST: frozenset({S.IN_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED, S.RETURNING, S.RETURNED_TO_SENDER}),
    S.DELIVERED: frozenset(),
    S.RETURNED_TO_SENDER: frozenset(),
}
# Reports a person should look at, told as `shipment.exception`.
EXCEPTIONS = frozenset(
    {
        ScanCode.DELAYED,
        ScanCode.HELD_BY_CARRIER,
        ScanCode.UNKNOWN,
        ScanCode.DELIVERY_FAILED,
        ScanCode.RETURNING,
        ScanCode.RETURNED_TO_SENDER,
        ScanCode.LOST,
    }
)
# What cannot happen to a parcel at the counter; one never collected is cancelled.
_CARRIED = frozenset(
    {
        ScanCode.IN_TRANSIT,
        ScanCode.OUT_FOR_DELIVERY,
        ScanCode.RETURNING,
        ScanCode.RETURNED_TO_SENDER,
        ScanCode.LOST,
    }
)
CLOCKS_DIFFER = timedelta(hours=24)
BEFORE_IT_WAS = timedelta(days=365)  # Histories are brought in afterwards; a typing error in the year is not.


@transaction.atomic
def scan(
    shipment_id: UUID,
    *,
    code: str,
    at: datetime | None = None,
    place: str = "",
    note: str = "",
    incident: str = "",
    actor: str,
) -> tuple[Shipment, Scan]:
    """Keep the report and follow it. The same code at the same moment is the same report.

    Raises OnHold, so that a late hold stops the parcel where it is scanned next; IllegalMove before the
    parcel has left; Invalid for a moment more than a day ahead or a year before the shipment.
    """
    order, shipment = steps.begin(shipment_id, lambda order: _step(order, shipment_id, code))
    now = timezone.now()
    if is_at_counter(order, shipment) and code in _CARRIED:
        raise IllegalMove(f"The customer has not collected {shipment.number} yet: it is still in the house.")
    if at is not None and at > now + CLOCKS_DIFFER:
        raise Invalid.at("/at", said("A scan does not lie in the future."))
    if at is not None and at < shipment.created_at - BEFORE_IT_WAS:
        raise Invalid.at("/at", said("A scan does not lie before its shipment."))
    if at is not None and (known := shipment.scans.filter(code=code, at=at).first()):
        return shipment, known
    before = shipment.scans.filter(code__in=STATE_OF).aggregate(last=Max("at"))["last"]
    kept = Scan.objects.create(
        shipment=shipment, code=code, at=at or now, place=place, note=note, incident=incident, actor=actor
    )
    ended = shipment.state in ENDS
    to = STATE_OF.get(code)
    late = before is not None and kept.at < before and to not in ENDS
    moves = to is not None and not late and to in FOLLOWS.get(shipment.state, frozenset())
    if steps.is_pickup(order) and shipment.state in (S.PACKED, S.LABELLED):
        handing_over.bring_to_counter(order, shipment, actor=actor)
        return shipment, kept
    if to is not None and moves:
        _move(order, shipment, to, kept, actor)
    else:
        steps.save(shipment)
    if code in EXCEPTIONS and (moves or to is None) and not ended:
        steps.tell("shipment.exception", order, shipment, actor=actor, code=code, incident=incident)
    elif moves:
        steps.tell(f"shipment.{shipment.state}", order, shipment, actor=actor, code=code, incident=incident)
    return shipment, kept


def is_at_counter(order: Order, shipment: Shipment) -> bool:
    """The customer's to collect, and still in our stock."""
    return steps.is_pickup(order) and shipment.handed_over_at is None


def _step(order: Order, shipment_id: UUID, code: str) -> str:
    """A collected parcel's first scan brings it to the counter; every other scan finds it there or on its way."""
    if steps.is_pickup(order) and code == ScanCode.READY_FOR_PICKUP:
        state = Shipment.objects.values_list("state", flat=True).get(pk=shipment_id)
        if state not in steps.STARTS["scan"]:
            return "bring to the counter"
    return "scan"


def _move(order: Order, shipment: Shipment, to: str, kept: Scan, actor: str) -> None:
    collected = is_at_counter(order, shipment)
    shipment.state = to
    if to != S.DELIVERED:
        steps.save(shipment, "state")
        return
    shipment.delivered_at = kept.at
    if collected:
        # At the counter the parcel was still ours: it leaves the stock into the customer's hands.
        shipment.handed_over_at = kept.at
        handing_over.take_out(order, shipment, actor=actor, delivered=True)
    else:
        progress.change_units(
            order, {row.line_id: {"delivered": row.quantity} for row in steps.contents(shipment)}
        )
    steps.save(shipment, "state", "delivered_at", "handed_over_at")
