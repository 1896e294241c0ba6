"""What is where and what can still be sold: reads that several callers share, a fixed number of queries each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet

from inventory import incoming
from inventory.documents import AvailabilityOut, PlaceOut
from inventory.models import BackorderPolicy
from oms.core import text
from oms.core.errors import NotFound

Row = TypeVar("Row", bound=Model)

_AVAILABLE = """
SELECT product.sku, product.backorder, product.low_stock_at, location.code,
       greatest(0, level.on_hand - level.committed - level.damaged - level.quality_control - level.safety),
       location.address ->> 'country', location.address ->> 'city', product.id
FROM inventory_product AS product
LEFT JOIN (inventory_stocklevel AS level
           JOIN inventory_location AS location ON location.id = level.location_id AND location.active)
  ON level.product_id = product.id
WHERE product.sku = ANY(%s)
ORDER BY location.priority, location.id
"""


@dataclass(frozen=True, slots=True)
class Near:
    """Where the customer is, as far as known; folded, so that spellings do not matter."""

    country: str = ""
    city: str = ""

    def distance(self, country: str | None, city: str | None) -> int:
        """0 the same city, 1 the same country, 2 elsewhere."""
        if not self.country or (country or "") != self.country.upper():
            return 2
        return 0 if self.city and text.fold(city or "") == text.fold(self.city) else 1


def availability(skus: Sequence[str], near: Near) -> list[AvailabilityOut]:
    """What can be sold of each known SKU now, nearest locations first, then by priority; the unknown are left out.

    Where nothing is left, `restock_at` is the day on which the next units are expected. One query, and one more
    where something is sold out.
    """
    ids: dict[str, int] = {}
    policies: dict[str, tuple[str, int | None]] = {}
    places: dict[str, list[tuple[int, PlaceOut]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_AVAILABLE, [list(skus)])
        for sku, policy, low_at, code, available, country, city, product_id in cursor.fetchall():
            policies[sku] = (policy, low_at)
            ids[sku] = product_id
            if available:
                places[sku].append((near.distance(country, city), PlaceOut(code, available)))
    out = [ids[sku] for sku in ids if not places[sku]]
    coming = incoming.expected(out) if out else {}
    rows = []
    for sku in dict.fromkeys(skus):
        if sku in policies:
            found = [place for _, place in sorted(places[sku], key=lambda pair: pair[0])]
            total = sum(place.available for place in found)
            next_units = coming.get(ids[sku])
            back = _morning(next_units[0][0]) if next_units else None
            rows.append(AvailabilityOut(sku, _status(total, *policies[sku]), total, found, back))
    return rows


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.COMPANY_TIME_ZONE))


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
