"""The payment ledger of an order: authorise, capture, refund, void; what is still expected in cash."""

from collections import defaultdict
from decimal import Decimal

from django.db import transaction

from oms.core import money
from oms.core.errors import Conflict
from oms.core.events import record
from oms.core.models import new_id
from oms.core.saying import said
from orders import holds, ledger, progress
from orders.models import Order, Payment, PaymentKind, PaymentMethod

ZERO = Decimal(0)
COVERING = (PaymentKind.AUTHORIZATION, PaymentKind.CAPTURE)
EVENTS = {
    PaymentKind.AUTHORIZATION: "payment.authorized",
    PaymentKind.CAPTURE: "payment.captured",
    PaymentKind.REFUND: "payment.refunded",
    PaymentKind.VOID: "payment.voided",
}


@transaction.atomic
def record_payment(
    order: Order,
    *,
    kind: str,
    method: str,
    amount: Decimal,
    reference: str = "",
    provider: str = "manual",
    actor: str,
) -> Payment:
    """Write one entry. Amounts in the order's currency.

    Raises Conflict `over_capture` when more would be captured than the order costs, `over_refund` when more
    would go back than came in, `over_void` when more would be let go than is authorised and not captured.
    """
    order = progress.lock(order.pk)
    amount = money.rounded(amount, order.currency)
    _check(order, kind, amount)
    return _write(
        order,
        kind=kind,
        method=method,
        amount=amount,
        reference=reference,
        provider=provider,
        actor=actor,
    )


@transaction.atomic
def refund(order: Order, amount: Decimal, *, reference: str, actor: str) -> list[Payment]:
    """Pay back to the original methods, the latest capture's first. Raises Conflict `over_refund`."""
    order = progress.lock(order.pk)
    amount = money.rounded(amount, order.currency)
    _check(order, PaymentKind.REFUND, amount)
    left: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry in order.payments.order_by("at", "id"):
        if entry.kind == PaymentKind.CAPTURE:
            left[entry.method, entry.provider] += entry.amount
        elif entry.kind == PaymentKind.REFUND:
            left[entry.method, entry.provider] -= entry.amount
    written = []
    for (method, provider), available in reversed(left.items()):
        part = min(amount, available)
        if part > 0:
            amount -= part
            written.append(
                _write(
                    order,
                    kind=PaymentKind.REFUND,
                    method=method,
                    amount=part,
                    reference=reference,
                    provider=provider,
                    actor=actor,
                )
            )
    return written


@transaction.atomic
def capture_packed(order: Order, amount: Decimal, *, actor: str) -> None:
    """Capture what was packed from open authorisations of the built-in provider `manual`, up to `amount`.

    A gateway's authorisation is captured by its own connector: the ledger never claims money nobody asked for.
    """
    order = progress.lock(order.pk)
    entries = list(order.payments.all())
    amount = min(amount, ledger.sums(entries).captured * -1 + order.total)
    for method in PaymentMethod.values:
        mine = [e for e in entries if e.method == method and e.provider == "manual"]
        part = min(amount, ledger.sums(mine).authorized_open)
        if part > 0:
            amount -= part
            _write(
                order,
                kind=PaymentKind.CAPTURE,
                method=method,
                amount=part,
                reference="packed",
                provider="manual",
                actor=actor,
            )


@transaction.atomic
def void_open(order: Order, *, actor: str) -> None:
    """Let go of everything authorised and not captured: the order was cancelled whole."""
    order = progress.lock(order.pk)
    entries = list(order.payments.all())
    for method, provider in sorted({(e.method, e.provider) for e in entries}):
        still = ledger.sums(
            e for e in entries if (e.method, e.provider) == (method, provider)
        ).authorized_open
        if still > 0:
            _write(
                order,
                kind=PaymentKind.VOID,
                method=method,
                amount=still,
                reference="",
                provider=provider,
                actor=actor,
            )


def cash_due(order: Order) -> Decimal:
    """What the courier still collects: the cash promised, never more than the order's balance."""
    return ledger.cash_due(ledger.sums(order.payments.all()), order.balance)


def _check(order: Order, kind: str, amount: Decimal) -> None:
    totals = ledger.sums(order.payments.all())
    net = money.rounded(totals.captured - totals.refunded, order.currency)
    price = money.rounded(order.total - order.credited, order.currency)
    if kind == PaymentKind.CAPTURE and net + amount > price:
        raise Conflict(
            f"{net} of {price} is captured; {amount} more is too much.",
            code="over_capture",
        )
    if kind == PaymentKind.REFUND and amount > net:
        raise Conflict(f"{net} can be paid back, not {amount}.", code="over_refund")
    if kind == PaymentKind.VOID and amount > totals.authorized_open:
        raise Conflict(
            said(
                "%(open)s is authorised and not captured, not %(amount)s.",
                open=money.rounded(totals.authorized_open, order.currency),
                amount=amount,
            ),
            code="over_void",
        )


def _write(
    order: Order,
    *,
    kind: str,
    method: str,
    amount: Decimal,
    reference: str,
    provider: str,
    actor: str,
) -> Payment:
    entry = Payment.objects.create(
        id=new_id(),
        order=order,
        kind=kind,
        method=method,
        provider=provider,
        amount=amount,
        reference=reference,
        actor=actor,
    )
    progress.refresh(order)
    record(
        EVENTS[PaymentKind(kind)],
        order.ref,
        actor=actor,
        channel_id=order.channel_id,
        data={
            "id": str(order.pk),
            "number": str(order.number),
            "version": order.version,
            "payment": str(entry.pk),
            "amount": str(amount),
            "method": method,
        },
    )
    if kind in COVERING and covered(order):
        holds.release_reason(order, "awaiting_payment", actor=actor)
    if kind == PaymentKind.VOID and not covered(order):
        holds.await_payment(order, actor=actor)
    return entry


def covered(order: Order) -> bool:
    """What is authorised, captured or promised in cash reaches the total."""
    totals = ledger.sums(order.payments.all())
    cash = max(ZERO, totals.cash_expected - totals.cash_captured)
    return totals.captured - totals.refunded + totals.authorized_open + cash >= order.total - order.credited
