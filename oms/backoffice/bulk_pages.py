"""Pages of acts on many orders or customers: asking, watching, the result that names each refusal, the file."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from oms.backoffice import bulk
from oms.backoffice.bulk_acts import scope_of
from oms.backoffice.models import BulkJob, BulkKind
from oms.core.errors import Invalid, NotFound, Problem
from oms.core.models import User
from oms.core.pages import came_from, sentence, staff_page
from oms.core.selecting import selection
from orders.models import Customer

# So many refusals are named on the page; the rest are counted.
NAMED = 500
NAMED_ON_LIST = 3
SHOWN = 3

REFUSALS = {
    "hold.illegal_move": _("Nothing is left to hold: it was delivered, or has ended."),
    "release.illegal_move": _("Someone released it meanwhile."),
    "cancel.illegal_move": _("Nothing is left to cancel: it was cancelled, or has left the house."),
    "already_held": _("It is on hold for this reason already."),
    "not_held": _("It is not on hold."),
    "held_otherwise": _("It is on hold for another reason."),
    "no_papers": _("None of its parcels has a label yet."),
    "too_many_tags": _("It would have more than 50 tags."),
    "no_contact": _("It has neither e-mail nor phone."),
    "on_other_list": _("It is on the other list; take it off there first."),
    "error": _("It went wrong on our side; we have been told."),
}


class HoldForm(forms.Form):
    reason = forms.RegexField(r"^[a-z][a-z0-9_]{0,63}$")
    note = forms.CharField(max_length=500, required=False)


class ReleaseForm(forms.Form):
    """`release_reason`: the holds of one reason alone; empty, all that stand. Its own name, for every dialog of a
    list belongs to one form."""

    release_reason = forms.RegexField(r"^[a-z][a-z0-9_]{0,63}$", required=False)

    def clean(self) -> dict[str, Any]:
        return {"reason": (super().clean() or {}).get("release_reason", "")}


class TagForm(forms.Form):
    """Tags parted by commas, the Arabic one too."""

    add = forms.CharField(max_length=500, required=False)
    remove = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        found = {name: self._tags(cleaned.get(name, "")) for name in ("add", "remove")}
        if not any(found.values()):
            raise forms.ValidationError(_("Write at least one tag."))
        return found

    @staticmethod
    def _tags(written: str) -> list[str]:
        parts = [part.strip() for part in written.replace("،", ",").split(",")]
        if any(len(part) > 64 for part in parts):
            raise forms.ValidationError(_("A tag has at most 64 letters."))
        return list(dict.fromkeys(part for part in parts if part))


class CancelForm(forms.Form):
    cancel_reason = forms.CharField(max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        return {"reason": (super().clean() or {}).get("cancel_reason", "")}


class PrintForm(forms.Form):
    papers = forms.ChoiceField(choices=[("labels", ""), ("slips", ""), ("both", "")])


class BlockForm(forms.Form):
    reason = forms.CharField(max_length=500, required=False)
    hold_orders = forms.BooleanField(required=False)


class TrustForm(forms.Form):
    reason = forms.CharField(max_length=500, required=False)


class ExportForm(forms.Form):
    format = forms.ChoiceField(choices=[("csv", ""), ("xlsx", "")])


FORMS: Mapping[str, type[forms.Form]] = {
    BulkKind.HOLD: HoldForm,
    BulkKind.RELEASE: ReleaseForm,
    BulkKind.TAG: TagForm,
    BulkKind.CANCEL: CancelForm,
    BulkKind.PRINT: PrintForm,
    BulkKind.EXPORT: ExportForm,
    BulkKind.CUSTOMER_TAG: TagForm,
    BulkKind.CUSTOMER_TRUST: TrustForm,
    BulkKind.CUSTOMER_BLOCK: BlockForm,
    BulkKind.CUSTOMER_EXPORT: ExportForm,
}


def start(request: Any, kind: str) -> HttpResponseBase:
    """Ask for one act on the selected rows; back to the list, which tells how far it is."""
    form = FORMS[kind](request.POST)
    if not form.is_valid():
        first = next(iter(form.errors.values()))[0]
        raise Invalid(str(first), code="invalid_form")
    bulk.ask(kind, selection(request), form.cleaned_data, user=request.user, principal=request.principal)
    return HttpResponseRedirect(came_from(request))


# One address an act, each behind its own scope.
STARTS = {
    kind: staff_page(scope=scope_of(kind), methods=("POST",))(partial(start, kind=kind))
    for kind in BulkKind.values
}


@staff_page(scope="orders:read", methods=("GET", "HEAD"), whole=False)
def jobs(request: Any) -> HttpResponseBase:
    """The panel over the list, asked for again each second while something runs.

    `running` names what ran when it was asked for last: once one of them is over, the rows are read anew.
    """
    panel = told(request.user, "customers" if request.GET.get("about") == "customers" else "orders")
    answer = render(request, "orders/_jobs.html", {"jobs": panel})
    ran = set(request.GET.getlist("running"))
    if ran - {str(card["job"].pk) for card in panel["cards"] if card["job"].running}:
        answer.headers["HX-Trigger"] = "rows-changed"
    return answer


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def job(request: Any, pk: UUID) -> HttpResponseBase:
    """One job: how far it is, and every row it was refused for."""
    found = bulk.get_job(request.user, pk)
    context = {"job": found, "failures": named(found, NAMED), "more": max(0, found.failed - NAMED)}
    part = request.htmx and not request.htmx.boosted
    return render(request, "orders/_job.html" if part else "orders/job.html", context)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def job_file(request: Any, pk: UUID) -> HttpResponseBase:
    """The PDF or the table the job left behind. A table is on the reader's disk then: the list tells no more of it."""
    found = BulkJob.objects.filter(asked_by=request.user, pk=pk).exclude(file=None).first()
    if found is None:
        raise NotFound
    kinds = {
        "pdf": "application/pdf",
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    ending = found.filename.rpartition(".")[2]
    how = "inline" if ending == "pdf" else "attachment"
    if how == "attachment" and not found.failed:
        bulk.dismiss(found)
    return HttpResponse(
        bytes(found.file or b""),
        content_type=kinds[ending],
        headers={"Content-Disposition": f'{how}; filename="{found.filename}"'},
    )


@staff_page(scope="orders:read", methods=("POST",))
def dismiss(request: Any, pk: UUID) -> HttpResponseBase:
    """The list tells no more of it: it was closed, or was in sight long enough and has nothing to be read twice."""
    found = bulk.get_job(request.user, pk)
    bulk.dismiss(found)
    if request.htmx:
        return render(request, "orders/_jobs.html", {"jobs": told(request.user, found.about)})
    return HttpResponseRedirect(reverse("customer-list" if found.about == "customers" else "order-list"))


@staff_page(scope="orders:read", methods=("POST",))
def stop(request: Any, pk: UUID) -> HttpResponseBase:
    """No further order; what is done stays done."""
    found = bulk.get_job(request.user, pk)
    bulk.stop(found)
    if request.htmx:
        return render(request, "orders/_jobs.html", {"jobs": told(request.user, found.about)})
    return HttpResponseRedirect(reverse("order-job", args=[pk]))


def told(user: User, about: str = "orders") -> dict[str, Any]:
    """The panel: a list's newest jobs, each with its first refusals, and the address to ask again while one runs."""
    found = list(bulk.shown_to(user, about)[:SHOWN])
    ran = urlencode([("running", str(each.pk)) for each in found if each.running])
    cards = [{"job": each, "failures": named(each, NAMED_ON_LIST)} for each in found]
    return {"cards": cards, "asking": f"{reverse('order-jobs')}?about={about}&{ran}" if ran else ""}


def named(each: BulkJob, most: int) -> list[dict[str, Any]]:
    """Refusals as name, address and sentence."""
    failures = list(each.failures.order_by("id")[:most]) if each.failed else []
    if each.about == "orders":
        return [
            {
                "name": row.number,
                "href": reverse("order-detail", args=[row.number]) if row.number else "",
                "reason": _sentence(row.code, row.detail),
            }
            for row in failures
        ]
    keys = [row.row_id for row in failures]
    names = dict(Customer.objects.filter(pk__in=keys).values_list("pk", "name"))
    return [
        {
            "name": names.get(row.row_id, ""),
            "href": reverse("customer-detail", args=[row.row_id]) if row.row_id in names else "",
            "reason": _sentence(row.code, row.detail),
        }
        for row in failures
    ]


def _sentence(code: str, detail: str) -> str:
    known = REFUSALS.get(code)
    return str(known) if known else sentence(Problem(detail, code=code.rpartition(".")[2]))
