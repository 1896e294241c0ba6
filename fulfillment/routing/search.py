"""Which locations, by which rates: branch and bound over sets of columns. Pure.

A set must hold enough of everything; where it does not, one of the columns that have what is missing must
join, and the branches are who joins first. A set that does is priced by `assign`, and may still gain from one
more. A branch is left when no set in it can beat the best found: every column costs at least its fixed part
and its curve's intercept at a price a gram, every gram that price, every item missing the cheapest who has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import add

from fulfillment.routing import assign
from fulfillment.routing.price import Budget, Sent
from fulfillment.routing.problem import Column, Problem


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
    shift: int = 0
    cut: bool = False  # sets were left unlooked at

    @property
    def exact(self) -> bool:
        """Whether nothing is better; how a tie is broken does not count."""
        if self.sent is None:
            return True
        return self.low is not None and self.sent.score >> self.shift <= self.low >> self.shift


@dataclass(slots=True)
class Search:
    problem: Problem
    budget: Budget
    best: Sent | None = None
    chosen: tuple[Column, ...] | None = None
    open: int | None = None  # the least bound of what was not searched to the end
    looked: list[Looked] = field(default_factory=list)
    later: list[Looked] = field(default_factory=list)
    seen: set[tuple[int, ...]] = field(default_factory=set)
    holders: list[int] = field(default_factory=list)
    at_site: dict[int, int] = field(default_factory=dict)
    adds: list[tuple[int, ...]] = field(default_factory=list)  # by column: what it adds to each bound
    cheap: list[list[int]] = field(default_factory=list)  # by slope: columns, the cheapest first
    floor: int = 0
    cut: bool = False
    gains: list[int] = field(default_factory=list)  # by slope: what all columns that gain come to
    plus: list[tuple[int, ...]] = field(default_factory=list)  # by column: `adds` where it is no gain
    ahead: list[int] = field(default_factory=list)  # by slope: what any set has before its columns

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
        self._visit((), (0,) * len(self.problem.slopes), 0, everything)
        self._again()
        low = None if self.best is None else self.best.score
        if self.open is not None:
            low = self.open if low is None else min(low, self.open)
        return Found(self.chosen, self.best, low, self.looked, self.problem.shift, self.cut)

    # Bounds

    def _bounds(self) -> None:
        problem, columns = self.problem, self.problem.columns
        self.floor = problem.floor
        self.adds = [
            tuple([column.fixed + column.curve.intercept(slope, column.most) for slope in problem.slopes])
            for column in columns
        ]
        for n in range(len(problem.slopes)):
            self.cheap.append(sorted(range(len(columns)), key=lambda c: self.adds[c][n]))
            # A steep price a gram makes a column with much room a gain: it may join any set.
            least: dict[int, int] = {}
            for column, adds in zip(columns, self.adds, strict=True):
                least[column.site] = min(adds[n], least.get(column.site, 0))
            self.gains.append(sum(least.values()))
        self.plus = [tuple([part if part > 0 else 0 for part in adds]) for adds in self.adds]
        sure = self.floor - (problem.score.shipment << problem.shift)
        self.ahead = [
            slope * problem.grams + gain + sure
            for slope, gain in zip(problem.slopes, self.gains, strict=True)
        ]

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
        for n, slope in enumerate(self.problem.slopes):
            total = adds[n] + slope * self.problem.grams + self.gains[n]
            for holding in apart:
                for column in self.cheap[n]:
                    if holding >> column & 1:
                        total += max(0, self.adds[column][n])
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
        for soon in (False, True):
            chosen: list[int] = []
            allowed = everything
            while short := self._short(chosen):
                pick = self._most(chosen, short, allowed, soon)
                if pick is None:
                    break
                chosen.append(pick)
                allowed &= ~self.at_site[columns[pick].site]
            if self._short(chosen):
                continue
            for c in sorted(chosen, key=lambda c: -columns[c].fixed):
                rest = [other for other in chosen if other != c]
                if rest and not self.problem.short([columns[other] for other in rest]):
                    chosen = rest
            self._price(tuple(sorted(chosen)))
        self._other_rates(everything)

    def _other_rates(self, everything: int) -> None:
        """The best set again with another rate of one of its locations, as long as that helps."""
        columns = self.problem.columns
        for _ in range(3):
            before = self.best
            if self.chosen is None:
                return
            now = [columns.index(column) for column in self.chosen]
            for place, c in enumerate(now):
                same = self.at_site[columns[c].site] & everything & ~(1 << c)
                for other in range(len(columns)):
                    if same >> other & 1:
                        changed = [*now[:place], other, *now[place + 1 :]]
                        if not self._short(changed):
                            self._price(tuple(sorted(changed)))
            if self.best is before:
                return

    def _most(self, chosen: Sequence[int], short: Sequence[int], allowed: int, soon: bool) -> int | None:
        """The column that covers most of what is missing for what sending it costs; `soon`: none that is late
        where another is not."""
        columns, count = self.problem.columns, len(self.problem.items)
        missing = []
        for row in short:
            have = sum(
                [columns[c].caps[row] if row < count else columns[c].spare[row - count] for c in chosen]
            )
            missing.append((row, self.problem.need[row] - have))
        best: tuple[bool, float] | None = None
        pick = None
        for c, column in enumerate(columns):
            if not allowed >> c & 1 or not any(column.mask >> row & 1 for row, _ in missing):
                continue
            gain, grams = 0.0, 0
            for row, left in missing:
                have = column.caps[row] if row < count else column.spare[row - count]
                take = have if have < left else left
                gain += take / left
                if row < count:
                    grams += take * column.weights[row]
            one = soon and column.late_days > 0, (column.fixed + column.curve.low(grams)) / gain
            if best is None or one < best:
                best, pick = one, c
        return pick

    def _price(self, chosen: tuple[int, ...]) -> None:
        """Price a set of columns once; it becomes the best where it is."""
        if chosen in self.seen:
            return
        self.seen.add(chosen)
        columns = tuple([self.problem.columns[c] for c in chosen])
        upper = None if self.best is None else self.best.score
        answer = assign.best(
            self.problem, columns, upper, self.budget, self.problem.priced and len(chosen) > 2
        )
        one = Looked(columns, answer.sent, answer.low)
        self.looked.append(one)
        self._take(one)
        proven = answer.sent.score if answer.sent is not None else upper
        if answer.low is not None and (proven is None or answer.low < proven):
            self.later.append(one)

    def _take(self, one: Looked) -> None:
        if (
            one.sent is not None
            and not one.sent.spare
            and (self.best is None or one.sent.score < self.best.score)
        ):
            self.best, self.chosen = one.sent, one.chosen

    def _again(self) -> None:
        """What was left open at first sight, the most promising first; most of it is too dear by now."""
        self.later.sort(key=lambda one: one.low or 0)
        for one in self.later:
            upper = None if self.best is None else self.best.score
            if one.low is None or (upper is not None and one.low >= upper):
                continue
            if self.problem.priced and len(one.chosen) > 2:
                answer = assign.best(self.problem, one.chosen, upper, self.budget)
                if answer.sent is not None:
                    one.sent = answer.sent
                if answer.low is not None:
                    one.low = max(one.low, answer.low)
                self._take(one)
            if self.best is None or one.low < self.best.score:
                self.open = one.low if self.open is None else min(self.open, one.low)

    def _too_dear(self, chosen: Sequence[int], bound: int) -> bool:
        """Whether what its units cost by themselves rules out a set, without a look at its curves."""
        if not self.problem.priced or self.best is None:
            return False
        columns = tuple([self.problem.columns[c] for c in sorted(chosen)])
        low = bound - self.floor + self.problem.unit_floor(columns)
        if low < self.best.score:
            return False
        self.looked.append(Looked(columns, None, low))
        return True

    def _visit(self, chosen: tuple[int, ...], adds: tuple[int, ...], days: int, allowed: int) -> None:
        short = self._short(chosen)
        bound = self._bound(adds, days, allowed, short)
        if bound is None or (self.best is not None and bound >= self.best.score):
            return
        if not self.budget.spend():
            self.cut = True
            self.open = bound if self.open is None else min(self.open, bound)
            return
        if short:
            joining = min((self.holders[row] & allowed for row in short), key=int.bit_count)
        else:
            if chosen and not self._too_dear(chosen, bound):
                self._price(tuple(sorted(chosen)))
            joining = allowed
        columns, ahead, plus = self.problem.columns, self.ahead, self.plus
        for c in self.cheap[0]:
            if joining >> c & 1:
                allowed &= ~(1 << c)
                joined = tuple(map(add, adds, plus[c]))
                if self.best is not None and max(map(add, joined, ahead)) >= self.best.score:
                    continue
                later = max(days, columns[c].days)
                self._visit((*chosen, c), joined, later, allowed & ~self.at_site[columns[c].site])
