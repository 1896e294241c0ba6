"""Sums of an order's payment ledger. Pure over the entries."""

from collections.abc import Iterable
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
