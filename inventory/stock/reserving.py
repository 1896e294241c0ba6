"""Keeping stock, at real locations in priority order: for new orders, for checkouts, for what was waiting.

The stock is locked once, then shared out in memory, owner by owner, and written by one statement.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from inventory import slots
from inventory.stock.sharing import Asked, Shelves, share_out, wanting
from inventory.stock.units import INT_MAX, Outcome, Want

# Inactive locations give nothing, but a checkout's units there are let go.
_LOCK_CANDIDATES = """
SELECT level.id, level.product_id, level.location_id,
       level.on_hand - level.committed - level.damaged - level.quality_control - level.safety AS available,
       location.priority, location.active, level.slots > 0
FROM inventory_stocklevel AS level
JOIN inventory_location AS location ON location.id = level.location_id
WHERE level.product_id = ANY(%s) AND (location.active OR level.location_id = ANY(%s))
ORDER BY level.id FOR NO KEY UPDATE OF level
"""
_COMMIT = """
WITH promised AS (
  UPDATE inventory_stocklevel AS level SET committed = level.committed + taken.quantity
  FROM jsonb_to_recordset(%s) AS taken (id bigint, quantity int) WHERE level.id = taken.id
)
"""
_KEEP = """
INSERT INTO inventory_reservation AS kept
  (owner, line, product_id, location_id, quantity, per_unit, expires_at, created_at)
SELECT owner, line, product_id, location_id, quantity, per_unit, %s::timestamptz, now()
FROM jsonb_to_recordset(%s)
  AS new (owner uuid, line uuid, product_id bigint, location_id bigint, quantity int, per_unit int)
"""
_KEEP_MORE = """
ON CONFLICT (line, product_id, location_id) DO UPDATE SET quantity = kept.quantity + excluded.quantity
"""
_GONE = ", gone AS (DELETE FROM inventory_reservation WHERE owner = ANY(%s))"
# Taken by whoever keeps them instead; row locks tell `_FREE_EXPIRED` of others to leave them alone.
_FORMER = """
SELECT owner, line, product_id, location_id, quantity, per_unit FROM inventory_reservation
WHERE owner = ANY(%s) ORDER BY id FOR UPDATE
"""
_FREE_EXPIRED = """
WITH gone AS (
  DELETE FROM inventory_reservation WHERE id IN (
    SELECT id FROM inventory_reservation
    WHERE product_id = ANY(%s) AND location_id = ANY(%s) AND expires_at <= clock_timestamp() AND owner <> ALL(%s)
    FOR UPDATE SKIP LOCKED
  ) RETURNING product_id, location_id, quantity
), freed AS (
  SELECT product_id, location_id, sum(quantity)::int AS quantity FROM gone GROUP BY product_id, location_id
)
UPDATE inventory_stocklevel AS level SET committed = level.committed - freed.quantity FROM freed
WHERE level.product_id = freed.product_id AND level.location_id = freed.location_id
RETURNING level.product_id, level.location_id, freed.quantity
"""
# So often a hot product is asked for before its levels decide: each time somebody has dealt slots meanwhile.
TURNS = 5
_ROW = ("owner", "line", "product_id", "location_id", "quantity", "per_unit")


def reserve(
    wants: Mapping[UUID, Sequence[Want]],
    *,
    only_at: Mapping[UUID, int] | None = None,
    instead_of: Mapping[UUID, UUID] | None = None,
    owed: Mapping[int, int] | None = None,
    until: datetime | None = None,
    more: bool = False,
    hot: Collection[int] = (),
) -> dict[UUID, Outcome]:
    """Keep stock, owner by owner in the mapping's order; an owner is kept whole or not at all.

    Active locations are asked by priority; `only_at` binds an owner to one location (pickup). `instead_of` names
    the checkout whose units become the owner's; in no moment are they anybody's. `owed` units of a product are
    left to promises made before. With `until` what is kept expires then; `more`: the lines may keep some already.
    `hot` products may be taken from slots, at the first location that has one; what is short is only said with the
    levels locked and their slots folded.
    Two statements, however many orders and lines; one more for checkouts, one where stock is short.
    """
    asked = Asked(wants, only_at or {}, instead_of or {}, owed or {}, until, more)
    if asked.instead_of:
        asked.former = _former(list(asked.instead_of.values()))
    asks = _hot_asks(asked, hot) if hot else []
    for turn in range(TURNS if asks else 0):
        outcomes = _from_slots(asked, asks, wait=turn > 0)
        if outcomes is not None:
            if not wanting(outcomes):
                return outcomes
            # Another line is short: how short is for the levels to say.
            break
        start = transaction.savepoint()
        if not _dealt_meanwhile(asked, asks):
            break
        transaction.savepoint_rollback(start)
    return _from_levels(asked, [ask.product_id for ask in asks])


def _hot_asks(asked: Asked, hot: Collection[int]) -> list[slots.Ask]:
    """What slots can be asked for: products sold as themselves, now, owed to nobody, everywhere or at one place.

    A batch asks one slot for all its units. Checkouts that become orders, and kits, go by the levels.
    """
    if asked.instead_of:
        return []
    units: dict[int, int] = defaultdict(int)
    places: dict[int, set[int | None]] = defaultdict(set)
    unfit = set(asked.owed)
    for owner, wants in asked.wants.items():
        for want in wants:
            units[want.product_id] += want.quantity
            places[want.product_id].add(asked.only_at.get(owner))
            if want.parts or want.later:
                unfit.update(part for part, _ in want.recipe)
    return [
        slots.Ask(product_id, units[product_id], *places[product_id])
        for product_id in sorted(set(hot) & units.keys() - unfit)
        if len(places[product_id]) == 1 and units[product_id] <= INT_MAX
    ]


def _from_slots(asked: Asked, asks: Sequence[slots.Ask], *, wait: bool) -> dict[UUID, Outcome] | None:
    """Hot products from slots, all others from their locked levels, as is written when nothing is short.

    None where no slot is found. Nothing is held after None or a shortage. The levels come first: whoever folds slots
    has all levels it needs.
    """
    start = transaction.savepoint()
    others = asked.product_ids - {ask.product_id for ask in asks}
    level_ids, shelves = _lock(sorted(others), asked.former_places) if others else ({}, Shelves())
    shelves.owe(asked.owed)
    places = slots.take(asks, wait=wait)
    if places is not None:
        for ask in asks:
            place = places[ask.product_id]
            shelves.left[ask.product_id][place] = ask.units
            shelves.order[ask.product_id] = [place]
        outcomes, rows = share_out(asked, shelves)
        if wanting(outcomes):
            transaction.savepoint_rollback(start)
        else:
            _write(asked, outcomes, rows, level_ids)
        return outcomes
    transaction.savepoint_rollback(start)
    return None


def _dealt_meanwhile(asked: Asked, asks: Sequence[slots.Ask]) -> bool:
    """With the levels locked: has somebody dealt slots while we waited, with enough for us?"""
    _, shelves = _lock(sorted(asked.product_ids), asked.former_places)
    return bool(shelves.dealt) and slots.enough(asks)


def _from_levels(asked: Asked, hot: Sequence[int]) -> dict[UUID, Outcome]:
    """All levels locked: exact. Slots are folded for `hot` products, which are dealt anew, or where it is short."""
    product_ids, former_places = sorted(asked.product_ids), asked.former_places

    def look(*, fold: bool) -> tuple[dict[tuple[int, int], int], Shelves]:
        level_ids, shelves = _lock(product_ids, former_places, fold=fold)
        shelves.owe(asked.owed)
        return level_ids, shelves

    level_ids, shelves = look(fold=bool(hot))
    outcomes, rows = share_out(asked, shelves)
    if wanting(outcomes) and shelves.dealt:
        level_ids, shelves = look(fold=True)
        outcomes, rows = share_out(asked, shelves)
    places = sorted({place for _, place in level_ids})
    if wanting(outcomes) and _free_expired(product_ids, places, list(asked.former)):
        # Somebody's time was over: look again, with their units on the shelf.
        level_ids, shelves = look(fold=True)
        outcomes, rows = share_out(asked, shelves)
    _write(asked, outcomes, rows, level_ids)
    if hot:
        slots.deal(
            {
                level_ids[product_id, place]: units
                for product_id in hot
                for place, units in shelves.left[product_id].items()
            }
        )
    return outcomes


def _write(
    asked: Asked,
    outcomes: Mapping[UUID, Outcome],
    rows: Sequence[tuple[Any, ...]],
    level_ids: Mapping[tuple[int, int], int],
) -> None:
    """Keep the rows. A level that is not among `level_ids` was not locked: its units came from a slot."""
    done = [former for owner, former in asked.instead_of.items() if not outcomes[owner].short]
    if not rows and not any(asked.former.get(former_owner) for former_owner in done):
        return
    taken: dict[int, int] = defaultdict(int)
    for _, _, product_id, place, took, _ in rows:
        if (product_id, place) in level_ids:
            taken[level_ids[product_id, place]] += took
    for former_owner in done:
        for row in asked.former.get(former_owner, ()):
            taken[level_ids[row[2], row[3]]] -= row[4]
    changed = [{"id": level_id, "quantity": units} for level_id, units in taken.items() if units]
    kept = [dict(zip(_ROW, row, strict=True)) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(
            _COMMIT.rstrip() + (_GONE if done else "") + _KEEP + (_KEEP_MORE if asked.more else ""),
            [_json(changed), *([done] if done else []), asked.until, _json(kept)],
        )


def _lock(
    product_ids: list[int], former_places: list[int], *, fold: bool = False
) -> tuple[dict[tuple[int, int], int], Shelves]:
    shelves = Shelves()
    level_ids: dict[tuple[int, int], int] = {}
    priority: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_CANDIDATES, [product_ids, former_places])
        found = cursor.fetchall()
    dealt = {row[0] for row in found if row[6]}
    folded = slots.fold(dealt) if fold and dealt else {}
    shelves.dealt = dealt - folded.keys()
    for level_id, product_id, location_id, available, place_priority, active, _ in found:
        level_ids[product_id, location_id] = level_id
        if active:
            priority[location_id] = place_priority
            shelves.left[product_id][location_id] = available + folded.get(level_id, 0)
    for product_id, places in shelves.left.items():
        shelves.order[product_id] = sorted(places, key=lambda place: (priority[place], place))
    return level_ids, shelves


def _former(owners: Sequence[UUID]) -> dict[UUID, list[tuple[Any, ...]]]:
    found: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_FORMER, [list(owners)])
        for row in cursor.fetchall():
            found[row[0]].append(row)
    return found


def _free_expired(product_ids: list[int], places: list[int], former: list[UUID]) -> bool:
    """Let go what is kept past its end on levels that are locked; what is being taken over stays. True when any was.

    A checkout may pass its end between the lock on its row and here.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FREE_EXPIRED, [product_ids, places, former])
        return bool(cursor.fetchall())


def _json(rows: list[dict[str, Any]]) -> str:
    """Rows as one parameter: cheaper to write and to read than an array a column."""
    return msgspec.json.encode(rows).decode()
