"""Doors of the kernel's background work; the beat schedule in `oms/celery.py` names them."""

import time

from celery import shared_task
from django.utils import timezone

from oms.core import bell, idempotency, outbox, partitions
from oms.core.models import Heartbeat

# A drain lasts up to half a minute, and beat's question about the pulse expires behind it.
BETWEEN_BEATS = 10.0
_beat_at = float("-inf")


@shared_task(name="oms.core.tasks.drain")
def drain() -> None:
    """A worker that has much to do is as alive as one that has nothing."""
    if time.monotonic() - _beat_at >= BETWEEN_BEATS:
        beat()
    outbox.drain(linger=bell.LINGER)


@shared_task(name="oms.core.tasks.beat")
def beat() -> None:
    """A worker is alive; `/readyz` reads it."""
    global _beat_at
    _beat_at = time.monotonic()
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})


@shared_task(name="oms.core.tasks.housekeeping")
def housekeeping() -> None:
    """Daily: months ahead get their partitions, answers older than seven days go."""
    partitions.ensure()
    idempotency.forget_old()
