"""The customers: a list to find someone in."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import Count, Max, Min, QuerySet, Sum
from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from oms.core import text
from oms.core.access import Principal
from oms.core.listing import Column, Listing
from oms.core.pages import part_or_page, staff_page
from orders.access import visible
from orders.models import Customer, Order
from orders.queries import local_phones


@dataclass(slots=True)
class Bought:
    """A customer's orders in figures; `spent` is what was paid less what went back, by currency."""

    orders: int = 0
    first: datetime | None = None
    last: datetime | None = None
    spent: dict[str, Decimal] = field(default_factory=dict)


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
