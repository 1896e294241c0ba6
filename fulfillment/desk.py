"""The routing desk: decides where each order is sent from, moves its reservations there and plans its parcels.

It reads a snapshot, asks `routing.plan()`, and writes everything in one transaction. When stock has moved
meanwhile, nothing is written, the first reservation stays and the desk looks again.
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from fulfillment import cash, planning, routing, snapshot, steps
from fulfillment.models import RoutingDecision, Shipment
from fulfillment.room import NoCapacity
from fulfillment.snapshot import Snapshot
from oms.core import events
from oms.core.errors import InsufficientStock
from oms.core.events import Recorded
from oms.core.models import Event
from orders import holds, progress
from orders.models import Order

ACTOR = "desk"
TRIES = 3


def on_order_checked(event: Recorded) -> None:
    """The order passed its checks (or was held by them)."""
    route(UUID(event.data["id"]))


def on_order_released(event: Recorded) -> None:
    """A hold went; when it was the last one, the order goes on from where it stood."""
    route(UUID(event.data["id"]))


def on_backorder_filled(event: Recorded) -> None:
    """Units that were waited for are there."""
    route(UUID(event.data["id"]))


def on_shipment_exception(event: Recorded) -> None:
    """What a picker did not find is looked for elsewhere."""
    if event.data.get("incident") == "short_pick":
        route(UUID(event.data["order_id"]))


def on_shipment_rejected(event: Recorded) -> None:
    """What a location refused and nobody took at once is looked for again."""
    route(UUID(event.data["order_id"]))


@transaction.atomic
def route(order_id: UUID, *, actor: str = ACTOR) -> list[Shipment]:
    """Plan parcels for the reserved units that are in none; back-ordered units wait.

    Does nothing for an order that is held or has no such units. Without a way to send it the order is held
    (`no_route`). Raises InsufficientStock or NoCapacity when others were sooner at every attempt: the outbox comes
    again.
    """
    order = progress.lock(order_id)
    if holds.open_holds(order):
        return []
    return route_locked(order, actor=actor)


def route_locked(order: Order, *, actor: str) -> list[Shipment]:
    """As `route`, for a caller that holds the order's lock and found no hold."""
    for last in (False,) * (TRIES - 1) + (True,):
        try:
            with transaction.atomic():
                return _route(order, actor)
        except (InsufficientStock, NoCapacity):
            if last:
                raise
    return []


def _route(order: Order, actor: str) -> list[Shipment]:
    lines = {line.pk: line for line in order.lines.select_related("product").order_by("position")}
    wanted = snapshot.wanted_units(lines)
    if any(line.backordered for line in lines.values()):
        _tell_backordered(
            order, {str(pk): line.backordered for pk, line in lines.items() if line.backordered}, actor
        )
    if not wanted:
        return []
    seen = snapshot.take(order, lines, wanted, timezone.now())
    plan, decision = planning.decide(order, seen)
    if plan.outcome != "planned":
        planning.keep(decision, order, seen)
        holds.place(order, reason="no_route", note=plan.reason[:500], actor=actor)
        return []
    planning.move_stock(order, seen, plan, actor=actor)
    return carry_out(order, seen, plan, decision, actor=actor)


def carry_out(
    order: Order, seen: Snapshot, plan: routing.Plan, decision: RoutingDecision, *, actor: str
) -> list[Shipment]:
    """The wanted units are reserved where the plan says: their parcels, and the decision with what it saw."""
    planning.keep(decision, order, seen)
    placed = planning.plan_parcels(order, seen, plan)
    progress.change_units(order, {pk: {"allocated": units} for pk, units in seen.wanted.items()})
    cash.share(order)
    _tell_allocated(order, plan, placed.made, decision, actor)
    return placed.made


def _tell_allocated(
    order: Order, plan: routing.Plan, shipments: list[Shipment], decision: RoutingDecision, actor: str
) -> None:
    events.record(
        "order.allocated",
        order.ref,
        actor=actor,
        channel_id=order.channel_id,
        data={
            "id": str(order.pk),
            "number": str(order.number),
            "version": order.version,
            "decision": str(decision.pk),
            "cost": str(plan.cost),
            "locations": [parcel.location for parcel in plan.parcels],
        },
    )
    for shipment in shipments:
        steps.tell("shipment.created", order, shipment, actor=actor, location=shipment.location.code)


def _tell_backordered(order: Order, waiting: dict[str, int], actor: str) -> None:
    """Once an order: later decisions find the same units still waiting."""
    if Event.objects.filter(thread=order.ref, kind="order.backordered").exists():
        return
    events.record(
        "order.backordered",
        order.ref,
        actor=actor,
        channel_id=order.channel_id,
        data={"id": str(order.pk), "number": str(order.number), "version": order.version, "lines": waiting},
    )
