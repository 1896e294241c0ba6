"""What is known of customers: their figures, and how their contacts stand."""

from django.conf import settings

from oms.verifying.check import Check
from orders.histories import FIGURES, KEPT
from orders.names import PARTED

# Left out: who is marked, and whose orders have an event nobody was told of yet.
_SETTLED = """
who.id NOT IN (SELECT customer_id FROM orders_customermark) AND who.id NOT IN (
  SELECT told.customer_id FROM core_outbox AS owed
  JOIN core_event AS event ON (event.id, event.at) = (owed.event_id, owed.event_at)
  JOIN orders_order AS told
    ON told.number = CASE WHEN event.thread LIKE 'order/%%' THEN split_part(event.thread, '/', 2)::bigint END
  WHERE owed.handler IN ('', 'orders.histories.on_order_changed'))
"""
_NOW = FIGURES.format(which=_SETTLED)

CHECKS: tuple[Check, ...] = (
    Check(
        "customers: figures are those of their orders, but for whom a worker is about to work out anew",
        f"""
        SELECT 'customer ' || kept.id, {", ".join(f"kept.{name}, now.{name}" for name in KEPT)}
        FROM orders_customer AS kept JOIN ({_NOW % {"home": f"'{settings.COMPANY_CURRENCY}'"}}) AS now USING (id)
        WHERE ({", ".join(f"kept.{name}" for name in KEPT)})
          IS DISTINCT FROM ({", ".join(f"now.{name}" for name in KEPT)})
        """,
    ),
    Check(
        "customers: each is found by every word of the names they ordered under",
        f"""
        SELECT 'order ' || number, word FROM orders_order,
          unnest(array_remove(string_to_array({PARTED % {"expressions": "name_key"}}, ' '), '')) AS word
        WHERE NOT EXISTS (
          SELECT FROM orders_nameword AS kept
          WHERE kept.customer_id = orders_order.customer_id AND kept.word = word)
        """,
    ),
    Check(
        "customers: a contact stands on one list at most",
        """
        SELECT 'contact ' || contact, count(*) FROM orders_listedcontact WHERE ended_at IS NULL
        GROUP BY contact, email_key, phone_key HAVING count(*) > 1
        """,
    ),
)
