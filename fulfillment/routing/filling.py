"""One combination of pieces filled with whole units. Pure.

The quick ways first: all weights two columns reach, who has most room, one column after the other. What they
do not settle is searched depth first, item by item.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations

from fulfillment.routing import splits
from fulfillment.routing.pieces import Pieces
from fulfillment.routing.price import Budget, Sent, fits, price, priced
from fulfillment.routing.problem import Column, Problem
from fulfillment.routing.reach import Reach
from fulfillment.routing.splits import Way

# An item in more ways than this is tried in the likely ones only.
WAYS = 300
# Steps spent on one combination of pieces.
DEPTH = 150
# Items few enough to be searched with more patience.
FEW = 4
PATIENCE = 2_000
# Weights of the first of two columns that are packed in search of one that packs well.
TRIES = 4
# Combinations of a set that are filled one column after the other, which takes long.
TIGHT = 3
# Items with a choice, beyond which only the likely ways are tried.
DEEPEST = 300


@dataclass(slots=True)
class Filling:
    """The items of an order over columns that are chosen: what is free to move, and the best found so far."""

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
    tight: int = 0  # combinations filled one column after the other so far
    ways: dict[tuple[int, ...], tuple[list[list[tuple[int, Way]]], list[int]]] = field(default_factory=dict)

    def _leaf(self, units: list[dict[int, int]]) -> None:
        """Price a whole distribution and keep it if it is the best."""
        problem = self.problem
        if problem.shared:
            rows = [[one.get(n, 0) for n in range(len(problem.items))] for one in units]
            if not fits(problem, self.chosen, rows):
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

    def _slopes(self, places: Pieces) -> tuple[int, ...]:
        return tuple([c.curve.slopes[piece] for c, piece in zip(self.chosen, places, strict=True)])

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

    def fill(self, places: Pieces, start: int, bound: int) -> bool:
        """Look for the best distribution that stays in these pieces; False where one may be left unseen."""
        problem, chosen = self.problem, self.chosen
        room = [column.curve.ends[piece] for column, piece in zip(chosen, places, strict=True)]
        for k, units in enumerate(self.forced):
            room[k] -= sum([chosen[k].weights[n] * count for n, count in units.items()])
        if min(room) < 0:
            return True
        flat = not problem.priced and not any(self._slopes(places))
        if flat and not problem.shared:
            if len(chosen) == 2 and self._two(room, bound):
                return True
            if self._by_room(room, bound):
                return True
        if len(self.free) > DEEPEST:
            return False
        ways, least = self._by_unit(self._slopes(places))
        depth = Budget(min(PATIENCE if len(self.free) <= FEW else DEPTH, self.budget.steps))
        before = depth.steps
        done = self._deep(start, ways, least, room, depth)
        self.budget.steps -= before - depth.steps
        return (done and self.whole) or (self.upper is not None and self.upper <= bound)

    def _two(self, room: Sequence[int], bound: int) -> bool:
        """Two columns that weigh alike: every weight at once. True where nothing better stays in the pieces."""
        one, two = self.chosen
        if one.weights is not two.weights and one.weights != two.weights:
            return False
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
        top = room[0] - sure
        for tried in range(TRIES):
            taken = self.reach.between(grams - room[1] - sure, top)
            if taken is None:
                return not tried
            units = [dict(sent) for sent in self.forced]
            for n, base, more in zip(self.free, first, self.reach.units(taken), strict=True):
                for k, count in ((0, base + more), (1, self.problem.items[n].units - base - more)):
                    if count:
                        units[k][n] = count
            self._leaf(units)
            if self.upper is not None and self.upper <= bound:
                return True
            top = taken - 1
        return False

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
        if len(self.chosen) <= 4 and self.tight < TIGHT:
            self.tight += 1
            for by in permutations(range(len(self.chosen))):
                if self._filled(room, by) and self.upper is not None and self.upper <= bound:
                    return True
        return False

    def _filled(self, room: Sequence[int], by: Sequence[int]) -> bool:
        """One column after the other as full as whole units make it."""
        left = {n: self.problem.items[n].units for n in self.free}
        units = [dict(one) for one in self.forced]
        for place, k in enumerate(by):
            column, later = self.chosen[k], by[place + 1 :]
            mine, space = [], room[k]
            for n, want in left.items():
                least = max(0, want - sum([self.chosen[other].caps[n] for other in later]))
                most = min(want, column.caps[n])
                if least > most:
                    return False
                space -= least * column.weights[n]
                mine.append((n, least, most - least))
            if space < 0:
                return False
            reach = Reach([(column.weights[n], more) for n, _, more in mine])
            taken = reach.between(0, space) or 0
            for (n, least, _), more in zip(mine, reach.units(taken), strict=True):
                if least + more:
                    units[k][n] = least + more
                    left[n] -= least + more
        if any(left.values()):
            return False
        self._leaf(units)
        return True

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
