"""The routing desk: decides where each order is sent from, moves its reservations there and plans its parcels.

It reads a snapshot, asks `routing.plan()`, and writes everything in one transaction. When stock has moved
meanwhile, nothing is written, the first reservation stays and the desk looks again.
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from fulfillment import cash, missing, routing, snapshot, steps
from fulfillment.models import RoutingDecision, Shipment, ShipmentLine
from fulfillment.snapshot import Snapshot
from inventory import stock
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


def on_shipment_exception(event: Recorded) -> None:
    """What a picker did not find is looked for elsewhere."""
    if event.data.get("incident") == "short_pick":
        route(UUID(event.data["order_id"]))


@transaction.atomic
def route(order_id: UUID, *, actor: str = ACTOR) -> list[Shipment]:
    """Plan parcels for the reserved units that are in none; back-ordered units wait.

    Does nothing for an order that is held or has no such units. Without a way to send it the order is held
    (`no_route`). Raises InsufficientStock when stock moved under every attempt: the outbox comes again.
    """
    order = progress.lock(order_id)
    if holds.open_holds(order):
        return []
    for last in (False,) * (TRIES - 1) + (True,):
        try:
            with transaction.atomic():
                return _route(order, actor)
        except InsufficientStock:
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
    plan = routing.plan(seen.order, seen.states, seen.rates)
    decision = RoutingDecision(
        order=order,
        outcome=plan.outcome,
        cost=plan.cost if plan.outcome == "planned" else None,
        trace=plan.trace.as_json(),
    )
    if plan.outcome != "planned":
        decision.save()
        holds.place(order, reason="no_route", note=plan.reason[:500], actor=actor)
        return []
    _move(order, seen, plan, actor)
    decision.save()
    shipments = _plan_parcels(order, seen, plan)
    progress.change_units(order, {pk: {"allocated": units} for pk, units in wanted.items()})
    cash.share(order)
    _tell_allocated(order, plan, shipments, decision, actor)
    return shipments


def _move(order: Order, seen: Snapshot, plan: routing.Plan, actor: str) -> None:
    target = seen.target(plan.parcels)
    products = {pk: seen.lines[pk].product for pk in seen.wanted}
    stock.move(order.pk, target, {pk: product.pk for pk, product in products.items()})
    if seen.not_found:
        after = {(keep.line, keep.location_id): keep.quantity for keep in target}
        let_go = {
            key: units - after.get(key, 0)
            for key, units in seen.kept.items()
            if key[0] in seen.wanted and units > after.get(key, 0)
        }
        missing.set_aside(let_go, seen.not_found, products, actor=actor)


def _plan_parcels(order: Order, seen: Snapshot, plan: routing.Plan) -> list[Shipment]:
    known = order.shipments.count()
    shipments = Shipment.objects.bulk_create(
        Shipment(
            number=f"{order.number}-{known + n}",
            order=order,
            location=seen.locations[parcel.location],
            carrier=parcel.carrier,
            service=parcel.service,
            promised_earliest=parcel.window.earliest,
            promised_latest=parcel.window.latest,
            cost=parcel.shipping,
        )
        for n, parcel in enumerate(plan.parcels, start=1)
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=UUID(line_id), quantity=units)
        for shipment, parcel in zip(shipments, plan.parcels, strict=True)
        for line_id, units in parcel.lines
    )
    return shipments


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
