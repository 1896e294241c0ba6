"""Keeping stock, at real locations in priority order: for new orders, for checkouts, for what was waiting.

The stock is locked once, then shared out in memory, owner by owner, and written by one statement.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from inventory.stock.units import Keep, Outcome, Recipe, Short, Want

# Inactive locations give nothing, but a checkout's units there are let go.
_LOCK_CANDIDATES = """
SELECT level.id, level.product_id, level.location_id,
       level.on_hand - level.committed - level.damaged - level.quality_control - level.safety AS available,
       location.priority, location.active
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
    WHERE product_id = ANY(%s) AND location_id = ANY(%s) AND expires_at <= clock_timestamp()
    FOR UPDATE SKIP LOCKED
  ) RETURNING product_id, location_id, quantity
), freed AS (
  SELECT product_id, location_id, sum(quantity)::int AS quantity FROM gone GROUP BY product_id, location_id
)
UPDATE inventory_stocklevel AS level SET committed = level.committed - freed.quantity FROM freed
WHERE level.product_id = freed.product_id AND level.location_id = freed.location_id
RETURNING level.product_id, level.location_id, freed.quantity
"""
_ROW = ("owner", "line", "product_id", "location_id", "quantity", "per_unit")


@dataclass(slots=True)
class _Shelves:
    """Free units under lock by product and location (below zero where safety stock is short).

    `spare`: units of a product that nobody waits for, where somebody does.
    """

    left: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    order: dict[int, list[int]] = field(default_factory=dict)
    spare: dict[int, int] = field(default_factory=dict)

    def room(self, recipe: Recipe, place: int) -> int:
        """Whole units there are at a location, within what is spare."""
        room = min(self.left[product_id].get(place, 0) // per_unit for product_id, per_unit in recipe)
        if self.spare:
            for product_id, per_unit in recipe:
                if product_id in self.spare:
                    room = min(room, self.spare[product_id] // per_unit)
        return max(0, room)

    def owe(self, owed: Mapping[int, int]) -> None:
        """Leave these units of each product to earlier promises."""
        for product_id, units in owed.items():
            self.spare[product_id] = sum(max(0, free) for free in self.left[product_id].values()) - units

    def take(self, recipe: Recipe, place: int, units: int) -> None:
        """Negative units go back."""
        for product_id, per_unit in recipe:
            self.left[product_id][place] -= units * per_unit
            if product_id in self.spare:
                self.spare[product_id] -= units * per_unit

    def places(self, recipe: Recipe) -> list[int]:
        return self.order.get(recipe[0][0], [])


def reserve(
    wants: Mapping[UUID, Sequence[Want]],
    *,
    only_at: Mapping[UUID, int] | None = None,
    instead_of: Mapping[UUID, UUID] | None = None,
    owed: Mapping[int, int] | None = None,
    until: datetime | None = None,
    more: bool = False,
) -> dict[UUID, Outcome]:
    """Keep stock, owner by owner in the mapping's order; an owner is kept whole or not at all.

    Active locations are asked by priority; `only_at` binds an owner to one location (pickup). `instead_of` names
    the checkout whose units become the owner's; in no moment are they anybody's. `owed` units of a product are
    left to promises made before. With `until` what is kept expires then; `more`: the lines may keep some already.
    Two statements, however many orders and lines; one more for checkouts, one where stock is short.
    """
    only_at, instead_of = only_at or {}, instead_of or {}
    former = _former(list(instead_of.values())) if instead_of else {}
    product_ids = {part for asked in wants.values() for want in asked for part, _ in want.recipe}
    product_ids.update(row[2] for rows in former.values() for row in rows)
    former_places = sorted({row[3] for rows in former.values() for row in rows})
    level_ids, shelves = _lock(sorted(product_ids), former_places)
    shelves.owe(owed or {})
    outcomes, rows = _share_out(wants, shelves, only_at, instead_of, former)
    if any(outcome.short or outcome.backordered for outcome in outcomes.values()) and _free_expired(
        sorted(product_ids), sorted({place for _, place in level_ids})
    ):
        # Somebody's time was over: look again, with their units on the shelf.
        level_ids, shelves = _lock(sorted(product_ids), former_places)
        shelves.owe(owed or {})
        outcomes, rows = _share_out(wants, shelves, only_at, instead_of, former)
    done = [former_owner for owner, former_owner in instead_of.items() if not outcomes[owner].short]
    if rows or any(former.get(former_owner) for former_owner in done):
        taken: dict[int, int] = defaultdict(int)
        for _, _, product_id, place, took, _ in rows:
            taken[level_ids[product_id, place]] += took
        for former_owner in done:
            for row in former.get(former_owner, ()):
                taken[level_ids[row[2], row[3]]] -= row[4]
        changed = [{"id": level_id, "quantity": units} for level_id, units in taken.items() if units]
        kept = [dict(zip(_ROW, row, strict=True)) for row in rows]
        with connection.cursor() as cursor:
            cursor.execute(
                _COMMIT.rstrip() + (_GONE if done else "") + _KEEP + (_KEEP_MORE if more else ""),
                [_json(changed), *([done] if done else []), until, _json(kept)],
            )
    return outcomes


def _lock(product_ids: list[int], former_places: list[int]) -> tuple[dict[tuple[int, int], int], _Shelves]:
    shelves = _Shelves()
    level_ids: dict[tuple[int, int], int] = {}
    priority: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_CANDIDATES, [product_ids, former_places])
        for level_id, product_id, location_id, available, place_priority, active in cursor.fetchall():
            level_ids[product_id, location_id] = level_id
            if active:
                priority[location_id] = place_priority
                shelves.left[product_id][location_id] = available
    for product_id, places in shelves.left.items():
        shelves.order[product_id] = sorted(places, key=lambda place: (priority[place], place))
    return level_ids, shelves


def _share_out(
    wants: Mapping[UUID, Sequence[Want]],
    shelves: _Shelves,
    only_at: Mapping[UUID, int],
    instead_of: Mapping[UUID, UUID],
    former: Mapping[UUID, list[tuple[Any, ...]]],
) -> tuple[dict[UUID, Outcome], list[tuple[Any, ...]]]:
    """What each owner gets, and the rows that keep it."""
    outcomes: dict[UUID, Outcome] = {}
    rows: list[tuple[Any, ...]] = []
    for owner, asked in wants.items():
        mine = former.get(instead_of[owner], []) if owner in instead_of else []
        got = _own_first(asked, mine, shelves, only_at.get(owner)) if mine else {}
        outcome = outcomes[owner] = Outcome()
        for want in asked:
            recipe = want.recipe
            missing = want.quantity - sum(units for (line, _), units in got.items() if line == want.line)
            if not want.later:
                for place in [only_at[owner]] if owner in only_at else shelves.places(recipe):
                    if not missing:
                        break
                    took = min(missing, shelves.room(recipe, place))
                    if took:
                        shelves.take(recipe, place, took)
                        missing -= took
                        got[want.line, place] = got.get((want.line, place), 0) + took
            if missing and want.backorder:
                outcome.backordered[want.line] = missing
            elif missing:
                outcome.short.append(Short(want.line, want.quantity, want.quantity - missing))
        recipes = {want.line: want.recipe for want in asked}
        if outcome.short:
            for (line, place), took in got.items():
                shelves.take(recipes[line], place, -took)
            for _, _, product_id, place, units, _ in mine:
                if place in shelves.left[product_id]:
                    shelves.take(((product_id, 1),), place, units)
            outcome.backordered.clear()
            continue
        for (line, place), took in got.items():
            outcome.kept.append(Keep(line, place, took))
            rows.extend(
                (owner, line, product_id, place, took * per_unit, per_unit)
                for product_id, per_unit in recipes[line]
            )
    return outcomes, rows


def _own_first(
    asked: Sequence[Want], mine: Sequence[tuple[Any, ...]], shelves: _Shelves, only_at: int | None
) -> dict[tuple[UUID, int], int]:
    """The checkout's units go back to the shelves and each line takes those that were kept for it.

    What was kept too much stays on the shelves; what was kept too little the caller takes like anybody.
    """
    kept: dict[UUID, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    of: dict[UUID, dict[int, int]] = defaultdict(dict)
    for _, line, product_id, place, units, per_unit in mine:
        if place in shelves.left[product_id]:
            shelves.take(((product_id, 1),), place, -units)
            kept[line][place][product_id] = units
            of[line][product_id] = per_unit
    got: dict[tuple[UUID, int], int] = {}
    for want in asked:
        missing = want.quantity
        for line, places in kept.items():
            if of[line] != dict(want.recipe):
                continue
            for place, units in places.items():
                if only_at is not None and place != only_at:
                    continue
                whole = min(units.get(part, 0) // per_unit for part, per_unit in want.recipe)
                took = min(missing, whole)
                if took:
                    shelves.take(want.recipe, place, took)
                    missing -= took
                    got[want.line, place] = got.get((want.line, place), 0) + took
                    for part, per_unit in want.recipe:
                        units[part] -= took * per_unit
    return got


def _former(owners: Sequence[UUID]) -> dict[UUID, list[tuple[Any, ...]]]:
    found: dict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_FORMER, [list(owners)])
        for row in cursor.fetchall():
            found[row[0]].append(row)
    return found


def _free_expired(product_ids: list[int], places: list[int]) -> bool:
    """Let go what is kept past its end on levels that are locked. True when there was any."""
    with connection.cursor() as cursor:
        cursor.execute(_FREE_EXPIRED, [product_ids, places])
        return bool(cursor.fetchall())


def _json(rows: list[dict[str, Any]]) -> str:
    """Rows as one parameter: cheaper to write and to read than an array a column."""
    return msgspec.json.encode(rows).decode()
