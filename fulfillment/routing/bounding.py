"""What orders that share scarce stock must cost together, whoever gives it to them. Pure.

A price is put on every unit of the levels they fight for (a Lagrangian relaxation): each order then answers alone,
paying it, and what all of them pay at least, less what the stock there is would earn, is a bound. Prices rise where
too much is wanted and fall where it is not, and the best bound met on the way counts.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from fulfillment.routing.ledger import Ledger, Level, Waiting
from fulfillment.routing.price import Budget, Sent
from fulfillment.routing.problem import Column, Problem
from fulfillment.routing.search import Search

# Beyond these the bound gains little.
ROUNDS = 40
STEPS = 400


@dataclass(slots=True)
class _One:
    """An order that is served: what it answers to the prices it was last asked at."""

    waiting: Waiting
    levels: frozenset[Level]
    low: int
    takes: Mapping[Level, int]


def least(served: Sequence[Waiting], ledger: Ledger, cost: int, until: float) -> int:
    """No way of serving exactly these orders costs less, in 10⁻¹¹ of the currency; `cost` is what they cost now.

    A level gives these orders all it has at most, whatever others take of it and whatever day it arrives.
    """
    ones = [_asked(one, ledger) for one in served]
    best = sum(one.low for one in ones)
    wanted: dict[Level, int] = defaultdict(int)
    for one in ones:
        for level, units in one.takes.items():
            wanted[level] += units
    left = {level: ledger.have(level) for level in set().union(*[one.levels for one in ones])}
    prices: dict[Level, int] = {}
    stride, stuck = 1.0, 0
    for _ in range(ROUNDS):
        over = {level: wanted[level] - left[level] for level in left}
        slope = {
            level: excess for level, excess in over.items() if excess > 0 or (excess and level in prices)
        }
        length = sum(excess * excess for excess in slope.values())
        if not length or best >= cost or monotonic() >= until:
            break
        bound = sum(one.low for one in ones) - sum(price * left[level] for level, price in prices.items())
        step = stride * (cost - bound) / length
        changed = set()
        for level, excess in slope.items():
            price = max(0, prices.get(level, 0) + round(step * excess))
            if price != prices.get(level, 0):
                changed.add(level)
            if price:
                prices[level] = price
            else:
                prices.pop(level, None)
        for one in ones:
            if monotonic() >= until:
                return best
            if one.levels & changed:
                for level, units in one.takes.items():
                    wanted[level] -= units
                _ask(one, prices, ledger)
                for level, units in one.takes.items():
                    wanted[level] += units
        bound = sum(one.low for one in ones) - sum(price * left[level] for level, price in prices.items())
        if bound > best:
            best, stuck = bound, 0
        else:
            stuck += 1
            if stuck == 3:
                stride, stuck = stride / 2, 0
    return best


def _asked(one: Waiting, ledger: Ledger) -> _One:
    problem = one.seen.problem
    levels = {
        (column.location.code, sku)
        for column in problem.columns
        for item, cap in zip(problem.items, column.caps, strict=True)
        if cap
        for sku, _ in item.needs
    } | {(column.location.code, "") for column in problem.columns if ledger.limited(column.location.code)}
    low = (one.alone.low or 0) >> problem.shift
    return _One(one, frozenset(levels), low, _takes(one, one.alone.chosen, one.alone.sent, ledger))


def _ask(one: _One, prices: Mapping[Level, int], ledger: Ledger) -> None:
    """What it sends from where, and costs at least, with these prices on what it takes."""
    problem = one.waiting.seen.problem
    mine = {level: prices[level] << problem.shift for level in one.levels if level in prices}
    if not mine:
        alone = one.waiting.alone
        one.low = (alone.low or 0) >> problem.shift
        one.takes = _takes(one.waiting, alone.chosen, alone.sent, ledger)
        return
    columns = []
    for column in problem.columns:
        code = column.location.code
        more = [
            sum(each * mine.get((code, sku), 0) for sku, each in item.needs) if cap else 0
            for item, cap in zip(problem.items, column.caps, strict=True)
        ]
        day = mine.get((code, ""), 0)
        if any(more) or day:
            goods = [a + b for a, b in zip(column.goods, more, strict=True)]
            column = replace(column, goods=goods, fixed=column.fixed + day, lines={})
        columns.append(column)
    asked = Problem(problem.items, columns, problem.score, problem.shift, problem.shared)
    found = Search(asked, Budget(STEPS)).run()
    low = found.low if found.low is not None else one.waiting.alone.low
    one.low = (low or 0) >> problem.shift
    one.takes = _takes(one.waiting, found.chosen, found.sent, ledger)


def _takes(
    one: Waiting, chosen: tuple[Column, ...] | None, sent: Sent | None, ledger: Ledger
) -> Mapping[Level, int]:
    if chosen is None or sent is None:
        return {}
    return {level: units for level, (units, _) in ledger.takes(one.seen, chosen, sent).items()}
