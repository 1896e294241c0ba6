"""The staff's grid of stock: one row a SKU and location, every state of it, narrowed, sorted and exported."""

from typing import Any

import django_filters
from django import forms
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from inventory import finding
from inventory.free import AVAILABLE
from inventory.models import Location, Product, StockLevel
from oms.core.access import Principal
from oms.core.chips import once
from oms.core.listing import Column, Listing, View


def visible(principal: Principal) -> "QuerySet[StockLevel]":
    """The levels a principal may see: of every location, or of those they are bound to."""
    levels: QuerySet[StockLevel] = principal.limit_to_locations(StockLevel.objects.all())
    return levels


def rows(principal: Principal) -> "QuerySet[StockLevel]":
    """Levels with what a row shows; `everywhere` is what the SKU has available at all the reader's locations."""
    return (
        visible(principal)
        .select_related("product", "location")
        .annotate(available=AVAILABLE, everywhere=Subquery(available_of(principal, OuterRef("product_id"))))
    )


def available_of(principal: Principal, product: Any) -> "QuerySet[Any]":
    """One product's available units at the principal's locations, as a subquery."""
    places = visible(principal).filter(product_id=product).order_by().values("product_id")
    return places.annotate(total=Coalesce(Sum(AVAILABLE), 0)).values("total")


def products_out(principal: Principal) -> "QuerySet[Any]":
    """Ids of products of which nothing is available anywhere."""
    return _totals(principal).filter(total=0).values("product_id")


def products_low(principal: Principal) -> "QuerySet[Any]":
    """Ids of products with something left, but no more than their limit says."""
    low = _totals(principal).filter(total__gt=0, total__lte=F("product__low_stock_at"))
    return low.values("product_id")


def _totals(principal: Principal) -> "QuerySet[Any]":
    grouped = visible(principal).order_by().values("product_id", "product__low_stock_at")
    return grouped.annotate(total=Sum(AVAILABLE))


def level_state(available: int, low_at: int | None) -> str:
    """A key of the badges: out, low or in_stock."""
    if available <= 0:
        return "out"
    return "low" if low_at is not None and available <= low_at else "in_stock"


def name_of(product: Product) -> str:
    """In the reader's language, else English, else any."""
    names = product.name or {}
    return str(names.get(get_language() or "en") or names.get("en") or next(iter(names.values()), ""))


class StockFilter(django_filters.FilterSet):
    """Names the dashboard and the search rely on: q, location, state."""

    q = django_filters.CharFilter(method="look_up")
    location = django_filters.MultipleChoiceFilter(
        label=_("Location"), method="at", widget=forms.CheckboxSelectMultiple
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[("low", _("Low")), ("out", _("Out of stock"))],
        method="in_state",
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = StockLevel
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.principal: Principal = self.request.principal
        places = self.principal.limit_to_locations(Location.objects.all(), "code")
        codes = places.order_by("name").values_list("code", "name")
        self.filters["location"].extra["choices"] = once(lambda: codes)

    def look_up(self, levels: Any, name: str, value: str) -> Any:
        return levels.filter(product__in=finding.find(Product.objects.order_by(), value).values("pk"))

    def at(self, levels: Any, name: str, value: list[str]) -> Any:
        return levels.filter(location__code__in=value) if value else levels

    def in_state(self, levels: Any, name: str, value: str) -> Any:
        found = products_out if value == "out" else products_low
        return levels.filter(product__in=found(self.principal))


LISTING = Listing(
    name="stock",
    columns=(
        Column("sku", _("SKU"), sort="product__sku", fixed=True, export=lambda level: level.product.sku),
        Column("name", _("Product"), export=lambda level: name_of(level.product)),
        Column("location", _("Location"), export=lambda level: level.location.name),
        Column("bin", _("Bin"), shown=False, export=lambda level: level.bin),
        Column("on_hand", _("On hand"), sort="on_hand", numeric=True, export=lambda level: level.on_hand),
        Column("committed", _("Committed"), numeric=True, export=lambda level: level.promised),
        Column("available", _("Available"), numeric=True, export=lambda level: level.available),
        Column("damaged", _("Damaged"), numeric=True, export=lambda level: level.damaged),
        Column(
            "quality_control", _("Quality control"), numeric=True, export=lambda level: level.quality_control
        ),
        Column("safety", _("Safety"), numeric=True, export=lambda level: level.safety),
        Column("incoming", _("Incoming"), numeric=True, export=lambda level: level.incoming),
        Column("state", _("State")),
    ),
    row_template="inventory/_stock_row.html",
    default_sort="sku",
    filterset=StockFilter,
    views=(
        View("all", _("All"), "", visible),
        View("low", _("Low"), "state=low"),
        View("out", _("Out of stock"), "state=out"),
        View("kits", _("Kits"), "kits=true"),
    ),
    pinned=("location", "state"),
    search_label=_("SKU, barcode or name"),
    empty_title=_("No stock yet"),
    empty_text=_("Stock appears here once products arrive at a location."),
    empty_icon="warehouse",
)
