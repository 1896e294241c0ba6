"""Label, ZPL and packing slip of a shipment, made together in a worker and kept in the database.

A worker claims a shipment by moving `papers_due_at` ahead (`oms.core.owing`), renders without a lock, and writes
only if its claim still stands: a parcel opened or labelled anew meanwhile gets the papers of its new label.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from fulfillment import parties, parts, sizes, steps
from fulfillment.labelling import PRINT_OWED
from fulfillment.models import Paper, Shipment, ShipmentLine
from fulfillment.papers import (
    CustomsData,
    CustomsLine,
    LabelData,
    SlipData,
    SlipLine,
    customs_pdf,
    label_pdf,
    label_zpl,
    slip_pdf,
)
from inventory.models import Product
from oms.core import company, owing
from orders import totals
from orders.documents import tracking_url

OWED = (Shipment, "papers_due_at")


def print_owed() -> int:
    """Print what is owed, oldest first; returns how many shipments got their papers. A failure waits for its lease."""
    return owing.work_off(*OWED, print_papers, task=PRINT_OWED)


def print_papers(shipment_id: UUID) -> bool:
    """Make and keep the papers of one shipment. False when they are not owed, or no longer wanted once made."""
    claimed = owing.claim(*OWED, shipment_id)
    if claimed is None:
        return False
    shipment = Shipment.objects.select_related("order__channel", "location").get(pk=shipment_id)
    labels, slip = data_of(shipment)
    label = label_pdf(labels)
    made = {"label_pdf": label, "label_zpl": label_zpl(label), "slip_pdf": slip_pdf(slip)}
    if crosses_border(shipment):
        made["customs_pdf"] = customs_pdf(declared(shipment))
    with transaction.atomic():
        mine = owing.settle(*OWED, shipment_id, claimed)
        if mine:
            Paper.objects.filter(shipment_id=shipment_id).delete()
            Paper.objects.bulk_create(
                Paper(shipment_id=shipment_id, kind=kind, content=content) for kind, content in made.items()
            )
    return mine


def crosses_border(shipment: Shipment) -> bool:
    """It leaves the country of its location, and somebody else than the customer brings it over."""
    there = (shipment.order.shipping_address or {}).get("country") or ""
    here = shipment.location.address.get("country") or ""
    return bool(here and there and here != there) and not steps.is_pickup(shipment.order)


def declared(shipment: Shipment) -> CustomsData:
    """What customs want to know of a shipment, as plain facts: every line at what the customer paid for its units."""
    order = shipment.order
    rows = shipment.lines.select_related("line__product").filter(quantity__gt=0).order_by("line__position")
    components = sizes.components((row.line.product, row.line.parts) for row in rows)
    origin = shipment.location.address.get("country") or ""
    boxes = list(shipment.packages.all())
    return CustomsData(
        sender=parties.sender(shipment),
        recipient=parties.recipient(order),
        order_number=str(order.number),
        shipment_number=shipment.number,
        tracking_number=shipment.tracking_number,
        lines=[
            CustomsLine(
                name=name_of(row.line.product, "en"),
                local_name=name_of(row.line.product, order.language),
                quantity=row.quantity,
                weight_g=sizes.weight(row.line.product, row.line.parts, components) * row.quantity,
                value=totals.share(
                    row.line.total - row.line.tax, row.quantity, row.line.quantity, order.currency
                ),
                hs_code=row.line.product.hs_code,
                origin=origin,
            )
            for row in rows
        ],
        currency=order.currency,
        postage=order.shipping,
        weight_g=sum(box.weight_g for box in boxes) or None,
        parcels=len(boxes),
        language=order.language,
        on=company.today(),
    )


def data_of(shipment: Shipment) -> tuple[list[LabelData], SlipData]:
    """What the papers say, as plain facts."""
    order = shipment.order
    rows = list(
        shipment.lines.select_related("line__product").filter(quantity__gt=0).order_by("line__position")
    )
    boxes = list(shipment.packages.order_by("position"))
    inside: dict[Any, list[tuple[str, int]]] = {}
    for piece in parts.pieces(rows):
        if piece.row.line.parts:
            inside.setdefault(piece.row.pk, []).append(
                (name_of(piece.product, order.language), piece.quantity)
            )
    here = {row.line_id: row.quantity for row in rows}
    gone = dict(
        ShipmentLine.objects.filter(shipment__order=order)
        .exclude(shipment__handed_over_at=None)
        .exclude(shipment=shipment)
        .values_list("line_id")
        .annotate(Sum("quantity"))
    )
    later = []
    for line in order.lines.select_related("product").order_by("position"):
        units = line.quantity - line.cancelled - here.get(line.pk, 0) - gone.get(line.pk, 0)
        if units > 0:
            later.append(SlipLine(line.sku, name_of(line.product, order.language), units))
    brand = order.channel.brand or order.channel.name
    sender, recipient = parties.sender(shipment), parties.recipient(order)
    page = tracking_url(order) or ""
    weight = sum(box.weight_g for box in boxes)
    labels = [
        LabelData(
            brand=brand,
            sender=sender,
            recipient=recipient,
            order_number=str(order.number),
            shipment_number=shipment.number,
            tracking_number=shipment.tracking_number,
            carrier=shipment.carrier,
            service=shipment.service,
            language=order.language,
            parcel=n,
            parcels=len(boxes),
            weight_g=box.weight_g or None,
            cash=shipment.cod_amount or None if n == 1 else None,
            currency=order.currency,
            tracking_url=page,
            shipped_on=company.today(),
        )
        for n, box in enumerate(boxes, start=1)
    ]
    slip = SlipData(
        brand=brand,
        sender=sender,
        recipient=recipient,
        order_number=str(order.number),
        shipment_number=shipment.number,
        lines=[
            SlipLine(
                row.line.sku,
                name_of(row.line.product, order.language),
                row.quantity,
                ", ".join(
                    [f"{name}: {value}" for name, value in (row.line.personalisation or {}).items()]
                    + [f"{n} × {name}" for name, n in inside.get(row.pk, ())]
                ),
            )
            for row in rows
        ],
        language=order.language,
        ordered_on=company.day_of(order.placed_at),
        carrier=shipment.carrier,
        service=shipment.service,
        tracking_number=shipment.tracking_number,
        tracking_url=page,
        parcels=len(boxes),
        weight_g=weight or None,
        gift_message=order.gift_message,
        later=later,
    )
    return labels, slip


def name_of(product: Product, language: str) -> str:
    """A product's name in a language, else in English, else any, else its SKU."""
    names = product.name or {}
    return str(names.get(language) or names.get("en") or next(iter(names.values()), "") or product.sku)
