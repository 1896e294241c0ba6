"""Customers by their history: what a segment asks, and who is in it now.

`Conditions` are plain data, JSON in and out, so that a list's filters and a campaign keep the same thing. All that are
set must hold. Money is in one currency at a time: there is no table of rates to add them up by.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from django.conf import settings
from django.db.models import DecimalField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone
from msgspec import Meta

from inventory.models import Product
from oms.core import company, text
from oms.core.errors import Invalid
from oms.core.models import Channel
from oms.core.planning import only, rare_keys
from orders import names
from orders.models import Customer, Line, ListedContact, Order, Status
from orders.queries import local_phones

# Lists of contacts up to so long are told to the database one by one.
SHORT_LIST = 2000

Days = Annotated[int, Meta(ge=1, le=36500)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Words = tuple[Annotated[str, Meta(min_length=1, max_length=64)], ...]


class Conditions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is left out asks nothing. Days are counted back from now; `currency` empty is the company's."""

    q: str = ""
    orders_min: Count | None = None
    orders_max: Count | None = None
    paid_min: Decimal | None = None
    paid_max: Decimal | None = None
    currency: Annotated[str, Meta(pattern="^([A-Z]{3})?$")] = ""
    ordered_within: Days | None = None
    not_ordered_for: Days | None = None
    new_within: Days | None = None
    last_after: date | None = None
    last_before: date | None = None
    returned_min: Count | None = None
    cancelled_min: Count | None = None
    channels: Words = ()
    countries: Words = ()
    city: Annotated[str, Meta(max_length=100)] = ""
    bought: Annotated[str, Meta(max_length=64)] = ""
    bought_within: Days | None = None
    tags: Words = ()
    without_tag: Annotated[str, Meta(max_length=64)] = ""
    standing: tuple[Literal["blocked", "trusted", "none"], ...] = ()
    marketing: tuple[Literal["unknown", "agreed", "refused"], ...] = ()
    reached_by: tuple[Literal["email", "phone"], ...] = ()
    languages: Words = ()


def plain(conditions: Conditions) -> dict[str, Any]:
    """As JSON keeps them."""
    kept: dict[str, Any] = msgspec.to_builtins(conditions)
    return kept


def read(given: Any) -> Conditions:
    """Back from JSON. Raises Invalid for a field nobody knows or a value that is none."""
    try:
        return msgspec.convert(given, Conditions, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid.at("/conditions", str(error)) from error


def members(
    conditions: Conditions, customers: "QuerySet[Customer]", *, now: datetime | None = None
) -> "QuerySet[Customer]":
    """Those of `customers` for whom every condition holds, unordered as they came.

    A condition's days are the company's, so that a page and a worker mean the same customers.
    """
    now = now or timezone.now()
    asked = conditions
    found = _called(customers, asked.q) if asked.q.strip() else customers
    found = _counted(found, asked)
    found = _paid(found, asked)
    found = _when(found, asked, now)
    if asked.channels:
        known = list(Channel.objects.filter(code__in=asked.channels).values_list("pk", flat=True))
        found = found.filter(channels__overlap=known)
    if asked.countries:
        found = found.filter(countries__overlap=list(asked.countries))
    if asked.city.strip():
        found = found.filter(cities__contains=[asked.city.strip().lower()])
    if asked.bought:
        found = _bought(found, asked, now)
    if asked.tags:
        found = found.filter(~Q(tags=[]), tags__overlap=list(asked.tags))
    if asked.without_tag:
        found = found.exclude(tags__contains=[asked.without_tag])
    if asked.standing:
        found = _standing(found, asked.standing)
    if asked.marketing:
        found = found.filter(marketing__in=asked.marketing)
    for way in asked.reached_by:
        found = found.filter(**{f"{way}_key__gt": ""})
    if asked.languages:
        found = found.filter(language__in=asked.languages)
    return found


def _called(customers: "QuerySet[Customer]", q: str) -> "QuerySet[Customer]":
    """By e-mail or phone in any digits, else by words of a name of theirs."""
    digits = text.digits(q.replace("\x00", "").strip())
    if "@" in digits:
        return customers.filter(email_key=text.email_key(digits))
    if any(char.isdigit() for char in digits):
        return customers.filter(phone_key__in={text.phone_key(digits), *local_phones(digits)} - {""})
    # The first so many of a common name: nobody leafs through more.
    return only(customers, rare_keys(names.customer_keys(digits)[:1000], 1000) or "{}")


def _counted(found: "QuerySet[Customer]", asked: Conditions) -> "QuerySet[Customer]":
    bounds = {
        "order_count__gte": asked.orders_min,
        "order_count__lte": asked.orders_max,
        "returned_count__gte": asked.returned_min,
        "cancelled_count__gte": asked.cancelled_min,
    }
    return found.filter(**{name: bound for name, bound in bounds.items() if bound is not None})


def _paid(found: "QuerySet[Customer]", asked: Conditions) -> "QuerySet[Customer]":
    bounds = [("gte", asked.paid_min), ("lte", asked.paid_max)]
    set_bounds = {f"paid__{step}": bound for step, bound in bounds if bound is not None}
    if not set_bounds or asked.currency in ("", settings.COMPANY_CURRENCY):
        return found.filter(**set_bounds)
    kept = KeyTextTransform(asked.currency, "paid_elsewhere")
    found = found.alias(there=Cast(kept, DecimalField(max_digits=20, decimal_places=4)))
    return found.filter(**{name.replace("paid", "there"): bound for name, bound in set_bounds.items()})


def _when(found: "QuerySet[Customer]", asked: Conditions, now: datetime) -> "QuerySet[Customer]":
    """Each is said of `ordered_at` too, which has an index: it is the last order's moment where there is one."""
    if asked.ordered_within:
        found = _since(found, "last_order_at", now - timedelta(days=asked.ordered_within))
    if asked.not_ordered_for:
        found = _until(found, now - timedelta(days=asked.not_ordered_for))
    if asked.new_within:
        found = _since(found, "first_order_at", now - timedelta(days=asked.new_within))
    if asked.last_after:
        found = _since(found, "last_order_at", company.midnight(asked.last_after))
    if asked.last_before:
        found = _until(found, company.midnight(asked.last_before + timedelta(days=1)))
    return found


def _since(found: "QuerySet[Customer]", field: str, moment: datetime) -> "QuerySet[Customer]":
    return found.filter(**{f"{field}__gte": moment}, ordered_at__gte=moment)


def _until(found: "QuerySet[Customer]", moment: datetime) -> "QuerySet[Customer]":
    return found.filter(last_order_at__lt=moment, ordered_at__lt=moment)


def _bought(found: "QuerySet[Customer]", asked: Conditions, now: datetime) -> "QuerySet[Customer]":
    """Some units of a SKU that were not cancelled."""
    product = Product.objects.filter(sku=asked.bought).values_list("pk", flat=True).first()
    if product is None:
        return found.none()
    orders = Order.objects.exclude(status=Status.CANCELLED)
    if asked.bought_within:
        orders = orders.filter(placed_at__gte=now - timedelta(days=asked.bought_within))
    lines = Line.objects.filter(product=product, quantity__gt=F("cancelled")).order_by().values("order_id")
    return found.filter(pk__in=orders.filter(pk__in=lines).order_by().values("customer_id"))


def _standing(found: "QuerySet[Customer]", wanted: Sequence[str]) -> "QuerySet[Customer]":
    """On the block list, the trust list, or neither."""

    def on(*lists: str) -> Q:
        standing = ListedContact.objects.filter(ended_at=None, standing__in=lists)
        emails = standing.exclude(email_key="").values_list("email_key", flat=True)
        phones = standing.exclude(phone_key="").values_list("phone_key", flat=True)
        few = list(standing.values_list("email_key", "phone_key")[: SHORT_LIST + 1])
        # Told the contacts, PostgreSQL looks each up; left to join, it reads every customer.
        if len(few) <= SHORT_LIST:
            return Q(email_key__in=[e for e, _p in few if e]) | Q(phone_key__in=[p for _e, p in few if p])
        return Q(email_key__in=emails) | Q(phone_key__in=phones)

    either = Q()
    lists = [each for each in wanted if each != "none"]
    if lists:
        either |= on(*lists)
    if "none" in wanted:
        listed = ListedContact.objects.filter(ended_at=None).filter(
            Q(email_key=OuterRef("email_key")) & ~Q(email_key="")
            | Q(phone_key=OuterRef("phone_key")) & ~Q(phone_key="")
        )
        either |= Q(~Exists(listed))
    return found.filter(either)
