"""The parcel is back: what came, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from inventory.models import Location
from oms.core.errors import IllegalMove, Invalid
from oms.core.events import record
from oms.core.saying import said
from orders import progress
from orders.models import Order
from returns import access
from returns.models import Acceptance, Method, Receipt, Reception, Reimbursement, Return, ReturnLine
from returns.requests import facts

# What a receipt may turn a reception into. Goods thought lost do turn up.
NEXT = {
    Reception.AWAITING: {Reception.PARTIALLY_RECEIVED, Reception.RECEIVED},
    Reception.IN_TRANSIT: {Reception.PARTIALLY_RECEIVED, Reception.RECEIVED},
    Reception.PARTIALLY_RECEIVED: {Reception.PARTIALLY_RECEIVED, Reception.RECEIVED},
    Reception.LOST: {Reception.PARTIALLY_RECEIVED, Reception.RECEIVED},
    Reception.RECEIVED: set(),
    Reception.CANCELLED: set(),
}


@dataclass(frozen=True, slots=True)
class Came:
    """Units of one line of the return. A line may be named more than once."""

    line: UUID
    quantity: int


@transaction.atomic
def receive(returned: Return, *, location: Location, lines: Sequence[Came], actor: str) -> Return:
    """Note what arrived at a location. Stock does not move yet: that follows from the inspection.

    Raises IllegalMove before acceptance, for goods the customer keeps and when all has come already; Invalid
    for an unknown line or more units than are still to come.
    """
    order, returned = access.lock(returned.pk)
    _refuse_out_of_turn(returned)
    mine = {line.pk: line for line in returned.lines.all()}
    refuse_unknown([came.line for came in lines], mine)
    for place, came in enumerate(lines):
        line = mine[came.line]
        if line.received + came.quantity > line.quantity:
            left = line.quantity - line.received
            raise Invalid.at(f"/lines/{place}/quantity", f"Only {left} units are still to come.", "too_many")
        line.received += came.quantity
    ReturnLine.objects.bulk_update(mine.values(), ["received"])
    Receipt.objects.bulk_create(
        [Receipt(line_id=c.line, location=location, quantity=c.quantity, actor=actor) for c in lines]
    )
    whole = all(line.received == line.quantity for line in mine.values())
    reception = Reception.RECEIVED if whole else Reception.PARTIALLY_RECEIVED
    if reception not in NEXT[Reception(returned.reception)]:
        raise IllegalMove(f"Return {returned.number} is {returned.reception}.")
    returned.reception = reception
    _reopen(order, returned)
    returned.version += 1
    returned.save()
    record(
        "return.received",
        returned.ref,
        actor=actor,
        channel_id=order.channel_id,
        thread=order.ref,
        data={
            **facts(returned),
            "location": location.code,
            "quantity": sum(came.quantity for came in lines),
            "complete": whole,
        },
    )
    return returned


def refuse_unknown(asked: Sequence[UUID], mine: dict[UUID, ReturnLine]) -> None:
    """Raises Invalid `unknown_line` for a line that is not of this return."""
    for place, line_id in enumerate(asked):
        if line_id not in mine:
            raise Invalid.at(f"/lines/{place}/id", said("This return has no such line."), "unknown_line")


def _refuse_out_of_turn(returned: Return) -> None:
    if returned.acceptance != Acceptance.ACCEPTED:
        raise IllegalMove(f"Return {returned.number} is {returned.acceptance}; accept it first.")
    if returned.method == Method.KEEP:
        raise IllegalMove(f"Return {returned.number} keeps the goods with the customer.")
    if not NEXT[Reception(returned.reception)]:
        raise IllegalMove(f"Return {returned.number} is {returned.reception}; nothing more is to come.")


def _reopen(order: Order, returned: Return) -> None:
    """Units that come after the first were paid back open the return again."""
    if returned.reimbursement != Reimbursement.PENDING:
        returned.reimbursement = Reimbursement.PENDING
        order.returns_open += 1
        progress.refresh(order)
