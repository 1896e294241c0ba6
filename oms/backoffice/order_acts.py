"""Every act of the order page: one address, one capability function, back to the page with a sentence.

A form that writes money or units is refused when the order changed since its reader opened it; the page then
shows what changed and keeps what was typed. Notes and tags are refused only when someone else wrote the same.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from fulfillment import cancelling, handing_over, labelling, readdressing, releasing, tracking
from fulfillment.access import visible as visible_shipments
from fulfillment.models import ScanCode, Shipment, ShipmentState
from oms.backoffice import order_page, order_timeline
from oms.backoffice.order_forms import (
    AddressForm,
    CancelForm,
    CaptureForm,
    CommentForm,
    HoldForm,
    NotesForm,
    RecordForm,
    RefundForm,
    TagsForm,
    Versioned,
    WholeCancelForm,
)
from oms.backoffice.order_page import Refused
from oms.backoffice.order_reading import find
from oms.core.errors import Forbidden, IllegalMove, Invalid, NotFound, PreconditionFailed, Problem
from oms.core.models import Event
from oms.core.pages import done, sentence, staff_page, tell_form
from oms.core.people import people
from oms.core.reading import figure
from orders import attention, changing, commenting, holds, payments, progress
from orders.changing import OrderPatch
from orders.models import Line, Order

Act = Callable[..., HttpResponseBase]
Write = Callable[[Order], str]


def page_of(order: Order) -> str:
    """Where the order is shown."""
    return reverse("order-detail", args=[order.number])


def act(scope: str = "orders:write") -> Callable[[Act], Act]:
    """A POST on one order. The view gets the order; a refusal is a toast on its page."""

    def decorate(view: Act) -> Act:
        @wraps(view)
        def acted(request: Any, ref: str, **kwargs: Any) -> HttpResponseBase:
            order = find(request.principal, ref)
            try:
                return view(request, order, **kwargs)
            except (Forbidden, NotFound):
                raise
            except Problem as problem:
                if request.htmx:
                    raise
                messages.error(request, sentence(problem))
                return HttpResponseRedirect(page_of(order))

        return staff_page(scope=scope, methods=("POST",))(acted)

    return decorate


def submit(request: Any, order: Order, dialog: str, form: forms.Form, write: Write) -> HttpResponseBase:
    """Check the form, write, say what `write` returns; refused, the dialog opens again with what was typed."""
    if not form.is_valid():
        return order_page.show(request, order, refused=Refused(dialog, form), status=422)
    try:
        with transaction.atomic():
            said = write(progress.lock(order.pk))
    except PreconditionFailed:
        return _stale(request, order, dialog, cast(Versioned, form))
    except (Forbidden, NotFound):
        raise
    except Problem as problem:
        tell_form(form, problem)
        return order_page.show(request, order, refused=Refused(dialog, form), status=422)
    return done(request, said, page_of(order))


def require_fresh(order: Order, form: forms.Form) -> None:
    """Raises PreconditionFailed when the locked order is not the one the form was opened on."""
    if order.version != form.cleaned_data["version"]:
        raise PreconditionFailed


def require_untouched(order: Order, form: forms.Form, *fields: str) -> None:
    """Raises PreconditionFailed when someone wrote one of these fields since the form was opened."""
    if order.version == form.cleaned_data["version"]:
        return
    since = Event.objects.filter(thread=order.ref, id__gt=form.cleaned_data["seen"], kind="order.changed")
    if any(set(fields) & set(event.data.get("fields", [])) for event in since):
        raise PreconditionFailed


def _stale(request: Any, order: Order, dialog: str, form: Versioned) -> HttpResponseBase:
    """The page as it is now, what changed in words, and the form as it was typed, ready for a second look."""
    order = find(request.principal, str(order.number))
    since = list(
        Event.objects.filter(thread=order.ref, id__gt=form.cleaned_data["seen"]).order_by("-id")[:20]
    )
    now = order_page.read(request.principal, order)
    now.people.update(people(event.actor for event in since))
    changed = [order_timeline.told(event, now) for event in since]
    typed = cast(QueryDict, form.data).copy()
    typed["version"], typed["seen"] = str(order.version), str(max([0, *(event.pk for event in since)]))
    form.data = typed
    return order_page.show(request, order, refused=Refused(dialog, form, changed), status=409)


@act()
def hold(request: Any, order: Order) -> HttpResponseBase:
    form = HoldForm(request.POST, auto_id="hold_%s")

    def write(order: Order) -> str:
        chosen = form.cleaned_data
        holds.place(order, reason=chosen["reason"], note=chosen["note"], actor=request.principal.actor)
        return _("The order is on hold.")

    return submit(request, order, "hold", form, write)


@act()
def release(request: Any, order: Order) -> HttpResponseBase:
    """The holds named by `hold`, or all that stand."""
    named = set(request.POST.getlist("hold"))
    with transaction.atomic():
        order = progress.lock(order.pk)
        standing = holds.open_holds(order)
        wanted = [hold for hold in standing if not named or str(hold.pk) in named]
        if not wanted:
            return done(request, _("This hold was released already."), page_of(order))
        for each in wanted:
            holds.release(order, each, actor=request.principal.actor)
    said = _("The order goes on.") if len(wanted) == len(standing) else _("The hold is released.")
    return done(request, said, page_of(order))


@act()
def important(request: Any, order: Order) -> HttpResponseBase:
    """Looked at before others, or no longer."""
    if request.POST.get("important") == "no":
        attention.unmark(order, actor=request.principal.actor)
        return done(request, _("The order is one like others."), page_of(order))
    attention.mark(order, actor=request.principal.actor)
    return done(request, _("The order is important."), page_of(order))


@act()
def cancel(request: Any, order: Order) -> HttpResponseBase:
    """All that has not left."""
    form = WholeCancelForm(request.POST, auto_id="cancel_%s")

    def write(order: Order) -> str:
        require_fresh(order, form)
        cancelling.cancel(
            order.pk, asked=None, reason=form.cleaned_data["reason"], actor=request.principal.actor
        )
        return _("The order is cancelled.")

    return submit(request, order, "cancel", form, write)


@act()
def cancel_items(request: Any, order: Order) -> HttpResponseBase:
    """Some units of some lines."""
    lines: list[Line] = list(order.lines.select_related("product").order_by("position"))
    form = CancelForm(request.POST, lines=lines, auto_id="items_%s")

    def write(order: Order) -> str:
        require_fresh(order, form)
        asked = [
            cancelling.Asked(line, units, f"/lines/{place}")
            for place, (line, units) in enumerate(form.asked().items())
        ]
        reason = form.cleaned_data["reason"]
        cancelling.cancel(order.pk, asked=asked, reason=reason, actor=request.principal.actor)
        return _("Items cancelled: %(units)s.") % {"units": figure(sum(form.asked().values()))}

    return submit(request, order, "cancel-items", form, write)


@act()
def cancel_preview(request: Any, order: Order) -> HttpResponseBase:
    """What the chosen units are worth and what the order comes to without them. Writes nothing."""
    lines: list[Line] = list(order.lines.select_related("product").order_by("position"))
    form = CancelForm(request.POST, lines=lines, auto_id="items_%s")
    sums: list[tuple[str, Decimal, bool]] = []
    if form.is_valid():
        then = cancelling.outcome(order, form.asked())
        sums = [
            (_("Worth of these items"), then.worth, False),
            (_("The order comes to"), then.total, False),
            (_("To refund then"), then.refund, True),
        ]
    return render(request, "returns/_sums.html", {"sums": sums, "order": order})


@act()
def capture(request: Any, order: Order) -> HttpResponseBase:
    """What was authorised is taken."""
    entries = list(order.payments.order_by("at", "id"))
    form = CaptureForm(request.POST, order=order, entries=entries, auto_id="capture_%s")

    def write(order: Order) -> str:
        require_fresh(order, form)
        method, _colon, provider = form.cleaned_data["source"].partition(":")
        return _record(request, order, form, kind="capture", method=method, provider=provider)

    return submit(request, order, "capture", form, write)


@act()
def record(request: Any, order: Order) -> HttpResponseBase:
    """Money that came in by hand: cash, a transfer, a cheque."""
    form = RecordForm(request.POST, order=order, auto_id="record_%s")

    def write(order: Order) -> str:
        require_fresh(order, form)
        return _record(request, order, form, kind="capture", method=form.cleaned_data["method"])

    return submit(request, order, "record", form, write)


def _record(
    request: Any, order: Order, form: forms.Form, *, kind: str, method: str, provider: str = "manual"
) -> str:
    entry = payments.record_payment(
        order,
        kind=kind,
        method=method,
        amount=form.cleaned_data["amount"],
        reference=form.cleaned_data.get("reference", ""),
        provider=provider,
        actor=request.principal.actor,
    )
    return _("%(amount)s received.") % {"amount": order_timeline.money(entry.amount, order)}


@act()
def refund(request: Any, order: Order) -> HttpResponseBase:
    """Back the way it was paid."""
    form = RefundForm(request.POST, order=order, auto_id="refund_%s")

    def write(order: Order) -> str:
        require_fresh(order, form)
        amount = form.cleaned_data["amount"]
        reference = form.cleaned_data["reference"]
        payments.refund(order, amount, reference=reference, actor=request.principal.actor)
        return _("%(amount)s refunded.") % {"amount": order_timeline.money(amount, order)}

    return submit(request, order, "refund", form, write)


@act()
def void(request: Any, order: Order) -> HttpResponseBase:
    """What is authorised and not captured is let go."""
    form = WholeCancelForm(request.POST, auto_id="void_%s")

    def write(order: Order) -> str:
        require_fresh(order, form)
        payments.void_open(order, actor=request.principal.actor)
        return _("The authorisation is released.")

    return submit(request, order, "void", form, write)


@act()
def notes(request: Any, order: Order) -> HttpResponseBase:
    form = NotesForm(request.POST, auto_id="notes_%s")

    def write(order: Order) -> str:
        require_untouched(order, form, "note", "gift_message")
        wanted = {name: form.cleaned_data[name].replace("\r\n", "\n") for name in ("note", "gift_message")}
        told = {name: value for name, value in wanted.items() if value != getattr(order, name)}
        changing.change(order, OrderPatch(**told), actor=request.principal.actor)
        return _("The notes are saved.")

    return submit(request, order, "notes", form, write)


@act()
def tags(request: Any, order: Order) -> HttpResponseBase:
    form = TagsForm(request.POST, auto_id="tags_%s")

    def write(order: Order) -> str:
        require_untouched(order, form, "tags")
        words = form.words()
        if len(words) > 50:
            raise Invalid.at("/tags", _("At most 50 tags."))
        try:
            if words != order.tags:
                changing.change(order, OrderPatch(tags=words), actor=request.principal.actor)
        except Invalid as problem:
            raise Invalid.at("/tags", problem.detail) from problem
        return _("The tags are saved.")

    return submit(request, order, "tags", form, write)


@act()
def address(request: Any, order: Order) -> HttpResponseBase:
    """Where what has not left goes."""
    form = AddressForm(request.POST, order=order, auto_id="address_%s")

    def write(order: Order) -> str:
        require_untouched(order, form, "shipping_address")
        readdressing.correct(order.pk, form.address(), actor=request.principal.actor)
        return _("The address is corrected.")

    return submit(request, order, "address", form, write)


@act()
def comment(request: Any, order: Order) -> HttpResponseBase:
    form = CommentForm(request.POST)
    if form.is_valid():
        commenting.comment(order, form.cleaned_data["text"], actor=request.principal.actor)
        return HttpResponseRedirect(f"{page_of(order)}#timeline")
    raise Invalid(
        _("Write something first.")
        if not request.POST.get("text", "").strip()
        else _("The comment is too long.")
    )


def parcel_of(request: Any, order: Order, number: str) -> Shipment:
    """One of the order's parcels that the asker may see. Raises NotFound."""
    found = visible_shipments(request.principal).filter(order=order, number=number[:40]).first()
    if found is None:
        raise NotFound
    return found


@act("shipments:write")
def release_parcels(request: Any, order: Order) -> HttpResponseBase:
    """Every planned parcel goes to the floor."""
    mine = visible_shipments(request.principal).filter(order=order, state=ShipmentState.PLANNED)
    planned: list[UUID] = list(mine.order_by("number").values_list("pk", flat=True))
    if not planned:
        raise IllegalMove
    with transaction.atomic():
        for pk in planned:
            releasing.release(pk, actor=request.principal.actor)
    return done(request, _("The warehouse has it."), page_of(order))


@act("shipments:write")
def release_parcel(request: Any, order: Order, number: str) -> HttpResponseBase:
    releasing.release(parcel_of(request, order, number).pk, actor=request.principal.actor)
    return done(request, _("The warehouse has it."), page_of(order))


@act("shipments:write")
def label_parcel(request: Any, order: Order, number: str) -> HttpResponseBase:
    labelling.label(parcel_of(request, order, number).pk, actor=request.principal.actor)
    return done(request, _("The label is booked; its papers print in a moment."), page_of(order))


@act("shipments:write")
def hand_over_parcel(request: Any, order: Order, number: str) -> HttpResponseBase:
    shipment = handing_over.hand_over(parcel_of(request, order, number).pk, actor=request.principal.actor)
    if shipment.state == ShipmentState.READY_FOR_PICKUP:
        return done(request, _("It waits at the counter."), page_of(order))
    return done(request, _("It is on its way."), page_of(order))


@act("shipments:write")
def collected_parcel(request: Any, order: Order, number: str) -> HttpResponseBase:
    shipment = parcel_of(request, order, number)
    tracking.scan(shipment.pk, code=ScanCode.DELIVERED, actor=request.principal.actor)
    return done(request, _("The customer has it."), page_of(order))
