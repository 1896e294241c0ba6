"""Waiting orders weighed together, and one of them served exactly as that came out: its stock, its parcels."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

from fulfillment import desk, planning, routing
from fulfillment.models import RoutingDecision
from fulfillment.routing.trace import Refusal
from fulfillment.snapshot import Snapshot
from fulfillment.waiting_orders import Queue
from inventory import stock
from oms.core.errors import IllegalMove
from orders import backorders, holds, progress
from orders.models import Status

Figure = TypeVar("Figure")


def weigh(queue: Queue, seconds: float) -> routing.Allocation:
    """Who gets what from where, each order priced by the rule it is routed by."""
    limits = routing.BatchLimits(seconds=seconds)
    aims = [chosen.strategy for chosen in queue.chosen]
    return routing.allocate(queue.asked, queue.able, queue.rates, aims, limits)


def ranked(queue: Queue, answer: routing.Allocation) -> list[int]:
    """The places of those served, who comes first first."""
    served = [n for n, plan in enumerate(answer.plans) if plan.outcome == "planned"]
    return sorted(served, key=lambda n: (queue.asked[n].priority, queue.asked[n].promised, n))


def units_of(plan: routing.Plan) -> int:
    return sum(units for parcel in plan.parcels for _, units in parcel.lines)


def serve(queue: Queue, n: int, plan: routing.Plan, actor: str) -> None:
    """One order, exactly as planned, in the caller's transaction. Raises a Problem where that is impossible by now."""
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
    trace = plan.trace.as_json() | planning.ruled(queue.chosen[n])
    for place in trace["locations"]:
        if place["code"] in queue.barred[n]:
            place["why_not"] = [Refusal("left_out", f"{place['code']} was left out.").as_json()]
    rule = queue.chosen[n].rule
    decision = RoutingDecision(
        order=order,
        outcome=plan.outcome,
        cost=plan.cost,
        trace=trace,
        rule_version_id=rule.version_id if rule else None,
    )
    desk.carry_out(order, _seen(queue, n, asked), plan, decision, actor=actor)


def _seen(queue: Queue, n: int, asked: Mapping[UUID, int]) -> Snapshot:
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
                lots=_only(state.lots, skus),
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
