"""A bucket per key: bursts pass, floods wait, and a missing Redis stops nobody."""

import time
from typing import Any

import pytest
import redis

from oms.core import access, ratelimit, redis_client
from oms.core.access import Principal
from oms.core.errors import TooManyRequests
from oms.core.models import ApiKey
from tests import shop

pytestmark = pytest.mark.django_db


def somebody(owner: str, rate: int = 10, burst: int = 5) -> Principal:
    redis_client.client().delete(f"relay:rate:{owner}")
    return Principal("test", owner, frozenset({"*"}), rate=rate, burst=burst)


def test_a_burst_passes_and_the_next_waits_as_long_as_it_is_told() -> None:
    caller = somebody("test:burst", rate=1, burst=3)
    left = [ratelimit.take(caller) for _ in range(3)]
    assert [int(allowance.left) for allowance in left if allowance] == [2, 1, 0]

    with pytest.raises(TooManyRequests) as refused:
        ratelimit.take(caller)
    assert refused.value.retry_after == 1
    ratelimit.take(somebody("test:another", rate=1, burst=1))


def test_the_bucket_fills_again() -> None:
    caller = somebody("test:refill", rate=20, burst=2)
    ratelimit.take(caller)
    ratelimit.take(caller)
    with pytest.raises(TooManyRequests):
        ratelimit.take(caller)
    time.sleep(0.12)
    ratelimit.take(caller)


def test_zero_is_no_limit_and_no_trip_to_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_client, "attempt", lambda ask: pytest.fail("asked"))
    assert ratelimit.take(somebody_without_limit()) is None


def somebody_without_limit() -> Principal:
    return Principal("test", "test:free", frozenset({"*"}), rate=0)


def test_without_redis_there_is_no_limit(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(ask: Any) -> None:
        try:
            raise redis.ConnectionError("away")
        except redis.RedisError:
            return

    caller = somebody("test:away", rate=1, burst=1)
    monkeypatch.setattr(redis_client, "attempt", away)
    assert [ratelimit.take(caller) for _ in range(5)] == [None] * 5


def test_the_api_says_what_is_left_and_refuses_with_retry_after() -> None:
    caller = shop.api("web", rate=1)
    ApiKey.objects.update(burst=2)
    access.forget_cached_keys()

    first, second, third = (caller.get("orders/") for _ in range(3))

    assert [answer.status_code for answer in (first, second, third)] == [200, 200, 429]
    assert first["RateLimit-Policy"] == '"default";q=2;w=2'
    assert first["RateLimit"] == '"default";r=1;t=1'
    assert second["RateLimit"].startswith('"default";r=0;')
    assert third.json()["code"] == "rate_limited"
    assert third["Retry-After"] == "1"
    assert "RateLimit" in third


def test_a_key_without_a_limit_hears_nothing_of_limits() -> None:
    assert "RateLimit" not in shop.api("web", rate=0).get("orders/")
