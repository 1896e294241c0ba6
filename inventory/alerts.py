"""Too little and too much: limits by location, and the list of those that are broken now.

A product's own `low_stock_at` is about all selling locations together; a location's limits are about that
location. `inventory.news` looks again at every product whose stock changed, and at all a location has when it is
switched on or off: what is off is neither low nor too much.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from inventory import news
from inventory.free import UNITS
from inventory.models import Location, Product, StockLimit
from oms.core.errors import Invalid
from oms.core.events import NewEvent, record
from oms.core.saying import said

_SETTLE = f"""
WITH levels AS (
  SELECT level.product_id, level.location_id, level.on_hand,
         greatest(0, {UNITS}) AS available
  FROM inventory_stocklevel AS level
  JOIN inventory_location AS location ON location.id = level.location_id AND location.active
  WHERE level.product_id = ANY(%(products)s)
), everywhere AS (
  SELECT product.id AS product_id, product.low_stock_at, coalesce(sum(levels.available), 0)::int AS available
  FROM inventory_product AS product LEFT JOIN levels ON levels.product_id = product.id
  WHERE product.id = ANY(%(products)s) AND product.low_stock_at IS NOT NULL GROUP BY product.id
), here AS (
  SELECT bound.product_id, bound.location_id, bound.minimum, bound.maximum,
         coalesce(levels.available, 0) AS available, coalesce(levels.on_hand, 0) AS on_hand
  FROM inventory_stocklimit AS bound
  JOIN inventory_location AS location ON location.id = bound.location_id AND location.active
  LEFT JOIN levels ON levels.product_id = bound.product_id AND levels.location_id = bound.location_id
  WHERE bound.product_id = ANY(%(products)s)
), broken AS (
  SELECT product_id, NULL::bigint AS location_id, 'low' AS kind, low_stock_at AS bound, available AS figure
  FROM everywhere WHERE available <= low_stock_at
  UNION ALL
  SELECT product_id, location_id, 'low', minimum, available FROM here WHERE available <= minimum
  UNION ALL
  SELECT product_id, location_id, 'over', maximum, on_hand FROM here WHERE on_hand > maximum
), over AS (
  DELETE FROM inventory_stockalert AS alert WHERE alert.product_id = ANY(%(products)s) AND NOT EXISTS (
    SELECT 1 FROM broken WHERE broken.product_id = alert.product_id AND broken.kind = alert.kind
      AND broken.location_id IS NOT DISTINCT FROM alert.location_id)
), kept AS (
  INSERT INTO inventory_stockalert AS alert (product_id, location_id, kind, "limit", figure, since)
  SELECT product_id, location_id, kind, bound, figure, now() FROM broken ORDER BY product_id, location_id, kind
  ON CONFLICT (product_id, location_id, kind) DO UPDATE SET "limit" = excluded."limit", figure = excluded.figure
  RETURNING alert.product_id, alert.location_id, alert.kind, alert."limit", alert.figure, alert.xmax = 0 AS is_new
)
SELECT product.uid, product.sku, coalesce(location.code, ''), kept.kind, kept."limit", kept.figure
FROM kept JOIN inventory_product AS product ON product.id = kept.product_id
LEFT JOIN inventory_location AS location ON location.id = kept.location_id
WHERE kept.is_new ORDER BY product.id, location.id, kept.kind
"""


def settle(product_ids: Sequence[int]) -> list[NewEvent]:
    """Bring the alerts of these products up to date; the events of those that are new. One statement.

    Two callers never share a product: `inventory.news` takes each mark once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, {"products": list(product_ids)})
        rows = cursor.fetchall()
    events = []
    for uid, sku, location, kind, limit, figure in rows:
        facts: dict[str, Any] = {"id": str(uid), "number": sku, "version": 1, "limit": limit}
        facts["available" if kind == "low" else "on_hand"] = figure
        if location:
            facts["location"] = location
        events.append(NewEvent(f"stock.{kind}", f"stock/{sku}", "system", data=facts))
    return events


@transaction.atomic
def set_limits(
    product: Product, location: Location, *, minimum: int | None, maximum: int | None, actor: str
) -> StockLimit | None:
    """How little and how much of a product may lie at a location; None and None: as much or as little as you like."""
    if minimum is not None and maximum is not None and minimum >= maximum:
        raise Invalid.at("/maximum", said("The maximum lies above the minimum."), "no_room")
    found: StockLimit | None = None
    if minimum is None and maximum is None:
        StockLimit.objects.filter(product=product, location=location).delete()
    else:
        found, _ = StockLimit.objects.update_or_create(
            product=product, location=location, defaults={"minimum": minimum, "maximum": maximum}
        )
    data = {
        "id": str(product.uid),
        "number": product.sku,
        "version": 1,
        "location": location.code,
        "minimum": minimum,
        "maximum": maximum,
    }
    record("stock.limited", f"stock/{product.sku}", actor=actor, data=data)
    news.touch([product.pk])
    return found
