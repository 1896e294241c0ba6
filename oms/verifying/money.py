"""Payments and invoices."""

from oms.verifying.check import Check

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

CHECKS: tuple[Check, ...] = (
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
)
