"""An invoice or credit note as A4: plain facts of the stored paper in, bytes of a PDF out.

In the order's language; a Saudi tax invoice also speaks Arabic (an Arabic one English), as its readers expect.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from oms.core import company, money
from oms.core.barcodes import qr
from oms.core.display import PERSIAN_CURRENCIES, clock, day, digits, figure, is_rtl, isolated, percent
from oms.core.documents import pdf
from oms.core.papers import address_lines, address_of, count, line
from orders.invoicing import is_saudi_tax
from orders.models import Invoice, InvoiceKind, InvoiceLine

TITLES: dict[tuple[str, bool], str | Promise] = {
    (InvoiceKind.INVOICE, True): _("Simplified tax invoice"),
    (InvoiceKind.CREDIT_NOTE, True): _("Simplified tax credit note"),
    (InvoiceKind.INVOICE, False): _("Invoice"),
    (InvoiceKind.CREDIT_NOTE, False): _("Credit note"),
}
WORDS: dict[str, str | Promise] = {
    "number": _("Number"),
    "issued": _("Issued on"),
    "order": _("Order no."),
    "corrects": _("For invoice"),
    "seller": _("Seller"),
    "buyer": _("Buyer"),
    "vat_number": _("VAT number"),
    "registration": _("Commercial registration"),
    "item": _("Item"),
    "quantity": _("Quantity"),
    "unit_price": _("Unit price"),
    "vat": _("VAT"),
    "amount": _("Amount with VAT"),
    "shipping": _("Shipping"),
    "net": _("Total without VAT"),
    "total": _("Total"),
    "total_back": _("Total credited"),
    "discount": _("Discount"),
    "fee": _("Return fee kept"),
    "correction": _("Price correction"),
}


def invoice_pdf(invoice: Invoice, lines: Sequence[InvoiceLine]) -> bytes:
    """The paper. Reads the invoice's order for its number."""
    language = invoice.language
    return pdf(
        "orders/papers/invoice.html",
        {"paper": _paper(invoice, lines), "language": language[:2], "rtl": is_rtl(language)},
        stylesheet="papers/invoice.css",
        language=language,
    )


def _paper(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[str, Any]:
    language, seller = invoice.language, invoice.seller
    saudi = is_saudi_tax(seller)
    second = _second(language) if saudi else ""
    words = {name: both(word, language, second) for name, word in WORDS.items()}
    back = invoice.kind == InvoiceKind.CREDIT_NOTE
    return {
        "title": both(TITLES[invoice.kind, saudi], language, second),
        "words": words,
        "second": second,
        "number": isolated(invoice.number),
        "issued": isolated(
            f"{day(company.day_of(invoice.issued_at), language, weekday=False)} "
            f"{clock(invoice.issued_at, language, timezone=settings.COMPANY_TIME_ZONE)}"
        ),
        "order": isolated(str(invoice.order.number)),
        "corrects": [isolated(number) for number in invoice.corrects],
        "currency": isolated(PERSIAN_CURRENCIES.get(invoice.currency, invoice.currency))
        if language[:2] == "fa"
        else isolated(invoice.currency),
        "seller": _names(seller, language),
        "seller_lines": address_lines(address_of(seller["address"]), language),
        "vat_number": isolated(seller["vat_number"]),
        "registration": isolated(seller["registration"]),
        "buyer": line(invoice.buyer["name"]),
        "buyer_lines": address_lines(address_of(invoice.buyer["address"]), language),
        "rows": [_row(row, invoice, words, second) for row in lines],
        "net": figure(invoice.net, invoice.currency, language),
        "taxes": [
            (
                rate_of_tax(Decimal(rate["rate"]), language),
                figure(Decimal(rate["tax"]), invoice.currency, language),
            )
            for rate in invoice.taxes
        ],
        "total_word": words["total_back" if back else "total"],
        "total": figure(invoice.total, invoice.currency, language),
        "qr": qr(invoice.qr) if invoice.qr else None,
    }


def _row(row: InvoiceLine, invoice: Invoice, words: dict[str, dict[str, str]], second: str) -> dict[str, Any]:
    language, code = invoice.language, invoice.currency
    notes = [
        f"{words[word]['main']} {isolated(figure(value, code, language))}"
        for word, value in (("discount", row.discount), ("fee", row.fee))
        if value
    ]
    if row.line_id and not row.quantity:
        notes.append(words["correction"]["main"])
    name, also = (_names_of(row, language, second)) if row.line_id else words["shipping"].values()
    return {
        "name": line(name, 160),
        "also": line(also, 160),
        "sku": line(row.sku, 64),
        "notes": notes,
        "quantity": count(row.quantity, language) if row.quantity else "",
        "unit_price": price(row.unit_price, code, language) if row.quantity else "",
        "rate": rate_of_tax(row.tax_rate, language),
        "amount": figure(row.amount, code, language),
    }


def both(word: str | Promise, language: str, second: str) -> dict[str, str]:
    """A word in the paper's language and in the one beside it."""
    with translation.override(language):
        main = str(word)
    if not second:
        return {"main": main, "also": ""}
    with translation.override(second):
        return {"main": main, "also": isolated(str(word))}


def _second(language: str) -> str:
    return "en" if language[:2] == "ar" else "ar"


def _names(seller: dict[str, Any], language: str) -> dict[str, str]:
    """The seller by its name in the paper's script, the other beside it."""
    names = [seller["name"], seller["name_ar"]]
    if language[:2] == "ar" and seller["name_ar"]:
        names.reverse()
    return {"main": line(names[0], 60), "also": line(names[1], 60) if names[1] != names[0] else ""}


def _names_of(row: InvoiceLine, language: str, second: str) -> tuple[str, str]:
    names = row.name or {}
    main = str(names.get(language[:2]) or names.get("en") or next(iter(names.values()), "") or row.sku)
    also = str(names.get(second, "")) if second else ""
    return main, also if also != main else ""


def price(value: Decimal, currency: str, language: str) -> str:
    """A unit price: as an amount, or with the decimals it has beyond."""
    exact = money.rounded(value, currency)
    if exact == value:
        return figure(exact, currency, language)
    written = f"{value.normalize():f}"
    return digits(written.replace(".", "٫"), language) if language[:2] == "fa" else written


def rate_of_tax(rate: Decimal, language: str) -> str:
    """ "15%", "۱۵٪"."""
    return isolated(percent(rate * 100, language))
