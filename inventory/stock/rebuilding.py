"""Levels made again from what is written once: movements, open reservations and what is on its way.

The figures on a level are copies for speed. Every writer changes copy and source under the level's lock, so a
sum taken under that lock is the truth, whatever is sold meanwhile.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from inventory import levels, news
from inventory.incoming import COMING
from inventory.slots import IN_SLOTS
from oms.core.events import record

FIGURES = ("on_hand", "committed", "damaged", "quality_control", "safety", "incoming")
BATCH = 500

# `{pairs}` narrows every source to some (product, location); nothing asks for all of them.
_TRUTH = """
WITH moved AS (
  SELECT product_id, location_id,
         coalesce(sum(change) FILTER (WHERE state = 'on_hand'), 0) AS on_hand,
         coalesce(sum(change) FILTER (WHERE state = 'damaged'), 0) AS damaged,
         coalesce(sum(change) FILTER (WHERE state = 'quality_control'), 0) AS quality_control,
         coalesce(sum(change) FILTER (WHERE state = 'safety'), 0) AS safety
  FROM inventory_movement {pairs} GROUP BY product_id, location_id
), kept AS (
  SELECT product_id, location_id, sum(quantity) AS committed
  FROM inventory_reservation {pairs} GROUP BY product_id, location_id
), coming AS (
  SELECT product_id, location_id, sum(units) AS incoming
  FROM ({coming}) AS source {pairs} GROUP BY product_id, location_id
), stored AS (
  SELECT id, product_id, location_id, {stored} FROM inventory_stocklevel AS level {pairs}
)
SELECT product_id, location_id, stored.id, {figures}
FROM stored FULL JOIN moved USING (product_id, location_id) FULL JOIN kept USING (product_id, location_id)
     FULL JOIN coming USING (product_id, location_id)
WHERE ({was}) IS DISTINCT FROM ({true})
ORDER BY product_id, location_id
"""
# What slots hold was promised to nobody yet.
_STORED = {"committed": f"committed - {IN_SLOTS}"}
_SOURCE = {"committed": "kept", "incoming": "coming"}
_PAIRS = (
    "WHERE (product_id, location_id) IN (SELECT * FROM unnest(%(products)s::bigint[], %(places)s::bigint[]))"
)


def _truth(pairs: str) -> str:
    was = [f"coalesce(stored.was_{name}, 0)::bigint" for name in FIGURES]
    true = [f"coalesce({_SOURCE.get(name, 'moved')}.{name}, 0)::bigint" for name in FIGURES]
    return _TRUTH.format(
        pairs=pairs,
        coming=COMING,
        stored=", ".join(f"{_STORED.get(name, name)} AS was_{name}" for name in FIGURES),
        figures=", ".join(was + true),
        was=", ".join(was),
        true=", ".join(true),
    )


# Levels that differ from their sources, all of them.
DIFFERING = _truth("")
_NAMES = """
SELECT product.sku, location.code
FROM unnest(%s::bigint[], %s::bigint[]) WITH ORDINALITY AS asked (product_id, location_id, place)
LEFT JOIN inventory_product AS product ON product.id = asked.product_id
LEFT JOIN inventory_location AS location ON location.id = asked.location_id
ORDER BY asked.place
"""
_SET = """
UPDATE inventory_stocklevel AS level
SET (on_hand, committed, damaged, quality_control, safety, incoming)
  = (said.on_hand, said.committed, said.damaged, said.quality_control, said.safety, said.incoming)
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[])
  AS said (id, on_hand, committed, damaged, quality_control, safety, incoming)
WHERE level.id = said.id
"""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A level whose figures are not what their sources say. `refused`: why it cannot be set right by itself."""

    product_id: int
    location_id: int
    sku: str
    location: str
    stored: dict[str, int]
    true: dict[str, int]

    @property
    def differences(self) -> dict[str, tuple[int, int]]:
        """(stored, true) of each figure that differs."""
        return {
            name: (self.stored[name], self.true[name])
            for name in FIGURES
            if self.stored[name] != self.true[name]
        }

    @property
    def refused(self) -> str:
        """The sources themselves contradict each other: only a count or a cancellation can mend that."""
        kept_back = self.true["committed"] + self.true["damaged"] + self.true["quality_control"]
        if min(self.true.values()) < 0:
            return "a figure would be below zero"
        if kept_back > self.true["on_hand"]:
            return f"{kept_back} promised or set aside do not fit into {self.true['on_hand']} on hand"
        return ""


def compare() -> list[Wrong]:
    """Every level that differs from its sources, in one statement and so from one moment. Takes no lock."""
    return list(_named(_read(DIFFERING, {})))


def rebuild(*, actor: str) -> tuple[list[Wrong], list[Wrong]]:
    """Set every level that differs right: those mended, and those left because their sources contradict.

    Batch by batch, each one transaction under the locks of its levels and compared anew there.
    """
    mended: list[Wrong] = []
    left: list[Wrong] = []
    suspects = [(wrong.product_id, wrong.location_id) for wrong in compare()]
    for start in range(0, len(suspects), BATCH):
        for wrong in _rebuild(suspects[start : start + BATCH], actor=actor):
            (left if wrong.refused else mended).append(wrong)
    return mended, left


@transaction.atomic
def _rebuild(pairs: Sequence[tuple[int, int]], *, actor: str) -> list[Wrong]:
    locked = levels.lock(pairs, make=True)
    asked = {"products": [pair[0] for pair in pairs], "places": [pair[1] for pair in pairs]}
    found = list(_named(_read(_truth(_PAIRS), asked)))
    right = [wrong for wrong in found if not wrong.refused]
    if right:
        columns = [[wrong.true[name] for wrong in right] for name in FIGURES]
        with connection.cursor() as cursor:
            cursor.execute(_SET, [[locked[w.product_id, w.location_id] for w in right], *columns])
        news.touch(wrong.product_id for wrong in right)
        facts = [
            {"sku": wrong.sku, "location": wrong.location, "figures": wrong.differences} for wrong in right
        ]
        record("stock.rebuilt", "stock/levels", actor=actor, data={"levels": facts})
    return found


def _read(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)
        return list(cursor.fetchall())


def _named(rows: Iterable[tuple[Any, ...]]) -> Iterator[Wrong]:
    rows = list(rows)
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [[row[0] for row in rows], [row[1] for row in rows]])
        names = cursor.fetchall()
    half = 3 + len(FIGURES)
    for row, (sku, code) in zip(rows, names, strict=True):
        yield Wrong(
            product_id=row[0],
            location_id=row[1],
            sku=sku or f"product {row[0]}",
            location=code or f"location {row[1]}",
            stored=dict(zip(FIGURES, row[3:half], strict=True)),
            true=dict(zip(FIGURES, row[half:], strict=True)),
        )
