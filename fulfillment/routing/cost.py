"""What a way of sending costs, part by part, in the company's currency. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from fulfillment.routing import tariff
from fulfillment.routing.problem import Column, Item
from fulfillment.routing.strategy import Strategy, Weights
from fulfillment.routing.tariff import fine, money
from fulfillment.routing.trace import Cost, Package
from fulfillment.routing.unit_prices import free
from oms.core.money import CONTEXT

_FINE = Decimal("0.0001")
# By column: units of each item.
Units = Sequence[Mapping[int, int]]


def packages(column: Column, units: Mapping[int, int], items: Sequence[Item]) -> tuple[Package, ...]:
    """The real parcels of what a column sends, each priced by itself."""
    content = [(item, column.weights[item], count) for item, count in units.items()]
    return tuple(
        Package(
            parcel.grams,
            money(column.tariff.price(parcel.grams)),
            tuple((items[item].sku, count) for item, count in parcel.units.items()),
        )
        for parcel in tariff.pack(column.tariff, column.curve, content)
    )


def at_risk(column: Column, units: Mapping[int, int], items: Sequence[Item], weights: Weights) -> int:
    """Units taken out of what the location sells in the weeks to cover."""
    taken: dict[str, int] = {}
    for item, count in units.items():
        for sku, each in items[item].needs:
            taken[sku] = taken.get(sku, 0) + each * count
    return sum(max(0, count - free(column.location, sku, weights)) for sku, count in taken.items())


def goods(column: Column, units: Mapping[int, int], items: Sequence[Item]) -> int:
    """What the units stand in the books at, in 10⁻⁷."""
    known = column.location.unit_cost
    return sum(
        count * sum(each * fine(known.get(sku, Decimal(0))) for sku, each in items[item].needs)
        for item, count in units.items()
    )


def breakdown(
    columns: Sequence[Column], units: Units, items: Sequence[Item], strategy: Strategy
) -> tuple[Cost, dict[str, str]]:
    """The parts in money by the strategy's weights, and the figures of a lexicographic one's objectives."""
    weights = strategy.weights
    parcels = [packages(column, sent, items) for column, sent in zip(columns, units, strict=True)]
    shipping = sum((parcel.price for those in parcels for parcel in those), Decimal(0))
    handling = sum(
        (
            (weights.handling_per_parcel if c.location.handling is None else c.location.handling) * len(those)
            for c, those in zip(columns, parcels, strict=True)
        ),
        Decimal(0),
    )
    late = sum(column.late_days for column in columns)
    km = sum(column.km or 0 for column in columns)
    days = max((column.days for column in columns), default=0)
    priority = sum(max(0, column.location.priority) for column in columns)
    risk = sum(at_risk(c, sent, items, weights) for c, sent in zip(columns, units, strict=True))
    worth = money(sum(goods(c, sent, items) for c, sent in zip(columns, units, strict=True)))
    cost = Cost(
        *[
            CONTEXT.quantize(part, _FINE)
            for part in (
                shipping * weights.shipping,
                handling,
                weights.split_per_parcel * max(0, len(columns) - 1),
                weights.late_per_day * late,
                weights.stockout_per_unit * risk,
                weights.per_km * km,
                weights.per_day * days,
                weights.per_priority * priority,
                worth * weights.goods,
            )
        ]
    )
    if strategy.kind == "weighted":
        return cost, {}
    figures = {
        "cost": cost.total,
        "shipments": len(columns),
        "parcels": sum(map(len, parcels)),
        "shipping": shipping,
        "handling": handling,
        "distance": km,
        "days": days,
        "lateness": late,
        "stockout": risk,
        "priority": priority,
        "goods": worth,
    }
    return cost, {name: str(figures[name]) for name in strategy.objectives}
