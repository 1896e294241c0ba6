"""Doors of invoices: an order's papers as JSON, and each as PDF."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from rest_framework.request import Request

from oms.core import errors, short_lists
from oms.core.api import Answer, Endpoint, Op
from oms.core.short_lists import ShortListQuery
from orders.access import get_invoice, get_order
from orders.documents import Money, amount, rate
from orders.invoicing import printing
from orders.models import Invoice, InvoiceLine

PAPER_RETRY = 2  # seconds: a worker needs one to start and a tenth to print


class InvoiceTaxOut(msgspec.Struct):
    """One rate's sum; `taxable` is without the tax."""

    rate: str
    taxable: Money
    tax: Money


class InvoiceLineOut(msgspec.Struct):
    """`line` is the order line's id, null for the shipping. `total` holds the tax; `fee` was kept of it."""

    line: UUID | None
    sku: str
    quantity: int
    tax_rate: str
    tax: Money
    total: Money
    fee: Money


class InvoiceTotalsOut(msgspec.Struct):
    net: Money
    tax: Money
    total: Money


class InvoiceLinksOut(msgspec.Struct):
    order: str
    pdf: str


class InvoiceOut(msgspec.Struct):
    """`kind`: invoice or credit_note; amounts are positive in both. `corrects`: the invoices a credit note is about.

    `qr` is the text of the code on a Saudi simplified tax invoice, else empty.
    """

    id: UUID
    number: str
    kind: str
    order: str
    issued_at: datetime
    currency: str
    language: str
    seller: dict[str, Any]
    buyer: dict[str, Any]
    lines: list[InvoiceLineOut]
    taxes: list[InvoiceTaxOut]
    totals: InvoiceTotalsOut
    corrects: list[str]
    qr: str
    links: InvoiceLinksOut


class OrderInvoices(Endpoint):
    get_op = Op(
        scope="orders:read",
        query=ShortListQuery,
        answer=InvoiceOut,
        paged=True,
        summary="An order's invoices and credit notes, oldest first",
    )

    def get(self, request: Request, query: ShortListQuery, id: str) -> Answer:
        order = get_order(request.user, id)
        found = order.invoices.select_related("order").prefetch_related("lines").order_by("issued_at", "id")
        return short_lists.page(request, [invoice_out(invoice) for invoice in found], query)


class InvoiceDetail(Endpoint):
    get_op = Op(scope="orders:read", answer=InvoiceOut, summary="Read an invoice or a credit note")

    def get(self, request: Request, id: str) -> InvoiceOut:
        return invoice_out(get_invoice(request.user, id))


class InvoicePdf(Endpoint):
    """The paper as bytes, whatever `Accept` says; 404 with Retry-After until a worker has drawn it."""

    get_op = Op(
        scope="orders:read",
        answer="application/pdf",
        conditional=True,
        summary="An invoice or credit note as PDF, A4",
    )

    def get(self, request: Request, id: str) -> Answer:
        invoice = get_invoice(request.user, id)
        content = printing.drawn(invoice)
        if content is None:
            raise errors.NotFound("The paper is being drawn.", code="not_ready", retry_after=PAPER_RETRY)
        headers = {
            "Content-Disposition": f'inline; filename="{invoice.number}.pdf"',
            "ETag": f'"{invoice.pk}"',
        }
        return Answer(content, 200, headers, "application/pdf")


def invoice_out(invoice: Invoice) -> InvoiceOut:
    """The whole document. Reads `order` and `lines`."""
    code = invoice.currency
    api = f"{settings.BASE_URL}/api/v1"
    return InvoiceOut(
        id=invoice.pk,
        number=invoice.number,
        kind=invoice.kind,
        order=str(invoice.order.number),
        issued_at=invoice.issued_at,
        currency=code,
        language=invoice.language,
        seller=invoice.seller,
        buyer=invoice.buyer,
        lines=[_line_out(line, code) for line in sorted(invoice.lines.all(), key=lambda line: line.pk)],
        taxes=[
            InvoiceTaxOut(
                row["rate"], amount(Decimal(row["taxable"]), code), amount(Decimal(row["tax"]), code)
            )
            for row in invoice.taxes
        ],
        totals=InvoiceTotalsOut(
            amount(invoice.net, code), amount(invoice.tax, code), amount(invoice.total, code)
        ),
        corrects=invoice.corrects,
        qr=invoice.qr,
        links=InvoiceLinksOut(f"{api}/orders/{invoice.order_id}/", f"{api}/invoices/{invoice.pk}.pdf"),
    )


def _line_out(line: InvoiceLine, code: str) -> InvoiceLineOut:
    return InvoiceLineOut(
        line=line.line_id,
        sku=line.sku,
        quantity=line.quantity,
        tax_rate=rate(line.tax_rate),
        tax=amount(line.tax, code),
        total=amount(line.amount, code),
        fee=amount(line.fee, code),
    )
