"""The only writer of stock levels, reservations and movements.

Every function takes its levels by **one** sorted `SELECT … FOR NO KEY UPDATE`, decides in Python and writes
by one set-based statement, so that two callers never wait for each other in a circle and 700 lines cost as
many statements as 2. A transaction calls one of these functions once. Callers above hold their order's lock.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from inventory import levels, news
from inventory.models import Location, Movement, Product, State, StockLevel
from oms.core import errors

INT_MAX = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Want:
    """Units an order line asks for. `backorder`: what is not there may wait instead of refusing the order."""

    line: UUID
    product_id: int
    quantity: int
    backorder: bool = False


@dataclass(frozen=True, slots=True)
class Keep:
    """Units of a line kept at a location."""

    line: UUID
    location_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Free:
    """Units of a line to let go, wherever they are kept."""

    line: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """Units that arrive. `state` other than on hand also counts them as damaged or in quality control."""

    product_id: int
    location_id: int
    quantity: int
    state: str = State.ON_HAND


@dataclass(frozen=True, slots=True)
class Short:
    """A line that cannot be kept: what was asked and what there is for it."""

    line: UUID
    asked: int
    available: int


@dataclass(slots=True)
class Outcome:
    """What became of one owner's wants: shortages refuse all of them; else units kept and units waiting."""

    short: list[Short] = field(default_factory=list)
    kept: list[Keep] = field(default_factory=list)
    backordered: dict[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A level after an adjustment and the movement that did it (None where nothing changed)."""

    level: StockLevel
    movement: Movement | None


_LOCK_CANDIDATES = """
SELECT level.id, level.product_id, level.location_id,
       level.on_hand - level.committed - level.damaged - level.quality_control - level.safety AS available,
       location.priority
FROM inventory_stocklevel AS level
JOIN inventory_location AS location ON location.id = level.location_id AND location.active
WHERE level.product_id = ANY(%s)
ORDER BY level.id FOR NO KEY UPDATE OF level
"""
_COMMIT_NEW = """
WITH promised AS (
  UPDATE inventory_stocklevel AS level SET committed = level.committed + taken.quantity
  FROM jsonb_to_recordset(%s) AS taken (id bigint, quantity int) WHERE level.id = taken.id
)
INSERT INTO inventory_reservation (owner, line, product_id, location_id, quantity, created_at)
SELECT owner, line, product_id, location_id, quantity, now()
FROM jsonb_to_recordset(%s)
  AS new (owner uuid, line uuid, product_id bigint, location_id bigint, quantity int)
"""
_KEPT = """
SELECT line, location_id, quantity, product_id FROM inventory_reservation WHERE owner = %s ORDER BY id
"""
_SET_KEPT = """
INSERT INTO inventory_reservation AS kept (owner, line, product_id, location_id, quantity, created_at)
SELECT %s, line, product_id, location_id, quantity, now()
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::int[]) AS new (line, product_id, location_id, quantity)
ON CONFLICT (line, location_id) DO UPDATE SET quantity = excluded.quantity
"""
_DROP_KEPT = """
DELETE FROM inventory_reservation
WHERE (line, location_id) IN (SELECT * FROM unnest(%s::uuid[], %s::bigint[]))
"""


def reserve(
    wants: Mapping[UUID, Sequence[Want]], *, only_at: Mapping[UUID, int] | None = None
) -> dict[UUID, Outcome]:
    """Keep stock for new orders, owner by owner in the mapping's order; an owner is kept whole or not at all.

    Active locations are asked by priority; `only_at` binds an owner to one location (pickup). Two
    statements, however many orders and lines.
    """
    only_at = only_at or {}
    product_ids = sorted({want.product_id for asked in wants.values() for want in asked})
    level_ids: dict[tuple[int, int], int] = {}
    left: dict[int, dict[int, int]] = defaultdict(dict)
    priority: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_CANDIDATES, [product_ids])
        for level_id, product_id, location_id, available, place_priority in cursor.fetchall():
            level_ids[product_id, location_id] = level_id
            priority[location_id] = place_priority
            left[product_id][location_id] = max(0, available)
    by_priority = {
        product_id: sorted(places, key=lambda place: (priority[place], place))
        for product_id, places in left.items()
    }
    outcomes: dict[UUID, Outcome] = {}
    rows: list[tuple[UUID, UUID, int, int, int]] = []
    for owner, asked in wants.items():
        outcome = outcomes[owner] = Outcome()
        mine: list[tuple[UUID, UUID, int, int, int]] = []
        for want in asked:
            places = left.get(want.product_id, {})
            order = [only_at[owner]] if owner in only_at else by_priority.get(want.product_id, [])
            missing = want.quantity
            for place in order:
                took = min(missing, places.get(place, 0))
                if took:
                    places[place] -= took
                    missing -= took
                    mine.append((owner, want.line, want.product_id, place, took))
            if missing and want.backorder:
                outcome.backordered[want.line] = missing
            elif missing:
                outcome.short.append(Short(want.line, want.quantity, want.quantity - missing))
        if outcome.short:
            for _, _, product_id, place, took in mine:
                left[product_id][place] += took
            outcome.backordered.clear()
        else:
            rows.extend(mine)
            outcome.kept.extend(Keep(line, place, took) for _, line, _, place, took in mine)
    if rows:
        taken: dict[int, int] = defaultdict(int)
        for _, _, product_id, place, took in rows:
            taken[level_ids[product_id, place]] += took
        taken_rows = [{"id": level_id, "quantity": quantity} for level_id, quantity in taken.items()]
        names = ("owner", "line", "product_id", "location_id", "quantity")
        kept_rows = [dict(zip(names, row, strict=True)) for row in rows]
        with connection.cursor() as cursor:
            cursor.execute(_COMMIT_NEW, [_json(taken_rows), _json(kept_rows)])
    return outcomes


def _json(rows: list[dict[str, Any]]) -> str:
    """Rows as one parameter: cheaper to write and to read than an array a column."""
    return msgspec.json.encode(rows).decode()


def kept(owner: UUID) -> list[Keep]:
    """What is kept for an order now."""
    return [Keep(line, place, quantity) for line, place, quantity, _ in _reservations(owner)]


@transaction.atomic
def move(owner: UUID, target: Sequence[Keep], products: Mapping[UUID, int]) -> None:
    """The reservations of the lines in `products` (their product ids) become exactly `target`.

    Raises InsufficientStock, with nothing changed, if a location has less than the plan wants.
    """
    now_kept = {
        (line, place): quantity for line, place, quantity, _ in _reservations(owner) if line in products
    }
    wanted: dict[tuple[UUID, int], int] = defaultdict(int)
    for keep in target:
        wanted[keep.line, keep.location_id] += keep.quantity
    _become(owner, now_kept, wanted, products)


@transaction.atomic
def release(owner: UUID, units: Sequence[Keep | Free]) -> None:
    """Let go of reserved units. Raises ValueError when less is kept than is let go: a bug of the caller."""
    now_kept, products = _kept_map(owner)
    wanted = dict(now_kept)
    for unit in units:
        if isinstance(unit, Keep):
            _take(wanted, (unit.line, unit.location_id), unit.quantity)
            continue
        missing = unit.quantity
        for line, place in list(wanted):
            if line == unit.line and missing:
                took = min(missing, wanted[line, place])
                wanted[line, place] -= took
                missing -= took
        if missing:
            raise ValueError(f"Line {unit.line} keeps {missing} units less than are let go.")
    _become(owner, now_kept, wanted, products)


@transaction.atomic
def ship_out(owner: UUID, units: Sequence[Keep], *, reference: str, actor: str) -> None:
    """Kept units leave the house: on hand and committed go down together, one movement a level."""
    now_kept, products = _kept_map(owner)
    wanted = dict(now_kept)
    gone: dict[tuple[int, int], int] = defaultdict(int)
    for unit in units:
        _take(wanted, (unit.line, unit.location_id), unit.quantity)
        gone[products[unit.line], unit.location_id] += unit.quantity
    locked = levels.lock(gone)
    _write_kept(owner, now_kept, wanted, products)
    changes = {pair: {"committed": -quantity, State.ON_HAND: -quantity} for pair, quantity in gone.items()}
    levels.apply(locked, changes, cause="shipped", reference=reference, actor=actor, reason="")


@transaction.atomic
def receive(
    units: Sequence[Incoming],
    *,
    cause: str,
    reference: str,
    actor: str,
    reason: str = "",
) -> None:
    """Units arrive: on hand goes up, and damaged or quality control with it where `state` says so."""
    changes: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for unit in units:
        change = changes[unit.product_id, unit.location_id]
        change[State.ON_HAND] += unit.quantity
        if unit.state != State.ON_HAND:
            change[unit.state] += unit.quantity
    locked = levels.lock(changes, make=True)
    levels.apply(locked, changes, cause=cause, reference=reference, actor=actor, reason=reason)
    news.touch(product_id for product_id, _ in changes)


@transaction.atomic
def adjust(
    *,
    product: Product,
    location: Location,
    set_to: int | None,
    change: int | None,
    state: str,
    reason: str,
    actor: str,
    bin_name: str | None = None,
) -> Adjusted:
    """Correct one state of one level, to a figure or by one. Exactly one of `set_to` and `change` is given.

    With `bin_name` the shelf is named too, and that alone is no movement.

    Raises StockCommitted when less would remain than is promised, damaged or in quality control.
    """
    if (set_to is None) == (change is None):
        raise errors.Invalid.at("/set_to", "Give either set_to or change.")
    pair = (product.pk, location.pk)
    levels.lock([pair], make=True)
    level = StockLevel.objects.get(product=product, location=location)
    before = getattr(level, state)
    after = before + change if change is not None else int(set_to or 0)
    # Taking away more than there is on hand is the stock's refusal (below), not the body's.
    taken_below = state == State.ON_HAND and after < 0
    if not 0 <= after <= INT_MAX and not taken_below:
        field_name = "/set_to" if change is None else "/change"
        raise errors.Invalid.at(field_name, f"{before} would become {after}; a figure is 0 to {INT_MAX}.")
    setattr(level, state, after)
    if level.on_hand < level.committed + level.damaged + level.quality_control:
        raise errors.StockCommitted(
            f"{level.committed} committed, {level.damaged} damaged and {level.quality_control} in quality "
            f"control do not fit into {level.on_hand} on hand.",
            committed=level.committed,
        )
    if bin_name is not None and bin_name.strip() != level.bin:
        level.bin = bin_name.strip()
        level.save(update_fields=["bin"])
    if after == before:
        return Adjusted(level, None)
    moved = levels.apply(
        {pair: level.pk},
        {pair: {state: after - before}},
        cause="adjusted",
        reference="",
        actor=actor,
        reason=reason,
    )
    news.touch([product.pk])
    movement_id, at = moved[0]
    movement = Movement(
        id=movement_id,
        at=at,
        product_id=product.pk,
        location_id=location.pk,
        state=state,
        change=after - before,
        after=after,
        cause="adjusted",
        actor=actor,
        reason=reason,
    )
    return Adjusted(level, movement)


def _reservations(owner: UUID) -> list[tuple[UUID, int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [owner])
        return list(cursor.fetchall())


def _kept_map(owner: UUID) -> tuple[dict[tuple[UUID, int], int], dict[UUID, int]]:
    rows = _reservations(owner)
    return {(line, place): quantity for line, place, quantity, _ in rows}, {row[0]: row[3] for row in rows}


def _take(kept_now: dict[tuple[UUID, int], int], key: tuple[UUID, int], quantity: int) -> None:
    if kept_now.get(key, 0) < quantity:
        raise ValueError(f"Line {key[0]} keeps {kept_now.get(key, 0)} at location {key[1]}, not {quantity}.")
    kept_now[key] -= quantity


def _become(
    owner: UUID,
    now_kept: Mapping[tuple[UUID, int], int],
    wanted: Mapping[tuple[UUID, int], int],
    products: Mapping[UUID, int],
) -> None:
    """Change reservations and the committed figures of their levels together, sources and targets locked at once."""
    change: dict[tuple[int, int], int] = defaultdict(int)
    for line, place in {*now_kept, *wanted}:
        step = wanted.get((line, place), 0) - now_kept.get((line, place), 0)
        if step:
            change[products[line], place] += step
    if not any(wanted.get(key, 0) != now_kept.get(key, 0) for key in {*now_kept, *wanted}):
        return
    available: dict[tuple[int, int], int] = {}
    locked = levels.lock(change, available=available)
    for pair, step in change.items():
        if step > 0 and available.get(pair, 0) < step:
            raise errors.InsufficientStock("A location has less than the plan wants.")
    _write_kept(owner, now_kept, wanted, products)
    moved = {pair: {"committed": step} for pair, step in change.items() if step}
    if moved:
        levels.apply(locked, moved, cause="", reference="", actor="", reason="")


def _write_kept(
    owner: UUID,
    now_kept: Mapping[tuple[UUID, int], int],
    wanted: Mapping[tuple[UUID, int], int],
    products: Mapping[UUID, int],
) -> None:
    put = [(k, q) for k, q in wanted.items() if q and q != now_kept.get(k, 0)]
    drop = [k for k in now_kept if not wanted.get(k, 0)]
    with connection.cursor() as cursor:
        if drop:
            cursor.execute(_DROP_KEPT, [[k[0] for k in drop], [k[1] for k in drop]])
        if put:
            cursor.execute(
                _SET_KEPT,
                [
                    owner,
                    [k[0] for k, _ in put],
                    [products[k[0]] for k, _ in put],
                    [k[1] for k, _ in put],
                    [q for _, q in put],
                ],
            )
