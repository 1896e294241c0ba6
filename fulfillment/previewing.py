"""What giving out scarce stock would do now, beside what the oldest promise first would get. Writes nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils import timezone

from fulfillment import allocating, routing, serving, waiting_orders
from orders.models import Order


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


def preview() -> Preview:
    """What a run would do now."""
    queue = waiting_orders.read(timezone.now())
    answer = serving.weigh(queue, allocating.SECONDS_AT_ONCE)
    served = [
        Served(queue.orders[n], answer.plans[n], serving.units_of(answer.plans[n]))
        for n in serving.ranked(queue, answer)
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


def _oldest_first(queue: waiting_orders.Queue) -> Figures:
    """What filling does by itself: order after order by age, each as much as there is for it, then its best plan."""
    states = {
        state.code: replace(state, stock=dict(state.stock))
        for state in sorted(queue.able, key=lambda state: (state.priority, state.code))
    }
    orders, units, cost = 0, 0, Decimal(0)
    for asked, chosen in zip(queue.asked, queue.chosen, strict=True):
        got = [line for line in _there(asked, list(states.values())) if line.quantity]
        if not got:
            continue
        plan = routing.plan(
            replace(asked, lines=got),
            list(states.values()),
            queue.rates,
            chosen.strategy,
            routing.Limits(explain=False, seconds=0),
        )
        if plan.outcome != "planned":
            continue
        given = serving.units_of(plan)
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
