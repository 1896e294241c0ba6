"""Which locations, by which rates: branch and bound over sets of columns. Pure.

A set must hold enough of everything; where it does not, one of the columns that have what is missing must
join, and the branches are who joins first. A set that does is priced by `assign`, and may still gain from one
more. A branch is left when no set in it can beat the best found: every column costs at least its fixed part
and its curve's intercept at a price a gram, every gram that price, every item missing the cheapest who has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fulfillment.routing import assign
from fulfillment.routing.assign import Budget, Sent
from fulfillment.routing.problem import Column, Problem

# Prices a gram the bound is taken at, the best of them counts.
SLOPES = 3


@dataclass(slots=True)
class Looked:
    """A set that was priced: what it sends, or only what it costs at least (None: it cannot)."""

    chosen: tuple[Column, ...]
    sent: Sent | None
    low: int | None


@dataclass(slots=True)
class Found:
    """The best set and its bound; equal, it is proven. `looked` are all sets priced on the way."""

    chosen: tuple[Column, ...] | None
    sent: Sent | None
    low: int | None
    looked: list[Looked]

    @property
    def exact(self) -> bool:
        return self.sent is None or (self.low is not None and self.sent.score <= self.low)


@dataclass(slots=True)
class Search:
    problem: Problem
    budget: Budget
    best: Sent | None = None
    chosen: tuple[Column, ...] | None = None
    open: int | None = None  # the least bound of what was not searched to the end
    looked: list[Looked] = field(default_factory=list)
    seen: set[tuple[int, ...]] = field(default_factory=set)
    holders: list[int] = field(default_factory=list)
    at_site: dict[int, int] = field(default_factory=dict)
    slopes: list[int] = field(default_factory=list)
    adds: list[tuple[int, ...]] = field(default_factory=list)  # by column: what it adds to each bound
    cheap: list[list[int]] = field(default_factory=list)  # by slope: columns, the cheapest first
    weight: int = 0
    floor: int = 0

    def run(self) -> Found:
        problem = self.problem
        columns = problem.columns
        self.holders = [
            sum(1 << c for c, column in enumerate(columns) if column.mask >> row & 1)
            for row in range(len(problem.need))
        ]
        for c, column in enumerate(columns):
            self.at_site[column.site] = self.at_site.get(column.site, 0) | 1 << c
        self._bounds()
        everything = (1 << len(columns)) - 1
        self._start(everything)
        self._visit((), (0,) * len(self.slopes), 0, everything)
        low = None if self.best is None else self.best.score
        if self.open is not None:
            low = self.open if low is None else min(low, self.open)
        return Found(self.chosen, self.best, low, self.looked)

    # Bounds

    def _bounds(self) -> None:
        problem, columns = self.problem, self.problem.columns
        priced = problem.priced
        for n, item in enumerate(problem.items):
            holding = [column for column in columns if column.caps[n]]
            self.weight += item.units * min([column.weights[n] for column in holding], default=0)
            if priced and holding:
                self.floor += item.units * min(column.goods[n] for column in holding)
        most = [
            sum([cap * grams for cap, grams in zip(column.caps, column.weights, strict=True)])
            for column in columns
        ]
        slopes = {0}
        for part in (1, 2, 4):
            slopes.update(self._slopes(max(1, self.weight // part), most))
        for slope in sorted(slopes, reverse=True):
            adds = [
                column.fixed + column.curve.intercept(slope, top)
                for column, top in zip(columns, most, strict=True)
            ]
            if min(adds, default=0) >= 0 and (len(self.slopes) < SLOPES or not slope):
                self.slopes.append(slope)
                self.cheap.append(sorted(range(len(columns)), key=adds.__getitem__))
                self.adds = [
                    (*old, add) for old, add in zip(self.adds or [()] * len(adds), adds, strict=True)
                ]

    def _slopes(self, grams: int, most: Sequence[int]) -> list[int]:
        """What a gram costs at so many grams on average beyond the first, where that is cheapest."""
        found = []
        for column, top in zip(self.problem.columns, most, strict=True):
            at = min(grams, top)
            if at:
                found.append(
                    (column.fixed + column.curve.low(at), (column.curve.low(at) - column.curve.low(0)) // at)
                )
        return [slope for _, slope in sorted(found)[:1]]

    def _bound(self, adds: tuple[int, ...], days: int, allowed: int, short: Sequence[int]) -> int | None:
        """No set that goes on from here costs less; None where there is none."""
        apart: list[int] = []
        taken = 0
        for row in short:
            holding = self.holders[row] & allowed
            if not holding:
                return None
            if not holding & taken:
                apart.append(holding)
                taken |= holding
        score = self.problem.score
        best = -1
        for n, slope in enumerate(self.slopes):
            total = adds[n] + slope * self.weight
            for holding in apart:
                for column in self.cheap[n]:
                    if holding >> column & 1:
                        total += self.adds[column][n]
                        break
            best = max(best, total)
        return best + self.floor + ((score.day * days - score.shipment) << self.problem.shift)

    def _short(self, chosen: Sequence[int]) -> list[int]:
        """Rows not covered yet, those with the fewest holders first."""
        short = self.problem.short([self.problem.columns[c] for c in chosen])
        short.sort(key=lambda row: (self.holders[row].bit_count(), row))
        return short

    # The search

    def _start(self, everything: int) -> None:
        """A good set to begin with: the cheapest column that has it all, else greedily what covers most."""
        columns = self.problem.columns
        full = (1 << len(self.problem.need)) - 1
        alone = [c for c, column in enumerate(columns) if column.full == full]
        for c in alone:
            self._price((c,))
        if alone:
            return
        for slope in range(len(self.slopes)):
            chosen: list[int] = []
            allowed = everything
            while short := self._short(chosen):
                pick = self._most(chosen, short, allowed, slope)
                if pick is None:
                    return
                chosen.append(pick)
                allowed &= ~self.at_site[columns[pick].site]
            for c in sorted(chosen, key=lambda c: -self.adds[c][slope]):
                rest = [other for other in chosen if other != c]
                if rest and not self.problem.short([columns[other] for other in rest]):
                    chosen = rest
            self._price(tuple(sorted(chosen)))

    def _most(self, chosen: Sequence[int], short: Sequence[int], allowed: int, slope: int) -> int | None:
        """The column that covers the most of what is missing for what it adds."""
        columns, count = self.problem.columns, len(self.problem.items)
        missing = []
        for row in short:
            have = sum(columns[c].caps[row] if row < count else columns[c].spare[row - count] for c in chosen)
            missing.append((row, self.problem.need[row] - have, self.problem.need[row]))
        best: tuple[float, int] | None = None
        for c, column in enumerate(columns):
            if not allowed >> c & 1:
                continue
            gain = 0.0
            for row, left, need in missing:
                have = column.caps[row] if row < count else column.spare[row - count]
                gain += min(have, left) / need
            if gain and (best is None or self.adds[c][slope] / gain < best[0]):
                best = self.adds[c][slope] / gain, c
        return None if best is None else best[1]

    def _price(self, chosen: tuple[int, ...]) -> None:
        """Price a set of columns once; it becomes the best where it is."""
        if chosen in self.seen:
            return
        self.seen.add(chosen)
        columns = tuple(self.problem.columns[c] for c in chosen)
        upper = None if self.best is None else self.best.score
        answer = assign.best(self.problem, columns, upper, self.budget)
        self.looked.append(Looked(columns, answer.sent, answer.low))
        if answer.sent is not None and not answer.sent.spare:
            self.best, self.chosen = answer.sent, columns
        proven = answer.sent.score if answer.sent is not None else upper
        if answer.low is not None and (proven is None or answer.low < proven):
            self.open = answer.low if self.open is None else min(self.open, answer.low)

    def _visit(self, chosen: tuple[int, ...], adds: tuple[int, ...], days: int, allowed: int) -> None:
        short = self._short(chosen)
        bound = self._bound(adds, days, allowed, short)
        if bound is None or (self.best is not None and bound >= self.best.score):
            return
        if not self.budget.spend():
            self.open = bound if self.open is None else min(self.open, bound)
            return
        if short:
            joining = min((self.holders[row] & allowed for row in short), key=int.bit_count)
        else:
            if chosen:
                self._price(tuple(sorted(chosen)))
            joining = allowed
        columns = self.problem.columns
        for c in self.cheap[0]:
            if joining >> c & 1:
                allowed &= ~(1 << c)
                self._visit(
                    (*chosen, c),
                    tuple([a + b for a, b in zip(adds, self.adds[c], strict=True)]),
                    max(days, columns[c].days),
                    allowed & ~self.at_site[columns[c].site],
                )
