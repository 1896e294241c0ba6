"""The shipping label, 100 × 150 mm, one page a parcel. Plain data in, bytes of a PDF out.

Everything is black on white: a thermal printer knows no grey. Barcodes sit on the printer's own
grid of 8 dots a millimetre, so that their bars keep their widths on paper.
"""

from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from fulfillment.carriers.names import carrier_name, service_name
from fulfillment.papers.data import LabelData
from oms.core.barcodes import Barcode, code128, qr
from oms.core.display import day, is_rtl, isolated, money, without_direction_marks
from oms.core.documents import pdf
from oms.core.papers import address_lines, count, grouped, line, rows, size, weight

WIDTH_MM, HEIGHT_MM, DOTS_PER_MM = 100, 150, 8
BAR_DOTS = range(4, 1, -1)  # the widest module that fits: 0.5 mm down to 0.25 mm, the least a scanner likes
QUIET_MODULES = 10  # white on each side of a Code 128
QR_MM = 20


def label_pdf(labels: Sequence[LabelData]) -> bytes:
    """The labels of one shipment as one PDF, a page a parcel, in the language of the first."""
    if not labels:
        raise ValueError("No label to print")
    language = labels[0].language
    with translation.override(language):
        pages = [_page(label) for label in labels]
    return pdf(
        "fulfillment/papers/label.html",
        {"labels": pages, "language": language, "rtl": is_rtl(language)},
        stylesheet="papers/label.css",
        sheet=False,
        language=language,
    )


def _page(label: LabelData) -> dict[str, Any]:
    language = label.language
    to, city = label.recipient, label.recipient.city or label.recipient.region
    name, lines = line(to.name, 90), address_lines(to, language)
    cash = isolated(money(label.cash, label.currency, language)) if label.cash else ""
    hub = line(label.routing_code or city or to.country, 36)
    return {
        "brand": line(label.brand, 28),
        "brand_size": size(len(label.brand), 17),
        "carrier": line(carrier_name(label.carrier), 28),
        "service": line(service_name(label.service), 24),
        "hub": hub,
        "hub_size": size(len(hub), 9, 12, 18, 26),
        "hub_note": line(
            " · ".join(filter(None, (label.routing_code and city, to.country, to.postal_code))), 34
        ),
        "parcel": count(label.parcel, language),
        "parcels": count(label.parcels, language),
        "name": name,
        "name_size": size(len(name), 26, 46),
        "lines": lines,
        "lines_size": size(rows(lines, 46), 5, 7, 9),
        "phone": line(to.phone, 20),
        "short_address": line(to.short_address, 12),
        "cash": cash,
        "cash_size": size(len(cash), 14, 18, 24),
        "bars": _on_grid(code128(label.tracking_number)),
        "tracking": isolated(grouped(label.tracking_number)),
        "tracking_size": size(len(label.tracking_number), 26),
        "qr": _square(qr(label.tracking_url)) if label.tracking_url else None,
        "sender": [line(label.sender.name or label.brand, 30), *address_lines(label.sender, language)][:6],
        "facts": [
            (name, value)
            for name, value in (
                (_("Order no."), line(label.order_number, 16)),
                (_("Shipment no."), line(label.shipment_number, 16)),
                (_("Weight"), isolated(weight(label.weight_g, language))),
                (
                    _("Shipped on"),
                    isolated(day(label.shipped_on, language, weekday=False)) if label.shipped_on else "",
                ),
            )
            if value
        ],
        "shipment": without_direction_marks(label.shipment_number),
    }


def _on_grid(bars: Barcode) -> dict[str, Any]:
    """Where the bars stand, in millimetres: as wide as fits, centred, on whole dots."""
    page = WIDTH_MM * DOTS_PER_MM
    module = next((dots for dots in BAR_DOTS if (bars.width + 2 * QUIET_MODULES) * dots <= page), 0)
    if not module:
        raise ValueError(f"Too long for a label: {bars.text!r}")
    width = bars.width * module
    return {
        "path": bars.path,
        "modules": bars.width,
        "height": bars.height,
        "left_mm": (page - width) // 2 / DOTS_PER_MM,
        "width_mm": width / DOTS_PER_MM,
    }


def _square(code: Barcode) -> dict[str, Any]:
    """How large the code stands: as many whole dots a module as its corner of the label holds."""
    module = max(1, QR_MM * DOTS_PER_MM // code.width)
    return {"path": code.path, "modules": code.width, "width_mm": code.width * module / DOTS_PER_MM}
