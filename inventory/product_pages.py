"""Staff's pages of products: the list, and one product with what there is of it at each location."""

from datetime import timedelta
from typing import Any

import django_filters
from django.conf import settings
from django.db import transaction
from django.db.models import Case, OuterRef, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inventory import buffering, finding, kit_list, kits, rushes, stock_list
from inventory import products as products_of
from inventory.buffer_pages import BufferForm
from inventory.models import Product
from inventory.product_forms import ProductForm
from inventory.queries import by_reference
from oms.core import exporting
from oms.core.access import Principal
from oms.core.errors import Invalid, PreconditionFailed, Problem
from oms.core.listing import Column, Listing, View
from oms.core.money import rounded
from oms.core.pages import done, part_or_page, refused, sentence, staff_page
from oms.core.saying import said

RUSH_HOURS = (1, 4, 12, 24, 72)
NAMES = {"en": _("Name in English"), "ar": _("Name in Arabic"), "fa": _("Name in Persian")}


class ProductFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")

    class Meta:
        model = Product
        fields: tuple[str, ...] = ()

    def look_up(self, products: Any, name: str, value: str) -> Any:
        return finding.find(products, value)


def rows(principal: Principal) -> "QuerySet[Product]":
    """Products with what is available of them at the reader's locations."""
    available = Subquery(stock_list.available_of(principal, OuterRef("pk")))
    return Product.objects.annotate(
        available=Case(When(components=[], then=Coalesce(available, 0)), default=kit_list.of_kit(principal))
    )


def price(product: Product) -> object:
    return "" if product.price is None else rounded(product.price, product.price_currency or "USD")


LISTING = Listing(
    name="products",
    columns=(
        Column("sku", _("SKU"), sort="sku", fixed=True, export=lambda product: product.sku),
        Column("name", _("Product"), export=stock_list.name_of),
        Column("barcode", _("Barcode"), shown=False, export=lambda product: product.barcode),
        Column("price", _("Price"), numeric=True, export=price),
        Column("currency", _("Currency"), shown=False, filed=True, export=lambda p: p.price_currency),
        Column("weight", _("Weight"), numeric=True, export=lambda product: product.weight_g),
        Column("available", _("Available"), numeric=True, export=lambda product: product.available),
        Column("state", _("State")),
        Column("added", _("Added"), sort="pk", shown=False, export=lambda product: product.created_at),
    ),
    row_template="inventory/_product_row.html",
    default_sort="sku",
    filterset=ProductFilter,
    views=(View("all", _("All"), ""),),
    search_label=_("SKU, barcode or name"),
    empty_title=_("No products yet"),
    empty_text=_("They come in from your channels, by import or over the API, or you add them here."),
    empty_icon="tag",
)


@staff_page(scope="products:read", methods=("GET", "HEAD"))
def products(request: Any) -> HttpResponseBase:
    page = LISTING.read(request, rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="products")
    return part_or_page(
        request,
        "inventory/products.html",
        "_list_part.html",
        {"list": page, "writes": request.principal.may("products:write")},
    )


@staff_page(scope="products:read", methods=("GET", "HEAD"))
def product(request: Any, sku: str) -> HttpResponseBase:
    found = by_reference(Product.objects.all(), sku, "sku")
    levels: list[Any] = []
    parts = kits.parts_of([found]).get(found.pk, [])
    if request.principal.may("stock:read"):
        known = stock_list.rows(request.principal).filter(product=found)
        levels = list(known.order_by("location__priority", "location__name"))
    keeps = request.principal.may("stock:read")
    writes_stock = request.principal.may("stock:write")
    context = {
        "product": found,
        "levels": levels,
        "buffers": request.principal.limit_to_channel(buffering.buffers_of(found)) if keeps else [],
        "buffer_form": BufferForm.of(product=found) if writes_stock else None,
        "writes_stock": writes_stock,
        "available": _of_kit(request.principal, found) if parts else sum(one.available for one in levels),
        "on_hand": sum(level.on_hand for level in levels),
        "committed": sum(level.promised for level in levels),
        "parts": _parts_shown(parts),
        "writes": request.principal.may("products:write"),
        "rush": rushes.running(found),
        "rush_hours": RUSH_HOURS,
        "currency": settings.COMPANY_CURRENCY,
        "languages": [
            (code, NAMES[code], found.name[code]) for code in finding.LANGUAGES if found.name.get(code)
        ],
    }
    return render(request, "inventory/product.html", context)


@staff_page(scope="products:write")
def new(request: Any) -> HttpResponseBase:
    form = ProductForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = products_of.product_of(form.asked())
            products_of.add_product(made, actor=request.principal.actor)
        except Problem as problem:
            form.tell(problem)
        else:
            return done(request, gettext("The product is added."), reverse("product-detail", args=[made.sku]))
    return _form(request, form)


@staff_page(scope="products:write")
def change(request: Any, sku: str) -> HttpResponseBase:
    """All fields of a product but its SKU."""
    if request.method == "POST":
        return _change(request, sku)
    found = by_reference(Product.objects.all(), sku, "sku")
    return _form(request, ProductForm(product=found), found)


@transaction.atomic
def _change(request: Any, sku: str) -> HttpResponseBase:
    # Locked before it is compared: between the reader's look and their word nothing may slip in.
    found = by_reference(Product.objects.select_for_update(no_key=True), sku, "sku")
    form = ProductForm(request.POST, product=found)
    if form.is_valid():
        if form.cleaned_data["seen"] != form.initial["seen"]:
            form.add_error(None, sentence(PreconditionFailed()))
            return _form(request, form, found)
        try:
            with transaction.atomic():
                products_of.change_product(found, form.asked(), actor=request.principal.actor)
        except Problem as problem:
            form.tell(problem)
        else:
            return done(
                request, gettext("The product is changed."), reverse("product-detail", args=[found.sku])
            )
    return _form(request, form, found)


@staff_page(scope="products:write", methods=("POST",))
def rush(request: Any, sku: str) -> HttpResponseBase:
    """Everybody will want it for so many hours; none: no more."""
    found = by_reference(Product.objects.all(), sku, "sku")
    hours = request.POST.get("hours", "")
    page = reverse("product-detail", args=[found.sku])
    if hours and hours not in map(str, RUSH_HOURS):
        return refused(request, Invalid.at("/hours", said("A rush lasts one of the hours on offer.")))
    if not hours:
        rushes.stop(found, actor=request.principal.actor)
        return done(request, gettext("The rush is over."), page)
    until = timezone.now() + timedelta(hours=int(hours))
    try:
        rushes.start(found, until=until, actor=request.principal.actor)
    except Problem as problem:
        return refused(request, problem)
    return done(request, gettext("The rush begins."), page)


def _form(request: Any, form: ProductForm, found: Product | None = None) -> HttpResponseBase:
    status = 422 if form.is_bound else 200
    return render(request, "inventory/product_form.html", {"form": form, "product": found}, status=status)


def _of_kit(principal: Principal, kit: Product) -> int:
    return int(rows(principal).get(pk=kit.pk).available)  # type: ignore[attr-defined]


def _parts_shown(parts: list[dict[str, Any]]) -> list[tuple[Product, int]]:
    """A kit's components as products, with their units in one kit."""
    products = Product.objects.in_bulk([part["product"] for part in parts]) if parts else {}
    return [(products[part["product"]], part["quantity"]) for part in parts]
