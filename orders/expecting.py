"""The day on which a waiting line may be promised its units: what is on order, shared out in the queue's order."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from inventory import incoming
from inventory.free import UNITS
from oms.core import company
from oms.core.events import NewEvent, record_many
from orders.models import Line
from orders.progress import lock_many

BATCH = 200

_QUEUE = """
SELECT line.id, line.order_id, coalesce(part.product, line.product_id),
       line.backordered * coalesce(part.quantity, 1), line.expected_at, product.available_from
FROM orders_line AS line JOIN orders_order AS o ON o.id = line.order_id
JOIN inventory_product AS product ON product.id = line.product_id
LEFT JOIN LATERAL jsonb_to_recordset(line.parts) AS part (product bigint, quantity int) ON line.parts <> '[]'
WHERE line.backordered > 0
ORDER BY o.placed_at, o.number, line.position
"""
_AHEAD = """
SELECT coalesce(part.product, line.product_id), sum(line.backordered * coalesce(part.quantity, 1))
FROM orders_line AS line
LEFT JOIN LATERAL jsonb_to_recordset(line.parts) AS part (product bigint, quantity int) ON line.parts <> '[]'
WHERE line.backordered > 0 AND coalesce(part.product, line.product_id) = ANY(%s) GROUP BY 1
"""
_FREE = f"""
SELECT product_id, sum(greatest(0, {UNITS}))
FROM inventory_stocklevel AS level
JOIN inventory_location AS location ON location.id = level.location_id AND location.active
WHERE product_id = ANY(%s) GROUP BY product_id
"""
_SET = """
UPDATE orders_line AS line SET expected_at = new.day FROM unnest(%s::uuid[], %s::date[]) AS new (id, day)
WHERE line.id = new.id AND line.backordered > 0 RETURNING line.id
"""
_VERSIONS = "UPDATE orders_order SET version = version + 1, updated_at = %s WHERE id = ANY(%s)"


class _Coming:
    """Units of products by day, handed out in turn."""

    def __init__(self, product_ids: Collection[int], free: dict[int, int] | None = None) -> None:
        self.days: dict[int, list[list[Any]]] = {
            product_id: [[day, units] for day, units in days]
            for product_id, days in incoming.expected(product_ids).items()
        }
        for product_id, units in (free or {}).items():
            if units:
                self.days.setdefault(product_id, []).insert(0, [company.today(), int(units)])

    def take(self, product_id: int, units: int) -> date | None:
        """The day on which the last of so many units is there; None if there is no telling."""
        days = self.days.get(product_id, [])
        last = None
        while units and days:
            took = min(units, days[0][1])
            days[0][1] -= took
            units -= took
            last = days[0][0]
            if not days[0][1]:
                days.pop(0)
        return None if units else last


def promise(lines: Sequence[Line], sold_from: dict[int, date | None]) -> None:
    """Set the day of new lines that wait, not stored yet, behind all that wait already. Two queries."""
    needs = [(line, part, units) for line in lines for part, units in _needs(line)]
    products = sorted({part for _, part, _ in needs})
    coming = _Coming(products)
    with connection.cursor() as cursor:
        cursor.execute(_AHEAD, [products])
        for product_id, units in cursor.fetchall():
            coming.take(product_id, int(units))
    days: dict[UUID, list[date | None]] = defaultdict(list)
    for line, part, units in needs:
        days[line.pk].append(coming.take(part, units))
    for line in lines:
        line.expected_at = _latest(days[line.pk], sold_from.get(line.product_id))


def refresh() -> int:
    """Reckon every waiting line's day anew; those that changed are stored and told of. How many orders."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE)
        queue = cursor.fetchall()
        products = sorted({row[2] for row in queue})
        cursor.execute(_FREE, [products])
        free = dict(cursor.fetchall())
    coming = _Coming(products, free) if queue else None
    days: dict[UUID, list[date | None]] = defaultdict(list)
    facts: dict[UUID, tuple[UUID, date | None, date | None]] = {}
    for line, order, product_id, units, was, sold_from in queue:
        days[line].append(coming.take(product_id, units) if coming else None)
        facts[line] = (order, was, sold_from)
    changed: dict[UUID, dict[UUID, date | None]] = defaultdict(dict)
    for line, (order, was, sold_from) in facts.items():
        day = _latest(days[line], sold_from)
        if day != was:
            changed[order][line] = day
    orders = sorted(changed)
    for start in range(0, len(orders), BATCH):
        _store({pk: changed[pk] for pk in orders[start : start + BATCH]})
    return len(orders)


@transaction.atomic
def _store(changed: dict[UUID, dict[UUID, date | None]]) -> None:
    orders = lock_many(list(changed))
    rows = [(line, day) for days in changed.values() for line, day in days.items()]
    with connection.cursor() as cursor:
        cursor.execute(_SET, [[line for line, _ in rows], [day for _, day in rows]])
        set_now = {line for (line,) in cursor.fetchall()}
        told = {pk: days for pk, days in changed.items() if set_now & set(days)}
        cursor.execute(_VERSIONS, [timezone.now(), list(told)])
    record_many(
        [
            NewEvent(
                "order.rescheduled",
                orders[pk].ref,
                "system",
                orders[pk].channel_id,
                {
                    "id": str(pk),
                    "number": str(orders[pk].number),
                    "version": orders[pk].version + 1,
                    "lines": {str(line): day.isoformat() if day else None for line, day in days.items()},
                },
            )
            for pk, days in told.items()
        ]
    )


def _needs(line: Line) -> list[tuple[int, int]]:
    parts = [(part["product"], part["quantity"]) for part in line.parts] or [(line.product_id, 1)]
    return [(product_id, line.backordered * per_unit) for product_id, per_unit in parts]


def _latest(days: Sequence[date | None], sold_from: date | None) -> date | None:
    """All components must be there. A pre-order's own day stands where nobody knows of units on their way."""
    known = [day for day in days if day is not None]
    if sold_from and sold_from > company.today():
        return max([sold_from, *known])
    return max(known) if known and len(known) == len(days) else None
