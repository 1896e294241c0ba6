"""Shipments, rates, routing decisions and cancellations as the API shows and takes them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.conf import settings
from msgspec import Meta

from fulfillment.models import Cancellation, Package, PickedLot, Scan, Shipment, ShipmentLine
from orders.documents import Money, amount
from orders.models import Order

Sku = Annotated[str, Meta(min_length=1, max_length=64)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]
Code = Annotated[str, Meta(min_length=1, max_length=64)]
Grams = Annotated[int, Meta(ge=0, le=10_000_000)]
Millimetres = Annotated[int, Meta(ge=0, le=100_000)]
AmountText = Annotated[str, Meta(max_length=24, pattern=r"^[0-9]+(\.[0-9]+)?$", examples=["18.00"])]
Ends = Annotated[list[Annotated[int, Meta(ge=0, le=1000)]], Meta(min_length=2, max_length=2)]


class UnitsIn(msgspec.Struct, forbid_unknown_fields=True):
    sku: Sku
    quantity: Quantity


class PickedIn(UnitsIn, forbid_unknown_fields=True):
    """`lot`: which one they were taken from; absent, of the lot that goes first (where the product tracks lots)."""

    lot: Annotated[str, Meta(min_length=1, max_length=64)] | None = None


class PicksIn(msgspec.Struct, forbid_unknown_fields=True):
    """`short`: the units of the shipment that are still unpicked after these are not there."""

    lines: Annotated[list[PickedIn], Meta(max_length=1000)] = []
    short: bool = False


class PackageIn(msgspec.Struct, forbid_unknown_fields=True):
    """`weight_g` absent: the sum of the products'. A single package may leave `lines` out: everything picked."""

    weight_g: Grams | None = None
    length_mm: Millimetres = 0
    width_mm: Millimetres = 0
    height_mm: Millimetres = 0
    lines: Annotated[list[UnitsIn], Meta(max_length=1000)] | None = None


class PackagesIn(msgspec.Struct, forbid_unknown_fields=True):
    packages: Annotated[list[PackageIn], Meta(min_length=1, max_length=100)]


class LabelsIn(msgspec.Struct, forbid_unknown_fields=True):
    """Without a carrier the cheapest that keeps the promise. `tracking_number`: staff booked it elsewhere."""

    carrier: Code | None = None
    service: Code | None = None
    tracking_number: Annotated[str, Meta(max_length=30)] | None = None


class ScanIn(msgspec.Struct, forbid_unknown_fields=True):
    code: Literal[
        "picked_up",
        "in_transit",
        "out_for_delivery",
        "ready_for_pickup",
        "delivery_failed",
        "delayed",
        "delivered",
        "returning",
        "returned_to_sender",
        "lost",
        "held_by_carrier",
        "unknown",
    ]
    at: Annotated[datetime, Meta(tz=True)] | None = None
    place: Annotated[str, Meta(max_length=200)] | None = None
    note: Annotated[str, Meta(max_length=500)] | None = None
    incident: Annotated[str, Meta(max_length=64)] | None = None


class CancelLineIn(msgspec.Struct, forbid_unknown_fields=True):
    id: UUID
    quantity: Quantity


class CancellationIn(msgspec.Struct, forbid_unknown_fields=True):
    """`lines` null: all that has not left."""

    lines: Annotated[list[CancelLineIn], Meta(max_length=1000)] | None = None
    reason: Annotated[str, Meta(max_length=500)] | None = None


class ComponentOut(msgspec.Struct):
    """Units of a kit's component, over all kits of the line."""

    sku: str
    quantity: int
    picked: int


class LineOut(msgspec.Struct):
    """Units of one order line (`order_line`) in this shipment. A kit is picked and packed by its `components`."""

    id: UUID
    order_line: UUID
    sku: str
    quantity: int
    picked: int
    packed: int
    lots: list["LotUnitsOut"] = []
    components: list[ComponentOut] = []


class LotUnitsOut(msgspec.Struct):
    """Units that were taken from a lot."""

    lot: str
    expires_on: date | None
    quantity: int


class UnitsOut(msgspec.Struct):
    sku: str
    quantity: int


class PackageOut(msgspec.Struct):
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    lines: list[UnitsOut]


class PromisedOut(msgspec.Struct):
    earliest: datetime | None
    latest: datetime | None


class ScanOut(msgspec.Struct):
    code: str
    at: datetime
    place: str
    note: str
    incident: str


class ShipmentLinksOut(msgspec.Struct):
    order: str
    label_pdf: str
    label_zpl: str
    packing_slip: str


class ShipmentOut(msgspec.Struct):
    """A parcel run. `order` is its order's number, `location` a code.

    `cost` is in the company's currency, `cod` (the cash to collect) in the order's.
    """

    id: UUID
    number: str
    order: str
    order_id: UUID
    location: str
    state: str
    carrier: str
    service: str
    tracking_number: str
    tracking_url: str
    lines: list[LineOut]
    packages: list[PackageOut]
    scans: list[ScanOut]
    promised: PromisedOut
    cost: Money | None
    cod: Money
    created_at: datetime
    handed_over_at: datetime | None
    delivered_at: datetime | None
    links: ShipmentLinksOut
    version: int


class PickedOut(ShipmentOut):
    """The shipment after a pick, and whether units were reported missing with it."""

    short: bool


class ScannedOut(ShipmentOut):
    """The shipment after a scan, and the scan."""

    code: str
    at: datetime
    place: str
    note: str
    incident: str


class ShipmentPage(msgspec.Struct):
    data: list[ShipmentOut]
    has_more: bool
    next_cursor: str | None


class CancelledLineOut(msgspec.Struct):
    id: UUID
    sku: str
    quantity: int


class CancellationOut(msgspec.Struct):
    """What was cancelled; `total` and `balance` are the order's now (a balance below zero is owed to the customer).

    Told as `order.cancelled` when the order has nothing else, else as `order.edited`.
    """

    id: UUID
    order: str
    at: datetime
    reason: str
    lines: list[CancelledLineOut]
    order_status: str
    total: Money
    balance: Money


def url_of(shipment: Shipment) -> str:
    return f"{settings.BASE_URL}/api/v1/shipments/{shipment.pk}/"


def shipment_fields(
    shipment: Shipment, lines: Iterable[ShipmentLine], packages: Iterable[Package], scans: Iterable[Scan]
) -> dict[str, Any]:
    """The fields of a ShipmentOut. Runs no query."""
    order = shipment.order
    url = url_of(shipment)
    return {
        "id": shipment.pk,
        "number": shipment.number,
        "order": str(order.number),
        "order_id": order.pk,
        "location": shipment.location.code,
        "state": shipment.state,
        "carrier": shipment.carrier,
        "service": shipment.service,
        "tracking_number": shipment.tracking_number,
        "tracking_url": shipment.tracking_url,
        "lines": [
            LineOut(
                row.pk,
                row.line_id,
                row.line.sku,
                row.quantity,
                row.picked,
                row.packed,
                [LotUnitsOut(one.lot.code, one.lot.expires_on, one.quantity) for one in lots_of(row)],
                [
                    ComponentOut(
                        part["sku"], row.quantity * part["quantity"], row.parts_picked.get(part["sku"], 0)
                    )
                    for part in row.line.parts
                ],
            )
            for row in lines
        ],
        "packages": [
            PackageOut(
                box.weight_g,
                box.length_mm,
                box.width_mm,
                box.height_mm,
                [UnitsOut(inside["sku"], inside["quantity"]) for inside in box.lines],
            )
            for box in packages
        ],
        "scans": [scan_out(scan) for scan in scans],
        "promised": PromisedOut(shipment.promised_earliest, shipment.promised_latest),
        "cost": None if shipment.cost is None else amount(shipment.cost, settings.COMPANY_CURRENCY),
        "cod": amount(shipment.cod_amount, order.currency),
        "created_at": shipment.created_at,
        "handed_over_at": shipment.handed_over_at,
        "delivered_at": shipment.delivered_at,
        "links": ShipmentLinksOut(
            order=f"{settings.BASE_URL}/api/v1/orders/{order.pk}/",
            label_pdf=f"{url}label.pdf",
            label_zpl=f"{url}label.zpl",
            packing_slip=f"{url}packing-slip.pdf",
        ),
        "version": shipment.version,
    }


def lots_of(row: ShipmentLine) -> list[PickedLot]:
    """The lots of a line that `queries.whole` read."""
    return getattr(row, "shown_lots", [])


def scan_out(scan: Scan) -> ScanOut:
    return ScanOut(scan.code, scan.at, scan.place, scan.note, scan.incident)


def cancellation_out(cancellation: Cancellation, order: Order) -> CancellationOut:
    return CancellationOut(
        id=cancellation.pk,
        order=str(order.number),
        at=cancellation.at,
        reason=cancellation.reason,
        lines=[
            CancelledLineOut(UUID(line["id"]), line["sku"], line["quantity"]) for line in cancellation.lines
        ],
        order_status=order.status,
        total=amount(order.total, order.currency),
        balance=amount(order.balance, order.currency),
    )
