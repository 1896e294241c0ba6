"""Stock: levels, their ledger, what is still to come, lots."""

from django.conf import settings

from inventory.incoming import COMING
from inventory.slots import IN_SLOTS
from oms.verifying.check import IN_HOUSE, Check

_SUMS = """
SELECT product_id, location_id,
       coalesce(sum(change) FILTER (WHERE state = 'on_hand'), 0) AS on_hand,
       coalesce(sum(change) FILTER (WHERE state = 'damaged'), 0) AS damaged,
       coalesce(sum(change) FILTER (WHERE state = 'quality_control'), 0) AS quality_control,
       coalesce(sum(change) FILTER (WHERE state = 'safety'), 0) AS safety
FROM inventory_movement GROUP BY product_id, location_id
"""


def _figure(state: str) -> str:
    return f"""
WITH ledger AS ({_SUMS})
SELECT 'product ' || coalesce(level.product_id, ledger.product_id)
       || ' at location ' || coalesce(level.location_id, ledger.location_id),
       coalesce(level.{state}, 0), coalesce(ledger.{state}, 0)
FROM inventory_stocklevel AS level FULL JOIN ledger USING (product_id, location_id)
WHERE coalesce(level.{state}, 0) <> coalesce(ledger.{state}, 0)
"""  # noqa: S608  the names are ours


CHECKS: tuple[Check, ...] = (
    Check(
        "stock: nothing is below zero, and committed + damaged + quality control fit into on hand",
        """
        SELECT 'level ' || id, on_hand, committed, damaged, quality_control, safety FROM inventory_stocklevel
        WHERE least(on_hand, committed, damaged, quality_control, safety, incoming) < 0
           OR committed + damaged + quality_control > on_hand
        """,
    ),
    Check("stock: on hand is the sum of its movements", _figure("on_hand")),
    Check("stock: damaged is the sum of its movements", _figure("damaged")),
    Check("stock: quality control is the sum of its movements", _figure("quality_control")),
    Check("stock: safety is the sum of its movements", _figure("safety")),
    Check(
        "stock: each movement goes on from the one before it",
        """
        SELECT 'movement ' || id, before, change, after FROM (
          SELECT id, change, after,
                 coalesce(lag(after) OVER (PARTITION BY product_id, location_id, state ORDER BY id), 0) AS before
          FROM inventory_movement) AS ledger
        WHERE before + change <> after
        """,
    ),
    Check(
        "stock: committed is the sum of open reservations",
        f"""
        WITH kept AS (
          SELECT product_id, location_id, sum(quantity) AS units FROM inventory_reservation
          GROUP BY product_id, location_id
        ), level AS (
          SELECT product_id, location_id, committed - {IN_SLOTS} AS committed FROM inventory_stocklevel AS level
        )
        SELECT 'product ' || coalesce(level.product_id, kept.product_id)
               || ' at location ' || coalesce(level.location_id, kept.location_id),
               coalesce(level.committed, 0), coalesce(kept.units, 0)
        FROM level FULL JOIN kept USING (product_id, location_id)
        WHERE coalesce(level.committed, 0) <> coalesce(kept.units, 0)
        """,  # noqa: S608
    ),
    Check(
        "stock: a hot level has the slots it says, and keeps back what they hold",
        """
        WITH held AS (
          SELECT level_id, count(*) AS slots, sum(free) AS units, min(free) AS least FROM inventory_slot
          GROUP BY level_id
        )
        SELECT 'level ' || coalesce(level.id, held.level_id), level.slots, held.slots, level.committed, held.units
        FROM inventory_stocklevel AS level FULL JOIN held ON held.level_id = level.id
        WHERE level.slots IS DISTINCT FROM coalesce(held.slots, 0)
           OR held.units > level.committed OR held.least < 0
        """,
    ),
    Check(
        "stock: what has lots or is a kit is never dealt into slots",
        """
        SELECT 'level ' || level.id, level.slots FROM inventory_stocklevel AS level
        JOIN inventory_product AS product ON product.id = level.product_id
        WHERE level.slots > 0 AND (product.tracks_lots OR product.components <> '[]')
        """,
    ),
    Check(
        "stock: incoming is what transfers and purchase orders still bring",
        f"""
        WITH coming AS (
          SELECT product_id, location_id, sum(units) AS units FROM ({COMING}) AS each GROUP BY product_id, location_id
        )
        SELECT 'product ' || coalesce(level.product_id, coming.product_id)
               || ' at location ' || coalesce(level.location_id, coming.location_id),
               coalesce(level.incoming, 0), coalesce(coming.units, 0)
        FROM inventory_stocklevel AS level FULL JOIN coming USING (product_id, location_id)
        WHERE coalesce(level.incoming, 0) <> coalesce(coming.units, 0)
        """,  # noqa: S608
    ),
    Check(
        "transfers: what was asked is kept at the source until it leaves, and nothing after",
        """
        SELECT 'transfer ' || transfer.number, line.product_id, line.quantity, coalesce(kept.quantity, 0)
        FROM inventory_transferline AS line JOIN inventory_transfer AS transfer ON transfer.id = line.transfer_id
        LEFT JOIN inventory_reservation AS kept
          ON kept.line = line.id AND kept.owner = transfer.id
             AND kept.location_id = transfer.source_id AND kept.product_id = line.product_id
        WHERE coalesce(kept.quantity, 0) <>
              CASE WHEN transfer.state IN ('requested', 'approved') THEN line.quantity ELSE 0 END
        """,
    ),
    Check(
        "transfers: received is the sum of receipts, variance of its reasons, and a closed one has nothing on the way",
        """
        WITH came AS (SELECT line_id, sum(quantity) AS units FROM inventory_transferreceiptline GROUP BY line_id),
             differs AS (SELECT line_id, sum(change) AS units FROM inventory_transfervariance GROUP BY line_id)
        SELECT 'transfer ' || transfer.number, line.received, coalesce(came.units, 0),
               line.variance, coalesce(differs.units, 0), line.shipped
        FROM inventory_transferline AS line JOIN inventory_transfer AS transfer ON transfer.id = line.transfer_id
        LEFT JOIN came ON came.line_id = line.id LEFT JOIN differs ON differs.line_id = line.id
        WHERE line.received <> coalesce(came.units, 0) OR line.variance <> coalesce(differs.units, 0)
           OR transfer.state = 'closed' AND line.shipped + line.variance <> line.received
           OR transfer.state IN ('requested', 'approved', 'cancelled') AND line.shipped + line.received > 0
        """,
    ),
    Check(
        "purchases: received is the sum of receipts, and one that is over has nothing to come",
        """
        WITH came AS (SELECT line_id, sum(quantity) AS units FROM inventory_purchasereceiptline GROUP BY line_id)
        SELECT 'purchase ' || purchase.number, line.received, coalesce(came.units, 0), line.quantity, line.dropped
        FROM inventory_purchaseline AS line
        JOIN inventory_purchaseorder AS purchase ON purchase.id = line.order_id
        LEFT JOIN came ON came.line_id = line.id
        WHERE line.received <> coalesce(came.units, 0)
           OR purchase.state = 'closed' AND line.received + line.dropped < line.quantity
           OR purchase.state = 'draft' AND line.received + line.dropped > 0
           OR purchase.state = 'cancelled' AND line.received > 0
        """,
    ),
    Check(
        "closings: each opens with what the month before closed with",
        """
        WITH turns AS (SELECT id, lag(id) OVER (ORDER BY month) AS before FROM inventory_closing)
        SELECT 'line ' || line.id, line.opening_quantity, was.closing_quantity, line.opening_value, was.closing_value
        FROM turns JOIN inventory_closingline AS line ON line.closing_id = turns.id
        LEFT JOIN inventory_closingline AS was
          ON was.closing_id = turns.before AND was.product_id = line.product_id AND was.location_id = line.location_id
        WHERE turns.before IS NOT NULL
          AND (line.opening_quantity, line.opening_value)
              IS DISTINCT FROM (coalesce(was.closing_quantity, 0), coalesce(was.closing_value, 0))
        """,
    ),
    Check(
        "closings: units are those the ledger has of on hand when the month was over",
        f"""
        WITH ended AS (
          SELECT id, (month + interval '1 month')::timestamp AT TIME ZONE '{settings.COMPANY_TIME_ZONE}' AS at
          FROM inventory_closing
        ), ledger AS (
          SELECT ended.id AS closing_id, moved.product_id, moved.location_id, sum(moved.change) AS units
          FROM ended JOIN inventory_movement AS moved ON moved.at < ended.at AND moved.state = 'on_hand'
          GROUP BY ended.id, moved.product_id, moved.location_id
        )
        SELECT 'closing ' || coalesce(line.closing_id, ledger.closing_id), line.id, line.closing_quantity, ledger.units
        FROM inventory_closingline AS line FULL JOIN ledger USING (closing_id, product_id, location_id)
        WHERE coalesce(line.closing_quantity, 0) <> coalesce(ledger.units, 0)
        """,  # noqa: S608
    ),
    Check(
        "lots: of a product that has them, they add up to its levels",
        """
        WITH lots AS (
          SELECT lot.product_id, at.location_id, sum(at.on_hand) AS on_hand, sum(at.damaged) AS damaged,
                 sum(at.quality_control) AS quality_control
          FROM inventory_lotlevel AS at JOIN inventory_lot AS lot ON lot.id = at.lot_id
          GROUP BY lot.product_id, at.location_id
        )
        SELECT 'product ' || level.product_id || ' at location ' || level.location_id,
               level.on_hand, lots.on_hand, level.damaged, lots.damaged,
               level.quality_control, lots.quality_control
        FROM inventory_stocklevel AS level JOIN inventory_product AS product
          ON product.id = level.product_id AND product.tracks_lots
        LEFT JOIN lots ON lots.product_id = level.product_id AND lots.location_id = level.location_id
        WHERE (level.on_hand, level.damaged, level.quality_control)
              IS DISTINCT FROM (coalesce(lots.on_hand, 0), coalesce(lots.damaged, 0), coalesce(lots.quality_control, 0))
        """,
    ),
    Check(
        "lots: each figure is the sum of its movements",
        """
        WITH moved AS (
          SELECT lot_id, location_id,
                 coalesce(sum(change) FILTER (WHERE state = 'on_hand'), 0) AS on_hand,
                 coalesce(sum(change) FILTER (WHERE state = 'damaged'), 0) AS damaged,
                 coalesce(sum(change) FILTER (WHERE state = 'quality_control'), 0) AS quality_control
          FROM inventory_lotmovement GROUP BY lot_id, location_id
        )
        SELECT 'lot ' || coalesce(at.lot_id, moved.lot_id), at.on_hand, moved.on_hand, at.damaged, moved.damaged,
               at.quality_control, moved.quality_control
        FROM inventory_lotlevel AS at FULL JOIN moved USING (lot_id, location_id)
        WHERE (coalesce(at.on_hand, 0), coalesce(at.damaged, 0), coalesce(at.quality_control, 0))
              IS DISTINCT FROM
              (coalesce(moved.on_hand, 0), coalesce(moved.damaged, 0), coalesce(moved.quality_control, 0))
        """,
    ),
    Check(
        "lots: picked units are those of parcels in the house",
        f"""
        WITH parcels AS (
          SELECT taken.lot_id, shipment.location_id, sum(taken.quantity) AS units
          FROM fulfillment_pickedlot AS taken
          JOIN fulfillment_shipmentline AS row ON row.id = taken.row_id
          JOIN fulfillment_shipment AS shipment ON shipment.id = row.shipment_id
          WHERE {IN_HOUSE} GROUP BY taken.lot_id, shipment.location_id
        )
        SELECT 'lot ' || coalesce(at.lot_id, parcels.lot_id), coalesce(at.picked, 0), coalesce(parcels.units, 0)
        FROM inventory_lotlevel AS at FULL JOIN parcels USING (lot_id, location_id)
        WHERE coalesce(at.picked, 0) <> coalesce(parcels.units, 0)
        """,  # noqa: S608
    ),
    Check(
        "stock: a kit has none of its own",
        """
        SELECT 'level ' || level.id, level.on_hand, level.committed FROM inventory_stocklevel AS level
        JOIN inventory_product AS product ON product.id = level.product_id WHERE product.components <> '[]'
        """,
    ),
)
