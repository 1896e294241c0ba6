"""A label for the way back, drawn in a worker."""

import secrets

from django.db import transaction

from fulfillment import parties
from fulfillment.models import Shipment
from fulfillment.papers import Address, LabelData, label_pdf
from oms.core.errors import IllegalMove
from oms.core.events import Recorded, record
from orders.documents import tracking_url
from returns import access
from returns.models import Acceptance, Method, Reception, Return, ReturnLabel
from returns.requests import facts

# Letters and digits nobody confuses when reading a number aloud.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LABELLED = {Reception.AWAITING}


@transaction.atomic
def label(returned: Return, *, actor: str) -> Return:
    """Give the return a tracking number; a worker draws its label.

    Raises IllegalMove before acceptance, after receipt, for kept goods, or with a label already.
    """
    order, returned = access.lock(returned.pk)
    if returned.acceptance != Acceptance.ACCEPTED:
        raise IllegalMove(f"Return {returned.number} is {returned.acceptance}; accept it first.")
    if returned.method == Method.KEEP:
        raise IllegalMove(f"Return {returned.number} keeps the goods with the customer.")
    if returned.reception not in LABELLED:
        raise IllegalMove(f"Return {returned.number} is {returned.reception} already.")
    if returned.tracking_number:
        raise IllegalMove(f"Return {returned.number} has the label {returned.tracking_number}.")
    returned.tracking_number = "RB" + "".join(secrets.choice(ALPHABET) for _ in range(10))
    returned.version += 1
    returned.save()
    record(
        "return.labelled",
        returned.ref,
        actor=actor,
        channel_id=order.channel_id,
        thread=order.ref,
        data={**facts(returned), "tracking_number": returned.tracking_number},
    )
    return returned


def drawn(returned: Return) -> bytes | None:
    """The label's PDF, once there is one."""
    found = ReturnLabel.objects.filter(return_order=returned).first()
    return bytes(found.content) if found else None


def on_return_labelled(event: Recorded) -> None:
    """Draw the label. Idempotent: a label that is there stays."""
    returned = Return.objects.select_related("order__channel").get(number=event.subject_id)
    if drawn(returned) is None:
        content = label_pdf([_data(returned)])
        ReturnLabel.objects.get_or_create(return_order=returned, defaults={"content": content})


def _data(returned: Return) -> LabelData:
    """From the customer to the location that sent the goods last."""
    order = returned.order
    out = (
        Shipment.objects.filter(lines__line__return_lines__return_order=returned, delivered_at__isnull=False)
        .select_related("location")
        .order_by("-delivered_at", "-pk")
        .first()
    )
    return LabelData(
        brand=order.channel.brand or order.channel.name,
        sender=parties.recipient(order),
        recipient=parties.sender(out) if out else Address(),
        order_number=str(order.number),
        shipment_number=returned.number,
        tracking_number=returned.tracking_number,
        carrier="",
        service="",
        language=order.language,
        tracking_url=tracking_url(order) or "",
    )
