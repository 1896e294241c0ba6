"""Invoices for what left, credit notes for what was taken back: written by a worker, numbered without gaps.

`settle` compares the order with its papers and writes what is missing (`billing`), so the events that call it
may come twice, late or in any order. The papers themselves are drawn later (`printing`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from oms.core import bell, company, money
from oms.core.events import Recorded, record
from orders import progress
from orders.invoicing import billing, zatca
from orders.invoicing.billing import Billed, Facts, Part
from orders.models import Invoice, InvoiceKind, InvoiceLine, InvoicePaper, Line, Order
from orders.totals import share

ZERO = Decimal(0)
PRINT_OWED = "orders.tasks.print_owed_invoices"
PREFIX = {InvoiceKind.INVOICE: "INV", InvoiceKind.CREDIT_NOTE: "CN"}
# Locks the series' row until the transaction ends: a place given out and not used would be a gap.
_NEXT = """
INSERT INTO orders_invoiceseries (code, last) VALUES (%s, 1)
ON CONFLICT (code) DO UPDATE SET last = orders_invoiceseries.last + 1 RETURNING last
"""


def on_order_moved(event: Recorded) -> None:
    """Goods left, or were taken back. The order is the event's thread."""
    number = event.thread.partition("/")[2]
    settle(Order.objects.values_list("pk", flat=True).get(number=number), actor="system")


@transaction.atomic
def settle(order_id: UUID, *, actor: str) -> list[Invoice]:
    """Write the invoice and the credit note the order lacks; returns them, none where all is written."""
    order = progress.lock(order_id)
    lines = list(order.lines.select_related("product").order_by("position"))
    if not any(line.shipped for line in lines):
        return []
    billed, shipping_billed, credited_before = _so_far(order)
    facts = [_facts(line) for line in lines]
    code = order.currency
    owed = {
        InvoiceKind.INVOICE: billing.to_invoice(
            facts,
            billed,
            code,
            shipping=Part(None, 0, _shipping(order, lines), order.shipping_tax_rate),
            shipping_billed=shipping_billed,
        ),
        InvoiceKind.CREDIT_NOTE: billing.to_credit(
            facts, billed, code, credited=order.credited, credited_before=credited_before
        ),
    }
    return [_write(order, kind, parts, lines, actor) for kind, parts in owed.items() if parts]


def _so_far(order: Order) -> tuple[dict[UUID, Billed], Decimal, Decimal]:
    """What the papers say of each line and of the shipping, and what was given back for goods."""
    billed: dict[UUID, Billed] = {}
    shipping = credited = ZERO
    rows = InvoiceLine.objects.filter(invoice__order=order)
    for line_id, kind, units, amount, fee in rows.values_list(
        "line_id", "invoice__kind", "quantity", "amount", "fee"
    ):
        sign = 1 if kind == InvoiceKind.INVOICE else -1
        if line_id is None:
            shipping += sign * amount
            continue
        was = billed.get(line_id, billing.NOTHING)
        if kind == InvoiceKind.CREDIT_NOTE and units:
            credited += amount
            billed[line_id] = Billed(was.units, was.amount, was.back + units, was.worth + amount + fee)
        else:
            billed[line_id] = Billed(
                was.units + sign * units, was.amount + sign * amount, was.back, was.worth
            )
    return billed, shipping, credited


def _facts(line: Line) -> Facts:
    return Facts(
        line.pk, line.quantity, line.total, line.discount, line.tax_rate, line.shipped, line.returned
    )


def _shipping(order: Order, lines: Sequence[Line]) -> Decimal:
    """What the customer pays for shipping, tax included: the total without the lines'."""
    open_lines = sum(
        (line.total - share(line.total, line.cancelled, line.quantity, order.currency) for line in lines),
        ZERO,
    )
    return max(ZERO, order.total - open_lines)


def _write(order: Order, kind: str, parts: Sequence[Part], lines: Sequence[Line], actor: str) -> Invoice:
    taxes, rates = billing.taxed(parts, order.currency)
    total = sum((part.amount for part in parts), ZERO)
    tax = sum(taxes, ZERO)
    at = timezone.now()
    earlier = list(
        order.invoices.filter(kind=InvoiceKind.INVOICE).order_by("place").values_list("number", flat=True)
    )
    seller = _seller(order)
    series, place = _next(InvoiceKind(kind), at)
    invoice = Invoice.objects.create(
        order=order,
        kind=kind,
        series=series,
        place=place,
        number=f"{series}-{place:06d}",
        issued_at=at,
        currency=order.currency,
        language=order.language,
        net=total - tax,
        tax=tax,
        total=total,
        taxes=[{name: str(value) for name, value in asdict(rate).items()} for rate in rates],
        seller=seller,
        buyer=_buyer(order),
        corrects=earlier if kind == InvoiceKind.CREDIT_NOTE else [],
        qr=_qr(seller, order.currency, at, total, tax),
    )
    by_id = {line.pk: line for line in lines}
    InvoiceLine.objects.bulk_create(
        _row(invoice, part, tax, by_id[part.line] if part.line else None)
        for part, tax in zip(parts, taxes, strict=True)
    )
    InvoicePaper.objects.create(invoice=invoice)
    record(
        "invoice.issued",
        f"invoice/{invoice.number}",
        actor=actor,
        channel_id=order.channel_id,
        thread=order.ref,
        data={
            "id": str(invoice.pk),
            "number": invoice.number,
            "version": 1,
            "order": str(order.number),
            "kind": kind,
            "total": str(money.rounded(total, order.currency)),
            "currency": order.currency,
        },
    )
    transaction.on_commit(ring_printer, robust=True)
    return invoice


def _row(invoice: Invoice, part: Part, tax: Decimal, line: Line | None) -> InvoiceLine:
    return InvoiceLine(
        invoice=invoice,
        line=line,
        sku=line.sku if line else "",
        name=line.product.name if line else {},
        quantity=part.units,
        unit_price=line.unit_price if line else invoice.order.shipping_price,
        discount=part.discount,
        tax_rate=part.tax_rate,
        tax=tax,
        amount=part.amount,
        fee=part.fee,
    )


def _next(kind: InvoiceKind, at: datetime) -> tuple[str, int]:
    """The next place of the year's series, on the company's clocks. Locked last: nothing is locked after it."""
    year = company.day_of(at).year
    series = f"{PREFIX[kind]}-{year}"
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [series])
        return series, int(cursor.fetchone()[0])


def _seller(order: Order) -> dict[str, Any]:
    """Who sells, as it is on this day."""
    return {
        "name": settings.COMPANY_NAME,
        "name_ar": settings.COMPANY_NAME_AR,
        "vat_number": settings.COMPANY_VAT_NUMBER,
        "registration": settings.COMPANY_REGISTRATION,
        "address": {
            "line1": settings.COMPANY_STREET,
            "city": settings.COMPANY_CITY,
            "postal_code": settings.COMPANY_POSTAL_CODE,
            "country": settings.COMPANY_COUNTRY,
        },
    }


def _buyer(order: Order) -> dict[str, Any]:
    """Who pays: the billing address where there is one."""
    address = order.billing_address or order.shipping_address or {}
    parts = ("company", "line1", "line2", "district", "city", "region", "postal_code", "country")
    name = str(address.get("name") or order.customer_name)
    return {"name": name, "address": {part: address[part] for part in parts if address.get(part)}}


def is_saudi_tax(seller: Mapping[str, Any]) -> bool:
    """Under ZATCA's rules: a simplified tax invoice with its code, in Arabic beside the customer's language."""
    return bool(seller["vat_number"]) and seller["address"]["country"] == "SA"


def _qr(seller: Mapping[str, Any], currency: str, at: datetime, total: Decimal, tax: Decimal) -> str:
    # The code's amounts are riyals by definition.
    if not is_saudi_tax(seller) or currency != "SAR":
        return ""
    return zatca.qr_text(seller["name_ar"] or seller["name"], seller["vat_number"], at, total, tax)


def ring_printer() -> None:
    """A paper is owed; the sweep finds it too when nobody hears."""
    bell.call(PRINT_OWED, queue="carrier")
