"""The doorbell: tells a worker that something is owed. Losing a ring costs seconds, never an effect."""

import time

import structlog
from celery import current_app

from oms.core import redis_client

log = structlog.get_logger(__name__)

DRAIN = "oms.core.tasks.drain"
# A ring already under way covers everyone until the worker takes it down; if that worker died, the next
# change after this long rings again, and the sweep covers the rest. Shorter, and a worker busy with a long task
# would find a ring for every second of it in its queue.
HELD_MS = 5000
QUIET = 0.1
LINGER = 0.25

_rung_at = 0.0


def ring() -> None:
    """Ask for a drain of the outbox unless one is already on its way.

    A process rings at most every QUIET seconds: the drain that answers the ring goes on looking for LINGER,
    so what was committed in the quiet time is found without another trip to Redis.
    """
    global _rung_at
    now = time.monotonic()
    if now - _rung_at >= QUIET:
        _rung_at = now
        call(DRAIN, queue="critical")


def call(task: str, *, queue: str) -> None:
    """Ask for one run of a task without arguments, unless one is on its way. Never raises: the change is committed."""
    if redis_client.attempt(lambda r: r.set(f"relay:bell:{task}", b"1", nx=True, px=HELD_MS)):
        try:
            current_app.send_task(task, queue=queue, retry=False, ignore_result=True)
        except Exception as error:
            log.warning("bell_failed", task=task, error=str(error))


def answer(task: str = DRAIN) -> None:
    """The worker is at the door: whoever commits from now on rings again."""
    redis_client.attempt(lambda r: r.delete(f"relay:bell:{task}"))
