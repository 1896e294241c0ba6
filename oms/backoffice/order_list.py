"""The list of orders: its columns, tabs, filters and acts, described once."""

from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from fulfillment.carriers.names import service_name
from fulfillment.models import Shipment, ShipmentState
from oms.backoffice.order_filters import OrderFilter, count_late, count_stuck
from oms.core.access import Principal
from oms.core.badges import badge
from oms.core.listing import BulkAction, Column, Listing, View
from oms.core.money import rounded
from orders import attention
from orders.access import visible
from orders.models import MOVING, Line, Order
from orders.queries import OPEN_HOLDS


def rows(principal: Principal) -> "QuerySet[Order]":
    """The orders a principal may see, with what a row shows: units, holds, parcels, whether what it waits for
    is expected."""
    lines = Line.objects.filter(order=OuterRef("pk")).order_by()
    units = lines.values("order").annotate(units=Sum("quantity")).values("units")
    parcels = Shipment.objects.exclude(state=ShipmentState.CANCELLED).select_related("location")
    return (
        visible(principal)
        .annotate(units=Coalesce(Subquery(units), 0), coming=attention.coming())
        .select_related("channel")
        .defer("shipping_address", "billing_address", "metadata", "note", "gift_message", "fingerprint")
        .prefetch_related(
            OPEN_HOLDS,
            Prefetch(
                "shipments",
                parcels.only("order_id", "state", "due_at", "location__code", "location__name"),
                "parcels",
            ),
        )
    )


def _count(**filters: Any) -> Any:
    return lambda principal: visible(principal).filter(**filters)


def _dues(order: Any) -> list[datetime]:
    return [parcel.due_at for parcel in order.parcels if parcel.due_at]


def delivery(order: Order) -> str:
    """How an order goes to its customer, in words."""
    return service_name("pickup" if order.delivery_kind == "pickup" else order.shipping_service)


def _words(kind: str, value: str) -> str:
    return str(badge(kind, value).text)


LISTING = Listing(
    name="orders",
    columns=(
        Column("number", _("Order"), sort="number", fixed=True, export=lambda o: o.number),
        Column("date", _("Date"), sort="placed_at", export=lambda o: o.placed_at),
        Column("customer", _("Customer"), export=lambda o: o.customer_name),
        Column("channel", _("Channel"), export=lambda o: o.channel.name),
        Column(
            "total", _("Total"), sort="total", numeric=True, export=lambda o: rounded(o.total, o.currency)
        ),
        Column("currency", _("Currency"), shown=False, filed=True, export=lambda o: o.currency),
        Column("payment", _("Payment"), export=lambda o: _words("payment", o.payment_status)),
        Column("stage", _("Stage"), export=lambda o: _words("stage", o.stage)),
        Column("due", _("Due"), export=lambda o: min(_dues(o), default=None)),
        Column("units", _("Items"), numeric=True, export=lambda o: o.units),
        Column("delivery", _("Delivery"), export=delivery),
        Column("tags", _("Tags"), export=lambda o: ", ".join(o.tags)),
        Column(
            "hold",
            _("Hold reason"),
            shown=False,
            export=lambda o: ", ".join(_words("hold", hold.reason) for hold in o.open_holds),
        ),
        Column(
            "location",
            _("Location"),
            shown=False,
            export=lambda o: ", ".join(parcel.location.name for parcel in o.parcels),
        ),
        Column("country", _("Country"), shown=False, export=lambda o: o.country),
        Column("external_id", _("External number"), shown=False, filed=True, export=lambda o: o.external_id),
        Column("email", _("E-mail"), shown=False, export=lambda o: o.customer_email),
        Column("phone", _("Phone"), shown=False, export=lambda o: o.customer_phone),
    ),
    row_template="orders/_row.html",
    default_sort="-date",
    filterset=OrderFilter,
    views=(
        View("all", _("All"), "", _count()),
        View(
            "to_fulfil",
            _("To fulfil"),
            "&".join(f"stage={each}" for each in MOVING),
            _count(stage__in=MOVING),
        ),
        View("held", _("On hold"), "stage=held", _count(stage="held")),
        View("packed", _("Ready to ship"), "stage=packed", _count(stage="packed")),
        View("late", _("Late"), "late=true", count_late),
        View("stuck", _("Stuck"), "stuck=true", count_stuck),
        View(
            "important",
            _("Important"),
            "important=true",
            lambda principal: attention.important(visible(principal)),
        ),
        View("unpaid", _("Unpaid"), "payment_status=unpaid", _count(payment_status="unpaid")),
    ),
    actions=(
        BulkAction(_("Put on hold"), "pause", "order-bulk-hold", "orders:write", "orders/_bulk_hold.html"),
        BulkAction(
            _("Release hold"), "play", "order-bulk-release", "orders:write", "orders/_bulk_release.html"
        ),
        BulkAction(
            _("Tags"),
            "tag",
            "order-bulk-tag",
            "orders:write",
            "orders/_bulk_tag.html",
            submit=_("Save"),
        ),
        BulkAction(_("Print"), "printer", "order-bulk-print", "orders:read", "orders/_bulk_print.html"),
        BulkAction(
            _("Export"), "download", "order-bulk-export", "orders:read", "orders/_bulk_export.html", more=True
        ),
        BulkAction(
            _("Cancel the orders"),
            "ban",
            "order-bulk-cancel",
            "orders:write",
            "orders/_bulk_cancel.html",
            more=True,
            danger=True,
        ),
    ),
    pinned=("channel", "payment_status", "stage"),
    search_label=_("Number, name, phone, e-mail, SKU"),
    empty_title=_("No orders yet"),
    empty_text=_("They come in from your channels by themselves."),
)
