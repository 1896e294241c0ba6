"""The customers: a list to find someone in, and a page of everything between them and us."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Count, Max, Min, QuerySet, Sum
from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from oms.backoffice.order_page import address_lines
from oms.core import text
from oms.core.access import Principal
from oms.core.errors import NotFound
from oms.core.listing import Column, Listing
from oms.core.pages import part_or_page, staff_page
from oms.core.people import people, who
from orders.access import visible
from orders.models import Comment, Customer, Order
from orders.queries import local_phones
from returns.access import visible as visible_returns
from returns.models import Return

# The newest orders of a customer; the list of orders has the rest.
RECENT = 50


@dataclass(slots=True)
class Bought:
    """A customer's orders in figures; `spent` is what was paid less what went back, by currency."""

    orders: int = 0
    first: datetime | None = None
    last: datetime | None = None
    spent: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Words:
    """A note or a comment about a customer's order."""

    number: int
    text: str
    at: datetime
    actor: str = ""


class CustomerFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="search")

    class Meta:
        model = Customer
        fields: tuple[str, ...] = ()

    def search(self, rows: "QuerySet[Customer]", name: str, value: str) -> "QuerySet[Customer]":
        """By e-mail or phone in any digits, else by the beginning of a name under which something was ordered."""
        return named(rows, value)


def named(rows: "QuerySet[Customer]", q: str) -> "QuerySet[Customer]":
    """The customers meant by what was typed, by index alone."""
    digits = text.digits(q.strip())
    if "@" in digits:
        return rows.filter(email_key=text.email_key(digits))
    if any(char.isdigit() for char in digits):
        return rows.filter(phone_key__in={text.phone_key(digits), *local_phones(digits)} - {""})
    key = text.name_key(q)
    if not key:
        return rows.none()
    found = Order.objects.filter(name_key__startswith=key).order_by().values_list("customer_id", flat=True)
    return rows.filter(pk__in=set(found[:1000]))


LISTING = Listing(
    name="customers",
    columns=(
        Column("name", _("Customer"), fixed=True),
        Column("contact", _("Contact")),
        Column("orders", _("Orders"), numeric=True),
        Column("spent", _("Spent"), numeric=True),
        Column("last", _("Last order")),
        # A customer's key grows with time: its order is the order of arrival.
        Column("since", _("Customer since"), sort="pk"),
    ),
    row_template="backoffice/_customer_row.html",
    default_sort="-since",
    filterset=CustomerFilter,
    search_label=_("Name, e-mail or phone"),
    empty_title=_("No customers yet"),
    empty_text=_("Whoever orders is listed here."),
    empty_icon="users",
)


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def customer_list(request: Any) -> HttpResponseBase:
    page = LISTING.read(request, Customer.objects.all())
    figures = bought(request.principal, [row.pk for row in page.rows])
    for row in page.rows:
        row.bought = figures.get(row.pk, Bought())
    return part_or_page(
        request,
        "backoffice/customers.html",
        "_list_part.html",
        {"list": page, "imports": request.principal.may("orders:write")},
    )


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def customer_detail(request: Any, pk: UUID) -> HttpResponseBase:
    customer = Customer.objects.filter(pk=pk).first()
    if customer is None:
        raise NotFound
    principal = request.principal
    mine = visible(principal).filter(customer=customer)
    orders = list(mine.select_related("channel").order_by("-placed_at", "-pk")[:RECENT])
    asked: list[Return] = []
    if principal.may("returns:read"):
        known = visible_returns(principal).filter(order__customer=customer).select_related("order")
        asked = list(known.order_by("-requested_at", "-id")[:RECENT])
    return render(
        request,
        "backoffice/customer.html",
        {
            "customer": customer,
            "orders": orders,
            "returns": asked,
            "bought": bought(principal, [pk]).get(pk, Bought()),
            "places": places(orders),
            "words": words(orders),
            "tags": [tag for tag, _times in Counter(tag for o in orders for tag in o.tags).most_common(20)],
        },
    )


def bought(principal: Principal, keys: Iterable[UUID]) -> dict[UUID, Bought]:
    """What these customers bought, in one query."""
    found: dict[UUID, Bought] = defaultdict(Bought)
    rows = (
        visible(principal)
        .filter(customer_id__in=list(keys))
        .order_by()
        .values("customer_id", "currency")
        .annotate(orders=Count("pk"), first=Min("placed_at"), last=Max("placed_at"), spent=Sum("paid"))
    )
    for row in rows:
        one = found[row["customer_id"]]
        one.orders += row["orders"]
        one.first = min(filter(None, (one.first, row["first"])))
        one.last = max(filter(None, (one.last, row["last"])))
        if row["spent"] or not one.spent:
            one.spent[row["currency"]] = row["spent"]
    return dict(found)


def places(orders: Iterable[Order]) -> list[tuple[list[str], int]]:
    """Where the orders went, the place used most first."""
    counted: Counter[tuple[str, ...]] = Counter(
        tuple(address_lines(order.shipping_address)) for order in orders if order.shipping_address
    )
    return [(list(lines), times) for lines, times in counted.most_common(6)]


def words(orders: list[Order]) -> list[Words]:
    """Notes of the orders and what colleagues wrote about them, newest first."""
    by_id = {order.pk: order for order in orders}
    comments = list(Comment.objects.filter(order__in=by_id).order_by("-at")[:RECENT])
    names = people({comment.actor for comment in comments})
    said = [Words(by_id[one.order_id].number, one.text, one.at, who(one.actor, names)) for one in comments]
    said += [Words(order.number, order.note, order.placed_at) for order in orders if order.note]
    return sorted(said, key=lambda one: one.at, reverse=True)
