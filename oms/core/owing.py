"""Work a row owes, done slowly and without a lock: claim, do it, keep the result if the claim still stands.

A nullable moment on the row says it: owed since then, or a worker that does it has until then. A worker that
dies leaves a claim that runs out; whatever changes the row meanwhile takes the claim away by setting it anew.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import models
from django.utils import timezone

from oms.core import bell

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
BATCH = 20
# Seconds after which what else waits in the queue gets its turn.
SHIFT = 10


def work_off(
    model: type[models.Model], field: str, do: Callable[[Any], bool], *, task: str, queue: str = "carrier"
) -> int:
    """`do` each row's primary key that is due, oldest first; returns how many were done. A failure waits its lease.

    `task` is the name under which this runs: after `SHIFT` seconds it is called again for the rest.
    """
    done, began = 0, time.monotonic()
    while owed := _due(model, field):
        for pk in owed:
            try:
                done += do(pk)
            except Exception:
                log.exception("owed_failed", owed=model._meta.label_lower, pk=str(pk))
            if time.monotonic() - began > SHIFT:
                bell.call(task, queue=queue)
                return done
    return done


def claim(
    model: type[models.Model], field: str, pk: Any, lease: timedelta = LEASE, **more: Any
) -> datetime | None:
    """Ours until then, if nobody else's; `more` is written with it."""
    now = timezone.now()
    until = now + lease
    mine = model._default_manager.filter(pk=pk, **{f"{field}__lte": now}).update(**{field: until}, **more)
    return until if mine else None


def settle(model: type[models.Model], field: str, pk: Any, claimed: datetime) -> bool:
    """Nothing is owed any more. False when the claim was lost: then nothing may be kept either."""
    return bool(model._default_manager.filter(pk=pk, **{field: claimed}).update(**{field: None}))


def _due(model: type[models.Model], field: str) -> list[Any]:
    due = model._default_manager.filter(**{f"{field}__lte": timezone.now()}).order_by(field)
    return list(due.values_list("pk", flat=True)[:BATCH])
