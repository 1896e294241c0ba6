"""What is owed to callers and to other parts of the house: kept answers and events."""

from oms.verifying.check import Check

CHECKS: tuple[Check, ...] = (
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
