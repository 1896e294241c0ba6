"""Staff's pages of purchase orders: the list, a draft and its lines, sending, deliveries, the end."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from inventory import purchase_list, purchase_printing, purchasing
from inventory.access import get_purchase, get_supplier, location_of, own
from inventory.line_forms import SAID, ReasonForm, Rows, Typed, told, words
from inventory.models import PurchaseOrder, PurchaseState, Supplier
from inventory.purchase_forms import DeliveryForm, PurchaseForm, plain
from oms.core import display, exporting
from oms.core.access import Principal
from oms.core.errors import NotFound, Problem
from oms.core.pages import done, part_or_page, sentence, staff_page
from oms.core.people import people, who


@staff_page(scope="purchases:read", methods=("GET", "HEAD"))
def purchases(request: Any) -> HttpResponseBase:
    page = purchase_list.LISTING.read(request, purchase_list.rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="purchase-orders")
    context = {"list": page, "writes": request.principal.may("purchases:write")}
    return part_or_page(request, "inventory/purchases.html", "_list_part.html", context)


@staff_page(scope="purchases:write")
def new(request: Any) -> HttpResponseBase:
    """A draft: of whom, for where, what."""
    start = {name: request.GET[name] for name in ("supplier", "location") if request.GET.get(name)}
    form = PurchaseForm(request.POST or None, principal=request.principal, initial=start)
    lines = (
        Rows(request.POST)
        if request.method == "POST"
        else Rows(initial=[Typed(request.GET.get("sku", "")[:64])])
    )
    if request.method == "POST" and (form.is_valid() & lines.is_valid()):
        asked = form.cleaned_data
        try:
            order = purchasing.draft(
                get_supplier(asked["supplier"]),
                _place(request, asked["location"]),
                lines=_wanted(lines),
                expected_on=asked["expected_on"],
                note=words(asked["note"], 1000),
                actor=request.principal.actor,
            )
        except Problem as refusal:
            told(form, lines, refusal)
        else:
            return done(request, _("The draft is kept. Look at it, then send it."), _page_of(order))
    context = {"form": form, "lines": lines, "costs": True, "known_skus": _known(start.get("supplier", ""))}
    return render(request, "inventory/purchase_new.html", context, status=422 if form.is_bound else 200)


@staff_page(scope="purchases:read")
def purchase(request: Any, ref: str) -> HttpResponseBase:
    """One purchase order; a draft is rewritten here."""
    order = get_purchase(request.principal, ref)
    if request.method != "POST":
        return _show(request, order)
    request.principal.require("purchases:write")
    form = PurchaseForm(request.POST, principal=request.principal, fixed=True)
    lines = Rows(request.POST)
    valid = form.is_valid()
    if any(not row.blank for row in lines.rows):
        valid = lines.is_valid() and valid
    if valid:
        asked = form.cleaned_data
        try:
            order = purchasing.rewrite(
                order,
                lines=_wanted(lines),
                location=_place(request, asked["location"]),
                expected_on=asked["expected_on"],
                note=words(asked["note"], 1000),
                actor=request.principal.actor,
            )
        except Problem as refusal:
            told(form, lines, refusal)
        else:
            return done(request, _("The draft is kept."), _page_of(order))
    return _show(request, order, status=422, draft=form, lines=lines)


@staff_page(scope="purchases:write", methods=("POST",))
def send(request: Any, ref: str) -> HttpResponseBase:
    order = get_purchase(request.principal, ref)
    try:
        purchasing.send(order, actor=request.principal.actor)
    except Problem as refusal:
        if refusal.code != "below_minimum":
            raise
        form, lines = _draft(request.principal, order)
        for fault in refusal.errors:
            lines.tell(int(fault["pointer"].split("/")[2]), str(SAID[refusal.code]))
        return _show(request, order, status=422, draft=form, lines=lines)
    said = (
        _("Sent: it goes to %(email)s.") if order.supplier.email else _("Sent. Print it: there is no e-mail.")
    )
    return done(request, said % {"email": display.isolated(order.supplier.email)}, _page_of(order))


@staff_page(scope="stock:write", methods=("POST",))
def receive(request: Any, ref: str) -> HttpResponseBase:
    order = get_purchase(request.principal, ref)
    form = DeliveryForm(request.POST, lines=order.lines.select_related("product", "order"))
    if not form.is_valid():
        return _show(request, order, status=422, receive=form)
    try:
        after = purchasing.receive(
            order,
            came=form.came(),
            delivery_note=words(form.cleaned_data["delivery_note"], 100),
            note=words(form.cleaned_data["note"]),
            actor=request.principal.actor,
        )
    except Problem as problem:
        if problem.code == "reason_required":
            form.add_error("note", _("More came than was ordered. Say why it stays."))
        else:
            form.add_error(None, sentence(problem))
        return _show(request, get_purchase(request.principal, ref), status=422, receive=form)
    whole = after.state == PurchaseState.CLOSED
    said = _("Everything is there.") if whole else _("Counted. The rest is still to come.")
    return done(request, said, _page_of(order))


@staff_page(scope="purchases:write", methods=("POST",))
def close(request: Any, ref: str) -> HttpResponseBase:
    order = get_purchase(request.principal, ref)
    form = _close_form(request.POST)
    if not form.is_valid():
        return _show(request, order, status=422, close=form)
    purchasing.close(order, reason=words(form.cleaned_data["reason"]), actor=request.principal.actor)
    return done(request, _("Closed. Nothing more is expected of it."), _page_of(order))


@staff_page(scope="purchases:write", methods=("POST",))
def cancel(request: Any, ref: str) -> HttpResponseBase:
    order = get_purchase(request.principal, ref)
    form = _cancel_form(request.POST)
    if not form.is_valid():
        return _show(request, order, status=422, cancel=form)
    purchasing.cancel(order, reason=words(form.cleaned_data["reason"]), actor=request.principal.actor)
    return done(request, _("The purchase order is cancelled."), _page_of(order))


@staff_page(scope="purchases:read", methods=("GET", "HEAD"))
def paper(request: Any, ref: str) -> HttpResponseBase:
    order = get_purchase(request.principal, ref)
    content = purchase_printing.drawn(order)
    if content is None:
        raise NotFound
    name = f'inline; filename="{order.number}.pdf"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": name})


def _show(request: Any, order: PurchaseOrder, *, status: int = 200, **bound: Any) -> HttpResponseBase:
    """The page; `bound` are forms that were refused, by name: draft (with lines), receive, close or cancel."""
    principal: Principal = request.principal
    writes = principal.may("purchases:write")
    lines = list(order.lines.select_related("product", "order"))
    forms: dict[str, Any] = {}
    if writes and order.state == PurchaseState.DRAFT:
        forms["draft"], forms["lines"] = _draft(principal, order)
    if order.state in purchasing.ON_ORDER:
        if principal.may("stock:write"):
            forms["receive"] = DeliveryForm(lines=lines)
        if writes:
            forms["close"] = _close_form()
    if writes and PurchaseState.CANCELLED in purchasing.NEXT[order.state]:
        forms["cancel"] = _cancel_form()
    forms |= bound
    receipts = list(order.receipts.prefetch_related("lines__line__product").order_by("-pk"))
    names = people({order.created_by, *(one.actor for one in receipts)})
    context = {
        "order": order,
        "supplier": order.supplier,
        "rows": [(line, line.quantity * line.unit_cost) for line in lines],
        "forms": forms,
        "form": forms.get("draft"),
        "lines": forms.get("lines"),
        "costs": True,
        "known_skus": _known(order.supplier.code) if "draft" in forms else [],
        "writes": writes,
        "written_by": who(order.created_by, names),
        "receipts": [(one, who(one.actor, names)) for one in receipts],
        "drawn": hasattr(order, "paper"),
        "started": any(line.received for line in lines),
        "to_come": sum(line.to_come for line in lines),
    }
    return render(request, "inventory/purchase.html", context, status=status)


def _draft(principal: Principal, order: PurchaseOrder) -> tuple[PurchaseForm, Rows]:
    start = {"location": order.location.code, "expected_on": order.expected_on, "note": order.note}
    rows = [
        Typed(line.product.sku, str(line.quantity), plain(line.unit_cost, order.currency), "", line.product)
        for line in order.lines.select_related("product")
    ]
    return PurchaseForm(principal=principal, fixed=True, initial=start), Rows(initial=rows)


def _known(supplier: str) -> list[str]:
    """What the supplier sells, to choose from while typing."""
    found = Supplier.objects.filter(code=supplier).first() if supplier else None
    return (
        list(found.prices.order_by("product__sku").values_list("product__sku", flat=True)[:500])
        if found
        else []
    )


def _wanted(lines: Rows) -> list[purchasing.Wanted]:
    return [purchasing.Wanted(row.product, row.quantity, row.cost) for row in lines.read]


def _place(request: Any, code: str) -> Any:
    place = location_of(code, "/location")
    own(request.principal, place)
    return place


def _close_form(data: Any = None) -> ReasonForm:
    return ReasonForm(data, label=_("What happened to the rest"))


def _cancel_form(data: Any = None) -> ReasonForm:
    return ReasonForm(data, label=_("Why"), required=False)


def _page_of(order: PurchaseOrder) -> str:
    return reverse("purchase-detail", args=[order.number])
