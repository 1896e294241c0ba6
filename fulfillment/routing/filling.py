"""One combination of pieces filled with whole units. Pure.

The quick ways first: all weights two columns reach, who has most room, one column after the other. What they
do not settle is searched depth first, item by item.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

from fulfillment.routing import splits
from fulfillment.routing.boxes import Box, Outside, box, least_step
from fulfillment.routing.pieces import Pieces
from fulfillment.routing.price import Budget, Sent, fits, price, priced
from fulfillment.routing.problem import Column, Problem
from fulfillment.routing.reach import Layers, Span
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
# Items with a choice, beyond which only the likely ways are tried; where units have prices the ways are many.
DEEPEST = 300
PRICED = 8
# Units outside their boxes that are tried at most; of more columns, so many more than the bound has.
LAYERS = 40
MORE_OUTSIDE = 2


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
    reach: dict[int, Layers] = field(default_factory=dict)
    slopes: tuple[int, ...] = ()
    outside: Outside | None = None
    brief: bool = False  # only the quick ways
    tight: int = 0  # combinations filled one column after the other so far
    boxes: dict[tuple[int, ...], tuple[list[Box], int]] = field(default_factory=dict)
    ways: dict[tuple[int, ...], list[list[tuple[int, Way]]]] = field(default_factory=dict)

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

    def _boxes(self, slopes: tuple[int, ...]) -> tuple[list[Box], int]:
        """The cheapest ways of the free items by price, and what they cost together at least."""
        known = self.boxes.get(slopes)
        if known is None:
            found = [box(self.problem, self.chosen, n, slopes) for n in self.free]
            known = self.boxes[slopes] = found, sum([one.price for one in found])
        return known

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
        slopes = self._slopes(places)
        if slopes != self.slopes:
            self.reach.clear()  # it was reckoned for boxes by other prices
            self.slopes = slopes
        boxes, price = self._boxes(slopes)
        if not problem.shared:
            if (
                not self.brief
                and not any(slopes)
                and len(chosen) == 2
                and self._two(room, boxes, start + price)
            ):
                return True
            if self._by_room(room, boxes, start + price, bound):
                return True
        if self.brief or len(self.free) > (PRICED if problem.priced else DEEPEST):
            return False
        known = self.ways.get(slopes)
        if known is None:
            known = self.ways[slopes] = [self._item_ways(n, slopes) for n in self.free]
        least = [0] * (len(boxes) + 1)
        for at in range(len(boxes) - 1, -1, -1):
            least[at] = least[at + 1] + boxes[at].price
        depth = Budget(min(PATIENCE if len(self.free) <= FEW else DEPTH, self.budget.steps))
        before = depth.steps
        done = self._deep(start, known, least, room, depth)
        self.budget.steps -= before - depth.steps
        return (done and self.whole) or (self.upper is not None and self.upper <= bound)

    def _two(self, room: Sequence[int], boxes: Sequence[Box], least: int) -> bool:
        """Two columns that weigh alike: every weight at once, by how many units are outside their boxes. True
        where nothing better than what was found stays in the pieces."""
        one = self.chosen[0]
        if not self._alike():
            return False
        step = least_step(boxes)
        grams = sum([one.weights[n] * self.problem.items[n].units for n in self.free])
        most = 0
        if step:
            most = LAYERS if self.upper is None else min(LAYERS, (self.upper - 1 - least) // step)
        reach = self._first(0, boxes, max(0, most))
        for outside in range(len(reach.steps[0])):
            if self.upper is not None and least + outside * step >= self.upper:
                return True
            top, taken = room[0], reach.between(outside, grams - room[1], room[0])
            if taken is None:
                continue
            for _ in range(TRIES):
                units = [dict(sent) for sent in self.forced]
                for n, mine in zip(self.free, reach.units(outside, taken), strict=True):
                    for k, count in ((0, mine), (1, self.problem.items[n].units - mine)):
                        if count:
                            units[k][n] = count
                self._leaf(units)
                if self.upper is not None and self.upper <= least + outside * step:
                    return True
                top = taken - 1
                taken = reach.between(outside, grams - room[1], top)
                if taken is None:
                    break
            return False
        return not step

    def _alike(self) -> bool:
        """Whether every unit weighs the same to all columns."""
        first = self.chosen[0].weights
        return all(column.weights is first or column.weights == first for column in self.chosen)

    def _first(self, k: int, boxes: Sequence[Box], most: int) -> Layers:
        """What column k could send of the free items, with up to so many units outside their boxes."""
        known = self.reach.get(k)
        if known is None or len(known.steps[0]) <= most:
            left = {n: self.problem.items[n].units for n in self.free}
            others = [other for other in range(len(self.chosen)) if other != k]
            known = self.reach[k] = Layers(self._spans(k, others, left, boxes), most)
        return known

    def _spans(
        self, k: int, others: Sequence[int], left: Mapping[int, int], boxes: Sequence[Box]
    ) -> list[Span]:
        """What column k could take of what is left, the others taking the rest."""
        column, spans = self.chosen[k], []
        for n, one in zip(self.free, boxes, strict=True):
            want = left[n]
            least = max(0, want - sum([self.chosen[other].caps[n] for other in others]))
            most = max(least, min(want, column.caps[n]))
            low = max(one.low[k], want - sum([one.high[other] for other in others]))
            high = min(one.high[k], want - sum([one.low[other] for other in others]))
            low = min(max(low, least), most)
            spans.append((column.weights[n], least, low, min(max(high, low), most), most))
        return spans

    def _by_room(self, room: Sequence[int], boxes: Sequence[Box], least: int, bound: int) -> bool:
        """Give each item to who has most room left, to who has least, the heavy ones first or the bound ones."""
        weigh = {n: self.chosen[self.holders[n][0]].weights[n] for n in self.free}
        orders = (
            sorted(self.free, key=lambda n: (len(self.holders[n]), -weigh[n])),
            sorted(self.free, key=lambda n: -weigh[n]),
        )
        by_item = dict(zip(self.free, boxes, strict=True))
        for order in orders:
            for sign in (-1, 1):
                if (
                    self._poured(room, by_item, order, sign)
                    and self.upper is not None
                    and self.upper <= bound
                ):
                    return True
        if not self.brief and len(self.chosen) <= 4 and self.tight < TIGHT:
            self.tight += 1
            if step := least_step(boxes):
                return self._one_by_one(room, boxes, least, bound, step)
            for by in permutations(range(len(self.chosen))):
                if self._filled(room, boxes, by, 0) and self.upper is not None and self.upper <= bound:
                    return True
        return False

    def _one_by_one(
        self, room: Sequence[int], boxes: Sequence[Box], least: int, bound: int, step: int
    ) -> bool:
        """Each column in its turn first, the one that units must be kept out of before the others. How many those
        are at least for one column beside all others bounds them for all."""
        count = len(self.chosen)
        most = min(LAYERS, (bound - least) // step + MORE_OUTSIDE)
        grams = [sum([c.weights[n] * self.problem.items[n].units for n in self.free]) for c in self.chosen]
        alike = self._alike()
        turns = sorted(range(count), key=lambda k: -self._kept_out(k, room))
        for k in turns:
            reach = self._first(k, boxes, most)
            others = grams[k] - sum(room) + room[k] if alike else 0
            outside = 0
            while outside <= most and reach.between(outside, others, room[k]) is None:
                outside += 1
            bound = max(bound, least + outside * step)
            if self.upper is not None and bound >= self.upper:
                return True
            self._filled(room, boxes, (*range(k, count), *range(k)), most)
            if self.upper is not None and bound >= self.upper:
                return True
        return False

    def _kept_out(self, k: int, room: Sequence[int]) -> int:
        """What keeping units out of this column, or out of all others, costs at least."""
        if self.outside is None:
            return 0
        whole = [
            space + sum([self.chosen[at].weights[n] * count for n, count in self.forced[at].items()])
            for at, space in enumerate(room)
        ]
        rest = (1 << len(room)) - 1 - (1 << k)
        return max(self.outside.price(1 << k, whole[k]), self.outside.price(rest, sum(whole) - whole[k]))

    def _filled(self, room: Sequence[int], boxes: Sequence[Box], by: Sequence[int], most: int) -> bool:
        """One column after the other as full as whole units make it, with no more units outside their boxes than
        it takes for what is left to have room."""
        left = {n: self.problem.items[n].units for n in self.free}
        units = [dict(one) for one in self.forced]
        for place, k in enumerate(by):
            column, later = self.chosen[k], by[place + 1 :]
            if place:
                reach = Layers(self._spans(k, later, left, boxes), most)
            else:
                reach = self._first(k, boxes, most)
            grams = sum([column.weights[n] * want for n, want in left.items()])
            least = grams - sum([room[other] for other in later]) if self._alike() else 0
            for outside in range(len(reach.steps[0])):
                taken = reach.between(outside, least, room[k])
                if taken is not None:
                    break
            else:
                return False
            for n, take in zip(self.free, reach.units(outside, taken), strict=True):
                if take > column.caps[n]:
                    return False
                if take:
                    units[k][n] = take
                    left[n] -= take
            most = max(0, most - outside)
        if any(left.values()):
            return False
        self._leaf(units)
        return True

    def _poured(self, room: Sequence[int], boxes: Mapping[int, Box], order: Sequence[int], sign: int) -> bool:
        """Item by item: inside its box as the room goes, and only then beyond it."""
        left = list(room)
        units = [dict(one) for one in self.forced]
        for n in order:
            for k, least in enumerate(boxes[n].low):
                if least:
                    units[k][n] = least
                    left[k] -= least * self.chosen[k].weights[n]
        if min(left) < 0:
            return False
        for n in order:
            one = boxes[n]
            want = self.problem.items[n].units - sum(one.low)
            for most in (one.high, [column.caps[n] for column in self.chosen]) if one.step else (one.high,):
                for k in sorted(self.holders[n], key=lambda k: sign * left[k]):
                    if not want:
                        break
                    grams, have = self.chosen[k].weights[n], units[k].get(n, 0)
                    take = min(want, most[k] - have, left[k] // grams if grams else want)
                    if take > 0:
                        units[k][n] = have + take
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
