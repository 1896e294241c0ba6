"""Reads that several callers share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from oms.core import text
from orders import names
from orders.models import Hold, Order
from orders.placement import Placed

OPEN_HOLDS = Prefetch(
    "holds",
    Hold.objects.filter(released_at=None).order_by("since", "id"),
    to_attr="open_holds",
)


def load(order: Order, channel: str, *, new: bool = True) -> Placed:
    """An order with all its rows, in three queries."""
    return Placed(
        order,
        list(order.lines.order_by("position")),
        list(order.holds.filter(released_at=None).order_by("since", "id")),
        list(order.payments.order_by("at", "id")),
        channel,
        new,
    )


def find(orders: "QuerySet[Order]", q: str) -> "QuerySet[Order]":
    """Exact number, external id, e-mail or phone; where nothing is called exactly so, the beginning of a name."""
    ids = find_exact(orders, q)
    if ids:
        return orders.filter(pk__in=ids)
    key = text.name_key(q.strip())
    return orders.filter(name_key__startswith=key) if key else orders.none()


def called(orders: "QuerySet[Order]", name: str) -> "QuerySet[Order]":
    """Those under a name with words that begin so, in any order."""
    condition = names.called(name)
    return orders.filter(condition) if condition else orders.none()


def find_exact(orders: "QuerySet[Order]", q: str) -> list[UUID]:
    """Orders called exactly so, by number, external id, e-mail or phone in any digits.

    Each way is its own index look-up, so the cost does not grow with the number of orders.
    """
    q = q.strip()
    folded = text.digits(q)
    phone = text.phone_key(folded) if any(c.isdigit() for c in folded) else ""
    exact = [orders.filter(external_id=q)]
    if folded.isdecimal() and len(folded) <= 18:
        exact.append(orders.filter(number=int(folded)))
    if "@" in q:
        exact.append(orders.filter(email_key=text.email_key(q)))
    if phones := {phone, *local_phones(folded)} - {""}:
        exact.append(orders.filter(phone_key__in=phones))
    return [row for query in exact for row in query.order_by().values_list("pk", flat=True)[:1000]]


def tagged(orders: "QuerySet[Order]", tags: list[str]) -> "QuerySet[Order]":
    """Those with any of these tags. The index knows orders with tags only, so the query says that too."""
    return orders.filter(~Q(tags=[]), tags__overlap=tags)


# The countries the first users sell in: a number typed without its country is tried in each.
HOME_COUNTRIES = ("SA", "AE", "KW", "IR", "BH", "QA", "OM")


def local_phones(digits: str) -> list[str]:
    """E.164 forms a locally typed number may mean."""
    plain = "".join(c for c in digits if c.isdigit())
    if len(plain) < 7 or digits.startswith("+"):
        return []
    return [text.phone_key(plain, country) for country in HOME_COUNTRIES]


def page_of(
    orders: "QuerySet[Order]",
    *,
    field: str,
    newest_first: bool,
    after: Sequence[Any] | None,
    limit: int,
) -> list[Order]:
    """`limit + 1` orders in the order of `field` and id, after a cursor's values: one index range."""
    sign = "-" if newest_first else ""
    if after is not None:
        step = "lt" if newest_first else "gt"
        value, pk = after
        orders = orders.filter(**{f"{field}__{step}e": value}).filter(
            Q(**{f"{field}__{step}": value}) | Q(**{f"{field}": value, f"pk__{step}": pk})
        )
    return list(
        orders.order_by(f"{sign}{field}", f"{sign}pk")
        .select_related("channel")
        .prefetch_related(OPEN_HOLDS)[: limit + 1]
    )


def instant(value: str) -> datetime:
    """A cursor's time. ValueError for anything else."""
    return datetime.fromisoformat(value)
