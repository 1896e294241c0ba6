"""A customer's history in figures, kept beside them so that lists sort and filter by it at any size.

Placing an order writes nothing here: a worker marks the customer, and marked customers are worked out anew from their
orders, many in one statement. The figures are never added to, so that no event told twice or late spoils them.
The words customers are found by are compared with their orders' names on the way.
"""

from django.conf import settings
from django.db import connection, transaction

from oms.core.events import Recorded
from orders import names
from orders.models import Customer

BATCH = 500

_MARK = """
INSERT INTO orders_customermark (customer_id) SELECT customer_id FROM orders_order WHERE number = %s
ON CONFLICT (customer_id) DO NOTHING
"""
_TAKE = """
DELETE FROM orders_customermark WHERE customer_id IN (
  SELECT customer_id FROM orders_customermark ORDER BY customer_id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING customer_id
"""
# The figures of each customer `{which}` names, from their orders. Read by `verify` too.
FIGURES = """
SELECT who.id,
  count(o.id) FILTER (WHERE o.status <> 'cancelled') AS order_count,
  count(o.id) FILTER (WHERE o.status = 'cancelled') AS cancelled_count,
  count(o.id) FILTER (WHERE o.return_status IN ('partially_returned', 'returned')) AS returned_count,
  coalesce(sum(o.paid) FILTER (WHERE o.currency = %(home)s), 0) AS paid,
  coalesce((
    SELECT jsonb_object_agg(currency, total::text) FROM (
      SELECT currency, trim_scale(sum(paid)) AS total FROM orders_order
      WHERE customer_id = who.id AND currency <> %(home)s GROUP BY currency HAVING sum(paid) <> 0) AS others
  ), '{{}}') AS paid_elsewhere,
  min(o.placed_at) FILTER (WHERE o.status <> 'cancelled') AS first_order_at,
  max(o.placed_at) FILTER (WHERE o.status <> 'cancelled') AS last_order_at,
  coalesce(array_agg(DISTINCT o.channel_id) FILTER (WHERE o.status <> 'cancelled'), '{{}}') AS channels,
  coalesce(array_agg(DISTINCT o.country) FILTER (WHERE o.status <> 'cancelled' AND o.country <> ''), '{{}}')
    AS countries,
  coalesce(array_agg(DISTINCT lower(trim(o.shipping_address ->> 'city')))
    FILTER (WHERE o.status <> 'cancelled' AND trim(o.shipping_address ->> 'city') <> ''), '{{}}') AS cities,
  coalesce((array_agg(o.language ORDER BY o.placed_at DESC, o.id DESC) FILTER (WHERE o.status <> 'cancelled'))[1], '')
    AS language
FROM orders_customer AS who LEFT JOIN orders_order AS o ON o.customer_id = who.id
WHERE {which} GROUP BY who.id
"""
KEPT = (
    "order_count",
    "cancelled_count",
    "returned_count",
    "paid",
    "paid_elsewhere",
    "first_order_at",
    "last_order_at",
    "channels",
    "countries",
    "cities",
    "language",
)
_KEEP = f"""
UPDATE orders_customer AS customer SET {", ".join(f"{name} = now.{name}" for name in KEPT)}
FROM ({FIGURES.format(which="who.id = ANY(%(customers)s)")}) AS now WHERE customer.id = now.id
"""


def on_order_changed(event: Recorded) -> None:
    """Something about an order that its customer's figures tell."""
    mark(int(event.thread.partition("/")[2]))


def mark(number: int) -> None:
    """The figures of the order's customer are to be worked out anew."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [number])


def catch_up() -> int:
    """Work out anew every marked customer; answers how many."""
    done = 0
    while batch := _catch_up_batch():
        done += batch
    return done


@transaction.atomic
def _catch_up_batch() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [BATCH])
        marked = [row[0] for row in cursor.fetchall()]
        if marked:
            cursor.execute(
                "SELECT id FROM orders_customer WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [marked]
            )
            cursor.execute(_KEEP, {"customers": marked, "home": settings.COMPANY_CURRENCY})
            names.keep(list(Customer.objects.filter(pk__in=marked).only("name")))
    return len(marked)
