"""The rows of what is kept, changed together with the committed figures of their levels.

Callers speak of units of a line; here a kit's unit becomes the units of its components.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from inventory import levels
from inventory.stock.units import Recipe
from oms.core import errors

Place = tuple[UUID, int]  # a line and a location

_KEPT = """
SELECT owner, line, location_id, quantity / per_unit, product_id, per_unit FROM inventory_reservation
WHERE owner = ANY(%s) ORDER BY id
"""
_SET_KEPT = """
INSERT INTO inventory_reservation AS kept (owner, line, product_id, location_id, quantity, per_unit, created_at)
SELECT owner, line, product_id, location_id, quantity, per_unit, now()
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[], %s::int[], %s::int[])
  AS new (owner, line, product_id, location_id, quantity, per_unit)
ON CONFLICT (line, product_id, location_id) DO UPDATE SET quantity = excluded.quantity
"""
_DROP_KEPT = """
DELETE FROM inventory_reservation
WHERE (line, location_id) IN (SELECT * FROM unnest(%s::uuid[], %s::bigint[]))
"""


@dataclass(frozen=True, slots=True)
class Book:
    """What some owners keep: units by line and location, and each line's owner and recipe."""

    units: dict[Place, int]
    owners: dict[UUID, UUID]
    recipes: dict[UUID, Recipe]


def book(owners: Collection[UUID]) -> Book:
    """What is kept for these owners now."""
    found = Book({}, {}, {})
    parts: dict[UUID, dict[int, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [list(owners)])
        for owner, line, place, units, product_id, per_unit in cursor.fetchall():
            found.owners[line] = owner
            found.units[line, place] = units
            parts[line][product_id] = per_unit
    found.recipes.update((line, tuple(of.items())) for line, of in parts.items())
    return found


def take(kept_now: dict[Place, int], key: Place, quantity: int) -> None:
    """Units leave a map of what is kept. Raises ValueError when fewer are kept: a bug of the caller."""
    if kept_now.get(key, 0) < quantity:
        raise ValueError(f"Line {key[0]} keeps {kept_now.get(key, 0)} at location {key[1]}, not {quantity}.")
    kept_now[key] -= quantity


def become(kept: Book, wanted: Mapping[Place, int]) -> None:
    """Change reservations and the committed figures of their levels together, sources and targets locked at once."""
    change: dict[tuple[int, int], int] = defaultdict(int)
    for line, place in {*kept.units, *wanted}:
        step = wanted.get((line, place), 0) - kept.units.get((line, place), 0)
        if step:
            for product_id, per_unit in kept.recipes[line]:
                change[product_id, place] += step * per_unit
    if not change:
        return
    available: dict[tuple[int, int], int] = {}
    locked = levels.lock(change, exact=False, available=available)
    if _short(change, available):
        # What hot levels have dealt into slots is theirs too.
        levels.lock(change, available=available)
        if _short(change, available):
            raise errors.InsufficientStock("A location has less than the plan wants.")
    write(kept, wanted)
    moved = {pair: {"committed": step} for pair, step in change.items() if step}
    if moved:
        levels.apply(locked, moved, cause="", reference="", actor="", reason="")


def _short(change: Mapping[tuple[int, int], int], available: Mapping[tuple[int, int], int]) -> bool:
    return any(step > 0 and available.get(pair, 0) < step for pair, step in change.items())


def write(kept: Book, wanted: Mapping[Place, int]) -> None:
    """Store what is kept from now on. The levels are locked by the caller."""
    put = [
        (kept.owners[line], line, product_id, place, units * per_unit, per_unit)
        for (line, place), units in wanted.items()
        if units and units != kept.units.get((line, place), 0)
        for product_id, per_unit in kept.recipes[line]
    ]
    drop = [place for place in kept.units if not wanted.get(place, 0)]
    with connection.cursor() as cursor:
        if drop:
            cursor.execute(_DROP_KEPT, [[line for line, _ in drop], [place for _, place in drop]])
        if put:
            cursor.execute(_SET_KEPT, [list(column) for column in zip(*put, strict=True)])
