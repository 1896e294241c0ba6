"""Back-ordered lines get the stock that arrives: the oldest promise first, whatever is bought meanwhile.

A promise is as old as its order. New orders leave what older lines wait for (`goods.owed`), so what has arrived cannot
be bought away before it is handed out. A pre-ordered product is handed out from its day on.

With `BACKORDERS_BY_STAFF` only what is collected is filled by itself; the rest waits to be allocated (`serve`).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from inventory import news, stock
from inventory.free import UNITS
from inventory.models import Product
from oms.core import company
from oms.core.events import NewEvent, Recorded, record_many
from orders import progress
from orders.goods import recipe_of
from orders.models import Line, Order

CHUNK = 50

_ASKS = """(line.product_id = ANY(%(products)s) AND line.parts = '[]' OR line.parts <> '[]' AND EXISTS (
  SELECT 1 FROM jsonb_to_recordset(line.parts) AS part (product bigint) WHERE part.product = ANY(%(products)s)))"""
_OLDEST = f"""
SELECT o.id FROM orders_line AS line JOIN orders_order AS o ON o.id = line.order_id
JOIN inventory_product AS product ON product.id = line.product_id
WHERE line.backordered > 0 AND {_ASKS}
  AND (product.available_from IS NULL OR product.available_from <= %(today)s)
  AND (NOT %(pickups)s OR o.delivery_kind = 'pickup')
GROUP BY o.id ORDER BY o.placed_at, o.number OFFSET %(after)s LIMIT %(limit)s
"""
_FREE = f"""
SELECT DISTINCT product_id FROM inventory_stocklevel AS level
JOIN inventory_location AS location ON location.id = level.location_id AND location.active
WHERE product_id = ANY(%s) AND {UNITS} > 0
"""
# What a waiting line takes off the shelf, its components where it is a kit.
_AWAITED = """
SELECT DISTINCT coalesce(part.product, line.product_id) FROM orders_line AS line
LEFT JOIN LATERAL jsonb_to_recordset(line.parts) AS part (product bigint) ON line.parts <> '[]'
WHERE line.backordered > 0
"""


def on_stock_changed(event: Recorded) -> None:
    """Something of a product came, went or was let go."""
    product = Product.objects.filter(sku=event.subject_id).first()
    if product is not None and not product.components:
        more, lines, _ = _fill([product.pk], 0)
        if more and lines:
            # The rest of the queue in a transaction of its own: orders are locked before stock.
            news.touch([product.pk])


def fill_due() -> int:
    """Hand out whatever is free and waited for; how many lines got some. Makes up for news nobody heard, and for
    products whose day has come."""
    with connection.cursor() as cursor:
        cursor.execute(_AWAITED)
        awaited = [product_id for (product_id,) in cursor.fetchall()]
        cursor.execute(_FREE, [awaited])
        free = sorted(product_id for (product_id,) in cursor.fetchall())
    filled = 0
    for product_id in free:
        after = 0
        while True:
            more, lines, still = fill([product_id], after)
            filled += lines
            if not more:
                break
            # Who was served left the queue; who was not is passed by.
            after += still
    return filled


@transaction.atomic
def fill(product_ids: list[int], after: int = 0) -> tuple[bool, int, int]:
    """Hand these products out to the oldest `CHUNK` waiting orders behind the first `after`.

    Returns whether more orders wait behind them, how many lines got units, and how many of these orders still wait.
    """
    return _fill(product_ids, after)


def _fill(product_ids: list[int], after: int) -> tuple[bool, int, int]:
    asked: dict[str, Any] = {
        "products": product_ids,
        "today": company.today(),
        "after": after,
        "limit": CHUNK + 1,
        "pickups": settings.BACKORDERS_BY_STAFF,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [product_ids])
        if not cursor.fetchall():
            return False, 0, 0
        cursor.execute(_OLDEST, asked)
        queue = [pk for (pk,) in cursor.fetchall()]
    more, queue = len(queue) > CHUNK, queue[:CHUNK]
    if not queue:
        return False, 0, 0
    orders = progress.lock_many(queue)
    wants: dict[UUID, list[stock.Want]] = {pk: [] for pk in queue}
    lines: dict[UUID, Line] = {}
    waiting = Line.objects.filter(order__in=orders.values(), backordered__gt=0).select_related("product")
    for line in waiting.order_by("position"):
        recipe = recipe_of(line.parts)
        if (line.product.available_from or company.today()) > company.today() or not (
            {part for part, _ in recipe or ((line.product_id, 1),)} & set(product_ids)
        ):
            continue
        lines[line.pk] = line
        wants[line.order_id].append(
            stock.Want(line.pk, line.product_id, line.backordered, backorder=True, parts=recipe)
        )
    outcomes = stock.reserve(
        {pk: asks for pk, asks in wants.items() if asks},
        only_at={
            pk: order.delivery_location_id
            for pk, order in orders.items()
            if order.delivery_kind == "pickup" and order.delivery_location_id
        },
        more=True,
    )
    got: dict[UUID, dict[UUID, int]] = defaultdict(lambda: defaultdict(int))
    for pk, outcome in outcomes.items():
        for keep in outcome.kept:
            got[pk][keep.line] += keep.quantity
    if not got:
        return more, 0, len(queue)
    progress.change_units_many(
        {pk: orders[pk] for pk in got},
        {line: {"reserved": n, "backordered": -n} for mine in got.values() for line, n in mine.items()},
    )
    done = [pk for mine in got.values() for pk, n in mine.items() if n == lines[pk].backordered]
    Line.objects.filter(pk__in=done).update(expected_at=None)
    record_many([_filled(orders[pk], mine, "system") for pk, mine in got.items()])
    served = {line.order_id for line in lines.values()} - {
        line.order_id for pk, line in lines.items() if pk not in set(done)
    }
    return more, sum(len(mine) for mine in got.values()), len(queue) - len(served)


def serve(order: Order, units: Sequence[stock.Keep], *, actor: str) -> None:
    """Waiting units of a locked order get their stock, exactly where it is said.

    Raises InsufficientStock, with nothing changed, where a location has less.
    """
    got = Counter[UUID]()
    for unit in units:
        got[unit.line] += unit.quantity
    lines = {line.pk: line for line in order.lines.filter(pk__in=got)}
    recipes = {pk: recipe_of(line.parts) or ((line.product_id, 1),) for pk, line in lines.items()}
    stock.keep(order.pk, units, recipes)
    progress.change_units(order, {pk: {"reserved": n, "backordered": -n} for pk, n in got.items()})
    Line.objects.filter(pk__in=[pk for pk, n in got.items() if n == lines[pk].backordered]).update(
        expected_at=None
    )
    record_many([_filled(order, got, actor)])


def _filled(order: Order, lines: Mapping[UUID, int], actor: str) -> NewEvent:
    return NewEvent(
        "order.backorder_filled",
        order.ref,
        actor,
        order.channel_id,
        {
            "id": str(order.pk),
            "number": str(order.number),
            "version": order.version,
            "lines": {str(line): units for line, units in lines.items()},
        },
    )
