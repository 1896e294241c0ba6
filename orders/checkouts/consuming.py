"""An order takes over what a checkout kept. Called by placing, in its transaction.

A checkout's row is locked before any stock, so that it is consumed once: by one order, or by its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from django.db import connection

from oms.core.errors import Conflict, Invalid, Problem
from oms.core.events import NewEvent
from oms.core.saying import said
from orders.models import CheckoutState, Order

_LOCK = """
SELECT id, channel_id, CASE WHEN state = 'open' AND expires_at <= clock_timestamp() THEN 'expired' ELSE state END
FROM orders_checkout WHERE id = ANY(%s) ORDER BY id FOR UPDATE
"""
_CONSUME = """
UPDATE orders_checkout AS checkout SET state = 'consumed', order_id = new.order_id
FROM unnest(%s::uuid[], %s::uuid[]) AS new (id, order_id) WHERE checkout.id = new.id
"""
_SAID = {
    CheckoutState.CONSUMED: said("The reservation was used by another order."),
    CheckoutState.RELEASED: said("The reservation was given up."),
    CheckoutState.EXPIRED: said("The reservation has expired; place the order without it."),
}


@dataclass(frozen=True, slots=True)
class Kept:
    """By order: the checkout whose stock it takes over, or why it may not."""

    checkouts: dict[UUID, UUID] = field(default_factory=dict)
    refusals: dict[UUID, Problem] = field(default_factory=dict)


NONE = Kept()


def lock(asked: Mapping[UUID, tuple[str, int]]) -> Kept:
    """The checkouts that orders name, with each order's channel, locked.

    Refusals: `unknown_reservation` (400, another channel's too) and 409 `reservation_consumed`,
    `reservation_released`, `reservation_expired`.
    """
    ids = {order_id: _uuid(ref) for order_id, (ref, _) in asked.items()}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [sorted({pk for pk in ids.values() if pk})])
        found = {pk: (channel_id, state) for pk, channel_id, state in cursor.fetchall()}
    kept = Kept()
    for order_id, (_, channel_id) in asked.items():
        pk = ids[order_id]
        if pk is None or pk not in found or found[pk][0] != channel_id:
            kept.refusals[order_id] = Invalid.at(
                "/reservation", said("There is no such reservation."), "unknown_reservation"
            )
            continue
        state = CheckoutState.CONSUMED if pk in kept.checkouts.values() else found[pk][1]
        if state == CheckoutState.OPEN:
            kept.checkouts[order_id] = pk
        else:
            code, detail = f"reservation_{state}", _SAID[CheckoutState(state)]
            kept.refusals[order_id] = Conflict(
                detail, code=code, errors=[{"pointer": "/reservation", "code": code, "detail": detail}]
            )
    return kept


def consume(checkouts: Mapping[UUID, UUID], orders: Mapping[UUID, Order], *, actor: str) -> list[NewEvent]:
    """Mark checkouts as used by their orders (by order id); the events to record."""
    with connection.cursor() as cursor:
        cursor.execute(_CONSUME, [list(checkouts.values()), list(checkouts)])
    return [
        NewEvent(
            "reservation.consumed",
            f"reservation/{pk}",
            actor,
            orders[order_id].channel_id,
            {"id": str(pk), "number": str(pk), "version": 1, "order": str(orders[order_id].number)},
        )
        for order_id, pk in checkouts.items()
    ]


def _uuid(ref: str) -> UUID | None:
    try:
        return UUID(ref)
    except ValueError:
        return None
