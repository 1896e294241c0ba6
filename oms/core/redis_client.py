"""The one Redis client. Redis is a doorbell and a cache: when it is away, callers get None at once and go on."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
import structlog
from django.conf import settings

log = structlog.get_logger(__name__)
T = TypeVar("T")

# After a failure nobody asks again for this long, so that a dead Redis costs one timeout a second, not one a request.
PAUSE_SECONDS = 1.0
TIMEOUT_SECONDS = 0.1

_client: redis.Redis | None = None
_away_until = 0.0


def client() -> Any:
    """The shared connection pool; safe over threads, made after a fork."""
    global _client
    if _client is None:
        _client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )
    return _client


def attempt(ask: Callable[[Any], T]) -> T | None:
    """`ask(client)`, or None without an error when Redis does not answer."""
    global _away_until
    if time.monotonic() < _away_until:
        return None
    try:
        return ask(client())
    except redis.RedisError as error:
        _away_until = time.monotonic() + PAUSE_SECONDS
        log.warning("redis_away", error=str(error))
        return None
