"""Keeping stock for new orders, at real locations in priority order."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from inventory.stock.units import Keep, Outcome, Short, Want

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
