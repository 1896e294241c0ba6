"""The block list and the trust list: contacts under which orders are stopped, or pass the checks by themselves.

A contact is an e-mail address or a phone, folded as orders fold theirs, so that another spelling is met too. An order
is met by its own contacts and by its customer's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from oms.core import text
from oms.core.errors import Conflict, Invalid
from oms.core.events import record
from oms.core.saying import said
from orders import holds
from orders.models import Customer, FulfillmentStatus, Hold, ListedContact, Order, Standing, Status

BLOCKED_HOLD = "blocked_customer"
LONGEST_REASON = 500
# Digits a phone has at least; fewer would meet strangers.
SHORTEST_PHONE = 7


@dataclass(frozen=True, slots=True)
class Contact:
    """An address or a number as it was written, with its one key."""

    shown: str
    email_key: str = ""
    phone_key: str = ""


def contact(typed: str, country: str = "") -> Contact:
    """What was meant by a line; `country` (ISO 3166) reads a phone without its own. Raises Invalid for neither."""
    try:
        shown = text.clean(typed, 254)
    except ValueError as error:
        raise Invalid.at("/contact", str(error)) from error
    if "@" in shown[1:-1]:
        return Contact(shown, email_key=text.email_key(shown))
    key = text.phone_key(shown, country)
    if len(key.lstrip("+")) < SHORTEST_PHONE or not shown.strip("+ -()./").replace(" ", ""):
        raise Invalid.at(
            "/contact", said("%(contact)s is no e-mail address and no phone number.", contact=shown)
        )
    if any(letter.isalpha() for letter in shown):
        raise Invalid.at(
            "/contact", said("%(contact)s is no e-mail address and no phone number.", contact=shown)
        )
    return Contact(text.digits(shown), phone_key=key)


def contacts_of(customer: Customer) -> list[Contact]:
    """Both ways a customer is reached. Raises Conflict `no_contact` without any."""
    found = []
    if customer.email_key:
        found.append(Contact(customer.email, email_key=customer.email_key))
    if customer.phone_key:
        found.append(Contact(customer.phone, phone_key=customer.phone_key))
    if not found:
        raise Conflict(
            said("A customer without e-mail and phone cannot be recognised again."), code="no_contact"
        )
    return found


@transaction.atomic
def put(contacts: Sequence[Contact], standing: str, *, reason: str = "", actor: str) -> list[ListedContact]:
    """Put contacts on one list, all or none; answers the new rows, those that stood on it already left out.

    Raises Conflict `on_other_list` naming the contact, Invalid for a reason too long.
    """
    if standing not in Standing.values:
        raise Invalid.at("/standing", said("There is no such list."))
    try:
        reason = text.clean(reason, LONGEST_REASON)
    except ValueError as error:
        raise Invalid.at("/reason", str(error)) from error
    wanted = {(each.email_key, each.phone_key): each for each in contacts}
    known = (
        {
            (row.email_key, row.phone_key): row
            for row in _listed(*zip(*wanted, strict=True)).select_for_update(no_key=True)
        }
        if wanted
        else {}
    )
    for key, row in known.items():
        if row.standing != standing:
            raise _on_other_list(wanted[key].shown)
    new = [
        ListedContact(
            standing=standing,
            contact=each.shown,
            email_key=each.email_key,
            phone_key=each.phone_key,
            reason=reason,
            listed_by=actor,
        )
        for key, each in wanted.items()
        if key not in known
    ]
    try:
        with transaction.atomic():
            ListedContact.objects.bulk_create(new)
    except IntegrityError as error:
        raise Conflict(
            said("Somebody else listed one of these contacts a moment ago; look again."),
            code="listed_meanwhile",
        ) from error
    if new:
        _tell("contact.listed", new, standing, actor)
    return new


@transaction.atomic
def take_off(
    rows: Iterable[ListedContact], *, release_orders: bool = True, actor: str
) -> tuple[list[ListedContact], list[Order]]:
    """Take contacts off their list; who did it and when stays. Rows taken off before are left out.

    Answers them, and the orders that go on: those held for it that no other blocked contact meets.
    """
    keys = [row.pk for row in rows]
    ended = list(
        ListedContact.objects.select_for_update(no_key=True).filter(pk__in=keys, ended_at=None).order_by("pk")
    )
    ListedContact.objects.filter(pk__in=[row.pk for row in ended]).update(
        ended_at=timezone.now(), ended_by=actor
    )
    for kind in Standing.values:
        theirs = [row for row in ended if row.standing == kind]
        if theirs:
            _tell("contact.delisted", theirs, kind, actor)
    return ended, _let_go(ended, actor) if release_orders else []


@transaction.atomic
def block(customer: Customer, *, reason: str = "", hold_orders: bool = True, actor: str) -> list[Order]:
    """Block both contacts of a customer; answers the orders that were put on hold with them.

    Raises Conflict `no_contact`, `on_other_list`.
    """
    put(contacts_of(customer), Standing.BLOCKED, reason=reason, actor=actor)
    if not hold_orders:
        return []
    held = []
    waiting = Order.objects.filter(customer=customer, status=Status.OPEN)
    waiting = waiting.exclude(fulfillment_status=FulfillmentStatus.FULFILLED)
    for order in waiting.exclude(holds__in=_standing_holds()).order_by("pk"):
        holds.place(order, reason=BLOCKED_HOLD, note=reason, actor=actor)
        held.append(order)
    return held


@transaction.atomic
def trust(customer: Customer, *, reason: str = "", actor: str) -> None:
    """Trust both contacts of a customer. Raises Conflict `no_contact`, `on_other_list`."""
    put(contacts_of(customer), Standing.TRUSTED, reason=reason, actor=actor)


@transaction.atomic
def clear(customer: Customer, *, release_orders: bool = True, actor: str) -> list[Order]:
    """Take a customer's contacts off whichever list; answers the orders that go on, as `take_off` does."""
    rows = of_customers([customer])[customer.pk]
    return take_off(rows, release_orders=release_orders, actor=actor)[1]


def listed_for(order: Order) -> ListedContact | None:
    """The row that meets an order, a blocked one before a trusted one; `order.customer` is read."""
    customer = order.customer
    emails = {order.email_key, customer.email_key or ""}
    phones = {order.phone_key, customer.phone_key or ""}
    rows = sorted(_listed(emails, phones), key=lambda row: (row.standing != Standing.BLOCKED, row.since))
    return rows[0] if rows else None


def meets(order: Order) -> str:
    """`blocked`, `trusted` or nothing."""
    row = listed_for(order)
    return row.standing if row else ""


def of_customers(customers: Sequence[Customer]) -> Mapping[UUID, list[ListedContact]]:
    """The rows of each customer's contacts, blocked first: one query for a whole page."""
    rows = list(
        _listed((c.email_key or "" for c in customers), (c.phone_key or "" for c in customers)).order_by(
            "standing", "since"
        )
    )
    return {
        customer.pk: [
            row
            for row in rows
            if (row.email_key and row.email_key == customer.email_key)
            or (row.phone_key and row.phone_key == customer.phone_key)
        ]
        for customer in customers
    }


def _listed(emails: Iterable[str], phones: Iterable[str]) -> "QuerySet[ListedContact]":
    """What stands on a list under any of these keys, each by its own index."""
    return ListedContact.objects.filter(
        Q(email_key__in=set(emails) - {""}) | Q(phone_key__in=set(phones) - {""}), ended_at=None
    )


def _let_go(ended: Sequence[ListedContact], actor: str) -> list[Order]:
    """Release the holds of orders that no blocked contact meets any more."""
    emails = [row.email_key for row in ended if row.email_key]
    phones = [row.phone_key for row in ended if row.phone_key]
    theirs = Q(email_key__in=emails) | Q(phone_key__in=phones)
    theirs |= Q(customer__email_key__in=emails) | Q(customer__phone_key__in=phones)
    stopped = Order.objects.filter(theirs, holds__in=_standing_holds()).select_related("customer")
    freed = []
    for order in stopped.order_by("pk").distinct():
        if meets(order) == Standing.BLOCKED:
            continue
        for hold in holds.open_holds(order):
            if hold.reason == BLOCKED_HOLD:
                holds.release(order, hold, actor=actor)
                freed.append(order)
    return freed


def _standing_holds() -> "QuerySet[Hold]":
    return Hold.objects.filter(reason=BLOCKED_HOLD, released_at=None)


def _on_other_list(shown: str) -> Conflict:
    detail = said("%(contact)s is on the other list; take it off there first.", contact=shown)
    error = {"pointer": "/contact", "code": "on_other_list", "detail": detail}
    return Conflict(detail, code="on_other_list", errors=[error])


def _tell(kind: str, rows: Sequence[ListedContact], standing: str, actor: str) -> None:
    data: dict[str, Any] = {"standing": standing, "contacts": [str(row.pk) for row in rows]}
    record(kind, f"contact/{rows[0].pk}", actor=actor, data=data)
