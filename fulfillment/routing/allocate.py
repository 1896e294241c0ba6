"""Scarce stock over many waiting orders: who is served, and from where. Pure.

Every order is first planned alone. Where those plans fit together, each is the best there is and nothing else
is asked. Orders that want more of a level than it holds (or of a location's day) form a contest; so do all who
could take from it, as long as that stays small enough to be decided as one. A contest is decided greedily, by
priority and promise, and then by one model, whose answer is taken where it is better and fits. Orders of a
lexicographic strategy keep what the greedy decision gave them: their scores are no money.

An order is served whole or not at all. More important orders come first: of each priority as many are served
as can be, among equally many those promised sooner, and all of that at the least score.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from importlib import import_module
from time import monotonic

from fulfillment.routing import bounding, filters, types
from fulfillment.routing.explain import answer
from fulfillment.routing.ledger import Ledger, Waiting, reduced, restore, standing, worse
from fulfillment.routing.plan import Read, as_strategy, plan, read, refused
from fulfillment.routing.price import Budget
from fulfillment.routing.search import Found, Looked, Search
from fulfillment.routing.strategy import Strategy, Weights
from fulfillment.routing.trace import Allocation, Contest, How, Plan, Refusal, Trace
from fulfillment.routing.types import LocationState, Order, Rate

# Orders that could meet are decided as one up to so many; beyond it, those that do meet.
TOGETHER = 24
# Of the models' time, how much more is spent on bounds.
BOUNDING = 0.2
# Orders in one model; a larger contest is decided in parts of this size, again and again while time is left.
PART = 24


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """`steps` of search an order, `seconds` for all models together (0: greedy only, without the solver)."""

    steps: int = 1_500
    seconds: float = 25.0


@dataclass(slots=True)
class _Batch:
    waiting: list[Waiting]
    ledger: Ledger
    limits: BatchLimits
    until: float
    contests: list[Contest] = field(default_factory=list)
    settled: dict[int, tuple[How, bool]] = field(default_factory=dict)  # by place: how, and proven
    spare: int = 0  # what contests cost above their bounds, in 10⁻¹¹ of the currency


def allocate(
    orders: Sequence[Order],
    locations: Sequence[LocationState],
    rates: Sequence[Rate],
    strategy: Strategy | Weights | Sequence[Strategy] | None = None,
    limits: BatchLimits | None = None,
) -> Allocation:
    """A plan for each order, in the order given; together they fit stock, lots and capacity.

    `strategy`: one for all, or each order's own; orders of different weights are priced each by its own.
    Who is left out has the outcome `no_stock` and `not_served` among its refusals. `priority` and `promised`
    of the orders say who comes first.
    """
    limits = limits or BatchLimits()
    if isinstance(strategy, Strategy | Weights) or strategy is None:
        aims: Sequence[Strategy] = [as_strategy(strategy)] * len(orders)
    else:
        aims = strategy
    plans: list[Plan | None] = [None] * len(orders)
    waiting = []
    by_sku = _holders(locations)
    for place, (order, aim) in enumerate(zip(orders, aims, strict=True)):
        found = _alone(order, _near(order, locations, by_sku), rates, aim, limits)
        if isinstance(found, Plan):
            plans[place] = found
        else:
            waiting.append(Waiting(place, found[0], found[1], found[1].chosen, found[1].sent))
    batch = _Batch(waiting, Ledger(locations), limits, monotonic() + limits.seconds)
    _decide(batch)
    for one in waiting:
        plans[one.place] = _plan(batch, one)
    done = [made for made in plans if made is not None]
    cost = sum((made.cost for made in done if made.outcome == "planned"), Decimal(0))
    gaps = sum(
        (
            made.cost * (made.trace.gap or 0)
            for place, made in enumerate(done)
            if made.outcome == "planned" and place not in batch.settled
        ),
        Decimal(batch.spare).scaleb(-11),
    )
    return Allocation(tuple(done), tuple(batch.contests), cost, gaps / cost if cost else Decimal(0))


def _holders(locations: Sequence[LocationState]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for n, location in enumerate(locations):
        for sku, units in location.stock.items():
            if units > 0:
                found[sku].add(n)
    return found


def _near(
    order: Order, locations: Sequence[LocationState], by_sku: Mapping[str, set[int]]
) -> Sequence[LocationState]:
    """The locations that have anything of the order at all, in the order given."""
    some: set[int] = set()
    for line in order.lines:
        for sku, _ in line.needs:
            some |= by_sku.get(sku, set())
    return [locations[n] for n in sorted(some)] or locations[:1]


def _alone(
    order: Order,
    locations: Sequence[LocationState],
    rates: Sequence[Rate],
    strategy: Strategy,
    limits: BatchLimits,
) -> Plan | tuple[Read, Found]:
    if not order.lines or filters.address_refusals(order):
        return plan(order, locations, rates, strategy)
    seen = read(order, locations, rates, strategy)
    short = seen.problem.short(seen.problem.columns)
    if not short:
        found = Search(seen.problem, Budget(limits.steps)).run()
        if found.sent is not None:
            return seen, found
    return refused(seen, short or range(len(seen.problem.need)))


def _decide(batch: _Batch) -> None:
    ledger = batch.ledger
    for one in batch.waiting:
        if one.chosen is not None and one.sent is not None:
            ledger.take(one.place, one.seen, one.chosen, one.sent)
    over = ledger.overdrawn()
    if not over:
        return
    by_place = {one.place: one for one in batch.waiting}
    decided: list[tuple[list[Waiting], How, bool]] = []
    # The small ones first: they are proven, and leave the rest of the time to the others.
    for group in sorted(_groups(batch, over), key=len):
        members = sorted((by_place[place] for place in group), key=lambda one: one.rank)
        for one in members:
            ledger.give_back(one.place)
        _greedy(batch, members)
        how: How = "greedy"
        exact = False
        priced = [one for one in members if one.weighted]
        if batch.limits.seconds > 0 and len(priced) > 1 and monotonic() < batch.until:
            contest = import_module("fulfillment.routing.contest")
            exact = contest.improve(priced, ledger, batch.until, PART) and len(priced) == len(members)
            how = "solver"
        decided.append((members, how, exact))
    redone = _raise(batch)
    for members, how, exact in decided:
        untouched = redone.isdisjoint(one.place for one in members)
        _report(batch, members, how if untouched else "greedy", exact and untouched)


def _raise(batch: _Batch) -> set[int]:
    """Who was left out although a less important order holds what they need is decided with those again; the places
    of those decided otherwise."""
    redone: set[int] = set()
    could = _could(batch)
    by_place = {one.place: one for one in batch.waiting}
    for one in sorted(batch.waiting, key=lambda one: one.rank):
        if one.sent is not None or monotonic() > batch.until + 5:
            continue
        levels = {
            (column.location.code, sku) for column in one.seen.problem.columns for sku in (*column.stock, "")
        }
        holding = {place for level in levels if level in could for place in batch.ledger.takers(level)}
        below = sorted(
            (by_place[place] for place in holding if by_place[place].rank[:2] > one.rank[:2]),
            key=lambda other: other.rank,
            reverse=True,
        )[: PART - 1]
        if below and _again(batch, members := sorted([one, *below], key=lambda other: other.rank)):
            redone.update(other.place for other in members)
    return redone


def _again(batch: _Batch, members: Sequence[Waiting]) -> bool:
    """The greedy decision for these orders anew; kept where it serves the more important."""
    before = [(one.chosen, one.sent) for one in members]
    stood = standing(members)
    for one in members:
        batch.ledger.give_back(one.place)
    _greedy(batch, members)
    if not worse(stood, standing(members)):
        return restore(members, before, batch.ledger)
    for one in members:
        batch.settled[one.place] = "greedy", False
    return True


def _groups(batch: _Batch, over: Iterable[tuple[str, str]]) -> list[list[int]]:
    """Orders to be decided together, the places of each group."""
    by_place = {one.place: one for one in batch.waiting}
    over = set(over)
    could = _could(batch)
    wide = _joined(
        could.items(), {level for level in could if batch.ledger.contested(level, could[level], by_place)}
    )
    takers = {level: batch.ledger.takers(level) for level in over}
    narrow = _joined(takers.items(), over)
    touched = {place for places in takers.values() for place in places}
    found = [group for group in wide if len(group) <= TOGETHER and touched & set(group)]
    done = {place for group in found for place in group}
    return found + [group for group in narrow if not done & set(group)]


def _could(batch: _Batch) -> dict[tuple[str, str], list[int]]:
    """By level, and by location for its day, the orders that could take from it."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in batch.waiting:
        for level in {
            (column.location.code, sku)
            for column in one.seen.problem.columns
            for sku in (*column.stock, "")
            if sku == "" or column.stock[sku]
        }:
            if level[1] or batch.ledger.limited(level[0]):
                found[level].append(one.place)
    return found


def _joined(
    levels: Iterable[tuple[tuple[str, str], Iterable[int]]], contested: set[tuple[str, str]]
) -> list[list[int]]:
    """Orders that share a contested level, directly or through others."""
    root: dict[int, int] = {}

    def find(place: int) -> int:
        while root.setdefault(place, place) != place:
            root[place] = place = root[root[place]]
        return place

    for level, places in levels:
        if level in contested:
            first: int | None = None
            for place in places:
                first = find(place) if first is None else first
                root[find(place)] = find(first)
    groups: dict[int, list[int]] = defaultdict(list)
    for place in sorted(root):
        groups[find(place)].append(place)
    return list(groups.values())


def _greedy(batch: _Batch, members: Sequence[Waiting]) -> None:
    """One after the other, as they rank: their own best plan where it still fits, else the best of the rest."""
    for one in members:
        if batch.ledger.fits(one.seen, one.alone.chosen, one.alone.sent):
            one.take(one.alone.chosen, one.alone.sent)
        else:
            left = reduced(one.seen, batch.ledger)
            found = None if left is None else Search(left, Budget(batch.limits.steps)).run()
            one.take(None, None)
            if found is not None and batch.ledger.fits(one.seen, found.chosen, found.sent):
                one.take(found.chosen, found.sent)
        if one.chosen is not None and one.sent is not None:
            batch.ledger.take(one.place, one.seen, one.chosen, one.sent)


def _report(batch: _Batch, members: Sequence[Waiting], how: How, exact: bool) -> None:
    """How good the contest's decision is: what its served orders cost above their bound is the most it could gain."""
    given = sum(one.sent is not None for one in members)
    served = [one for one in members if one.sent is not None and one.weighted]
    cost = sum(one.sent.score >> one.seen.problem.shift for one in served if one.sent is not None)
    low = cost if exact else _bound(batch, served, cost)
    exact = exact or (len(served) == len(members) and cost <= low)
    gap = Decimal(0) if exact or not cost else max(Decimal(0), Decimal(cost - low) / Decimal(cost))
    batch.spare += 0 if exact else max(0, cost - low)
    for one in members:
        batch.settled[one.place] = how, exact
    keys = tuple(one.seen.order.key or str(one.place) for one in members)
    batch.contests.append(Contest(keys, given, exact, gap.quantize(Decimal("0.000001")), how))


def _bound(batch: _Batch, served: Sequence[Waiting], cost: int) -> int:
    """What these orders cost together at least: each at its own best, and more where they fight for the stock."""
    if not batch.limits.seconds:
        return sum((one.alone.low or 0) >> one.seen.problem.shift for one in served)
    until = batch.until + batch.limits.seconds * BOUNDING
    return bounding.least(served, batch.ledger, cost, until)


def _plan(batch: _Batch, one: Waiting) -> Plan:
    seen = one.seen
    how, exact = batch.settled.get(one.place, ("tried", one.alone.exact))
    if one.sent is None or one.chosen is None:
        wanted = filters.some_skus(item.sku for item in seen.items)
        why = Refusal(types.NOT_SERVED, f"Orders that come first take what there is of {wanted}.")
        trace = Trace(
            "no_stock",
            why.detail,
            tuple(seen.traced),
            exact=exact,
            how=how,
            strategy=seen.strategy.name,
            refusals=(why,),
        )
        return Plan("no_stock", (), Decimal(0), why.detail, trace)
    contested = one.place in batch.settled
    low = one.sent.score if contested and exact else one.alone.low
    found = Found(one.chosen, one.sent, low, [], seen.problem.shift)
    looked = [Looked(one.chosen, one.sent, low)]
    return answer(seen.problem, seen.traced, seen.strategy, found, looked, how, explain=True)
