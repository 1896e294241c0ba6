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

from fulfillment.routing import pieces, splits, tariff
from fulfillment.routing.pieces import Combinations, Pieces
from fulfillment.routing.problem import Column, Problem
from fulfillment.routing.reach import Reach
from fulfillment.routing.splits import Way

# An item in more ways than this is tried in the likely ones only.
WAYS = 300
# Steps spent on one combination of pieces.
DEPTH = 150
# Combinations looked at for one set of columns.
WALK = 600
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
    grams = sum([column.weights[item] * count for item, count in units.items()])
    curve = column.curve
    if curve.flat and (not curve.choice or grams <= curve.parcels[curve.choice[-(-grams // curve.unit)]][0]):
        total = curve.low(grams)
    else:
        factor = problem.score.price << problem.shift
        content = [(item, column.weights[item], count) for item, count in units.items()]
        parcels = tariff.pack(column.tariff, curve, content)
        total = sum([factor * column.tariff.price(parcel.grams) + column.each for parcel in parcels])
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
    if upper is not None and not problem.priced:
        least = pieces.floor(problem, chosen, pieces.leasts(problem, chosen))
        if constant(problem, chosen) + least >= upper:
            return Answer(None, upper)
    return _Work(problem, chosen, budget).run(upper)


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
    forced: list[dict[int, int]] = field(default_factory=list)
    whole: bool = True  # every way of every item is looked at
    found: Sent | None = None
    upper: int | None = None
    reach: Reach | None = None
    ways: dict[tuple[int, ...], tuple[list[list[tuple[int, Way]]], list[int]]] = field(default_factory=dict)

    def run(self, upper: int | None) -> Answer:
        problem, chosen = self.problem, self.chosen
        self.upper = upper
        self.base = constant(problem, chosen)
        self.forced = [{} for _ in chosen]
        for n, item in enumerate(problem.items):
            caps = [column.caps[n] for column in chosen]
            total = sum(caps)
            if total < item.units:
                return Answer(None, None)
            holders = [k for k, cap in enumerate(caps) if cap]
            self.holders.append(holders)
            if len(holders) == 1 or total == item.units:
                for k in holders:
                    self.forced[k][n] = caps[k] if len(holders) > 1 else item.units
            else:
                self.free.append(n)
        if not self.free:
            return self._only_way()
        least = self._by_unit((0,) * len(chosen))[1][0] if problem.priced else 0
        combinations = Combinations(problem, chosen, self.base + least)
        if upper is not None and combinations.floor() >= upper:
            return Answer(None, upper)
        self.free.sort(
            key=lambda n: -problem.items[n].units * max(chosen[k].weights[n] for k in self.holders[n])
        )
        self.ways.clear()
        self._likely()
        return self._search(combinations)

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
        if self.upper is not None:  # most are told too dear without being packed
            for column, one in zip(self.chosen, units, strict=True):
                weights = column.weights
                score += column.curve.low(sum([weights[n] * count for n, count in one.items()]))
            if score >= self.upper:
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

    def _search(self, combinations: Combinations) -> Answer:
        low, walk = None, Budget(min(WALK, self.budget.steps))
        for bound, places in combinations.walk():
            if self.upper is not None and bound >= self.upper:
                break
            if not walk.spend() or not self.budget.spend():
                low = bound if low is None else min(low, bound)
                break
            if not places:
                continue
            true, start = self._bound(places)
            if self.upper is not None and true >= self.upper:
                continue
            if not self._fill(places, start, true):
                low = true if low is None else min(low, true)
        if self.upper is not None:
            low = self.upper if low is None else min(low, self.upper)
        return Answer(self.found, low)

    def _slopes(self, places: Pieces) -> tuple[int, ...]:
        return tuple([c.curve.slopes[piece] for c, piece in zip(self.chosen, places, strict=True)])

    def _bound(self, places: Pieces) -> tuple[int, int]:
        """What these pieces cost at least, and of that what is left when the free items are taken out."""
        slopes = self._slopes(places)
        start = self.base + sum([c.curve.consts[at] for c, at in zip(self.chosen, places, strict=True)])
        if not self.problem.priced and not any(slopes):
            return start, start
        for k, units in enumerate(self.forced):
            start += sum(self._cost(k, n, count, slopes[k]) for n, count in units.items())
        return start + self._by_unit(slopes)[1][0], start

    def _by_unit(self, slopes: tuple[int, ...]) -> tuple[list[list[tuple[int, Way]]], list[int]]:
        """The free items' ways by price, and the least price of the items from each one on."""
        known = self.ways.get(slopes)
        if known is None:
            ways = [self._item_ways(n, slopes) for n in self.free]
            least = [0] * (len(ways) + 1)
            for at in range(len(ways) - 1, -1, -1):
                cheapest = ways[at][0][0] if self.whole else self._first_units(self.free[at], slopes)
                least[at] = least[at + 1] + cheapest
            known = self.ways[slopes] = (ways, least)
        return known

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
        if any(slopes) or self.problem.priced:
            rows = [
                (
                    sum(
                        [self._cost(k, n, count, slopes[k]) for k, count in zip(holders, split, strict=True)]
                    ),
                    split,
                )
                for split in found
            ]
        else:
            rows = [(0, split) for split in found]
        rows.sort(key=lambda row: (row[0], len(row[1]) - row[1].count(0), tuple([-x for x in row[1]])))
        return rows

    # One combination

    def _fill(self, places: Pieces, start: int, bound: int) -> bool:
        """Look for the best distribution that stays in these pieces; False where one may be left unseen."""
        problem, chosen = self.problem, self.chosen
        room = [column.curve.ends[piece] for column, piece in zip(chosen, places, strict=True)]
        for k, units in enumerate(self.forced):
            room[k] -= sum([chosen[k].weights[n] * count for n, count in units.items()])
        if min(room) < 0:
            return True
        flat = not problem.priced and not any(self._slopes(places))
        if flat and not problem.shared:
            done = self._two(room) if len(chosen) == 2 else None
            if done is not None:
                return done
            if self._by_room(room, bound):
                return True
        if len(self.free) > DEEPEST:
            return False
        ways, least = self._by_unit(self._slopes(places))
        depth = Budget(min(DEPTH, self.budget.steps))
        before = depth.steps
        done = self._deep(start, ways, least, room, depth)
        self.budget.steps -= before - depth.steps
        return (done and self.whole) or (self.upper is not None and self.upper <= bound)

    def _two(self, room: Sequence[int]) -> bool | None:
        """Two columns that weigh alike: every weight at once. None where that is not so."""
        one, two = self.chosen
        if one.weights is not two.weights and one.weights != two.weights:
            return None
        grams = sum([one.weights[n] * self.problem.items[n].units for n in self.free])
        if self.reach is None:
            self.reach = Reach(
                [
                    (one.weights[n], one.caps[n] - max(0, self.problem.items[n].units - two.caps[n]))
                    for n in self.free
                ]
            )
        first = [max(0, self.problem.items[n].units - two.caps[n]) for n in self.free]
        sure = sum([one.weights[n] * count for n, count in zip(self.free, first, strict=True)])
        taken = self.reach.between(grams - room[1] - sure, room[0] - sure)
        if taken is None:
            return True
        units = [dict(sent) for sent in self.forced]
        for n, base, more in zip(self.free, first, self.reach.units(taken), strict=True):
            for k, count in ((0, base + more), (1, self.problem.items[n].units - base - more)):
                if count:
                    units[k][n] = count
        before = self.found
        self._leaf(units)
        return self.found is not before

    def _by_room(self, room: Sequence[int], bound: int) -> bool:
        """Give each item to who has most room left, to who has least, the heavy ones first or the bound ones."""
        weigh = {n: self.chosen[self.holders[n][0]].weights[n] for n in self.free}
        orders = (
            sorted(self.free, key=lambda n: (len(self.holders[n]), -weigh[n])),
            sorted(self.free, key=lambda n: -weigh[n]),
        )
        for order in orders:
            for sign in (-1, 1):
                if self._poured(room, order, sign) and self.upper is not None and self.upper <= bound:
                    return True
        return False

    def _poured(self, room: Sequence[int], order: Sequence[int], sign: int) -> bool:
        left = list(room)
        units = [dict(one) for one in self.forced]
        for n in order:
            want = self.problem.items[n].units
            for k in sorted(self.holders[n], key=lambda k: sign * left[k]):
                grams = self.chosen[k].weights[n]
                take = min(want, self.chosen[k].caps[n], left[k] // grams if grams else want)
                if take:
                    units[k][n] = take
                    left[k] -= take * grams
                    want -= take
            if want:
                return False
        self._leaf(units)
        return True

    def _deep(
        self,
        base: int,
        ways: list[list[tuple[int, Way]]],
        least: list[int],
        room: list[int],
        budget: Budget,
    ) -> bool:
        """Depth first over the items; False where the budget ends it."""
        problem, chosen, free, holders = self.problem, self.chosen, self.free, self.holders
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
