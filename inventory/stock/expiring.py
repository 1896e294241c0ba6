"""What is kept for a time is let go: its time is over, or nobody wants it any more."""

from collections.abc import Collection
from uuid import UUID

from django.db import connection, transaction

from inventory import levels, news

_PAIRS = "SELECT DISTINCT product_id, location_id FROM inventory_reservation WHERE owner = ANY(%s)"
_DROP = """
WITH gone AS (
  DELETE FROM inventory_reservation WHERE owner = ANY(%s) RETURNING product_id, location_id, quantity
), freed AS (
  SELECT product_id, location_id, sum(quantity)::int AS quantity FROM gone GROUP BY product_id, location_id
)
UPDATE inventory_stocklevel AS level SET committed = level.committed - freed.quantity FROM freed
WHERE level.product_id = freed.product_id AND level.location_id = freed.location_id
RETURNING level.product_id
"""


@transaction.atomic
def drop(owners: Collection[UUID]) -> None:
    """Everything these owners keep is anybody's again. Their rows are locked by the caller.

    What expired may already have been given to somebody else: only what is still there is let go.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, [list(owners)])
        levels.lock(cursor.fetchall(), exact=False)
        cursor.execute(_DROP, [list(owners)])
        freed = {product_id for (product_id,) in cursor.fetchall()}
    if freed:
        news.touch(freed)
