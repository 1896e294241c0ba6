"""Jobs that workers take in turn: whoever has one renews its lease, and of a dead worker it ends by itself."""

from datetime import timedelta
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

Job = TypeVar("Job", bound=Model)
LEASE = timedelta(minutes=5)


def claim(jobs: "QuerySet[Job]") -> Job | None:
    """Of the jobs with something to do the one that waited longest, ours until its lease ends."""
    now = timezone.now()
    due = jobs.filter(claimed_until__lte=now)
    for pk in list(due.order_by("claimed_until").values_list("pk", flat=True)[:10]):
        if due.filter(pk=pk).update(claimed_until=now + LEASE):
            return jobs.filter(pk=pk).first()
    return None


def waits(jobs: "QuerySet[Job]") -> bool:
    """Something is left that nobody has."""
    return jobs.filter(claimed_until__lte=timezone.now()).exists()
