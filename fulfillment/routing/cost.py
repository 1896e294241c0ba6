"""The score of a way to send: shipping + handling + split + lateness, in the company's currency. Pure.

Shipping is base + per_kg × the *exact* weight, as the rate card says it; nothing is rounded up to half a
kilogram, so a unit costs the same wherever it stands in a parcel and the least cost can be proven.
Inside, costs are whole numbers of 10⁻⁷ of the currency (10⁻⁴ a kilogram, grams): no rounding, no floats.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fulfillment.routing import calendar
from fulfillment.routing.strategy import Weights
from fulfillment.routing.trace import Cost, Window
from fulfillment.routing.types import LocationState, Order, Rate
from oms.core.money import CONTEXT

_FINE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Option:
    """One rate from one location: `fixed` (base, handling, lateness) and `per_gram`, in 10⁻⁷."""

    location: LocationState
    rate: Rate
    window: Window
    late_days: int
    fixed: int
    per_gram: int


def fine(amount: Decimal) -> int:
    """An amount of at most 4 decimals in 10⁻⁷."""
    return int(CONTEXT.scaleb(CONTEXT.quantize(amount, _FINE), 7))


def options(
    order: Order, location: LocationState, rates: Sequence[Rate], weights: Weights
) -> tuple[Option, ...]:
    """The rates worth weighing: none is beaten by another on both the fixed and the per-gram cost."""
    found = []
    for rate in rates:
        window = calendar.window(location, rate, order.now)
        late = calendar.late_days(window.latest, order.promised)
        fixed = fine(rate.base) + fine(weights.handling_per_parcel) + late * fine(weights.late_per_day)
        found.append(Option(location, rate, window, late, fixed, fine(rate.per_kg) // 1000))
    found.sort(key=lambda o: (o.fixed, o.per_gram, o.window.latest, o.rate.carrier))
    kept: list[Option] = []
    for option in found:
        if not kept or option.per_gram < kept[-1].per_gram:
            kept.append(option)
    return tuple(kept)


def shipping(option: Option, weight_g: int) -> Decimal:
    """What the carrier asks, to 4 decimals, half up."""
    exact = option.rate.base + option.rate.per_kg * weight_g / 1000
    return CONTEXT.quantize(exact, _FINE)


def breakdown(parcels: Sequence[tuple[Option, int]], weights: Weights) -> Cost:
    """The parts of the score of these parcels (option, grams)."""
    count = len(parcels)
    late = sum(option.late_days for option, _ in parcels)
    return Cost(
        shipping=sum((shipping(option, grams) for option, grams in parcels), Decimal(0)),
        handling=CONTEXT.quantize(weights.handling_per_parcel * count, _FINE),
        split=CONTEXT.quantize(weights.split_per_parcel * max(0, count - 1), _FINE),
        lateness=CONTEXT.quantize(weights.late_per_day * late, _FINE),
    )
