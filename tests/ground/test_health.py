"""The addresses that tell a load balancer and Prometheus how we are."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from oms.core import redis_client, tasks
from oms.core.models import Heartbeat

pytestmark = pytest.mark.django_db


def test_alive_without_asking_anyone(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.pgbouncer
def test_ready_with_a_fresh_heartbeat(client: Client) -> None:
    Heartbeat.objects.create(name="worker", at=timezone.now())
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "database": True, "redis": True, "worker": True}


def test_a_silent_worker_degrades_and_refuses_nothing(client: Client) -> None:
    Heartbeat.objects.create(name="worker", at=timezone.now() - timedelta(minutes=1))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "database": True, "redis": True, "worker": False}


def test_a_worker_that_only_delivers_is_not_silent(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_beat_at", float("-inf"))
    Heartbeat.objects.create(name="worker", at=timezone.now() - timedelta(minutes=1))

    tasks.drain()

    assert client.get("/readyz").json()["worker"] is True


def test_redis_away_degrades_and_refuses_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    Heartbeat.objects.create(name="worker", at=timezone.now())
    monkeypatch.setattr(redis_client, "attempt", lambda ask: None)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "degraded", "database": True, "redis": False, "worker": True}


def test_without_the_database_no_traffic(client: Client) -> None:
    def broken(*args: object) -> None:
        raise OperationalError("gone")

    with connection.execute_wrapper(broken):
        answer = client.get("/readyz")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {"status": "unavailable", "database": False}


def test_metrics_count_requests_by_route(client: Client) -> None:
    client.get("/healthz")
    text = client.get("/metrics").content.decode()
    assert 'oms_request_seconds_count{method="GET",route="healthz",status="200"}' in text
