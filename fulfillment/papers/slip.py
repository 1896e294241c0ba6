"""The packing slip, A4, in the customer's language. Plain data in, bytes of a PDF out."""

from typing import Any

from django.utils import translation

from fulfillment.carriers.names import carrier_name, service_name
from fulfillment.papers.data import SlipData, SlipLine
from oms.core.barcodes import code128, qr
from oms.core.display import day, is_rtl, isolated
from oms.core.documents import pdf
from oms.core.papers import address_lines, count, grouped, line, weight


def slip_pdf(slip: SlipData) -> bytes:
    """The slip that travels in the parcel: what is inside, what comes later, how to send something back."""
    language = slip.language
    with translation.override(language):
        paper = _paper(slip)
    return pdf(
        "fulfillment/papers/slip.html",
        {"slip": paper, "language": language, "rtl": is_rtl(language)},
        stylesheet="papers/slip.css",
        language=language,
    )


def _paper(slip: SlipData) -> dict[str, Any]:
    language = slip.language
    return {
        "brand": line(slip.brand, 40),
        "order": isolated(slip.order_number),
        "bars": code128(slip.order_number),
        "name": line(slip.recipient.name),
        "lines": address_lines(slip.recipient, language),
        "phone": line(slip.recipient.phone, 24),
        "shipment": line(slip.shipment_number, 24),
        "ordered_on": isolated(day(slip.ordered_on, language, weekday=False)) if slip.ordered_on else "",
        "delivery": line(
            " · ".join(filter(None, (service_name(slip.service), carrier_name(slip.carrier)))), 60
        ),
        "tracking": isolated(grouped(slip.tracking_number)),
        "parcels": isolated(count(slip.parcels, language)),
        "weight": isolated(weight(slip.weight_g, language)),
        "items": [_item(item, language) for item in slip.lines],
        "units": isolated(count(sum(item.quantity for item in slip.lines), language)),
        "later": [_item(item, language) for item in slip.later],
        "gift_message": [line(row, 400) for row in slip.gift_message.splitlines()[:20]],
        "qr": qr(slip.tracking_url) if slip.tracking_url else None,
        "page_url": isolated(slip.tracking_url.removeprefix("https://").removeprefix("http://").rstrip("/")),
        "sender": [part for part in (line(slip.sender.name), *address_lines(slip.sender, language)) if part][
            :5
        ],
    }


def _item(item: SlipLine, language: str) -> dict[str, str]:
    return {
        "sku": line(item.sku, 64),
        "name": line(item.name, 160),
        "note": line(item.note, 300),
        "quantity": count(item.quantity, language),
    }
