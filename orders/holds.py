"""Holds: reasons why an order does not move. Several may stand; each is released on its own."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone

from oms.core.errors import Conflict, IllegalMove, OnHold
from oms.core.events import record
from oms.core.models import new_id
from oms.core.saying import said
from orders import progress
from orders.models import FulfillmentStatus, Hold, Line, Order, Status


def open_holds(order: Order) -> list[Hold]:
    """The holds that stand, oldest first."""
    return list(order.holds.filter(released_at=None).order_by("since", "id"))


def refuse_when_held(order: Order) -> None:
    """Raises OnHold, naming the reasons, while a hold stands."""
    reasons = [hold.reason for hold in open_holds(order)]
    if reasons:
        raise OnHold(f"The order is on hold: {', '.join(reasons)}.", reasons=reasons)


def can_stop(order: Order, lines: Iterable[Line]) -> bool:
    """The order is open and something of it has not reached the customer: a parcel under way can be held at the
    counter or called back."""
    return order.status == Status.OPEN and any(
        line.reserved + line.backordered or line.delivered < line.shipped for line in lines
    )


@transaction.atomic
def place(order: Order, *, reason: str, note: str = "", actor: str) -> Hold:
    """Put an order on hold. Raises IllegalMove when it has ended or all of it was delivered, `already_held` when the
    reason stands already."""
    order = progress.lock(order.pk)
    if order.status != Status.OPEN:
        raise IllegalMove(f"The order is {order.status}.")
    if not can_stop(order, order.lines.all()):
        raise IllegalMove("All of the order was delivered: nothing is there to hold.")
    try:
        with transaction.atomic():
            hold = Hold.objects.create(id=new_id(), order=order, reason=reason, note=note, placed_by=actor)
    except IntegrityError as error:
        raise Conflict(
            said("The order is on hold for %(reason)s already.", reason=reason), code="already_held"
        ) from error
    progress.refresh(order)
    _tell("order.held", order, hold, actor)
    return hold


@transaction.atomic
def release(order: Order, hold: Hold, *, actor: str) -> None:
    """End one hold. Raises IllegalMove when it was released before."""
    order = progress.lock(order.pk)
    released = Hold.objects.filter(pk=hold.pk, order=order, released_at=None)
    if not released.update(released_at=timezone.now(), released_by=actor):
        raise IllegalMove("This hold was released already.")
    progress.refresh(order)
    _tell("order.released", order, hold, actor)


def await_payment(order: Order, *, actor: str) -> None:
    """Nothing more leaves before it is paid for: a hold, where one can still stop something. The caller has locked
    the order."""
    waits = any(hold.reason == "awaiting_payment" for hold in open_holds(order))
    if order.status == Status.OPEN and order.fulfillment_status != FulfillmentStatus.FULFILLED and not waits:
        place(order, reason="awaiting_payment", actor=actor)
        order.refresh_from_db()


def release_reason(order: Order, reason: str, *, actor: str) -> None:
    """End the hold for one reason, if it stands. The caller has locked the order."""
    for hold in open_holds(order):
        if hold.reason == reason:
            release(order, hold, actor=actor)
            order.refresh_from_db()


def release_all(order: Order, *, actor: str) -> None:
    """End every hold that stands: nothing waits any more. The caller has locked the order."""
    for hold in open_holds(order):
        release(order, hold, actor=actor)


def _tell(kind: str, order: Order, hold: Hold, actor: str) -> None:
    record(
        kind,
        order.ref,
        actor=actor,
        channel_id=order.channel_id,
        data={
            "id": str(order.pk),
            "number": str(order.number),
            "version": order.version,
            "hold": str(hold.pk),
            "reason": hold.reason,
        },
    )
