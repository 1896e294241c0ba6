"""Which orders got a lot: what a recall asks. What is in the house still can be stopped; what left is told of."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from fulfillment import locking_up
from fulfillment.access import visible
from fulfillment.models import PickedLot
from inventory import lot_list
from inventory.lot_pages import get_lot, reason_of
from inventory.models import Lot
from oms.core import exporting
from oms.core.access import Principal
from oms.core.badges import badge
from oms.core.errors import NotFound
from oms.core.listing import Column, Listing
from oms.core.pages import done, part_or_page, staff_page
from oms.core.reading import figure

LISTING = Listing(
    name="recall",
    columns=(
        Column("shipment", _("Shipment"), sort="pk", fixed=True, export=lambda row: row.row.shipment.number),
        Column("order", _("Order"), export=lambda row: row.row.shipment.order.number),
        Column("customer", _("Customer"), export=lambda row: row.row.shipment.order.customer_name),
        Column("phone", _("Phone"), export=lambda row: row.row.shipment.order.customer_phone),
        Column(
            "email",
            _("E-mail"),
            shown=False,
            filed=True,
            export=lambda row: row.row.shipment.order.customer_email,
        ),
        Column("units", _("Units"), numeric=True, export=lambda row: row.quantity),
        Column("left", _("Left"), export=lambda row: row.row.shipment.handed_over_at),
        Column("state", _("State"), export=lambda row: str(badge("shipment", row.row.shipment.state).text)),
    ),
    row_template="fulfillment/_recall_row.html",
    default_sort="-shipment",
    empty_title=_("No order has it"),
    empty_text=_("Nothing of this lot was picked yet."),
    empty_icon="shield-check",
)


def rows(principal: Principal, lot: Lot) -> "QuerySet[PickedLot]":
    """Every parcel with units of the lot that the principal may see, in the house or gone."""
    return PickedLot.objects.filter(lot=lot, row__shipment__in=visible(principal)).select_related(
        "row__shipment__order"
    )


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def recall(request: Any, uid: Any) -> HttpResponseBase:
    """Customers' names and ways to reach them are for those who may read orders."""
    request.principal.require("stock:read")
    lot = lot_list.visible(request.principal).select_related("product").filter(uid=uid).first()
    if lot is None:
        raise NotFound
    page = LISTING.read(request, rows(request.principal, lot))
    reads_orders = request.principal.may("orders:read")
    if request.GET.get("export"):
        request.principal.require("orders:read")
        return exporting.download(page, request.GET["export"], name=f"recall-{lot.code}")
    context = {"list": page, "lot": lot, "reads_orders": reads_orders}
    return part_or_page(request, "fulfillment/recall.html", "_list_part.html", context)


@staff_page(scope="stock:write", methods=("POST",))
def lot_quarantine(request: Any, uid: Any) -> HttpResponseBase:
    lot = get_lot(request, uid)
    units = locking_up.quarantine(lot, reason=reason_of(request), actor=request.principal.actor)
    said = ngettext("%(n)s unit is set aside.", "%(n)s units are set aside.", units) % {"n": figure(units)}
    return done(request, said)
