"""One customer's page: what they bought, what colleagues noted, how they stand; and every act on it."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db.models import Count, Max, Min, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oms.backoffice.customer_forms import BlockForm, ClearForm, NoteForm, ReachForm, TagsForm, TrustForm
from oms.backoffice.mention_words import called, marked
from oms.backoffice.order_page import address_lines
from oms.core.access import Principal
from oms.core.errors import Forbidden, NotFound, Problem
from oms.core.pages import done, staff_page, tell_form
from oms.core.people import people, who
from oms.core.reading import figure
from orders import describing, noting, standing
from orders.access import visible
from orders.models import Comment, Customer, CustomerNote, Marketing, Order
from returns.access import visible as visible_returns
from returns.models import Return

# The newest orders of a customer, notes and returns; the list of orders has the rest.
RECENT = 50

View = Callable[..., HttpResponseBase]
Write = Callable[[Any, Customer, Any], str]


@dataclass(slots=True)
class Bought:
    """A customer's orders in figures as they are now; `spent` is what was paid less what went back, by currency."""

    orders: int = 0
    first: datetime | None = None
    last: datetime | None = None
    spent: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote: about the customer, or about one of their orders."""

    text: str
    at: datetime
    actor: str = ""
    number: int | None = None
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that did not go through, shown again in its dialog."""

    dialog: str
    form: forms.Form


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def detail(request: Any, pk: UUID) -> HttpResponseBase:
    return show(request, find(pk))


def find(pk: UUID) -> Customer:
    """Raises NotFound."""
    customer = Customer.objects.filter(pk=pk).first()
    if customer is None:
        raise NotFound
    return customer


def show(
    request: Any, customer: Customer, *, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    """The page; after a refusal with the dialog it happened in open again."""
    principal = request.principal
    mine = visible(principal).filter(customer=customer)
    orders = list(mine.select_related("channel").order_by("-placed_at", "-pk")[:RECENT])
    asked: list[Return] = []
    if principal.may("returns:read"):
        known = visible_returns(principal).filter(order__customer=customer).select_related("order")
        asked = list(known.order_by("-requested_at", "-id")[:RECENT])
    listed = standing.of_customers([customer])[customer.pk]
    writes = principal.may("orders:write")
    context = {
        "customer": customer,
        "orders": orders,
        "returns": asked,
        "bought": bought(principal, customer),
        "places": places(orders),
        "listed": listed,
        "listers": people({row.listed_by for row in listed}),
        "standing": listed[0].standing if listed else "",
        **words(customer, orders, every_note=request.GET.get("notes") == "all"),
        "order_tags": [tag for tag, _times in Counter(tag for o in orders for tag in o.tags).most_common(20)],
        "writes": writes,
        "refused": refused,
        "forms": {
            **(forms_of(customer) if writes else {}),
            **({refused.dialog: refused.form} if refused else {}),
        },
    }
    return render(request, "backoffice/customer.html", context, status=status)


def forms_of(customer: Customer) -> dict[str, forms.Form]:
    """The forms of the page's dialogs, by dialog."""
    known = {"name": customer.name, "email": customer.email, "phone": customer.phone}
    return {
        "tags": TagsForm(initial={"tags": ", ".join(customer.tags)}, auto_id="tags_%s"),
        "reach": ReachForm(initial=known, auto_id="reach_%s"),
        "block": BlockForm(auto_id="block_%s"),
        "trust": TrustForm(auto_id="trust_%s"),
        "clear": ClearForm(auto_id="clear_%s"),
    }


def act(dialog: str, form_class: type[forms.Form]) -> Callable[[Write], View]:
    """A POST on one customer through a form; the view writes and answers what to say. Refused, its dialog opens."""

    def decorate(write: Write) -> View:
        @wraps(write)
        def acted(request: Any, pk: UUID) -> HttpResponseBase:
            customer = find(pk)
            form = form_class(request.POST, auto_id=f"{dialog}_%s")
            if form.is_valid():
                try:
                    said = write(request, customer, form)
                except (Forbidden, NotFound):
                    raise
                except Problem as problem:
                    tell_form(form, problem)
                else:
                    return done(request, said, reverse("customer-detail", args=[pk]))
            return show(request, customer, refused=Refused(dialog, form), status=422)

        return staff_page(scope="orders:write", methods=("POST",))(acted)

    return decorate


@staff_page(scope="orders:write", methods=("POST",))
def note(request: Any, pk: UUID) -> HttpResponseBase:
    form = NoteForm(request.POST)
    noting.note(find(pk), form.data.get("text", ""), actor=request.principal.actor)
    return done(request, _("The note is kept."), reverse("customer-detail", args=[pk]) + "#notes")


@act("tags", TagsForm)
def tags(request: Any, customer: Customer, form: TagsForm) -> str:
    describing.set_tags(customer, form.words(), actor=request.principal.actor)
    return _("The tags are kept.")


@act("reach", ReachForm)
def reach(request: Any, customer: Customer, form: ReachForm) -> str:
    given = form.cleaned_data
    describing.reach(
        customer,
        name=given["name"],
        email=given["email"],
        phone=given["phone"],
        country=settings.COMPANY_COUNTRY,
        actor=request.principal.actor,
    )
    return _("The contact is kept.")


@staff_page(scope="orders:write", methods=("POST",))
def marketing(request: Any, pk: UUID) -> HttpResponseBase:
    """They agreed to messages, or want none."""
    customer = describing.agree(find(pk), request.POST.get("marketing", ""), actor=request.principal.actor)
    agreed = customer.marketing == Marketing.AGREED
    said = _("They are written to when there is news.") if agreed else _("They are no longer written to.")
    return done(request, said, reverse("customer-detail", args=[pk]))


@act("block", BlockForm)
def block(request: Any, customer: Customer, form: BlockForm) -> str:
    given = form.cleaned_data
    held = standing.block(
        customer, reason=given["reason"], hold_orders=given["hold_orders"], actor=request.principal.actor
    )
    if not held:
        return _("The customer is blocked.")
    said = ngettext(
        "The customer is blocked; %(orders)s order is on hold.",
        "The customer is blocked; %(orders)s orders are on hold.",
        len(held),
    )
    return said % {"orders": figure(len(held))}


@act("trust", TrustForm)
def trust(request: Any, customer: Customer, form: TrustForm) -> str:
    standing.trust(customer, reason=form.cleaned_data["reason"], actor=request.principal.actor)
    return _("The customer is trusted.")


@act("clear", ClearForm)
def clear(request: Any, customer: Customer, form: ClearForm) -> str:
    freed = standing.clear(
        customer, release_orders=form.cleaned_data["release_orders"], actor=request.principal.actor
    )
    if not freed:
        return _("The customer is off the list.")
    said = ngettext(
        "The customer is off the list; %(orders)s order goes on.",
        "The customer is off the list; %(orders)s orders go on.",
        len(freed),
    )
    return said % {"orders": figure(len(freed))}


def bought(principal: Principal, customer: Customer) -> Bought:
    """What a customer bought, in one query."""
    found = Bought()
    rows = (
        visible(principal)
        .filter(customer=customer)
        .order_by()
        .values("currency")
        .annotate(orders=Count("pk"), first=Min("placed_at"), last=Max("placed_at"), spent=Sum("paid"))
    )
    for row in rows:
        found.orders += row["orders"]
        found.first = min(filter(None, (found.first, row["first"])))
        found.last = max(filter(None, (found.last, row["last"])))
        if row["spent"] or not found.spent:
            found.spent[row["currency"]] = row["spent"]
    return found


def places(orders: Iterable[Order]) -> list[tuple[list[str], int]]:
    """Where the orders went, the place used most first."""
    counted: Counter[tuple[str, ...]] = Counter(
        tuple(address_lines(order.shipping_address)) for order in orders if order.shipping_address
    )
    return [(list(lines), times) for lines, times in counted.most_common(6)]


def shows(note: CustomerNote) -> bool:
    """Whether the note is among those that the page begins with."""
    return note.pk in _newest(note.customer_id)[:RECENT].values_list("pk", flat=True)


def _newest(customer_id: UUID) -> "QuerySet[CustomerNote]":
    return CustomerNote.objects.filter(customer=customer_id).order_by("-at", "-pk")


def words(customer: Customer, orders: list[Order], *, every_note: bool = False) -> dict[str, Any]:
    """Notes on the customer, and notes and comments of their orders; each newest first."""
    newest = _newest(customer.pk)
    # One more is read to know that there are older ones.
    noted = list(newest if every_note else newest[: RECENT + 1])
    older = not every_note and len(noted) > RECENT
    noted = noted[:RECENT] if older else noted
    by_id = {order.pk: order for order in orders}
    comments = list(Comment.objects.filter(order__in=by_id).order_by("-at")[:RECENT])
    wrote: list[Comment | CustomerNote] = [*noted, *comments]
    names = people({one.actor for one in wrote} | called(one.text for one in wrote))
    said = [
        Words(marked(one.text, names), one.at, who(one.actor, names), by_id[one.order_id].number)
        for one in comments
    ]
    said += [Words(order.note, order.placed_at, number=order.number) for order in orders if order.note]
    return {
        "notes": [
            Words(marked(one.text, names), one.at, who(one.actor, names), ref=str(one.pk)) for one in noted
        ],
        "older_notes": older,
        "words": sorted(said, key=lambda one: one.at, reverse=True),
    }
