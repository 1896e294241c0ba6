"""What waits for stock: every back-ordered line, the oldest promise first, and for when it is expected."""

from typing import Any

import django_filters
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from inventory import finding
from inventory.models import Product
from inventory.stock_list import name_of
from oms.core import exporting
from oms.core.access import Principal
from oms.core.listing import Column, Listing, View
from oms.core.pages import part_or_page, staff_page
from orders.access import visible
from orders.models import Line


class WaitingFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    expected = django_filters.BooleanFilter(field_name="expected_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Line
        fields: tuple[str, ...] = ()

    def look_up(self, lines: Any, name: str, value: str) -> Any:
        found = finding.find(Product.objects.order_by(), value)
        number = value.strip()
        known = Q(product__in=found.values("pk"))
        return lines.filter(
            known | Q(order__number=number) if number.isdecimal() and len(number) < 18 else known
        )


def rows(principal: Principal) -> "QuerySet[Line]":
    """Waiting lines of the orders a principal may see."""
    orders = visible(principal).order_by().values("pk")
    return (
        Line.objects.filter(backordered__gt=0, order__in=orders)
        .select_related("order__channel", "product")
        .defer("order__shipping_address", "order__billing_address", "order__metadata", "order__fingerprint")
    )


LISTING = Listing(
    name="waiting",
    columns=(
        Column("order", _("Order"), fixed=True, export=lambda line: line.order.number),
        Column("placed", _("Date"), sort="order__placed_at", export=lambda line: line.order.placed_at),
        Column("customer", _("Customer"), export=lambda line: line.order.customer_name),
        Column("sku", _("SKU"), export=lambda line: line.sku),
        Column("name", _("Product"), export=lambda line: name_of(line.product)),
        Column("waiting", _("Waiting"), numeric=True, export=lambda line: line.backordered),
        Column("reserved", _("Reserved"), numeric=True, export=lambda line: line.reserved),
        Column("expected", _("Expected"), export=lambda line: line.expected_at),
        Column("channel", _("Channel"), shown=False, export=lambda line: line.order.channel.name),
    ),
    row_template="backoffice/_waiting_row.html",
    default_sort="placed",
    filterset=WaitingFilter,
    views=(
        View("all", _("All"), "", rows),
        View("dated", _("With a date"), "expected=true"),
        View("undated", _("Without a date"), "expected=false"),
    ),
    search_label=_("Order, SKU, barcode or name"),
    empty_title=_("Nothing waits for stock"),
    empty_text=_(
        "Back-orders and pre-orders stand here until their stock arrives. The oldest is served first."
    ),
    empty_icon="hourglass",
)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def waiting(request: Any) -> HttpResponseBase:
    page = LISTING.read(request, rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="waiting")
    context = {
        "list": page,
        "may_allocate": request.principal.may("orders:write"),
        "by_staff": settings.BACKORDERS_BY_STAFF,
    }
    return part_or_page(request, "backoffice/waiting.html", "_list_part.html", context)
