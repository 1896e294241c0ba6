"""Doors of the kernel's background work; the beat schedule in `oms/celery.py` names them."""

from celery import shared_task
from django.utils import timezone

from oms.core import bell, idempotency, outbox, partitions
from oms.core.models import Heartbeat


@shared_task(name="oms.core.tasks.drain")
def drain() -> None:
    outbox.drain(linger=bell.LINGER)


@shared_task(name="oms.core.tasks.beat")
def beat() -> None:
    """A worker is alive; `/readyz` reads it."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})


@shared_task(name="oms.core.tasks.housekeeping")
def housekeeping() -> None:
    """Daily: months ahead get their partitions, answers older than seven days go."""
    partitions.ensure()
    idempotency.forget_old()
