"""The person's side of an import: a file brought, columns told, a trial, the run, a stop; each step in its turn."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inventory.models import Location
from oms.backoffice.importing import files, staging
from oms.backoffice.importing.fields import folded
from oms.backoffice.importing.kinds import KINDS, Kind
from oms.backoffice.importing.models import Import, ImportFault, ImportMapping, ImportPiece, ImportState
from oms.backoffice.importing.running import QUEUE, RUN, about, facts
from oms.backoffice.importing.values import Unreadable
from oms.core import bell
from oms.core.access import Principal
from oms.core.errors import IllegalMove, Invalid, NotFound
from oms.core.events import record
from oms.core.models import Channel, User
from oms.core.money import known as known_currency

S = ImportState
MOVES = {
    S.UNREADABLE: {S.READING},
    S.MAPPING: {S.READING, S.CHECKING},
    S.CHECKING: {S.MAPPING},
    S.CHECKED: {S.MAPPING, S.CHECKING, S.RUNNING},
    S.RUNNING: {S.STOPPED},
    S.STOPPED: {S.RUNNING},
}
# Read while the person waits; anything larger a worker reads.
AT_ONCE = files.MEGABYTE
KEPT = timedelta(days=30)
_FRESH: dict[str, Any] = {
    "place": 0,
    "decided": 0,
    "created": 0,
    "changed": 0,
    "unchanged": 0,
    "refused": 0,
    "stopped": "",
    "detail": "",
}


def kinds_for(principal: Principal) -> list[Kind]:
    """What the role may import."""
    return [kind for kind in KINDS.values() if principal.may(kind.scope)]


def visible(principal: Principal, user: User) -> "QuerySet[Import]":
    """One's own imports; an admin sees everyone's."""
    mine = Import.objects.defer("content")
    return mine if principal.may("*") else mine.filter(asked_by=user)


def get_import(principal: Principal, user: User, pk: UUID) -> Import:
    """An import the person may see, of a kind they may write. Raises NotFound."""
    found = visible(principal, user).filter(pk=pk).select_related("asked_by").first()
    if found is None:
        raise NotFound
    principal.require(KINDS[found.kind].scope)
    return found


@transaction.atomic
def bring(kind: str, filename: str, content: bytes, *, user: User, principal: Principal) -> Import:
    """Keep an uploaded file and read it. Raises Invalid for what is no table, Forbidden without the kind's scope."""
    principal.require(KINDS[kind].scope)
    try:
        files.kind_of(filename, content)
    except Unreadable as error:
        raise Invalid.at("/file", error.detail or error.code, error.code) from error
    job = Import.objects.create(
        kind=kind,
        asked_by=user,
        filename=filename[-200:],
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
    )
    if len(content) <= AT_ONCE:
        staging.read(job)
    else:
        _ring()
    record("import.brought", f"import/{job.pk}", actor=principal.actor, data=about(job) | {"bytes": job.size})
    return job


def read_again(job: Import, *, encoding: str, delimiter: str) -> None:
    """Read the file in another way than we guessed; empty: guess."""
    wanted = {name: value for name, value in (("encoding", encoding), ("delimiter", delimiter)) if value}
    _move(job, S.READING, reading={"wanted": wanted}, **_FRESH)
    job.refresh_from_db(fields=["state", "reading", "stopped", "detail"])
    if job.size <= AT_ONCE:
        staging.read(job)
    else:
        _ring()


@transaction.atomic
def check(job: Import, mapping: Sequence[str], options: Mapping[str, Any], *, principal: Principal) -> None:
    """Try the file with these columns. Raises Invalid naming what is missing, with nothing changed."""
    kind = KINDS[job.kind]
    mapping = [key if place < len(job.columns) else "" for place, key in enumerate(mapping)]
    faults = missing(kind, mapping, options) + _wrong(kind, options, principal)
    if faults:
        raise Invalid(faults[0]["detail"], code=faults[0]["code"], errors=faults)
    ImportFault.objects.filter(of=job).delete()
    _move(job, S.CHECKING, mapping=mapping, options=dict(options), planned=False, tried=None, **_FRESH)
    told = {folded(column): key for column, key in zip(job.columns, mapping, strict=False) if column}
    remembered, _new = ImportMapping.objects.get_or_create(user=job.asked_by, kind=job.kind)
    remembered.columns = dict(list((remembered.columns | told).items())[-500:])
    remembered.save(update_fields=["columns"])
    _ring()


def missing(kind: Kind, mapping: Sequence[str], options: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the columns do not tell: a fault for each field that must be there, or is there twice."""
    given = {key for key in mapping if key} | {f"option:{name}" for name, value in options.items() if value}
    faults = [
        {"pointer": f"/{one.key}", "code": "no_column", "detail": one.key}
        for one in kind.fields
        if one.required and one.key not in given
    ]
    faults += [
        {"pointer": f"/{either[0]}", "code": "no_column", "detail": either[0]}
        for either in kind.either
        if not given.intersection(either)
    ]
    twice = {key for key in mapping if key and list(mapping).count(key) > 1}
    return faults + [{"pointer": f"/{key}", "code": "column_twice", "detail": key} for key in sorted(twice)]


def _wrong(kind: Kind, options: Mapping[str, Any], principal: Principal) -> list[dict[str, str]]:
    channel, location, currency = (options.get(name, "") for name in ("channel", "location", "currency"))
    found = []
    if "channel" in kind.options and not Channel.objects.filter(code=channel, active=True).exists():
        found.append("channel")
    places = principal.limit_to_locations(Location.objects.all(), "code")
    if location and not places.filter(code=location).exists():
        found.append("location")
    if currency and not known_currency(currency):
        found.append("currency")
    return [{"pointer": f"/option:{name}", "code": f"unknown_{name}", "detail": name} for name in found]


def change_columns(job: Import) -> None:
    """Back to the columns after a trial."""
    _move(job, S.MAPPING)


@transaction.atomic
def start(job: Import, *, principal: Principal) -> None:
    """Run what was tried. Raises IllegalMove before the trial is over."""
    ImportFault.objects.filter(of=job).delete()
    _move(job, S.RUNNING, started_at=timezone.now(), **_FRESH)
    record(
        "import.started", f"import/{job.pk}", actor=principal.actor, data=about(job) | {"tried": job.tried}
    )
    _ring()


@transaction.atomic
def stop(job: Import, *, principal: Principal) -> None:
    """No further piece. A trial leads back to the columns; of a run, what is done stays done."""
    if job.state == S.CHECKING:
        _move(job, S.MAPPING)
        return
    _move(job, S.STOPPED, stopped="asked")
    job.refresh_from_db(fields=["created", "changed", "unchanged", "refused"])
    record("import.stopped", f"import/{job.pk}", actor=principal.actor, data=facts(job) | {"reason": "asked"})


@transaction.atomic
def go_on(job: Import, *, principal: Principal) -> None:
    """Go on where a run stopped; no row is done twice."""
    _move(job, S.RUNNING, stopped="")
    record("import.started", f"import/{job.pk}", actor=principal.actor, data=facts(job))
    _ring()


def ran_before(job: Import) -> Import | None:
    """The last time the very same file was imported, if it was."""
    again = Import.objects.filter(sha256=job.sha256, kind=job.kind, started_at__isnull=False).exclude(
        pk=job.pk
    )
    return again.select_related("asked_by").defer("content").order_by("-started_at").first()


@transaction.atomic
def forget_old() -> int:
    """What was in files goes after a month, for it is about people; that there was an import stays known."""
    old = Import.objects.filter(created_at__lt=timezone.now() - KEPT, content__isnull=False)
    over = old.exclude(state__in=[S.RUNNING, S.CHECKING])
    pks = list(over.values_list("pk", flat=True))
    ImportPiece.objects.filter(of__in=pks).delete()
    ImportFault.objects.filter(of__in=pks).delete()
    return Import.objects.filter(pk__in=pks).update(content=None, samples=[])


def _move(job: Import, to: ImportState, **changes: Any) -> None:
    """One step of an import, for exactly one caller. Raises IllegalMove out of turn."""
    allowed = [state for state, following in MOVES.items() if to in following]
    step = Import.objects.filter(pk=job.pk, state__in=allowed, content__isnull=False)
    if job.state not in allowed or not step.update(state=to, claimed_until=timezone.now(), **changes):
        raise IllegalMove
    job.state = to


def _ring() -> None:
    transaction.on_commit(lambda: bell.call(RUN, queue=QUEUE))
