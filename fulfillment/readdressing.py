"""The address of an order that is still here is corrected; what nobody picked is planned anew where the place is
another one, so that it leaves from where it now costs least.
"""

from collections.abc import Iterable
from uuid import UUID

import structlog
from django.db import transaction

from fulfillment import rerouting, steps
from fulfillment.lifting import Wish
from fulfillment.models import Shipment, ShipmentState
from oms.core.address import Address
from oms.core.errors import Conflict, IllegalMove, Problem
from oms.core.saying import said
from orders import addressing, progress
from orders.models import Line, Order

log = structlog.get_logger(__name__)


def can_correct(order: Order, lines: Iterable[Line], parcels: Iterable[Shipment]) -> bool:
    """Something is to be sent that has not left, and no label bears the old address."""
    waits = any(line.reserved + line.backordered for line in lines)
    return bool(order.shipping_address) and waits and not any(map(_labelled, parcels))


@transaction.atomic
def correct(order_id: UUID, given: Address, *, actor: str) -> None:
    """Write the address and plan anew what may move.

    Raises IllegalMove when everything has left, `label_booked` when a label bears the old address; Invalid naming the
    field.
    """
    order = progress.lock(order_id)
    lines, parcels = list(order.lines.all()), list(steps.in_the_house(order).order_by("number"))
    if not can_correct(order, lines, parcels):
        label = next(filter(_labelled, parcels), None)
        if label is None:
            raise IllegalMove("Everything of this order has left.")
        raise Conflict(
            said("The label of %(parcel)s bears the old address already.", parcel=label.number),
            code="label_booked",
        )
    moved = addressing.correct(order, given, actor=actor)
    if moved and any(line.allocated > line.picked for line in lines):
        _plan_anew(order, actor)


def _plan_anew(order: Order, actor: str) -> None:
    """What was planned stands where it may not move now: the order is held, nothing is better, stock ran out."""
    try:
        rerouting.reroute(order.pk, Wish(), actor=actor)
    except Problem as problem:
        log.info("address_corrected_without_new_plan", order=order.number, code=problem.code)


def _labelled(parcel: Shipment) -> bool:
    return parcel.state == ShipmentState.LABELLED
