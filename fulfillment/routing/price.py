"""What a way of sending really costs in the strategy's score, parcels packed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from fulfillment.routing import tariff
from fulfillment.routing.problem import Column, Problem


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


def fits(problem: Problem, chosen: Sequence[Column], sent: Sequence[Sequence[int]]) -> bool:
    return all(
        sum(each * units[item] for item, each in takers) <= column.spare[n]
        for n, (_, takers, _) in enumerate(problem.shared)
        for column, units in zip(chosen, sent, strict=True)
    )
