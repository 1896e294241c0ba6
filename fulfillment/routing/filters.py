"""The hard filters: what a location or a rate cannot do, each said in a sentence. Pure."""

from collections.abc import Iterable, Sequence

from fulfillment.routing import types
from fulfillment.routing.trace import Refusal
from fulfillment.routing.types import LocationState, Order, Rate
from oms.core.text import fold


def stock_refusals(order: Order, location: LocationState) -> tuple[bool, list[Refusal]]:
    """Whether the location can give any unit at all, and everything that stands against it."""
    refusals = []
    usable = True
    if not location.active:
        usable = False
        refusals.append(Refusal(types.INACTIVE, f"{location.code} is not active."))
    if order.pickup_at is not None and location.code != order.pickup_at:
        usable = False
        refusals.append(
            Refusal(types.NOT_PICKUP_LOCATION, f"The customer collects the order at {order.pickup_at}.")
        )
    if location.capacity_left is not None and location.capacity_left < 1:
        usable = False
        refusals.append(Refusal(types.NO_CAPACITY, f"{location.code} has no capacity left today."))
    able = []
    for line in order.lines:
        missing = line.requires - location.capabilities
        if missing:
            refusals.append(
                Refusal(
                    types.CAPABILITY_MISSING,
                    f"{location.code} cannot prepare {line.sku}: it lacks {', '.join(sorted(missing))}.",
                )
            )
        else:
            able.append(line)
    if able and not any(location.stock.get(line.sku, 0) > 0 for line in able):
        refusals.append(
            Refusal(types.NO_STOCK, f"{location.code} has none of {some_skus(line.sku for line in able)}.")
        )
        usable = False
    return usable and bool(able), refusals


def fitting_rates(
    order: Order, location: LocationState, rates: Sequence[Rate]
) -> tuple[list[Rate], list[Refusal]]:
    """The rates that carry this order from here, and why not the others that go there.

    Of one carrier's rates the most particular holds: a region before its country, named locations before
    all (a far region is dearer on purpose).
    """
    by_carrier: dict[str, dict[tuple[bool, bool], list[Rate]]] = {}
    for rate in rates:
        if rate.service == order.service and _serves(rate, order, location):
            best = by_carrier.setdefault(rate.carrier, {})
            best.setdefault((bool(rate.to_region), bool(rate.from_locations)), []).append(rate)
    if not by_carrier:
        place = " / ".join(filter(None, (order.address.country, order.address.region)))
        return [], [
            Refusal(types.NO_CARRIER, f"No carrier takes {order.service} from {location.code} to {place}.")
        ]
    fitting, refusals = [], []
    for _, best in sorted(by_carrier.items()):
        for rate in best[max(best)]:
            if order.cod_amount > 0 and rate.cod_limit is not None and order.cod_amount > rate.cod_limit:
                asked = (
                    f"{rate.carrier} collects at most {rate.cod_limit}, this order asks {order.cod_amount}."
                )
                refusals.append(Refusal(types.COD_ABOVE_LIMIT, asked))
            else:
                fitting.append(rate)
    return fitting, refusals


def _serves(rate: Rate, order: Order, location: LocationState) -> bool:
    if rate.to_country != order.address.country:
        return False
    if rate.from_locations and location.code not in rate.from_locations:
        return False
    return not rate.to_region or fold(rate.to_region) == fold(order.address.region or order.address.city)


def some_skus(skus: Iterable[str]) -> str:
    """SKUs for a sentence: three of them, then how many more."""
    once = list(dict.fromkeys(skus))
    more = f" and {len(once) - 3} more" if len(once) > 3 else ""
    return ", ".join(once[:3]) + more
