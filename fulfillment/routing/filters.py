"""The hard filters: what an order, a location or a rate cannot do, each said in a sentence. Pure."""

from collections.abc import Iterable, Sequence

from fulfillment.routing import calendar, distance, tariff, types
from fulfillment.routing.problem import usable
from fulfillment.routing.trace import Refusal
from fulfillment.routing.types import Demand, LocationState, Order, Rate
from oms.core import address
from oms.core.text import fold


def address_refusals(order: Order) -> list[Refusal]:
    """What makes the address undeliverable: a Saudi short address or an Iranian postcode that is none."""
    if order.pickup_at is not None:
        return []
    given = {
        "country": order.address.country,
        "postal_code": order.address.postal_code,
        "short_address": order.address.short_address,
    }
    return [
        Refusal(types.BAD_ADDRESS, f"{sentence} ({given[field]})")
        for field, sentence in address.problems(given)
    ]


def stock_refusals(order: Order, location: LocationState) -> tuple[bool, list[Refusal]]:
    """Whether the location can give any unit at all, and everything that stands against it."""
    code = location.code
    refusals = []
    usable = True
    if not location.active:
        usable = False
        refusals.append(Refusal(types.INACTIVE, f"{code} is not active."))
    if order.pickup_at is not None and code != order.pickup_at:
        usable = False
        refusals.append(
            Refusal(types.NOT_PICKUP_LOCATION, f"The customer collects the order at {order.pickup_at}.")
        )
    if location.capacity_left is not None and location.capacity_left < 1:
        usable = False
        refusals.append(Refusal(types.NO_CAPACITY, f"{code} has no capacity left today."))
    if location.closed_on and calendar.is_closed(location, order.now):
        usable = False
        refusals.append(Refusal(types.CLOSED, f"{code} is closed for the coming month."))
    able = []
    for line in order.lines:
        missing = line.requires - location.capabilities
        if missing:
            lacks = ", ".join(sorted(missing))
            refusals.append(
                Refusal(types.CAPABILITY_MISSING, f"{code} cannot prepare {line.sku}: it lacks {lacks}.")
            )
        else:
            able.append(line)
    if location.safety:
        refusals += _kept_back(able, location)
    if able and not any(_gives(line, location) for line in able):
        refusals.append(
            Refusal(types.NO_STOCK, f"{code} has none of {some_skus(line.sku for line in able)}.")
        )
        usable = False
    return usable and bool(able), refusals


def _gives(line: Demand, location: LocationState) -> bool:
    return all(usable(location, sku, None) >= units for sku, units in line.needs)


def _kept_back(lines: Sequence[Demand], location: LocationState) -> list[Refusal]:
    wanted = dict.fromkeys(sku for line in lines for sku, _ in line.needs)
    return [
        Refusal(types.SAFETY_STOCK, f"{location.code} keeps its last {kept} of {sku} as safety stock.")
        for sku in wanted
        if (kept := min(location.safety.get(sku, 0), location.stock.get(sku, 0))) > 0
    ]


def km_to(location: LocationState, order: Order) -> int | None:
    to = order.address
    return distance.km(location.latitude, location.longitude, to.latitude, to.longitude)


def fitting_rates(
    order: Order, location: LocationState, rates: Sequence[Rate]
) -> tuple[list[Rate], list[Refusal]]:
    """The rates that carry this order from here, and why not the others that go there.

    Of one carrier's rates the most particular holds: a zone or a distance before a region, a region before
    its country, named locations before all (a far region is dearer on purpose).
    """
    km = km_to(location, order)
    by_carrier: dict[str, dict[tuple[bool, bool, bool], list[Rate]]] = {}
    for rate in rates:
        if rate.service == order.service and _serves(rate, order, location, km):
            best = by_carrier.setdefault(rate.carrier, {})
            particular = (
                bool(rate.zone) or rate.km is not None,
                bool(rate.to_region),
                bool(rate.from_locations),
            )
            best.setdefault(particular, []).append(rate)
    if not by_carrier:
        place = " / ".join(filter(None, (order.address.country, order.address.region)))
        return [], [
            Refusal(types.NO_CARRIER, f"No carrier takes {order.service} from {location.code} to {place}.")
        ]
    fitting, refusals = [], []
    for _, best in sorted(by_carrier.items()):
        for rate in best[max(best)]:
            against = _against(rate, order, location)
            refusals += against
            if not any(why.code != types.TOO_HEAVY for why in against) and (
                not against or _carries(rate, order)
            ):
                fitting.append(rate)
    return fitting, refusals


def _against(rate: Rate, order: Order, location: LocationState) -> list[Refusal]:
    found = []
    if order.cod_amount > 0 and rate.cod_limit is not None and order.cod_amount > rate.cod_limit:
        asked = f"{rate.carrier} collects at most {rate.cod_limit}, this order asks {order.cod_amount}."
        found.append(Refusal(types.COD_ABOVE_LIMIT, asked))
    if rate.max_parcel_g is not None:
        limit, divisor = rate.max_parcel_g, rate.divisor
        heavy = [
            line.sku for line in order.lines if line.weight_g > limit or (divisor and _too_heavy(rate, line))
        ]
        if heavy:
            most = f"{rate.max_parcel_g / 1000:g} kg"
            found.append(
                Refusal(
                    types.TOO_HEAVY, f"{rate.carrier} takes {most} a parcel; {some_skus(heavy)} weighs more."
                )
            )
    if order.deadline is not None and calendar.window(location, rate, order.now).latest > order.deadline:
        found.append(_too_late(rate, order, location))
    return found


def _too_late(rate: Rate, order: Order, location: LocationState) -> Refusal:
    if not calendar.works_today(location, order.now):
        return Refusal(
            types.CLOSED, f"{location.code} does not work today, and {rate.carrier} comes too late."
        )
    if calendar.past_cutoff(location, order.now):
        closed = f"{location.code} closed its day at {location.cutoff:%H:%M}"
        return Refusal(types.AFTER_CUTOFF, f"{closed}, and {rate.carrier} comes too late.")
    return Refusal(types.TOO_SLOW, f"{rate.carrier} arrives from {location.code} after the time asked for.")


def _too_heavy(rate: Rate, line: Demand) -> bool:
    limit = rate.max_parcel_g
    return limit is not None and tariff.billed(rate, line.weight_g, line.volume_mm3) > limit


def _carries(rate: Rate, order: Order) -> bool:
    return not order.lines or not all(_too_heavy(rate, line) for line in order.lines)


def _serves(rate: Rate, order: Order, location: LocationState, km: int | None) -> bool:
    if rate.to_country != order.address.country:
        return False
    if rate.from_locations and location.code not in rate.from_locations:
        return False
    if rate.zone and rate.zone not in order.address.zones:
        return False
    if rate.km is not None and (km is None or not rate.km[0] <= km < rate.km[1]):
        return False
    return not rate.to_region or fold(rate.to_region) == fold(order.address.region or order.address.city)


def expiry_refusals(location: LocationState, order: Order, rates: Sequence[Rate]) -> list[Refusal]:
    """Units whose lot is over before the soonest of these rates arrives."""
    if not location.lots or not rates:
        return []
    soonest = min(calendar.window(location, rate, order.now).latest for rate in rates)
    arrives = calendar.local_day(location, soonest)
    found = []
    for sku in dict.fromkeys(sku for line in order.lines for sku, _ in line.needs):
        over = [(until, units) for until, units in location.lots.get(sku, ()) if until < arrives]
        if over:
            units, until = sum(units for _, units in over), max(until for until, _ in over)
            found.append(
                Refusal(
                    types.EXPIRES,
                    f"{units} of {sku} at {location.code} may arrive until {until} only and would on {arrives}.",
                )
            )
    return found


def some_skus(skus: Iterable[str]) -> str:
    """SKUs for a sentence: three of them, then how many more."""
    once = list(dict.fromkeys(skus))
    more = f" and {len(once) - 3} more" if len(once) > 3 else ""
    return ", ".join(once[:3]) + more
