"""The customer gets what the goods were worth."""

from decimal import Decimal

from django.db import transaction

from oms.core import money
from oms.core.errors import Conflict, IllegalMove, Invalid
from oms.core.events import record
from oms.core.saying import said
from orders import payments, progress
from orders.models import Order, Payment, PaymentKind, PaymentMethod
from returns import access, crediting, exchanging
from returns.models import Acceptance, Reimbursement, Return
from returns.requests import facts


@transaction.atomic
def reimburse(
    returned: Return, *, kind: str, amount: Decimal | None = None, actor: str
) -> tuple[Return, list[Payment]]:
    """Give back `amount` (by default what is due and owed) and finish the return; `none` finishes it without.

    `exchange` and `replacement` send goods worth what is due instead, paid with the credit of what came back.

    Raises IllegalMove before anything was taken back or when all is done; Conflict `over_refund` beyond what
    was captured and not yet refunded.
    """
    order, returned = access.lock(returned.pk)
    _refuse_out_of_turn(returned)
    paid_back: list[Payment] = []
    given = Decimal(0)
    if kind in exchanging.KINDS:
        if amount is not None:
            raise Invalid.at("/amount", said("Goods go out instead of money: there is no amount to give."))
        given = money.rounded(owed(order, returned), order.currency)
        worth = money.rounded(crediting.due(returned), order.currency)
        returned.new_order = exchanging.send_instead(
            order, returned, kind=kind, value=worth, credit=given, actor=actor
        )
        if given:
            paid_back = _pay(order, returned, kind, given, actor)
            returned.refunded += given
    elif kind != "none":
        given = owed(order, returned) if amount is None else amount
        if given <= 0:
            raise Conflict("Nothing is owed to the customer for this return.", code="over_refund")
        paid_back = _pay(order, returned, kind, given, actor)
        returned.refunded += given
    settled = returned.refunded > 0 or returned.new_order is not None
    returned.reimbursement = Reimbursement.DONE if settled else Reimbursement.NONE
    returned.version += 1
    returned.save()
    order = progress.lock(order.pk)
    order.returns_open -= 1
    progress.refresh(order)
    record(
        "return.reimbursed",
        returned.ref,
        actor=actor,
        channel_id=order.channel_id,
        thread=order.ref,
        data={
            **facts(returned),
            "kind": kind,
            "amount": str(money.rounded(given, order.currency)),
            "currency": order.currency,
            **({"new_order": str(returned.new_order.number)} if returned.new_order else {}),
        },
    )
    return returned, paid_back


def _refuse_out_of_turn(returned: Return) -> None:
    if returned.acceptance != Acceptance.ACCEPTED:
        raise IllegalMove(f"Return {returned.number} is {returned.acceptance}; accept it first.")
    if returned.reimbursement != Reimbursement.PENDING:
        raise IllegalMove(f"Return {returned.number} is settled already.")
    if not any(line.inspected for line in returned.lines.all()):
        raise IllegalMove(f"Nothing of return {returned.number} was inspected yet.")


def owed(order: Order, returned: Return) -> Decimal:
    """What the units were worth, but no more than the order owes the customer: cash never taken stays so."""
    return min(crediting.due(returned), max(Decimal(0), -order.balance))


def _pay(order: Order, returned: Return, kind: str, amount: Decimal, actor: str) -> list[Payment]:
    """Money goes back the way it came; credit in its place is one entry of its own."""
    if kind == "refund":
        return payments.refund(order, amount, reference=returned.number, actor=actor)
    credit = payments.record_payment(
        order,
        kind=PaymentKind.REFUND,
        method=PaymentMethod.STORE_CREDIT,
        amount=amount,
        reference=returned.number,
        actor=actor,
    )
    return [credit]
