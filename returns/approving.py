"""Staff say yes or no to a return."""

from django.db import transaction

from oms.core.errors import IllegalMove
from oms.core.events import record
from orders import progress
from returns import access, crediting
from returns.models import Acceptance, Method, Reception, Reimbursement, Return
from returns.requests import facts

DECISIONS = {
    Acceptance.PENDING: {Acceptance.ACCEPTED, Acceptance.REJECTED},
    Acceptance.MANUAL: {Acceptance.ACCEPTED, Acceptance.REJECTED},
    Acceptance.ACCEPTED: set(),
    Acceptance.REJECTED: set(),
}


@transaction.atomic
def decide(returned: Return, *, decision: str, note: str = "", actor: str) -> Return:
    """Accept or reject. A rejected return is finished: its goods are awaited no more. Goods the customer keeps are
    credited at once.

    Raises IllegalMove when it is decided already.
    """
    order, returned = access.lock(returned.pk)
    if decision not in DECISIONS[Acceptance(returned.acceptance)]:
        raise IllegalMove(f"Return {returned.number} is {returned.acceptance} already.")
    returned.acceptance = decision
    returned.decision_note = note
    returned.version += 1
    if decision == Acceptance.REJECTED:
        returned.reception = Reception.CANCELLED
        returned.reimbursement = Reimbursement.NONE
        order.returns_open -= 1
        progress.refresh(order)
    elif returned.method == Method.KEEP:
        kept = list(returned.lines.select_related("line"))
        for line in kept:
            line.inspected = line.quantity
            line.save(update_fields=["inspected"])
        crediting.credit(order, returned, [(line, line.quantity) for line in kept])
    returned.save()
    record(
        "return.accepted" if decision == Acceptance.ACCEPTED else "return.rejected",
        returned.ref,
        actor=actor,
        channel_id=order.channel_id,
        thread=order.ref,
        data=facts(returned),
    )
    return returned
