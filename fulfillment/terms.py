"""Locations, rates, addresses and orders in the engine's terms."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from fulfillment import deadlines, routing
from fulfillment.models import Rate, RateZone
from inventory.models import Location
from oms.core.cities import city_key


def as_rate(rate: Rate) -> routing.Rate:
    """A stored rate. Its zone carries its carrier's name: two carriers may both have a zone A."""
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
        zone=zone_name(rate.carrier, rate.zone) if rate.zone else "",
        km=None if rate.km_to is None else (rate.km_from or 0, rate.km_to),
        tiers=tuple((grams, Decimal(price)) for grams, price in rate.tiers),
        step_g=rate.step_g,
        max_parcel_g=rate.max_parcel_g,
        divisor=rate.divisor,
    )


def as_place(
    location: Location, stock: Mapping[str, int], capacity_left: int | None = None, **more: Any
) -> routing.LocationState:
    """A stored location with the units an order may take there."""
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
        closed_on=frozenset(location.closed_on),
        handling=location.handling_cost,
        latitude=location.address.get("latitude"),
        longitude=location.address.get("longitude"),
        **more,
    )


def as_address(given: Mapping[str, Any], zones: Sequence[RateZone]) -> routing.Address:
    """A stored address, in the zones of every carrier that has it in one."""
    return routing.Address(
        country=given.get("country") or "",
        region=given.get("region") or "",
        city=given.get("city") or "",
        postal_code=given.get("postal_code") or "",
        short_address=given.get("short_address") or "",
        latitude=given.get("latitude"),
        longitude=given.get("longitude"),
        zones=frozenset(zone_name(zone.carrier, zone.name) for zone in zones if lies_in(zone, given)),
    )


def as_order(
    lines: Sequence[routing.Demand],
    address: routing.Address,
    *,
    service: str,
    now: datetime,
    placed_at: datetime | None = None,
    cash: Decimal = Decimal(0),
    currency: str = "",
    promised: datetime | None = None,
    pickup_at: str | None = None,
) -> routing.Order:
    """What an order, or a basket that may become one, asks for.

    Without a promise the customer heard, what the service's name says holds, or now, once that is past. A cash
    limit is compared in the company's currency; in another one only "no cash at all" (a limit of 0) can be told.
    """
    if promised is None and pickup_at is None:
        promised = deadlines.deadline(service, address.country, placed_at or now)
        promised = None if promised is None else max(promised, now)
    if cash and currency != settings.COMPANY_CURRENCY:
        cash = Decimal("0.0001")
    return routing.Order(
        lines=lines,
        address=address,
        service=service,
        now=now,
        cod_amount=cash,
        promised=promised,
        pickup_at=pickup_at,
    )


def zone_name(carrier: str, zone: str) -> str:
    return f"{carrier}/{zone}"


def lies_in(zone: RateZone, address: Mapping[str, Any]) -> bool:
    """Whether the zone names the address's city, district or region, or the beginning of its postcode."""
    if zone.country != (address.get("country") or ""):
        return False
    named = {city_key(place) for place in zone.places}
    where = {city_key(address.get(part) or "") for part in ("city", "district", "region")}
    postcode = address.get("postal_code") or ""
    return bool(named & (where - {""})) or any(postcode.startswith(start) for start in zone.postcodes)
