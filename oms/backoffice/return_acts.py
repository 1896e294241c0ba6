"""Every act on a return: decide, label, receive, inspect, refund, and the sum an inspection would come to."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from inventory.models import Location
from oms.backoffice import return_list
from oms.backoffice.inspect_form import InspectForm
from oms.backoffice.return_forms import DecisionForm, ReceiveForm, RefundForm, RegisterForm
from oms.backoffice.return_page import Seen, read, show
from oms.core import exporting, money, text
from oms.core.errors import NotFound, Problem
from oms.core.pages import done, part_or_page, staff_page, tell_form
from returns import approving, crediting, inspecting, labelling, receiving, reimbursing
from returns.access import at_the_door, get_return, visible
from returns.models import Acceptance, Resolution

# Words, an amount – none while what was typed is wrong – and whether it is the one that counts.
Sum = tuple[str, Decimal | None, bool]


@staff_page(scope="returns:read", methods=("GET", "HEAD"))
def returns(request: Any) -> HttpResponseBase:
    return _list(request)


@staff_page(scope="returns:read", methods=("GET", "HEAD"))
def scan(request: Any) -> HttpResponseBase:
    """`?code=`: the return of that number or label is opened, as a scanner expects; else what the list finds."""
    code = request.GET.get("code", "").replace("\x00", "").strip()[:254]
    here = list(return_list.named(at_the_door(request.principal), code)[:2]) if code else []
    found = here or (list(return_list.search(visible(request.principal), code)[:2]) if code else [])
    if len(found) == 1:
        return redirect("return-detail", found[0].number)
    return redirect(f"{reverse('return-list')}?{urlencode({'q': code})}")


@staff_page(scope="orders:read", methods=("POST",))
def register(request: Any) -> HttpResponseBase:
    """From the number of an order to the form that registers a return of it."""
    request.principal.require("returns:write")
    form = RegisterForm(request.POST, principal=request.principal)
    if not form.is_valid():
        return _list(request, form)
    return redirect("order-return", form.cleaned_data["order"].number)


@staff_page(scope="returns:write", methods=("POST",))
def accept(request: Any, ref: str) -> HttpResponseBase:
    returned = get_return(request.principal, ref)
    approving.decide(returned, decision=Acceptance.ACCEPTED, actor=request.principal.actor)
    return _back(request, returned.number, _("The return is accepted."))


@staff_page(scope="returns:write", methods=("POST",))
def reject(request: Any, ref: str) -> HttpResponseBase:
    returned = get_return(request.principal, ref)
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return show(request, read(request.principal, ref), status=422, reject=form)
    note = _clean(form.cleaned_data["note"])
    approving.decide(returned, decision=Acceptance.REJECTED, note=note, actor=request.principal.actor)
    return _back(request, returned.number, _("The return is rejected."))


@staff_page(scope="returns:write", methods=("POST",))
def label(request: Any, ref: str) -> HttpResponseBase:
    returned = labelling.label(get_return(request.principal, ref), actor=request.principal.actor)
    return _back(request, returned.number, _("The label is being drawn."))


@staff_page(scope="returns:read", methods=("GET", "HEAD"))
def label_pdf(request: Any, ref: str) -> HttpResponseBase:
    returned = get_return(request.principal, ref)
    content = labelling.drawn(returned)
    if content is None:
        raise NotFound
    name = f'inline; filename="{returned.number}.pdf"'
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": name})


@staff_page(scope="returns:write", methods=("POST",))
def receive(request: Any, ref: str) -> HttpResponseBase:
    seen = read(request.principal, ref)
    form = ReceiveForm(request.POST, lines=seen.lines, places=seen.places)
    if not form.is_valid():
        return show(request, seen, status=422, receive=form)
    try:
        receiving.receive(
            seen.returned,
            location=Location.objects.get(code=form.cleaned_data["location"]),
            lines=form.came(),
            actor=request.principal.actor,
        )
    except Problem as problem:
        return _told(request, ref, "receive", form, problem)
    return _back(request, seen.returned.number, _("Received. Now look at what came."))


@staff_page(scope="returns:write", methods=("POST",))
def inspect(request: Any, ref: str) -> HttpResponseBase:
    seen = read(request.principal, ref)
    form = InspectForm(request.POST, lines=seen.lines, waiting=seen.lying, lots=seen.lots)
    if not form.is_valid():
        return show(request, seen, status=422, inspect=form)
    try:
        inspecting.inspect(
            seen.returned,
            lines=form.found(),
            actor=request.principal.actor,
            at=request.principal.locations,
        )
    except Problem as problem:
        return _told(request, ref, "inspect", form, problem, form.pointers())
    return _back(request, seen.returned.number, _("Inspected: stock and credit follow."))


@staff_page(scope="orders:write", methods=("POST",))
def refund(request: Any, ref: str) -> HttpResponseBase:
    seen = read(request.principal, ref)
    form = RefundForm(request.POST, returned=seen.returned, owed=seen.owed)
    if not form.is_valid():
        return show(request, seen, status=422, refund=form)
    kind = form.cleaned_data["kind"]
    try:
        reimbursing.reimburse(
            seen.returned, kind=kind, amount=form.cleaned_data["amount"], actor=request.principal.actor
        )
    except Problem as problem:
        return _told(request, ref, "refund", form, problem)
    said = _("The customer is refunded.") if kind == Resolution.REFUND else _("The return is settled.")
    return _back(request, seen.returned.number, said)


@staff_page(scope="returns:write", methods=("POST",))
def preview(request: Any, ref: str) -> HttpResponseBase:
    """What the page's form would come to, before anybody presses its button. Writes nothing."""
    refunds = request.POST.get("about") == "refund"
    if refunds:
        request.principal.require("orders:write")
    seen = read(request.principal, ref)
    sums, wrong = _refunded(request, seen) if refunds else _inspected(request, seen)
    context = {"sums": sums, "wrong": wrong, "order": seen.returned.order}
    return render(request, "returns/_sums.html", context)


def _inspected(request: Any, seen: Seen) -> tuple[list[Sum], str]:
    form = InspectForm(request.POST, lines=seen.lines, waiting=seen.lying, lots=seen.lots)
    order = seen.returned.order
    kept = form.kept() if form.is_valid() else []
    if wrong := _at_a_field(form):
        return [(_("Credited for these units"), None, False), (_("To refund then"), None, True)], wrong
    credited, fee, _units = crediting.worth(order, kept)
    sums: list[Sum] = [(_("Credited for these units"), credited, False)]
    if fee:
        sums.append((_("Kept as a fee"), fee, False))
    sums.append((_("To refund then"), money.rounded(seen.due + credited, order.currency), True))
    return sums, ""


def _refunded(request: Any, seen: Seen) -> tuple[list[Sum], str]:
    form = RefundForm(request.POST, returned=seen.returned, owed=seen.owed)
    given = form.cleaned_data.get("amount") or Decimal(0) if form.is_valid() else None
    sums: list[Sum] = [
        (_("Worth of what came back"), seen.returned.credited, False),
        (_("Refunded before"), seen.returned.refunded, False),
        (_("The customer gets now"), given, True),
    ]
    if given is not None and seen.due > given:
        sums.append((_("Stays with you"), seen.due - given, False))
    return sums, _at_a_field(form)


def _at_a_field(form: forms.Form) -> str:
    """What is wrong with the first field that is; nothing while there is only nothing chosen yet."""
    return next((str(faults[0]) for name, faults in form.errors.items() if name != NON_FIELD_ERRORS), "")


def _list(request: Any, refused: RegisterForm | None = None) -> HttpResponseBase:
    principal = request.principal
    page = return_list.LISTING.read(request, return_list.rows(principal))
    if request.GET.get("export"):
        return exporting.download(page, request.GET["export"], name="returns")
    may = principal.may("returns:write") and principal.may("orders:read")
    form = refused or (RegisterForm(principal=principal) if may else None)
    context = {"list": page, "form": form, "refused": refused is not None}
    status = 422 if refused else 200
    return part_or_page(request, "returns/list.html", "_list_part.html", context, status=status)


def _told(
    request: Any, ref: str, name: str, form: Any, problem: Problem, fields: Mapping[str, str] | None = None
) -> HttpResponseBase:
    """The page as it is now, the refusal at its field or above the form it is about."""
    tell_form(form, problem, fields)
    return show(request, read(request.principal, ref), status=422, **{name: form})


def _back(request: Any, number: str, said: str) -> HttpResponseBase:
    return done(request, said, reverse("return-detail", args=[number]))


def _clean(note: str) -> str:
    try:
        return text.clean(note, 1000, lines=True)
    except ValueError:
        return "".join(char for char in note if char.isprintable() or char == "\n")[:1000]
