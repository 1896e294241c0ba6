"""What a customer is called, reached by, tagged with, and whether they agreed to be written to."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone

from oms.core import text
from oms.core.errors import Conflict, Invalid
from oms.core.events import record
from oms.core.saying import said
from orders import names
from orders.models import Customer, Marketing

MOST_TAGS = 50
LONGEST_TAG = 64


def lock(customer: Customer) -> Customer:
    """The customer's row, held to the end of the transaction."""
    return Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)


@transaction.atomic
def tag(customer: Customer, *, add: Sequence[str] = (), remove: Sequence[str] = (), actor: str) -> Customer:
    """Put tags on and take tags off, keeping the order they came in; no news when nothing changes.

    Raises Invalid for a tag that is empty or too long, Conflict `too_many_tags` beyond 50.
    """
    customer = lock(customer)
    wanted = [_clean("/tags", each, LONGEST_TAG) for each in add]
    if not all(wanted):
        raise Invalid.at("/tags", said("A tag says something."), "required")
    kept = [each for each in customer.tags if each not in set(remove)]
    tags = list(dict.fromkeys([*kept, *wanted]))
    if len(tags) > MOST_TAGS:
        raise Conflict(said("A customer has at most %(most)s tags.", most=MOST_TAGS), code="too_many_tags")
    if tags == customer.tags:
        return customer
    customer.tags = tags
    customer.save(update_fields=["tags"])
    _tell("customer.changed", customer, actor, fields=["tags"])
    return customer


@transaction.atomic
def set_tags(customer: Customer, tags: Sequence[str], *, actor: str) -> Customer:
    """These tags and no others. Raises as `tag`."""
    gone = [each for each in lock(customer).tags if each not in tags]
    return tag(customer, add=tags, remove=gone, actor=actor)


@transaction.atomic
def agree(customer: Customer, marketing: str, *, actor: str) -> Customer:
    """Write down that they agreed to, or refused, messages about more than their orders; the same again is no news.

    Raises Invalid for anything but `agreed` and `refused`.
    """
    if marketing not in (Marketing.AGREED, Marketing.REFUSED):
        raise Invalid.at("/marketing", said("They agreed or they refused."))
    customer = lock(customer)
    if customer.marketing == marketing:
        return customer
    customer.marketing, customer.marketing_at = marketing, timezone.now()
    customer.save(update_fields=["marketing", "marketing_at"])
    _tell(f"customer.{marketing}", customer, actor)
    return customer


@transaction.atomic
def reach(
    customer: Customer, *, name: str, email: str, phone: str, country: str = "", actor: str
) -> Customer:
    """Write name and contact anew; past orders keep what they were sent. `country` reads a phone without its own.

    Raises Invalid naming the field, Conflict `contact_of_another` where another customer has it.
    """
    customer = lock(customer)
    name, email = _clean("/name", name, 200), _clean("/email", email, 254)
    phone = text.digits(_clean("/phone", phone, 64))
    if not name:
        raise Invalid.at("/name", said("A customer has a name."), "required")
    if email and "@" not in email[1:-1]:
        raise Invalid.at("/email", said("This is no e-mail address."), "not_an_email")
    keys = {"email": text.email_key(email) or None, "phone": text.phone_key(phone, country) or None}
    if phone and not keys["phone"]:
        raise Invalid.at("/phone", said("This is no phone number."), "not_a_phone")
    for field, key in keys.items():
        if key and Customer.objects.exclude(pk=customer.pk).filter(**{f"{field}_key": key}).exists():
            raise _of_another(field)
    new = {
        "name": name,
        "email": email,
        "phone": phone,
        "email_key": keys["email"],
        "phone_key": keys["phone"],
    }
    fields = [field for field, value in new.items() if value != getattr(customer, field)]
    if not fields:
        return customer
    for field in fields:
        setattr(customer, field, new[field])
    try:
        with transaction.atomic():
            customer.save(update_fields=fields)
            if "name" in fields:
                names.keep([customer])
    except IntegrityError as error:
        # Ordered under it a moment ago: somebody new has it now.
        raise _of_another("email" if "email_key" in str(error) else "phone") from error
    _tell("customer.changed", customer, actor, fields=[each for each in fields if not each.endswith("_key")])
    return customer


def _of_another(field: str) -> Conflict:
    detail = said("Another customer has it.")
    error = {"pointer": f"/{field}", "code": "contact_of_another", "detail": detail}
    return Conflict(detail, code="contact_of_another", errors=[error])


def _clean(pointer: str, given: str, length: int) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error


def _tell(kind: str, customer: Customer, actor: str, **more: object) -> None:
    record(kind, customer.ref, actor=actor, data={"id": str(customer.pk), **more})
