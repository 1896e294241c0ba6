"""The worker's side: an import read, tried or run, a slice at a time.

A piece of rows is one transaction, in which the import also moves one place on: a worker that dies leaves no row
done twice and none forgotten. A trial calls the very same functions and takes everything back but its verdicts.
"""

import time
from collections.abc import Iterable

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from oms.backoffice import leasing
from oms.backoffice.importing import planning, staging
from oms.backoffice.importing.fields import Reading, Row
from oms.backoffice.importing.kinds import KINDS, Context, Decided, Kind
from oms.backoffice.importing.models import WORKED_ON, Import, ImportFault, ImportPiece, ImportState
from oms.backoffice.leasing import LEASE
from oms.core.access import Principal, principal_of_user
from oms.core.errors import Problem, Unavailable
from oms.core.events import record
from oms.core.reading import reading_as

log = structlog.get_logger(__name__)

RUN = "oms.backoffice.tasks.run_imports"
QUEUE = "bulk"
SLICE_SECONDS = 2.0
# Product, location and quantity; and the sums of many by product and location.
Taken = tuple[int, int, int]
Carried = dict[int, dict[int, int]]
TRIES = 3
# After so many pieces PostgreSQL looks anew at what grew: in a table it still thinks empty, a thousand rows are sought
# by reading all of it a thousand times.
LOOKS = frozenset({1, 4, 16, 64})


class Gone(Exception):
    """The import ended, or another worker has it."""


class _TakenBack(Exception):
    """Carries a trial's verdicts out of the transaction that is rolled back."""

    def __init__(self, decided: Decided) -> None:
        super().__init__()
        self.decided = decided


def run_due(seconds: float = SLICE_SECONDS) -> bool:
    """Work on what is due for about so long, import after import. True when something is left."""
    until = time.monotonic() + seconds
    due = Import.objects.filter(state__in=WORKED_ON)
    while time.monotonic() < until:
        job = leasing.claim(due.select_related("asked_by").defer("content"))
        if job is None:
            return False
        _work(job, until)
    return leasing.waits(due)


def _work(job: Import, until: float) -> None:
    """One slice of an import, in the name and the language of whoever asked."""
    try:
        principal = principal_of_user(job.asked_by)
        principal.require(KINDS[job.kind].scope)
        with reading_as(job.asked_by):
            if job.state == ImportState.READING:
                staging.read(job)
                return
            if not job.planned:
                planning.plan(job)
            carried = _carried(job)
            while job.place < job.pieces and time.monotonic() < until:
                _decide(job, principal, carried)
            if job.place >= job.pieces:
                _finish(job, principal)
    except Gone:
        return
    except Problem as problem:
        _halt(job, problem.code)
    except Exception:
        log.exception("import_failed", job=str(job.pk))
        _halt(job, "error")
    Import.objects.filter(pk=job.pk, state__in=WORKED_ON).update(claimed_until=timezone.now())


def _decide(job: Import, principal: Principal, carried: Carried) -> None:
    """One piece: its rows, its verdicts and the step of the import are one transaction."""
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic():
                taken = _piece(job, principal, carried)
        except (OperationalError, Unavailable):
            # Two writers in each other's way; the loser tries again.
            if attempt == TRIES:
                raise
        else:
            job.place += 1
            _carry(carried, taken)
            if job.state == ImportState.RUNNING and job.place in LOOKS:
                _look_anew(KINDS[job.kind])
            return


def _look_anew(kind: Kind) -> None:
    with connection.cursor() as cursor:
        for model in kind.grows:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def _piece(job: Import, principal: Principal, carried: Carried) -> list[Taken]:
    trial = job.state == ImportState.CHECKING
    context = Context(principal, job.options, trial, carried)
    rows = _rows(job)
    decided = _tried(job, rows, context) if trial else KINDS[job.kind].write(rows, context)
    ImportFault.objects.bulk_create(
        ImportFault(
            of=job,
            row=each.row,
            field=each.field,
            code=each.code,
            detail=each.detail,
            pattern=each.pattern,
            facts=dict(each.facts or {}),
        )
        for each in decided.faults
    )
    step = Import.objects.filter(pk=job.pk, state=job.state, place=job.place)
    moved = step.update(
        place=F("place") + 1,
        decided=F("decided") + len(rows),
        created=F("created") + decided.created,
        changed=F("changed") + decided.changed,
        unchanged=F("unchanged") + decided.unchanged,
        refused=F("refused") + decided.refused,
        claimed_until=timezone.now() + LEASE,
    )
    if not moved:
        raise Gone
    if context.taken:
        ImportPiece.objects.filter(of=job, place=job.place).update(taken=context.taken)
    return context.taken


def _carried(job: Import) -> Carried:
    """What the pieces tried so far would have taken."""
    carried: Carried = {}
    if job.state == ImportState.CHECKING:
        tried = ImportPiece.objects.filter(of=job, place__lt=job.place).exclude(taken=[])
        for taken in tried.values_list("taken", flat=True).iterator():
            _carry(carried, taken)
    return carried


def _carry(carried: Carried, taken: Iterable[Taken]) -> None:
    for product, place, quantity in taken:
        at = carried.setdefault(product, {})
        at[place] = at.get(place, 0) + quantity


def _tried(job: Import, rows: list[Row], context: Context) -> Decided:
    try:
        with transaction.atomic():
            raise _TakenBack(KINDS[job.kind].write(rows, context))
    except _TakenBack as verdicts:
        return verdicts.decided


def _rows(job: Import) -> list[Row]:
    """The rows the import's next piece decides, as its mapping reads them."""
    kind = KINDS[job.kind]
    piece = ImportPiece.objects.get(of=job, place=job.place)
    found = staging.rows_of(piece.rows)
    if piece.members is not None:
        places = {position // kind.piece for position in piece.members}
        parts = ImportPiece.objects.filter(of=job, place__in=places).values_list("place", "rows")
        known = {place: staging.rows_of(rows) for place, rows in parts}
        found = [known[position // kind.piece][position % kind.piece] for position in piece.members]
    reading = Reading(kind.fields, job.columns, job.mapping, job.options)
    return [reading.row(number, cells) for number, cells in found]


@transaction.atomic
def _finish(job: Import, principal: Principal) -> None:
    mine = Import.objects.select_for_update().filter(pk=job.pk, state=job.state, place=job.place)
    done = mine.defer("content").first()
    if done is None:
        raise Gone
    if done.state == ImportState.CHECKING:
        done.state, done.tried = ImportState.CHECKED, figures(done)
        done.save(update_fields=["state", "tried"])
        return
    done.state, done.finished_at = ImportState.DONE, timezone.now()
    done.save(update_fields=["state", "finished_at"])
    record("import.finished", f"import/{done.pk}", actor=principal.actor, data=facts(done))


@transaction.atomic
def _halt(job: Import, code: str) -> None:
    """It goes no further by itself; what is done stays done, and a person decides."""
    after = {ImportState.READING: ImportState.UNREADABLE, ImportState.CHECKING: ImportState.MAPPING}
    state = after.get(ImportState(job.state), ImportState.STOPPED)
    stopped = Import.objects.filter(pk=job.pk, state=job.state).update(state=state, stopped=code)
    if stopped and state == ImportState.STOPPED:
        job.refresh_from_db(fields=["created", "changed", "unchanged", "refused"])
        record("import.stopped", f"import/{job.pk}", actor="system", data=facts(job) | {"reason": code})


def figures(job: Import) -> dict[str, int]:
    return {name: getattr(job, name) for name in ("created", "changed", "unchanged", "refused")}


def about(job: Import) -> dict[str, object]:
    """What an event tells of an import: figures, never what is in the file."""
    return {"id": str(job.pk), "number": job.kind, "version": 1, "kind": job.kind, "rows": job.rows}


def facts(job: Import) -> dict[str, object]:
    return about(job) | figures(job)
