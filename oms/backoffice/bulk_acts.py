"""What can be done to many orders: each kind is one capability called for one order, and the file some leave behind."""

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from fulfillment import cancelling
from fulfillment.models import Paper, ShipmentState
from oms.backoffice.models import BulkJob, BulkKind
from oms.backoffice.order_list import LISTING, rows
from oms.core import exporting
from oms.core.access import Principal
from oms.core.documents import merged
from oms.core.errors import Conflict
from oms.core.saying import said
from oms.core.selecting import Selection
from orders import changing, holds, progress
from orders.access import visible
from orders.changing import OrderPatch
from orders.models import Order

Options = Mapping[str, Any]
Act = Callable[[Order, Options, str], object]

PAPERS = {"labels": ["label_pdf"], "slips": ["slip_pdf"], "both": ["label_pdf", "slip_pdf"]}
GONE = [ShipmentState.CANCELLED, ShipmentState.LOST]
MOST_TAGS = 50


def hold(order: Order, options: Options, actor: str) -> object:
    return holds.place(order, reason=options["reason"], note=options.get("note", ""), actor=actor)


def release(order: Order, options: Options, actor: str) -> object:
    """Every hold that stands, or the one for `reason`. Raises Conflict `not_held` when there is none."""
    wanted = options.get("reason", "")
    standing = [each for each in holds.open_holds(order) if wanted in ("", each.reason)]
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


def nothing(order: Order, options: Options, actor: str) -> object:
    """An export asks nothing of an order."""
    return None


ACTS: dict[str, Act] = {
    BulkKind.HOLD: hold,
    BulkKind.RELEASE: release,
    BulkKind.TAG: tag,
    BulkKind.CANCEL: cancel,
    BulkKind.PRINT: has_papers,
    BulkKind.EXPORT: nothing,
}
# Papers of every location: not for the warehouse, which prints its own parcels from its own pages.
SCOPES = {BulkKind.PRINT: "orders:read", BulkKind.EXPORT: "orders:read"}


def scope_of(kind: str) -> str:
    """What a role needs for it."""
    return SCOPES.get(BulkKind(kind), "orders:write")


def meant(job: BulkJob, principal: Principal, most: int) -> list[UUID]:
    """The orders a job is about, in the order of the list it was asked on."""
    chosen = Selection(**job.selection)
    found = chosen.of(LISTING, visible(principal)).order_by("-placed_at", "-pk")
    return list(found.values_list("pk", flat=True)[:most])


def file_of(job: BulkJob, principal: Principal) -> tuple[bytes, str]:
    """What the job leaves behind, and what the file is called; nothing for most kinds."""
    if job.kind == BulkKind.PRINT:
        return papers_of(job), f"{job.options['papers']}-{timezone.localdate():%Y-%m-%d}.pdf"
    if job.kind == BulkKind.EXPORT:
        kind = job.options["format"]
        return export_of(job, principal, kind), f"orders-{timezone.localdate():%Y-%m-%d}.{kind}"
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
    """The chosen orders in the columns their asker sees, sorted as the list was."""
    asked = SimpleNamespace(
        GET=QueryDict(job.selection["state"]), user=job.asked_by, path="/", principal=principal
    )
    page = LISTING.read(asked, rows(principal))
    column, down = page.sort
    order = [f"{'-' if down else ''}{column.sort}", "-pk" if down else "pk"]
    chosen = rows(principal).filter(pk__in=job.ids or []).order_by(*order)
    return exporting.content(page, kind, chosen.iterator(chunk_size=1000))
