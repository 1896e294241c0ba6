"""Hot levels: units dealt into slots, so that many buyers of one SKU need not wait for one row. For `inventory.stock`.

What is dealt counts as committed on its level, so a slot can only sell what the level really has. A buyer takes from
any slot nobody holds (SKIP LOCKED); whether something is sold out is never a slot's to say: for that the level is
locked, its slots are folded back, and the true figure decides. Slots are locked after levels, and whoever waits for
one holds none: nobody waits in a circle.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import msgspec
from django.db import connection

# So many slots at most, of so many units at least; fewer units than two such slots are sold from the level.
MOST = 32
LEAST_UNITS = 8
# One unit in so many stays on the level, for whoever takes units without a slot.
REST = 8

# What the slots of the row `level` still hold: available, although it is in `committed`.
IN_SLOTS = """CASE WHEN level.slots > 0 THEN
  (SELECT coalesce(sum(slot.free), 0)::int FROM inventory_slot AS slot WHERE slot.level_id = level.id) ELSE 0 END"""

_ASKED = """asked AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%s) AS asked (product_id bigint, location_id bigint, units int)
)"""
# In the order locations are asked, and from a slot by chance.
_FITTING = """
    FROM inventory_stocklevel AS level
    JOIN inventory_location AS location ON location.id = level.location_id AND location.active
    JOIN inventory_slot AS slot ON slot.level_id = level.id AND slot.free >= asked.units
    WHERE level.product_id = asked.product_id AND level.slots > 0
      AND (asked.location_id IS NULL OR level.location_id = asked.location_id)
"""
_ONE = f"{_FITTING} ORDER BY location.priority, location.id, random() LIMIT 1"
_FOUND = """
WITH {asked}, found AS MATERIALIZED (
  SELECT asked.product_id, asked.units, one.id, one.location_id FROM asked CROSS JOIN LATERAL (
    SELECT slot.id, level.location_id {one}
  ) AS one
)
UPDATE inventory_slot AS slot SET free = slot.free - found.units FROM found
WHERE slot.id = found.id AND slot.free >= found.units RETURNING found.product_id, found.location_id
"""
_TAKE = _FOUND.format(asked=_ASKED, one=f"{_ONE} FOR NO KEY UPDATE OF slot SKIP LOCKED")
_WAIT = _FOUND.format(asked=_ASKED, one=_ONE)
_ENOUGH = f"WITH {_ASKED} SELECT bool_and(EXISTS (SELECT {_FITTING})) FROM asked"  # noqa: S608  our own pieces
_LOCK = "SELECT id FROM inventory_slot WHERE level_id = ANY(%s) ORDER BY id FOR UPDATE"
_FOLD = """
WITH gone AS (DELETE FROM inventory_slot WHERE level_id = ANY(%s) RETURNING level_id, free),
     back AS (SELECT level_id, sum(free)::int AS units FROM gone GROUP BY level_id)
UPDATE inventory_stocklevel AS level SET committed = level.committed - back.units, slots = 0 FROM back
WHERE level.id = back.level_id RETURNING level.id, back.units
"""
_DEAL = """
WITH share AS (
  SELECT * FROM jsonb_to_recordset(%s) AS share (level_id bigint, slots int, units int)
), dealt AS (
  INSERT INTO inventory_slot (level_id, free) SELECT level_id, units FROM share, generate_series(1, share.slots)
)
UPDATE inventory_stocklevel AS level
SET committed = level.committed + share.slots * share.units, slots = share.slots FROM share
WHERE level.id = share.level_id
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """Units of one product from one slot, at `location_id` where that is given."""

    product_id: int
    units: int
    location_id: int | None = None


def take(asks: Collection[Ask], *, wait: bool = False) -> dict[int, int] | None:
    """Take each from one slot: the location by product, or None where one finds no slot.

    After None the caller goes back to a savepoint, because slots may be held. `wait`: for one that others hold; with
    one ask alone, so that nobody who waits holds another.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAIT if wait and len(asks) == 1 else _TAKE, [_json(asks)])
        found = dict(cursor.fetchall())
    return found if len(found) == len(asks) else None


def enough(asks: Collection[Ask]) -> bool:
    """Is there a slot for each of them, held or not?"""
    with connection.cursor() as cursor:
        cursor.execute(_ENOUGH, [_json(asks)])
        return bool(cursor.fetchone()[0])


def fold(level_ids: Collection[int]) -> dict[int, int]:
    """Slots of locked levels are theirs again; units by level. Waits for those who are just taking from them."""
    ids = sorted(level_ids)
    with connection.cursor() as cursor:
        # In one order, and each read as it is once its holder is done.
        cursor.execute(_LOCK, [ids])
        cursor.execute(_FOLD, [ids])
        return dict(cursor.fetchall())


def deal(free: Mapping[int, int]) -> None:
    """Deal the free units of locked levels that have no slots; a level with few is left alone."""
    shares = []
    for level_id, units in free.items():
        count = min(MOST, units // LEAST_UNITS)
        if count > 1:
            shares.append({"level_id": level_id, "slots": count, "units": (units - units // REST) // count})
    if shares:
        with connection.cursor() as cursor:
            cursor.execute(_DEAL, [msgspec.json.encode(shares).decode()])


def _json(asks: Collection[Ask]) -> str:
    return msgspec.json.encode(list(asks)).decode()
