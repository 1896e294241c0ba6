"""Goods are bought: a draft, sent to the supplier, received in parts, closed.

What was sent is incoming at its location until it is counted there. A receipt keeps the unit cost of what came,
which valuation reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from inventory import news, stock
from inventory.models import (
    Location,
    Product,
    PurchaseLine,
    PurchaseOrder,
    PurchaseReceipt,
    PurchaseReceiptLine,
    PurchaseState,
    State,
    Supplier,
    SupplierPrice,
)
from inventory.numbering import next_numbers
from oms.core import bell, company, money
from oms.core.errors import Conflict, IllegalMove, Invalid
from oms.core.events import record
from oms.core.saying import said

PRINT_OWED = "inventory.tasks.print_purchases"

NEXT: dict[str, frozenset[str]] = {
    PurchaseState.DRAFT: frozenset({PurchaseState.SENT, PurchaseState.CANCELLED}),
    PurchaseState.SENT: frozenset(
        {PurchaseState.PARTLY_RECEIVED, PurchaseState.CLOSED, PurchaseState.CANCELLED}
    ),
    PurchaseState.PARTLY_RECEIVED: frozenset({PurchaseState.PARTLY_RECEIVED, PurchaseState.CLOSED}),
    PurchaseState.CLOSED: frozenset(),
    PurchaseState.CANCELLED: frozenset(),
}
ON_ORDER = (PurchaseState.SENT, PurchaseState.PARTLY_RECEIVED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units of one product; without a cost it is what the supplier's price list says of so many."""

    product: Product
    quantity: int
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Came:
    """Units of one line as counted. Without a cost it is the line's."""

    line: UUID
    quantity: int
    state: str = State.ON_HAND
    unit_cost: Decimal | None = None
    lot: str = ""
    expires_on: date | None = None


@transaction.atomic
def draft(
    supplier: Supplier,
    location: Location,
    *,
    lines: Sequence[Wanted],
    expected_on: date | None = None,
    note: str = "",
    actor: str,
) -> PurchaseOrder:
    """A purchase order nobody has seen yet. Raises Invalid for lines that cannot be ordered."""
    if not supplier.active:
        raise Invalid.at(
            "/supplier", said("%(name)s is switched off.", name=supplier.name), "supplier_inactive"
        )
    [number] = next_numbers("PO", 1)
    order = PurchaseOrder(
        number=number,
        supplier=supplier,
        location=location,
        currency=supplier.currency,
        language=supplier.language,
        expected_on=expected_on,
        note=note,
        created_by=actor,
    )
    rows = _lines(order, lines)
    order.save(force_insert=True)
    PurchaseLine.objects.bulk_create(rows)
    _record("purchase.drafted", order, actor)
    return order


@transaction.atomic
def rewrite(
    order: PurchaseOrder,
    *,
    lines: Sequence[Wanted],
    location: Location,
    expected_on: date | None,
    note: str,
    actor: str,
) -> PurchaseOrder:
    """A draft becomes what is given, all of it. Raises IllegalMove once it was sent."""
    order = lock(order.pk)
    if order.state != PurchaseState.DRAFT:
        raise IllegalMove(f"Purchase order {order.number} is {order.state}; only a draft is rewritten.")
    order.location, order.expected_on, order.note = location, expected_on, note
    rows = _lines(order, lines)
    order.lines.all().delete()
    PurchaseLine.objects.bulk_create(rows)
    return _saved("purchase.drafted", order, actor)


@transaction.atomic
def send(order: PurchaseOrder, *, actor: str) -> PurchaseOrder:
    """The order goes to the supplier: from now on its units are incoming. A worker draws the paper and mails it.

    Raises IllegalMove out of turn; Invalid (`no_lines`, `below_minimum`).
    """
    order = lock(order.pk)
    move(order, PurchaseState.SENT)
    lines = list(order.lines.select_related("product"))
    if not lines:
        raise Invalid.at("/lines", "There is nothing on it yet.", "no_lines")
    _refuse_too_few(order, lines)
    now = timezone.now()
    today = company.day_of(now)
    order.sent_at = order.paper_due_at = now
    order.expected_on = max(order.expected_on or today + timedelta(days=order.supplier.lead_days), today)
    stock.expect({(line.product_id, order.location_id): line.quantity for line in lines})
    news.touch(line.product_id for line in lines)
    transaction.on_commit(ring, robust=True)
    return _saved("purchase.sent", order, actor)


@transaction.atomic
def receive(
    order: PurchaseOrder, *, came: Sequence[Came], delivery_note: str = "", note: str = "", actor: str
) -> PurchaseOrder:
    """Count a delivery. The order closes by itself once everything on it is there.

    More than was ordered needs a `note`. Raises IllegalMove out of turn, Invalid for an unknown line or nothing.
    """
    order = lock(order.pk)
    _refuse_unsent(order)
    lines = {line.pk: line for line in order.lines.select_related("product")}
    _refuse_unknown(came, lines)
    expected: dict[tuple[int, int], int] = {}
    over = 0
    for line in lines.values():
        units = sum(one.quantity for one in came if one.line == line.pk)
        expected[line.product_id, order.location_id] = min(units, line.to_come)
        over += units - min(units, line.to_come)
        line.received += units
    if over and not note:
        raise Invalid.at("/note", said("More came than was ordered. Say why it stays."), "reason_required")
    whole = all(line.to_come == 0 for line in lines.values())
    move(order, PurchaseState.CLOSED if whole else PurchaseState.PARTLY_RECEIVED)
    PurchaseLine.objects.bulk_update(lines.values(), ["received"])
    receipt = PurchaseReceipt.objects.create(order=order, delivery_note=delivery_note, note=note, actor=actor)
    PurchaseReceiptLine.objects.bulk_create(
        PurchaseReceiptLine(
            receipt=receipt,
            line=lines[one.line],
            quantity=one.quantity,
            state=one.state,
            unit_cost=lines[one.line].unit_cost if one.unit_cost is None else one.unit_cost,
            currency=order.currency,
            lot=one.lot,
            expires_on=one.expires_on,
        )
        for one in came
    )
    stock.receive(
        [
            stock.Incoming(
                lines[one.line].product_id,
                order.location_id,
                one.quantity,
                one.state,
                one.lot,
                one.expires_on,
            )
            for one in came
        ],
        expected=expected,
        cause="purchased",
        reference=order.ref,
        actor=actor,
        reason=note or delivery_note,
    )
    if whole:
        order.closed_at = timezone.now()
    facts = {"units": sum(one.quantity for one in came), "over": over, "complete": whole}
    return _saved("purchase.received", order, actor, receipt=str(receipt.pk), **facts)


@transaction.atomic
def close(order: PurchaseOrder, *, reason: str, actor: str) -> PurchaseOrder:
    """Nothing more will come: what is missing is given up and no longer incoming."""
    order = lock(order.pk)
    _refuse_unsent(order)
    move(order, PurchaseState.CLOSED)
    dropped = _drop(order)
    order.closed_at, order.closed_reason = timezone.now(), reason
    return _saved("purchase.closed", order, actor, short=dropped)


@transaction.atomic
def cancel(order: PurchaseOrder, *, reason: str, actor: str) -> PurchaseOrder:
    """The order falls away before anything came."""
    order = lock(order.pk)
    sent = order.state in ON_ORDER
    move(order, PurchaseState.CANCELLED)
    if sent:
        _drop(order)
    order.closed_at, order.closed_reason = timezone.now(), reason
    order.paper_due_at = None
    return _saved("purchase.cancelled", order, actor, was_sent=sent)


def lock(pk: UUID) -> PurchaseOrder:
    """The purchase order as it is now, ours until the transaction ends: before any stock level."""
    return (
        PurchaseOrder.objects.select_related("supplier", "location")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=pk)
    )


def move(order: PurchaseOrder, state: str) -> None:
    """Raises IllegalMove for a step out of turn."""
    if state not in NEXT[order.state]:
        raise IllegalMove(f"Purchase order {order.number} is {order.state}; it cannot become {state}.")
    order.state = state


def ring() -> None:
    """Tell a worker that papers are owed."""
    bell.call(PRINT_OWED, queue="carrier")


def _lines(order: PurchaseOrder, wanted: Sequence[Wanted]) -> list[PurchaseLine]:
    """The lines to store, their costs found in the price list where nobody says; the order's total follows."""
    prices = _price_list(order.supplier, [one.product for one in wanted])
    rows: list[PurchaseLine] = []
    for place, one in enumerate(wanted):
        product = one.product
        if any(row.product_id == product.pk for row in rows):
            raise Invalid.at(f"/lines/{place}/sku", said("A SKU is named once."), "sku_twice")
        if product.components:
            raise Invalid.at(
                f"/lines/{place}/sku", said("%(sku)s is a kit: buy its parts.", sku=product.sku), "kit"
            )
        tiers = prices.get(product.pk, [])
        reached = [tier for tier in tiers if tier.min_quantity <= one.quantity]
        # Fewer than they send is refused when it is sent.
        listed = next(iter(reached[-1:] or tiers[:1]), None)
        cost = one.unit_cost
        if cost is None and listed is not None:
            cost = listed.price
        if cost is None:
            detail = said("%(name)s has no price for %(sku)s.", name=order.supplier.name, sku=product.sku)
            raise Invalid.at(f"/lines/{place}/unit_cost", detail, "no_price")
        rows.append(
            PurchaseLine(
                order=order,
                position=place + 1,
                product=product,
                supplier_sku=listed.supplier_sku if listed else "",
                quantity=one.quantity,
                unit_cost=cost,
            )
        )
    order.total = money.rounded(
        sum((row.quantity * row.unit_cost for row in rows), Decimal(0)), order.currency
    )
    return rows


def _price_list(supplier: Supplier, products: Sequence[Product]) -> dict[int, list[SupplierPrice]]:
    """By product the tiers of its price, from the fewest units on."""
    found: dict[int, list[SupplierPrice]] = {}
    rows = SupplierPrice.objects.filter(supplier=supplier, product__in=products)
    for price in rows.order_by("min_quantity"):
        found.setdefault(price.product_id, []).append(price)
    return found


def _refuse_too_few(order: PurchaseOrder, lines: Sequence[PurchaseLine]) -> None:
    """A supplier sends no less than their price list says."""
    prices = _price_list(order.supplier, [line.product for line in lines])
    least = {product: tiers[0].min_quantity for product, tiers in prices.items()}
    faults = [
        {
            "pointer": f"/lines/{place}/quantity",
            "code": "below_minimum",
            "detail": said(
                "%(name)s sends at least %(least)s of %(sku)s.",
                name=order.supplier.name,
                least=least[line.product_id],
                sku=line.product.sku,
            ),
        }
        for place, line in enumerate(lines)
        if line.quantity < least.get(line.product_id, 1)
    ]
    if faults:
        raise Conflict(faults[0]["detail"], code="below_minimum", errors=faults)


def _drop(order: PurchaseOrder) -> int:
    """Give up what is still to come; returns how many units."""
    lines = [line for line in order.lines.all() if line.to_come]
    coming = {(line.product_id, order.location_id): -line.to_come for line in lines}
    for line in lines:
        line.dropped += line.to_come
    PurchaseLine.objects.bulk_update(lines, ["dropped"])
    stock.expect(coming)
    news.touch(line.product_id for line in lines)
    return -sum(coming.values())


def _refuse_unsent(order: PurchaseOrder) -> None:
    if order.state not in ON_ORDER:
        raise IllegalMove(f"Purchase order {order.number} is {order.state}; nothing is on its way.")


def _refuse_unknown(came: Sequence[Came], lines: dict[UUID, PurchaseLine]) -> None:
    if not came:
        raise Invalid.at("/lines", said("Say what came."), "nothing_came")
    for place, one in enumerate(came):
        if one.line not in lines:
            raise Invalid.at(
                f"/lines/{place}/id", said("This purchase order has no such line."), "unknown_line"
            )


def _saved(kind: str, order: PurchaseOrder, actor: str, **more: Any) -> PurchaseOrder:
    order.version += 1
    order.save()
    _record(kind, order, actor, **more)
    return order


def _record(kind: str, order: PurchaseOrder, actor: str, **more: Any) -> None:
    data = {
        "id": str(order.pk),
        "number": order.number,
        "version": order.version,
        "supplier": order.supplier.code,
        "location": order.location.code,
        **more,
    }
    record(kind, order.ref, actor=actor, data=data)
