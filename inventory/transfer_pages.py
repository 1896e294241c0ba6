"""Staff's pages of transfers: the list, a request, asking every location, and one transfer from request to the end."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inventory import asking, transfer_list, transferring
from inventory.access import get_transfer, location_of, own
from inventory.line_forms import ReasonForm, Rows, Typed, find_product, told, words
from inventory.models import Location, Product, Transfer, TransferState
from inventory.transfer_forms import AskForm, ReceiveForm, RequestForm, ShipForm
from oms.core import display, exporting, text
from oms.core.access import Principal
from oms.core.errors import InsufficientStock, Problem
from oms.core.pages import done, part_or_page, sentence, staff_page
from oms.core.people import people, who
from oms.core.reading import figure


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def transfers(request: Any) -> HttpResponseBase:
    page = transfer_list.LISTING.read(request, transfer_list.rows(request.principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="transfers")
    context = {"list": page, "writes": request.principal.may("stock:write")}
    return part_or_page(request, "inventory/transfers.html", "_list_part.html", context)


@staff_page(scope="stock:write")
def new(request: Any) -> HttpResponseBase:
    """Ask one location for goods."""
    if request.method != "POST":
        start = {name: request.GET[name] for name in ("source", "target") if request.GET.get(name)}
        form = RequestForm(principal=request.principal, initial=start)
        return _request_page(request, form, Rows(initial=[Typed(request.GET.get("sku", "")[:64])]))
    form = RequestForm(request.POST, principal=request.principal)
    lines = Rows(request.POST)
    if not (form.is_valid() & lines.is_valid()):
        return _request_page(request, form, lines)
    asked = form.cleaned_data
    try:
        source, target = location_of(asked["source"], "/source"), location_of(asked["target"], "/target")
        own(request.principal, source, target)
        [made] = transferring.request(
            target,
            [
                transferring.Request(
                    source, [transferring.Asked(row.product, row.quantity) for row in lines.read]
                )
            ],
            needs_approval=asked["needs_approval"],
            expected_on=asked["expected_on"],
            note=words(asked["note"]),
            actor=request.principal.actor,
        )
    except InsufficientStock as refusal:
        for fault in refusal.errors:
            lines.tell(int(fault["pointer"].split("/")[2]), _only(fault["available"]))
        return _request_page(request, form, lines)
    except Problem as refusal:
        told(form, lines, refusal)
        return _request_page(request, form, lines)
    said = _("%(number)s is asked for; its items are kept at %(place)s.")
    named = {"number": display.isolated(made.number), "place": display.isolated(source.name)}
    return done(request, said % named, _page_of(made))


@staff_page(scope="stock:write")
def ask(request: Any) -> HttpResponseBase:
    """Who has a SKU? Every location's stock of it, and from there the requests, in one step."""
    form = AskForm(request.GET if "sku" in request.GET else None, principal=request.principal)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        product = find_product(form.cleaned_data["sku"])
        if product is None:
            form.add_error("sku", _("There is no such SKU."))
        else:
            target = form.cleaned_data["target"]
            wanted = _number(form.cleaned_data["quantity"])
            places = asking.could_give([product.pk], but=target)
            if request.method == "POST":
                return _ask(request, product, target, places)
            proposal = asking.shared_out(places, wanted)
            context |= {
                "product": product,
                "target": Location.objects.get(code=target),
                "wanted": wanted,
                "missing": max(0, wanted - sum(proposal.values())),
                "places": [(place, proposal.get(place.code, 0)) for place in places],
                "there": sum(place.available for place in places),
            }
    return render(request, "inventory/ask.html", context, status=422 if form.errors else 200)


def _ask(request: Any, product: Product, target: str, places: list[asking.Place]) -> HttpResponseBase:
    wanted = {place.code: _number(request.POST.get(f"from-{place.code}", "")) for place in places}
    known = Location.objects.in_bulk([code for code, units in wanted.items() if units], field_name="code")
    made = transferring.request(
        location_of(target, "/target"),
        [
            transferring.Request(known[code], [transferring.Asked(product, units)])
            for code, units in wanted.items()
            if units and code in known
        ],
        actor=request.principal.actor,
    )
    said = ngettext("%(count)s location is asked.", "%(count)s locations are asked.", len(made))
    to = _page_of(made[0]) if len(made) == 1 else f"{reverse('transfer-list')}?q={product.sku}"
    return done(request, said % {"count": figure(len(made))}, to)


@staff_page(scope="stock:read", methods=("GET", "HEAD"))
def transfer(request: Any, ref: str) -> HttpResponseBase:
    return _show(request, get_transfer(request.principal, ref))


@staff_page(scope="stock:write", methods=("POST",))
def approve(request: Any, ref: str) -> HttpResponseBase:
    found = get_transfer(request.principal, ref)
    own(request.principal, found.source)
    transferring.approve(found, actor=request.principal.actor)
    return done(request, _("The transfer is approved."), _page_of(found))


@staff_page(scope="stock:write", methods=("POST",))
def ship(request: Any, ref: str) -> HttpResponseBase:
    found = get_transfer(request.principal, ref)
    own(request.principal, found.source)
    form = ShipForm(request.POST, lines=found.lines.select_related("product"))
    if not form.is_valid():
        return _show(request, found, status=422, ship=form)
    transferring.ship(
        found,
        quantities=form.quantities(),
        expected_on=form.cleaned_data["expected_on"],
        actor=request.principal.actor,
    )
    said = _("On its way: it is incoming at %(place)s.") % {"place": display.isolated(found.target.name)}
    return done(request, said, _page_of(found))


@staff_page(scope="stock:write", methods=("POST",))
def receive(request: Any, ref: str) -> HttpResponseBase:
    found = get_transfer(request.principal, ref)
    own(request.principal, found.target)
    form = ReceiveForm(request.POST, lines=found.lines.select_related("product"))
    if not form.is_valid():
        return _show(request, found, status=422, receive=form)
    try:
        after = transferring.receive(
            found, came=form.came(), note=words(form.cleaned_data["note"]), actor=request.principal.actor
        )
    except Problem as problem:
        if problem.code == "reason_required":
            form.add_error("note", _("More came than was sent. Say why."))
        else:
            form.add_error(None, sentence(problem))
        return _show(request, get_transfer(request.principal, ref), status=422, receive=form)
    whole = after.state == TransferState.CLOSED
    said = _("Everything is there.") if whole else _("Counted. The rest is still on its way.")
    return done(request, said, _page_of(found))


@staff_page(scope="stock:write", methods=("POST",))
def close(request: Any, ref: str) -> HttpResponseBase:
    found = get_transfer(request.principal, ref)
    own(request.principal, found.target)
    form = _close_form(request.POST)
    if not form.is_valid():
        return _show(request, found, status=422, close=form)
    transferring.close(found, reason=words(form.cleaned_data["reason"]), actor=request.principal.actor)
    return done(request, _("Closed. What did not come is written off."), _page_of(found))


@staff_page(scope="stock:write", methods=("POST",))
def cancel(request: Any, ref: str) -> HttpResponseBase:
    found = get_transfer(request.principal, ref)
    form = _cancel_form(request.POST)
    if not form.is_valid():
        return _show(request, found, status=422, cancel=form)
    transferring.cancel(found, reason=words(form.cleaned_data["reason"]), actor=request.principal.actor)
    return done(request, _("Cancelled. Its items can be sold again."), _page_of(found))


def _show(request: Any, found: Transfer, *, status: int = 200, **bound: Any) -> HttpResponseBase:
    """The page; `bound` are forms that were refused, by name: ship, receive, close or cancel."""
    principal: Principal = request.principal
    lines = list(found.lines.select_related("product"))
    writes = principal.may("stock:write")
    at_source = writes and _is_own(principal, found.source)
    at_target = writes and _is_own(principal, found.target)
    may = transferring.may_become
    on_the_way = found.state in transfer_list.ON_THE_WAY
    forms: dict[str, Any] = {}
    if at_source and may(found, TransferState.SHIPPED):
        forms["ship"] = ShipForm(lines=lines, initial={"expected_on": found.expected_on})
    if at_target and on_the_way:
        forms["receive"] = ReceiveForm(lines=lines)
        forms["close"] = _close_form()
    if writes and may(found, TransferState.CANCELLED):
        forms["cancel"] = _cancel_form()
    receipts = list(found.receipts.prefetch_related("lines__line__product").order_by("-pk"))
    variances = [one for line in found.lines.prefetch_related("variances") for one in line.variances.all()]
    names = people(
        {found.requested_by, found.approved_by, *(r.actor for r in receipts), *(v.actor for v in variances)}
    )
    skus = {line.pk: line.product.sku for line in lines}
    context = {
        "transfer": found,
        "lines": lines,
        "forms": forms | bound,
        "approves": at_source
        and may(found, TransferState.APPROVED)
        and principal.actor != found.requested_by,
        "asked_by": who(found.requested_by, names),
        "approved_by": who(found.approved_by, names) if found.approved_by else "",
        "receipts": [(one, who(one.actor, names)) for one in receipts],
        "variances": [(one, skus[one.line_id], who(one.actor, names)) for one in variances],
        "on_the_way": on_the_way,
        "missing": sum(line.on_the_way for line in lines),
    }
    return render(request, "inventory/transfer.html", context, status=status)


def _request_page(request: Any, form: RequestForm, lines: Rows) -> HttpResponseBase:
    context = {"form": form, "lines": lines, "costs": False}
    bad = form.is_bound
    return render(request, "inventory/transfer_new.html", context, status=422 if bad else 200)


def _only(available: int) -> str:
    return _("Only %(units)s are there to give.") % {"units": figure(available)}


def _is_own(principal: Principal, place: Location) -> bool:
    return principal.locations is None or place.code in principal.locations


def _close_form(data: Any = None) -> ReasonForm:
    return ReasonForm(data, label=_("What happened to the rest"))


def _cancel_form(data: Any = None) -> ReasonForm:
    return ReasonForm(data, label=_("Why"), required=False)


def _page_of(found: Transfer) -> str:
    return reverse("transfer-detail", args=[found.number])


def _number(typed: str) -> int:
    digits = text.figure(typed)
    return int(digits[:7]) if digits.isascii() and digits.isdigit() else 0
