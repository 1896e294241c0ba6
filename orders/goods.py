"""What placing needs to know of the products asked for, in one statement."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from inventory import stock

# `owed`: units that back-ordered lines wait for. Those of a pickup can only come from their own location, so
# stock elsewhere owes them nothing; those of a kit wait for what is scarce in it.
_OWED = """(
  SELECT coalesce(sum(line.backordered), 0) FROM orders_line AS line
  JOIN orders_order AS o ON o.id = line.order_id AND o.delivery_kind = 'ship'
  WHERE line.product_id = product.id AND line.backordered > 0 AND line.parts = '[]'
)"""
_LATER = "coalesce(product.available_from > (now() AT TIME ZONE %s)::date, false)"
_GOODS = f"""
SELECT kit.sku, kit.id, kit.backorder = 'allow', kit.available_from, {_LATER.replace("product.", "kit.")},
       {_OWED.replace("product.", "kit.")},
       CASE WHEN kit.components <> '[]' THEN (
         SELECT json_agg(json_build_object('product', product.id, 'sku', product.sku, 'quantity', part.quantity,
                                           'later', {_LATER}, 'owed', {_OWED}) ORDER BY product.id)
         FROM (SELECT sku, sum(quantity) AS quantity
               FROM jsonb_to_recordset(kit.components) AS c (sku text, quantity int) GROUP BY sku) AS part
         JOIN inventory_product AS product ON product.sku = part.sku
       ) END
FROM inventory_product AS kit WHERE kit.sku = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Goods:
    """A product as it is sold: `parts` are a kit's [{product, sku, quantity}], `later` a day that has not come."""

    sku: str
    product_id: int
    backorder: bool
    later: bool = False
    parts: list[dict[str, Any]] = field(default_factory=list)
    owed: dict[int, int] = field(default_factory=dict)
    sold_from: date | None = None

    def want(self, line: UUID, quantity: int, *, backorder: bool) -> stock.Want:
        return stock.Want(
            line,
            self.product_id,
            quantity,
            backorder or self.backorder,
            parts=recipe_of(self.parts),
            later=self.later,
        )


def find(skus: Collection[str]) -> dict[str, Goods]:
    """The known ones of these SKUs."""
    zone = settings.COMPANY_TIME_ZONE
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_GOODS, [zone, zone, sorted(skus)])
        for sku, product_id, backorder, sold_from, later, owed, raw in cursor.fetchall():
            parts = msgspec.json.decode(raw) if isinstance(raw, str) else raw or []
            debts = {part["product"]: int(part["owed"]) for part in parts} or {product_id: int(owed)}
            found[sku] = Goods(
                sku,
                product_id,
                backorder,
                later or any(part["later"] for part in parts),
                [{name: part[name] for name in ("product", "sku", "quantity")} for part in parts],
                {product: units for product, units in debts.items() if units},
                sold_from,
            )
    return found


def owed(goods: Iterable[Goods]) -> dict[int, int]:
    """Units of each product that new promises leave to older ones."""
    return {product_id: units for one in goods for product_id, units in one.owed.items()}


def recipe_of(parts: list[dict[str, Any]]) -> stock.Recipe:
    """A line's stored parts as stock takes them; empty for a product that is its own."""
    return tuple((part["product"], part["quantity"]) for part in parts)
