"""Which units come from which column, once the columns are chosen. Pure.

Prices go by steps, so the columns' weights hang together: a unit more here may start a dearer step there.
For every combination of pieces of the columns' curves the cost is what the pieces start from plus a price a
unit, and the weights have room up to the pieces' ends; combinations are taken cheapest first, and in each the
items' distributions are searched depth first. What is found is priced by what its parcels really cost; the
search ends when no combination left could be better. That is exact unless the budget ran out, and it says so.
"""

from collections.abc import Sequence
from itertools import permutations

from fulfillment.routing import pieces
from fulfillment.routing.filling import Filling
from fulfillment.routing.pieces import Combinations, Pieces
from fulfillment.routing.price import Answer, Budget, Sent, constant, fits, price, priced
from fulfillment.routing.problem import Column, Problem

# Combinations looked at for one set of columns.
WALK = 600


def best(
    problem: Problem, chosen: Sequence[Column], upper: int | None, budget: Budget, brief: bool = False
) -> Answer:
    """The cheapest way to send everything from these columns, if it is below `upper`.

    A way that leaves a column empty is found too (`spare`): fewer columns do the same for less. `brief`: only
    as far as it goes at first sight.
    """
    if len(chosen) == 1:
        return _alone(problem, chosen[0], upper)
    if upper is not None:
        least = pieces.floor(problem, chosen, pieces.leasts(problem, chosen))
        if problem.priced:
            least += problem.unit_floor(chosen)
        if constant(problem, chosen) + least >= upper:
            return Answer(None, upper)
    return _Work(problem, chosen, budget, brief=brief).run(upper)


def _alone(problem: Problem, column: Column, upper: int | None) -> Answer:
    if problem.shared and not fits(problem, [column], [[item.units for item in problem.items]]):
        return Answer(None, None)
    units = {n: item.units for n, item in enumerate(problem.items)}
    score = constant(problem, [column]) + price(problem, column, units)
    return Answer(Sent(score, [units]) if upper is None or score < upper else None, score)


class _Work(Filling):
    """Walks the combinations of one set of columns."""

    __slots__ = ()

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
        boxes, least = self._boxes((0,) * len(chosen))
        for k, units in enumerate(self.forced):
            least += sum([priced(problem, chosen[k], n, count) for n, count in units.items()])
        combinations = Combinations(problem, chosen, self.base + least, self.free, boxes)
        self.outside = combinations.outside
        if upper is not None and combinations.floor() >= upper:
            return Answer(None, upper)
        self.free.sort(
            key=lambda n: -problem.items[n].units * max(chosen[k].weights[n] for k in self.holders[n])
        )
        self.boxes.clear()
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

    def _search(self, combinations: Combinations) -> Answer:
        combinations.upper = self.upper
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
            true = max(true, bound)
            if self.upper is not None and true >= self.upper:
                continue
            if not self.fill(places, start, true):
                low = true if low is None else min(low, true)
            combinations.upper = self.upper
        if self.upper is not None:
            low = self.upper if low is None else min(low, self.upper)
        return Answer(self.found, low)

    def _bound(self, places: Pieces) -> tuple[int, int]:
        """What these pieces cost at least, and of that what is left when the free items are taken out."""
        slopes = self._slopes(places)
        start = self.base + sum([c.curve.consts[at] for c, at in zip(self.chosen, places, strict=True)])
        if not self.problem.priced and not any(slopes):
            return start, start
        for k, units in enumerate(self.forced):
            start += sum(self._cost(k, n, count, slopes[k]) for n, count in units.items())
        return start + self._boxes(slopes)[1], start
