"""What became of the marks that `inventory.news` left: one event a SKU, alerts that began, wishes that come true."""

from django.db import connection, transaction

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
BATCH = 500


def tell() -> int:
    """Record `stock.changed` for each marked product, `stock.low` and `stock.over` for limits just broken, and wake
    the wishes for what can be had again.

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
    for _, uid, sku, available in rows:
        facts = {"id": str(uid), "number": sku, "version": 1, "available": int(available)}
        events.append(NewEvent("stock.changed", f"stock/{sku}", "system", data=facts))
    events += alerts.settle([row[0] for row in rows])
    events += wishes.wake([product_id for product_id, _, _, available in rows if available > 0])
    record_many(events)
    return len(rows)
