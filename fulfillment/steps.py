"""What may follow what in a shipment's life, the locks each step takes, and how it is told.

planned → released → picking → picked → packed → labelled → handed over; what carriers report after that is
in `tracking.py`. An order the customer collects goes packed (or labelled) → ready for pickup → delivered.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fulfillment.models import Shipment, ShipmentLine, ShipmentState
from fulfillment.parts import Piece
from oms.core import events
from oms.core.errors import IllegalMove, Invalid
from orders import holds, progress
from orders.models import Order

S = ShipmentState

# A step and the states it may start from. Where it leads is said by the step itself.
STARTS: dict[str, frozenset[str]] = {
    "release": frozenset({S.PLANNED}),
    "reject": frozenset({S.PLANNED, S.RELEASED, S.PICKING}),
    "reroute": frozenset({S.PLANNED, S.RELEASED, S.PICKING}),
    "pick": frozenset({S.RELEASED, S.PICKING}),
    "put back": frozenset({S.PICKING, S.PICKED}),
    "pack": frozenset({S.PICKED}),
    "label": frozenset({S.PACKED}),
    "hand over": frozenset({S.LABELLED}),
    "bring to the counter": frozenset({S.PACKED, S.LABELLED}),
    "scan": frozenset(
        {
            S.HANDED_OVER,
            S.IN_TRANSIT,
            S.OUT_FOR_DELIVERY,
            S.READY_FOR_PICKUP,
            S.DELIVERED,
            S.DELIVERY_FAILED,
            S.RETURNING,
            S.RETURNED_TO_SENDER,
            S.LOST,
        }
    ),
}
# How far a shipment in the house is; cancelling takes from the least advanced first.
PROGRESS = (
    S.PLANNED,
    S.RELEASED,
    S.PICKING,
    S.PICKED,
    S.PACKED,
    S.LABELLED,
    S.READY_FOR_PICKUP,
    S.DELIVERY_FAILED,
)


@dataclass(frozen=True, slots=True)
class Units:
    """So many units of a SKU, as a picker or packer names them; `pointer` is where the request said so.

    A picker may name the `lot` they were taken from.
    """

    sku: str
    quantity: int
    pointer: str = ""
    lot: str = ""


def is_pickup(order: Order) -> bool:
    """The customer comes for the goods."""
    return order.delivery_kind == "pickup"


def in_the_house(order: Order) -> QuerySet[Shipment]:
    """The order's shipments whose goods are still ours to take out, a parcel at the counter among them."""
    return order.shipments.filter(handed_over_at=None).exclude(state=S.CANCELLED)


def begin(shipment_id: UUID, step: str | Callable[[Order], str]) -> tuple[Order, Shipment]:
    """Order and shipment, locked in that order, ready for the step.

    Raises OnHold when the order is held and IllegalMove when the step is out of turn.
    """
    order, shipment = lock(shipment_id)
    holds.refuse_when_held(order)
    require(shipment, step if isinstance(step, str) else step(order))
    return order, shipment


def lock(shipment_id: UUID) -> tuple[Order, Shipment]:
    """Order first, then shipment: every write takes them in this order."""
    order = progress.lock(Shipment.objects.values_list("order_id", flat=True).get(pk=shipment_id))
    shipment = (
        Shipment.objects.select_related("location")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=shipment_id)
    )
    shipment.order = order
    return order, shipment


def require(shipment: Shipment, step: str) -> None:
    """Raises IllegalMove unless the step may start from where the shipment is."""
    if shipment.state not in STARTS[step]:
        starts = " or ".join(state for state in S.values if state in STARTS[step])
        raise IllegalMove(
            f"Shipment {shipment.number} is {shipment.state}; to {step} it must be {starts}.",
            state=shipment.state,
        )


def contents(shipment: Shipment) -> list[ShipmentLine]:
    """The shipment's lines that still hold units, in the order's own order."""
    return list(
        shipment.lines.select_related("line__product").filter(quantity__gt=0).order_by("line__position")
    )


def spread(
    units: Sequence[Units], pieces: Iterable[Piece], room: Callable[[Piece], int]
) -> dict[tuple[Any, str], int]:
    """Named units laid onto the pieces of a shipment, several of one SKU filled in order; {piece key: units}.

    Raises Invalid at the pointer of a SKU that is not in the shipment or that has less room than named.
    """
    left = {piece.key: (piece.sku, room(piece)) for piece in pieces}
    laid: dict[tuple[Any, str], int] = {}
    for unit in units:
        places = [pk for pk, (sku, _) in left.items() if sku == unit.sku]
        if not places:
            raise Invalid.at(f"{unit.pointer}/sku", f"{unit.sku} is not in this shipment.", "not_in_shipment")
        missing = unit.quantity
        for pk in places:
            took = min(missing, left[pk][1])
            left[pk] = (unit.sku, left[pk][1] - took)
            laid[pk] = laid.get(pk, 0) + took
            missing -= took
        if missing:
            raise Invalid.at(
                f"{unit.pointer}/quantity",
                f"{missing} more of {unit.sku} than the shipment asks for.",
                "too_many",
            )
    return laid


def save(shipment: Shipment, *fields: str) -> None:
    """Store these columns; every change of a shipment is a new version."""
    shipment.version += 1
    shipment.save(update_fields=[*fields, "version"])


def tell(kind: str, order: Order, shipment: Shipment, *, actor: str, **data: Any) -> None:
    """One event of this shipment in its order's thread."""
    events.record(
        kind,
        shipment.ref,
        actor=actor,
        channel_id=order.channel_id,
        thread=order.ref,
        data={
            "id": str(shipment.pk),
            "number": shipment.number,
            "version": shipment.version,
            "order": str(order.number),
            "order_id": str(order.pk),
            "state": shipment.state,
            **data,
        },
    )
