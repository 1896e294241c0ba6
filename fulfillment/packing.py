"""Picked units go into boxes; what is packed is charged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from fulfillment import parts, steps
from fulfillment.models import Package, Shipment, ShipmentLine, ShipmentState
from fulfillment.parts import Piece
from fulfillment.steps import Units
from oms.core.errors import Invalid
from oms.core.saying import said
from orders import payments, progress, totals
from orders.models import Order, PaymentKind


@dataclass(frozen=True, slots=True)
class Box:
    """One package: grams (None: the sum of its products'), millimetres, and what is inside (None: everything)."""

    weight_g: int | None = None
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    units: Sequence[Units] | None = None


@transaction.atomic
def pack(shipment_id: UUID, *, boxes: Sequence[Box], actor: str) -> Shipment:
    """The boxes hold exactly what was picked. Open authorisations are captured up to what is packed.

    Raises OnHold, IllegalMove; Invalid (`not_what_was_picked`, each `sku` with its `packed` and `picked` units) when
    the boxes and the picked units differ.
    """
    order, shipment = steps.begin(shipment_id, "pack")
    rows = steps.contents(shipment)
    pieces = parts.pieces(rows)
    filled = _filled(boxes, pieces)
    weights = {piece.sku: piece.product.weight_g for piece in pieces}
    for row in rows:
        row.packed = row.picked
    ShipmentLine.objects.bulk_update(rows, ["packed"])
    Package.objects.bulk_create(
        Package(
            shipment=shipment,
            position=position,
            weight_g=sum(weights[sku] * n for sku, n in inside.items())
            if box.weight_g is None
            else box.weight_g,
            length_mm=box.length_mm,
            width_mm=box.width_mm,
            height_mm=box.height_mm,
            lines=[{"sku": sku, "quantity": n} for sku, n in inside.items()],
        )
        for position, (box, inside) in enumerate(zip(boxes, filled, strict=True), start=1)
    )
    progress.change_units(order, {row.line_id: {"packed": row.packed} for row in rows})
    owed = to_capture(order)
    if owed > 0:
        payments.capture_packed(order, owed, actor=actor)
    shipment.state = ShipmentState.PACKED
    steps.save(shipment, "state")
    steps.tell("shipment.packed", order, shipment, actor=actor, packages=len(boxes))
    return shipment


def to_capture(order: Order) -> Decimal:
    """What packed and shipped units are worth, and with the first of them the shipping, less what was captured.

    Reckoned anew each time, so that units packed again after a change are not charged twice.
    """
    value = Decimal(0)
    for line in order.lines.all():
        ready = line.packed + line.shipped
        if ready:
            value += totals.share(line.total, ready, line.quantity, order.currency, from_end=True)
    if value:
        value += order.shipping + (0 if order.prices_include_tax else order.shipping_tax)
    captured = order.payments.filter(kind=PaymentKind.CAPTURE).aggregate(sum=Sum("amount"))["sum"] or Decimal(
        0
    )
    return value - captured


def _filled(boxes: Sequence[Box], pieces: Sequence[Piece]) -> list[Counter[str]]:
    """SKUs and units of each box. Raises Invalid unless together they are exactly what was picked."""
    if not boxes:
        raise Invalid.at("/packages", said("At least one package."), "required")
    picked = Counter[str]()
    for piece in pieces:
        picked[piece.sku] += piece.picked
    if len(boxes) == 1 and boxes[0].units is None:
        return [picked]
    filled = []
    for number, box in enumerate(boxes):
        inside = Counter[str]()
        for unit in box.units or ():
            inside[unit.sku] += unit.quantity
        if not inside:
            raise Invalid.at(f"/packages/{number}/lines", said("Say what is in each package."), "required")
        filled.append(inside)
    packed = sum(filled, Counter[str]())
    if packed != picked:
        wrong = sorted(sku for sku in packed | picked if packed[sku] != picked[sku])
        told = ", ".join(f"{sku}: {packed[sku]} packed, {picked[sku]} picked" for sku in wrong[:5])
        detail = f"The packages are not what was picked. {told}."
        fault = {"pointer": "/packages", "code": "not_what_was_picked"}
        raise Invalid(
            detail,
            code="not_what_was_picked",
            errors=[
                fault
                | {
                    "detail": f"{sku}: {packed[sku]} packed, {picked[sku]} picked.",
                    "sku": sku,
                    "packed": packed[sku],
                    "picked": picked[sku],
                }
                for sku in wrong
            ],
        )
    return filled
