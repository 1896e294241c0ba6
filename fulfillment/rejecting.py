"""A location does not send what it was asked for: a store is closed, full, or the goods are not fit to send."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from fulfillment import desk, steps
from fulfillment.lifting import Placing, Wish, lift, lines_of, told
from fulfillment.models import RerouteCause, Rerouting, Shipment, ShipmentLine, ShipmentState
from oms.core.errors import InsufficientStock
from orders import progress

S = ShipmentState

# Why a location refuses. What is not there or not fit to send is set aside for a count, as a short pick is.
REASONS = ("not_found", "damaged", "no_capacity", "closed", "other")
NOT_THERE = frozenset({"not_found", "damaged"})


@transaction.atomic
def reject(shipment_id: UUID, *, code: str, note: str = "", actor: str) -> Rerouting:
    """The location does not send what is not picked of this shipment: it goes elsewhere at once.

    Where nobody else can, the order keeps its units and is held (`no_route`). Raises OnHold, IllegalMove.
    """
    order, shipment = steps.begin(shipment_id, "reject")
    lines = lines_of(order)
    lifted = lift(order, lines, Wish(shipment=shipment.pk), not_there=code in NOT_THERE)
    progress.change_units(order, {pk: {"allocated": -units} for pk, units in lifted.by_line().items()})
    for parcel in lifted.parcels:
        steps.save(parcel, "state")
    kept = Rerouting.objects.create(
        order=order,
        shipment=shipment,
        cause=RerouteCause.REJECTED,
        code=code,
        reason=note,
        exclude=[shipment.location.code],
        lines=told(lines, lifted.units, Counter()),
        actor=actor,
    )
    shipment = lifted.parcels[0]
    steps.tell(
        "shipment.rejected", order, shipment, actor=actor, reason=code, location=shipment.location.code
    )
    if shipment.state == S.CANCELLED:
        steps.tell("shipment.cancelled", order, shipment, actor=actor, reason="rejected")
    try:
        with transaction.atomic():
            made = desk.route_locked(order, actor=actor)
    except InsufficientStock:
        return kept  # Stock moved under every attempt: `shipment.rejected` makes the desk look again.
    if made:
        kept.lines = told(lines, lifted.units, _placed(made))
        kept.decision = order.routing_decisions.order_by("-at", "-pk").first()
        kept.save(update_fields=["lines", "decision"])
    return kept


def _placed(shipments: Sequence[Shipment]) -> Counter[Placing]:
    found = Counter[Placing]()
    for row in ShipmentLine.objects.filter(shipment__in=shipments).select_related("shipment__location"):
        found[row.line_id, row.shipment.location.code] += row.quantity
    return found
