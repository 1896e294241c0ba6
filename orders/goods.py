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
# stock elsewhere owes them nothing; those of a kit wait for what is scarce in it. Each table is passed once, however
# many products are asked for. OFFSET 0: the few lines that wait come first, each with its order, even by a plan made
# when there were no orders yet; joined freely, that plan would read all orders for every new one.
_GOODS = """
WITH today AS (SELECT (now() AT TIME ZONE %s)::date AS day),
asked AS MATERIALIZED (
  SELECT id, sku, backorder, available_from, components, tracks_lots FROM inventory_product WHERE sku = ANY(%s)
),
part AS MATERIALIZED (
  SELECT each.kit, product.id AS product, product.sku, each.quantity, product.available_from
  FROM (
    SELECT asked.id AS kit, c.sku, sum(c.quantity) AS quantity
    FROM asked CROSS JOIN LATERAL jsonb_to_recordset(asked.components) AS c (sku text, quantity int)
    WHERE asked.components <> '[]' GROUP BY asked.id, c.sku
  ) AS each JOIN inventory_product AS product ON product.sku = each.sku
),
owed AS MATERIALIZED (
  SELECT line.product_id, sum(line.backordered) AS units
  FROM (
    SELECT product_id, order_id, backordered FROM orders_line
    WHERE product_id = ANY(ARRAY(SELECT id FROM asked UNION ALL SELECT product FROM part))
      AND backordered > 0 AND parts = '[]' OFFSET 0
  ) AS line CROSS JOIN LATERAL (
    SELECT FROM orders_order AS o WHERE o.id = line.order_id AND o.delivery_kind = 'ship' OFFSET 0
  ) AS shipped
  GROUP BY line.product_id
),
recipe AS (
  SELECT part.kit, json_agg(json_build_object(
           'product', part.product, 'sku', part.sku, 'quantity', part.quantity,
           'later', coalesce(part.available_from > today.day, false), 'owed', coalesce(owed.units, 0)
         ) ORDER BY part.product) AS parts
  FROM part CROSS JOIN today LEFT JOIN owed ON owed.product_id = part.product GROUP BY part.kit
)
SELECT asked.sku, asked.id, asked.backorder = 'allow', asked.available_from,
       coalesce(asked.available_from > today.day, false), coalesce(owed.units, 0), recipe.parts,
       rush.until > now() AND NOT asked.tracks_lots
FROM asked CROSS JOIN today
LEFT JOIN owed ON owed.product_id = asked.id
LEFT JOIN recipe ON recipe.kit = asked.id
LEFT JOIN inventory_rush AS rush ON rush.product_id = asked.id
"""


@dataclass(frozen=True, slots=True)
class Goods:
    """A product as it is sold: `parts` are a kit's [{product, sku, quantity}], `later` a day that has not come.

    `hot`: in a rush, so that its units may come from slots.
    """

    sku: str
    product_id: int
    backorder: bool
    later: bool = False
    parts: list[dict[str, Any]] = field(default_factory=list)
    owed: dict[int, int] = field(default_factory=dict)
    sold_from: date | None = None
    hot: bool = False

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
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(_GOODS, [settings.COMPANY_TIME_ZONE, sorted(skus)])
        for sku, product_id, backorder, sold_from, later, owed, raw, hot in cursor.fetchall():
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
                bool(hot),
            )
    return found


def owed(goods: Iterable[Goods]) -> dict[int, int]:
    """Units of each product that new promises leave to older ones."""
    return {product_id: units for one in goods for product_id, units in one.owed.items()}


def hot(goods: Iterable[Goods]) -> set[int]:
    """Products in a rush, whose units may come from slots."""
    return {one.product_id for one in goods if one.hot}


def recipe_of(parts: list[dict[str, Any]]) -> stock.Recipe:
    """A line's stored parts as stock takes them; empty for a product that is its own."""
    return tuple((part["product"], part["quantity"]) for part in parts)
