"""Kits in the staff's grid of stock: how many could be sold, and of what. They have no figures to edit."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.db.models import IntegerField, QuerySet, Sum
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from inventory import finding, kits, stock_list
from inventory.free import OF_KIT
from inventory.models import Product
from oms.core.access import Principal
from oms.core.listing import Column, Listing


@dataclass(frozen=True, slots=True)
class Part:
    """A component: `per_kit` units in one kit, what is available of it, and whether it bounds the kit.

    `kits` is how many those units would make, were the others plenty.
    """

    sku: str
    per_kit: int
    available: int
    scarce: bool = False

    @property
    def kits(self) -> int:
        return self.available // self.per_kit


def of_kit(principal: Principal) -> RawSQL:
    """Kits that can be made at each of the reader's locations, added up; for rows of products."""
    places = None if principal.locations is None else sorted(principal.locations)
    return RawSQL(OF_KIT, [places, places], output_field=IntegerField())  # noqa: S611  the text is ours


def rows(principal: Principal) -> "QuerySet[Product]":
    """Every kit, with what is available of it at the reader's locations."""
    return Product.objects.exclude(components=[]).annotate(available=of_kit(principal))


def describe(principal: Principal, shown: Sequence[Any]) -> None:
    """Put on each kit what it is made of (`made_of`). Two queries, however many."""
    parts = kits.parts_of(shown)
    asked = {part["product"] for found in parts.values() for part in found}
    levels = stock_list.visible(principal).filter(product__in=asked).order_by()
    totals: dict[int, int] = defaultdict(int)
    totals.update(
        levels.values_list("product")
        .annotate(total=Sum(stock_list.AVAILABLE))
        .values_list("product", "total")
    )
    for kit in shown:
        found = [
            Part(part["sku"], part["quantity"], totals[part["product"]]) for part in parts.get(kit.pk, ())
        ]
        least = min((part.kits for part in found), default=0)
        kit.made_of = [Part(one.sku, one.per_kit, one.available, one.kits == least) for one in found]
        # There may be enough of each, and never together.
        kit.apart = least > kit.available


class KitFilter(django_filters.FilterSet):
    """`kits` only says that this list is asked for."""

    q = django_filters.CharFilter(method="look_up")
    kits = django_filters.BooleanFilter(label=_("Kits"), method="all_of_them", widget=forms.HiddenInput)

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()

    def look_up(self, products: Any, name: str, value: str) -> Any:
        return products.filter(pk__in=finding.find(Product.objects.order_by(), value).values("pk"))

    def all_of_them(self, products: Any, name: str, value: bool) -> Any:
        return products


def made_of(kit: Any) -> str:
    """In a file: 2 CUP, 1 TEA."""
    return ", ".join(f"{part['quantity']} {part['sku']}" for part in kit.components)


LISTING = Listing(
    name="stock-kits",
    columns=(
        Column("sku", _("SKU"), sort="sku", fixed=True, export=lambda kit: kit.sku),
        Column("name", _("Product"), export=stock_list.name_of),
        Column("available", _("Available"), numeric=True, export=lambda kit: kit.available),
        Column("made_of", _("Made of"), export=made_of),
        Column("state", _("State")),
    ),
    row_template="inventory/_kit_row.html",
    default_sort="sku",
    filterset=KitFilter,
    views=stock_list.LISTING.views,
    search_label=_("SKU, barcode or name"),
    empty_title=_("No kits here"),
    empty_text=_("A product with components is a kit: its stock is theirs."),
    empty_icon="boxes",
)
