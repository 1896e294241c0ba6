"""Staff's pages of stock: the grid, one level with its movements, a correction, and what can be sold where."""

from typing import Any

from django.db import transaction
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory import stock, stock_history, stock_list
from inventory.kept_here import kept_here
from inventory.models import Location, Product, State, StockLevel
from inventory.queries import Near, availability
from inventory.stock_forms import AdjustForm, AskForm
from oms.core import exporting
from oms.core.access import Principal
from oms.core.errors import NotFound, Problem
from oms.core.pages import done, part_or_page, sentence, staff_page, tell_form

FIGURES = (State.ON_HAND, State.DAMAGED, State.QUALITY_CONTROL, State.SAFETY)
# Where a refusal about lots is told.
LOT_FIELDS = {"unknown_lot": "lot", "lot_short": "lot", "lot_expiry_differs": "expires_on"}


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def levels(request: Any) -> HttpResponseBase:
    page = stock_list.LISTING.read(request, stock_list.rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="stock")
    context = {"list": page, "writes": request.principal.may("stock:write")}
    return part_or_page(request, "inventory/stock.html", "_list_part.html", context)


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def level(request: Any, pk: int) -> HttpResponseBase:
    """One SKU at one location: its figures, and every movement of them."""
    found = _level(request.principal, pk)
    page = stock_history.LISTING.read(request, stock_history.movements(found))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name=f"stock-{found.product.sku}")
    context = {
        **stock_history.context(page),
        "level": found,
        "kept": kept_here(found),
        "sees_orders": request.principal.may("orders:read"),
        "figures": [(str(state), getattr(found, state)) for state in FIGURES],
        "writes": request.principal.may("stock:write"),
    }
    return part_or_page(request, "inventory/level.html", "_list_part.html", context)


@staff_page(scope="stock:write")
def adjust(request: Any, pk: int) -> HttpResponseBase:
    """Correct one figure: a page of its own, or inside the grid's dialog."""
    if request.method == "POST":
        return _adjust(request, pk)
    found = _level(request.principal, pk)
    state = request.GET.get("state", "")
    form = AdjustForm.of(found, state if state in FIGURES else State.ON_HAND)
    return _form(request, found, form)


@transaction.atomic
def _adjust(request: Any, pk: int) -> HttpResponseBase:
    # Locked before it is compared: between the reader's look and their word nothing may slip in.
    allowed = stock_list.visible(request.principal).filter(pk=pk)
    if not StockLevel.objects.select_for_update(no_key=True).filter(pk__in=allowed.values("pk")).exists():
        raise NotFound
    found = _level(request.principal, pk)
    form = AdjustForm(request.POST, level=found)
    if not form.is_valid():
        return _form(request, found, form)
    state = form.cleaned_data["state"]
    if getattr(found, state) != form.cleaned_data["seen"]:
        form.now(getattr(found, state))
        return _form(request, found, form)
    try:
        with transaction.atomic():
            stock.adjust(
                product=found.product,
                location=found.location,
                set_to=form.cleaned_data["set_to"],
                change=None,
                state=state,
                reason=form.cleaned_data["reason"],
                actor=request.principal.actor,
                lot=form.named_lot(),
            )
    except Problem as problem:
        if problem.code == "stock_committed":
            form.add_error("set_to", _too_little(found))
        elif problem.code in LOT_FIELDS and form.of_lots:
            form.add_error(LOT_FIELDS[problem.code], sentence(problem))
        else:
            tell_form(form, problem)
        return _form(request, found, form)
    return _adjusted(request, pk)


def _adjusted(request: Any, pk: int) -> HttpResponseBase:
    said = _("The figure is corrected.")
    if not (request.htmx and request.POST.get("row")):
        return done(request, said, reverse("stock-level", args=[pk]))
    done(request, said)
    context = {
        "row": _level(request.principal, pk),
        "list": stock_list.LISTING.read(request, stock_list.rows(request.principal)),
        "writes": True,
    }
    answer = render(request, "inventory/_stock_row.html", context)
    answer.headers["HX-Retarget"] = f"#level-{pk}"
    answer.headers["HX-Reswap"] = "outerHTML"
    answer.headers["HX-Trigger-After-Swap"] = "stock-saved"
    return answer


def _too_little(found: StockLevel) -> str:
    """Why a figure cannot be so: what has to fit into what is on hand."""
    return _(
        "%(committed)s promised to orders, %(damaged)s damaged and %(checked)s in quality control "
        "must fit into what is on hand."
    ) % {"committed": found.promised, "damaged": found.damaged, "checked": found.quality_control}


def _form(request: Any, found: StockLevel, form: AdjustForm) -> HttpResponseBase:
    state = form["state"].value()
    state = state if state in FIGURES else State.ON_HAND
    context = {
        "level": found,
        "form": form,
        "state": state,
        "figure": getattr(found, state),
        "row": request.GET.get("row") or request.POST.get("row", ""),
    }
    status = 422 if form.is_bound else 200
    return part_or_page(
        request, "inventory/adjust.html", "inventory/_adjust_form.html", context, status=status
    )


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def can_be_sold(request: Any) -> HttpResponseBase:
    """What of some SKUs can be sold now, and from where."""
    form = AskForm(request.GET if "sku" in request.GET else None)
    found: list[dict[str, Any]] = []
    unknown: list[str] = []
    if form.is_bound and form.is_valid():
        found, unknown = _sellable(request.principal, form.cleaned_data)
    context = {"form": form, "found": found, "unknown": unknown}
    return render(request, "inventory/availability.html", context)


def _sellable(principal: Principal, asked: dict[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    """Each known SKU with its places in words, and the codes nobody knows. Three queries."""
    skus = asked["sku"]
    near = Near(asked["country"].strip().upper(), asked["city"].strip())
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


def _level(principal: Principal, pk: int) -> StockLevel:
    found = stock_list.rows(principal).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
