"""Acts on many orders or customers, asked for on their list and done by a worker, a slice at a time.

Every row is its own transaction, in which the job also moves one place on: a worker that dies leaves no order
done twice and none forgotten, and one refused order spoils no other. A slice is short, so that a long job and
what else waits in its queue take turns.
"""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import OperationalError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from oms.backoffice import bulk_acts, leasing
from oms.backoffice.leasing import LEASE
from oms.backoffice.models import BulkFailure, BulkJob, BulkKind
from oms.core import bell, counting
from oms.core.access import Principal, principal_of_user
from oms.core.counting import capped_count
from oms.core.errors import Conflict, Invalid, NotFound, Problem
from oms.core.events import record
from oms.core.models import User
from oms.core.reading import reading_as
from oms.core.saying import said
from oms.core.selecting import Selection
from orders.models import Order

log = structlog.get_logger(__name__)

RUN = "oms.backoffice.tasks.run_bulk"
QUEUE = "bulk"
# Most orders of one job, and of one that prints: a stack of paper somebody has to carry.
MOST = 50_000
MOST_PRINTED = 500
SLICE_SECONDS = 2.0
KEPT = timedelta(days=7)
# A finished job that nobody closed is told of on the list for so long, then only on its own page.
TOLD = timedelta(days=1)
TRIES = 3


class Stopped(Exception):
    """The job ended, or another worker has it."""


def ask(
    kind: str, selection: Selection, options: Mapping[str, Any], *, user: User, principal: Principal
) -> BulkJob:
    """Write down a job and wake a worker. Raises Forbidden without the scope, Invalid for no order or too many."""
    principal.require(bulk_acts.scope_of(kind))
    most = MOST_PRINTED if kind == "print" else MOST
    job = BulkJob(kind=kind, asked_by=user, selection=selection.plain(), options=dict(options))
    subject = bulk_acts.subject_of(job)
    job.total = capped_count(selection.of(subject.listing, subject.rows(principal)), most)
    if not job.total:
        raise Invalid("No row is selected.", code="nothing_selected")
    if job.total > most:
        raise Invalid("Too many at once.", code="too_many_orders")
    job.save()
    transaction.on_commit(lambda: bell.call(RUN, queue=QUEUE))
    return job


def shown_to(user: User, about: str) -> "QuerySet[BulkJob]":
    """The jobs a list still tells their asker of, newest first."""
    recent = Q(finished_at=None) | Q(finished_at__gt=timezone.now() - TOLD)
    mine = BulkJob.objects.filter(recent, asked_by=user, dismissed_at=None)
    on_customers = Q(kind__startswith="customer_")
    mine = mine.filter(on_customers if about == "customers" else ~on_customers)
    return mine.defer("ids", "file", "selection").order_by("-created_at")


def get_job(user: User, pk: UUID) -> BulkJob:
    """One of the user's own jobs. Raises NotFound for anyone else's."""
    job = BulkJob.objects.filter(asked_by=user, pk=pk).defer("ids", "file").first()
    if job is None:
        raise NotFound
    return job


def dismiss(job: BulkJob) -> None:
    """The list tells no more of it; its page stays."""
    BulkJob.objects.filter(pk=job.pk).update(dismissed_at=timezone.now())


def stop(job: BulkJob) -> None:
    """No further order; what is done stays done."""
    BulkJob.objects.filter(pk=job.pk, finished_at=None).update(finished_at=timezone.now(), stopped="asked")
    counting.forget()


def run_due(seconds: float = SLICE_SECONDS) -> bool:
    """Work on what is due for about so long, job after job. True when something is left."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        job = leasing.claim(BulkJob.objects.filter(finished_at=None).select_related("asked_by").defer("file"))
        if job is None:
            return False
        _work(job, until)
    return leasing.waits(BulkJob.objects.filter(finished_at=None))


def forget_old() -> int:
    """Jobs and their files go after a week."""
    deleted, _ = BulkJob.objects.filter(finished_at__lt=timezone.now() - KEPT).delete()
    return deleted


def _work(job: BulkJob, until: float) -> None:
    """One slice of a job, in the name and the language of whoever asked."""
    try:
        principal = principal_of_user(job.asked_by)
        principal.require(bulk_acts.scope_of(job.kind))
        with reading_as(job.asked_by):
            ids = job.ids if job.ids is not None else _fix(job, principal)
            for place in range(job.position, len(ids)):
                if time.monotonic() >= until:
                    break
                _one(job, ids[place], place, principal)
            else:
                _finish(job, principal)
    except Stopped:
        return
    except Problem as problem:
        _end(job, stopped=problem.code)
    except Exception:
        log.exception("bulk_failed", job=str(job.pk))
        _end(job, stopped="error")
    BulkJob.objects.filter(pk=job.pk, finished_at=None).update(claimed_until=timezone.now())


def _fix(job: BulkJob, principal: Principal) -> list[UUID]:
    """The rows the job is about from now on, whatever the filters will match later."""
    job.ids = bulk_acts.meant(job, principal, MOST)
    job.total = len(job.ids)
    job.save(update_fields=["ids", "total"])
    return job.ids


def _one(job: BulkJob, row_id: UUID, place: int, principal: Principal) -> None:
    """Decide one row: the act and the step of the job are one transaction."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                failed = _act(job, row_id, principal)
                step = BulkJob.objects.filter(pk=job.pk, position=place, finished_at=None)
                moved = step.update(
                    position=place + 1, failed=job.failed + failed, claimed_until=timezone.now() + LEASE
                )
                if not moved:
                    raise Stopped
        except OperationalError:
            # Two writers in each other's way; the loser tries again.
            if attempt == TRIES:
                raise
        else:
            job.position, job.failed = place + 1, job.failed + failed
            return


def _act(job: BulkJob, row_id: UUID, principal: Principal) -> bool:
    """True when the row refused, which is written down."""
    row = bulk_acts.subject_of(job).rows(principal).filter(pk=row_id).first()
    try:
        if row is None:
            raise NotFound
        with transaction.atomic():
            bulk_acts.ACTS[job.kind](row, job.options, principal.actor)
    except (OperationalError, Stopped):
        raise
    except Problem as problem:
        _note(job, row_id, row, problem)
        return True
    except Exception:
        log.exception("bulk_row_failed", job=str(job.pk), row=str(row_id))
        _note(job, row_id, row, Conflict(said("It went wrong on our side."), code="error"))
        return True
    return False


def _note(job: BulkJob, row_id: UUID, row: Any, problem: Problem) -> None:
    code = f"{job.kind}.{problem.code}" if problem.code == "illegal_move" else problem.code
    number = row.number if isinstance(row, Order) else None
    BulkFailure.objects.create(job=job, row_id=row_id, number=number, code=code, detail=problem.detail[:500])


def _finish(job: BulkJob, principal: Principal) -> None:
    """The file of a list goes into the audit log: who took how many rows out of the house."""
    content, name = bulk_acts.file_of(job, principal)
    with transaction.atomic():
        BulkJob.objects.filter(pk=job.pk, finished_at=None).update(
            file=content or None, filename=name if content else "", finished_at=timezone.now()
        )
        if job.kind in (BulkKind.EXPORT, BulkKind.CUSTOMER_EXPORT):
            data = {"list": job.about, "rows": job.total}
            record("list.exported", f"export/{job.pk}", actor=principal.actor, data=data)
    counting.forget()


def _end(job: BulkJob, *, stopped: str) -> None:
    BulkJob.objects.filter(pk=job.pk).update(finished_at=timezone.now(), stopped=stopped)
    counting.forget()
