"""Runs that gave out stock to waiting orders: which there were, how far one is, who got what, who did not and why."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from fulfillment import allocating
from fulfillment.models import AllocationOutcome, AllocationRow, AllocationRun
from inventory.models import Location
from oms.backoffice.order_routing import REFUSALS
from oms.core import exporting, people
from oms.core.badges import BADGES
from oms.core.errors import NotFound, Problem
from oms.core.listing import Column, Listing, View
from oms.core.money import rounded
from oms.core.pages import done, part_or_page, sentence, staff_page

# Why an order of a run was not served, where it is no refusal of routing or of the desk.
REASONS: Mapping[str, str | Promise] = {
    **REFUSALS,
    "no_stock": gettext_lazy("Not enough stock to send it whole."),
    "no_route": gettext_lazy("The stock is there, but nothing can bring it to the customer."),
    "changed": gettext_lazy("It waits for something else now."),
    "illegal_move": gettext_lazy("It was completed or cancelled meanwhile."),
    "on_hold": gettext_lazy("It was put on hold meanwhile."),
    "insufficient_stock": gettext_lazy("Its stock went elsewhere meanwhile."),
    "error": gettext_lazy("It went wrong on our side; we have been told."),
}

RUNS = Listing(
    name="allocations",
    columns=(
        Column("asked", gettext_lazy("Date"), sort="asked_at", fixed=True, export=lambda run: run.asked_at),
        Column("by", gettext_lazy("Asked by"), export=lambda run: people.who(run.actor, {})),
        Column("served", gettext_lazy("Whole orders"), numeric=True, export=lambda run: run.served),
        Column("waiting", gettext_lazy("Out of"), numeric=True, export=lambda run: run.waiting),
        Column("units", gettext_lazy("Units"), numeric=True, export=lambda run: run.units),
        Column(
            "cost",
            gettext_lazy("Cost"),
            numeric=True,
            export=lambda run: rounded(run.cost, settings.COMPANY_CURRENCY),
        ),
        Column("gap", gettext_lazy("Could be saved"), numeric=True, export=lambda run: run.gap),
        Column("seconds", gettext_lazy("Seconds"), numeric=True, shown=False, export=lambda run: run.seconds),
        Column("state", gettext_lazy("State"), export=lambda run: state_of(run)),
    ),
    row_template="backoffice/_allocation_row.html",
    default_sort="-asked",
    empty_title=gettext_lazy("Nothing was allocated yet"),
    empty_text=gettext_lazy(
        "Each time stock is given out over the waiting orders, what came of it stands here."
    ),
    empty_icon="package-check",
)


class RowFilter(django_filters.FilterSet):
    """Of one run, the orders of one outcome; a number or a customer."""

    q = django_filters.CharFilter(method="look_up")
    outcome = django_filters.ChoiceFilter(
        label=gettext_lazy("Outcome"),
        choices=[
            (value, known.text)
            for value, known in BADGES["allocated"].items()
            if value != AllocationOutcome.PLANNED
        ],
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = AllocationRow
        fields: tuple[str, ...] = ()

    def look_up(self, rows: Any, name: str, value: str) -> Any:
        number = value.strip()
        if number.isdecimal() and len(number) < 18:
            return rows.filter(order__number=number)
        return rows.filter(order__customer_name__icontains=number)


ROWS = Listing(
    name="allocation-rows",
    columns=(
        Column("order", gettext_lazy("Order"), fixed=True, export=lambda row: row.order.number),
        Column(
            "rank", gettext_lazy("Rank"), sort="position", numeric=True, export=lambda row: row.position + 1
        ),
        Column("customer", gettext_lazy("Customer"), export=lambda row: row.order.customer_name),
        Column(
            "outcome", gettext_lazy("Outcome"), export=lambda row: str(BADGES["allocated"][row.outcome].text)
        ),
        Column("units", gettext_lazy("Units"), numeric=True, export=lambda row: row.units),
        Column("places", gettext_lazy("Sent from"), export=lambda row: " + ".join(row.places)),
        Column(
            "cost",
            gettext_lazy("Cost"),
            numeric=True,
            export=lambda row: rounded(row.cost, settings.COMPANY_CURRENCY),
        ),
        Column("why", pgettext_lazy("column", "Why not"), export=lambda row: reason(row)),
    ),
    row_template="backoffice/_allocated_row.html",
    default_sort="rank",
    filterset=RowFilter,
    views=(
        View("all", gettext_lazy("All"), ""),
        View("served", gettext_lazy("Served"), "outcome=served"),
        View("left", gettext_lazy("Left waiting"), "outcome=left"),
        View("skipped", gettext_lazy("Changed meanwhile"), "outcome=skipped"),
    ),
    search_label=gettext_lazy("Order or customer"),
    empty_title=gettext_lazy("No order here"),
    empty_text=gettext_lazy("What came of each order is kept for three months."),
    empty_icon="package-check",
)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def runs(request: Any) -> HttpResponseBase:
    page = RUNS.read(request, AllocationRun.objects.all())
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="allocations")
    names = people.people(run.actor for run in page.rows)
    for run in page.rows:
        run.asked_by, run.state = people.who(run.actor, names), state_of(run)
        run.saved = round(run.gap * 100, 2)
    context = {"list": page, "currency": settings.COMPANY_CURRENCY}
    return part_or_page(request, "backoffice/allocations.html", "_list_part.html", context)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def run_page(request: Any, pk: UUID) -> HttpResponseBase:
    """How far it is, asked for again each second; then its figures and every order it weighed."""
    run = get_run(pk)
    context = {
        "run": run,
        "state": state_of(run),
        "asked_by": people.who(run.actor, people.people([run.actor])),
        "gap": round(run.gap * 100, 2),
        "seconds": round(run.seconds, 1),
        "currency": settings.COMPANY_CURRENCY,
        "may_stop": request.principal.may("orders:write"),
    }
    if request.GET.get("progress"):
        answer = render(request, "backoffice/_allocation_progress.html", context)
        if not run.running:
            # The end of waiting: the page is opened anew, with its list.
            answer.headers["HX-Refresh"] = "true"
        return answer
    if run.running:
        return render(request, "backoffice/allocation.html", context)
    rows: QuerySet[AllocationRow] = run.rows.select_related("order").defer(
        "order__shipping_address", "order__billing_address", "order__metadata", "order__fingerprint"
    )
    page = ROWS.read(request, rows)
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="allocation")
    names = dict(Location.objects.values_list("code", "name"))
    for row in page.rows:
        row.names = [names.get(code, code) for code in row.places]
        row.why = reason(row)
    return part_or_page(request, "backoffice/allocation.html", "_list_part.html", {**context, "list": page})


@staff_page(scope="orders:write", methods=("POST",))
def stop_run(request: Any, pk: UUID) -> HttpResponseBase:
    """No further order; who was served stays served."""
    run = get_run(pk)
    allocating.stop(run)
    return done(request, _("The allocation is stopped."), reverse("allocation-run", args=[pk]))


def get_run(pk: UUID) -> AllocationRun:
    run = AllocationRun.objects.filter(pk=pk).first()
    if run is None:
        raise NotFound
    return run


def state_of(run: AllocationRun) -> str:
    """Key of its badge."""
    if run.running:
        return "placing" if run.weighed_at else "weighing"
    return run.stopped or "done"


def reason(row: AllocationRow) -> str:
    """Why it was not served, in the reader's words; empty for who was."""
    if not row.code:
        return ""
    known = REASONS.get(row.code)
    return str(known) if known else sentence(Problem(row.detail, code=row.code))
