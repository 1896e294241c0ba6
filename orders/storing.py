"""The rows of new orders, written set-based: one statement for the orders, one for everything that hangs on them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from orders.models import Order
from orders.names import words
from orders.placement import Placed

_ORDER_COLUMNS = """
id, channel_id, external_id, fingerprint, currency, language, placed_at, created_at, updated_at, version,
customer_id, customer_name, customer_email, customer_phone, name_key, email_key, phone_key,
shipping_address, billing_address, country, prices_include_tax, shipping_service, shipping_price,
shipping_tax_rate, shipping_tax, delivery_kind, delivery_location_id, delivery_location_code, delivery_slot,
note, gift_message, tags, metadata, tracking_token, items, discount, shipping, tax, placed_total, total,
credited, paid, status, stage, payment_status, fulfillment_status, return_status, returns_open
"""
# `number` is left to its sequence. Sorted, so that two batches never wait for each other in a circle.
_INTO = f"""
  INSERT INTO orders_order ({_ORDER_COLUMNS})
  SELECT {_ORDER_COLUMNS} FROM jsonb_populate_recordset(NULL::orders_order, %s) ORDER BY channel_id, external_id
"""
# What is taken back again gets a number below zero, its id's own: the sequence would not take one back.
_TRIED_INTO = f"""
  INSERT INTO orders_order (number, {_ORDER_COLUMNS})
  SELECT -1 - (hashtextextended(id::text, 0) & 9223372036854775806), {_ORDER_COLUMNS}
  FROM jsonb_populate_recordset(NULL::orders_order, %s) ORDER BY channel_id, external_id
"""
_STORED = """
WITH stored AS (
  {into}
  ON CONFLICT (channel_id, external_id) DO NOTHING RETURNING id, number
), kept AS (
  INSERT INTO orders_ordersource (order_id, payload)
  SELECT source.id, source.payload FROM jsonb_to_recordset(%s) AS source (id uuid, payload text) JOIN stored USING (id)
), called AS (
  INSERT INTO orders_nameword (customer_id, word)
  SELECT DISTINCT customer_id, word FROM jsonb_to_recordset(%s) AS name (id uuid, customer_id uuid, words text[])
  JOIN stored USING (id), unnest(words) AS word ORDER BY customer_id, word
  ON CONFLICT DO NOTHING
)
SELECT id, number FROM stored
"""
_ORDERS, _TRIED = _STORED.format(into=_INTO), _STORED.format(into=_TRIED_INTO)
_LINE_COLUMNS = """
id, order_id, position, product_id, sku, quantity, unit_price, discount, tax_rate, tax, total, personalisation,
parts, expected_at, reserved, backordered, allocated, picked, packed, shipped, delivered, cancelled, returned
"""
_HOLD_COLUMNS = "id, order_id, reason, note, since, placed_by, released_by"
_PAYMENT_COLUMNS = "id, order_id, kind, method, provider, amount, reference, at, actor"
_ROWS = f"""
WITH held AS (
  INSERT INTO orders_hold ({_HOLD_COLUMNS})
  SELECT {_HOLD_COLUMNS} FROM jsonb_populate_recordset(NULL::orders_hold, %s)
), paid AS (
  INSERT INTO orders_payment ({_PAYMENT_COLUMNS})
  SELECT {_PAYMENT_COLUMNS} FROM jsonb_populate_recordset(NULL::orders_payment, %s)
)
INSERT INTO orders_line ({_LINE_COLUMNS})
SELECT {_LINE_COLUMNS} FROM jsonb_populate_recordset(NULL::orders_line, %s)
"""
_TAKE_BACK = """
WITH gone AS (DELETE FROM orders_ordersource WHERE order_id = ANY(%s))
DELETE FROM orders_order WHERE id = ANY(%s)
"""
_STAGES = """
UPDATE orders_order AS o SET stage = new.stage FROM unnest(%s::uuid[], %s::text[]) AS new (id, stage)
WHERE o.id = new.id
"""

_line_columns = tuple(name.strip() for name in _LINE_COLUMNS.split(","))
_order_columns = tuple(name.strip() for name in _ORDER_COLUMNS.split(","))
_hold_columns = tuple(name.strip() for name in _HOLD_COLUMNS.split(","))
_payment_columns = tuple(name.strip() for name in _PAYMENT_COLUMNS.split(","))


def insert_orders(orders: Sequence[Order], sources: Sequence[str], *, trial: bool) -> dict[UUID, int]:
    """Insert the orders that are new; their numbers by id. In a `trial` the sequence gives none out."""
    rows = [
        # PostgreSQL reads a bytea written in hex.
        {
            **_row(order, _order_columns),
            "fingerprint": "\\x" + bytes(order.fingerprint).hex(),
        }
        for order in orders
    ]
    texts = [{"id": order.id, "payload": text} for order, text in zip(orders, sources, strict=True)]
    names = [
        {"id": order.id, "customer_id": order.customer_id, "words": words(order.customer_name)}
        for order in orders
    ]
    with connection.cursor() as cursor:
        cursor.execute(_TRIED if trial else _ORDERS, [_json(rows), _json(texts), _json(names)])
        return dict(cursor.fetchall())


def insert_rows(placed: Sequence[Placed]) -> None:
    holds = [_row(hold, _hold_columns) for draft in placed for hold in draft.holds]
    payments = [_row(payment, _payment_columns) for draft in placed for payment in draft.payments]
    lines = [_row(line, _line_columns) for draft in placed for line in draft.lines]
    waiting = [draft for draft in placed if any(line.backordered for line in draft.lines)]
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [_json(holds), _json(payments), _json(lines)])
        if waiting:
            cursor.execute(
                _STAGES,
                [[d.order.id for d in waiting], [d.order.stage for d in waiting]],
            )


def take_back(order_ids: Sequence[UUID]) -> None:
    """Delete orders of this transaction that turned out to be refused; nothing else hangs on them yet."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, [list(order_ids), list(order_ids)])


def _row(record: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    facts = record.__dict__
    return {name: facts[name] for name in columns}


def _json(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
