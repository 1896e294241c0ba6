"""What a unit costs us: what was paid last in the company's currency, else what the product says."""

from collections.abc import Collection
from decimal import Decimal

from django.conf import settings
from django.db import connection

_LAST_PAID = """
SELECT product.id, coalesce(paid.unit_cost, product.cost)
FROM inventory_product AS product
LEFT JOIN LATERAL (
  SELECT came.unit_cost FROM inventory_purchasereceiptline AS came
  JOIN inventory_purchaseline AS line ON line.id = came.line_id AND line.product_id = product.id
  JOIN inventory_purchasereceipt AS receipt ON receipt.id = came.receipt_id
  WHERE came.currency = %s ORDER BY receipt.at DESC LIMIT 1
) AS paid ON true
WHERE product.id = ANY(%s)
"""


def unit_costs(product_ids: Collection[int]) -> dict[int, Decimal | None]:
    """By product; None where nobody knows. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST_PAID, [settings.COMPANY_CURRENCY, list(product_ids)])
        return dict(cursor.fetchall())
