"""Units taken back are worth something: the order's counters and its `credited` follow."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from orders import progress, totals
from orders.models import Line, Order
from returns.models import Return


def credit(order: Order, returned: Return, units: Sequence[tuple[UUID, int]]) -> Decimal:
    """Count units of order lines as returned, in a locked order; returns their value in its currency.

    Each line's share counts from the units returned before, so partial returns add up to its total exactly.
    The caller saves `returned`.
    """
    by_line: Counter[UUID] = Counter()
    for line_id, quantity in units:
        by_line[line_id] += quantity
    if not by_line:
        return Decimal(0)
    value = sum(
        (
            totals.share(
                line.total,
                by_line[line.pk],
                line.quantity,
                order.currency,
                before=line.returned,
                from_end=True,
            )
            for line in Line.objects.filter(pk__in=by_line)
        ),
        Decimal(0),
    )
    returned.credited += value
    progress.change_units(
        order, {line_id: {"returned": quantity} for line_id, quantity in by_line.items()}, credited=value
    )
    return value


def due(returned: Return) -> Decimal:
    """What is still to be given for the units taken back, in the order's currency, not below zero."""
    return max(Decimal(0), returned.credited - returned.refunded)
