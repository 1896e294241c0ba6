"""Cancelling, whole or part, before the goods leave: units, stock, parcels and money follow in one transaction.

Units are taken where they are least advanced: back-ordered, then reserved in no parcel, then from parcels, the
least advanced parcel first and its unpicked units before the picked ones. A packed or labelled parcel that
loses units is opened again: its boxes and papers are void and it is packed anew.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from fulfillment import cash, missing, parts, picked_lots, steps
from fulfillment.models import Cancellation, Package, Paper, Shipment, ShipmentLine, ShipmentState
from inventory import stock
from inventory.stock import Keep
from oms.core import events
from oms.core.errors import IllegalMove, Invalid
from oms.core.saying import said
from orders import holds, payments, progress
from orders.models import Line, Order, Stage

S = ShipmentState


@dataclass(frozen=True, slots=True)
class Asked:
    """Units of one order line to cancel; `pointer` is where the request said so."""

    line: UUID
    quantity: int
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cancellation would come to, in the order's currency: the items' worth, the order's new total, and how
    much of what was paid would be the customer's again."""

    worth: Decimal
    total: Decimal
    refund: Decimal


@dataclass(slots=True)
class _Taken:
    """What is taken where: counters by line, reservations by (line, location) and those of them in no parcel,
    units by shipment line."""

    counters: dict[UUID, Counter[str]] = field(default_factory=dict)
    kept: Counter[tuple[UUID, int]] = field(default_factory=Counter)
    loose: Counter[tuple[UUID, int]] = field(default_factory=Counter)
    rows: dict[UUID, Counter[str]] = field(default_factory=dict)


@transaction.atomic
def cancel(order_id: UUID, *, asked: Sequence[Asked] | None, reason: str = "", actor: str) -> Cancellation:
    """Cancel these units, or with None all that has not left.

    Raises IllegalMove when nothing is left to cancel, or less than asked; Invalid for a line that is not the order's.
    """
    order = progress.lock(order_id)
    lines = {line.pk: line for line in order.lines.select_related("product").order_by("position")}
    wanted = _wanted(order, lines, asked)
    parcels = list(steps.in_the_house(order).select_for_update(no_key=True, of=("self",)).order_by("pk"))
    rows = list(
        ShipmentLine.objects.filter(shipment__in=parcels, quantity__gt=0)
        .select_related("line")
        .order_by("pk")
    )
    taken = _take(wanted, lines, parcels, rows, stock.kept(order.pk))
    emptied = _shrink(parcels, rows, taken)

    progress.change_units(order, {line_id: dict(counters) for line_id, counters in taken.counters.items()})
    if taken.kept:
        not_found = missing.places(order)
        stock.release(order.pk, [Keep(line, place, units) for (line, place), units in taken.kept.items()])
        if any(line.product.tracks_lots or line.parts for line in lines.values()):
            for parcel in parcels:
                picked_lots.settle(parcel, [row for row in rows if row.shipment_id == parcel.pk])
        missing.set_aside(taken.loose, not_found, lines, actor=actor)
    if order.stage == Stage.CANCELLED:
        payments.void_open(order, actor=actor)
        holds.release_all(order, actor=actor)
        order.refresh_from_db(fields=["version", *progress.DERIVED])
    elif payments.covered(order):
        # What is left may cost no more than was paid or promised: the wait for money is over.
        holds.release_reason(order, "awaiting_payment", actor=actor)
    cash.share(order)

    cancelled = [
        {"id": str(line_id), "sku": lines[line_id].sku, "quantity": units}
        for line_id, units in wanted.items()
    ]
    made = Cancellation.objects.create(order=order, reason=reason, lines=cancelled, actor=actor)
    for parcel in emptied:
        steps.tell("shipment.cancelled", order, parcel, actor=actor, reason="order_cancelled")
    whole = order.stage == Stage.CANCELLED
    # Whoever hears `order.cancelled` strikes the whole order: a part of it is an edit.
    events.record(
        "order.cancelled" if whole else "order.edited",
        order.ref,
        actor=actor,
        channel_id=order.channel_id,
        data={
            "id": str(order.pk),
            "number": str(order.number),
            "version": order.version,
            "whole": whole,
            "cancelled": cancelled,
        },
    )
    return made


def outcome(order: Order, units: Mapping[UUID, int]) -> Outcome:
    """What cancelling so many units of each line would come to. Writes nothing."""
    lines = list(order.lines.order_by("position"))
    for line in lines:
        line.cancelled += units.get(line.pk, 0)
    total = progress.open_amounts(order, lines)["total"]
    back = min(order.paid, order.paid - (total - order.credited))
    return Outcome(order.total - total, total, max(Decimal(0), back))


def _wanted(order: Order, lines: Mapping[UUID, Line], asked: Sequence[Asked] | None) -> dict[UUID, int]:
    """Units to cancel by line, none of them 0."""
    still = {pk: line.reserved + line.backordered for pk, line in lines.items()}
    if asked is None:
        wanted = {pk: units for pk, units in still.items() if units}
        if not wanted:
            raise IllegalMove(f"Order {order.number} has nothing left to cancel.")
        return wanted
    if not asked:
        raise Invalid.at(
            "/lines", said("Name at least one line, or send null for all that has not left."), "required"
        )
    wanted = Counter[UUID]()
    for each in asked:
        if each.line not in lines:
            raise Invalid.at(f"{each.pointer}/id", said("The order has no such line."), "unknown_line")
        wanted[each.line] += each.quantity
        if wanted[each.line] > still[each.line]:
            raise IllegalMove(
                f"{lines[each.line].sku}: {wanted[each.line]} to cancel, {still[each.line]} have not left.",
                errors=[
                    {
                        "pointer": f"{each.pointer}/quantity",
                        "code": "illegal_move",
                        "detail": said("%(left)s left to cancel.", left=still[each.line]),
                    }
                ],
            )
    return wanted


def _take(
    wanted: Mapping[UUID, int],
    lines: Mapping[UUID, Line],
    parcels: Iterable[Shipment],
    rows: Sequence[ShipmentLine],
    kept: Iterable[Keep],
) -> _Taken:
    """Where each unit is taken from. Decides only."""
    parcel_of = {parcel.pk: parcel for parcel in parcels}
    by_progress = sorted(
        rows, key=lambda row: (steps.PROGRESS.index(S(parcel_of[row.shipment_id].state)), row.pk)
    )
    loose = Counter[tuple[UUID, int]]({(keep.line, keep.location_id): keep.quantity for keep in kept})
    for row in rows:
        loose[row.line_id, parcel_of[row.shipment_id].location_id] -= row.quantity
    taken = _Taken()
    for line_id, units in wanted.items():
        line = lines[line_id]
        change = taken.counters.setdefault(line_id, Counter(cancelled=units))
        waiting = min(units, line.backordered)
        change["backordered"] -= waiting
        change["reserved"] -= units - waiting
        left = units - waiting
        for key in [key for key in loose if key[0] == line_id]:
            freed = min(left, max(0, loose[key]))
            taken.kept[key] += freed
            taken.loose[key] += freed
            left -= freed
        mine = [row for row in by_progress if row.line_id == line_id]
        for picked in (False, True):
            for row in mine:
                gone = taken.rows.setdefault(row.pk, Counter())
                room = row.picked - gone["picked"] if picked else row.quantity - row.picked - gone["unpicked"]
                units_here = min(left, room)
                gone["picked" if picked else "unpicked"] += units_here
                taken.kept[line_id, parcel_of[row.shipment_id].location_id] += units_here
                change["allocated"] -= units_here
                change["picked"] -= units_here if picked else 0
                left -= units_here
        if left:
            raise ValueError(f"Line {line_id} keeps {left} units less than its counters say.")
    taken.kept = +taken.kept
    taken.rows = {pk: gone for pk, gone in taken.rows.items() if gone.total()}
    return taken


def _shrink(parcels: Iterable[Shipment], rows: Sequence[ShipmentLine], taken: _Taken) -> list[Shipment]:
    """Parcels lose their units; opened ones their boxes and papers. Returns those left empty, now cancelled."""
    emptied = []
    for parcel in parcels:
        mine = [row for row in rows if row.shipment_id == parcel.pk]
        if not any(row.pk in taken.rows for row in mine):
            continue
        opened = any(row.packed for row in mine)
        for row in mine:
            gone = taken.rows.get(row.pk, Counter())
            row.quantity -= gone.total()
            row.picked -= gone["picked"]
            parts.give_back(row, gone["picked"])
            if row.packed:
                taken.counters.setdefault(row.line_id, Counter())["packed"] -= row.packed
                row.packed = 0
        ShipmentLine.objects.bulk_update(mine, ["quantity", "picked", "packed", "parts_picked"])
        if opened:
            Package.objects.filter(shipment=parcel).delete()
            Paper.objects.filter(shipment=parcel).delete()
            parcel.tracking_number = parcel.tracking_url = ""
            parcel.papers_due_at = None
        if not any(row.quantity for row in mine):
            parcel.state = S.CANCELLED
            parcel.cod_amount = 0
            emptied.append(parcel)
        elif all(row.picked == row.quantity for row in mine):
            parcel.state = S.PICKED
        steps.save(parcel, "state", "tracking_number", "tracking_url", "papers_due_at", "cod_amount")
    return emptied
