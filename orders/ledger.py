"""Sums of an order's payment ledger. Pure over the entries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orders.models import Payment, PaymentKind

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Sums:
    """`authorized_open` may still be captured: authorised − voided − captured, by method and provider."""

    captured: Decimal = ZERO
    refunded: Decimal = ZERO
    voided: Decimal = ZERO
    authorized_open: Decimal = ZERO
    cash_expected: Decimal = ZERO
    cash_captured: Decimal = ZERO


def cash_due(total: Sums, balance: Decimal) -> Decimal:
    """What couriers still collect: the cash promised and not in yet, never more than the order's balance."""
    return max(ZERO, min(total.cash_expected - total.cash_captured, balance))


def still_expected(entries: Sequence[Payment], balance: Decimal) -> list[tuple[Payment, Decimal]]:
    """The entries with their amounts; of what was promised only the part that is still to come."""
    came: dict[str, Decimal] = {}
    for entry in entries:
        if entry.kind == PaymentKind.CAPTURE:
            came[entry.method] = came.get(entry.method, ZERO) + entry.amount
    shown, left = [], max(ZERO, balance)
    for entry in entries:
        amount = entry.amount
        if entry.kind == PaymentKind.PENDING:
            paid = min(came.get(entry.method, ZERO), amount)
            came[entry.method] = came.get(entry.method, ZERO) - paid
            amount = min(amount - paid, left)
            left -= amount
            if not amount:
                continue
        shown.append((entry, amount))
    return shown


def sums(entries: Iterable[Payment]) -> Sums:
    """The ledger's sums in the order's currency."""
    total = dict.fromkeys(PaymentKind.values, ZERO)
    open_by: dict[tuple[str, str], Decimal] = {}
    authorized_by: dict[tuple[str, str], Decimal] = {}
    cash_expected = cash_captured = ZERO
    for entry in entries:
        total[entry.kind] += entry.amount
        source = (entry.method, entry.provider)
        if entry.kind == PaymentKind.AUTHORIZATION:
            authorized_by[source] = authorized_by.get(source, ZERO) + entry.amount
        elif entry.kind in (PaymentKind.CAPTURE, PaymentKind.VOID):
            open_by[source] = open_by.get(source, ZERO) + entry.amount
        if entry.method == "cod" and entry.kind == PaymentKind.PENDING:
            cash_expected += entry.amount
        if entry.method == "cod" and entry.kind == PaymentKind.CAPTURE:
            cash_captured += entry.amount
    authorized_open = sum(
        (max(ZERO, amount - open_by.get(source, ZERO)) for source, amount in authorized_by.items()),
        ZERO,
    )
    return Sums(
        captured=total[PaymentKind.CAPTURE],
        refunded=total[PaymentKind.REFUND],
        voided=total[PaymentKind.VOID],
        authorized_open=authorized_open,
        cash_expected=cash_expected,
        cash_captured=cash_captured,
    )
