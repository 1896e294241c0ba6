"""Orders and what is kept for them."""

from oms.verifying.check import Check

# What each order line keeps of each product for one of its units.
_PARTS = """part AS (
  SELECT id AS line, product_id, 1 AS per_unit, reserved FROM orders_line WHERE parts = '[]'
  UNION ALL
  SELECT line.id, part.product, part.quantity, line.reserved
  FROM orders_line AS line, jsonb_to_recordset(line.parts) AS part (product bigint, quantity int)
  WHERE line.parts <> '[]'
)"""

CHECKS: tuple[Check, ...] = (
    Check(
        "orders: a line's reserved units are the sum of its reservations, of each part of a kit",
        f"""
        WITH {_PARTS}, kept AS (
          SELECT line, product_id, sum(quantity) AS units FROM inventory_reservation
          WHERE expires_at IS NULL GROUP BY line, product_id
        )
        SELECT 'line ' || coalesce(part.line, kept.line), coalesce(part.reserved * part.per_unit, 0),
               coalesce(kept.units, 0)
        FROM part FULL JOIN kept ON kept.line = part.line AND kept.product_id = part.product_id
        WHERE NOT EXISTS (SELECT 1 FROM inventory_transferline AS moved WHERE moved.id = kept.line)
          AND coalesce(part.reserved * part.per_unit, 0) <> coalesce(kept.units, 0)
        """,
    ),
    Check(
        "orders: a reservation is of its line's order, and a kit's unit lies whole at one location",
        f"""
        WITH {_PARTS}, kept AS (
          SELECT owner, line, location_id, count(*) AS rows, min(quantity / per_unit) AS fewest,
                 max(quantity / per_unit) AS most, bool_or(quantity % per_unit <> 0) AS torn
          FROM inventory_reservation WHERE expires_at IS NULL GROUP BY owner, line, location_id
        )
        SELECT 'line ' || kept.line || ' at location ' || kept.location_id, kept.owner, orders_line.order_id,
               fewest, most, rows
        FROM kept JOIN orders_line ON orders_line.id = kept.line
        WHERE kept.owner <> orders_line.order_id OR fewest <> most OR torn
           OR rows <> (SELECT count(*) FROM part WHERE part.line = kept.line)
        """,
    ),
    Check(
        "reservations: what a checkout keeps has the checkout's end, and is as much as its lines say",
        """
        WITH kept AS (
          SELECT owner, line, min(quantity) AS units, min(expires_at) AS first, max(expires_at) AS last FROM (
            SELECT owner, line, product_id, sum(quantity) / per_unit AS quantity, min(expires_at) AS expires_at
            FROM inventory_reservation WHERE expires_at IS NOT NULL
            GROUP BY owner, line, product_id, per_unit) AS rows
          GROUP BY owner, line
        ), promised AS (
          SELECT checkout.id AS owner, line.id AS line, line.reserved AS units, checkout.expires_at
          FROM orders_checkout AS checkout JOIN orders_checkoutline AS line ON line.checkout_id = checkout.id
          WHERE checkout.state = 'open'
        )
        SELECT 'reservation ' || coalesce(promised.owner, kept.owner), promised.units, kept.units,
               promised.expires_at, first, last
        FROM promised FULL JOIN kept ON kept.line = promised.line AND kept.owner = promised.owner
        WHERE (promised.owner IS NULL OR promised.expires_at > now())
          AND (coalesce(promised.units, 0) <> coalesce(kept.units, 0)
               OR kept.units IS NOT NULL AND (first <> promised.expires_at OR last <> promised.expires_at))
        """,
    ),
    Check(
        "orders: ordered = reserved + backordered + shipped + cancelled",
        """
        SELECT 'line ' || id, quantity, reserved, backordered, shipped, cancelled FROM orders_line
        WHERE quantity <> reserved + backordered + shipped + cancelled
           OR least(reserved, backordered, shipped, cancelled) < 0
        """,
    ),
    Check(
        "orders: packed ≤ picked ≤ allocated ≤ reserved",
        """
        SELECT 'line ' || id, packed, picked, allocated, reserved FROM orders_line
        WHERE NOT (0 <= packed AND packed <= picked AND picked <= allocated AND allocated <= reserved)
        """,
    ),
    Check(
        "orders: delivered ≤ shipped and returned ≤ shipped",
        """
        SELECT 'line ' || id, delivered, returned, shipped FROM orders_line
        WHERE delivered > shipped OR returned > shipped OR least(delivered, returned) < 0
        """,
    ),
    Check(
        "orders: each has lines, its source and the event of its placing",
        """
        SELECT 'order ' || o.number, line.order_id IS NOT NULL, source.order_id IS NOT NULL, told.thread IS NOT NULL
        FROM orders_order AS o
        LEFT JOIN (SELECT DISTINCT order_id FROM orders_line) AS line ON line.order_id = o.id
        LEFT JOIN orders_ordersource AS source ON source.order_id = o.id
        LEFT JOIN (SELECT DISTINCT thread FROM core_event WHERE kind = 'order.placed') AS told
          ON told.thread = 'order/' || o.number
        WHERE line.order_id IS NULL OR source.order_id IS NULL OR told.thread IS NULL
        """,
    ),
)
