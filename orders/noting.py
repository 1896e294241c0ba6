"""What staff note about a customer: kept in a row of its own, told as an event that carries ids only."""

from django.db import transaction

from oms.core import text
from oms.core.errors import Invalid
from oms.core.events import record
from oms.core.models import new_id
from oms.core.saying import said
from orders import mentioning
from orders.models import Customer, CustomerNote

LONGEST = 2000


@transaction.atomic
def note(customer: Customer, words: str, *, actor: str) -> CustomerNote:
    """Keep a note. Raises Invalid for none or too long."""
    try:
        written = text.clean(words, LONGEST, lines=True)
    except ValueError as error:
        raise Invalid.at("/text", str(error)) from error
    if not written:
        raise Invalid.at("/text", said("A note says something."), "required")
    kept = CustomerNote.objects.create(
        id=new_id(), customer=customer, text=mentioning.addressed(written), actor=actor
    )
    mentioning.keep(kept.text, actor=actor, note=kept)
    record("customer.noted", customer.ref, actor=actor, data={"id": str(customer.pk), "note": str(kept.pk)})
    return kept
