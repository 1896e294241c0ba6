"""What checkouts keep now: units of customers who have not ordered yet, and when their time is over."""

from typing import Any
from uuid import UUID

import django_filters
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inventory import finding
from inventory.models import Product, Reservation
from inventory.stock_list import name_of
from oms.core import exporting
from oms.core.access import Principal
from oms.core.errors import NotFound
from oms.core.listing import Column, Listing, View
from oms.core.pages import done, part_or_page, staff_page
from orders.checkouts import keeping
from orders.models import Checkout


class ReservationFilter(django_filters.FilterSet):
    """`sku` and `location` are how a level's page asks for its own."""

    q = django_filters.CharFilter(method="look_up")
    sku = django_filters.CharFilter(label=_("SKU"), field_name="product__sku")
    location = django_filters.CharFilter(label=_("Location"), field_name="location__code")

    class Meta:
        model = Reservation
        fields: tuple[str, ...] = ()

    def look_up(self, kept: Any, name: str, value: str) -> Any:
        return kept.filter(product__in=finding.find(Product.objects.order_by(), value).values("pk"))


def rows(principal: Principal) -> "QuerySet[Reservation]":
    """What has an end that has not come, at the locations a principal may see."""
    kept: QuerySet[Reservation] = principal.limit_to_locations(
        Reservation.objects.filter(expires_at__gt=timezone.now())
    )
    channel = Checkout.objects.filter(pk=OuterRef("owner")).values("channel__name")
    return kept.select_related("product", "location").annotate(channel=Subquery(channel[:1]))


LISTING = Listing(
    name="reservations",
    columns=(
        Column("sku", _("SKU"), fixed=True, export=lambda kept: kept.product.sku),
        Column("name", _("Product"), export=lambda kept: name_of(kept.product)),
        Column("units", _("Kept"), numeric=True, export=lambda kept: kept.quantity),
        Column("location", _("Location"), export=lambda kept: kept.location.name),
        Column("channel", _("Channel"), export=lambda kept: kept.channel),
        Column("since", _("Since"), shown=False, export=lambda kept: kept.created_at),
        Column("until", _("Until"), sort="expires_at", export=lambda kept: kept.expires_at),
        Column("acts", ""),
    ),
    row_template="backoffice/_reservation_row.html",
    default_sort="until",
    filterset=ReservationFilter,
    views=(View("all", _("All"), "", rows),),
    search_label=_("SKU, barcode or name"),
    empty_title=_("Nothing is held for a checkout"),
    empty_text=_("While a customer pays, their units are held for a few minutes and listed here."),
    empty_icon="hourglass",
)


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def reservations(request: Any) -> HttpResponseBase:
    page = LISTING.read(request, rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="reservations")
    context = {"list": page, "may_release": request.principal.may("orders:write")}
    return part_or_page(request, "backoffice/reservations.html", "_list_part.html", context)


@staff_page(scope="orders:write", methods=("POST",))
def release(request: Any, pk: UUID) -> HttpResponseBase:
    """The whole checkout is let go: everything it keeps can be sold again."""
    checkout = request.principal.limit_to_channel(Checkout.objects.filter(pk=pk)).first()
    if checkout is None:
        raise NotFound
    keeping.give_up(checkout, actor=request.principal.actor)
    return done(request, gettext("Released: its units can be sold again."), reverse("reservation-list"))
