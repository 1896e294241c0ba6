"""What must always be true of the stored rows, as SQL that returns the rows which break it. Read by `manage.py verify`.

Each is set-based: one pass over its tables, whatever their size. What the constraints already promise is asked
again, because a constraint can be dropped and a backup can be restored in part.
"""

from dataclasses import dataclass

from inventory.incoming import COMING


@dataclass(frozen=True, slots=True)
class Check:
    """A rule in words and the query for rows against it: the first column names the row, the rest show why.

    `minutes` gives the query its one parameter, how long a delivery may take. A `note` fails nothing.
    """

    name: str
    sql: str
    minutes: bool = False
    note: bool = False


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


_IN_HOUSE = "shipment.handed_over_at IS NULL AND shipment.state <> 'cancelled'"
_LEFT = "shipment.handed_over_at IS NOT NULL"

_LEDGER = """
SELECT order_id,
       coalesce(sum(amount) FILTER (WHERE kind = 'capture'), 0) AS captured,
       coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunded,
       coalesce(sum(amount) FILTER (WHERE kind = 'authorization'), 0) AS authorized,
       coalesce(sum(amount) FILTER (WHERE kind = 'void'), 0) AS voided
FROM orders_payment GROUP BY order_id
"""

_INVOICED = """
SELECT line.line_id,
       coalesce(sum(line.quantity) FILTER (WHERE paper.kind = 'invoice'), 0) AS out,
       coalesce(sum(line.quantity) FILTER (WHERE paper.kind = 'credit_note'), 0) AS back
FROM orders_invoiceline AS line JOIN orders_invoice AS paper ON paper.id = line.invoice_id
WHERE line.line_id IS NOT NULL GROUP BY line.line_id
"""

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
        """
        WITH kept AS (
          SELECT product_id, location_id, sum(quantity) AS units FROM inventory_reservation
          GROUP BY product_id, location_id
        )
        SELECT 'product ' || coalesce(level.product_id, kept.product_id)
               || ' at location ' || coalesce(level.location_id, kept.location_id),
               coalesce(level.committed, 0), coalesce(kept.units, 0)
        FROM inventory_stocklevel AS level FULL JOIN kept USING (product_id, location_id)
        WHERE coalesce(level.committed, 0) <> coalesce(kept.units, 0)
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
          WHERE {_IN_HOUSE} GROUP BY taken.lot_id, shipment.location_id
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
    Check(
        "money: refunded ≤ captured",
        f"""
        WITH ledger AS ({_LEDGER})
        SELECT 'order ' || o.number, refunded, captured FROM ledger JOIN orders_order AS o ON o.id = ledger.order_id
        WHERE refunded > captured
        """,  # noqa: S608
    ),
    Check(
        "money: voided ≤ authorised",
        f"""
        WITH ledger AS ({_LEDGER})
        SELECT 'order ' || o.number, voided, authorized FROM ledger JOIN orders_order AS o ON o.id = ledger.order_id
        WHERE voided > authorized
        """,  # noqa: S608
    ),
    Check(
        "money: paid = captured − refunded",
        f"""
        WITH ledger AS ({_LEDGER})
        SELECT 'order ' || o.number, o.paid, coalesce(captured - refunded, 0)
        FROM orders_order AS o LEFT JOIN ledger ON ledger.order_id = o.id
        WHERE o.paid <> coalesce(captured - refunded, 0)
        """,  # noqa: S608
    ),
    Check(
        "shipments: allocated units are those of parcels in the house",
        _parcels("allocated", "quantity", _IN_HOUSE),
    ),
    Check(
        "shipments: picked units are those of parcels in the house", _parcels("picked", "picked", _IN_HOUSE)
    ),
    Check(
        "shipments: packed units are those of parcels in the house", _parcels("packed", "packed", _IN_HOUSE)
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
          WHERE {_IN_HOUSE} AND row.quantity > 0 GROUP BY row.line_id, shipment.location_id
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
    Check(
        "invoices: each series is numbered from 1 to its last without a gap",
        """
        SELECT 'series ' || coalesce(series.code, held.series), series.last, held.papers, held.first, held.last
        FROM orders_invoiceseries AS series
        FULL JOIN (SELECT series, count(*) AS papers, min(place) AS first, max(place) AS last
                   FROM orders_invoice GROUP BY series) AS held ON held.series = series.code
        WHERE series.last IS DISTINCT FROM held.papers OR held.first <> 1 OR held.last <> held.papers
        """,
    ),
    Check(
        "invoices: each is the sum of its lines",
        """
        SELECT 'invoice ' || paper.number, paper.total, paper.tax, sum(line.amount), sum(line.tax)
        FROM orders_invoice AS paper LEFT JOIN orders_invoiceline AS line ON line.invoice_id = paper.id
        GROUP BY paper.id HAVING paper.total <> coalesce(sum(line.amount), 0) OR paper.tax <> coalesce(sum(line.tax), 0)
        """,
    ),
    Check(
        "invoices: no more units are invoiced than left, nor credited than came back",
        f"""
        WITH papers AS ({_INVOICED})
        SELECT 'line ' || line.id, papers.out, line.shipped, papers.back, line.returned
        FROM papers JOIN orders_line AS line ON line.id = papers.line_id
        WHERE papers.out > line.shipped OR papers.back > line.returned
        """,  # noqa: S608
    ),
    Check(
        "invoices: those of an order all of which left are its total, less what it was credited",
        f"""
        WITH papers AS ({_INVOICED}),
        whole AS (
          SELECT line.order_id FROM orders_line AS line LEFT JOIN papers ON papers.line_id = line.id
          GROUP BY line.order_id
          HAVING bool_and(line.shipped + line.cancelled = line.quantity AND coalesce(papers.out, 0) = line.shipped
                          AND coalesce(papers.back, 0) = line.returned) AND sum(line.shipped) > 0
        ),
        sums AS (
          SELECT order_id, sum(CASE WHEN kind = 'invoice' THEN total ELSE -total END) AS total
          FROM orders_invoice GROUP BY order_id
        )
        SELECT 'order ' || o.number, o.total, o.credited, sums.total
        FROM whole JOIN orders_order AS o ON o.id = whole.order_id JOIN sums ON sums.order_id = o.id
        WHERE o.total - o.credited <> sums.total
        """,  # noqa: S608
    ),
    Check(
        "invoices: what left is invoiced in time",
        f"""
        WITH papers AS ({_INVOICED}),
        gone AS (
          SELECT row.line_id, sum(row.quantity) AS units
          FROM fulfillment_shipmentline AS row JOIN fulfillment_shipment AS shipment ON shipment.id = row.shipment_id
          WHERE shipment.handed_over_at < now() - make_interval(mins => %s) GROUP BY row.line_id
        )
        SELECT 'line ' || gone.line_id, gone.units, coalesce(papers.out, 0)
        FROM gone LEFT JOIN papers ON papers.line_id = gone.line_id WHERE gone.units > coalesce(papers.out, 0)
        """,  # noqa: S608
        minutes=True,
    ),
    Check(
        "answers: every kept answer to a new order names an order that stands",
        """
        SELECT 'key ' || kept.id, kept.answer ->> 'number' FROM (
          SELECT id, convert_from(body, 'UTF8')::jsonb AS answer FROM core_idempotencykey
          WHERE route = '/api/v1/orders/' AND status = 201) AS kept
        LEFT JOIN orders_order AS o ON o.id = (kept.answer ->> 'id')::uuid
        WHERE o.id IS NULL
        """,
    ),
    Check(
        "answers: only good ones are kept",
        "SELECT 'key ' || id, status FROM core_idempotencykey WHERE status NOT BETWEEN 200 AND 299",
    ),
    Check(
        "events: every delivery still owed is of an event that stands",
        """
        SELECT 'delivery ' || owed.id, owed.event_id FROM core_outbox AS owed
        LEFT JOIN core_event AS event ON event.id = owed.event_id AND event.at = owed.event_at
        WHERE event.id IS NULL
        """,
    ),
    Check(
        "events: all are delivered in time",
        """
        SELECT 'delivery ' || id, kind, handler, attempts, last_error FROM core_outbox
        WHERE dead_at IS NULL AND event_at < now() - make_interval(mins => %s)
        """,
        minutes=True,
    ),
    Check(
        "events: dead letters wait for staff",
        "SELECT 'delivery ' || id, kind, handler, last_error FROM core_outbox WHERE dead_at IS NOT NULL",
        note=True,
    ),
)
