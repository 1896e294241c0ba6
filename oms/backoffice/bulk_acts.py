"""What can be done to many orders or customers: each kind is one capability called for one row, and the file some
leave behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from fulfillment import cancelling
from fulfillment.models import Paper, ShipmentState
from oms.backoffice import customer_list
from oms.backoffice.models import BulkJob, BulkKind
from oms.backoffice.order_list import LISTING, rows
from oms.core import exporting
from oms.core.access import Principal
from oms.core.documents import merged
from oms.core.errors import Conflict
from oms.core.listing import Listing
from oms.core.saying import said
from oms.core.selecting import Selection
from orders import changing, describing, holds, progress, standing
from orders.access import visible
from orders.changing import OrderPatch
from orders.models import Customer, Order

Options = Mapping[str, Any]
Act = Callable[[Any, Options, str], object]

PAPERS = {"labels": ["label_pdf"], "slips": ["slip_pdf"], "both": ["label_pdf", "slip_pdf"]}
GONE = [ShipmentState.CANCELLED, ShipmentState.LOST]
MOST_TAGS = 50


def hold(order: Order, options: Options, actor: str) -> object:
    return holds.place(order, reason=options["reason"], note=options.get("note", ""), actor=actor)


def release(order: Order, options: Options, actor: str) -> object:
    """Every hold that stands, or the one for `reason`. Raises Conflict when there is none: `not_held`, or
    `held_otherwise` for another reason."""
    wanted = options.get("reason", "")
    open_holds = holds.open_holds(order)
    standing = [each for each in open_holds if wanted in ("", each.reason)]
    if open_holds and not standing:
        raise Conflict(said("The order is on hold for another reason."), code="held_otherwise")
    if not standing:
        raise Conflict(said("The order is not on hold."), code="not_held")
    for each in standing:
        holds.release(order, each, actor=actor)
    return standing


def tag(order: Order, options: Options, actor: str) -> object:
    """Tags put on and taken off; an order that has them already stays as it is."""
    order = progress.lock(order.pk)
    kept = [each for each in order.tags if each not in options.get("remove", [])]
    wanted = [*kept, *(each for each in options.get("add", []) if each not in kept)]
    if len(wanted) > MOST_TAGS:
        raise Conflict(said("An order has at most %(most)s tags.", most=MOST_TAGS), code="too_many_tags")
    return wanted == order.tags or changing.change(order, OrderPatch(tags=wanted), actor=actor)


def cancel(order: Order, options: Options, actor: str) -> object:
    return cancelling.cancel(order.pk, asked=None, reason=options.get("reason", ""), actor=actor)


def has_papers(order: Order, options: Options, actor: str) -> object:
    """Raises Conflict `no_papers` for an order whose parcels are not labelled yet."""
    kinds = PAPERS[options["papers"]]
    papers = Paper.objects.filter(shipment__order=order, kind__in=kinds).exclude(shipment__state__in=GONE)
    if not papers.exists():
        raise Conflict(said("None of its parcels has a label yet."), code="no_papers")
    return papers


def tag_customer(customer: Customer, options: Options, actor: str) -> object:
    return describing.tag(customer, add=options.get("add", ()), remove=options.get("remove", ()), actor=actor)


def trust_customer(customer: Customer, options: Options, actor: str) -> object:
    return standing.trust(customer, reason=options.get("reason", ""), actor=actor)


def block_customer(customer: Customer, options: Options, actor: str) -> object:
    return standing.block(
        customer, reason=options.get("reason", ""), hold_orders=options.get("hold_orders", True), actor=actor
    )


def nothing(row: Order | Customer, options: Options, actor: str) -> object:
    """An export asks nothing of a row."""
    return None


ACTS: dict[str, Act] = {
    BulkKind.HOLD: hold,
    BulkKind.RELEASE: release,
    BulkKind.TAG: tag,
    BulkKind.CANCEL: cancel,
    BulkKind.PRINT: has_papers,
    BulkKind.EXPORT: nothing,
    BulkKind.CUSTOMER_TAG: tag_customer,
    BulkKind.CUSTOMER_TRUST: trust_customer,
    BulkKind.CUSTOMER_BLOCK: block_customer,
    BulkKind.CUSTOMER_EXPORT: nothing,
}
# Papers of every location: not for the warehouse, which prints its own parcels from its own pages.
SCOPES = {
    BulkKind.PRINT: "orders:read",
    BulkKind.EXPORT: "orders:read",
    BulkKind.CUSTOMER_EXPORT: "orders:read",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a job is about: its list, the rows a principal may see, bare and as the list shows them, and their order."""

    listing: Listing
    rows: Callable[[Principal], "QuerySet[Any]"]
    shown: Callable[[Principal], "QuerySet[Any]"]
    sort: tuple[str, str]


SUBJECTS: dict[str, Subject] = {
    "orders": Subject(LISTING, visible, rows, ("-placed_at", "-pk")),
    "customers": Subject(
        customer_list.LISTING, customer_list.rows, customer_list.rows, ("-ordered_at", "-pk")
    ),
}


def subject_of(job: BulkJob) -> Subject:
    return SUBJECTS[job.about]


def scope_of(kind: str) -> str:
    """What a role needs for it."""
    return SCOPES.get(BulkKind(kind), "orders:write")


def meant(job: BulkJob, principal: Principal, most: int) -> list[UUID]:
    """The rows a job is about, in the order of the list it was asked on."""
    subject = subject_of(job)
    found = Selection(**job.selection).of(subject.listing, subject.rows(principal)).order_by(*subject.sort)
    return list(found.values_list("pk", flat=True)[:most])


def file_of(job: BulkJob, principal: Principal) -> tuple[bytes, str]:
    """What the job leaves behind, and what the file is called; nothing for most kinds."""
    if job.kind == BulkKind.PRINT:
        return papers_of(job), f"{job.options['papers']}-{timezone.localdate():%Y-%m-%d}.pdf"
    if job.kind in (BulkKind.EXPORT, BulkKind.CUSTOMER_EXPORT):
        kind = job.options["format"]
        return export_of(job, principal, kind), f"{job.about}-{timezone.localdate():%Y-%m-%d}.{kind}"
    return b"", ""


def papers_of(job: BulkJob) -> bytes:
    """Every label and slip in one PDF, parcels in the order of the list; empty when there is none."""
    kinds = PAPERS[job.options["papers"]]
    place = {pk: n for n, pk in enumerate(job.ids or [])}
    papers = Paper.objects.filter(shipment__order_id__in=place, kind__in=kinds)
    papers = papers.exclude(shipment__state__in=GONE).order_by("shipment__number", "kind")
    found = list(papers.values_list("shipment__order_id", "content"))
    if not found:
        return b""
    return merged(bytes(content) for _order, content in sorted(found, key=lambda each: place[each[0]]))


def export_of(job: BulkJob, principal: Principal, kind: str) -> bytes:
    """The chosen rows in the columns their asker sees, sorted as the list was."""
    subject = subject_of(job)
    asked = SimpleNamespace(
        GET=QueryDict(job.selection["state"]), user=job.asked_by, path="/", principal=principal
    )
    found = subject.shown(principal)
    page = subject.listing.read(asked, found)
    column, down = page.sort
    order = [f"{'-' if down else ''}{column.sort}", "-pk" if down else "pk"]
    chosen = found.filter(pk__in=job.ids or []).order_by(*order)
    return exporting.content(page, kind, chosen.iterator(chunk_size=1000))
