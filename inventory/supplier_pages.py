"""Staff's pages of suppliers: the list, one supplier's facts and price list."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory import purchase_list, suppliers
from inventory.access import get_supplier
from inventory.line_forms import find_product
from inventory.models import Supplier
from inventory.purchase_forms import PriceForm, SupplierForm
from oms.core.errors import NotFound, Problem
from oms.core.pages import done, part_or_page, staff_page, tell_form


@staff_page(scope="purchases:read", methods=("GET", "HEAD"))
def supplier_list(request: Any) -> HttpResponseBase:
    page = purchase_list.SUPPLIERS.read(request, Supplier.objects.all())
    context = {"list": page, "writes": request.principal.may("purchases:write")}
    return part_or_page(request, "inventory/suppliers.html", "_list_part.html", context)


@staff_page(scope="purchases:write")
def new(request: Any) -> HttpResponseBase:
    form = SupplierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                made = suppliers.clean(Supplier(code=form.cleaned_data["code"].strip()), **form.facts())
                suppliers.add(made, actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem)
        else:
            return done(request, _("The supplier is there. Now their prices."), _page_of(made))
    return render(request, "inventory/supplier_new.html", {"form": form}, status=422 if form.errors else 200)


@staff_page(scope="purchases:read")
def supplier(request: Any, ref: str) -> HttpResponseBase:
    found = get_supplier(ref)
    if request.method != "POST":
        return _show(request, found)
    request.principal.require("purchases:write")
    form = SupplierForm(request.POST, supplier=found)
    if form.is_valid():
        try:
            with transaction.atomic():
                locked = suppliers.clean(suppliers.lock(found.pk), **form.facts())
                suppliers.change(locked, actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem)
        else:
            return done(request, _("The supplier is changed."), _page_of(found))
    return _show(request, found, status=422, facts=form)


@staff_page(scope="purchases:write", methods=("POST",))
def price(request: Any, ref: str) -> HttpResponseBase:
    """Set one price."""
    found = get_supplier(ref)
    form = PriceForm(request.POST)
    product = find_product(form.cleaned_data["sku"]) if form.is_valid() else None
    if form.is_valid() and product is None:
        form.add_error("sku", _("There is no such SKU."))
    if product is not None and not form.errors:
        try:
            suppliers.set_price(
                found,
                product,
                price=form.cleaned_data["price"],
                supplier_sku=form.cleaned_data["supplier_sku"],
                min_quantity=form.cleaned_data["min_quantity"],
                actor=request.principal.actor,
            )
        except Problem as problem:
            tell_form(form, problem)
        else:
            return done(request, _("The price is kept."), _page_of(found))
    return _show(request, found, status=422, price=form)


@staff_page(scope="purchases:write", methods=("POST",))
def drop_price(request: Any, ref: str, pk: UUID) -> HttpResponseBase:
    found = get_supplier(ref)
    listed = found.prices.select_related("product").filter(pk=pk).first()
    if listed is None:
        raise NotFound
    suppliers.drop_prices([listed], actor=request.principal.actor)
    return done(request, _("It is off their list."), _page_of(found))


def _show(request: Any, found: Supplier, *, status: int = 200, **bound: Any) -> HttpResponseBase:
    writes = request.principal.may("purchases:write")
    context = {
        "supplier": found,
        "prices": list(found.prices.select_related("product").order_by("product__sku", "min_quantity")),
        "writes": writes,
        "form": bound.get("facts") or SupplierForm(supplier=found),
        "price_form": bound.get("price") or PriceForm(),
    }
    return render(request, "inventory/supplier.html", context, status=status)


def _page_of(found: Supplier) -> str:
    return reverse("supplier-detail", args=[found.code])
