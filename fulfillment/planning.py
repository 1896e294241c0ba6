"""A plan becomes true: reservations move to its locations, its parcels are planned, the decision is kept.

Everything here runs in the caller's transaction, under its order's lock.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from fulfillment import missing, remembering, room, routing, steps, strategies
from fulfillment.models import RoutingDecision, Shipment, ShipmentLine, ShipmentState
from fulfillment.snapshot import Snapshot
from fulfillment.strategies import About, Chosen, Rule
from inventory import stock
from orders.models import Order

# A parcel nobody has begun to pick may still get units.
OPEN = frozenset({ShipmentState.PLANNED, ShipmentState.RELEASED})


@dataclass(slots=True)
class Placed:
    """Parcels that were planned, and those that were there and hold other units now."""

    made: list[Shipment] = field(default_factory=list)
    joined: list[Shipment] = field(default_factory=list)


def plan(
    asked: routing.Order,
    states: Sequence[routing.LocationState],
    rates: Sequence[routing.Rate],
    rules: Iterable[Rule],
    about: About,
    *,
    explain: bool = True,
) -> tuple[routing.Plan, Chosen]:
    """The plan by the rule that fits. Routing, promises and replays all come through here."""
    chosen = strategies.choose(rules, about, asked.now)
    return routing.plan(asked, states, rates, chosen.strategy, routing.Limits(explain=explain)), chosen


def decide(order: Order, seen: Snapshot) -> tuple[routing.Plan, RoutingDecision]:
    """The plan by the rule that fits the order, and the decision with its reasons, not stored yet."""
    found, chosen = plan(seen.order, seen.states, seen.rates, seen.rules, strategies.about(order))
    trace = found.trace.as_json()
    trace |= ruled(chosen)
    trace["locations"] += [
        {"code": code, "usable": False, "why_not": [refusal.as_json()]}
        for code, refusal in seen.kept_away.items()
    ]
    decision = RoutingDecision(
        order=order,
        outcome=found.outcome,
        cost=found.cost if found.outcome == "planned" else None,
        trace=trace,
        rule_version_id=chosen.rule.version_id if chosen.rule else None,
    )
    return found, decision


def ruled(chosen: Chosen) -> dict[str, Any]:
    """What a trace says of the rule behind it."""
    aim = {"kind": chosen.strategy.kind, "objectives": list(chosen.strategy.objectives)}
    return {"rule": chosen.as_json(), "aim": aim}


def keep(decision: RoutingDecision, order: Order, seen: Snapshot) -> None:
    """Store the decision with what it was made from."""
    decision.save(force_insert=True)
    remembering.keep(decision, seen.order, strategies.about(order), seen.states, seen.rates)


def move_stock(order: Order, seen: Snapshot, plan: routing.Plan, *, actor: str) -> None:
    """The reservations of the wanted units follow the plan. Raises InsufficientStock when stock moved meanwhile."""
    target = seen.target(plan.parcels)
    stock.move(order.pk, target, list(seen.wanted))
    if seen.not_found:
        after = {(keep.line, keep.location_id): keep.quantity for keep in target}
        let_go = {
            key: units - after.get(key, 0)
            for key, units in seen.kept.items()
            if key[0] in seen.wanted and units > after.get(key, 0)
        }
        missing.set_aside(let_go, seen.not_found, seen.lines, actor=actor)


def plan_parcels(
    order: Order, seen: Snapshot, plan: routing.Plan, *, there: Collection[Shipment] = ()
) -> Placed:
    """Parcels for the plan's: one of `there` from the same location takes the units, else a new one is planned.

    An empty one of `there` becomes the plan's parcel as it is; one that holds units takes more only of its own
    carrier and service. Raises NoCapacity where others filled a location's day meanwhile.
    """
    free = list(there)
    filled = _held(free)
    placed = Placed()
    fresh: list[tuple[Shipment, routing.Parcel]] = []
    known = order.shipments.count()
    for parcel in plan.parcels:
        found = _open_one(free, filled, parcel, seen)
        if found is None:
            number = f"{order.number}-{known + len(fresh) + 1}"
            shipment = Shipment(number=number, order=order, location=seen.locations[parcel.location])
            _promise(shipment, parcel)
            fresh.append((shipment, parcel))
            continue
        free.remove(found)
        if found.pk in filled:
            found.promised_earliest = _later(found.promised_earliest, parcel.window.earliest)
            found.promised_latest = _later(found.promised_latest, parcel.window.latest)
            found.ship_by = _later(found.ship_by, parcel.window.leave_by)
            found.cost = (found.cost or 0) + parcel.shipping
        else:
            _promise(found, parcel)
        _add(found, parcel)
        steps.save(
            found, "state", "carrier", "service", "promised_earliest", "promised_latest", "ship_by", "cost"
        )
        placed.joined.append(found)
    room.claim([shipment for shipment, _ in fresh], seen.order.now)
    placed.made = Shipment.objects.bulk_create(shipment for shipment, _ in fresh)
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_id=UUID(line_id), quantity=units)
        for shipment, parcel in fresh
        for line_id, units in parcel.lines
    )
    return placed


def _open_one(
    free: Sequence[Shipment], filled: Mapping[UUID, int], parcel: routing.Parcel, seen: Snapshot
) -> Shipment | None:
    here = [one for one in free if one.location_id == seen.locations[parcel.location].pk]
    empty = next((one for one in here if one.pk not in filled), None)
    alike = (one for one in here if (one.carrier, one.service) == (parcel.carrier, parcel.service))
    return empty or next(alike, None)


def _promise(shipment: Shipment, parcel: routing.Parcel) -> None:
    shipment.carrier, shipment.service = parcel.carrier, parcel.service
    shipment.promised_earliest, shipment.promised_latest = parcel.window.earliest, parcel.window.latest
    shipment.ship_by = parcel.window.leave_by
    shipment.cost = parcel.shipping


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def _held(shipments: Sequence[Shipment]) -> dict[UUID, int]:
    """Units by shipment, of those that hold any."""
    held: dict[UUID, int] = {}
    rows = ShipmentLine.objects.filter(shipment__in=[one.pk for one in shipments], quantity__gt=0)
    for shipment_id, units in rows.values_list("shipment_id", "quantity"):
        held[shipment_id] = held.get(shipment_id, 0) + units
    return held


def _add(shipment: Shipment, parcel: routing.Parcel) -> None:
    rows = {row.line_id: row for row in shipment.lines.all()}
    fresh, more = [], []
    for line_id, units in parcel.lines:
        row = rows.get(UUID(line_id))
        if row is None:
            fresh.append(ShipmentLine(shipment=shipment, line_id=UUID(line_id), quantity=units))
        else:
            row.quantity += units
            more.append(row)
    ShipmentLine.objects.bulk_create(fresh)
    ShipmentLine.objects.bulk_update(more, ["quantity"])
