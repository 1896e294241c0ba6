"""Levels under lock: taken in one order, changed in one statement. For `inventory.stock` alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from inventory import lot_levels, slots
from inventory.lot_levels import OfLot
from inventory.models import State
from oms.core import errors
from oms.core.saying import said

_LOCK_PAIRS = """
SELECT level.id, level.product_id, level.location_id,
       level.on_hand - level.committed - level.damaged - level.quality_control - level.safety AS available,
       level.slots > 0
FROM inventory_stocklevel AS level
WHERE (level.product_id, level.location_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
ORDER BY level.id FOR NO KEY UPDATE OF level
"""
_CHANGE_LEVELS = """
UPDATE inventory_stocklevel AS level
SET committed = level.committed + change.committed, on_hand = level.on_hand + change.on_hand,
    damaged = level.damaged + change.damaged, quality_control = level.quality_control + change.quality_control,
    safety = level.safety + change.safety, incoming = level.incoming + change.incoming
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
  AS change (id, committed, incoming, on_hand, damaged, quality_control, safety)
WHERE level.id = change.id
RETURNING level.id, level.on_hand, level.damaged, level.quality_control, level.safety,
          (SELECT tracks_lots FROM inventory_product AS product WHERE product.id = level.product_id)
"""
# A kit gets none: it has no stock of its own. The lock waits for whoever is making the product one.
_MAKE_LEVELS = """
WITH stocked AS (
  SELECT id FROM inventory_product WHERE id = ANY(%s) AND components = '[]' ORDER BY id FOR KEY SHARE
)
INSERT INTO inventory_stocklevel
  (product_id, location_id, on_hand, committed, damaged, quality_control, safety, incoming)
SELECT product_id, location_id, 0, 0, 0, 0, 0, 0
FROM unnest(%s::bigint[], %s::bigint[]) AS new (product_id, location_id)
JOIN stocked ON stocked.id = new.product_id
ORDER BY product_id, location_id
ON CONFLICT (product_id, location_id) DO NOTHING
"""
_MOVE = """
INSERT INTO inventory_movement (at, product_id, location_id, state, change, after, cause, reference, actor, reason)
SELECT now(), product_id, location_id, state, change, after, %s, %s, %s, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::int[])
  AS new (product_id, location_id, state, change, after)
RETURNING id, at
"""
_KNOWN = """
SELECT product_id, location_id FROM inventory_stocklevel
WHERE (product_id, location_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
"""
_NAME_BINS = """
UPDATE inventory_stocklevel AS level SET bin = named.bin
FROM unnest(%s::bigint[], %s::text[]) AS named (id, bin) WHERE level.id = named.id
"""


def known(pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Which of these (product, location) pairs have a level; nothing is locked."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [[pair[0] for pair in pairs], [pair[1] for pair in pairs]])
        return set(cursor.fetchall())


def name_bins(bins: Mapping[int, str]) -> None:
    """Write the shelves of locked levels."""
    if bins:
        with connection.cursor() as cursor:
            cursor.execute(_NAME_BINS, [list(bins), list(bins.values())])


def lock(
    pairs: Iterable[tuple[int, int]],
    *,
    make: bool = False,
    exact: bool = True,
    available: dict[tuple[int, int], int] | None = None,
) -> dict[tuple[int, int], int]:
    """Level ids by (product, location), locked in one order; a hot level's slots are folded back.

    Not `exact`: slots stay, for those who only add to what is free, or find enough beside the slots. `make` creates
    the levels that are missing. Raises Conflict (`kit_has_no_stock`) where that is a kit's.
    """
    asked = sorted(set(pairs))
    columns = [[pair[0] for pair in asked], [pair[1] for pair in asked]]
    levels: dict[tuple[int, int], int] = {}
    with connection.cursor() as cursor:
        if make:
            cursor.execute(_MAKE_LEVELS, [columns[0], *columns])
        cursor.execute(_LOCK_PAIRS, columns)
        found = cursor.fetchall()
    dealt = [row[0] for row in found if row[4]] if exact else []
    folded = slots.fold(dealt) if dealt else {}
    for level_id, product_id, location_id, left, _ in found:
        levels[product_id, location_id] = level_id
        if available is not None:
            available[product_id, location_id] = max(0, left + folded.get(level_id, 0))
    if make and len(levels) < len(asked):
        raise errors.Conflict(
            said("A kit has no stock of its own: count its components."),
            code="kit_has_no_stock",
        )
    return levels


def apply(
    levels: Mapping[tuple[int, int], int],
    changes: Mapping[tuple[int, int], Mapping[str, int]],
    *,
    cause: str,
    reference: str,
    actor: str,
    reason: str,
    lots: Sequence[OfLot] = (),
) -> list[tuple[int, Any]]:
    """Write the figures and one movement for each state that changed; returns the movements' (id, at).

    The lots of products that have them follow: those named in `lots`, the rest by rule. Raises Conflict `lot_short`.
    """
    pairs = list(changes)
    columns = (
        "committed",
        "incoming",
        State.ON_HAND,
        State.DAMAGED,
        State.QUALITY_CONTROL,
        State.SAFETY,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGE_LEVELS,
            [
                [levels[pair] for pair in pairs],
                *([changes[pair].get(column, 0) for pair in pairs] for column in columns),
            ],
        )
        written = cursor.fetchall()
        after = {row[0]: dict(zip(columns[2:], row[1:-1], strict=True)) for row in written}
        tracked = {row[0] for row in written if row[-1]}
        moves = [
            (*pair, str(state), changes[pair][state], after[levels[pair]][state])
            for pair in pairs
            for state in columns[2:]
            if changes[pair].get(state, 0)
        ]
        moved: list[tuple[int, Any]] = []
        if moves:
            columns_of = [list(column) for column in zip(*moves, strict=True)]
            cursor.execute(_MOVE, [cause, reference, actor, reason, *columns_of])
            moved = list(cursor.fetchall())
    if tracked:
        told = {"cause": cause, "reference": reference, "actor": actor, "reason": reason}
        of_lots = {pair: changes[pair] for pair in pairs if levels[pair] in tracked}
        lot_levels.follow(of_lots, lots, **told)
    return moved
