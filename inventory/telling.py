"""What became of the marks that `inventory.news` left: one event a SKU, alerts that began, wishes that come true."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from inventory import alerts, wishes
from inventory.free import FREE
from oms.core.events import NewEvent, record_many

# A kit is news where a component is.
_TAKE = f"""
WITH marked AS (
  DELETE FROM inventory_stockmark WHERE product_id IN (
    SELECT product_id FROM inventory_stockmark ORDER BY product_id LIMIT %s FOR UPDATE SKIP LOCKED
  ) RETURNING product_id
), asked AS (
  SELECT id, components FROM inventory_product WHERE id IN (SELECT product_id FROM marked)
  UNION
  SELECT kit.id, kit.components FROM inventory_product AS kit, jsonb_array_elements(kit.components) AS part
  WHERE kit.components <> '[]' AND part ->> 'sku' IN (
    SELECT sku FROM inventory_product WHERE id IN (SELECT product_id FROM marked)
  )
), {FREE}
SELECT product.id, product.uid, product.sku, coalesce(sum(free.units) FILTER (WHERE location.active), 0)
FROM asked JOIN inventory_product AS product ON product.id = asked.id
LEFT JOIN free ON free.sold = product.id
LEFT JOIN inventory_location AS location ON location.id = free.location_id
GROUP BY product.id ORDER BY product.id
"""
# Whoever alone moved units of a product since it was last told of, as far as that is within the hour. What many moved
# is nobody's; the newest few tell so at the same cost for a product that sells by the thousand.
_MOVED_BY = """
SELECT asked.id, min(moved.actor)
FROM unnest(%(products)s::bigint[], %(threads)s::text[]) AS asked (id, thread)
LEFT JOIN LATERAL (
  SELECT at FROM core_event WHERE thread = asked.thread AND kind = 'stock.changed' ORDER BY id DESC LIMIT 1
) AS told ON true
JOIN LATERAL (
  SELECT actor, at FROM inventory_movement WHERE product_id = asked.id ORDER BY id DESC LIMIT %(newest)s
) AS moved ON moved.at > greatest(told.at, %(since)s)
GROUP BY asked.id HAVING count(*) < %(newest)s AND count(DISTINCT moved.actor) = 1
"""
NEWEST = 20
BATCH = 500
HOUR = timedelta(hours=1)


def tell() -> int:
    """Record `stock.changed` for each marked product, `stock.low` and `stock.over` for limits just broken, and wake
    the wishes for what can be had again. A change by one person, such as a correction, names them.

    Returns how many products.
    """
    told = 0
    while batch := _tell_batch():
        told += batch
    return told


@transaction.atomic
def _tell_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [BATCH])
        rows = cursor.fetchall()
    if not rows:
        return 0
    events = []
    moved_by = _moved_by({row[0]: f"stock/{row[2]}" for row in rows})
    for product_id, uid, sku, available in rows:
        facts = {"id": str(uid), "number": sku, "version": 1, "available": int(available)}
        events.append(
            NewEvent("stock.changed", f"stock/{sku}", moved_by.get(product_id, "system"), data=facts)
        )
    events += alerts.settle([row[0] for row in rows])
    events += wishes.wake([product_id for product_id, _, _, available in rows if available > 0])
    record_many(events)
    return len(rows)


def _moved_by(threads: dict[int, str]) -> dict[int, str]:
    """The one actor behind a product's news; several, or none who moved anything, stay with the system."""
    since = timezone.now() - HOUR
    facts: dict[str, Any] = {
        "products": list(threads),
        "threads": list(threads.values()),
        "since": since,
        "newest": NEWEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_MOVED_BY, facts)
        return dict(cursor.fetchall())
