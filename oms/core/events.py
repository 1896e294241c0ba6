"""`record()`: one event row and one outbox row in the transaction of the change, then the bell on commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils.module_loading import import_string

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
  FROM jsonb_to_recordset(%s)
       AS new (kind text, subject text, thread text, actor text, channel_id bigint, data jsonb)
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
        cursor.execute(_RECORD, [request_id, msgspec.json.encode([_row(e) for e in events]).decode()])
    if not any(entry[1] is bell.ring for entry in connection.run_on_commit):
        transaction.on_commit(bell.ring, robust=True)


def _row(event: NewEvent) -> dict[str, Any]:
    return {
        "kind": event.kind,
        "subject": event.subject,
        "thread": event.thread or event.subject,
        "actor": event.actor,
        "channel_id": event.channel_id,
        "data": event.data,
    }


def handlers() -> dict[str, list[Handler]]:
    """The one table of effects, found by name as Django finds ROOT_URLCONF."""
    table: dict[str, list[Handler]] = import_string(settings.EVENT_HANDLERS)
    return table
