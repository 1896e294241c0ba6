"""Parcels on their way out and goods on their way back."""

from oms.verifying.check import IN_HOUSE, Check


def _parcels(counter: str, units: str, which: str) -> str:
    return f"""
WITH parcels AS (
  SELECT row.line_id, sum({units}) AS units
  FROM fulfillment_shipmentline AS row JOIN fulfillment_shipment AS shipment ON shipment.id = row.shipment_id
  WHERE {which} GROUP BY row.line_id
)
SELECT 'line ' || line.id, line.{counter}, coalesce(parcels.units, 0)
FROM orders_line AS line LEFT JOIN parcels ON parcels.line_id = line.id
WHERE line.{counter} <> coalesce(parcels.units, 0)
"""  # noqa: S608  the names are ours


_LEFT = "shipment.handed_over_at IS NOT NULL"

CHECKS: tuple[Check, ...] = (
    Check(
        "shipments: allocated units are those of parcels in the house",
        _parcels("allocated", "quantity", IN_HOUSE),
    ),
    Check(
        "shipments: picked units are those of parcels in the house", _parcels("picked", "picked", IN_HOUSE)
    ),
    Check(
        "shipments: packed units are those of parcels in the house", _parcels("packed", "packed", IN_HOUSE)
    ),
    Check("shipments: shipped units are those of parcels that left", _parcels("shipped", "quantity", _LEFT)),
    Check(
        "shipments: units of delivered parcels are delivered",
        """
        SELECT 'line ' || line.id, line.delivered, sum(row.quantity) AS units
        FROM fulfillment_shipmentline AS row
        JOIN fulfillment_shipment AS shipment ON shipment.id = row.shipment_id AND shipment.state = 'delivered'
        JOIN orders_line AS line ON line.id = row.line_id
        GROUP BY line.id HAVING sum(row.quantity) > line.delivered
        """,
    ),
    Check(
        "shipments: what a parcel in the house holds is kept at its location",
        f"""
        WITH parcels AS (
          SELECT row.line_id, shipment.location_id, sum(row.quantity) AS units
          FROM fulfillment_shipmentline AS row JOIN fulfillment_shipment AS shipment ON shipment.id = row.shipment_id
          WHERE {IN_HOUSE} AND row.quantity > 0 GROUP BY row.line_id, shipment.location_id
        )
        SELECT 'line ' || parcels.line_id, parcels.location_id, parcels.units, coalesce(kept.quantity, 0)
        FROM parcels LEFT JOIN inventory_reservation AS kept
          ON kept.line = parcels.line_id AND kept.location_id = parcels.location_id
        WHERE parcels.units > coalesce(kept.quantity, 0)
        """,  # noqa: S608
    ),
    Check(
        "shipments: a line is of its shipment's order",
        """
        SELECT 'shipment ' || shipment.number, line.order_id FROM fulfillment_shipmentline AS row
        JOIN fulfillment_shipment AS shipment ON shipment.id = row.shipment_id
        JOIN orders_line AS line ON line.id = row.line_id
        WHERE line.order_id <> shipment.order_id
        """,
    ),
    Check(
        "returns: an order's credit is the sum of its returns'",
        """
        WITH back AS (SELECT order_id, sum(credited) AS credited FROM returns_return GROUP BY order_id)
        SELECT 'order ' || o.number, o.credited, coalesce(back.credited, 0)
        FROM orders_order AS o LEFT JOIN back ON back.order_id = o.id
        WHERE o.credited <> coalesce(back.credited, 0)
        """,
    ),
    Check(
        "returns: an order's count of open returns is right",
        """
        WITH back AS (
          SELECT order_id, count(*) AS units FROM returns_return
          WHERE acceptance <> 'rejected' AND reimbursement = 'pending' GROUP BY order_id
        )
        SELECT 'order ' || o.number, o.returns_open, coalesce(back.units, 0)
        FROM orders_order AS o LEFT JOIN back ON back.order_id = o.id
        WHERE o.returns_open <> coalesce(back.units, 0)
        """,
    ),
)
