"""What the routing desk looks at before it decides: a fixed number of queries, however large the order."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fulfillment import history, missing, rates, room, routing, short_lived, sizes, steps, strategies, terms
from fulfillment.models import RateZone, RerouteCause, Rerouting, ShipmentLine
from fulfillment.parts import needs
from fulfillment.routing.trace import Refusal
from fulfillment.strategies import Rule
from inventory import stock
from inventory.models import Location, Product, StockLevel
from inventory.stock import Keep
from orders import payments
from orders.models import Line, Order


@dataclass(frozen=True, slots=True)
class Bounds:
    """What binds a plan beyond what locations and carriers can do: one location alone or not some; the moment the
    customer was promised; locations where a parcel of the order takes more without costing capacity. `named`: a
    person chooses, so a location that refused may be asked again."""

    only: str = ""
    without: frozenset[str] = frozenset()
    named: bool = False
    promised: datetime | None = None
    joinable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`wanted` is the units in no parcel yet by line; `kept` and `in_parcels` what is reserved by line and location.

    `kept_away`: locations that take no part whatever they have, each with its reason.
    """

    lines: Mapping[UUID, Line]
    wanted: Mapping[UUID, int]
    kept: Mapping[tuple[UUID, int], int]
    in_parcels: Mapping[tuple[UUID, int], int]
    not_found: Mapping[tuple[UUID, int], Counter[int]]
    locations: Mapping[str, Location]
    order: routing.Order
    states: Sequence[routing.LocationState]
    rates: Sequence[routing.Rate]
    kept_away: Mapping[str, Refusal] = field(default_factory=dict)
    rules: Sequence[Rule] = ()

    def target(self, parcels: Sequence[routing.Parcel]) -> list[Keep]:
        """The reservations of the wanted lines once these parcels are planned beside the present ones."""
        keep = Counter({key: units for key, units in self.in_parcels.items() if key[0] in self.wanted})
        for parcel in parcels:
            for line_id, units in parcel.lines:
                keep[UUID(line_id), self.locations[parcel.location].pk] += units
        return [Keep(line, place, units) for (line, place), units in keep.items() if units]


def wanted_units(lines: Mapping[UUID, Line]) -> dict[UUID, int]:
    """Reserved units that are in no parcel yet."""
    return {
        pk: line.reserved - line.allocated for pk, line in lines.items() if line.reserved > line.allocated
    }


def take(
    order: Order,
    lines: Mapping[UUID, Line],
    wanted: Mapping[UUID, int],
    now: datetime,
    bounds: Bounds = Bounds(),  # noqa: B008 - frozen
) -> Snapshot:
    """The order's wants, and what every location and carrier could do about them now."""
    kept = Counter({(keep.line, keep.location_id): keep.quantity for keep in stock.kept(order.pk)})
    in_parcels = Counter[tuple[UUID, int]]()
    rows = ShipmentLine.objects.filter(shipment__in=steps.in_the_house(order))
    for line_id, location_id, units in rows.values_list("line_id", "shipment__location_id", "quantity"):
        in_parcels[line_id, location_id] += units
    not_found = missing.places(order)
    locations = list(Location.objects.all())
    given = order.shipping_address or {}
    away = _kept_away(order, locations, bounds)
    states = states_of(locations, _stock(lines, wanted, kept - in_parcels, not_found), now)
    rules = strategies.current()
    if history.weighed(rules):
        states = history.added(states, on_shelves(lines, wanted), now)
    if short_lived.has_lots(lines[pk] for pk in wanted):
        states = short_lived.added(states, on_shelves(lines, wanted))
    return Snapshot(
        lines=lines,
        wanted=wanted,
        kept=kept,
        in_parcels=in_parcels,
        not_found=not_found,
        locations={location.code: location for location in locations},
        order=_order(order, lines, wanted, now, bounds.promised, locations, zones_of(given)),
        states=[_roomy(state, bounds) for state in states if state.code not in away],
        rates=rates_to(given),
        kept_away=away,
        rules=rules,
    )


def not_sent_to(location: Location, country: str) -> Refusal | None:
    """A location that may not send to this country."""
    if not location.ships_to or country in location.ships_to:
        return None
    return Refusal("not_sent_to", f"{location.code} does not send to {country}.")


def _kept_away(order: Order, locations: Sequence[Location], bounds: Bounds) -> dict[str, Refusal]:
    """A location that refused this order is not asked again, unless a person names it."""
    country = (order.shipping_address or {}).get("country") or ""
    refused = set(
        Rerouting.objects.filter(order=order, cause=RerouteCause.REJECTED)
        .exclude(shipment=None)
        .values_list("shipment__location__code", flat=True)
    )
    away = {}
    for location in locations:
        code = location.code
        abroad = None if steps.is_pickup(order) else not_sent_to(location, country)
        if bounds.only and code != bounds.only:
            away[code] = Refusal("not_asked", f"{bounds.only} was named.")
        elif code in bounds.without:
            away[code] = Refusal("left_out", f"{code} was left out.")
        elif code in refused and code != bounds.only and not bounds.named:
            away[code] = Refusal("rejected", f"{code} refused this order.")
        elif abroad is not None:
            away[code] = abroad
    return away


def _roomy(state: routing.LocationState, bounds: Bounds) -> routing.LocationState:
    if state.capacity_left is None or state.code not in bounds.joinable:
        return state
    return replace(state, capacity_left=max(1, state.capacity_left))


def rates_to(address: Mapping[str, Any]) -> list[routing.Rate]:
    """What carriers ask into the address's country."""
    return [terms.as_rate(rate) for rate in rates.valid().filter(to_country=address.get("country") or "")]


def zones_of(address: Mapping[str, Any]) -> list[RateZone]:
    return list(RateZone.objects.filter(country=address.get("country") or ""))


def _order(
    order: Order,
    lines: Mapping[UUID, Line],
    wanted: Mapping[UUID, int],
    now: datetime,
    promised: datetime | None,
    locations: Sequence[Location],
    zones: Sequence[RateZone],
) -> routing.Order:
    skilled = {skill for location in locations for skill in location.capabilities}
    components = sizes.components((lines[pk].product, lines[pk].parts) for pk in wanted)
    wants = [
        demand(
            str(pk),
            lines[pk].product,
            units,
            skilled & set(lines[pk].personalisation or {}),
            parts=lines[pk].parts,
            components=components,
        )
        for pk, units in wanted.items()
    ]
    return terms.as_order(
        wants,
        terms.as_address(order.shipping_address or {}, zones),
        service=order.shipping_service,
        now=now,
        placed_at=order.placed_at,
        cash=payments.cash_due(order),
        currency=order.currency,
        promised=promised,
        pickup_at=(order.delivery_location_code or "?") if steps.is_pickup(order) else None,
    )


def demand(
    key: str,
    product: Product,
    units: int,
    more: Collection[str] = frozenset(),
    *,
    parts: Sequence[Mapping[str, Any]] = (),
    components: Mapping[int, Product] | None = None,
) -> routing.Demand:
    """Units of a product to send; `more` is what preparing them asks beyond what the product says.

    `parts` are a kit's [{product, sku, quantity}]; `components` those of them that `sizes.components` read.
    """
    return routing.Demand(
        line_id=key,
        sku=product.sku,
        quantity=units,
        weight_g=sizes.weight(product, parts, components),
        requires=frozenset(product.requires) | frozenset(more),
        volume_mm3=sizes.volume(product, parts, components),
        parts=tuple((part["sku"], part["quantity"]) for part in parts),
    )


def shelved(product: Product, parts: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """What lies on the shelf for a product: the parts of a kit, else itself; SKUs by id."""
    return {part["product"]: part["sku"] for part in parts} or {product.pk: product.sku}


def on_shelves(lines: Mapping[UUID, Line], wanted: Iterable[UUID]) -> dict[int, str]:
    """SKUs by id of all that the wanted lines take off a shelf."""
    skus: dict[int, str] = {}
    for pk in wanted:
        skus |= shelved(lines[pk].product, lines[pk].parts)
    return skus


def available(skus: Mapping[int, str]) -> dict[int, dict[str, int]]:
    """Units nobody was promised of these products (SKUs by id), by location and SKU."""
    usable: dict[int, dict[str, int]] = defaultdict(dict)
    for level in StockLevel.objects.filter(product_id__in=skus):
        free = level.on_hand - level.promised - level.damaged - level.quality_control - level.safety
        usable[level.location_id][skus[level.product_id]] = max(0, free)
    return usable


def _stock(
    lines: Mapping[UUID, Line],
    wanted: Mapping[UUID, int],
    own: Mapping[tuple[UUID, int], int],
    not_found: Mapping[tuple[UUID, int], Counter[int]],
) -> dict[int, dict[str, int]]:
    """Units by location and SKU this order may take: available ones, its own, none where it missed some."""
    skus = on_shelves(lines, wanted)
    usable = available(skus)
    for (line_id, location_id), units in own.items():
        if line_id in wanted:
            for product_id, per_unit in needs(lines[line_id]):
                here, sku = usable[location_id], skus[product_id]
                here[sku] = here.get(sku, 0) + units * per_unit
    for (_, location_id), lost in not_found.items():
        for product_id in lost:
            if lost[product_id] and product_id in skus:
                usable[location_id][skus[product_id]] = 0
    return usable


def states_of(
    locations: Sequence[Location], usable: Mapping[int, Mapping[str, int]], now: datetime
) -> list[routing.LocationState]:
    """Every location with the room it has left today."""
    taken: dict[int, int] = {}
    if any(location.daily_capacity is not None for location in locations):
        taken = room.taken(now)
    return [
        terms.as_place(
            location,
            usable.get(location.pk, {}),
            None
            if location.daily_capacity is None
            else max(0, location.daily_capacity - taken.get(location.pk, 0)),
        )
        for location in locations
    ]
