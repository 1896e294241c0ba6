"""A transfer as the API shows it, and what the API takes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.urls import reverse
from msgspec import Meta, Struct

from inventory.documents import Code
from inventory.models import Transfer, TransferLine, TransferReceipt

MANY = 500
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]
Units = Annotated[int, Meta(ge=0, le=1_000_000)]
Note = Annotated[str, Meta(max_length=500)]
Reason = Annotated[str, Meta(max_length=500, pattern=r"\S")]
Arrived = Literal["on_hand", "damaged", "quality_control"]
Sku = Annotated[str, Meta(min_length=1, max_length=64)]


class Input(Struct, forbid_unknown_fields=True):
    """A body as a client sends it."""


class AskedLine(Input):
    sku: Sku
    quantity: Quantity


class TransferIn(Input):
    """`source` and `target` are location codes. The units are reserved at the source at once."""

    source: Code
    target: Code
    lines: Annotated[list[AskedLine], Meta(min_length=1, max_length=MANY)]
    needs_approval: bool = False
    expected_on: date | None = None
    note: Note = ""


class AskIn(Input):
    """Units asked of one location."""

    location: Code
    sku: Sku
    quantity: Quantity


class AsksIn(Input):
    """Several locations are asked for goods in one step: a transfer for each, or none at all."""

    target: Code
    lines: Annotated[list[AskIn], Meta(min_length=1, max_length=MANY)]
    needs_approval: bool = False
    expected_on: date | None = None
    note: Note = ""


class SentLine(Input):
    """`id` is the line's. What is not sent is free to be sold again."""

    id: UUID
    quantity: Units


class ShipmentIn(Input):
    """Without `lines` all that was asked leaves."""

    lines: Annotated[list[SentLine], Meta(min_length=1, max_length=MANY)] | None = None
    expected_on: date | None = None


class CameLine(Input):
    """`id` is the line's; it may repeat with another `state`."""

    id: UUID
    quantity: Quantity
    state: Arrived = "on_hand"


class ReceiptIn(Input):
    """What was counted. More than was sent needs a `note`."""

    lines: Annotated[list[CameLine], Meta(min_length=1, max_length=MANY)]
    note: Note = ""


class ClosingIn(Input):
    """What is still on the way is written off for this reason."""

    reason: Reason


class CancellationIn(Input):
    reason: Note = ""


class After(Struct):
    """The transfer after the step."""

    id: UUID
    number: str
    state: str
    version: int


class LineOut(Struct):
    """`on_the_way` = shipped + variance − received; `variance` counts units above (or below) what was sent."""

    id: UUID
    sku: str
    quantity: int
    shipped: int
    received: int
    variance: int
    on_the_way: int


class TransferRow(Struct):
    id: UUID
    number: str
    source: str
    target: str
    state: str
    needs_approval: bool
    expected_on: date | None
    note: str
    requested_by: str
    requested_at: datetime
    approved_by: str
    shipped_at: datetime | None
    closed_at: datetime | None
    closed_reason: str
    version: int


class TransferOut(TransferRow):
    lines: list[LineOut]


class TransfersOut(Struct):
    transfers: list[TransferOut]


class PlaceOut(Struct):
    """What a location has of a SKU, and what it could give."""

    sku: str
    location: str
    name: str
    on_hand: int
    available: int
    incoming: int


class ApprovalOut(Struct):
    approved_by: str
    transfer: After


class UnitsOut(Struct):
    id: UUID
    quantity: int


class ShipmentOut(Struct):
    shipped_at: datetime | None
    expected_on: date | None
    lines: list[UnitsOut]
    transfer: After


class CameOut(Struct):
    id: UUID
    sku: str
    quantity: int
    state: str


class ReceiptOut(Struct):
    id: UUID
    at: datetime
    actor: str
    note: str
    lines: list[CameOut]


class ReceivedOut(Struct):
    receipt: ReceiptOut
    transfer: After


class ClosingOut(Struct):
    reason: str
    closed_at: datetime | None
    transfer: After


def row(transfer: Transfer) -> TransferRow:
    return TransferRow(**_common(transfer))


def document(transfer: Transfer) -> TransferOut:
    """The whole transfer; one query for its lines."""
    lines = transfer.lines.select_related("product")
    return TransferOut(**_common(transfer), lines=[_line(line) for line in lines])


def after(transfer: Transfer) -> After:
    return After(transfer.pk, transfer.number, transfer.state, transfer.version)


def receipt_out(receipt: TransferReceipt) -> ReceiptOut:
    """One receipt. Reads `lines__line__product`."""
    lines = [
        CameOut(came.line_id, came.line.product.sku, came.quantity, came.state)
        for came in receipt.lines.all()
    ]
    return ReceiptOut(receipt.pk, receipt.at, receipt.actor, receipt.note, lines)


def address_of(transfer: Transfer) -> str:
    return reverse("transfer", args=[transfer.pk])


def _line(line: TransferLine) -> LineOut:
    return LineOut(
        id=line.pk,
        sku=line.product.sku,
        quantity=line.quantity,
        shipped=line.shipped,
        received=line.received,
        variance=line.variance,
        on_the_way=line.on_the_way,
    )


def _common(transfer: Transfer) -> dict[str, Any]:
    return {
        "id": transfer.pk,
        "number": transfer.number,
        "source": transfer.source.code,
        "target": transfer.target.code,
        "state": transfer.state,
        "needs_approval": transfer.needs_approval,
        "expected_on": transfer.expected_on,
        "note": transfer.note,
        "requested_by": transfer.requested_by,
        "requested_at": transfer.requested_at,
        "approved_by": transfer.approved_by,
        "shipped_at": transfer.shipped_at,
        "closed_at": transfer.closed_at,
        "closed_reason": transfer.closed_reason,
        "version": transfer.version,
    }
