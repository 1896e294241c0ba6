"""Goods on their way: transfers, purchase orders, alerts and wishes at each step, for the walk over the pages."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from inventory.models import (
    Location,
    Product,
    PurchaseLine,
    PurchaseOrder,
    PurchasePaper,
    PurchaseReceipt,
    PurchaseReceiptLine,
    StockAlert,
    StockLimit,
    Supplier,
    SupplierPrice,
    Transfer,
    TransferLine,
    TransferReceipt,
    TransferReceiptLine,
    Wish,
)
from oms.core import company
from oms.core.models import Channel

SAMPLES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "transfer-detail": lambda w: {"ref": "TR2003"},
    **{f"transfer-{act}": lambda w: {"ref": "TR2001"} for act in ("approve", "ship")},
    "transfer-cancel": lambda w: {"ref": "TR2004"},
    **{f"transfer-{act}": lambda w: {"ref": "TR2003"} for act in ("receive", "close")},
    "purchase-detail": lambda w: {"ref": "PO2002"},
    "purchase-send": lambda w: {"ref": "PO2001"},
    **{f"purchase-{act}": lambda w: {"ref": "PO2002"} for act in ("receive", "close", "cancel", "paper")},
    "supplier-detail": lambda w: {"ref": "NOOR"},
    "supplier-price": lambda w: {"ref": "NOOR"},
    "supplier-price-remove": lambda w: {"ref": "NOOR", "pk": SupplierPrice.objects.order_by("pk")[0].pk},
    "wish-called": lambda w: {"pk": Wish.objects.get(state="to_call").pk},
}

LOCATED = {
    *(f"transfer-{act}" for act in ("detail", "approve", "ship", "receive", "close", "cancel")),
    *(f"purchase-{act}" for act in ("detail", "receive", "paper")),
    "stock-limits",
}

NOT_PAGES = {"purchase-paper"}


def fill(location: Location) -> None:
    """Rows alone: what they say of stock is not proved here."""
    branch = Location.objects.create(
        code="AUH", name="Abu Dhabi Mall", kind="store", address={"country": "AE", "city": "Abu Dhabi"}
    )
    products = list(Product.objects.order_by("pk"))
    _transfers(location, branch, products)
    _purchases(location, products)
    StockLimit.objects.create(product=products[0], location=location, minimum=50, maximum=200)
    StockAlert.objects.create(product=products[0], location=location, kind="low", limit=50, figure=39)
    StockAlert.objects.create(product=products[-1], kind="low", limit=20, figure=12)
    StockAlert.objects.create(product=products[-1], location=branch, kind="over", limit=100, figure=140)
    _wishes(products)


def _transfers(location: Location, branch: Location, products: list[Product]) -> None:
    now = timezone.now()
    for number, state, there in (
        ("TR2001", "requested", False),
        ("TR2002", "shipped", False),
        ("TR2003", "partly_received", True),
        ("TR2004", "closed", True),
    ):
        gone = state != "requested"
        source, target = (branch, location) if there else (location, branch)
        made = Transfer.objects.create(
            number=number,
            source=source,
            target=target,
            state=state,
            needs_approval=not gone,
            requested_by="staff:omar",
            requested_at=now - timedelta(hours=30),
            shipped_at=now - timedelta(hours=20) if gone else None,
            closed_at=now if state == "closed" else None,
            expected_on=company.today() + timedelta(days=1),
            note="For the weekend",
        )
        for place, product in enumerate(products[:2], start=1):
            came = {"closed": 12, "partly_received": 5}.get(state, 0)
            line = TransferLine.objects.create(
                transfer=made,
                position=place,
                product=product,
                quantity=12,
                shipped=12 if gone else 0,
                received=came,
            )
            if came:
                receipt = TransferReceipt.objects.create(transfer=made, actor="staff:noor")
                TransferReceiptLine.objects.create(receipt=receipt, line=line, quantity=came)


def _purchases(location: Location, products: list[Product]) -> None:
    now = timezone.now()
    noor = Supplier.objects.create(
        code="NOOR",
        name="Al Noor Electronics",
        contact="Huda Salem",
        email="sales@alnoor.example",
        phone="+97141234567",
        currency="AED",
        language="ar",
        lead_days=9,
    )
    Supplier.objects.create(code="MUGS", name="Stoneware Works", currency="EUR", active=False)
    for product in products[:2]:
        SupplierPrice.objects.create(
            supplier=noor,
            product=product,
            price=Decimal("61.25"),
            supplier_sku=f"N-{product.pk}",
            min_quantity=10,
        )
    for number, state in (("PO2001", "draft"), ("PO2002", "partly_received"), ("PO2003", "sent")):
        sent = state != "draft"
        order = PurchaseOrder.objects.create(
            number=number,
            supplier=noor,
            location=location,
            state=state,
            currency="AED",
            language="ar",
            total=Decimal(3062.5),
            expected_on=company.today() + timedelta(days=3 if number == "PO2003" else -2) if sent else None,
            created_by="staff:noor",
            created_at=now - timedelta(days=5),
            sent_at=now - timedelta(days=5) if sent else None,
        )
        for place, product in enumerate(products[:2], start=1):
            came = 20 if state == "partly_received" and place == 1 else 0
            line = PurchaseLine.objects.create(
                order=order,
                position=place,
                product=product,
                supplier_sku=f"N-{product.pk}",
                quantity=25,
                unit_cost=Decimal("61.25"),
                received=came,
            )
            if came:
                receipt = PurchaseReceipt.objects.create(
                    order=order, delivery_note="DN-4711", actor="staff:noor"
                )
                PurchaseReceiptLine.objects.create(
                    receipt=receipt, line=line, quantity=came, unit_cost=line.unit_cost, currency="AED"
                )
        if sent:
            PurchasePaper.objects.create(order=order, content=b"%PDF-1.7")


def _wishes(products: list[Product]) -> None:
    now = timezone.now()
    channel = Channel.objects.order_by("pk")[0]
    for name, email, phone, state in (
        ("Layla Haddad", "layla@example.com", "", "waiting"),
        ("Omar Al-Farsi", "", "+971501234567", "to_call"),
        ("Wei Zhang", "wei@example.com", "", "told"),
    ):
        Wish.objects.create(
            channel=channel,
            product=products[0],
            name=name,
            email=email,
            phone=phone,
            language="en",
            state=state,
            token=f"sample-{state}",
            expires_at=now + timedelta(days=80),
            ended_at=None if state == "waiting" else now,
        )
