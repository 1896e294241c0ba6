"""`record()`: one event row and one outbox row in the transaction of the change, then the bell on commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string
from psycopg.types.json import Jsonb

from oms.core import bell


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact about to be written. `thread` is the document it belongs to; empty means the subject itself."""

    kind: str
    subject: str
    actor: str
    channel_id: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A stored event, as a handler gets it. `subject_id` is the part after the slash."""

    id: int
    at: datetime
    kind: str
    subject: str
    thread: str
    actor: str
    channel_id: int | None
    request_id: str
    data: dict[str, Any]

    @property
    def subject_id(self) -> str:
        return self.subject.partition("/")[2]


Handler = Callable[[Recorded], None]

_RECORD = """
WITH told AS (
  INSERT INTO core_event (at, kind, subject, thread, actor, channel_id, request_id, data)
  SELECT now(), kind, subject, thread, actor, channel_id, %s, data
  FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[], %s::jsonb[])
       AS new (kind, subject, thread, actor, channel_id, data)
  RETURNING id, at, kind
)
INSERT INTO core_outbox (event_id, event_at, kind, handler, attempts, next_try_at, last_error)
SELECT id, at, kind, '', 0, at, '' FROM told
"""


def record(
    kind: str,
    subject: str,
    *,
    actor: str,
    channel_id: int | None = None,
    data: dict[str, Any] | None = None,
    thread: str = "",
) -> None:
    """Write one event inside the caller's transaction; `subject` reads "order/10001"."""
    record_many([NewEvent(kind, subject, actor, channel_id, data or {}, thread)])


def record_many(events: Sequence[NewEvent]) -> None:
    """Write many events in one statement. Outside a transaction it refuses: the fact and its change are one."""
    if not events:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("record() belongs inside the transaction of the change it tells of.")
    request_id = str(structlog.contextvars.get_contextvars().get("request_id", ""))[:64]
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            [
                request_id,
                [e.kind for e in events],
                [e.subject for e in events],
                [e.thread or e.subject for e in events],
                [e.actor for e in events],
                [e.channel_id for e in events],
                [Jsonb(e.data) for e in events],
            ],
        )
    if not any(entry[1] is bell.ring for entry in connection.run_on_commit):
        transaction.on_commit(bell.ring, robust=True)


def handlers() -> dict[str, list[Handler]]:
    """The one table of effects, found by name as Django finds ROOT_URLCONF."""
    table: dict[str, list[Handler]] = import_string(settings.EVENT_HANDLERS)
    return table
