"""A return as the API shows it, and what the API takes."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.conf import settings

from orders.documents import Money, amount
from returns.models import Inspection, Return
from returns.verdicts import Found, OfPart

MOST = 1_000_000
MANY = 1_000

Reason = Literal[
    "damaged", "defective", "wrong_item", "not_as_described", "size", "late", "changed_mind", "other"
]
Disposition = Literal["restock", "refurbish", "damaged", "missing", "send_back"]
Grade = Literal["A", "B", "C", "reject"]
Method = Literal["courier", "branch", "keep"]
Resolution = Literal["refund", "exchange", "store_credit", "replacement"]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
Note = Annotated[str, msgspec.Meta(max_length=1000)]


class Input(msgspec.Struct, forbid_unknown_fields=True):
    """A body as a client sends it."""


class AskedLine(Input):
    """`id` is the order line's."""

    id: UUID
    quantity: Quantity
    reason: Reason
    note: Note | None = None


class ReturnIn(Input):
    """`order` is an order's id or number."""

    order: Annotated[str, msgspec.Meta(max_length=64)]
    lines: Annotated[list[AskedLine], msgspec.Meta(min_length=1, max_length=MANY)]
    method: Method = "courier"
    resolution: Resolution = "refund"
    exchange_sku: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class ApprovalIn(Input):
    decision: Literal["accepted", "rejected"] = "accepted"
    note: Note | None = None


class LabelIn(Input):
    pass


class InspectedPart(Input):
    """Units of a component of the kits a line is about that are not as the rest of it."""

    sku: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    quantity: Quantity
    disposition: Disposition
    grade: Grade = "A"
    lot: Annotated[str, msgspec.Meta(max_length=64)] = ""


Parts = Annotated[list[InspectedPart], msgspec.Meta(max_length=MANY)]


class ReceivedLine(Input):
    """`id` is the return line's; a `disposition` inspects the units at once, `components` as an inspection does."""

    id: UUID
    quantity: Quantity
    disposition: Disposition | None = None
    grade: Grade = "A"
    lot: Annotated[str, msgspec.Meta(max_length=64)] = ""
    components: Parts = []


class ReceiptIn(Input):
    location: Annotated[str, msgspec.Meta(max_length=64)]
    lines: Annotated[list[ReceivedLine], msgspec.Meta(min_length=1, max_length=MANY)]


class InspectedLine(Input):
    """`id` is the return line's and may repeat with other dispositions.

    Of a kit, `components` names those that are not as the rest of it; the line's own disposition decides what is
    credited.
    """

    id: UUID
    quantity: Quantity
    disposition: Disposition
    grade: Grade = "A"
    lot: Annotated[str, msgspec.Meta(max_length=64)] = ""
    components: Parts = []


class InspectionIn(Input):
    lines: Annotated[list[InspectedLine], msgspec.Meta(min_length=1, max_length=MANY)]


class ReimbursementIn(Input):
    """`amount` in the order's currency, by default what the units taken back are worth; `none`: nothing.

    It ends the return. What was given less than the goods were worth stays the order's balance, owed to the customer,
    and is paid, if at all, by an order's payment.
    """

    kind: Literal["refund", "store_credit", "exchange", "replacement", "none"] = "refund"
    amount: str | None = None


class InspectedPartOut(msgspec.Struct):
    sku: str
    quantity: int
    grade: str
    disposition: str
    lot: str


class InspectionOut(msgspec.Struct, omit_defaults=True):
    """`line` is the return line's id; `components` are those of a kit that were judged apart."""

    id: UUID
    line: UUID
    location: str
    quantity: int
    grade: str
    disposition: str
    at: datetime
    components: list[InspectedPartOut] = []


class LineOut(msgspec.Struct):
    """`id` is this line's own, `line` the order line's."""

    id: UUID
    line: UUID
    sku: str
    quantity: int
    reason: str
    note: str
    received: int
    inspected: int
    inspections: list[InspectionOut]


class ReturnRow(msgspec.Struct, kw_only=True):
    """A row of the list. Amounts in the order's currency."""

    id: UUID
    number: str
    order: str
    channel: str
    method: str
    resolution: str
    exchange_sku: str | None
    reception: str
    acceptance: str
    reimbursement: str
    credited: Money
    fee: Money
    refunded: Money
    tracking_number: str
    new_order: str | None
    decision_note: str
    requested_by: str
    requested_at: datetime
    version: int
    links: dict[str, str]


class ReturnOut(ReturnRow, kw_only=True):
    lines: list[LineOut]


class ReturnPage(msgspec.Struct):
    data: list[ReturnRow]
    has_more: bool
    next_cursor: str | None


class After(msgspec.Struct):
    """Where a return stands after a step."""

    id: UUID
    number: str
    reception: str
    acceptance: str
    reimbursement: str
    version: int


class ApprovalOut(msgspec.Struct, rename={"after": "return"}):
    decision: str
    note: str
    after: After


class LabelOut(msgspec.Struct, rename={"after": "return"}):
    """`url` answers once a worker has drawn the paper."""

    tracking_number: str
    url: str
    after: After


class UnitsOut(msgspec.Struct):
    """`id` is the return line's."""

    id: UUID
    quantity: int


class ReceiptOut(msgspec.Struct, rename={"after": "return"}):
    location: str
    lines: list[UnitsOut]
    inspections: list[InspectionOut]
    after: After


class InspectionsOut(msgspec.Struct, rename={"after": "return"}):
    lines: list[InspectionOut]
    after: After


class ReimbursementOut(msgspec.Struct, rename={"after": "return"}):
    """`payments` are the ids of the ledger's entries; `new_order` the number of the order sent instead of money."""

    kind: str
    new_order: str | None
    amount: Money
    payments: list[UUID]
    after: After


def row(returned: Return) -> ReturnRow:
    """A list's row. Reads `order` and its channel."""
    return ReturnRow(**_common(returned))


def document(returned: Return) -> ReturnOut:
    """The whole return. Two queries: lines and inspections."""
    lines = returned.lines.select_related("line").prefetch_related("inspections__location")
    return ReturnOut(
        **_common(returned),
        lines=[
            LineOut(
                id=line.id,
                line=line.line_id,
                sku=line.line.sku,
                quantity=line.quantity,
                reason=line.reason,
                note=line.note,
                received=line.received,
                inspected=line.inspected,
                inspections=[inspection_out(seen) for seen in line.inspections.all()],
            )
            for line in lines.order_by("id")
        ],
    )


def inspection_out(seen: Inspection) -> InspectionOut:
    return InspectionOut(
        id=seen.id,
        line=seen.line_id,
        location=seen.location.code,
        quantity=seen.quantity,
        grade=seen.grade,
        disposition=seen.disposition,
        at=seen.at,
        components=[InspectedPartOut(**part) for part in seen.parts],
    )


def after(returned: Return) -> After:
    return After(
        id=returned.id,
        number=returned.number,
        reception=returned.reception,
        acceptance=returned.acceptance,
        reimbursement=returned.reimbursement,
        version=returned.version,
    )


def address_of(returned: Return) -> str:
    """Where the return is read."""
    return f"{settings.BASE_URL}/api/v1/returns/{returned.id}/"


def _common(returned: Return) -> dict[str, Any]:
    order = returned.order
    code = order.currency
    return {
        "id": returned.id,
        "number": returned.number,
        "order": str(order.number),
        "channel": order.channel.code,
        "method": returned.method,
        "resolution": returned.resolution,
        "exchange_sku": returned.exchange_sku or None,
        "reception": returned.reception,
        "acceptance": returned.acceptance,
        "reimbursement": returned.reimbursement,
        "credited": amount(returned.credited, code),
        "fee": amount(returned.fee, code),
        "refunded": amount(returned.refunded, code),
        "tracking_number": returned.tracking_number,
        "new_order": str(returned.new_order.number) if returned.new_order else None,
        "decision_note": returned.decision_note,
        "requested_by": returned.requested_by,
        "requested_at": returned.requested_at,
        "version": returned.version,
        "links": {
            "order": f"{settings.BASE_URL}/api/v1/orders/{order.id}/",
            "label": f"{address_of(returned)}label.pdf",
        },
    }


def found(line: ReceivedLine | InspectedLine) -> Found:
    """The verdict of a body's line."""
    return Found(
        line.id,
        line.quantity,
        line.grade,
        line.disposition or "",
        line.lot,
        tuple(OfPart(one.sku, one.quantity, one.grade, one.disposition, one.lot) for one in line.components),
    )
