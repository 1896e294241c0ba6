"""The hand-over list, A4, in the language of the warehouse. Plain data in, bytes of a PDF out."""

from decimal import Decimal
from typing import Any

from django.utils import translation

from fulfillment.carriers.names import named_carrier, service_name
from fulfillment.papers.data import ManifestData
from oms.core.display import day, digits, is_rtl, isolated, money
from oms.core.documents import pdf
from oms.core.papers import count, grouped, line, weight


def manifest_pdf(manifest: ManifestData) -> bytes:
    """Every shipment with its tracking number and boxes, the sums, and where both sign."""
    language = manifest.language
    with translation.override(language):
        paper = _paper(manifest)
    return pdf(
        "fulfillment/papers/manifest.html",
        {"list": paper, "language": language, "rtl": is_rtl(language)},
        stylesheet="papers/manifest.css",
        language=language,
    )


def _paper(manifest: ManifestData) -> dict[str, Any]:
    language = manifest.language
    cash: dict[str, Decimal] = {}
    for row in manifest.rows:
        if row.cash:
            cash[row.currency] = cash.get(row.currency, Decimal(0)) + row.cash
    return {
        "location": line(manifest.location),
        "carrier": line(named_carrier(manifest.carrier)),
        "reference": isolated(manifest.reference),
        "at": isolated(
            f"{day(manifest.at.date(), language)} {digits(manifest.at.strftime('%H:%M'), language)}"
        ),
        "shipments": count(len(manifest.rows), language),
        "parcels": count(sum(row.parcels for row in manifest.rows), language),
        "weight": isolated(weight(sum(row.weight_g for row in manifest.rows), language)),
        "cash": [isolated(money(amount, currency, language)) for currency, amount in cash.items()],
        "rows": [
            {
                "place": count(place, language),
                "number": isolated(row.number),
                "tracking": isolated(grouped(row.tracking_number)),
                "service": line(service_name(row.service), 24),
                "city": line(row.city, 28),
                "parcels": count(row.parcels, language),
                "weight": isolated(weight(row.weight_g, language)),
                "cash": isolated(money(row.cash, row.currency, language)) if row.cash else "",
            }
            for place, row in enumerate(manifest.rows, start=1)
        ],
    }
