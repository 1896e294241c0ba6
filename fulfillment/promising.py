"""What can be promised before the sale: the services, their prices and windows, and where it could be collected.

The basket is planned by the engine, the rules and the snapshot that route an order: an order placed the same moment is
sent just so. Six queries, however many services and locations.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

from fulfillment import deadlines, history, planning, routing, short_lived, sizes, snapshot, strategies, terms
from fulfillment.strategies import About, Rule
from inventory import kits
from inventory.models import Location, Product

# Services in the order a customer reads them: the soonest first.
ORDER = ("one_hour", "same_day", "next_day", "weekend", "express", "standard")


@dataclass(frozen=True, slots=True)
class Option:
    """A service that brings it: what carriers ask (company's currency), from when until when, in how many parcels.

    `in_time`: it arrives on the day the service's name says.
    """

    service: str
    price: Decimal
    earliest: datetime
    latest: datetime
    parcels: int
    in_time: bool


@dataclass(frozen=True, slots=True)
class Counter:
    """A location that has all of it, ready between these moments."""

    location: Location
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Promise:
    options: list[Option]
    pickup: list[Counter]


@dataclass(frozen=True, slots=True)
class Basket:
    """What a promise is planned from, read once for every service. `cash`: what is collected at the door."""

    demand: Sequence[routing.Demand]
    address: routing.Address
    locations: Mapping[str, Location]
    states: Sequence[routing.LocationState]
    rates: Sequence[routing.Rate]
    rules: Sequence[Rule]
    cash: Decimal = Decimal(0)


def read(
    units: Mapping[Product, int], address: Mapping[str, Any], now: datetime, *, cash: Decimal = Decimal(0)
) -> Basket:
    """The goods, the address, and what locations and carriers could do about them now; `cash` is what is paid
    on delivery, in the company's currency."""
    locations = list(Location.objects.all())
    parts = kits.parts_of(units)
    components = sizes.components((product, parts.get(product.pk, ())) for product in units)
    demand = [
        snapshot.demand(str(product.pk), product, n, parts=parts.get(product.pk, ()), components=components)
        for product, n in units.items()
    ]
    skus: dict[int, str] = {}
    for product in units:
        skus |= snapshot.shelved(product, parts.get(product.pk, ()))
    country = str(address.get("country") or "")
    states = snapshot.states_of(locations, snapshot.available(skus), now)
    rules = strategies.current()
    if history.weighed(rules):
        states = history.added(states, skus, now)
    if any(product.tracks_lots or parts.get(product.pk) for product in units):
        states = short_lived.added(states, skus)
    able = {place.code for place in locations if snapshot.not_sent_to(place, country) is None}
    return Basket(
        demand=demand,
        address=terms.as_address(address, snapshot.zones_of(address)),
        locations={place.code: place for place in locations},
        states=[state for state in states if state.code in able],
        rates=snapshot.rates_to(address),
        rules=rules,
        cash=cash,
    )


def promise(basket: Basket, about: About, now: datetime) -> Promise:
    """Every service some rate has into the address's country, and every place it could be collected at."""
    names = {rate.service for rate in basket.rates}
    ranked = sorted(names, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    options = [option for name in ranked if (option := _option(basket, about, name, now)) is not None]
    return Promise(options, _counters(basket, about, now))


def plan(basket: Basket, about: About, service: str, now: datetime) -> routing.Plan:
    """The plan an order of this basket would get now."""
    asked = terms.as_order(
        basket.demand,
        basket.address,
        service=service,
        now=now,
        cash=basket.cash,
        currency=settings.COMPANY_CURRENCY,
    )
    return planning.plan(asked, basket.states, basket.rates, basket.rules, about, explain=False)[0]


def _option(basket: Basket, about: About, service: str, now: datetime) -> Option | None:
    found = plan(basket, strategies.of_service(about, service), service, now)
    if found.outcome != "planned" or not found.parcels:
        return None
    latest = max(parcel.window.latest for parcel in found.parcels)
    deadline = deadlines.deadline(service, basket.address.country, now)
    return Option(
        service=service,
        price=sum((parcel.shipping for parcel in found.parcels), Decimal(0)),
        earliest=min(parcel.window.earliest for parcel in found.parcels),
        latest=latest,
        parcels=len(found.parcels),
        in_time=deadline is None or latest <= deadline,
    )


def _counters(basket: Basket, about: About, now: datetime) -> list[Counter]:
    needed: dict[str, int] = defaultdict(int)
    for line in basket.demand:
        for sku, units in line.needs:
            needed[sku] += units * line.quantity
    found = []
    for state in basket.states:
        place = basket.locations[state.code]
        if (
            not place.active
            or place.kind == "supplier"
            or place.address.get("country") != basket.address.country
        ):
            continue
        if any(state.stock.get(sku, 0) < units for sku, units in needed.items()):
            continue
        asked = terms.as_order(basket.demand, basket.address, service="pickup", now=now, pickup_at=state.code)
        ready = planning.plan(
            asked, [state], (), basket.rules, strategies.of_service(about, "pickup"), explain=False
        )[0]
        if ready.outcome == "planned":
            window = ready.parcels[0].window
            found.append(Counter(place, window.earliest, window.latest))
    return sorted(found, key=lambda one: (one.latest, one.location.priority, one.location.code))
