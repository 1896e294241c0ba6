"""Suppliers and purchase orders as the API shows them, and what the API takes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from django.urls import reverse
from msgspec import Meta, Struct

from inventory.documents import Code, Money, patch_of
from inventory.models import PurchaseLine, PurchaseOrder, PurchaseReceipt, Supplier, SupplierPrice
from inventory.transfer_documents import MANY, Arrived, Input, Note, Quantity, Reason, Sku
from oms.core import money
from oms.core.address import Address

Price = Annotated[
    str, Meta(max_length=24, description="A unit price in the supplier's currency, such as 21.50.")
]
Language = Literal["en", "ar", "fa"]
LongNote = Annotated[str, Meta(max_length=1000)]


class SupplierIn(Input):
    """`lead_days`: how long they take; `language`: that of their purchase orders."""

    code: Annotated[str, Meta(pattern="^[-A-Za-z0-9_.]{1,64}$")]
    name: Annotated[str, Meta(max_length=200, pattern=r"\S")]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    contact: Annotated[str, Meta(max_length=200)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=64)] = ""
    address: Address | None = None
    language: Language = "en"
    lead_days: Annotated[int, Meta(ge=0, le=1000)] = 7
    active: bool = True


class SupplierOut(Struct):
    id: UUID
    code: str
    name: str
    currency: str
    contact: str
    email: str
    phone: str
    address: dict[str, Any] | None
    language: str
    lead_days: int
    active: bool
    version: int


class PriceIn(Input):
    """What this supplier asks for a product from `min_quantity` on. The same number again replaces the price, another
    adds a tier; the least is the fewest they send."""

    sku: Sku
    price: Price
    supplier_sku: Annotated[str, Meta(max_length=64)] = ""
    min_quantity: Quantity = 1


class PriceOut(Struct):
    sku: str
    price: Money
    supplier_sku: str
    min_quantity: int


class WantedLine(Input):
    """Without a `unit_cost` it is what the supplier's price list says of so many."""

    sku: Sku
    quantity: Quantity
    unit_cost: Price | None = None


class PurchaseIn(Input):
    """`supplier` is a code or an id, `location` the code of where it is delivered."""

    supplier: Annotated[str, Meta(min_length=1, max_length=64)]
    location: Code
    lines: Annotated[list[WantedLine], Meta(max_length=MANY)]
    expected_on: date | None = None
    note: LongNote = ""


class DraftIn(Input):
    """The part of a draft that can be rewritten."""

    location: Code
    lines: Annotated[list[WantedLine], Meta(max_length=MANY)]
    expected_on: date | None = None
    note: LongNote = ""


class CameLine(Input):
    """`id` is the line's; it may repeat with another state, cost or lot."""

    id: UUID
    quantity: Quantity
    state: Arrived = "on_hand"
    unit_cost: Price | None = None
    lot: Annotated[str, Meta(max_length=64)] = ""
    expires_on: date | None = None


class ReceiptIn(Input):
    """A delivery as counted. More than was ordered needs a `note`."""

    lines: Annotated[list[CameLine], Meta(min_length=1, max_length=MANY)]
    delivery_note: Annotated[str, Meta(max_length=100)] = ""
    note: Note = ""


class ClosingIn(Input):
    """What is still to come is given up for this reason."""

    reason: Reason


class CancellationIn(Input):
    reason: Note = ""


class LineOut(Struct):
    """`to_come` counts what is on order; `dropped` what was given up."""

    id: UUID
    sku: str
    supplier_sku: str
    quantity: int
    received: int
    dropped: int
    to_come: int
    unit_cost: Money


class PurchaseRow(Struct):
    id: UUID
    number: str
    supplier: str
    location: str
    state: str
    expected_on: date | None
    total: Money
    note: str
    created_by: str
    created_at: datetime
    sent_at: datetime | None
    closed_at: datetime | None
    closed_reason: str
    version: int


class PurchaseOut(PurchaseRow):
    lines: list[LineOut]
    links: dict[str, str]


class After(Struct):
    """The purchase order after the step."""

    id: UUID
    number: str
    state: str
    version: int


class SendingOut(Struct):
    """A worker draws the paper and mails it to the supplier."""

    sent_at: datetime | None
    expected_on: date | None
    email: str
    purchase_order: After


class CameOut(Struct):
    id: UUID
    sku: str
    quantity: int
    state: str
    unit_cost: Money
    lot: str
    expires_on: date | None


class ReceiptOut(Struct):
    id: UUID
    at: datetime
    actor: str
    delivery_note: str
    note: str
    lines: list[CameOut]


class ReceivedOut(Struct):
    receipt: ReceiptOut
    purchase_order: After


class ClosingOut(Struct):
    reason: str
    closed_at: datetime | None
    purchase_order: After


SupplierPatch = patch_of("SupplierPatch", SupplierIn, fixed={"code"}, nested={"address": dict[str, Any]})
DraftPatch = patch_of("PurchaseOrderPatch", DraftIn, fixed=set(), nested={})


def supplier_out(supplier: Supplier) -> SupplierOut:
    return SupplierOut(
        id=supplier.pk,
        code=supplier.code,
        name=supplier.name,
        currency=supplier.currency,
        contact=supplier.contact,
        email=supplier.email,
        phone=supplier.phone,
        address=supplier.address or None,
        language=supplier.language,
        lead_days=supplier.lead_days,
        active=supplier.active,
        version=supplier.version,
    )


def price_out(price: SupplierPrice) -> PriceOut:
    """Reads `product` and `supplier`."""
    return PriceOut(
        price.product.sku,
        _money(price.price, price.supplier.currency),
        price.supplier_sku,
        price.min_quantity,
    )


def row(order: PurchaseOrder) -> PurchaseRow:
    """Reads `supplier` and `location`."""
    return PurchaseRow(**_common(order))


def document(order: PurchaseOrder) -> PurchaseOut:
    """The whole purchase order; one query for its lines."""
    lines = [_line(line, order.currency) for line in order.lines.select_related("product")]
    return PurchaseOut(**_common(order), lines=lines, links={"paper": f"{address_of(order)}paper.pdf"})


def draft_of(order: PurchaseOrder) -> DraftIn:
    """A draft as its input form, for a merge-patch to lie over."""
    lines = [
        WantedLine(line.product.sku, line.quantity, _money(line.unit_cost, order.currency).amount)
        for line in order.lines.select_related("product")
    ]
    return DraftIn(order.location.code, lines, order.expected_on, order.note)


def after(order: PurchaseOrder) -> After:
    return After(order.pk, order.number, order.state, order.version)


def receipt_out(receipt: PurchaseReceipt) -> ReceiptOut:
    """One delivery. Reads `lines__line__product`."""
    lines = [
        CameOut(
            came.line_id,
            came.line.product.sku,
            came.quantity,
            came.state,
            _money(came.unit_cost, came.currency),
            came.lot,
            came.expires_on,
        )
        for came in receipt.lines.all()
    ]
    return ReceiptOut(receipt.pk, receipt.at, receipt.actor, receipt.delivery_note, receipt.note, lines)


def address_of(order: PurchaseOrder) -> str:
    return reverse("purchase-order", args=[order.pk])


def _line(line: PurchaseLine, currency: str) -> LineOut:
    return LineOut(
        id=line.pk,
        sku=line.product.sku,
        supplier_sku=line.supplier_sku,
        quantity=line.quantity,
        received=line.received,
        dropped=line.dropped,
        to_come=line.to_come,
        unit_cost=_money(line.unit_cost, currency),
    )


def _common(order: PurchaseOrder) -> dict[str, Any]:
    return {
        "id": order.pk,
        "number": order.number,
        "supplier": order.supplier.code,
        "location": order.location.code,
        "state": order.state,
        "expected_on": order.expected_on,
        "total": Money(**money.as_json(order.total, order.currency)),
        "note": order.note,
        "created_by": order.created_by,
        "created_at": order.created_at,
        "sent_at": order.sent_at,
        "closed_at": order.closed_at,
        "closed_reason": order.closed_reason,
        "version": order.version,
    }


def _money(price: Decimal, currency: str) -> Money:
    return Money(**money.price_as_json(price, currency))
