"""The customs declaration of a parcel that leaves its country, after the form CN 23. Plain data in, a PDF out.

Headings in English, which customs read everywhere, and in the customer's language beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from oms.core.barcodes import code128
from oms.core.display import country, day, is_rtl, isolated, money
from oms.core.documents import pdf
from oms.core.papers import Address, address_lines, grouped, line, weight


@dataclass(frozen=True)
class CustomsLine:
    """One kind of goods: all of its units, their weight together and what the customer paid for them."""

    name: str
    local_name: str
    quantity: int
    weight_g: int
    value: Decimal
    hs_code: str
    origin: str  # ISO 3166


@dataclass(frozen=True)
class CustomsData:
    """`currency` of every value; `postage` what the customer paid for delivery."""

    sender: Address
    recipient: Address
    order_number: str
    shipment_number: str
    tracking_number: str
    lines: Sequence[CustomsLine]
    currency: str
    postage: Decimal
    weight_g: int | None
    parcels: int
    language: str
    on: date


def customs_pdf(customs: CustomsData) -> bytes:
    """The declaration, signed by hand and put on the parcel."""
    return pdf(
        "fulfillment/papers/customs.html",
        {"customs": _paper(customs), "language": "en", "rtl": False},
        stylesheet="papers/customs.css",
        language="en",
    )


def headings(language: str) -> dict[str, str]:
    """The form's words in one language."""
    with translation.override(language):
        return {
            "title": _("Customs declaration"),
            "from": pgettext("address", "From"),
            "to": pgettext("address", "To"),
            "contents": _("Contents"),
            "quantity": _("Quantity"),
            "weight": _("Weight"),
            "value": _("Value"),
            "hs": _("HS tariff number"),
            "origin": _("Country of origin"),
            "total": _("Total"),
            "category": _("Sale of goods"),
            "postage": _("Postage"),
            "number": _("Order no."),
            "tracking": _("Tracking no."),
            "certify": _(
                "I certify that the particulars given in this declaration are correct and that this parcel holds no "
                "dangerous article and nothing that the law, the post or customs forbid."
            ),
            "signature": _("Date and signature of the sender"),
        }


def _paper(customs: CustomsData) -> dict[str, Any]:
    english, local = headings("en"), headings(customs.language)
    words = {
        key: (text, local[key] if local[key] != text else "", is_rtl(customs.language))
        for key, text in english.items()
    }
    total = sum((one.value for one in customs.lines), Decimal(0))
    grams = customs.weight_g or sum(one.weight_g for one in customs.lines)
    return {
        "words": words,
        "local_language": customs.language,
        "bars": code128(customs.tracking_number or customs.shipment_number),
        "tracking": isolated(grouped(customs.tracking_number or customs.shipment_number)),
        "order": isolated(customs.order_number),
        "shipment": isolated(customs.shipment_number),
        "sender": [
            line(customs.sender.name),
            *address_lines(customs.sender, "en"),
            line(customs.sender.phone, 24),
        ],
        "recipient": [
            line(customs.recipient.name),
            *address_lines(customs.recipient, "en"),
            line(customs.recipient.phone, 24),
        ],
        "lines": [
            {
                "name": line(one.name, 120),
                "local_name": line(one.local_name, 120) if one.local_name != one.name else "",
                "quantity": str(one.quantity),
                "weight": isolated(weight(one.weight_g, "en")),
                "value": isolated(money(one.value, customs.currency, "en")),
                "hs": isolated(one.hs_code),
                "origin": line(country(one.origin, "en"), 40),
            }
            for one in customs.lines
        ],
        "units": str(sum(one.quantity for one in customs.lines)),
        "weight": isolated(weight(grams, "en")),
        "value": isolated(money(total, customs.currency, "en")),
        "postage": isolated(money(customs.postage, customs.currency, "en")),
        "parcels": str(customs.parcels),
        "on": isolated(day(customs.on, "en", weekday=False)),
    }
