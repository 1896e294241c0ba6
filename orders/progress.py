"""How far an order is: its row locked first, its lines' counters moved, everything derived recomputed."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone

from oms.core.errors import IllegalMove
from orders import ledger, status
from orders.models import Line, Order
from orders.totals import share

COUNTERS = (
    "reserved",
    "backordered",
    "allocated",
    "picked",
    "packed",
    "shipped",
    "delivered",
    "cancelled",
    "returned",
)

_CHANGE = f"""
UPDATE orders_line AS line SET {", ".join(f"{c} = line.{c} + change.{c}" for c in COUNTERS)}
FROM unnest(%s::uuid[], {", ".join("%s::int[]" for _ in COUNTERS)}) AS change (id, {", ".join(COUNTERS)})
WHERE line.id = change.id AND line.order_id = %s
"""
_CHANGE_MANY = _CHANGE.replace("line.order_id = %s", "line.order_id = ANY(%s)")
DERIVED = (
    "items",
    "discount",
    "shipping",
    "tax",
    "total",
    "credited",
    "paid",
    "status",
    "stage",
    "payment_status",
    "fulfillment_status",
    "return_status",
    "returns_open",
)


def lock(order_id: UUID) -> Order:
    """The order's row, locked first in every write that can change what is derived."""
    return (
        Order.objects.select_for_update(no_key=True, of=("self",)).select_related("channel").get(pk=order_id)
    )


def lock_many(order_ids: Collection[UUID]) -> dict[UUID, Order]:
    """The same for several, in one order."""
    rows = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("channel")
    return {order.pk: order for order in rows.filter(pk__in=order_ids).order_by("pk")}


@transaction.atomic
def change_units(
    order: Order,
    changes: Mapping[UUID, Mapping[str, int]],
    *,
    credited: Decimal = Decimal(0),
) -> None:
    """Move units of lines between counters in one statement, then refresh the order.

    `credited` is what was taken back with them. Raises IllegalMove where the counters would not add up.
    """
    if changes:
        columns = [[change.get(counter, 0) for change in changes.values()] for counter in COUNTERS]
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_CHANGE, [list(changes), *columns, order.pk])
                touched = cursor.rowcount
        except IntegrityError as error:
            raise IllegalMove("The units of a line would not add up.") from error
        if touched != len(changes):
            raise IllegalMove("A line does not belong to this order.")
    order.credited += credited
    refresh(order)


def change_units_many(orders: Mapping[UUID, Order], changes: Mapping[UUID, Mapping[str, int]]) -> None:
    """The same for lines of several locked orders: as many statements for fifty as for one."""
    columns = [[change.get(counter, 0) for change in changes.values()] for counter in COUNTERS]
    with connection.cursor() as cursor:
        cursor.execute(_CHANGE_MANY, [list(changes), *columns, list(orders)])
        if cursor.rowcount != len(changes):
            raise IllegalMove("A line does not belong to these orders.")
    rows = list(orders.values())
    prefetch_related_objects(rows, "lines", "holds", "payments")
    for order in rows:
        held = any(hold.released_at is None for hold in order.holds.all())
        derive_from(order, list(order.lines.all()), held, ledger.sums(order.payments.all()))
        order.version += 1
        order.updated_at = timezone.now()
    Order.objects.bulk_update(rows, [*DERIVED, "version", "updated_at"])


def refresh(order: Order) -> None:
    """Recompute totals and statuses from lines, holds and ledger; the version goes up."""
    derive(order)
    order.version += 1
    order.updated_at = timezone.now()
    order.save(update_fields=[*DERIVED, "version", "updated_at"])


def derive(order: Order) -> None:
    """Set what is derived on the row in memory, without saving; `verify` compares it with what is stored."""
    lines = list(order.lines.all())
    held = order.holds.filter(released_at=None).exists()
    derive_from(order, lines, held, ledger.sums(order.payments.all()))


def derive_from(order: Order, lines: list[Line], held: bool, sums: ledger.Sums) -> None:
    """The same from rows already read. Runs no query."""
    for name, value in open_amounts(order, lines).items():
        setattr(order, name, value)
    order.paid = sums.captured - sums.refunded
    money = status.Money(
        total=order.total,
        credited=order.credited,
        captured=sums.captured,
        refunded=sums.refunded,
        authorized_open=sums.authorized_open,
        voided=sums.voided,
    )
    derived = status.derive([counters(line) for line in lines], held, money, order.returns_open > 0)
    order.status = derived.status
    order.stage = derived.stage
    order.payment_status = derived.payment_status
    order.fulfillment_status = derived.fulfillment_status
    order.return_status = derived.return_status


def counters(line: Line) -> status.Counters:
    """A line's units as the pure formula takes them."""
    return status.Counters(line.quantity, **{name: getattr(line, name) for name in COUNTERS})


def open_amounts(order: Order, lines: list[Line]) -> dict[str, Any]:
    """Items, discount, shipping, tax and total of what is not cancelled, in the order's currency.

    Shipping stands until everything is cancelled. Cancelled units count from the start of a line
    (orders.totals.share), so parts cancelled one after another add up to the whole.
    """
    currency = order.currency

    def left(amount: Decimal, line: Line) -> Decimal:
        return amount - share(amount, line.cancelled, line.quantity, currency)

    paid_for_lines = sum((line.total for line in lines), Decimal(0))
    all_gone = all(line.cancelled == line.quantity for line in lines)
    shipping_total = Decimal(0) if all_gone else order.placed_total - paid_for_lines
    shipping_tax = Decimal(0) if all_gone else order.shipping_tax
    tax = sum((left(line.tax, line) for line in lines), Decimal(0))
    discount = sum((left(line.discount, line) for line in lines), Decimal(0))
    total = sum((left(line.total, line) for line in lines), Decimal(0))
    # As priced: without tax where prices exclude it.
    items = total + discount - (Decimal(0) if order.prices_include_tax else tax)
    return {
        "items": items,
        "discount": discount,
        "shipping": shipping_total if order.prices_include_tax else shipping_total - shipping_tax,
        "tax": tax + shipping_tax,
        "total": total + shipping_total,
    }
