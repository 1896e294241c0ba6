"""What counts: a price for every drawback, or an order of objectives. Pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Objective = Literal[
    "cost", "shipments", "parcels", "shipping", "handling", "distance", "days", "lateness", "stockout",
    "priority", "goods",
]  # fmt: skip
OBJECTIVES: tuple[Objective, ...] = (
    "cost", "shipments", "parcels", "shipping", "handling", "distance", "days", "lateness", "stockout",
    "priority", "goods",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weights:
    """What each drawback is worth in the company's currency; at most 4 decimals, none below nought.

    A real parcel packed (`handling_per_parcel`, where the location names no figure of its own), a location
    beyond the first (`split_per_parcel`), a started late day of one location's parcel, a unit taken out of
    what its location sells in the next `cover_weeks`, a kilometre of one location's parcel, a day until the
    last parcel arrives, a step of a location's priority number. `shipping` and `goods` are factors on the
    carrier's price and on what the units stand in the books at (1: margin is what is left).
    """

    handling_per_parcel: Decimal = Decimal("3.00")
    split_per_parcel: Decimal = Decimal("10.00")
    late_per_day: Decimal = Decimal("15.00")
    shipping: Decimal = Decimal(1)
    stockout_per_unit: Decimal = Decimal(0)
    cover_weeks: Decimal = Decimal(4)
    per_km: Decimal = Decimal(0)
    per_day: Decimal = Decimal(0)
    per_priority: Decimal = Decimal(0)
    goods: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Strategy:
    """`weighted`: the least sum of the weighted drawbacks. `lexicographic`: the best by the first objective,
    among those the best by the second, and so on; money in the trace is by the weights all the same.

    `cost` is the weighted sum; `shipments` are locations that send, `parcels` what they really pack;
    `distance` is the sum over shipments in km, `days` until the last one arrives, `lateness` the sum of late
    days, `stockout` units out of the cover, `priority` the sum of the locations' numbers, `goods` book value.
    """

    kind: Literal["weighted", "lexicographic"] = "weighted"
    weights: Weights = Weights()
    objectives: tuple[Objective, ...] = ("cost",)
    name: str = ""
