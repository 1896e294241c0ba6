"""What is where and what can still be sold: reads that several callers share, a fixed number of queries each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet

from inventory import incoming
from inventory.documents import AvailabilityOut, PlaceOut
from inventory.free import FREE
from inventory.models import BackorderPolicy
from oms.core import company
from oms.core.cities import city_key
from oms.core.errors import NotFound

Row = TypeVar("Row", bound=Model)

# A channel's buffer for a product stands before its buffer for all.
_AVAILABLE = f"""
WITH asked AS (SELECT id, components FROM inventory_product WHERE sku = ANY(%(skus)s)), {FREE}
SELECT product.sku, product.backorder, product.low_stock_at, location.code, free.units,
       location.address ->> 'country', location.address ->> 'city', product.id, product.available_from,
       coalesce((SELECT units FROM inventory_channelbuffer AS buffer
                 WHERE buffer.channel_id = %(channel)s
                   AND (buffer.product_id = product.id OR buffer.product_id IS NULL)
                 ORDER BY buffer.product_id NULLS LAST LIMIT 1), 0)
FROM asked JOIN inventory_product AS product ON product.id = asked.id
LEFT JOIN (free JOIN inventory_location AS location ON location.id = free.location_id AND location.active)
  ON free.sold = product.id
ORDER BY location.priority, location.id
"""


@dataclass(frozen=True, slots=True)
class Near:
    """Where the customer is, as far as known; a city by any of its spellings, in any of our languages."""

    country: str = ""
    city: str = ""

    def distance(self, country: str | None, city: str | None) -> int:
        """0 the same city, 1 the same country, 2 elsewhere."""
        if not self.country or (country or "") != self.country.upper():
            return 2
        return 0 if self.city and city_key(city or "") == city_key(self.city) else 1


def availability(
    skus: Sequence[str], near: Near, *, channel_id: int | None = None, today: date | None = None
) -> list[AvailabilityOut]:
    """What can be sold of each known SKU now, nearest locations first, then by priority; the unknown are left out.

    A channel is told what is left beside its buffer, taken off the last locations. Where nothing can be sold,
    `restock_at` is the day it goes on sale, or on which the next units are expected. One query, and one more
    where something is sold out.
    """
    today = today or company.today()
    facts: dict[str, _Facts] = {}
    places: dict[str, list[tuple[int, PlaceOut]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_AVAILABLE, {"skus": list(skus), "channel": channel_id})
        for (
            sku,
            policy,
            low_at,
            code,
            units,
            country,
            city,
            product_id,
            sold_from,
            buffer,
        ) in cursor.fetchall():
            later = sold_from if sold_from and sold_from > today else None
            facts[sku] = _Facts(product_id, policy, low_at, later, buffer)
            if units and not later:
                places[sku].append((near.distance(country, city), PlaceOut(code, units)))
    found = {
        sku: _published([place for _, place in sorted(places[sku], key=lambda pair: pair[0])], fact.buffer)
        for sku, fact in facts.items()
    }
    out = [facts[sku].product_id for sku in facts if not found[sku]]
    coming = incoming.expected(out) if out else {}
    rows = []
    for sku in dict.fromkeys(skus):
        if sku in facts:
            fact = facts[sku]
            total = sum(place.available for place in found[sku])
            next_units = coming.get(fact.product_id)
            back = fact.later or (next_units[0][0] if next_units else None)
            rows.append(
                AvailabilityOut(
                    sku,
                    _status(total, fact.policy, fact.low_at),
                    total,
                    found[sku],
                    _morning(back) if back else None,
                )
            )
    return rows


@dataclass(frozen=True, slots=True)
class _Facts:
    product_id: int
    policy: str
    low_at: int | None
    later: date | None
    buffer: int


def _published(places: list[PlaceOut], buffer: int) -> list[PlaceOut]:
    """The places' units without the last `buffer` of them."""
    for place in reversed(places):
        kept_back = min(buffer, place.available)
        place.available -= kept_back
        buffer -= kept_back
    return [place for place in places if place.available]


def _morning(day: date) -> datetime:
    """The beginning of the company's day, in UTC as every moment of the API."""
    return company.midnight(day).astimezone(UTC)


def _status(
    available: int, policy: str, low_at: int | None
) -> Literal["in_stock", "low", "out", "backorder"]:
    if not available:
        return "backorder" if policy == BackorderPolicy.ALLOW else "out"
    return "low" if low_at is not None and available <= low_at else "in_stock"


def by_reference(rows: QuerySet[Row], ref: str, natural: str) -> Row:
    """The row of this id or natural key. Raises NotFound."""
    found = rows.filter(**{natural: ref}).first() if ref.isprintable() else None
    if found is None and (uid := _uuid(ref)):
        found = rows.filter(uid=uid).first()
    if found is None:
        raise NotFound
    return found


def _uuid(ref: str) -> UUID | None:
    try:
        return UUID(ref)
    except ValueError:
        return None
