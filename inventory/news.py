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
