"""Which units come from which column, once the columns are chosen. Pure.

Prices go by steps, so the columns' weights hang together: a unit more here may start a dearer step there.
For every combination of pieces of the columns' curves the cost is what the pieces start from plus a price a
unit, and the weights have room up to the pieces' ends; combinations are taken cheapest first, and in each the
items' distributions are searched depth first. What is found is priced by what its parcels really cost; the
search ends when no combination left could be better. That is exact unless the budget ran out, and it says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations

from fulfillment.routing import splits, tariff
from fulfillment.routing.problem import Column, Problem
from fulfillment.routing.splits import Way

# An item in more ways than this is tried in the likely ones only.
WAYS = 300
# Combinations of pieces looked at for one set of columns.
COMBINATIONS = 3_000
# Items with a choice, beyond which only the likely ways are tried.
DEEPEST = 300


@dataclass(slots=True)
class Budget:
    """Steps left to search; where it runs out, the answer is no longer proven."""

    steps: int

    def spend(self, steps: int = 1) -> bool:
        self.steps -= steps
        return self.steps >= 0


@dataclass(slots=True)
class Sent:
    """`units[k]` is what column k sends, units by item. `spare` is true where one of them sends nothing."""

    score: int
    units: list[dict[int, int]]
    spare: bool = False


@dataclass(slots=True)
class Answer:
    """The best found, if any, and what no way of using these columns goes below (None: there is no way)."""

    sent: Sent | None
    low: int | None


def price(problem: Problem, column: Column, units: dict[int, int]) -> int:
    """What this content really costs from here, parcels packed: no bound."""
    factor = problem.score.price << problem.shift
    grams = sum(column.weights[item] * count for item, count in units.items())
    if column.tariff.limit is None or grams <= column.tariff.limit:
        total = factor * column.tariff.price(grams) + column.each
    else:
        content = [(item, column.weights[item], count) for item, count in units.items()]
        parcels = tariff.pack(column.tariff, content)
        total = sum(factor * column.tariff.price(parcel.grams) + column.each for parcel in parcels)
    if problem.priced:
        for item, count in units.items():
            total += priced(problem, column, item, count)
        total += _shared_risk(problem, column, units)
    return total


def priced(problem: Problem, column: Column, item: int, count: int) -> int:
    """Goods and risk of so many units, shared SKUs left out."""
    total = column.goods[item] * count
    if column.risk:
        at_risk = sum(max(0, n * count - free) for n, free in column.risk[item])
        total += (problem.score.unit_at_risk << problem.shift) * at_risk
    return total


def _shared_risk(problem: Problem, column: Column, units: dict[int, int]) -> int:
    if not column.risk_shared:
        return 0
    total = 0
    for (_, takers, _), free in zip(problem.shared, column.risk_shared, strict=True):
        used = sum(n * units.get(item, 0) for item, n in takers)
        total += max(0, used - free)
    return total * (problem.score.unit_at_risk << problem.shift)


def constant(problem: Problem, chosen: Sequence[Column]) -> int:
    """What using these columns costs, whatever they send."""
    score = problem.score
    days = max([column.days for column in chosen]) if score.day else 0
    return sum([column.fixed for column in chosen]) + ((score.day * days - score.shipment) << problem.shift)


def best(problem: Problem, chosen: Sequence[Column], upper: int | None, budget: Budget) -> Answer:
    """The cheapest way to send everything from these columns, if it is below `upper`.

    A way that leaves a column empty is found too (`spare`): fewer columns do the same for less.
    """
    if len(chosen) == 1:
        return _alone(problem, chosen[0], upper)
    work = _Work(problem, chosen, budget)
    return work.run(upper)


def _alone(problem: Problem, column: Column, upper: int | None) -> Answer:
    if problem.shared and not _fits(problem, [column], [[item.units for item in problem.items]]):
        return Answer(None, None)
    units = {n: item.units for n, item in enumerate(problem.items)}
    score = constant(problem, [column]) + price(problem, column, units)
    return Answer(Sent(score, [units]) if upper is None or score < upper else None, score)


def _fits(problem: Problem, chosen: Sequence[Column], sent: Sequence[Sequence[int]]) -> bool:
    return all(
        sum(each * units[item] for item, each in takers) <= column.spare[n]
        for n, (_, takers, _) in enumerate(problem.shared)
        for column, units in zip(chosen, sent, strict=True)
    )


@dataclass(slots=True)
class _Work:
    problem: Problem
    chosen: Sequence[Column]
    budget: Budget
    base: int = 0
    holders: list[list[int]] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    least: list[int] = field(default_factory=list)  # by column: grams it sends in any case
    most: list[int] = field(default_factory=list)
    forced: list[dict[int, int]] = field(default_factory=list)
    whole: bool = True  # every way of every item is looked at
    found: Sent | None = None
    upper: int | None = None
    ways: dict[tuple[int, ...], tuple[list[list[tuple[int, Way]]], list[int]]] = field(default_factory=dict)

    def run(self, upper: int | None) -> Answer:
        problem, chosen = self.problem, self.chosen
        self.upper = upper
        self.base = constant(problem, chosen)
        self.least, self.most = [0] * len(chosen), [0] * len(chosen)
        self.forced = [{} for _ in chosen]
        grams = 0
        for n, item in enumerate(problem.items):
            caps = [column.caps[n] for column in chosen]
            total = sum(caps)
            if total < item.units:
                return Answer(None, None)
            holders = [k for k, cap in enumerate(caps) if cap]
            self.holders.append(holders)
            grams += item.units * min([chosen[k].weights[n] for k in holders])
            if len(holders) == 1 or total == item.units:
                for k in holders:
                    self.forced[k][n] = caps[k] if len(holders) > 1 else item.units
            else:
                self.free.append(n)
            for k in holders:
                self.least[k] += max(0, item.units - total + caps[k]) * chosen[k].weights[n]
                self.most[k] += caps[k] * chosen[k].weights[n]
        if not self.free:
            return self._only_way()
        self.free.sort(
            key=lambda n: -problem.items[n].units * max(chosen[k].weights[n] for k in self.holders[n])
        )
        if upper is not None and self._floor() >= upper:
            return Answer(None, upper)
        combinations, complete = self._combinations(grams)
        if complete and not combinations:
            return Answer(None, upper)
        self._likely()
        return self._search(combinations, complete)

    def _only_way(self) -> Answer:
        before = self.upper
        self.upper = None
        self._leaf([dict(units) for units in self.forced])
        if self.found is None:
            return Answer(None, None)
        score = self.found.score
        return Answer(self.found if before is None or score < before else None, score)

    def _leaf(self, units: list[dict[int, int]]) -> None:
        """Price a whole distribution and keep it if it is the best."""
        problem = self.problem
        if problem.shared:
            rows = [[one.get(n, 0) for n in range(len(problem.items))] for one in units]
            if not _fits(problem, self.chosen, rows):
                return
        score = self.base
        for column, one in zip(self.chosen, units, strict=True):
            score += price(problem, column, one)
            if self.upper is not None and score >= self.upper:
                return
        self.upper = score
        self.found = Sent(score, units, not all(units))

    def _likely(self) -> None:
        """Every order of preference among the columns: an item whole where one has it, else as they come."""
        count = len(self.chosen)
        orders = (
            permutations(range(count))
            if count <= 3
            else [[*range(start, count), *range(start)] for start in range(count)]
        )
        for order in orders:
            units = [dict(one) for one in self.forced]
            for n in self.free:
                left = self.problem.items[n].units
                first = next((k for k in order if self.chosen[k].caps[n] >= left), None)
                for k in order if first is None else (first,):
                    take = min(left, self.chosen[k].caps[n])
                    if take:
                        units[k][n] = take
                        left -= take
            self._leaf(units)

    # The combinations of pieces

    def _search(self, combinations: list[tuple[int, tuple[int, ...]]], complete: bool) -> Answer:
        low = None
        for bound, pieces in combinations:
            if self.upper is not None and bound >= self.upper:
                break
            if not self._fill(pieces) or not self.whole:
                low = bound if low is None else min(low, bound)
        if not complete:
            low = self._floor()
        if self.upper is not None:
            low = self.upper if low is None else min(low, self.upper)
        return Answer(self.found, low)

    def _floor(self) -> int:
        return self.base + sum(
            column.curve.low(least) for column, least in zip(self.chosen, self.least, strict=True)
        )

    def _combinations(self, grams: int) -> tuple[list[tuple[int, tuple[int, ...]]], bool]:
        """(bound, piece by column), cheapest first, of all that have room for everything."""
        choices: list[list[tuple[int, int, int]]] = []  # by column: (floor, piece, its end)
        for column, least, most in zip(self.chosen, self.least, self.most, strict=True):
            curve, rows, start = column.curve, [], 0
            for piece, end in enumerate(curve.ends):
                if end >= least:
                    at = max(start, least)
                    rows.append((curve.consts[piece] + curve.slopes[piece] * at, piece, min(end, most)))
                if end >= most:
                    break
                start = end + 1
            choices.append(rows)
        rest = [0] * (len(choices) + 1)
        room = [0] * (len(choices) + 1)
        for k in range(len(choices) - 1, -1, -1):
            rest[k] = rest[k + 1] + min(floor for floor, _, _ in choices[k])
            room[k] = room[k + 1] + choices[k][-1][2]
        found: list[tuple[int, tuple[int, ...]]] = []
        upper, complete = self.upper, True
        stack: list[tuple[int, int, tuple[int, ...], int]] = [(self.base, 0, (), 0)]
        while stack:
            cost, k, pieces, held = stack.pop()
            if k == len(choices):
                bound = max(cost, self._by_unit(pieces)[0])
                if upper is None or bound < upper:
                    found.append((bound, pieces))
                    if len(found) > COMBINATIONS:
                        complete = False
                        break
                continue
            for floor, piece, end in choices[k]:
                if held + end + room[k + 1] < grams:
                    continue
                if upper is None or cost + floor + rest[k + 1] < upper:
                    stack.append((cost + floor, k + 1, (*pieces, piece), held + end))
        found.sort()
        return found, complete

    def _by_unit(self, pieces: Sequence[int]) -> tuple[int, list[list[tuple[int, Way]]], list[int]]:
        """The bound of these pieces with every item at its cheapest; the items' ways by price; and the
        least price of the items from each one on."""
        curves = [column.curve for column in self.chosen]
        slopes = tuple([curve.slopes[piece] for curve, piece in zip(curves, pieces, strict=True)])
        start = self.base + sum([c.consts[piece] for c, piece in zip(curves, pieces, strict=True)])
        for k, units in enumerate(self.forced):
            start += sum(self._cost(k, n, count, slopes[k]) for n, count in units.items())
        known = self.ways.get(slopes)
        if known is None:
            ways = [self._item_ways(n, slopes) for n in self.free]
            least = [0] * (len(ways) + 1)
            for at in range(len(ways) - 1, -1, -1):
                cheapest = ways[at][0][0] if self.whole else self._first_units(self.free[at], slopes)
                least[at] = least[at + 1] + cheapest
            known = self.ways[slopes] = (ways, least)
        return start + known[1][0], known[0], known[1]

    def _first_units(self, n: int, slopes: Sequence[int]) -> int:
        """No way of an item costs less than all its units at the cheapest first one's price."""
        cheapest = min(self._cost(k, n, 1, slopes[k]) for k in self.holders[n])
        return cheapest * self.problem.items[n].units

    def _cost(self, k: int, n: int, count: int, slope: int) -> int:
        column = self.chosen[k]
        cost = slope * column.weights[n] * count
        return cost + priced(self.problem, column, n, count) if self.problem.priced else cost

    def _item_ways(self, n: int, slopes: Sequence[int]) -> list[tuple[int, Way]]:
        """(price, units by holder) of an item, cheapest first; among equals whole ones, then in order."""
        holders, units = self.holders[n], self.problem.items[n].units
        caps = [self.chosen[k].caps[n] for k in holders]
        found = splits.every(units, caps, WAYS)
        if found is None:
            self.whole = False
            found = splits.likely(units, caps)
        rows = [
            (
                sum(self._cost(k, n, count, slopes[k]) for k, count in zip(holders, split, strict=True)),
                split,
            )
            for split in found
        ]
        rows.sort(key=lambda row: (row[0], len(split := row[1]) - split.count(0), tuple(-x for x in split)))
        return rows

    def _fill(self, pieces: Sequence[int]) -> bool:
        """Search the distributions that stay in these pieces; False where the budget ends it."""
        start, ways, least = self._by_unit(pieces)
        if len(self.free) > DEEPEST:
            return False
        problem, chosen, free, holders = self.problem, self.chosen, self.free, self.holders
        room = [column.curve.ends[piece] for column, piece in zip(chosen, pieces, strict=True)]
        for k, units in enumerate(self.forced):
            room[k] -= sum(chosen[k].weights[n] * count for n, count in units.items())
        if min(room) < 0:
            return True
        base = start - least[0]
        taken: list[Way] = [()] * len(free)
        spare = [list(column.spare) for column in chosen] if problem.shared else []
        takes: dict[int, list[tuple[int, int]]] = {}
        for row, (_, takers, _) in enumerate(problem.shared):
            for n, each in takers:
                takes.setdefault(n, []).append((row, each))
        for k, units in enumerate(self.forced if spare else ()):
            for n, count in units.items():
                for row, each in takes.get(n, ()):
                    spare[k][row] -= each * count
        budget = self.budget

        def descend(at: int, cost: int) -> bool:
            if at == len(free):
                out = [dict(one) for one in self.forced]
                for n, way in zip(free, taken, strict=True):
                    for k, count in zip(holders[n], way, strict=True):
                        if count:
                            out[k][n] = count
                self._leaf(out)
                return True
            n = free[at]
            mine, shares = holders[n], takes.get(n, ())
            for more, way in ways[at]:
                if self.upper is not None and cost + more + least[at + 1] >= self.upper:
                    return True
                if not budget.spend():
                    return False
                for k, count in zip(mine, way, strict=True):
                    if count and (
                        count * chosen[k].weights[n] > room[k]
                        or (shares and any(each * count > spare[k][row] for row, each in shares))
                    ):
                        break
                else:
                    for k, count in zip(mine, way, strict=True):
                        room[k] -= count * chosen[k].weights[n]
                        for row, each in shares:
                            spare[k][row] -= each * count
                    taken[at] = way
                    done = descend(at + 1, cost + more)
                    for k, count in zip(mine, way, strict=True):
                        room[k] += count * chosen[k].weights[n]
                        for row, each in shares:
                            spare[k][row] += each * count
                    if not done:
                        return False
            return True

        return descend(0, base)
