"""A label for the way back: owed by its return, drawn in a worker without a lock (`oms.core.owing`)."""

import secrets
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from fulfillment import parties
from fulfillment.papers import Address, LabelData, label_pdf
from oms.core import bell, owing
from oms.core.errors import IllegalMove
from oms.core.events import record
from orders.documents import tracking_url
from returns import access, origin
from returns.models import Acceptance, Method, Reception, Return, ReturnLabel
from returns.requests import facts

# Letters and digits nobody confuses when reading a number aloud.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LABELLED = {Reception.AWAITING}
PRINT_OWED = "returns.tasks.print_owed"
OWED = (Return, "label_due_at")


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
    returned.label_due_at = timezone.now()
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
    transaction.on_commit(ring_printer, robust=True)
    return returned


def ring_printer() -> None:
    """A label is owed; the sweep finds it too when nobody hears."""
    bell.call(PRINT_OWED, queue="carrier")


def print_owed() -> int:
    """Draw the labels that are owed, oldest first; returns how many."""
    return owing.work_off(*OWED, print_label, task=PRINT_OWED)


def print_label(return_id: UUID) -> bool:
    """Draw and keep one label. False when it is not owed, or somebody else draws it."""
    claimed = owing.claim(*OWED, return_id)
    if claimed is None:
        return False
    content = label_pdf([_data(Return.objects.select_related("order__channel").get(pk=return_id))])
    with transaction.atomic():
        mine = owing.settle(*OWED, return_id, claimed)
        if mine:
            ReturnLabel.objects.create(return_order_id=return_id, content=content)
    return mine


def drawn(returned: Return) -> bytes | None:
    """The label's PDF, once there is one."""
    found = ReturnLabel.objects.filter(return_order=returned).first()
    return bytes(found.content) if found else None


def is_drawn(returned: Return) -> bool:
    """The PDF is there to open; a label asked for a moment ago may still be on its way."""
    return ReturnLabel.objects.filter(return_order=returned).exists()


def _data(returned: Return) -> LabelData:
    """From the customer to the location that sent the goods last."""
    order, out = returned.order, origin.sent_in(returned)
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
