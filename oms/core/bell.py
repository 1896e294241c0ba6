"""The doorbell: tells a worker that the outbox has something. Losing a ring costs seconds, never an effect."""

import structlog
from celery import current_app

from oms.core import redis_client

log = structlog.get_logger(__name__)

KEY = "relay:bell"
# A ring already under way covers everyone until the worker takes it down; if that worker died, the next
# change after this long rings again, and the sweep covers the rest.
HELD_MS = 1000


def ring() -> None:
    """Ask for a drain unless one is already on its way. Never raises: the change is committed already."""
    if redis_client.attempt(lambda r: r.set(KEY, b"1", nx=True, px=HELD_MS)):
        try:
            current_app.send_task("oms.core.tasks.drain", queue="critical", retry=False, ignore_result=True)
        except Exception as error:
            log.warning("bell_failed", error=str(error))


def answer() -> None:
    """The worker is at the door: whoever commits from now on rings again."""
    redis_client.attempt(lambda r: r.delete(KEY))
