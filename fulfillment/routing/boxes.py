"""What units cost by themselves, whatever goes with them: goods, the risk of running out, a price a gram. Pure.

A column's next unit of an item never costs less than the one before (first what it can spare, then what it will
miss). So the cheapest ways of an item are all the ways between a least and a most of each column, and every unit
beyond those costs at least one step more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from fulfillment.routing.problem import Column, Problem


@dataclass(slots=True)
class Box:
    """The cheapest ways of an item: each column gives between `low` and `high`, in sum the item's units.

    `price` is what they cost; a unit outside costs `step` more at least (0: there is none outside).
    """

    price: int
    low: list[int]
    high: list[int]
    step: int


def box(problem: Problem, chosen: Sequence[Column], n: int, slopes: Sequence[int] = ()) -> Box:
    """The cheapest ways of an item's units from these columns, each with a price a gram on top."""
    if not problem.priced and not any(slopes):
        return Box(0, [0] * len(chosen), [column.caps[n] for column in chosen], 0)
    rows: list[tuple[int, int, int]] = []
    for k, column in enumerate(chosen):
        more = slopes[k] * column.weights[n] if slopes else 0
        for units, price in column.unit_prices(n) if problem.priced else ((column.caps[n], 0),):
            rows.append((price + more, k, units))
    rows.sort()
    left, total = problem.items[n].units, 0
    low, high = [0] * len(chosen), [0] * len(chosen)
    prices = []
    for price, alike in groupby(rows, lambda row: row[0]):
        prices.append(price)
        if left:
            low = high[:]
            there = 0
            for _, k, units in alike:
                high[k] += units
                there += units
            take = there if there < left else left
            total += take * price
            left -= take
    steps = [after - before for before, after in zip(prices, prices[1:], strict=False)]
    return Box(total, low, high, min(steps, default=0))


def least_step(boxes: Sequence[Box]) -> int:
    """The least a unit outside any of these boxes costs more."""
    return min([one.step for one in boxes if one.step], default=0)


class Outside:
    """What it costs at least that a part of the columns sends less than their cheapest ways would.

    In those a part sends `tight` grams at least; every unit less costs `step`, the heaviest first.
    """

    __slots__ = ("items", "known", "must", "step")

    def __init__(
        self,
        problem: Problem,
        chosen: Sequence[Column],
        free: Sequence[int],
        boxes: Sequence[Box],
        must: Sequence[int],
    ) -> None:
        """`must`: by part, the grams it has to send at any price."""
        self.step, self.must = least_step(boxes), must
        self.known: dict[int, tuple[int, list[tuple[int, int]]]] = {}
        self.items = []
        for n, one in zip(free, boxes, strict=True):
            grams = min([column.weights[n] for column in chosen if column.caps[n]])
            if grams:
                caps = [column.caps[n] for column in chosen]
                self.items.append((grams, problem.items[n].units, one.low, one.high, caps))
        self.items.sort(key=lambda item: -item[0])

    def _tight(self, part: int) -> tuple[int, list[tuple[int, int]]]:
        tight, relief = self.must[part], []
        inside = [k for k in range(len(self.must).bit_length() - 1) if part >> k & 1]
        for grams, need, low, high, caps in self.items:
            sends = need - sum(high)
            most = need - sum(caps)
            least = 0
            for k in inside:
                sends += high[k]
                most += caps[k]
                least += low[k]
            units = (sends if sends > least else least) - (most if most > 0 else 0)
            if units > 0:
                tight += units * grams
                relief.append((grams, units))
        return tight, relief

    def price(self, part: int, room: int) -> int:
        """What a part costs more when it has so much room, if that is enough for what it must send."""
        known = self.known.get(part)
        if known is None:
            known = self.known[part] = self._tight(part)
        over = known[0] - room
        if over <= 0:
            return 0
        count = 0
        for grams, units in known[1]:
            take = -(-over // grams)
            if take <= units:
                return (count + take) * self.step
            count += units
            over -= units * grams
        return count * self.step
