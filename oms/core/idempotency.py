"""One key, one effect, one answer: the key's row, the effect and the answer are one transaction.

Only 2xx answers are kept; a refusal rolls everything back and the call may be repeated with the same key.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from oms.core.errors import Conflict, IdempotencyMismatch
from oms.core.models import IdempotencyKey

KEPT = timedelta(days=7)

_OPEN = """
SELECT pg_try_advisory_xact_lock(%s), kept.body_sha256, kept.status, kept.headers, kept.body
FROM (SELECT 1) AS always LEFT JOIN core_idempotencykey AS kept
  ON kept.owner = %s AND kept.route = %s AND kept.key = %s AND kept.created_at > now() - interval '7 days'
"""
# An answer older than the promise may still lie there until the daily purge: the new one takes its place.
_KEEP = """
INSERT INTO core_idempotencykey AS kept (owner, route, key, body_sha256, status, headers, body, created_at)
VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, now())
ON CONFLICT (owner, route, key) DO UPDATE
SET body_sha256 = excluded.body_sha256, status = excluded.status, headers = excluded.headers,
    body = excluded.body, created_at = excluded.created_at
WHERE kept.created_at <= now() - interval '7 days'
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was first given."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Key:
    """A key in the hands of its owner for one route, with the hash of the body it came with."""

    owner: str
    route: str
    key: str
    sha256: bytes = field(repr=False)

    @property
    def lock(self) -> int:
        digest = hashlib.sha256(f"{self.owner}\n{self.route}\n{self.key}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


def of(owner: str, route: str, key: str, body: bytes) -> Key:
    """The key of one request."""
    return Key(owner, route, key, hashlib.sha256(body).digest())


def open_key(key: Key) -> Kept | None:
    """Inside the request's transaction: the kept answer, or None when this request is the first.

    Raises `idempotency_in_flight` (409) while the first is still running and `idempotency_mismatch` (422)
    for another body.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [key.lock, key.owner, key.route, key.key])
        locked, sha256, status, headers, body = cursor.fetchone()
    if status is not None:
        if bytes(sha256) != key.sha256:
            raise IdempotencyMismatch
        return Kept(status, json.loads(headers), bytes(body))
    if not locked:
        raise in_flight()
    return None


def in_flight() -> Conflict:
    """The refusal while the first request with this key is still running."""
    return Conflict(
        "The first request with this Idempotency-Key is still running.",
        code="idempotency_in_flight",
        retry_after=1,
    )


def keep(key: Key, answer: Kept) -> None:
    """Store the first answer. If another request stored one meanwhile, refuse, so that this effect is undone."""
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP,
            [
                key.owner,
                key.route,
                key.key,
                key.sha256,
                answer.status,
                json.dumps(answer.headers),
                answer.body,
            ],
        )
        if cursor.rowcount != 1:
            raise in_flight()


def forget_old() -> int:
    """Delete the answers past their seven days."""
    gone, _ = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return gone
