"""Scarce stock over many waiting orders at once: who is served and from where, planned together.

A waiting order is open, not held, sent by a carrier and back-ordered; a pre-order joins on its day. It gets all its
waiting units or none. `routing.allocate` answers without any lock; the answer is then carried out order by order, each
in a transaction of its own in which the run also moves on, and what no longer fits is left waiting. A run is owed
until it is over: when its worker dies, the next weighs who still waits.
"""

from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F
from django.utils import timezone

from fulfillment import routing, serving, waiting_orders
from fulfillment.models import AllocationOutcome, AllocationRow, AllocationRun
from oms.core import bell, events, owing
from oms.core.errors import Conflict, Problem
from oms.core.saying import said
from orders.models import Order

log = structlog.get_logger(__name__)

ALLOCATE_OWED = "fulfillment.tasks.allocate_owed"
QUEUE = "bulk"
# So many are weighed while somebody waits for the page; more are a worker's.
AT_ONCE = 200
SECONDS_AT_ONCE = 5.0
SECONDS = 25.0
# Weighing ten thousand orders takes up to a minute, on a busy machine two; then the claim is renewed with every order.
WEIGHING = timedelta(minutes=4)
TRIES = 3
KEPT = timedelta(days=90)


class Lost(Exception):
    """The run was stopped, or another worker has it."""


def start(*, actor: str, at_once: bool = False) -> AllocationRun:
    """A run that is owed from now on; the one that is going, if there is one. `at_once`: the caller does it itself."""
    try:
        with transaction.atomic():
            run = AllocationRun.objects.create(
                actor=actor, limit_seconds=SECONDS_AT_ONCE if at_once else SECONDS
            )
            _tell("allocation.asked", run)
            if not at_once:
                transaction.on_commit(ring, robust=True)
    except IntegrityError:
        going = AllocationRun.objects.filter(running=True).first()
        if going is None:
            raise Conflict(said("A run has just ended; ask again."), code="allocation_running") from None
        return going
    return run


def ring() -> None:
    """A run is owed; the sweep finds it too when nobody hears."""
    bell.call(ALLOCATE_OWED, queue=QUEUE)


def work_off() -> int:
    """Do the runs that are owed; returns how many came to their end."""
    return owing.work_off(AllocationRun, "due_at", advance, task=ALLOCATE_OWED, queue=QUEUE)


def stop(run: AllocationRun) -> None:
    """No further order; who was served stays served."""
    _end(run.pk, stopped="asked")


def advance(run_id: UUID) -> bool:
    """One run to its end. False when somebody else has it or it was stopped meanwhile.

    Nothing is locked while it is decided. Started anew it weighs who still waits.
    """
    claimed = owing.claim(AllocationRun, "due_at", run_id, WEIGHING, tries=F("tries") + 1)
    if claimed is None:
        return False
    run = AllocationRun.objects.get(pk=run_id)
    if run.tries > TRIES:
        _end(run_id, claimed, stopped="error")
        return False
    begun = monotonic()
    queue = waiting_orders.read(timezone.now())
    answer = serving.weigh(queue, run.limit_seconds)
    try:
        claimed = _weighed(run, queue, answer, monotonic() - begun, claimed)
        for n in serving.ranked(queue, answer):
            claimed = _one(run, queue, n, answer.plans[n], claimed)
    except Lost:
        return False
    return _end(run_id, claimed)


def forget_old() -> int:
    """What came of each order is kept for three months, the run itself for good."""
    old = AllocationRow.objects.filter(run__finished_at__lt=timezone.now() - KEPT)
    return old.delete()[0]


@transaction.atomic
def _weighed(
    run: AllocationRun,
    queue: waiting_orders.Queue,
    answer: routing.Allocation,
    took: float,
    claimed: datetime,
) -> datetime:
    """Write down what was decided for each order; who was served before stays so."""
    chosen = serving.ranked(queue, answer)
    claimed = _move_on(
        run,
        claimed,
        weighed_at=timezone.now(),
        waiting=F("served") + len(queue.orders),
        planned=F("served") + len(chosen),
        skipped=0,
        contests=len(answer.contests),
        proven=sum(contest.exact for contest in answer.contests),
        gap=answer.gap,
        exact=all(contest.exact for contest in answer.contests)
        and all(answer.plans[n].trace.exact for n in chosen),
        seconds=took,
    )
    run.rows.exclude(outcome=AllocationOutcome.SERVED).delete()
    wait_on = [n for n, plan in enumerate(answer.plans) if plan.outcome != "planned"]
    rows = [_row(run, queue.orders[n], place, answer.plans[n]) for place, n in enumerate([*chosen, *wait_on])]
    # One that waits again since this run served it keeps what it got.
    AllocationRow.objects.bulk_create(rows, batch_size=2_000, ignore_conflicts=True)
    return claimed


def _row(run: AllocationRun, order: Order, place: int, plan: routing.Plan) -> AllocationRow:
    if plan.outcome == "planned":
        return AllocationRow(
            run=run,
            order=order,
            position=place,
            outcome=AllocationOutcome.PLANNED,
            units=serving.units_of(plan),
            cost=plan.cost,
            places=list(dict.fromkeys(parcel.location for parcel in plan.parcels)),
        )
    why = plan.trace.refusals[0].code if plan.trace.refusals else plan.outcome
    return AllocationRow(
        run=run,
        order=order,
        position=place,
        outcome=AllocationOutcome.LEFT,
        code=why,
        detail=plan.reason[:500],
    )


def _one(
    run: AllocationRun, queue: waiting_orders.Queue, n: int, plan: routing.Plan, claimed: datetime
) -> datetime:
    """Serve one order, or write down why it was not; that and the run's step are one transaction."""
    mine = run.rows.filter(order=queue.orders[n], outcome=AllocationOutcome.PLANNED)
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                serving.serve(queue, n, plan, run.actor)
                mine.update(outcome=AllocationOutcome.SERVED)
                return _move_on(
                    run,
                    claimed,
                    served=F("served") + 1,
                    units=F("units") + serving.units_of(plan),
                    cost=F("cost") + plan.cost,
                    tries=0,
                )
        except OperationalError:
            # Two writers in each other's way; the loser tries again.
            if attempt == TRIES:
                raise
        except Problem as problem:
            return _passed_by(run, mine, problem, claimed)
        except Lost:
            raise
        except Exception:
            log.exception("allocation_failed", run=str(run.pk), order=str(queue.orders[n].pk))
            return _passed_by(run, mine, Conflict(said("It went wrong on our side."), code="error"), claimed)
    raise AssertionError("unreachable")


@transaction.atomic
def _passed_by(run: AllocationRun, mine: Any, problem: Problem, claimed: datetime) -> datetime:
    code = str(problem.extra.get("why", problem.code))
    mine.update(outcome=AllocationOutcome.SKIPPED, code=code, detail=problem.detail[:500])
    return _move_on(run, claimed, skipped=F("skipped") + 1)


def _move_on(run: AllocationRun, claimed: datetime, **change: Any) -> datetime:
    """Write how far it is and keep the claim a while longer. Raises Lost when it is nobody's or another's."""
    until = timezone.now() + owing.LEASE
    if not AllocationRun.objects.filter(pk=run.pk, due_at=claimed).update(due_at=until, **change):
        raise Lost
    return until


@transaction.atomic
def _end(run_id: UUID, claimed: datetime | None = None, *, stopped: str = "") -> bool:
    """The run is over; False when it was already, or the claim was lost."""
    mine = AllocationRun.objects.filter(pk=run_id, running=True)
    if claimed is not None:
        mine = mine.filter(due_at=claimed)
    if not mine.update(running=False, due_at=None, finished_at=timezone.now(), stopped=stopped):
        return False
    _tell("allocation.done", AllocationRun.objects.get(pk=run_id))
    return True


def _tell(kind: str, run: AllocationRun) -> None:
    data = {
        "id": str(run.pk),
        "number": str(run.pk),
        "version": 1,
        "waiting": run.waiting,
        "served": run.served,
        "skipped": run.skipped,
        "stopped": run.stopped,
    }
    events.record(kind, f"allocation/{run.pk}", actor=run.actor, data=data)
