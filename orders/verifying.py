"""Proves that what is cached on orders is what their lines, holds and ledger say. Reads only."""

from collections import defaultdict
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from django.db import connection

from orders import ledger, progress
from orders.models import Line, Order, Payment

CHUNK = 5_000
_FIRST = "00000000-0000-0000-0000-000000000000"

# What the derivation may change, and what it reads beside.
_DERIVED = tuple(name for name in progress.DERIVED if name not in ("credited", "returns_open"))
_ORDER = (
    "id",
    "number",
    "currency",
    "prices_include_tax",
    "placed_total",
    "shipping_tax",
    "credited",
    "returns_open",
)
_LINE = ("order_id", "quantity", "tax", "discount", "total", *progress.COUNTERS)
_PAYMENT = ("order_id", "kind", "method", "provider", "amount")

_ORDERS = f"""
SELECT {", ".join((*_ORDER, *_DERIVED))},
       EXISTS (SELECT 1 FROM orders_hold AS hold WHERE hold.order_id = o.id AND hold.released_at IS NULL)
FROM orders_order AS o WHERE id > %s ORDER BY id LIMIT %s
"""
_LINES = f"SELECT {', '.join(_LINE)} FROM orders_line WHERE order_id > %s AND order_id <= %s"
_PAYMENTS = f"SELECT {', '.join(_PAYMENT)} FROM orders_payment WHERE order_id > %s AND order_id <= %s"


def stale() -> Iterator[tuple[str, dict[str, tuple[Any, Any]]]]:
    """Orders whose cached columns differ: ("order 10001", {column: (stored, true)}). Three queries per 5,000 orders."""
    after: Any = _FIRST
    while True:
        rows = _read(_ORDERS, [after, CHUNK])
        if not rows:
            return
        last = rows[-1][0]
        lines = _by_order(_LINE, _read(_LINES, [after, last]))
        payments = _by_order(_PAYMENT, _read(_PAYMENTS, [after, last]))
        for row in rows:
            stored = dict(zip((*_ORDER, *_DERIVED), row, strict=False))
            different = _difference(stored, lines[row[0]], bool(row[-1]), payments[row[0]])
            if different:
                yield f"order {stored['number']}", different
        after = last


def _difference(
    stored: dict[str, Any], lines: list[SimpleNamespace], held: bool, payments: list[SimpleNamespace]
) -> dict[str, tuple[Any, Any]]:
    true = SimpleNamespace(**stored)
    # Plain rows have what the derivation reads, and cost a tenth of a model each.
    sums = ledger.sums(cast("list[Payment]", payments))
    try:
        progress.derive_from(cast(Order, true), cast("list[Line]", lines), held, sums)
    except ValueError as error:
        return {"lines": ("add up to nothing", str(error))}
    now = vars(true)
    return {name: (stored[name], now[name]) for name in _DERIVED if stored[name] != now[name]}


def _by_order(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> dict[Any, list[SimpleNamespace]]:
    found: dict[Any, list[SimpleNamespace]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(SimpleNamespace(**dict(zip(names, row, strict=True))))
    return found


def _read(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
