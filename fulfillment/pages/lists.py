"""The warehouse's queues and the list of all shipments, described once."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from fulfillment import clocks
from fulfillment.access import visible
from fulfillment.carriers.names import carrier_name, service_name
from fulfillment.models import Shipment, ShipmentLine, ShipmentState
from fulfillment.pages.filters import QueueFilter
from oms.core import exporting
from oms.core.access import Principal
from oms.core.badges import badge
from oms.core.listing import BulkAction, Column, Listing, View
from oms.core.pages import part_or_page, staff_page
from orders.models import Hold

S = ShipmentState


def rows(principal: Principal) -> "QuerySet[Shipment]":
    """The shipments a principal may see, with what a row shows: units, and whether the order is held."""
    units = ShipmentLine.objects.filter(shipment=OuterRef("pk")).order_by().values("shipment")
    held = Hold.objects.filter(order=OuterRef("order"), released_at=None)
    return (
        visible(principal)
        .annotate(
            units=Coalesce(Subquery(units.annotate(sum=Sum("quantity")).values("sum")), 0), held=Exists(held)
        )
        .select_related("order", "location")
        .defer("order__billing_address", "order__metadata", "order__fingerprint", "order__note")
    )


def delivery(shipment: Shipment) -> str:
    """Who carries it and how: planned, or booked with the label."""
    service = service_name(shipment.service or shipment.order.shipping_service)
    return " · ".join(filter(None, (carrier_name(shipment.carrier), service)))


def _count(*states: str) -> Any:
    return lambda principal: visible(principal).filter(state__in=states)


def _late(*states: str) -> View:
    """The tab of what is late, in these states or in any."""

    def count(principal: Principal) -> "QuerySet[Shipment]":
        found = clocks.late(visible(principal)).order_by("due_at")
        return found.filter(state__in=states) if states else found

    return View("late", _("Late"), "late=true", count)


def _columns(*hidden: str) -> tuple[Column, ...]:
    known = (
        Column("number", _("Shipment"), sort="number", fixed=True, export=lambda s: s.number),
        Column("created", _("Created"), sort="created_at", export=lambda s: s.created_at),
        Column("location", _("Location"), export=lambda s: s.location.name),
        Column("to", _("To"), export=lambda s: (s.order.shipping_address or {}).get("city", "")),
        Column("units", _("Items"), numeric=True, export=lambda s: s.units),
        Column("state", _("State"), export=lambda s: str(badge("shipment", s.state).text)),
        Column("delivery", _("Delivery"), export=delivery),
        Column("tracking", _("Tracking no."), export=lambda s: s.tracking_number),
        Column("promised", _("Promised"), shown=False, export=lambda s: s.promised_latest),
        Column("due", _("Due"), export=lambda s: s.due_at),
    )
    return tuple(column for column in known if column.key not in hidden)


def _queue(*hidden: str) -> tuple[Column, ...]:
    """A queue is worked by the clock: everything in it has to leave by some time."""
    due = Column("due", _("Ship by"), sort="due_at", export=lambda s: s.due_at)
    return tuple(due if column.key == "due" else column for column in _columns(*hidden))


RELEASE = Listing(
    name="release",
    columns=_queue("tracking", "state"),
    row_template="fulfillment/_row.html",
    default_sort="due",
    filterset=QueueFilter,
    views=(
        View("all", _("To release"), "", _count(S.PLANNED)),
        _late(S.PLANNED),
    ),
    actions=(BulkAction(_("Release"), "list-checks", "release-bulk", "shipments:write"),),
    pinned=("location",),
    search_label=_("Shipment or order number"),
    empty_title=_("Nothing to release"),
    empty_text=_("Orders come here once it is decided where they ship from."),
    empty_icon="list-checks",
)
PICK = Listing(
    name="picking",
    columns=_queue("tracking"),
    row_template="fulfillment/_row.html",
    default_sort="due",
    filterset=QueueFilter,
    views=(
        View("all", _("All"), "", _count(S.RELEASED, S.PICKING)),
        View("released", _("To pick"), "state=released", _count(S.RELEASED)),
        View("picking", _("Picking"), "state=picking", _count(S.PICKING)),
        _late(S.RELEASED, S.PICKING),
    ),
    pinned=("location",),
    search_label=_("Shipment or order number"),
    empty_title=_("Nothing to pick"),
    empty_text=_("Released shipments come here, what leaves first on top."),
    empty_icon="scan-barcode",
)
PACK = Listing(
    name="packing",
    columns=_queue("tracking"),
    row_template="fulfillment/_row.html",
    default_sort="due",
    filterset=QueueFilter,
    views=(
        View("all", _("All"), "", _count(S.PICKED, S.PACKED)),
        View("picked", _("To pack"), "state=picked", _count(S.PICKED)),
        View("packed", _("To label"), "state=packed", _count(S.PACKED)),
        _late(S.PICKED, S.PACKED),
    ),
    actions=(BulkAction(_("Print labels"), "printer", "label-bulk", "shipments:write"),),
    pinned=("location",),
    search_label=_("Shipment or order number"),
    empty_title=_("Nothing to pack"),
    empty_text=_("Picked shipments come here, what leaves first on top."),
    empty_icon="package",
)
SHIPMENTS = Listing(
    name="shipments",
    columns=_columns(),
    row_template="fulfillment/_row.html",
    default_sort="-created",
    filterset=QueueFilter,
    views=(
        View("all", _("All"), ""),
        View(
            "on_the_way",
            _("On the way"),
            "state=handed_over&state=in_transit&state=out_for_delivery",
            _count(S.HANDED_OVER, S.IN_TRANSIT, S.OUT_FOR_DELIVERY),
        ),
        _late(),
        View(
            "trouble",
            _("In trouble"),
            "state=delivery_failed&state=returning&state=lost",
            _count(S.DELIVERY_FAILED, S.RETURNING, S.LOST),
        ),
    ),
    actions=(BulkAction(_("Print labels"), "printer", "label-bulk", "shipments:write"),),
    pinned=("state", "location"),
    search_label=_("Shipment, order or tracking number"),
    empty_title=_("No shipments yet"),
    empty_text=_("They are planned as soon as an order is complete."),
    empty_icon="boxes",
)


def _list(request: Any, listing: Listing, template: str, opens: str, *states: str) -> HttpResponseBase:
    found = rows(request.principal)
    if states:
        # Whatever is still in the house has a clock; said so, its index serves the order.
        found = found.filter(state__in=states, due_at__isnull=False)
    page = listing.read(request, found)
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name=listing.name)
    context = {"list": page, "opens": opens, "may_write": request.principal.may("shipments:write")}
    return part_or_page(request, template, "_list_part.html", context)


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def release_queue(request: Any) -> HttpResponseBase:
    return _list(request, RELEASE, "fulfillment/release.html", "shipment-detail", S.PLANNED)


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def pick_list(request: Any) -> HttpResponseBase:
    opens = "pick" if request.principal.may("shipments:write") else "shipment-detail"
    return _list(request, PICK, "fulfillment/picking.html", opens, S.RELEASED, S.PICKING)


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def pack_list(request: Any) -> HttpResponseBase:
    opens = "pack" if request.principal.may("shipments:write") else "shipment-detail"
    return _list(request, PACK, "fulfillment/packing.html", opens, S.PICKED, S.PACKED)


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def shipment_list(request: Any) -> HttpResponseBase:
    return _list(request, SHIPMENTS, "fulfillment/shipments.html", "shipment-detail")
