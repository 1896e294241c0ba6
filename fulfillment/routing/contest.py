"""A contest for stock as one model: who is served and from where, at once. Pure; loads the solver.

In stages, each a model of its own: for every priority from the first on, as many orders as can be, then the
sooner promised ones; with all that held, the least score. What comes out is checked against the ledger, and
kept only where it is better than what stands.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from time import monotonic

from fulfillment.routing import calendar, milp
from fulfillment.routing.ledger import Ledger, Level, Waiting, restore, sooner, standing, worse
from fulfillment.routing.milp import Model, Placed
from fulfillment.routing.problem import Column

INFINITE = milp.INFINITE


def improve(members: Sequence[Waiting], ledger: Ledger, until: float, part: int) -> bool:
    """Decide the contest better where that can be; True where the answer is proven to be the best."""
    if len(members) <= part:
        return _together(members, ledger, until)
    # Too many for one model: parts that meet each other, the rest standing as it is, for as long as that helps.
    stood = None
    while stood != (stands := standing(members)):
        stood = stands
        for these in _parts(members, ledger, part):
            if monotonic() >= until:
                return False
            _together(these, ledger, until)
    return False


def _parts(members: Sequence[Waiting], ledger: Ledger, size: int) -> list[list[Waiting]]:
    """Whoever is not at their own best, with those who took what they wanted."""
    holders: dict[Level, list[Waiting]] = defaultdict(list)
    for one in members:
        for level in ledger.of_order.get(one.place, ()):
            holders[level].append(one)
    found, seen = [], set()
    for one in members:
        if (
            one.place in seen
            or one.sent is one.alone.sent
            or one.alone.chosen is None
            or one.alone.sent is None
        ):
            continue
        these = {one.place: one}
        for level in ledger.takes(one.seen, one.alone.chosen, one.alone.sent):
            for other in holders[level]:
                if len(these) < size:
                    these[other.place] = other
        if len(these) > 1:
            seen.add(one.place)
            found.append(sorted(these.values(), key=lambda other: other.rank))
    return found


def _together(members: Sequence[Waiting], ledger: Ledger, until: float) -> bool:
    before = [(one.chosen, one.sent) for one in members]
    stood = standing(members)
    for one in members:
        ledger.give_back(one.place)
    model = Model()
    columns = {one.place: _columns(one, ledger) for one in members}
    placed = {
        one.place: milp.place(model, one.seen.problem, columns[one.place], optional=True) for one in members
    }
    _share(model, members, placed, columns, ledger)
    costs, model.cost = model.cost, [0.0] * len(model.cost)
    soon = sooner(members)
    proven, moved = True, False
    values: Sequence[float] | None = None
    for priority in sorted({one.seen.order.priority for one in members}):
        tier = [one for one in members if one.seen.order.priority == priority]
        most = 1 + sum(soon[one.place] for one in tier)
        worth = [(_served(placed[one.place]), float(most + soon[one.place])) for one in tier]
        top = sum(value for _, value in worth)
        stands = sum(value for (_, value), one in zip(worth, tier, strict=True) if one.sent is not None)
        # All served as it stands needs no model, unless a more important tier has gained since.
        if stands < top or moved:
            model.cost = [0.0] * len(costs)
            for at, value in worth:
                model.cost[at] = -value
            solved = model.solve(max(0.1, until - monotonic()))
            if solved.values is None:
                return restore(members, before, ledger)
            proven = proven and solved.objective - solved.bound < 0.5
            top = float(round(-solved.objective))
            moved = moved or top > stands
        model.row(worth, top, INFINITE)
    model.cost = costs
    solved = model.solve(max(0.1, until - monotonic()))
    values = solved.values
    proven = proven and values is not None and solved.objective - solved.bound < 10 * milp.EXACT
    if values is None:
        return restore(members, before, ledger)
    for one in members:
        if values[_served(placed[one.place])] < 0.5:
            one.take(None, None)
            continue
        found = milp.sent_of(placed[one.place], columns[one.place], values)
        if found is None or not ledger.fits(one.seen, *found):
            return restore(members, before, ledger)
        one.take(*found)
        ledger.take(one.place, one.seen, *found)
    if worse(standing(members), stood):
        return restore(members, before, ledger)
    return proven and _as_modelled(standing(members)[1], solved.objective)


def _as_modelled(score: int, objective: float) -> bool:
    """Whether the parcels cost what the model took them to cost."""
    return score / milp.UNIT <= objective + 20 * milp.EXACT


def _served(placed: Placed) -> int:
    if placed.served is None:
        raise ValueError("In a contest an order may be left out.")
    return placed.served


def _columns(one: Waiting, ledger: Ledger) -> list[Column]:
    """Its columns, those of full locations left out."""
    return [
        column
        for column in one.seen.problem.columns
        if not ledger.limited(column.location.code)
        or ledger.left((column.location.code, ""), calendar.local_day(column.location, column.window.latest))
    ]


def _share(
    model: Model,
    members: Sequence[Waiting],
    placed: dict[int, Placed],
    columns: dict[int, list[Column]],
    ledger: Ledger,
) -> None:
    """No level gives more than it has left, no lot after its day, no location beyond its day's orders."""
    takes: dict[Level, list[tuple[int, float, date]]] = defaultdict(list)
    for one in members:
        problem, at = one.seen.problem, placed[one.place]
        for (k, n), variable in at.units.items():
            column = columns[one.place][k]
            arrives = calendar.local_day(column.location, column.window.latest)
            for sku, each in problem.items[n].needs:
                takes[column.location.code, sku].append((variable, float(each), arrives))
        for k, variable in at.used.items():
            column = columns[one.place][k]
            if ledger.limited(column.location.code):
                arrives = calendar.local_day(column.location, column.window.latest)
                takes[column.location.code, ""].append((variable, 1.0, arrives))
    for level, terms in takes.items():
        for arrives in {arrives for _, _, arrives in terms}:
            later = [(variable, each) for variable, each, day in terms if day >= arrives]
            model.row(later, -INFINITE, float(ledger.left(level, arrives)))
