"""The staff's lists of what is too little or too much, and of customers who wait for a product."""

from typing import Any

import django_filters
from django import forms
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from inventory import finding, wishes
from inventory.models import AlertKind, Location, Product, StockAlert, StockLevel, Wish, WishState
from inventory.stock_list import name_of
from oms.core import text
from oms.core.access import Principal
from oms.core.badges import BADGES, badge
from oms.core.chips import once
from oms.core.listing import Column, Listing, View


def alerts(principal: Principal) -> "QuerySet[StockAlert]":
    """All alerts; for staff bound to locations those of theirs alone."""
    rows: QuerySet[StockAlert] = principal.limit_to_locations(StockAlert.objects.all())
    return rows


def rows(principal: Principal) -> "QuerySet[StockAlert]":
    """With the level an alert is about, where it is about one."""
    level = StockLevel.objects.filter(product=OuterRef("product"), location=OuterRef("location"))
    found = alerts(principal).select_related("product", "location")
    return found.annotate(level=Subquery(level.values("pk")[:1]))


class AlertFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    kind = django_filters.ChoiceFilter(
        label=_("Kind"),
        choices=[(value, known.text) for value, known in BADGES["alert"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )
    location = django_filters.ChoiceFilter(
        label=_("Location"), field_name="location__code", empty_label=None, widget=forms.RadioSelect
    )

    class Meta:
        model = StockAlert
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = self.request.principal.limit_to_locations(Location.objects.all(), "code")
        codes = places.order_by("name").values_list("code", "name")
        self.filters["location"].extra["choices"] = once(lambda: codes)

    def look_up(self, found: Any, name: str, value: str) -> Any:
        return found.filter(product__in=finding.find(Product.objects.order_by(), value).values("pk"))


def _of(kind: str) -> Any:
    return lambda principal: alerts(principal).filter(kind=kind)


ALERTS = Listing(
    name="stock-alerts",
    columns=(
        Column("since", _("Since"), sort="pk", export=lambda one: one.since),
        Column("sku", _("SKU"), fixed=True, export=lambda one: one.product.sku),
        Column("name", _("Product"), export=lambda one: name_of(one.product)),
        Column("location", _("Location"), export=lambda one: one.location.name if one.location else ""),
        Column("figure", _("There now"), numeric=True, export=lambda one: one.figure),
        Column("limit", _("Limit"), numeric=True, export=lambda one: one.limit),
        Column("kind", _("Kind"), export=lambda one: str(badge("alert", one.kind).text)),
    ),
    row_template="inventory/_alert_row.html",
    default_sort="-since",
    filterset=AlertFilter,
    views=(
        View("all", _("All"), ""),
        View("low", _("Low"), "kind=low", _of(AlertKind.LOW)),
        View("over", _("Too much"), "kind=over", _of(AlertKind.OVER)),
    ),
    pinned=("location",),
    search_label=_("SKU, barcode or name"),
    empty_title=_("Nothing is too little or too much"),
    empty_text=_("Limits are set on a product, for all locations, or on its level at one location."),
    empty_icon="circle-check",
)


class WishFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[(value, known.text) for value, known in BADGES["wish"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Wish
        fields: tuple[str, ...] = ("state",)

    def look_up(self, found: Any, name: str, value: str) -> Any:
        """By the product, or the customer's e-mail, phone or name."""
        plain = text.digits(value.replace("\x00", "").strip())
        products = finding.find(Product.objects.order_by(), value).values("pk")
        person = Q(email__iexact=plain) | Q(phone=plain) | Q(name__istartswith=plain)
        return found.filter(person | Q(product__in=products)) if plain else found


def _in(state: str) -> Any:
    return lambda principal: wishes.visible(principal).filter(state=state)


WISHES = Listing(
    name="wishes",
    columns=(
        Column("at", _("Asked for"), sort="pk", fixed=True, export=lambda one: one.created_at),
        Column("sku", _("SKU"), export=lambda one: one.product.sku),
        Column("product", _("Product"), export=lambda one: name_of(one.product)),
        Column("customer", _("Customer"), export=lambda one: one.name),
        Column("reach", _("E-mail or phone"), export=lambda one: one.email or one.phone),
        Column("channel", _("Channel"), shown=False, export=lambda one: one.channel.code),
        Column("ended", _("Told"), export=lambda one: one.ended_at),
        Column("state", _("State"), export=lambda one: str(badge("wish", one.state).text)),
    ),
    row_template="inventory/_wish_row.html",
    default_sort="-at",
    filterset=WishFilter,
    views=(
        View("all", _("All"), ""),
        View("waiting", _("Waiting"), "state=waiting", _in(WishState.WAITING)),
        View("to_call", _("To call"), "state=to_call", _in(WishState.TO_CALL)),
    ),
    pinned=("state",),
    search_label=_("Product or customer"),
    empty_title=_("Nobody waits"),
    empty_text=_("Customers who want to know when a product is back are listed here."),
    empty_icon="bell-ring",
)
