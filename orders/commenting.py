"""What staff tell each other about an order: kept in a row of its own, told as an event that carries ids only."""

from django.db import transaction

from oms.core import text
from oms.core.errors import Invalid
from oms.core.events import record
from oms.core.models import new_id
from oms.core.saying import said
from orders import mentioning
from orders.models import Comment, Order

LONGEST = 2000


@transaction.atomic
def comment(order: Order, words: str, *, actor: str) -> Comment:
    """Keep a comment. The order itself does not change: no version, no lock. Raises Invalid for none or too long."""
    try:
        written = text.clean(words, LONGEST, lines=True)
    except ValueError as error:
        raise Invalid.at("/text", str(error)) from error
    if not written:
        raise Invalid.at("/text", said("A comment says something."), "required")
    kept = Comment.objects.create(id=new_id(), order=order, text=mentioning.addressed(written), actor=actor)
    mentioning.keep(kept.text, actor=actor, comment=kept)
    record(
        "order.commented",
        order.ref,
        actor=actor,
        channel_id=order.channel_id,
        data={
            "id": str(order.pk),
            "number": str(order.number),
            "version": order.version,
            "comment": str(kept.pk),
        },
    )
    return kept
