"""One customer over all channels, found by folded e-mail or phone."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from django.db import connection

from oms.core.errors import Unavailable
from oms.core.models import new_id
from orders.new_order import Checked

_KNOWN = """
SELECT id, email_key, phone_key FROM orders_customer
WHERE email_key = ANY(%s) OR phone_key = ANY(%s) ORDER BY created_at, id
"""
# One trip finds who is known and makes who is not. Rows come sorted, so that two batches never wait for each
# other in a circle; a conflict means that somebody made the same person a moment ago.
_FIND_OR_MAKE = """
WITH asked AS (
  SELECT * FROM jsonb_to_recordset(%s)
    AS asked (id uuid, name text, email text, phone text, email_key text, phone_key text)
), known AS (
  SELECT id, email_key, phone_key, created_at FROM orders_customer
  WHERE email_key = ANY(%s) OR phone_key = ANY(%s)
), made AS (
  INSERT INTO orders_customer (id, name, email, phone, email_key, phone_key, created_at)
  SELECT id, name, email, phone, email_key, phone_key, now() FROM asked
  WHERE NOT EXISTS (
    SELECT 1 FROM known WHERE known.email_key = asked.email_key OR known.phone_key = asked.phone_key
  )
  ON CONFLICT DO NOTHING RETURNING id, email_key, phone_key, created_at
)
SELECT id, email_key, phone_key FROM (SELECT * FROM known UNION ALL SELECT * FROM made) AS everyone
ORDER BY created_at, id
"""


def find_or_make(orders: Sequence[Checked]) -> list[UUID]:
    """Each order's customer: the one with the same e-mail or phone, else a new one.

    No row is updated, so none is hot.
    """
    anonymous = {i: new_id() for i, order in enumerate(orders) if not (order.email_key or order.phone_key)}
    new: dict[tuple[str, str], dict[str, str | None]] = {}
    for index, order in enumerate(orders):
        key = (order.email_key, order.phone_key) if index not in anonymous else ("", str(index))
        new.setdefault(
            key,
            {
                "id": str(anonymous.get(index) or new_id()),
                "name": order.name,
                "email": order.email,
                "phone": order.phone,
                "email_key": order.email_key or None,
                "phone_key": order.phone_key or None,
            },
        )
    emails = sorted({order.email_key for order in orders if order.email_key})
    phones = sorted({order.phone_key for order in orders if order.phone_key})
    rows = [new[key] for key in sorted(new)]
    with connection.cursor() as cursor:
        cursor.execute(_FIND_OR_MAKE, [msgspec.json.encode(rows).decode(), emails, phones])
        known = _by_key(cursor.fetchall())
        found = [anonymous.get(index) or _match(order, known) for index, order in enumerate(orders)]
        if None in found:
            cursor.execute(_KNOWN, [emails, phones])
            known = _by_key(cursor.fetchall())
            found = [match or _match(order, known) for match, order in zip(found, orders, strict=True)]
    customers = [match for match in found if match is not None]
    if len(customers) < len(orders):
        raise Unavailable("Another order of this customer is being placed; try again.", retry_after=1)
    return customers


def _by_key(rows: list[tuple[UUID, str | None, str | None]]) -> dict[tuple[str, str], UUID]:
    """The oldest customer of each e-mail and phone."""
    known: dict[tuple[str, str], UUID] = {}
    for id, email_key, phone_key in rows:
        if email_key:
            known.setdefault(("email", email_key), id)
        if phone_key:
            known.setdefault(("phone", phone_key), id)
    return known


def _match(order: Checked, known: dict[tuple[str, str], UUID]) -> UUID | None:
    by_email = known.get(("email", order.email_key)) if order.email_key else None
    by_phone = known.get(("phone", order.phone_key)) if order.phone_key else None
    return by_email or by_phone
