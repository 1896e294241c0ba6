"""Less is there than was promised: the newest promises wait again, in the transaction that finds it out.

Whoever is about to take units off a level (a count, damage) makes room on it first. Units in no parcel go before
units in one, what nobody picked before what is in a picker's hands, and the newest order before the older ones.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from fulfillment import cash, parts, picked_lots, steps
from fulfillment.models import Package, Paper, Shipment, ShipmentLine, ShipmentState
from inventory import stock
from inventory.models import Location, Product, State
from inventory.slots import IN_SLOTS
from oms.core import events
from orders import progress
from orders.models import Line, Order

S = ShipmentState
Level = tuple[int, int]  # product and location

# Open parcels only: what has left is on no level any more.
_KEPT = """
SELECT kept.owner, kept.line, kept.location_id, kept.product_id, kept.per_unit, kept.quantity
FROM inventory_reservation AS kept JOIN orders_order AS o ON o.id = kept.owner
WHERE (kept.product_id, kept.location_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
ORDER BY o.placed_at DESC, o.number DESC, kept.line
"""
_SHORT = f"""
SELECT product_id, location_id, committed - {IN_SLOTS} + damaged + quality_control - on_hand + missing.units
FROM inventory_stocklevel AS level JOIN unnest(%s::bigint[], %s::bigint[], %s::int[])
  AS missing (product_id, location_id, units) USING (product_id, location_id)
"""


@dataclass(slots=True)
class _Taken:
    """Units of a line taken back at a location, and from which rows of which parcels."""

    order: UUID
    line: UUID
    place: int
    units: int
    rows: Counter[UUID]


@transaction.atomic
def make_room(leaving: Mapping[Level, int], *, reason: str, actor: str) -> dict[UUID, int]:
    """So many units are about to leave each level: promises that would not be covered wait again.

    Returns the units that wait now, by order line; empty where there is room enough. What a checkout or a transfer
    keeps is not touched: where that does not fit either, the level itself refuses (StockCommitted).
    """
    pairs = sorted(leaving)
    columns = [[p for p, _ in pairs], [place for _, place in pairs]]
    # Who keeps what is read, their orders are locked, and only then it is decided: until then it may change.
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, columns)
        owners = list(dict.fromkeys(row[0] for row in cursor.fetchall()))
    orders = progress.lock_many(owners)
    parcels = _parcels(orders)
    with connection.cursor() as cursor:
        cursor.execute(_SHORT, [*columns, [leaving[pair] for pair in pairs]])
        short = {(product, place): units for product, place, units in cursor.fetchall() if units > 0}
        cursor.execute(_KEPT, columns)
        kept = [row for row in cursor.fetchall() if row[0] in orders]
    if not short:
        return {}
    taken = _choose(short, kept, parcels)
    if not taken:
        return {}
    _write(orders, parcels, taken, reason, actor)
    waiting = Counter[UUID]()
    for one in taken:
        waiting[one.line] += one.units
    return dict(waiting)


@transaction.atomic
def adjust_with_room(
    *,
    product: Product,
    location: Location,
    set_to: int | None,
    change: int | None,
    state: str,
    reason: str,
    actor: str,
    bin_name: str | None = None,
    correct: Callable[..., stock.Adjusted] = stock.adjust,
    **more: object,
) -> stock.Adjusted:
    """`stock.adjust` that takes what it needs from the newest promises instead of refusing."""
    room_for(
        product=product,
        location=location,
        set_to=set_to,
        change=change,
        state=state,
        reason=reason,
        actor=actor,
    )
    return correct(
        product=product,
        location=location,
        set_to=set_to,
        change=change,
        state=state,
        reason=reason,
        actor=actor,
        bin_name=bin_name,
        **more,
    )


@transaction.atomic
def room_for(
    *,
    product: Product,
    location: Location,
    set_to: int | None,
    change: int | None,
    state: str,
    reason: str,
    actor: str,
) -> dict[UUID, int]:
    """`make_room` for what this correction takes off its level."""
    level = product.levels.filter(location=location).first()
    if level is None or state == State.SAFETY:
        return {}
    step = change if change is not None else int(set_to or 0) - getattr(level, state)
    leaving = -step if state == State.ON_HAND else step
    if leaving <= 0:
        return {}
    return make_room({(product.pk, location.pk): leaving}, reason=reason, actor=actor)


def _parcels(orders: Mapping[UUID, Order]) -> dict[tuple[UUID, int], list[ShipmentLine]]:
    """Rows of open parcels by line and location, the least advanced first; their parcels locked."""
    shipments = (
        Shipment.objects.filter(order__in=orders, handed_over_at=None)
        .exclude(state=S.CANCELLED)
        .select_for_update(no_key=True, of=("self",))
        .order_by("pk")
    )
    known = {shipment.pk: shipment for shipment in shipments}
    found: dict[tuple[UUID, int], list[ShipmentLine]] = defaultdict(list)
    rows = ShipmentLine.objects.filter(shipment__in=known, quantity__gt=0).select_related("line__product")
    for row in sorted(rows, key=lambda row: (steps.PROGRESS.index(S(known[row.shipment_id].state)), row.pk)):
        row.shipment = known[row.shipment_id]
        row.shipment.order = orders[row.shipment.order_id]
        found[row.line_id, row.shipment.location_id].append(row)
    return found


def _choose(
    short: Mapping[Level, int],
    kept: list[tuple[UUID, UUID, int, int, int, int]],
    parcels: Mapping[tuple[UUID, int], list[ShipmentLine]],
) -> list[_Taken]:
    """Whom to let wait: in three rounds, loose units, then unpicked ones in parcels, then picked ones."""
    missing = dict(short)
    taken: dict[tuple[UUID, int], _Taken] = {}
    for turn in ("loose", "unpicked", "picked"):
        for owner, line, place, product_id, per_unit, quantity in kept:
            need = missing.get((product_id, place), 0)
            if need <= 0:
                continue
            one = taken.setdefault((line, place), _Taken(owner, line, place, 0, Counter()))
            rows = parcels.get((line, place), [])
            wanted = -(-need // per_unit)
            if turn == "loose":
                took = min(wanted, quantity // per_unit - sum(row.quantity for row in rows))
            else:
                took = 0
                for row in rows:
                    room = row.quantity - one.rows[row.pk]
                    room = max(0, room - row.picked) if turn == "unpicked" else room
                    step = min(wanted - took, room)
                    one.rows[row.pk] += step
                    took += step
            one.units += took
            for part, per in _recipe(kept, line, place):
                if (part, place) in missing:
                    missing[part, place] -= took * per
    return [one for one in taken.values() if one.units]


def _recipe(
    kept: list[tuple[UUID, UUID, int, int, int, int]], line: UUID, place: int
) -> list[tuple[int, int]]:
    return [(row[3], row[4]) for row in kept if row[1] == line and row[2] == place]


def _write(
    orders: Mapping[UUID, Order],
    parcels: Mapping[tuple[UUID, int], list[ShipmentLine]],
    taken: list[_Taken],
    reason: str,
    actor: str,
) -> None:
    counters: dict[UUID, Counter[str]] = defaultdict(Counter)
    touched: dict[UUID, Shipment] = {}
    changed: dict[UUID, list[ShipmentLine]] = defaultdict(list)
    for one in taken:
        counters[one.line]["reserved"] -= one.units
        counters[one.line]["backordered"] += one.units
        for row in parcels.get((one.line, one.place), []):
            units = one.rows[row.pk]
            if not units:
                continue
            picked = max(0, row.picked - (row.quantity - units))
            row.quantity -= units
            row.picked -= picked
            parts.give_back(row, picked)
            counters[one.line]["allocated"] -= units
            counters[one.line]["picked"] -= picked
            touched[row.shipment_id] = row.shipment
            changed[row.shipment_id].append(row)
    opened = _reopen(touched, parcels, counters)
    for rows in changed.values():
        ShipmentLine.objects.bulk_update(rows, ["quantity", "picked", "packed", "parts_picked"])
    progress.change_units_many(orders, {pk: dict(change) for pk, change in counters.items()})
    stock.release_many(
        {
            owner: [stock.Keep(one.line, one.place, one.units) for one in taken if one.order == owner]
            for owner in {one.order for one in taken}
        }
    )
    for pk, shipment in touched.items():
        rows = [row for mine in parcels.values() for row in mine if row.shipment_id == pk]
        picked_lots.settle(shipment, rows)
        left = sum(row.quantity for row in rows)
        if not left:
            shipment.state, shipment.cod_amount = S.CANCELLED, 0
        elif pk in opened or all(row.picked == row.quantity for row in rows):
            picked_all = all(row.picked == row.quantity for row in rows)
            shipment.state = S.PICKED if picked_all and any(row.picked for row in rows) else shipment.state
        steps.save(shipment, "state", "tracking_number", "tracking_url", "papers_due_at", "cod_amount")
        if not left:
            steps.tell("shipment.cancelled", shipment.order, shipment, actor=actor, reason="stock_missing")
    skus = dict(Line.objects.filter(pk__in=counters).values_list("pk", "sku"))
    for owner in {one.order for one in taken}:
        order = orders[owner]
        cash.share(order)
        waiting = Counter[str]()
        for one in taken:
            if one.order == owner:
                waiting[str(one.line)] += one.units
        events.record(
            "order.backordered",
            order.ref,
            actor=actor,
            channel_id=order.channel_id,
            data={
                "id": str(order.pk),
                "number": str(order.number),
                "version": order.version,
                "lines": dict(waiting),
                "reason": "stock_missing",
                "skus": sorted({skus[UUID(line)] for line in waiting}),
            },
        )


def _reopen(
    touched: Mapping[UUID, Shipment],
    parcels: Mapping[tuple[UUID, int], list[ShipmentLine]],
    counters: dict[UUID, Counter[str]],
) -> set[UUID]:
    """Packed parcels that lose units are opened: boxes and papers are void, they are packed anew."""
    opened = set()
    for pk, shipment in touched.items():
        rows = [row for mine in parcels.values() for row in mine if row.shipment_id == pk]
        if not any(row.packed for row in rows):
            continue
        opened.add(pk)
        for row in rows:
            counters[row.line_id]["packed"] -= row.packed
            row.packed = 0
        ShipmentLine.objects.bulk_update(rows, ["packed"])
        Package.objects.filter(shipment=shipment).delete()
        Paper.objects.filter(shipment=shipment).delete()
        shipment.tracking_number = shipment.tracking_url = ""
        shipment.papers_due_at = None
    return opened
