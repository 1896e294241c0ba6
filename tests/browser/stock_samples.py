"""Lots and counts for the walk over every page, written as rows."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from fulfillment.models import PickedLot, ShipmentLine
from inventory.models import (
    Closing,
    ClosingLine,
    CountLine,
    Location,
    Lot,
    LotLevel,
    LotMovement,
    Product,
    StockCount,
)
from oms.core import company


def lot(product: Product, location: Location) -> Lot:
    """One that expires soon, some of it picked and some gone."""
    found, new = Lot.objects.get_or_create(
        product=product, code="L-2611-A", defaults={"expires_on": company.today() + timedelta(days=12)}
    )
    if new:
        LotLevel.objects.create(lot=found, location=location, on_hand=40, quality_control=3, picked=2)
        for change, cause, after in ((45, "purchased", 45), (-5, "shipped", 40)):
            LotMovement.objects.create(
                lot_id=found.pk,
                location_id=location.pk,
                state="on_hand",
                change=change,
                after=after,
                cause=cause,
                reference="",
                actor="system",
            )
        for row in ShipmentLine.objects.filter(line__product=product).order_by("pk")[:3]:
            PickedLot.objects.get_or_create(row=row, lot=found, defaults={"quantity": 1})
    return found


def counting(product: Product, location: Location) -> StockCount:
    """Begun, two lines of it counted."""
    return _count("CN1001", "counting", product, location)


def to_approve(product: Product, location: Location) -> StockCount:
    """Over, with a loss, a find and a line nobody counted."""
    return _count("CN1002", "review", product, location)


def _count(number: str, state: str, product: Product, location: Location) -> StockCount:
    found = StockCount.objects.filter(number=number).first()
    if found is not None:
        return found
    found = StockCount.objects.create(
        number=number, location=location, kind="full", state=state, opened_by="staff:noor"
    )
    figures = [(40, 36), (12, 13), (7, 7)] if state == "review" else [(40, 36), (None, None), (7, 7)]
    others = list(Product.objects.exclude(pk=product.pk).order_by("sku")[:2])
    for place, (one, (expected, counted)) in enumerate(zip([product, *others], figures, strict=False)):
        CountLine.objects.create(
            count=found,
            location=location,
            product=one,
            bin=f"A-0{place + 1}-2",
            is_open=False,
            expected=expected,
            counted=counted,
            unit_cost=Decimal("38.50"),
            counted_by="staff:sam" if counted is not None else "",
            counted_at=timezone.now() if counted is not None else None,
        )
    return found


def closing(product: Product, location: Location) -> Closing:
    """One product's month, some of it bought and some sold."""
    found, new = Closing.objects.get_or_create(month=date(2026, 10, 1), defaults={"actor": "staff:noor"})
    if new:
        ClosingLine.objects.create(
            closing=found,
            product=product,
            location=location,
            opening_quantity=30,
            opening_value=Decimal(1140),
            in_quantity=24,
            in_value=Decimal(936),
            out_quantity=14,
            out_value=Decimal("538.2222"),
            closing_quantity=40,
            closing_value=Decimal("1537.7778"),
            average=Decimal("38.4444"),
        )
    return found
