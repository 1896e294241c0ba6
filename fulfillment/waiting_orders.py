"""The orders that wait for stock, read once with all that scarce stock is shared out by.

Open, not held, sent by a carrier and back-ordered; a pre-order joins on its day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from fulfillment import history, rates, routing, short_lived, sizes, snapshot, strategies, terms
from fulfillment.models import RateZone, RerouteCause, Rerouting, ShipmentLine
from fulfillment.strategies import Chosen
from inventory.models import Location, Product
from oms.core import company
from orders import payments
from orders.models import Hold, Line, Order, Status

MOST = 10_000
# Orders with this tag come before all others.
FIRST = "priority"
# Without a promised moment an order's promise is as old as the order; so far away no parcel is late by it.
_PATIENCE = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Queue:
    """All that an answer is made from, the oldest order first. `asked` says who comes first, and what may not be;
    `chosen` by which rule each is routed."""

    orders: Sequence[Order]
    lines: Mapping[UUID, Mapping[UUID, Line]]
    wishes: Sequence[routing.Order]
    asked: Sequence[routing.Order]
    barred: Sequence[frozenset[str]]
    locations: Mapping[str, Location]
    states: Sequence[routing.LocationState]
    able: Sequence[routing.LocationState]
    rates: Sequence[routing.Rate]
    chosen: Sequence[Chosen]


def count() -> int:
    """How many orders would be weighed."""
    return min(MOST, _waiting().count())


def _waiting() -> "QuerySet[Order]":
    lines = Line.objects.filter(order=OuterRef("pk"), backordered__gt=0)
    return (
        Order.objects.filter(Exists(lines), status=Status.OPEN, delivery_kind="ship")
        .exclude(Exists(Hold.objects.filter(order=OuterRef("pk"), released_at=None)))
        .exclude(Exists(lines.filter(product__available_from__gt=company.today())))
    )


def read(now: datetime) -> Queue:
    """Everything that is looked at: as many queries for ten thousand orders as for one."""
    rows = _waiting().select_related("channel").prefetch_related("payments")
    orders = list(rows.order_by("placed_at", "number")[:MOST])
    lines: dict[UUID, dict[UUID, Line]] = defaultdict(dict)
    waiting = Line.objects.filter(order__in=orders, backordered__gt=0).select_related("product")
    skus: dict[int, str] = {}
    for line in waiting.order_by("position"):
        lines[line.order_id][line.pk] = line
        skus |= snapshot.shelved(line.product, line.parts)
    # One that was served between the two queries waits no more.
    orders = [order for order in orders if order.pk in lines]
    locations = list(Location.objects.all())
    countries = {(order.shipping_address or {}).get("country") or "" for order in orders}
    zones: dict[str, list[RateZone]] = defaultdict(list)
    for zone in RateZone.objects.filter(country__in=countries):
        zones[zone.country].append(zone)
    states = snapshot.states_of(locations, snapshot.available(skus), now)
    rules = strategies.current()
    if history.weighed(rules):
        states = history.added(states, skus, now)
    if short_lived.has_lots(line for mine in lines.values() for line in mine.values()):
        states = short_lived.added(states, skus)
    barred = _barred(orders, locations)
    skilled = {skill for location in locations for skill in location.capabilities}
    components = sizes.components(
        (line.product, line.parts) for mine in lines.values() for line in mine.values()
    )
    wishes = [_wish(order, lines[order.pk], zones, skilled, components, now) for order in orders]
    shut = {code for codes in barred for code in codes}
    return Queue(
        orders=orders,
        lines=lines,
        wishes=wishes,
        asked=[
            _ranked_wish(wish, order, f"{n:06}", barred[n])
            for n, (wish, order) in enumerate(zip(wishes, orders, strict=True))
        ],
        barred=barred,
        locations={location.code: location for location in locations},
        states=states,
        able=[
            replace(state, capabilities=state.capabilities | {_not(code) for code in shut - {state.code}})
            for state in states
        ],
        rates=[terms.as_rate(rate) for rate in rates.valid().filter(to_country__in=countries)],
        chosen=[strategies.choose(rules, strategies.about(order), now) for order in orders],
    )


def _wish(
    order: Order,
    lines: Mapping[UUID, Line],
    zones: Mapping[str, Sequence[RateZone]],
    skilled: set[str],
    components: Mapping[int, Product],
    now: datetime,
) -> routing.Order:
    given = order.shipping_address or {}
    demand = [
        snapshot.demand(
            str(pk),
            line.product,
            line.backordered,
            skilled & set(line.personalisation or {}),
            parts=line.parts,
            components=components,
        )
        for pk, line in lines.items()
    ]
    return terms.as_order(
        demand,
        terms.as_address(given, zones.get(given.get("country") or "", ())),
        service=order.shipping_service,
        now=now,
        placed_at=order.placed_at,
        cash=payments.cash_due(order),
        currency=order.currency,
    )


def _ranked_wish(wish: routing.Order, order: Order, key: str, barred: frozenset[str]) -> routing.Order:
    """With its rank, and asking for a location that is none of the barred ones."""
    return replace(
        wish,
        key=key,
        priority=50 if FIRST in order.tags else 100,
        promised=wish.promised or order.placed_at + _PATIENCE,
        lines=[
            replace(line, requires=line.requires | {_not(code) for code in barred}) for line in wish.lines
        ],
    )


def _not(code: str) -> str:
    return f"leave for what {code} may not send"


def _barred(orders: Sequence[Order], locations: Sequence[Location]) -> list[frozenset[str]]:
    """By order, where it cannot come from: not sent there, refused, or looked for there and not found."""
    found: dict[UUID, set[str]] = defaultdict(set)
    refused = Rerouting.objects.filter(order__in=orders, cause=RerouteCause.REJECTED).exclude(shipment=None)
    missed = ShipmentLine.objects.filter(shipment__order__in=orders, missing__gt=0)
    for pk, code in [
        *refused.values_list("order_id", "shipment__location__code"),
        *missed.values_list("shipment__order_id", "shipment__location__code"),
    ]:
        found[pk].add(code)
    bound = [location for location in locations if location.ships_to]
    return [
        frozenset(
            found[order.pk]
            | {
                location.code
                for location in bound
                if snapshot.not_sent_to(location, (order.shipping_address or {}).get("country") or "")
            }
        )
        for order in orders
    ]
