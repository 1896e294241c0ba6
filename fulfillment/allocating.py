"""Scarce stock over many waiting orders at once: who is served and from where, planned together.

A waiting order is open, not held, sent by a carrier and back-ordered; a pre-order joins on its day. It gets all its
waiting units or none. `routing.allocate` answers without any lock; the answer is then carried out order by order, each
in a transaction of its own, and what no longer fits is left waiting.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from celery import current_app
from django.db import transaction
from django.utils import timezone

from fulfillment import desk, planning, routing, waiting_orders
from fulfillment.models import RoutingDecision
from fulfillment.routing.trace import Refusal
from fulfillment.snapshot import Snapshot
from inventory import stock
from oms.core import events
from oms.core.errors import IllegalMove, Problem
from oms.core.models import new_id
from orders import backorders, holds, progress
from orders.models import Order, Status

Figure = TypeVar("Figure")

ALLOCATE = "fulfillment.tasks.allocate_waiting"
# So many are weighed while somebody waits for the page; more are a worker's.
AT_ONCE = 200
SECONDS_AT_ONCE = 5.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Orders served whole, the units that are given out, and what sending those costs (company's currency)."""

    orders: int
    units: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Served:
    order: Order
    plan: routing.Plan
    units: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be done beside what the oldest promise first would do. `gap`: what could be saved at most."""

    waiting: int
    served: Sequence[Served]
    chosen: Figures
    oldest: Figures
    exact: bool
    gap: Decimal


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who was served, and who was meant to be and why it was not."""

    served: Sequence[Order]
    skipped: Sequence[tuple[Order, Problem]]
    waiting: int


def preview() -> Preview:
    """What `allocate` would do now. Writes nothing."""
    queue = waiting_orders.read(timezone.now())
    answer = _answer(queue, SECONDS_AT_ONCE)
    served = [
        Served(queue.orders[n], answer.plans[n], _units(answer.plans[n])) for n in _ranked(queue, answer)
    ]
    return Preview(
        waiting=len(queue.orders),
        served=served,
        chosen=Figures(len(served), sum(one.units for one in served), answer.cost),
        oldest=_oldest_first(queue),
        exact=all(contest.exact for contest in answer.contests)
        and all(one.plan.trace.exact for one in served),
        gap=answer.gap,
    )


def allocate(*, actor: str, seconds: float = SECONDS_AT_ONCE) -> Outcome:
    """Give the stock there is to the waiting orders, and plan their parcels. Nothing is locked while it is decided."""
    queue = waiting_orders.read(timezone.now())
    answer = _answer(queue, seconds)
    served: list[Order] = []
    skipped: list[tuple[Order, Problem]] = []
    for n in _ranked(queue, answer):
        try:
            _serve(queue, n, answer.plans[n], actor)
        except Problem as problem:
            skipped.append((queue.orders[n], problem))
        else:
            served.append(queue.orders[n])
    run = str(new_id())
    data = {
        "id": run,
        "number": run,
        "version": 1,
        "waiting": len(queue.orders),
        "served": [str(order.number) for order in served],
        "skipped": [str(order.number) for order, _ in skipped],
    }
    with transaction.atomic():
        events.record("allocation.done", f"allocation/{run}", actor=actor, data=data)
    return Outcome(served, skipped, len(queue.orders))


def ask(*, actor: str) -> None:
    """A worker does it: for more orders than somebody waits for."""
    current_app.send_task(ALLOCATE, args=[actor], queue="bulk", retry=False, ignore_result=True)


@transaction.atomic
def _serve(queue: waiting_orders.Queue, n: int, plan: routing.Plan, actor: str) -> None:
    """One order, exactly as planned. Raises a Problem when that is not possible any more."""
    lines = queue.lines[queue.orders[n].pk]
    order = progress.lock(queue.orders[n].pk)
    if order.status != Status.OPEN:
        raise IllegalMove(f"The order is {order.status}.")
    holds.refuse_when_held(order)
    asked = {pk: line.backordered for pk, line in lines.items()}
    if dict(order.lines.filter(backordered__gt=0).values_list("pk", "backordered")) != asked:
        raise IllegalMove("The order waits for something else now.", why="changed")
    keeps = [
        stock.Keep(UUID(line), queue.locations[parcel.location].pk, units)
        for parcel in plan.parcels
        for line, units in parcel.lines
    ]
    backorders.serve(order, keeps, actor=actor)
    trace = plan.trace.as_json() | planning.ruled(queue.chosen)
    for place in trace["locations"]:
        if place["code"] in queue.barred[n]:
            place["why_not"] = [Refusal("left_out", f"{place['code']} was left out.").as_json()]
    rule = queue.chosen.rule
    decision = RoutingDecision(
        order=order,
        outcome=plan.outcome,
        cost=plan.cost,
        trace=trace,
        rule_version_id=rule.version_id if rule else None,
    )
    desk.carry_out(order, _seen(queue, n, asked), plan, decision, actor=actor)


def _seen(queue: waiting_orders.Queue, n: int, asked: Mapping[UUID, int]) -> Snapshot:
    """What the order alone was decided from: its own goods, the ways into its country."""
    wish = queue.wishes[n]
    skus = {sku for line in wish.lines for sku, _ in line.needs}
    return Snapshot(
        lines=queue.lines[queue.orders[n].pk],
        wanted=asked,
        kept={},
        in_parcels={},
        not_found={},
        locations=queue.locations,
        order=wish,
        states=[
            replace(
                state,
                stock=_only(state.stock, skus),
                weekly_demand=_only(state.weekly_demand, skus),
                unit_cost=_only(state.unit_cost, skus),
            )
            for state in queue.states
            if state.code not in queue.barred[n]
        ],
        rates=[rate for rate in queue.rates if rate.to_country == wish.address.country],
    )


def _only(figures: Mapping[str, Figure], skus: set[str]) -> dict[str, Figure]:
    return {sku: figures[sku] for sku in skus if sku in figures}


def _answer(queue: waiting_orders.Queue, seconds: float) -> routing.Allocation:
    limits = routing.BatchLimits(seconds=seconds)
    return routing.allocate(queue.asked, queue.able, queue.rates, queue.chosen.strategy, limits)


def _ranked(queue: waiting_orders.Queue, answer: routing.Allocation) -> list[int]:
    """The places of those served, who comes first first."""
    served = [n for n, plan in enumerate(answer.plans) if plan.outcome == "planned"]
    return sorted(served, key=lambda n: (queue.asked[n].priority, queue.asked[n].promised, n))


def _units(plan: routing.Plan) -> int:
    return sum(units for parcel in plan.parcels for _, units in parcel.lines)


def _oldest_first(queue: waiting_orders.Queue) -> Figures:
    """What filling does by itself: order after order by age, each as much as there is for it, then its best plan."""
    states = {
        state.code: replace(state, stock=dict(state.stock))
        for state in sorted(queue.able, key=lambda state: (state.priority, state.code))
    }
    orders, units, cost = 0, 0, Decimal(0)
    for asked in queue.asked:
        got = [line for line in _there(asked, list(states.values())) if line.quantity]
        if not got:
            continue
        plan = routing.plan(
            replace(asked, lines=got),
            list(states.values()),
            queue.rates,
            queue.chosen.strategy,
            routing.Limits(explain=False, seconds=0),
        )
        if plan.outcome != "planned":
            continue
        given = _units(plan)
        orders += given == sum(line.quantity for line in asked.lines)
        units, cost = units + given, cost + plan.cost
        needs = {line.line_id: line.needs for line in got}
        for parcel in plan.parcels:
            state = states[parcel.location]
            left = dict(state.stock)
            for line_id, n in parcel.lines:
                for sku, per_unit in needs[line_id]:
                    left[sku] -= n * per_unit
            room = None if state.capacity_left is None else max(0, state.capacity_left - 1)
            states[parcel.location] = replace(state, stock=left, capacity_left=room)
    return Figures(orders, units, cost)


def _there(asked: routing.Order, states: Sequence[routing.LocationState]) -> list[routing.Demand]:
    """Its lines with as many units as there are."""
    taken = Counter[tuple[str, str]]()
    found = []
    for line in asked.lines:
        missing = line.quantity
        for state in states:
            if not state.active or line.requires - state.capabilities:
                continue
            room = min(
                (state.stock.get(sku, 0) - taken[state.code, sku]) // per_unit for sku, per_unit in line.needs
            )
            took = max(0, min(missing, room))
            for sku, per_unit in line.needs:
                taken[state.code, sku] += took * per_unit
            missing -= took
        found.append(replace(line, quantity=line.quantity - missing))
    return found
