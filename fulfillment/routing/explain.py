"""The decision in words: the chosen parcels with their lines, and every way that was looked at. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import combinations, product
from math import comb

from fulfillment.routing import assign, cost, filters, score, types
from fulfillment.routing.price import Budget, Sent
from fulfillment.routing.problem import Column, Item, Problem
from fulfillment.routing.search import Found, Looked
from fulfillment.routing.strategy import Strategy
from fulfillment.routing.trace import Candidate, How, LocationTrace, Parcel, Plan, Refusal, Trace
from oms.core.money import CONTEXT

KEPT = 100  # candidates in a trace, and of them those shown with their cost
PRICED = 30
# Sets of so few locations are shown whole, also those that were ruled out without pricing them.
WHOLE = 25
_GAP = Decimal("0.000001")


def ways(problem: Problem, found: Found) -> list[Looked]:
    """Every set of up to three locations where they are few, else each single one and what was priced."""
    sites: dict[int, list[Column]] = {}
    for column in problem.columns:
        sites.setdefault(column.site, []).append(column)
    count = len(sites)
    whole = sum(comb(count, size) for size in range(1, 4)) <= WHOLE
    shown: dict[tuple[int, ...], Looked] = {}
    for one in found.looked:
        _keep(shown, one)
    for size in range(1, 4 if whole else 2):
        for chosen in combinations(sites, size):
            held = shown.get(chosen)
            if held is None or (whole and held.sent is None):
                shown.pop(chosen, None)
                _keep(shown, _priced(problem, chosen, sites))
    if found.chosen is not None:
        shown[tuple(column.site for column in found.chosen)] = Looked(found.chosen, found.sent, None)
    return list(shown.values())


def _keep(shown: dict[tuple[int, ...], Looked], one: Looked) -> None:
    """Of the ways of one set of locations, the best."""
    sites = tuple(column.site for column in one.chosen)
    held = shown.get(sites)
    if held is None or held.sent is None or (one.sent is not None and one.sent.score < held.sent.score):
        if held is None or one.sent is not None or (held.sent is None and held.low is None):
            shown[sites] = one


def _priced(problem: Problem, chosen: Sequence[int], sites: Mapping[int, list[Column]]) -> Looked:
    best: Looked | None = None
    budget = Budget(500)
    for columns in product(*[sites[site] for site in chosen]):
        if problem.short(columns):
            one = Looked(columns, None, None)
        else:
            upper = best.sent.score if best is not None and best.sent is not None else None
            result = assign.best(problem, columns, upper, budget)
            one = Looked(columns, result.sent, result.low)
        if best is None or (one.sent is not None) or (best.sent is None and best.low is None):
            best = one
    return best or Looked((), None, None)


def answer(
    problem: Problem,
    traced: Sequence[LocationTrace],
    strategy: Strategy,
    found: Found,
    looked: Sequence[Looked],
    how: How,
    explain: bool,
) -> Plan:
    """The plan of what was found."""
    if found.sent is None or found.chosen is None:
        raise ValueError("Nothing was found.")
    items = problem.items
    parcels = _parcels(found.chosen, found.sent, items)
    total, _ = cost.breakdown(found.chosen, found.sent.units, items, strategy)
    gap = _gap(problem, found, strategy)
    exact = found.exact
    names = ", ".join(parcel.location for parcel in parcels)
    scored = [one for one in looked if one.sent is not None and not one.sent.spare]
    reason = f"{names}: {_claim(strategy, exact, gap)} of {max(1, len(scored))} compared, {total.total}."
    candidates: list[Candidate] = []
    if explain:
        scored.sort(key=lambda one: one.sent.score if one.sent else 0)
        candidates = [_candidate(one, items, strategy, one.chosen == found.chosen) for one in scored[:PRICED]]
        candidates.sort(key=lambda one: not one.chosen)
        lost = [one for one in looked if one.sent is None or one.sent.spare]
        candidates += [_lost(problem, one, strategy) for one in lost[: max(0, KEPT - len(candidates))]]
    return Plan(
        "planned",
        parcels,
        total.total,
        reason,
        Trace(
            "planned",
            reason,
            tuple(traced),
            tuple(candidates),
            left_out=max(0, len(looked) - len(candidates)) if explain else len(looked),
            exact=exact,
            gap=gap,
            how=how,
            strategy=strategy.name,
        ),
    )


def _claim(strategy: Strategy, exact: bool, gap: Decimal | None) -> str:
    best = (
        "the least total cost"
        if strategy.kind == "weighted"
        else f"the best by {', '.join(strategy.objectives)}"
    )
    if exact:
        return best
    at_most = "not known" if gap is None else f"at most {gap:%}"
    return f"near {best} (what could be gained is {at_most})"


def _gap(problem: Problem, found: Found, strategy: Strategy) -> Decimal | None:
    """How much of the cost could be saved at most, rounded up to 10⁻⁶; of an order of objectives, how much of the
    first one that is not proven."""
    if found.exact:
        return Decimal(0)
    if found.sent is None or found.low is None:
        return None
    count = len(score.units(strategy))
    mine = score.digits(found.sent.score >> problem.shift, count)
    least = score.digits(max(0, found.low >> problem.shift), count)
    for has, bound in zip(mine, least, strict=True):
        if has > bound:
            gap = Decimal(has - max(0, bound)) / Decimal(has) if has > 0 else Decimal(0)
            return CONTEXT.quantize(gap, _GAP) + _GAP
    return Decimal(0)


def _candidate(one: Looked, items: Sequence[Item], strategy: Strategy, chosen: bool) -> Candidate:
    units = one.sent.units if one.sent is not None else []
    total, figures = cost.breakdown(one.chosen, units, items, strategy)
    shown = []
    for column, sent in zip(one.chosen, units, strict=True):
        parcels = cost.packages(column, sent, items)
        shown.append(
            {
                "location": column.location.code,
                "carrier": column.rate.carrier,
                "service": column.rate.service,
                "weight_g": sum(items[n].weight_g * count for n, count in sent.items()),
                "shipping": str(sum((parcel.price for parcel in parcels), Decimal(0))),
                "late_days": column.late_days,
                **column.window.as_json(),
                **({"parcels": len(parcels)} if len(parcels) > 1 else {}),
                **({"km": column.km} if column.km is not None else {}),
            }
        )
    return Candidate(
        tuple(column.location.code for column in one.chosen),
        cost=total,
        chosen=chosen,
        parcels=tuple(shown),
        figures=figures,
    )


def _lost(problem: Problem, one: Looked, strategy: Strategy) -> Candidate:
    names = tuple(column.location.code for column in one.chosen)
    if one.sent is not None:
        why = Refusal(types.NOT_NEEDED, "Fewer of these locations send the same for less.")
    elif one.low is None and (short := problem.short(one.chosen)):
        why = Refusal(types.NO_STOCK, f"Too little of {filters.some_skus(problem.names(short))}.")
    elif one.low is None:
        shared = [sku for sku, _, _ in problem.shared]
        why = Refusal(types.NO_STOCK, f"Too little of {filters.some_skus(shared)} for all lines together.")
    elif strategy.kind == "weighted":
        least = Decimal(one.low >> problem.shift).scaleb(-11)
        why = Refusal(types.DEARER, f"Costs at least {least:.4f}.")
    else:
        why = Refusal(types.DEARER, f"Worse by {', '.join(strategy.objectives)}.")
    return Candidate(names, refusal=why)


def _parcels(chosen: Sequence[Column], sent: Sent, items: Sequence[Item]) -> tuple[Parcel, ...]:
    """What each location sends, in order of priority and code; a line stays whole where it can."""
    lines: list[list[tuple[str, int]]] = [[] for _ in chosen]
    for n, item in enumerate(items):
        left = {k: units[n] for k, units in enumerate(sent.units) if units.get(n)}
        for line in sorted(item.lines, key=lambda line: -line.quantity):
            want = line.quantity
            while want:
                fits = [k for k, units in left.items() if units >= want]
                k = min(fits, key=lambda k: (left[k], k)) if fits else max(left, key=lambda k: (left[k], -k))
                take = min(want, left[k])
                lines[k].append((line.line_id, take))
                want -= take
                left[k] -= take
                if not left[k]:
                    del left[k]
    found = []
    for column, own, units in zip(chosen, lines, sent.units, strict=True):
        parcels = cost.packages(column, units, items)
        found.append(
            Parcel(
                location=column.location.code,
                carrier=column.rate.carrier,
                service=column.rate.service,
                lines=tuple(own),
                weight_g=sum(items[n].weight_g * count for n, count in units.items()),
                shipping=sum((parcel.price for parcel in parcels), Decimal(0)),
                late_days=column.late_days,
                window=column.window,
                packages=parcels,
                km=column.km,
            )
        )
    return tuple(found)
