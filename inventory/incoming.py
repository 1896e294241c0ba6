"""What is still to come: units on their way between locations and units ordered from suppliers."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db import connection

from oms.core import company

# `verify` proves that a level's `incoming` is the sum of these.
COMING = """
SELECT line.product_id, transfer.target_id AS location_id,
       transfer.expected_on AS day, line.shipped + line.variance - line.received AS units
FROM inventory_transferline AS line JOIN inventory_transfer AS transfer ON transfer.id = line.transfer_id
WHERE transfer.state IN ('shipped', 'partly_received') AND line.shipped + line.variance > line.received
UNION ALL
SELECT line.product_id, purchase.location_id,
       purchase.expected_on, line.quantity - line.dropped - line.received
FROM inventory_purchaseline AS line JOIN inventory_purchaseorder AS purchase ON purchase.id = line.order_id
WHERE purchase.state IN ('sent', 'partly_received') AND line.quantity - line.dropped > line.received
"""
_EXPECTED = f"""
SELECT coming.product_id, greatest(coming.day, %s::date) AS on_day, sum(coming.units)
FROM ({COMING}) AS coming JOIN inventory_location AS location ON location.id = coming.location_id AND location.active
WHERE coming.product_id = ANY(%s) GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608  the text is ours


def expected(product_ids: Collection[int], *, today: date | None = None) -> dict[int, list[tuple[date, int]]]:
    """When how many units of each product arrive, soonest first; products of which none are on order are left out.

    Open transfers and purchase orders to locations that sell. What is overdue counts as coming today. One query.
    """
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_EXPECTED, [today or company.today(), list(product_ids)])
        for product_id, day, units in cursor.fetchall():
            found[product_id].append((day, int(units)))
    return dict(found)
