"""Staff's pages of stock: the grid, one level with its movements, and what can be sold where."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from inventory import kit_list, stock_history, stock_list
from inventory.kept_here import in_checkouts, kept_here
from inventory.models import Location, Product, State, StockLevel
from inventory.queries import Near, availability
from inventory.stock_forms import AskForm
from oms.core import exporting
from oms.core.access import Principal
from oms.core.errors import NotFound
from oms.core.pages import part_or_page, staff_page

FIGURES = (State.ON_HAND, State.DAMAGED, State.QUALITY_CONTROL, State.SAFETY)


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def levels(request: Any) -> HttpResponseBase:
    """Every level; with `?kits=`, what could be sold of the kits made of them."""
    if request.GET.get("kits"):
        return _kits(request)
    page = stock_list.LISTING.read(request, stock_list.rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="stock")
    context = {"list": page, "writes": request.principal.may("stock:write")}
    return part_or_page(request, "inventory/stock.html", "_list_part.html", context)


def _kits(request: Any) -> HttpResponseBase:
    page = kit_list.LISTING.read(request, kit_list.rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="kits")
    kit_list.describe(request.principal, page.rows)
    return part_or_page(request, "inventory/stock.html", "_list_part.html", {"list": page, "writes": False})


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def level(request: Any, pk: int) -> HttpResponseBase:
    """One SKU at one location: its figures, and every movement of them."""
    found = level_of(request.principal, pk)
    page = stock_history.LISTING.read(request, stock_history.movements(found))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name=f"stock-{found.product.sku}")
    context = {
        **stock_history.context(page),
        "level": found,
        "kept": kept_here(found),
        "in_checkouts": in_checkouts(found),
        "sees_orders": request.principal.may("orders:read"),
        "figures": [(str(state), getattr(found, state)) for state in FIGURES],
        "writes": request.principal.may("stock:write"),
    }
    return part_or_page(request, "inventory/level.html", "_list_part.html", context)


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def can_be_sold(request: Any) -> HttpResponseBase:
    """What of some SKUs can be sold now, and from where."""
    form = AskForm(request.GET if "sku" in request.GET else None)
    found: list[dict[str, Any]] = []
    unknown: list[str] = []
    if form.is_bound and form.is_valid():
        found, unknown = _sellable(request.principal, form.cleaned_data)
    context = {"form": form, "found": found, "unknown": unknown, "nowhere": _nowhere(form) if found else ""}
    return render(request, "inventory/availability.html", context)


def _sellable(principal: Principal, asked: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Each known SKU with its places in words, and the codes nobody knows. Three queries."""
    skus = asked["sku"]
    near = _near(asked)
    products = {product.sku: product for product in Product.objects.filter(sku__in=skus)}
    places = principal.limit_to_locations(Location.objects.all(), "code")
    names = dict(places.values_list("code", "name"))
    found = []
    for row in availability(skus, near):
        at = [(names[place.code], place.available) for place in row.locations if place.code in names]
        total = sum(units for _name, units in at)
        limit = products[row.sku].low_stock_at
        state = stock_list.level_state(total, limit)
        state = "backorder" if state == "out" and row.status == "backorder" else state
        found.append({"product": products[row.sku], "state": state, "total": total, "places": at})
    return found, [sku for sku in skus if sku not in products]


def _near(asked: dict[str, Any]) -> Near:
    return Near(asked["country"], asked["city"].strip())


def _nowhere(form: AskForm) -> str:
    """The customer's city where none of our locations is: it put nothing first."""
    near = _near(form.cleaned_data)
    if not near.city or not near.country:
        return near.city
    there = Location.objects.filter(active=True, address__country=near.country.upper())
    cities = there.values_list("address__city", flat=True)
    return "" if any(near.distance(near.country, city) == 0 for city in cities) else near.city


def level_of(principal: Principal, pk: int) -> StockLevel:
    """A level the reader may see, with what a row of the grid shows. Raises NotFound."""
    found = stock_list.rows(principal).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
