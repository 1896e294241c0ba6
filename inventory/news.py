"""News of stock, coalesced: whoever changes what is available leaves a mark, and a worker tells of it once per SKU."""

from collections.abc import Iterable

from django.db import connection, transaction

from oms.core.events import NewEvent, record_many

_MARK = """
INSERT INTO inventory_stockmark (product_id) SELECT DISTINCT unnest(%s::bigint[]) ORDER BY 1
ON CONFLICT (product_id) DO NOTHING
"""
_TAKE = """
WITH marked AS (
  DELETE FROM inventory_stockmark WHERE product_id IN (
    SELECT product_id FROM inventory_stockmark ORDER BY product_id LIMIT %s FOR UPDATE SKIP LOCKED
  ) RETURNING product_id
)
SELECT product.id, product.uid, product.sku, product.low_stock_at, product.low_since IS NOT NULL,
       coalesce(sum(greatest(0, on_hand - committed - damaged - quality_control - safety))
                FILTER (WHERE location.active), 0)
FROM marked JOIN inventory_product AS product ON product.id = marked.product_id
LEFT JOIN inventory_stocklevel AS level ON level.product_id = product.id
LEFT JOIN inventory_location AS location ON location.id = level.location_id
GROUP BY product.id ORDER BY product.id
"""
_LOW = """
UPDATE inventory_product SET low_since = CASE WHEN id = ANY(%s) THEN now() END WHERE id = ANY(%s)
"""
BATCH = 500


def touch(product_ids: Iterable[int]) -> None:
    """These products' availability changed; one mark each, however often."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [list(product_ids)])


def tell() -> int:
    """Record `stock.changed` for each marked product and `stock.low` for one just become low.

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
        events = []
        fell, rose = [], []
        for product_id, uid, sku, low_at, known_low, available in rows:
            facts = {
                "id": str(uid),
                "number": sku,
                "version": 1,
                "available": int(available),
            }
            events.append(NewEvent("stock.changed", f"stock/{sku}", "system", data=facts))
            is_low = low_at is not None and available <= low_at
            if is_low and not known_low:
                fell.append(product_id)
                events.append(NewEvent("stock.low", f"stock/{sku}", "system", data=facts))
            elif known_low and not is_low:
                rose.append(product_id)
        if fell or rose:
            cursor.execute(_LOW, [fell, fell + rose])
        record_many(events)
    return len(rows)
