"""What a unit costs by itself: its goods, and the risk that its location runs out of what it sells. Pure."""

from collections.abc import Sequence
from math import ceil

from fulfillment.routing.strategy import Weights
from fulfillment.routing.types import LocationState

# (units of a component in one of an item, units of it that may be taken without risk).
Spare = tuple[int, int]


def free(location: LocationState, sku: str, weights: Weights) -> int:
    """Units the location can give without touching what it sells in the weeks to cover."""
    have, weekly = location.stock.get(sku, 0), location.weekly_demand.get(sku)
    return max(0, have - ceil(weekly * weights.cover_weeks)) if weekly else have


def risks(
    location: LocationState,
    wanted: Sequence[tuple[int, Sequence[tuple[str, int]]]],
    shared: Sequence[tuple[str, int]],
    weights: Weights,
) -> tuple[list[list[Spare]], list[int]]:
    """What may be taken without risk: by item of (units, components), and by shared SKU of (SKU, units).

    Nothing at all where the order is too small to matter to this location.
    """
    takers = {sku for sku, _ in shared}
    spare = [
        [(each, free(location, sku, weights)) for sku, each in needs if sku not in takers]
        for _, needs in wanted
    ]
    of_shared = [free(location, sku, weights) for sku, _ in shared]
    if all(have >= units for have, (_, units) in zip(of_shared, shared, strict=True)) and all(
        have >= each * units for (units, _), rows in zip(wanted, spare, strict=True) for each, have in rows
    ):
        return [], []
    return spare, of_shared


def steps(cap: int, goods: int, risk: Sequence[Spare], at_risk: int) -> list[tuple[int, int]]:
    """(units, price of each) of an item up to `cap`, the cheapest first: the more is taken, the more is missed."""
    if not cap:
        return []
    if not risk:
        return [(cap, goods)]
    if len(risk) == 1 and risk[0][0] == 1:
        spare = min(cap, risk[0][1])
        return [row for row in ((spare, goods), (cap - spare, goods + at_risk)) if row[0]]
    found: list[tuple[int, int]] = []
    before = 0
    for units in range(1, cap + 1):
        missed = sum([max(0, each * units - have) for each, have in risk])
        price = goods + at_risk * (missed - before)
        before = missed
        if found and found[-1][1] == price:
            found[-1] = found[-1][0] + 1, price
        else:
            found.append((1, price))
    return found
