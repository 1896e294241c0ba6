"""Customers from a list: found by folded e-mail or phone, as placing finds them, or new; the known are updated."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from oms.core import text
from oms.core.errors import Conflict, Invalid, Problem
from oms.core.events import record
from oms.core.saying import said
from orders import names
from orders.describing import LONGEST_TAG, MOST_TAGS
from orders.models import Customer, Marketing

Enrolled = Literal["created", "changed", "unchanged"]
_WRITTEN = ["name", "email", "phone", "email_key", "phone_key", "tags", "marketing", "marketing_at"]


@dataclass(frozen=True, slots=True)
class Person:
    """As the list has them. `country` reads a phone without its country's code; `tags` are added to those there are;
    `marketing` empty: the list says nothing of it."""

    name: str
    email: str = ""
    phone: str = ""
    country: str = ""
    tags: tuple[str, ...] = ()
    marketing: str = ""


@transaction.atomic
def enrol(people: Sequence[Person], *, actor: str) -> list[Enrolled | Problem]:
    """What became of each, in their order; a person may come twice. Eight statements at the most, however many.

    Refusals: `no_contact` (neither e-mail nor phone), `other_email` (the phone's owner has another e-mail),
    `contact_of_another` (e-mail and phone belong to two customers), `refused_marketing` (no list turns
    a refusal round), `too_many_tags`.
    """
    known = _Known(people)
    results: list[Enrolled | Problem] = []
    for person in people:
        try:
            results.append(known.meet(_checked(person)))
        except Problem as problem:
            results.append(problem)
    Customer.objects.bulk_create(known.new.values())
    Customer.objects.bulk_create(
        known.changed.values(), update_conflicts=True, unique_fields=["id"], update_fields=_WRITTEN
    )
    if known.new or known.changed:
        names.keep([*known.new.values(), *known.changed.values()])
        data = {"created": [str(pk) for pk in known.new], "changed": [str(pk) for pk in known.changed]}
        record("customer.enrolled", "customer/batch", actor=actor, data=data)
    return results


class _Known:
    """The customers the list is about, locked, by every key they have or had."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.new: dict[Any, Customer] = {}
        self.changed: dict[Any, Customer] = {}
        self.by_email: dict[str, Customer] = {}
        self.by_phone: dict[str, Customer] = {}
        emails = {key for person in people if (key := text.email_key(person.email))}
        phones = {key for person in people if (key := text.phone_key(person.phone, person.country))}
        found = Customer.objects.filter(Q(email_key__in=emails) | Q(phone_key__in=phones))
        for customer in found.select_for_update(no_key=True).order_by("id"):
            self._index(customer)

    def meet(self, person: Customer) -> Enrolled:
        by_email = self.by_email.get(person.email_key or "")
        by_phone = self.by_phone.get(person.phone_key or "")
        if by_email and by_phone and by_email is not by_phone:
            raise _at(
                "/phone", "contact_of_another", "The phone belongs to another customer than the e-mail."
            )
        found = by_email or by_phone
        if found is None:
            self.new[person.pk] = person
            self._index(person)
            return "created"
        if not by_email and found.email_key and person.email_key:
            raise _at("/email", "other_email", "The customer with this phone has another e-mail.")
        news = self._news(found, person)
        if not news:
            return "unchanged"
        for name, value in news.items():
            setattr(found, name, value)
        self._index(found)
        if found.pk not in self.new:
            self.changed[found.pk] = found
        return "changed"

    def _news(self, found: Customer, person: Customer) -> dict[str, Any]:
        """What the list says otherwise. Another spelling of the same address or number is no news."""
        news: dict[str, Any] = {"name": person.name} if person.name != found.name else {}
        for key, contact in (("email_key", "email"), ("phone_key", "phone")):
            if getattr(person, key) and getattr(person, key) != getattr(found, key):
                news |= {key: getattr(person, key), contact: getattr(person, contact)}
        tags = list(dict.fromkeys([*found.tags, *person.tags]))
        if len(tags) > MOST_TAGS:
            raise _at("/tags", "too_many_tags", said("A customer has at most %(most)s tags.", most=MOST_TAGS))
        if tags != found.tags:
            news["tags"] = tags
        if person.marketing not in (Marketing.UNKNOWN, found.marketing):
            if found.marketing == Marketing.REFUSED:
                words = said("They refused marketing; only they take that back.")
                raise _at("/marketing", "refused_marketing", words)
            news |= {"marketing": person.marketing, "marketing_at": person.marketing_at}
        return news

    def _index(self, customer: Customer) -> None:
        """A key that was somebody's stays theirs to the end of the list, so that no two rows swap one."""
        if customer.email_key:
            self.by_email.setdefault(customer.email_key, customer)
        if customer.phone_key:
            self.by_phone.setdefault(customer.phone_key, customer)


def _checked(person: Person) -> Customer:
    """A customer not yet stored, held to what placing asks of one."""
    name = _clean(person.name, 200, "/name")
    email = _clean(person.email, 254, "/email")
    phone = text.digits(_clean(person.phone, 64, "/phone"))
    if not name:
        raise Invalid.at("/name", said("A customer has a name."), "required")
    if email and "@" not in email[1:-1]:
        raise Invalid.at("/email", said("This is no e-mail address."), "not_an_email")
    email_key, phone_key = text.email_key(email), text.phone_key(phone, person.country)
    if not email_key and not phone_key:
        raise Invalid.at("/email", said("Without e-mail or phone nobody finds them again."), "no_contact")
    tags = list(dict.fromkeys(tag for each in person.tags if (tag := _clean(each, LONGEST_TAG, "/tags"))))
    if len(tags) > MOST_TAGS:
        raise _at("/tags", "too_many_tags", said("A customer has at most %(most)s tags.", most=MOST_TAGS))
    if person.marketing and person.marketing not in (Marketing.AGREED, Marketing.REFUSED):
        raise Invalid.at("/marketing", said("They agreed or they refused."))
    return Customer(
        name=name,
        email=email,
        phone=phone,
        email_key=email_key or None,
        phone_key=phone_key or None,
        tags=tags,
        marketing=person.marketing or Marketing.UNKNOWN,
        marketing_at=timezone.now() if person.marketing else None,
    )


def _clean(given: str, length: int, pointer: str) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error


def _at(pointer: str, code: str, detail: str) -> Conflict:
    return Conflict(detail, code=code, errors=[{"pointer": pointer, "code": code, "detail": detail}])
