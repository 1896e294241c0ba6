"""A strategy as one whole number a way of sending: the lower, the better. Pure.

Weighted: money in 10⁻¹¹ of the currency (prices in 10⁻⁷ times factors of 4 decimals). Lexicographic: every
objective is a digit of its own in a number of so large a base that no lower one can carry into it. Python's
whole numbers have no limit, so both are exact and one search serves both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from fulfillment.routing.strategy import Strategy, Weights
from fulfillment.routing.tariff import fine
from oms.core.money import CONTEXT

_FACTOR = 10**4
# Above any sum of one objective: 10¹⁵ of the currency in 10⁻¹¹.
BASE = 10**26
# Objectives that are money; all others are counted.
UNITS: Mapping[str, int] = {"cost": 10**11, "shipping": 10**7, "handling": 10**7, "goods": 10**7}


@dataclass(frozen=True, slots=True)
class Score:
    """What each thing adds. `price`, `handling` and `goods` are factors on 10⁻⁷ of the currency."""

    price: int = 0
    handling: int = 0
    parcel: int = 0
    shipment: int = 0
    late_day: int = 0
    unit_at_risk: int = 0
    km: int = 0
    day: int = 0
    priority: int = 0
    goods: int = 0

    def plus(self, other: "Score", times: int) -> "Score":
        return Score(*[a + times * b for a, b in zip(_parts(self), _parts(other), strict=True)])


def _parts(score: Score) -> tuple[int, ...]:
    return (
        score.price,
        score.handling,
        score.parcel,
        score.shipment,
        score.late_day,
        score.unit_at_risk,
        score.km,
        score.day,
        score.priority,
        score.goods,
    )


def _factor(weight: Decimal) -> int:
    return int(CONTEXT.scaleb(CONTEXT.quantize(weight, Decimal("0.0001")), 4))


def weighed(weights: Weights) -> Score:
    return Score(
        price=_factor(weights.shipping),
        handling=_FACTOR,
        shipment=fine(weights.split_per_parcel) * _FACTOR,
        late_day=fine(weights.late_per_day) * _FACTOR,
        unit_at_risk=fine(weights.stockout_per_unit) * _FACTOR,
        km=fine(weights.per_km) * _FACTOR,
        day=fine(weights.per_day) * _FACTOR,
        priority=fine(weights.per_priority) * _FACTOR,
        goods=_factor(weights.goods),
    )


_SINGLE: Mapping[str, Score] = {
    "shipments": Score(shipment=1),
    "parcels": Score(parcel=1),
    "shipping": Score(price=1),
    "handling": Score(handling=1),
    "distance": Score(km=1),
    "days": Score(day=1),
    "lateness": Score(late_day=1),
    "stockout": Score(unit_at_risk=1),
    "priority": Score(priority=1),
    "goods": Score(goods=1),
}


@lru_cache(maxsize=256)
def levels(strategy: Strategy) -> tuple[Score, ...]:
    """One score an objective, the first the weightiest. Raises ValueError for an unknown objective or none,
    and for a weight below nought."""
    weights = strategy.weights
    if any(getattr(weights, name) < 0 for name in Weights.__dataclass_fields__):
        raise ValueError("A weight is not below nought.")
    if strategy.kind == "weighted":
        return (weighed(weights),)
    if not strategy.objectives:
        raise ValueError("A lexicographic strategy names an objective.")
    found = []
    for name in strategy.objectives:
        if name != "cost" and name not in _SINGLE:
            raise ValueError(f"There is no objective {name}.")
        found.append(weighed(weights) if name == "cost" else _SINGLE[name])
    return tuple(found)


@lru_cache(maxsize=256)
def units(strategy: Strategy) -> tuple[int, ...]:
    """By level, how many of its whole numbers are one of what it counts (money, or shipments, days, units)."""
    if strategy.kind == "weighted":
        return (UNITS["cost"],)
    return tuple(UNITS.get(name, 1) for name in strategy.objectives)


def digits(whole: int, count: int) -> list[int]:
    """A number of all levels taken apart, the weightiest first; each may be below nought."""
    found = []
    for _ in range(count - 1):
        digit = (whole + BASE // 2) % BASE - BASE // 2
        found.append(digit)
        whole = (whole - digit) // BASE
    return [whole, *found[::-1]]


def joined(parts: Sequence[int]) -> int:
    """One number of all levels."""
    whole = 0
    for part in parts:
        whole = whole * BASE + part
    return whole


@lru_cache(maxsize=256)
def of(strategy: Strategy) -> Score:
    """All levels in one number."""
    whole = Score()
    for level in levels(strategy):
        whole = Score().plus(whole, BASE).plus(level, 1)
    return whole
