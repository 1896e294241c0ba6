"""The choice: the least total cost over every set of up to three locations. Pure and exact.

The model: each used location sends one parcel by one rate; a parcel costs base + per_kg × exact weight +
handling + lateness, each parcel beyond the first the split penalty. For fixed locations and rates that is a
constant plus a price a gram for each location, which `assign` settles SKU by SKU at least cost. Every set
of locations and every choice of rates that no other rate beats is tried, so the answer is the optimum of
this model; `tests/pure/test_routing.py` holds it against trying everything.

Where three locations do not suffice, larger sets are tried while they are few; beyond that locations are
dropped one by one while the rest suffices, and the trace says `exact: false`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, pairwise, product
from math import comb

from fulfillment.routing import assign, cost, filters, types
from fulfillment.routing.assign import Group
from fulfillment.routing.cost import Option
from fulfillment.routing.strategy import Strategy, Weights
from fulfillment.routing.trace import Candidate, LocationTrace, Outcome, Parcel, Plan, Refusal, Trace
from fulfillment.routing.types import LocationState, Order, Rate

MAX_LOCATIONS = 3
MAX_TRIED = 1_000  # sets of one size beyond three locations
KEPT = 100  # candidates in a trace

# Collected by the customer: no carrier, and ready within some hours of the location's day.
PICKUP = Rate("", "pickup", "", Decimal(0), Decimal(0), hours=(1, 4))


@dataclass(frozen=True, slots=True)
class _Scored:
    """A set of locations with its best rates: `order` is the sites by price a gram, dearest last."""

    score: int
    sites: tuple[int, ...]
    order: tuple[int, ...]
    chosen: tuple[Option, ...]
    grams: dict[int, int]


class _Refused:
    """The candidates that lost without a score: the first of them in words, the rest counted."""

    def __init__(self, locations: Sequence[LocationState]) -> None:
        self.locations = locations
        self.kept: list[Candidate] = []
        self.count = 0

    def add(self, sites: tuple[int, ...], code: str, detail: str) -> None:
        self.count += 1
        if len(self.kept) < KEPT:
            names = tuple(self.locations[site].code for site in sites)
            self.kept.append(Candidate(names, refusal=Refusal(code, detail)))


class _Search:
    """One order's sites (usable locations with their rates, in order of priority and code) and its SKUs."""

    def __init__(self, order: Order, sites: Sequence[tuple[LocationState, tuple[Option, ...]]]) -> None:
        self.locations = [location for location, _ in sites]
        self.options = [options for _, options in sites]
        self.groups = assign.groups(order.lines, self.locations)
        self.full: list[int] = []  # by location, bit n: it holds all of SKU n
        self.full_weight: list[int] = []
        self.partial: list[list[Group]] = []
        for site in range(len(sites)):
            whole = [group.uniform and group.stock[site] >= group.units for group in self.groups]
            self.full.append(sum(1 << n for n, covers in enumerate(whole) if covers))
            parts = list(zip(self.groups, whole, strict=True))
            self.full_weight.append(sum(group.units * group.weight_g for group, covers in parts if covers))
            self.partial.append([group for group, covers in parts if not covers])
        self.fixed = [min(option.fixed for option in options) for options in self.options]
        self.per_gram = [min(option.per_gram for option in options) for options in self.options]
        self.weight = sum(group.units * group.weight_g for group in self.groups)

    def short(self, sites: Sequence[int]) -> list[Group]:
        """The SKUs these locations do not cover."""
        whole = 0
        for site in sites:
            whole |= self.full[site]
        return [
            group
            for n, group in enumerate(self.groups)
            if not whole >> n & 1 and not assign.covered(group, sites)
        ]

    def least(self, sites: Sequence[int], split: int) -> int:
        """No way of sending from these locations costs less."""
        fixed = sum([self.fixed[site] for site in sites]) + split * (len(sites) - 1)
        return fixed + self.weight * min([self.per_gram[site] for site in sites])

    def best(self, sites: tuple[int, ...], split: int, rates: int | None = None) -> _Scored | None:
        """The cheapest rates and assignment that use all these locations; None where one is not needed.

        Leaving an unneeded location out never costs more, and the smaller set is tried by itself.
        `rates` limits how many rates of each location are weighed.
        """
        found: _Scored | None = None
        known: dict[tuple[tuple[int, ...], tuple[bool, ...]], dict[int, int]] = {}
        for chosen in product(*[self.options[site][:rates] for site in sites]):
            by_price = sorted(zip(sites, chosen, strict=True), key=_by_price)
            order = tuple([site for site, _ in by_price])
            prices = [option.per_gram for _, option in by_price]
            # Who sends what hangs on the order of the prices alone, and on which of them are equal.
            key = order, tuple([one == next_one for one, next_one in pairwise(prices)])
            grams = known.get(key)
            if grams is None:
                grams = known[key] = self.grams(order, prices)
            if len(grams) < len(sites):
                continue
            score = split * (len(sites) - 1)
            for site, option in by_price:
                score += option.fixed + option.per_gram * grams[site]
            if found is None or score < found.score:
                found = _Scored(score, sites, order, chosen, grams)
        return found

    def grams(self, order: tuple[int, ...], prices: Sequence[int]) -> dict[int, int]:
        """The weight each location sends, cheapest first: what the cheapest has whole is all its own."""
        cheapest = order[0]
        grams = {cheapest: self.full_weight[cheapest]} if self.full[cheapest] else {}
        for group in self.partial[cheapest]:
            for site, units in assign.fill(group, order, prices):
                grams[site] = grams.get(site, 0) + units * group.weight_g
        return grams


def _by_price(pair: tuple[int, Option]) -> tuple[int, int]:
    return pair[1].per_gram, pair[0]


def plan(
    order: Order,
    locations: Sequence[LocationState],
    rates: Sequence[Rate],
    strategy: Strategy | Weights | None = None,
) -> Plan:
    """Where each unit of the order is sent from, at the least total cost, and why.

    `no_stock`: no locations that could prepare the lines hold enough. `no_route`: they do, but no carrier
    takes the order (or they are full). Ties: fewer parcels, then priority, then code.
    """
    weights = strategy.weights if isinstance(strategy, Strategy) else strategy or Weights()
    if not order.lines:
        return Plan("planned", (), Decimal(0), "Nothing to send.", Trace("planned", "Nothing to send."))
    ranked = sorted(locations, key=lambda location: (location.priority, location.code))
    sites: list[tuple[LocationState, tuple[Option, ...]]] = []
    traced: list[LocationTrace] = []
    for location in ranked:
        usable, refusals = filters.stock_refusals(order, location)
        fitting: list[Rate] = [PICKUP] if order.pickup_at is not None else []
        if usable and order.pickup_at is None:
            fitting, more = filters.fitting_rates(order, location, rates)
            refusals += more
        usable = usable and bool(fitting)
        if usable:
            sites.append((location, cost.options(order, location, fitting, weights)))
        traced.append(LocationTrace(location.code, usable, tuple(refusals)))

    search = _Search(order, sites)
    short = search.short(range(len(sites)))
    if short:
        outcome, reason = _refused(order, ranked, traced, short)
        return Plan(outcome, (), Decimal(0), reason, Trace(outcome, reason, tuple(traced)))
    split = cost.fine(weights.split_per_parcel)
    scored, refused, exact = _try_all(search, split)
    scored.sort(key=lambda one: (one.score, len(one.sites), one.sites))
    return _answer(search, scored, refused, traced, weights, exact)


def _try_all(search: _Search, split: int) -> tuple[list[_Scored], _Refused, bool]:
    """Every set of up to three locations, scored or refused; more locations only where three do not do."""
    count = len(search.locations)
    scored: list[_Scored] = []
    refused = _Refused(search.locations)
    # A small company's trace names every candidate's full score; beyond that what cannot win is only bounded.
    prune = sum(comb(count, size) for size in range(1, MAX_LOCATIONS + 1)) > KEPT
    least: int | None = None

    size = 0
    while size < count and (size < MAX_LOCATIONS or not scored):
        size += 1
        if size > MAX_LOCATIONS and comb(count, size) > MAX_TRIED:
            break
        for sites in combinations(range(count), size):
            if prune and least is not None and search.least(sites, split) > least:
                at_least = Decimal(search.least(sites, split)).scaleb(-7)
                refused.add(sites, types.DEARER, f"Costs at least {at_least:.4f}.")
                continue
            short = search.short(sites)
            if short:
                refused.add(
                    sites, types.NO_STOCK, f"Too little of {filters.some_skus(group.sku for group in short)}."
                )
                continue
            found = search.best(sites, split)
            if found is None:
                refused.add(sites, types.NOT_NEEDED, "Fewer of these locations send the same for less.")
                continue
            scored.append(found)
            least = found.score if least is None else min(least, found.score)
    if scored:
        return scored, refused, True
    found = search.best(_dropped(search), split, rates=1)
    return [found] if found else [], refused, False


def _dropped(search: _Search) -> tuple[int, ...]:
    """All locations, less those that can go while the rest still covers the order, the dearest first."""
    left = list(range(len(search.locations)))
    for site in sorted(left, key=lambda n: (-search.fixed[n], -n)):
        rest = [other for other in left if other != site]
        if not search.short(rest):
            left = rest
    return tuple(left)


def _refused(
    order: Order, locations: Sequence[LocationState], traced: Sequence[LocationTrace], short: Sequence[Group]
) -> tuple[Outcome, str]:
    """Which of the two refusals it is, told by whether stock alone would do."""
    blocked = (types.INACTIVE, types.NOT_PICKUP_LOCATION)
    codes = {trace.code for trace in traced if not any(why.code in blocked for why in trace.refusals)}
    able = [location for location in locations if location.code in codes]
    missing = [
        group for group in assign.groups(order.lines, able) if not assign.covered(group, range(len(able)))
    ]
    if missing:
        return (
            "no_stock",
            f"Too little of {filters.some_skus(group.sku for group in missing)} where it could be prepared.",
        )
    why = list(dict.fromkeys(why.detail for trace in traced if not trace.usable for why in trace.refusals))
    return "no_route", " ".join(
        why[:3]
    ) or f"Too little of {filters.some_skus(group.sku for group in short)} can be sent."


def _answer(
    search: _Search,
    scored: Sequence[_Scored],
    refused: _Refused,
    traced: Sequence[LocationTrace],
    weights: Weights,
    exact: bool,
) -> Plan:
    candidates = []
    for n, one in enumerate(scored[:KEPT]):
        pairs = [(option, one.grams[site]) for site, option in zip(one.sites, one.chosen, strict=True)]
        candidates.append(
            Candidate(
                tuple(option.location.code for option, _ in pairs),
                cost=cost.breakdown(pairs, weights),
                chosen=n == 0,
                parcels=tuple(
                    {
                        "location": option.location.code,
                        "carrier": option.rate.carrier,
                        "service": option.rate.service,
                        "weight_g": grams,
                        "shipping": str(cost.shipping(option, grams)),
                        "late_days": option.late_days,
                        **option.window.as_json(),
                    }
                    for option, grams in pairs
                ),
            )
        )
    parcels = _parcels(search, scored[0])
    chosen = candidates[0].cost
    total = chosen.total if chosen else Decimal(0)
    names = ", ".join(parcel.location for parcel in parcels)
    reason = f"{names}: the least total cost of {len(scored)} possible, {total}."
    shown = (*candidates, *refused.kept[: max(0, KEPT - len(candidates))])
    left_out = len(scored) + refused.count - len(shown)
    return Plan(
        "planned",
        parcels,
        total,
        reason,
        Trace("planned", reason, tuple(traced), shown, left_out=left_out, exact=exact),
    )


def _parcels(search: _Search, best: _Scored) -> tuple[Parcel, ...]:
    """The chosen candidate's parcels with their lines, in order of priority and code."""
    by_site = dict(zip(best.sites, best.chosen, strict=True))
    prices = [by_site[site].per_gram for site in best.order]
    lines: dict[int, list[tuple[str, int]]] = {site: [] for site in best.sites}
    for group in search.groups:
        for line_id, site, units in assign.lines_of(group, best.order, prices):
            lines[site].append((line_id, units))
    return tuple(
        Parcel(
            location=option.location.code,
            carrier=option.rate.carrier,
            service=option.rate.service,
            lines=tuple(lines[site]),
            weight_g=best.grams[site],
            shipping=cost.shipping(option, best.grams[site]),
            late_days=option.late_days,
            window=option.window,
        )
        for site, option in by_site.items()
    )
