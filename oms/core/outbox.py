"""Deliver recorded events to their handlers, each once, whatever dies meanwhile.

A row is claimed (attempts + 1, a lease) and committed before its handler starts, so a handler that kills
its worker still counts; the handler's effect and the row's removal are one transaction. After the
eighth failure the row stays as a dead letter, for staff to see and retry.
"""

import json
import time
import traceback
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from oms.core import bell
from oms.core.events import Recorded, handlers, record
from oms.core.models import Outbox

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 8
LEASE = timedelta(seconds=30)
FAN_OUT = 500
CLAIM = 20

_TAKE_NEW = """
DELETE FROM core_outbox WHERE (id, event_at) IN (
  SELECT id, event_at FROM core_outbox
  WHERE dead_at IS NULL AND handler = '' AND next_try_at <= now()
  ORDER BY next_try_at, id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING event_id, event_at, kind
"""
_OWE = """
INSERT INTO core_outbox (event_id, event_at, kind, handler, attempts, next_try_at, last_error)
SELECT event_id, event_at, kind, handler, 0, now(), ''
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[]) AS owed (event_id, event_at, kind, handler)
"""
# First tries are claimed many at a time; a row that failed before travels alone, so that one which kills
# its worker takes no innocent row's attempts with it.
_CLAIM = """
UPDATE core_outbox SET attempts = attempts + 1, next_try_at = now() + make_interval(secs => %s)
WHERE (id, event_at) IN (
  SELECT id, event_at FROM core_outbox
  WHERE dead_at IS NULL AND handler <> '' AND next_try_at <= now() AND attempts {attempts}
  ORDER BY next_try_at, id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING id, event_id, event_at, handler, attempts
"""
_EVENTS = """
SELECT id, at, kind, subject, thread, actor, channel_id, request_id, data FROM core_event
WHERE (id, at) IN (SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]))
"""


def drain(*, seconds: float = 30.0, linger: float = 0.0) -> int:
    """Deliver until nothing is due or the time is up; returns how many handlers were run.

    `linger` seconds it looks again although nothing was due: see `bell.ring`.
    """
    bell.answer()
    began = time.monotonic()
    until = began + seconds
    done = 0
    while time.monotonic() < until:
        spread = _fan_out()
        # One that failed before gets its turn in every round, however many new ones keep coming.
        ran = _run(_claim("= 0", CLAIM)) + _run(_claim("> 0", 1))
        done += ran
        if not spread and not ran:
            if time.monotonic() - began >= linger:
                return done
            time.sleep(min(linger, 0.05))
    bell.ring()
    return done


def _fan_out() -> int:
    table = handlers()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE_NEW, [FAN_OUT])
        taken = cursor.fetchall()
        owed = [
            (event_id, at, kind, f"{handler.__module__}.{handler.__qualname__}")
            for event_id, at, kind in taken
            for handler in (*table.get(kind, ()), *table.get("*", ()))
        ]
        if owed:
            cursor.execute(_OWE, [list(column) for column in zip(*owed, strict=True)])
    return len(taken)


def _claim(attempts: str, limit: int) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(attempts=attempts), [LEASE.total_seconds(), limit])
        return sorted(cursor.fetchall())


def _run(claimed: list[tuple[Any, ...]]) -> int:
    if not claimed:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, [[row[1] for row in claimed], [row[2] for row in claimed]])
        rows: list[Any] = cursor.fetchall()
    events = {row[0]: _recorded(row) for row in rows}
    for row_id, event_id, event_at, handler, attempts in claimed:
        if attempts > MAX_ATTEMPTS:
            # Its eighth try never came back to say how it failed.
            Outbox.objects.filter(id=row_id, attempts=attempts).update(
                attempts=MAX_ATTEMPTS, dead_at=timezone.now(), last_error="The worker died with it."
            )
            continue
        _deliver(row_id, event_at, events[event_id], handler, attempts)
    return len(claimed)


def _recorded(row: tuple[Any, ...]) -> Recorded:
    return Recorded(*(*row[:-1], json.loads(row[-1])))


def _deliver(row_id: int, event_at: Any, event: Recorded, handler: str, attempts: int) -> None:
    structlog.contextvars.bind_contextvars(request_id=event.request_id, event=event.id)
    try:
        with transaction.atomic():
            # The fence: after an expired lease somebody else owns the row, with a higher count.
            mine, _ = Outbox.objects.filter(id=row_id, event_at=event_at, attempts=attempts).delete()
            if mine:
                import_string(handler)(event)
    except Exception as error:
        log.exception("handler_failed", handler=handler, kind=event.kind, attempts=attempts)
        _put_off(row_id, attempts, error)
    finally:
        structlog.contextvars.unbind_contextvars("request_id", "event")


def _put_off(row_id: int, attempts: int, error: Exception) -> None:
    now = timezone.now()
    said = "".join(traceback.format_exception_only(error)).strip()[:2000].replace("\x00", "")
    Outbox.objects.filter(id=row_id, attempts=attempts).update(
        last_error=said,
        next_try_at=now + min(timedelta(seconds=2 ** (attempts - 1)) * 2, timedelta(hours=1)),
        dead_at=now if attempts >= MAX_ATTEMPTS else None,
    )


@transaction.atomic
def retry_dead(row_id: int, *, actor: str = "system") -> bool:
    """A person asks again: the count starts anew. False if the row is no dead letter."""
    again = Outbox.objects.filter(id=row_id).exclude(dead_at=None)
    asked = again.update(dead_at=None, attempts=0, next_try_at=timezone.now()) == 1
    if asked:
        data = {"id": str(row_id), "number": str(row_id), "version": 1}
        record("outbox.retried", f"outbox/{row_id}", actor=actor, data=data)
    return asked
