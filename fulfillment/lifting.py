"""Units that are not picked come out of their parcels, and what went where is told unit for unit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from fulfillment import parts, steps
from fulfillment.models import Shipment, ShipmentLine, ShipmentState
from oms.core.errors import IllegalMove, Invalid
from oms.core.saying import said
from orders.models import Line, Order

S = ShipmentState

Placing = tuple[UUID, str]  # line and location


@dataclass(frozen=True, slots=True)
class Part:
    """Units of one order line to move; `pointer` is where the request said so."""

    line: UUID
    quantity: int
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to move (a shipment, some units of it, or with None all that is not picked) and where: `to` a location,
    not to `exclude`, or wherever it costs least. `reason` is the text of whoever asks."""

    shipment: UUID | None = None
    parts: Sequence[Part] | None = None
    to: str = ""
    exclude: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(slots=True)
class Lifted:
    """Units taken out of their parcels, by line and location, and the parcels left empty with the state they had."""

    units: Counter[Placing] = field(default_factory=Counter)
    parcels: list[Shipment] = field(default_factory=list)
    emptied: dict[UUID, str] = field(default_factory=dict)
    promised: datetime | None = None

    def by_line(self) -> Counter[UUID]:
        found = Counter[UUID]()
        for (line, _), units in self.units.items():
            found[line] += units
        return found


def lines_of(order: Order) -> dict[UUID, Line]:
    return {line.pk: line for line in order.lines.select_related("product").order_by("position")}


def lift(order: Order, lines: Mapping[UUID, Line], wish: Wish, *, not_there: bool = False) -> Lifted:
    """Take what the wish names out of its parcels. `not_there`: those units are missing where they were."""
    house = steps.in_the_house(order)
    if wish.shipment is not None:
        house = house.filter(pk=wish.shipment)
    parcels = list(
        house.select_related("location").select_for_update(no_key=True, of=("self",)).order_by("pk")
    )
    rows: dict[UUID, list[ShipmentLine]] = {parcel.pk: [] for parcel in parcels}
    for row in (
        ShipmentLine.objects.filter(shipment__in=parcels, quantity__gt=0)
        .select_related("line")
        .order_by("line__position")
    ):
        rows[row.shipment_id].append(row)
    if wish.shipment is not None and not parcels:
        raise IllegalMove("This shipment has left or is cancelled.", why="gone")
    left = _asked(lines, wish)
    lifted = Lifted()
    changed: list[ShipmentLine] = []
    for parcel in sorted(parcels, key=lambda one: steps.PROGRESS.index(S(one.state))):
        if parcel.state not in steps.STARTS["reroute"]:
            continue
        for row in rows[parcel.pk]:
            room = row.quantity - row.picked
            units = room if left is None else min(room, left[row.line_id])
            if not units:
                continue
            row.quantity -= units
            if not_there:
                row.missing += units
                parts.miss(row, units)
            parts.settle(row)
            if left is not None:
                left[row.line_id] -= units
            lifted.units[row.line_id, parcel.location.code] += units
            changed.append(row)
            if not lifted.parcels or lifted.parcels[-1] is not parcel:
                lifted.parcels.append(parcel)
    for pk, missing in (left or {}).items():
        if missing:
            raise IllegalMove(
                f"{lines[pk].sku}: {missing} of the units to move are picked already, or in no such parcel.",
                why="picked",
            )
    if not lifted.units:
        raise IllegalMove(_nothing(order, parcels, wish), why="picked" if parcels else "gone")
    ShipmentLine.objects.bulk_update(changed, ["quantity", "missing", "parts_picked", "parts_missing"])
    _set_states(lifted, rows)
    lifted.promised = min(
        (parcel.promised_latest for parcel in lifted.parcels if parcel.promised_latest), default=None
    )
    return lifted


def _asked(lines: Mapping[UUID, Line], wish: Wish) -> Counter[UUID] | None:
    if wish.parts is None:
        return None
    if not wish.parts:
        raise Invalid.at(
            "/lines", said("Name at least one line, or leave them out to move everything."), "required"
        )
    asked = Counter[UUID]()
    for part in wish.parts:
        if part.line not in lines:
            raise Invalid.at(f"{part.pointer}/id", said("The order has no such line."), "unknown_line")
        asked[part.line] += part.quantity
    return asked


def _set_states(lifted: Lifted, rows: Mapping[UUID, Sequence[ShipmentLine]]) -> None:
    """An empty parcel counts as cancelled until a plan fills it again; one with its picked units alone is picked."""
    for parcel in lifted.parcels:
        mine = rows[parcel.pk]
        if not any(row.quantity for row in mine):
            lifted.emptied[parcel.pk] = parcel.state
            parcel.state = S.CANCELLED
        elif all(row.picked == row.quantity for row in mine):
            parcel.state = S.PICKED
        Shipment.objects.filter(pk=parcel.pk).update(state=parcel.state)


def _nothing(order: Order, parcels: Sequence[Shipment], wish: Wish) -> str:
    if wish.shipment is not None:
        return f"Shipment {parcels[0].number} is {parcels[0].state}: what is picked stays where it is."
    if any(parcel.state not in steps.STARTS["reroute"] for parcel in parcels):
        return f"Everything of order {order.number} is picked: what is picked stays where it is."
    return f"Nothing of order {order.number} is planned."


def told(
    lines: Mapping[UUID, Line], before: Mapping[Placing, int], after: Mapping[Placing, int]
) -> list[dict[str, object]]:
    """What went from where to where, unit for unit; `to` is None while nobody took it."""
    left = Counter(after)
    # Units that stay pair off first, so that only those that went are told.
    stay = Counter(before) & left
    left -= stay
    found: list[dict[str, object]] = []
    for (line, place), units in (Counter(before) - stay).items():
        for (other, target), room in list(left.items()):
            if other == line and units:
                took = min(units, room)
                left[other, target] -= took
                units -= took
                found.append(_one(lines, line, took, place, target))
            left = +left
        if units:
            found.append(_one(lines, line, units, place, None))
    return found


def _one(
    lines: Mapping[UUID, Line], line: UUID, units: int, place: str, target: str | None
) -> dict[str, object]:
    return {"id": str(line), "sku": lines[line].sku, "quantity": units, "from": place, "to": target}
