"""The rules of the field. Each says what every location sends: {location: {line id: units}}."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from fulfillment.routing import Demand, LocationState, Order
from fulfillment.routing.distance import km

Split = dict[str, dict[str, int]]


def in_turn(order: Order, ranked: Callable[[Demand], Sequence[LocationState]]) -> Split:
    """Every line from the locations in their turn, as much as each has: the loop all greedy rules share."""
    split: Split = defaultdict(dict)
    for line in order.lines:
        left = line.quantity
        for place in ranked(line):
            take = min(left, place.stock.get(line.sku, 0))
            if take:
                split[place.code][line.line_id] = take
                left -= take
            if not left:
                break
    return split


def away(order: Order, place: LocationState) -> int:
    return km(place.latitude, place.longitude, order.address.latitude, order.address.longitude) or 0


def magento_priority(order: Order, places: Sequence[LocationState]) -> Split:
    ranked = sorted(places, key=lambda place: (place.priority, place.code))
    return in_turn(order, lambda _: ranked)


def magento_distance(order: Order, places: Sequence[LocationState]) -> Split:
    ranked = sorted(places, key=lambda place: (away(order, place), place.code))
    return in_turn(order, lambda _: ranked)


def saleor_high_stock(order: Order, places: Sequence[LocationState]) -> Split:
    return in_turn(order, lambda line: sorted(places, key=lambda p: (-p.stock.get(line.sku, 0), p.code)))


def vendure_first(order: Order, places: Sequence[LocationState]) -> Split:
    return in_turn(order, lambda _: places[:1])


def fewest(
    order: Order, places: Sequence[LocationState], by: Callable[[tuple[LocationState, ...]], Any]
) -> Split:
    """The smallest sets of locations that together have everything, the best of them; nearest first in it."""
    ranked = sorted(places, key=lambda place: (away(order, place), place.code))
    sets = smallest_covers(order, ranked)
    best = min(sets, key=by) if sets else tuple(ranked)
    return in_turn(order, lambda _: best)


def salesforce(order: Order, places: Sequence[LocationState]) -> Split:
    return fewest(
        order, places, lambda one: (sum(away(order, p) for p in one) / len(one), [p.code for p in one])
    )


def shopify(order: Order, places: Sequence[LocationState]) -> Split:
    return fewest(order, places, lambda one: [(away(order, p), p.code) for p in one])


def smallest_covers(order: Order, places: Sequence[LocationState]) -> list[tuple[LocationState, ...]]:
    """All sets of the smallest size that cover, up to 10,000 of them, as Salesforce documents its search."""
    size = 1
    while size <= len(places):
        found: list[tuple[LocationState, ...]] = []
        _covers(
            order.lines, list(places), size, (), [line.quantity for line in order.lines], found, [1_000_000]
        )
        if found:
            return found
        size += 1
    return []


def _covers(
    lines: Sequence[Demand],
    places: list[LocationState],
    size: int,
    taken: tuple[LocationState, ...],
    left: list[int],
    found: list[tuple[LocationState, ...]],
    tries: list[int],
) -> None:
    missing = [n for n, units in enumerate(left) if units > 0]
    if not missing:
        found.append(taken)
        return
    if not size or len(found) >= 10_000 or tries[0] <= 0:
        return
    tries[0] -= 1
    # Whoever joins must have some of the line that fewest have.
    n = min(missing, key=lambda n: sum(1 for place in places if place.stock.get(lines[n].sku, 0)))
    rest = list(places)
    for place in places:
        if place.stock.get(lines[n].sku, 0):
            rest.remove(place)
            after = [units - place.stock.get(line.sku, 0) for line, units in zip(lines, left, strict=True)]
            _covers(lines, rest, size - 1, (*taken, place), after, found, tries)


RULES: dict[str, Callable[[Order, Sequence[LocationState]], Split]] = {
    "Magento priority": magento_priority,
    "Magento distance": magento_distance,
    "Salesforce fewest, average": salesforce,
    "Shopify fewest, nearest": shopify,
    "Saleor highest stock": saleor_high_stock,
    "Vendure first location": vendure_first,
}
