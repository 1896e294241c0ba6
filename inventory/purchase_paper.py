"""The purchase order as the supplier gets it, A4, in their language. Plain data in, bytes of a PDF out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation

from oms.core.barcodes import code128
from oms.core.display import day, is_rtl, isolated, money, number, price
from oms.core.documents import pdf
from oms.core.papers import Address, address_lines, line


@dataclass(frozen=True)
class PaperLine:
    """One product, by the supplier's code and by ours."""

    sku: str
    supplier_sku: str
    name: str
    quantity: int
    unit_cost: Decimal


@dataclass(frozen=True)
class PaperData:
    """What the paper says. Amounts in `currency`, without taxes: those are the supplier's invoice's affair."""

    company: str
    number: str
    supplier: Address
    contact: str
    deliver_to: Address
    ordered_on: date
    expected_on: date
    currency: str
    total: Decimal
    lines: Sequence[PaperLine]
    note: str = ""
    language: str = "en"


def purchase_pdf(data: PaperData) -> bytes:
    """Who buys what of whom, at which price, where it goes and by when; its number as bars for the one who receives."""
    with translation.override(data.language):
        paper = _paper(data)
    return pdf(
        "inventory/papers/purchase.html",
        {"paper": paper, "language": data.language, "rtl": is_rtl(data.language)},
        stylesheet="papers/purchase.css",
        language=data.language,
    )


def _paper(data: PaperData) -> dict[str, Any]:
    language = data.language
    return {
        "company": line(data.company, 40),
        "number": isolated(data.number),
        "bars": code128(data.number),
        "supplier": [line(data.supplier.name), *address_lines(data.supplier, language)],
        "contact": line(data.contact, 60),
        "place": [line(data.deliver_to.name), *address_lines(data.deliver_to, language)],
        "place_phone": line(data.deliver_to.phone, 24),
        "ordered_on": isolated(day(data.ordered_on, language, weekday=False)),
        "expected_on": isolated(day(data.expected_on, language, weekday=False)),
        "lines": [
            {
                "sku": line(row.sku, 64),
                "supplier_sku": line(row.supplier_sku, 64),
                "name": line(row.name, 160),
                "quantity": isolated(number(row.quantity, language)),
                "unit_cost": isolated(price(row.unit_cost, data.currency, language)),
                "total": isolated(money(row.quantity * row.unit_cost, data.currency, language)),
            }
            for row in data.lines
        ],
        "units": isolated(number(sum(row.quantity for row in data.lines), language)),
        "total": isolated(money(data.total, data.currency, language)),
        "note": [line(part, 400) for part in data.note.splitlines()[:20]],
    }
