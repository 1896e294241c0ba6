"""Units taken back are worth something: the order's counters and its `credited` follow."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from orders import progress
from orders.models import Order
from returns import policy
from returns.models import Return, ReturnLine


def credit(order: Order, returned: Return, units: Sequence[tuple[ReturnLine, int]]) -> Decimal:
    """Count units as returned, in a locked order; returns what the order is credited, in its currency.

    Each line's share counts from the units returned before, so partial returns add up to its total exactly;
    the policy's fee for the reason is kept. Reads `line` of each return line, as it is under the lock; the
    caller saves `returned`.
    """
    credited, fees, back = worth(order, units)
    if back:
        returned.credited += credited
        returned.fee += fees
        lines = {row.line_id: row.line for row, _ in units}
        changes = {}
        for line_id, quantity in back.items():
            # Units taken back that never arrived: with the return their road has ended.
            ended = lines[line_id].returned + quantity - lines[line_id].delivered
            changes[line_id] = {"returned": quantity, "delivered": max(0, ended)}
        progress.change_units(order, changes, credited=credited)
    return credited


def worth(order: Order, units: Sequence[tuple[ReturnLine, int]]) -> tuple[Decimal, Decimal, Counter[UUID]]:
    """What these units would be credited, the fee kept of it, and how many of each order line. Writes nothing."""
    back: Counter[UUID] = Counter()
    credited = fees = Decimal(0)
    for row, quantity in units:
        line = row.line
        value = policy.value(
            line.total,
            quantity,
            line.quantity,
            order.currency,
            returned_before=line.returned + back[line.pk],
        )
        fee = policy.fee(value, row.reason, order.currency)
        credited += value - fee
        fees += fee
        back[line.pk] += quantity
    return credited, fees, back


def due(returned: Return) -> Decimal:
    """What is still to be given for the units taken back, in the order's currency, not below zero."""
    return max(Decimal(0), returned.credited - returned.refunded)
