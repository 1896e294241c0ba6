"""The list of lots: what of them lies where, what expires soon, what is locked up."""

from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from inventory import finding, stock_list
from inventory.lots import FREE
from inventory.models import Location, Lot, LotLevel, Product
from oms.core import company
from oms.core.access import Principal
from oms.core.badges import badge
from oms.core.chips import once
from oms.core.listing import Column, Listing, View

SOON = timedelta(days=30)


def visible(principal: Principal) -> "QuerySet[Lot]":
    """Lots with a code that lie, or lay, where the principal may look."""
    lots = Lot.objects.exclude(code="")
    if principal.locations is None:
        return lots
    here = LotLevel.objects.filter(lot=OuterRef("pk"), location__code__in=principal.locations)
    return lots.filter(Exists(here))


def rows(principal: Principal) -> "QuerySet[Lot]":
    """With what a row shows: units on hand, free and in quality control at the reader's locations."""
    here = principal.limit_to_locations(LotLevel.objects.filter(lot=OuterRef("pk"))).order_by().values("lot")

    def total(what: Any) -> Any:
        return Coalesce(Subquery(here.annotate(total=Sum(what)).values("total")), 0)

    return (
        visible(principal)
        .select_related("product")
        .annotate(
            last_day=Coalesce("expires_on", date.max),
            on_hand=total(F("on_hand")),
            free=total(FREE),
            aside=total(F("quality_control") + F("damaged")),
            picked=total(F("picked")),
        )
    )


def in_state(lots: "QuerySet[Lot]", state: str) -> "QuerySet[Lot]":
    """Those that are good, expire soon, are past their last day, or in quarantine."""
    today = company.today()
    sound = lots.filter(quarantined_at=None)
    if state == "quarantined":
        return lots.filter(quarantined_at__isnull=False)
    if state == "expired":
        return sound.filter(expires_on__lt=today)
    if state == "soon":
        return sound.filter(expires_on__gte=today, expires_on__lte=today + SOON)
    return sound.filter(Q(expires_on=None) | Q(expires_on__gt=today + SOON))


def state_of(lot: Lot) -> str:
    """A key of the badges."""
    today = company.today()
    if lot.quarantined_at:
        return "quarantined"
    if lot.expires_on is None or lot.expires_on > today + SOON:
        return "good"
    return "expired" if lot.expires_on < today else "soon"


class LotFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    location = django_filters.MultipleChoiceFilter(
        label=_("Location"), method="at", widget=forms.CheckboxSelectMultiple
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[
            ("good", _("Good")),
            ("soon", _("Expires soon")),
            ("expired", _("Expired")),
            ("quarantined", _("In quarantine")),
        ],
        method="by_state",
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Lot
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = self.request.principal.limit_to_locations(Location.objects.all(), "code")
        codes = places.order_by("name").values_list("code", "name")
        self.filters["location"].extra["choices"] = once(lambda: codes)

    def look_up(self, lots: Any, name: str, value: str) -> Any:
        """By the beginning of the lot's code, or as products are found."""
        value = value.replace("\x00", "").strip()
        products = finding.find(Product.objects.order_by(), value).values("pk")
        return lots.filter(Q(code__istartswith=value) | Q(product__in=products))

    def at(self, lots: Any, name: str, value: list[str]) -> Any:
        here = LotLevel.objects.filter(lot=OuterRef("pk"), location__code__in=value).exclude(on_hand=0)
        return lots.filter(Exists(here)) if value else lots

    def by_state(self, lots: Any, name: str, value: str) -> Any:
        return in_state(lots, value)


def _count(state: str) -> Any:
    lying = LotLevel.objects.filter(lot=OuterRef("pk"), on_hand__gt=0)
    return lambda principal: in_state(visible(principal).filter(Exists(lying)), state)


LISTING = Listing(
    name="lots",
    columns=(
        Column("code", _("Lot"), sort="code", fixed=True, export=lambda lot: lot.code),
        Column("sku", _("SKU"), export=lambda lot: lot.product.sku),
        Column("name", _("Product"), export=lambda lot: stock_list.name_of(lot.product)),
        Column("expires", _("Last day"), sort="last_day", export=lambda lot: lot.expires_on),
        Column("on_hand", _("On hand"), numeric=True, export=lambda lot: lot.on_hand),
        Column("free", _("On the shelf"), numeric=True, export=lambda lot: lot.free),
        Column("picked", _("Picked"), numeric=True, shown=False, export=lambda lot: lot.picked),
        Column("aside", _("Set aside"), numeric=True, export=lambda lot: lot.aside),
        Column("state", _("State"), export=lambda lot: str(badge("lot", state_of(lot)).text)),
    ),
    row_template="inventory/_lot_row.html",
    default_sort="expires",
    filterset=LotFilter,
    views=(
        View("all", _("All"), ""),
        View("soon", _("Expires soon"), "state=soon", _count("soon")),
        View("expired", _("Expired"), "state=expired", _count("expired")),
        View("quarantined", _("In quarantine"), "state=quarantined", _count("quarantined")),
    ),
    pinned=("location", "state"),
    search_label=_("Lot, SKU or name"),
    empty_title=_("No lots yet"),
    empty_text=_("They begin with the first delivery of a product that tracks lots."),
    empty_icon="layers",
)
