"""Pages of the import wizard: a file, its columns, a check of every row, the run; and what was imported before."""

from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from oms.backoffice.importing import asking, tables_out, wording
from oms.backoffice.importing.forms import FileForm, OptionsForm, ReadingForm
from oms.backoffice.importing.kinds import KINDS
from oms.backoffice.importing.listing import LISTING
from oms.backoffice.importing.models import Import, ImportState
from oms.core import exporting
from oms.core.errors import Invalid, NotFound
from oms.core.pages import part_or_page, staff_page

# So many refusals are named on the page; the file has them all.
NAMED = 200
GROUPED = 12
STEPS = ("file", "columns", "check", "import")


@staff_page(methods=("GET", "HEAD"))
def imports(request: Any) -> HttpResponseBase:
    rows = asking.visible(request.principal, request.user).select_related("asked_by")
    page = LISTING.read(request, rows)
    return part_or_page(request, "backoffice/importing/list.html", "_list_part.html", {"list": page})


@staff_page()
def new(request: Any) -> HttpResponseBase:
    """Choose what it is, and the file."""
    kinds = asking.kinds_for(request.principal)
    chosen = request.POST.get("kind") or request.GET.get("kind") or kinds[0].key
    form = FileForm(request.POST or None, request.FILES or None, principal=request.principal)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            if upload.size > asking.files.MOST_BYTES:
                raise Invalid.at("/file", "", "file_too_large")
            job = asking.bring(
                form.cleaned_data["kind"],
                upload.name,
                upload.read(),
                user=request.user,
                principal=request.principal,
            )
            return HttpResponseRedirect(_address(job))
        except Invalid as problem:
            form.add_error("file", wording.sentence(problem.code, problem.detail))
    context = {
        "form": form,
        "kinds": kinds,
        "chosen": chosen,
        "steps": _steps("file"),
        "most": asking.files.MOST_BYTES // asking.files.MEGABYTE,
        "rows": asking.files.MOST_ROWS,
    }
    return render(request, "backoffice/importing/new.html", context, status=422 if form.errors else 200)


@staff_page(methods=("GET", "HEAD"))
def template(request: Any, kind: str, ending: str) -> HttpResponseBase:
    """An empty table of a kind's columns."""
    known = KINDS.get(kind)
    if known is None or ending not in exporting.TYPES:
        raise NotFound
    return _file(tables_out.template(known, ending), f"{kind}.{ending}", ending)


@staff_page(methods=("GET", "HEAD"))
def detail(request: Any, pk: UUID) -> HttpResponseBase:
    """Where an import is: the page asks again while a worker is at it."""
    return _shown(request, _job(request, pk))


@staff_page(methods=("POST",))
def check(request: Any, pk: UUID) -> HttpResponseBase:
    """Columns and options told; a worker tries every row."""
    job = _job(request, pk)
    mapping = [request.POST.get(f"column-{place}", "") for place in range(len(job.columns))]
    known = {one.key for one in KINDS[job.kind].fields}
    job.mapping = [key if key in known else "" for key in mapping]
    form = OptionsForm(request.POST, kind=KINDS[job.kind], principal=request.principal)
    if not form.is_valid():
        return _shown(request, job, options=form)
    try:
        asking.check(job, job.mapping, form.cleaned_data, principal=request.principal)
    except Invalid as problem:
        missing = []
        for fault in problem.errors:
            key, told = fault["pointer"].lstrip("/"), wording.sentence(fault["code"], fault["detail"])
            if key.startswith("option:") and key[7:] in form.fields:
                form.add_error(key[7:], told)
            else:
                missing.append({"label": tables_out.column_labels(job).get(key, key), "words": told})
        return _shown(request, job, options=form, missing=missing)
    return HttpResponseRedirect(_address(job))


@staff_page(methods=("POST",))
def read_again(request: Any, pk: UUID) -> HttpResponseBase:
    """With another encoding, or another sign between the cells."""
    job = _job(request, pk)
    form = ReadingForm(request.POST)
    if form.is_valid():
        asking.read_again(job, **form.cleaned_data)
    return HttpResponseRedirect(_address(job))


@staff_page(methods=("POST",))
def columns(request: Any, pk: UUID) -> HttpResponseBase:
    job = _job(request, pk)
    asking.change_columns(job)
    return HttpResponseRedirect(_address(job))


@staff_page(methods=("POST",))
def start(request: Any, pk: UUID) -> HttpResponseBase:
    job = _job(request, pk)
    asking.start(job, principal=request.principal)
    return HttpResponseRedirect(_address(job))


@staff_page(methods=("POST",))
def stop(request: Any, pk: UUID) -> HttpResponseBase:
    job = _job(request, pk)
    asking.stop(job, principal=request.principal)
    return HttpResponseRedirect(_address(job))


@staff_page(methods=("POST",))
def go_on(request: Any, pk: UUID) -> HttpResponseBase:
    job = _job(request, pk)
    asking.go_on(job, principal=request.principal)
    return HttpResponseRedirect(_address(job))


@staff_page(methods=("GET", "HEAD"))
def refused(request: Any, pk: UUID) -> HttpResponseBase:
    """The refused rows as a file, to be mended and brought again."""
    job = _job(request, pk)
    if not job.faults.exists():
        raise NotFound
    return _file(tables_out.refused(job), f"{job.kind}-{timezone.localdate():%Y-%m-%d}-refused.csv", "csv")


def _job(request: Any, pk: UUID) -> Import:
    return asking.get_import(request.principal, request.user, pk)


def _address(job: Import) -> str:
    return reverse("import-detail", args=[job.pk])


def _file(content: bytes, name: str, ending: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=exporting.TYPES[ending],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _shown(
    request: Any, job: Import, *, options: OptionsForm | None = None, missing: Any = ()
) -> HttpResponseBase:
    kind = KINDS[job.kind]
    context: dict[str, Any] = {"job": job, "kind": kind, "steps": _steps(_step(job))}
    if job.state in (ImportState.MAPPING, ImportState.UNREADABLE):
        context["reading"] = ReadingForm.of(job) if job.reading.get("format") != "xlsx" else None
    if job.state == ImportState.MAPPING:
        form = options or OptionsForm(kind=kind, principal=request.principal, initial=_options(job))
        context |= {
            "columns": _columns(job),
            "options": form,
            "missing": missing,
            "before": asking.ran_before(job),
        }
    if job.stopped:
        context["stopped"] = wording.sentence(job.stopped, job.detail)
    if job.state in (ImportState.CHECKED, ImportState.STOPPED, ImportState.DONE):
        context |= _faults(job)
        context["figures"] = _figures(job)
    status = 422 if missing or (options and options.errors) else 200
    return part_or_page(
        request,
        "backoffice/importing/import.html",
        "backoffice/importing/_import.html",
        context,
        status=status,
    )


def _options(job: Import) -> dict[str, Any] | None:
    return {name: value for name, value in job.options.items() if value} or None


def _columns(job: Import) -> list[dict[str, Any]]:
    """Each column of the file with its first cells and the fields it could be."""
    found = []
    for place, heading in enumerate(job.columns):
        samples = [row[place] for row in job.samples if place < len(row) and row[place].strip()]
        chosen = job.mapping[place] if place < len(job.mapping) else ""
        found.append({"place": place, "heading": heading, "samples": samples[:4], "chosen": chosen})
    return found


def _figures(job: Import) -> list[dict[str, Any]]:
    """What it came to, or would."""
    checked = job.state == ImportState.CHECKED
    names = {
        "created": _("Would be new") if checked else _("New"),
        "changed": _("Would be changed") if checked else _("Changed"),
        "unchanged": _("Stay as they are") if checked else _("Unchanged"),
        "refused": _("Refused"),
    }
    return [
        {"key": key, "name": name, "count": getattr(job, key), "tone": "bad" if key == "refused" else ""}
        for key, name in names.items()
    ]


def _faults(job: Import) -> dict[str, Any]:
    """The refusals, the commonest reasons first, then row by row."""
    labels = tables_out.column_labels(job)
    grouped = (
        job.faults.values("field", "code", "pattern")
        .annotate(rows=Count("row", distinct=True))
        .order_by("-rows", "code")
    )
    named = job.faults.order_by("row", "pk")[:NAMED]
    return {
        "reasons": [
            {
                "column": labels.get(one["field"], ""),
                "words": wording.reason(one["code"], one["pattern"]),
                "rows": one["rows"],
            }
            for one in grouped[:GROUPED]
        ],
        "faults": [
            {
                "row": fault.row,
                "column": labels.get(fault.field, ""),
                "words": wording.sentence(fault.code, fault.detail, fault.pattern, fault.facts),
                "code": fault.code,
            }
            for fault in named
        ],
        "more": max(0, job.faults.count() - NAMED),
    }


def _step(job: Import) -> str:
    at = {
        ImportState.READING: "file",
        ImportState.UNREADABLE: "file",
        ImportState.MAPPING: "columns",
        ImportState.CHECKING: "check",
        ImportState.CHECKED: "check",
    }
    return at.get(ImportState(job.state), "import")


def _steps(now: str) -> list[dict[str, Any]]:
    names = {"file": _("File"), "columns": _("Columns"), "check": _("Check"), "import": _("Import")}
    return [
        {"name": names[step], "now": step == now, "past": place < STEPS.index(now)}
        for place, step in enumerate(STEPS)
    ]
