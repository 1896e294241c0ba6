"""What the routing desk looks at before it decides: a fixed number of queries, however large the order."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connection

from fulfillment import missing, routing, steps
from fulfillment.models import Rate, RerouteCause, Rerouting, ShipmentLine
from fulfillment.routing.trace import Refusal
from inventory import stock
from inventory.models import Location, StockLevel
from inventory.stock import Keep
from orders import payments
from orders.models import Line, Order

# Only the last day and a half can be "today" in any time zone: the index on creation makes that a short range.
_TODAY = """
SELECT shipment.location_id, count(*) FROM fulfillment_shipment AS shipment
JOIN inventory_location AS location ON location.id = shipment.location_id
WHERE shipment.created_at >= %(since)s AND shipment.state <> 'cancelled' AND location.daily_capacity IS NOT NULL
  AND shipment.created_at >= date_trunc('day', %(now)s AT TIME ZONE location.timezone) AT TIME ZONE location.timezone
GROUP BY shipment.location_id
"""


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
    not_found: Mapping[tuple[UUID, int], int]
    locations: Mapping[str, Location]
    order: routing.Order
    states: Sequence[routing.LocationState]
    rates: Sequence[routing.Rate]
    kept_away: Mapping[str, Refusal] = field(default_factory=dict)

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
    away = _kept_away(order, [location.code for location in locations], bounds)
    states = _states(locations, _stock(lines, wanted, kept - in_parcels, not_found), now)
    return Snapshot(
        lines=lines,
        wanted=wanted,
        kept=kept,
        in_parcels=in_parcels,
        not_found=not_found,
        locations={location.code: location for location in locations},
        order=replace(_order(order, lines, wanted, now), promised=bounds.promised),
        states=[_roomy(state, bounds) for state in states if state.code not in away],
        rates=[as_routed(rate) for rate in Rate.objects.filter(to_country=_address(order).country)],
        kept_away=away,
    )


def _kept_away(order: Order, codes: Sequence[str], bounds: Bounds) -> dict[str, Refusal]:
    """A location that refused this order is not asked again, unless a person names it."""
    refused = set(
        Rerouting.objects.filter(order=order, cause=RerouteCause.REJECTED)
        .exclude(shipment=None)
        .values_list("shipment__location__code", flat=True)
    )
    away = {}
    for code in codes:
        if bounds.only and code != bounds.only:
            away[code] = Refusal("not_asked", f"{bounds.only} was named.")
        elif code in bounds.without:
            away[code] = Refusal("left_out", f"{code} was left out.")
        elif code in refused and code != bounds.only and not bounds.named:
            away[code] = Refusal("rejected", f"{code} refused this order.")
    return away


def _roomy(state: routing.LocationState, bounds: Bounds) -> routing.LocationState:
    if state.capacity_left is None or state.code not in bounds.joinable:
        return state
    return replace(state, capacity_left=max(1, state.capacity_left))


def as_routed(rate: Rate) -> routing.Rate:
    """A stored rate as the engine knows it."""
    in_hours = rate.hours_max is not None
    return routing.Rate(
        carrier=rate.carrier,
        service=rate.service,
        to_country=rate.to_country,
        base=rate.base,
        per_kg=rate.per_kg,
        days=None if in_hours else (rate.days_min or 0, rate.days_max or 0),
        hours=(rate.hours_min or 0, rate.hours_max or 0) if in_hours else None,
        to_region=rate.to_region,
        from_locations=frozenset(rate.from_locations),
        weekdays=frozenset(rate.weekdays),
        cod_limit=rate.cod_limit,
    )


def as_place(
    location: Location, stock: Mapping[str, int], capacity_left: int | None = None
) -> routing.LocationState:
    """A stored location as the engine knows it."""
    return routing.LocationState(
        code=location.code,
        stock=stock,
        priority=location.priority,
        active=location.active,
        capabilities=frozenset(location.capabilities),
        capacity_left=capacity_left,
        cutoff=location.cutoff,
        timezone=location.timezone,
        working_days=frozenset(location.working_days),
    )


def as_asked(
    order: Order, demand: Sequence[routing.Demand], *, service: str, cash: Decimal, now: datetime
) -> routing.Order:
    """The order as the engine knows it. A cash limit is compared in the company's currency; in another one
    only "no cash at all" (a limit of 0) can be told."""
    if order.currency != settings.COMPANY_CURRENCY and cash:
        cash = Decimal("0.0001")
    return routing.Order(
        lines=demand,
        address=_address(order),
        service=service,
        now=now,
        cod_amount=cash,
        pickup_at=(order.delivery_location_code or "?") if steps.is_pickup(order) else None,
    )


def _order(
    order: Order, lines: Mapping[UUID, Line], wanted: Mapping[UUID, int], now: datetime
) -> routing.Order:
    demand = [
        routing.Demand(
            line_id=str(pk),
            sku=lines[pk].sku,
            quantity=units,
            weight_g=lines[pk].product.weight_g,
            requires=frozenset(lines[pk].product.requires),
        )
        for pk, units in wanted.items()
    ]
    return as_asked(order, demand, service=order.shipping_service, cash=payments.cash_due(order), now=now)


def _address(order: Order) -> routing.Address:
    given = order.shipping_address or {}
    return routing.Address(given.get("country") or "", given.get("region") or "", given.get("city") or "")


def _stock(
    lines: Mapping[UUID, Line],
    wanted: Mapping[UUID, int],
    own: Mapping[tuple[UUID, int], int],
    not_found: Mapping[tuple[UUID, int], int],
) -> dict[int, dict[str, int]]:
    """Units by location and SKU this order may take: available ones, its own, none where it missed some."""
    skus = {lines[pk].product_id: lines[pk].sku for pk in wanted}
    usable: dict[int, dict[str, int]] = defaultdict(dict)
    for level in StockLevel.objects.filter(product_id__in=skus):
        free = level.on_hand - level.committed - level.damaged - level.quality_control - level.safety
        usable[level.location_id][skus[level.product_id]] = max(0, free)
    for (line_id, location_id), units in own.items():
        if line_id in wanted:
            usable[location_id][lines[line_id].sku] = usable[location_id].get(lines[line_id].sku, 0) + units
    for line_id, location_id in not_found:
        usable[location_id][lines[line_id].sku] = 0
    return usable


def _states(
    locations: Sequence[Location], usable: Mapping[int, Mapping[str, int]], now: datetime
) -> list[routing.LocationState]:
    taken: dict[int, int] = {}
    if any(location.daily_capacity is not None for location in locations):
        with connection.cursor() as cursor:
            cursor.execute(_TODAY, {"now": now, "since": now - timedelta(hours=38)})
            taken = dict(cursor.fetchall())
    return [
        as_place(
            location,
            usable.get(location.pk, {}),
            None
            if location.daily_capacity is None
            else max(0, location.daily_capacity - taken.get(location.pk, 0)),
        )
        for location in locations
    ]
