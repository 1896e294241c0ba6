"""One customer over all channels, found by folded e-mail or phone."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from oms.core.errors import Unavailable
from oms.core.models import new_id
from orders.new_order import Checked

_CUSTOMERS = """
SELECT id, email_key, phone_key FROM orders_customer
WHERE email_key = ANY(%s) OR phone_key = ANY(%s) ORDER BY created_at, id
"""
_NEW_CUSTOMERS = """
INSERT INTO orders_customer (id, name, email, phone, email_key, phone_key, created_at)
SELECT id, name, email, phone, nullif(email_key, ''), nullif(phone_key, ''), now()
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
  AS new (id, name, email, phone, email_key, phone_key)
ON CONFLICT DO NOTHING RETURNING id
"""


def find_or_make(orders: Sequence[Checked]) -> list[UUID]:
    """Each order's customer: the one with the same e-mail or phone, else a new one. No row is updated, none is hot."""
    known = _known(orders)
    found = [_match(order, known) for order in orders]
    new: dict[tuple[str, str], tuple[UUID, Checked]] = {}
    for order, match in zip(orders, found, strict=True):
        if match is None and (order.email_key or order.phone_key):
            new.setdefault((order.email_key, order.phone_key), (new_id(), order))
    anonymous = {
        index: new_id()
        for index, order in enumerate(orders)
        if found[index] is None and not (order.email_key or order.phone_key)
    }
    rows = sorted(
        [
            *((key[0], key[1], str(id), order) for key, (id, order) in new.items()),
            *(("", "", str(id), orders[index]) for index, id in anonymous.items()),
        ],
        key=lambda row: row[:3],
    )
    if not rows:
        return [match for match in found if match is not None]
    with connection.cursor() as cursor:
        cursor.execute(
            _NEW_CUSTOMERS,
            [
                [row[2] for row in rows],
                [row[3].name for row in rows],
                [row[3].email for row in rows],
                [row[3].phone for row in rows],
                [row[0] for row in rows],
                [row[1] for row in rows],
            ],
        )
        inserted = {row[0] for row in cursor.fetchall()}
    if len(inserted) < len(rows):
        # Somebody made the same customer a moment ago, or two keys of this batch meet in one person.
        known = _known(orders)
    else:
        for (email_key, phone_key), (id, _) in new.items():
            known.setdefault(("email", email_key), id)
            known.setdefault(("phone", phone_key), id)
    result = []
    for index, order in enumerate(orders):
        match = found[index] or anonymous.get(index) or _match(order, known)
        if match is None:
            raise Unavailable("Another order of this customer is being placed; try again.", retry_after=1)
        result.append(match)
    return result


def _known(orders: Sequence[Checked]) -> dict[tuple[str, str], UUID]:
    emails = sorted({order.email_key for order in orders if order.email_key})
    phones = sorted({order.phone_key for order in orders if order.phone_key})
    known: dict[tuple[str, str], UUID] = {}
    if emails or phones:
        with connection.cursor() as cursor:
            cursor.execute(_CUSTOMERS, [emails, phones])
            for id, email_key, phone_key in cursor.fetchall():
                if email_key:
                    known.setdefault(("email", email_key), id)
                if phone_key:
                    known.setdefault(("phone", phone_key), id)
    return known


def _match(order: Checked, known: dict[tuple[str, str], UUID]) -> UUID | None:
    return (order.email_key and known.get(("email", order.email_key))) or (
        order.phone_key and known.get(("phone", order.phone_key)) or None
    )
