"""The choice: where each unit of an order is sent from, at the best score, and why. Pure.

The model is in `docs/routing.md`. `search` tries or rules out every set of locations and rates and `assign`
every distribution over them; what they leave open goes to the solver, where it may be used. Whatever proposes
an answer, it is priced by `price.price`, and the trace says whether it is proven.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module

from fulfillment.routing import filters, problem, score, types
from fulfillment.routing.explain import answer, ways
from fulfillment.routing.narrow import narrowed
from fulfillment.routing.price import Budget
from fulfillment.routing.problem import Column, Item, Problem
from fulfillment.routing.search import Found, Search
from fulfillment.routing.strategy import Strategy, Weights
from fulfillment.routing.trace import How, LocationTrace, Outcome, Plan, Trace
from fulfillment.routing.types import LocationState, Order, Rate

# Collected by the customer: no carrier, and ready within some hours of the location's day.
PICKUP = Rate("", "pickup", "", Decimal(0), Decimal(0), hours=(1, 4))

# Items up to which an order has all its steps.
USUAL_LINES = 40
# Steps allowed where fewer found no way at all.
PATIENCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is spent on an order: steps of the search, then seconds of the solver (0: it is not loaded;
    it takes some 35 MB, which a web process need not have). `explain` False leaves the candidates out."""

    steps: int = 20_000
    seconds: float = 2.0
    explain: bool = True


@dataclass(slots=True)
class Read:
    """An order read against the locations: what the search needs and what the filters said."""

    order: Order
    strategy: Strategy
    ranked: list[LocationState]
    traced: list[LocationTrace]
    items: list[Item]
    problem: Problem


def plan(
    order: Order,
    locations: Sequence[LocationState],
    rates: Sequence[Rate],
    strategy: Strategy | Weights | None = None,
    limits: Limits | None = None,
) -> Plan:
    """Where each unit of the order is sent from, at the best score, and why.

    `no_stock`: no locations that could prepare the lines hold enough. `no_route`: they do, but no carrier
    takes the order (or they are full, or the address is none). Ties: fewer locations, then priority, then code.
    Raises ValueError for a strategy or a rate that makes no sense.
    """
    limits = limits or Limits()
    strategy = as_strategy(strategy)
    if not order.lines:
        return Plan("planned", (), Decimal(0), "Nothing to send.", Trace("planned", "Nothing to send."))
    if against := filters.address_refusals(order):
        reason = " ".join(why.detail for why in against)
        trace = Trace("no_route", reason, strategy=strategy.name, refusals=tuple(against))
        return Plan("no_route", (), Decimal(0), reason, trace)
    seen = read(order, locations, rates, strategy)
    if short := seen.problem.short(seen.problem.columns):
        return refused(seen, short)
    found, how = solve(seen.problem, strategy, limits)
    if found.sent is None or found.chosen is None:
        return refused(seen, range(len(seen.problem.need)))
    looked = ways(seen.problem, found) if limits.explain else found.looked
    return answer(seen.problem, seen.traced, strategy, found, looked, how, limits.explain)


def as_strategy(given: Strategy | Weights | None) -> Strategy:
    if isinstance(given, Strategy):
        return given
    return Strategy(weights=given or Weights())


def read(order: Order, locations: Sequence[LocationState], rates: Sequence[Rate], strategy: Strategy) -> Read:
    """Filters first; what they let through becomes columns."""
    ranked = sorted(locations, key=lambda location: (location.priority, location.code))
    counts = score.of(strategy)
    items = problem.items_of(order.lines)
    shared = problem.shared_of(items)
    shift = len(ranked) + 2 + len(ranked).bit_length()
    columns: list[Column] = []
    traced = []
    for rank, location in enumerate(ranked):
        usable, refusals = filters.stock_refusals(order, location)
        fitting: list[Rate] = [PICKUP] if order.pickup_at is not None else []
        km = filters.km_to(location, order)
        if usable and order.pickup_at is None:
            fitting, more = filters.fitting_rates(order, location, rates)
            refusals += more
        if usable and fitting:
            refusals += filters.expiry_refusals(location, order, fitting)
            # Fewer locations first; of as many, those whose best ranked comes first.
            tie = (2 << len(ranked)) - (1 << (len(ranked) - 1 - rank))
            own = problem.columns_of(
                order, rank, location, fitting, items, shared, counts, strategy.weights, shift, tie, km
            )
            columns += own
            usable = bool(own)
        traced.append(LocationTrace(location.code, usable and bool(fitting), tuple(refusals)))
    return Read(order, strategy, ranked, traced, items, Problem(items, columns, counts, shift, shared))


def solve(asked: Problem, strategy: Strategy, limits: Limits) -> tuple[Found, How]:
    """The best set of columns found, and how far it is proven."""
    if strategy.kind == "lexicographic":
        asked = narrowed(asked, strategy.objectives)
    # A step over hundreds of lines takes as long as many over a few.
    steps = limits.steps * USUAL_LINES // max(USUAL_LINES, len(asked.items))
    found = Search(asked, Budget(steps)).run()
    if found.sent is None and found.low is not None:
        # Cut short before it had any way to send it: whether there is one must be told for certain.
        found = Search(asked, Budget(PATIENCE)).run()
    if found.exact and found.sent is not None:
        return found, "tried"
    if limits.seconds > 0:
        # The solver is loaded where it is needed first: in workers, not in web processes that never ask for it.
        found = import_module("fulfillment.routing.settle").settle(
            asked, found, limits.seconds, score.units(strategy)
        )
        if found.exact:
            return found, "solver"
    return found, "greedy"


def refused(seen: Read, short: Sequence[int]) -> Plan:
    """Which of the two refusals it is, told by whether stock alone would do."""
    outcome, reason = _why(seen, short)
    trace = Trace(outcome, reason, tuple(seen.traced), strategy=seen.strategy.name)
    return Plan(outcome, (), Decimal(0), reason, trace)


def _why(seen: Read, short: Sequence[int]) -> tuple[Outcome, str]:
    blocked = (types.INACTIVE, types.NOT_PICKUP_LOCATION)
    codes = {one.code for one in seen.traced if not any(why.code in blocked for why in one.refusals)}
    able = [location for location in seen.ranked if location.code in codes]
    missing = [item.sku for item in seen.items if not _enough(item, able)]
    missing += [
        sku
        for sku, _, units in seen.problem.shared
        if sum(problem.usable(location, sku, None) for location in able) < units
    ]
    if missing:
        return (
            "no_stock",
            f"Too little of {filters.some_skus(missing)} where it could be prepared.",
        )
    why = list(dict.fromkeys(why.detail for one in seen.traced if not one.usable for why in one.refusals))
    return "no_route", " ".join(
        why[:3]
    ) or f"Too little of {filters.some_skus(seen.problem.names(short))} can be sent."


def _enough(item: Item, able: Sequence[LocationState]) -> bool:
    whole = sum(
        min(problem.usable(location, sku, None) // each for sku, each in item.needs)
        for location in able
        if item.requires <= location.capabilities
    )
    return whole >= item.units
