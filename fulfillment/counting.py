"""What a count cannot see from the shelf: units in pickers' hands and in packed parcels are on hand, and not there.

And what booking it takes from orders: where less is left than was promised, the newest promises wait again.
"""

from uuid import UUID

from django.db import connection, transaction

from fulfillment import shortages
from inventory import counting, levels
from inventory.models import CountLine, StockCount

# In one statement beside the level, whose lock a hand-over takes too: it sees both or neither of what that changes.
_OFF_SHELF = """
SELECT coalesce(sum(CASE WHEN line.product_id = %s THEN row.picked
                         ELSE coalesce((row.parts_picked ->> %s)::int, 0) END), 0)
FROM fulfillment_shipment AS shipment
JOIN fulfillment_shipmentline AS row ON row.shipment_id = shipment.id
JOIN orders_line AS line ON line.id = row.line_id
WHERE shipment.location_id = %s AND shipment.handed_over_at IS NULL AND shipment.state <> 'cancelled'
"""


@transaction.atomic
def enter(line_id: UUID, *, counted: int, actor: str) -> CountLine:
    """So many units lie on the shelf now; what was picked and has not left is known. Raises IllegalMove."""
    line = CountLine.objects.select_related("product").get(pk=line_id)
    counting.lock(line.count_id)
    levels.lock([(line.product_id, line.location_id)], exact=False)
    with connection.cursor() as cursor:
        cursor.execute(_OFF_SHELF, [line.product_id, line.product.sku, line.location_id])
        off_shelf = int(cursor.fetchone()[0])
    return counting.enter(line_id, counted=counted, off_shelf=off_shelf, actor=actor)


@transaction.atomic
def submit(count: StockCount, *, actor: str) -> StockCount:
    """`counting.submit`, with room made for what it books at once."""
    count = counting.lock(count.pk)
    if not counting.price(count).needs_approval:
        _make_room(count, actor)
    return counting.submit(count, actor=actor)


@transaction.atomic
def approve(count: StockCount, *, actor: str) -> StockCount:
    """`counting.approve`, with room made for what it books."""
    count = counting.lock(count.pk)
    _make_room(count, actor)
    return counting.approve(count, actor=actor)


def _make_room(count: StockCount, actor: str) -> None:
    if gone := counting.leaving(count):
        shortages.make_room(gone, reason=f"Counted: {count.number}", actor=actor)
