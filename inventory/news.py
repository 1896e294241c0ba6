"""Marks of stock that changed, coalesced: whoever changes it leaves one, `inventory.telling` reads them."""

from collections.abc import Iterable

from django.db import connection

_MARK = """
INSERT INTO inventory_stockmark (product_id) SELECT DISTINCT unnest(%s::bigint[]) ORDER BY 1
ON CONFLICT (product_id) DO NOTHING
"""


def touch(product_ids: Iterable[int]) -> None:
    """These products' availability changed; one mark each, however often."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [list(product_ids)])


_MARK_AT = """
INSERT INTO inventory_stockmark (product_id)
SELECT product_id FROM inventory_stocklevel WHERE location_id = %(location)s AND on_hand > 0
UNION SELECT product_id FROM inventory_stocklimit WHERE location_id = %(location)s
ORDER BY 1 ON CONFLICT (product_id) DO NOTHING
"""


def touch_all_at(location_id: int) -> None:
    """All that lies at a location, or has a limit there, is available otherwise: it began to sell, or ended."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK_AT, {"location": location_id})
