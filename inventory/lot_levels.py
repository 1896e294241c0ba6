"""Lots follow their level: what changes there changes on its lots, in the same statement's breath.

For `inventory.stock` alone, which holds the level's lock. Where the caller names the lots, those change; what is
left over is laid on them by rule: units without a lot come to the lot without a code, and what goes first is what
expires first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection

from inventory.models import Lot, State
from oms.core.errors import Conflict
from oms.core.saying import said

Pair = tuple[int, int]
STATES = (State.ON_HAND, State.DAMAGED, State.QUALITY_CONTROL)
ASIDE = (State.DAMAGED, State.QUALITY_CONTROL)


@dataclass(frozen=True, slots=True)
class OfLot:
    """By how much one lot at one location changes with its level. `picked`: units that were in a picker's hands."""

    lot_id: int
    location_id: int
    on_hand: int = 0
    damaged: int = 0
    quality_control: int = 0
    picked: int = 0


@dataclass(slots=True)
class Row:
    """One lot at one location, as it is while its change is worked out."""

    id: int
    lot_id: int
    pair: Pair
    code: str
    expires_on: date | None
    quarantined: bool
    on_hand: int
    damaged: int
    quality_control: int
    picked: int

    @property
    def free(self) -> int:
        """On the shelf and sound."""
        return self.on_hand - self.damaged - self.quality_control - self.picked

    @property
    def turn(self) -> tuple[bool, date, int]:
        """First what expires first; what is locked up last."""
        return self.quarantined, self.expires_on or date.max, self.lot_id


_LOCK = """
SELECT at.id FROM inventory_lotlevel AS at JOIN inventory_lot AS lot ON lot.id = at.lot_id
WHERE (lot.product_id, at.location_id) IN (SELECT * FROM unnest(%s::bigint[], %s::bigint[]))
ORDER BY at.id FOR NO KEY UPDATE OF at
"""
# Read after the locks are held: a lot may have been put in quarantine while we waited for them.
_ROWS = """
SELECT at.id, at.lot_id, lot.product_id, at.location_id, lot.code, lot.expires_on, lot.quarantined_at IS NOT NULL,
       at.on_hand, at.damaged, at.quality_control, at.picked
FROM inventory_lotlevel AS at JOIN inventory_lot AS lot ON lot.id = at.lot_id
WHERE at.id = ANY(%s) ORDER BY at.id
"""
_MAKE = """
INSERT INTO inventory_lotlevel (lot_id, location_id, on_hand, damaged, quality_control, picked)
SELECT lot_id, location_id, 0, 0, 0, 0 FROM unnest(%s::bigint[], %s::bigint[]) AS new (lot_id, location_id)
ORDER BY lot_id, location_id ON CONFLICT (lot_id, location_id) DO NOTHING
"""
_WRITE = """
UPDATE inventory_lotlevel AS at
SET on_hand = now.on_hand, damaged = now.damaged, quality_control = now.quality_control, picked = now.picked
FROM unnest(%s::bigint[], %s::int[], %s::int[], %s::int[], %s::int[])
  AS now (id, on_hand, damaged, quality_control, picked)
WHERE at.id = now.id
"""
_MOVE = """
INSERT INTO inventory_lotmovement (at, lot_id, location_id, state, change, after, cause, reference, actor, reason)
SELECT now(), lot_id, location_id, state, change, after, %s, %s, %s, %s
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::int[], %s::int[])
  AS new (lot_id, location_id, state, change, after)
"""


def follow(
    changes: Mapping[Pair, Mapping[str, int]],
    named: Sequence[OfLot] = (),
    *,
    cause: str,
    reference: str,
    actor: str,
    reason: str,
) -> None:
    """Lay the changes of levels of lot-tracked products on their lots.

    Raises Conflict: `lot_short` when a named lot has less than is taken from it, `lot_quarantined` when picked units
    of a lot in quarantine would leave.
    """
    # One lot may have more and another less, and their level what it had.
    places = {one.location_id for one in named}
    pairs = [
        pair for pair in changes if pair[1] in places or any(changes[pair].get(state, 0) for state in STATES)
    ]
    if not pairs:
        return
    make([(one.lot_id, one.location_id) for one in named])
    rows = lock(pairs)
    before = {row.id: replace(row) for row in rows}
    by_lot = {(row.lot_id, row.pair[1]): row for row in rows}
    rest = {pair: {str(state): changes[pair].get(state, 0) for state in STATES} for pair in pairs}
    for one in named:
        row = by_lot[one.lot_id, one.location_id]
        if one.picked < 0 and row.quarantined:
            detail = said(
                "Lot %(code)s is in quarantine: take it out of %(reference)s first.",
                code=row.code,
                reference=reference,
            )
            raise Conflict(detail, code="lot_quarantined")
        for state in STATES:
            change = getattr(one, state)
            setattr(row, state, getattr(row, state) + change)
            rest[row.pair][state] -= change
        row.picked += one.picked
        if min(row.free, row.damaged, row.quality_control, row.picked) < 0:
            raise Conflict(f"Lot {row.code or '–'} has not that many.", code="lot_short")
    for pair, left in rest.items():
        if any(left.values()):
            mine = sorted((row for row in rows if row.pair == pair), key=lambda row: row.turn)
            if left[State.ON_HAND] > 0 and not any(row.code == "" for row in mine):
                nameless = _nameless(pair)
                before[nameless.id] = replace(nameless)
                rows.append(nameless)
                mine.append(nameless)
            _spread(mine, left)
    write(rows, before, cause=cause, reference=reference, actor=actor, reason=reason)


def lock(pairs: Sequence[Pair]) -> list[Row]:
    """Every lot of these products at these locations, locked in one order."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [[pair[0] for pair in pairs], [pair[1] for pair in pairs]])
        cursor.execute(_ROWS, [[row[0] for row in cursor.fetchall()]])
        return [Row(row[0], row[1], (row[2], row[3]), *row[4:]) for row in cursor.fetchall()]


def make(wanted: Sequence[tuple[int, int]]) -> None:
    """Rows for these lots at these locations, where there are none."""
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(_MAKE, [[lot for lot, _ in wanted], [place for _, place in wanted]])


def write(rows: Sequence[Row], before: Mapping[int, Row], **told: Any) -> None:
    """Store what changed, with a movement for each state of each lot."""
    changed = [row for row in rows if row != before[row.id]]
    moves = [
        (row.lot_id, row.pair[1], str(state), change, getattr(row, state))
        for row in changed
        for state in STATES
        if (change := getattr(row, state) - getattr(before[row.id], state))
    ]
    if not changed:
        return
    columns = ("id", *STATES, "picked")
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [[getattr(row, name) for row in changed] for name in columns])
        if moves:
            words = [told["cause"], told["reference"], told["actor"], told["reason"]]
            cursor.execute(_MOVE, [*words, *(list(column) for column in zip(*moves, strict=True))])


def _nameless(pair: Pair) -> Row:
    """The lot of units of which no lot is known, at this location."""
    product_id, location_id = pair
    Lot.objects.bulk_create([Lot(product_id=product_id, code="")], ignore_conflicts=True)
    lot = Lot.objects.get(product_id=product_id, code="")
    make([(lot.pk, location_id)])
    return next(row for row in lock([pair]) if row.lot_id == lot.pk)


def _spread(rows: Sequence[Row], left: dict[str, int]) -> None:
    """What nobody named a lot for. The level has room for it, so its lots have."""
    for state in ASIDE:
        gone = min(-left[state], -left[State.ON_HAND])
        for row in rows if gone > 0 else ():
            # What was set aside leaves the house: damaged units written off, sent back to their supplier.
            step = min(gone, getattr(row, state))
            setattr(row, state, getattr(row, state) - step)
            row.on_hand -= step
            left[state] += step
            left[State.ON_HAND] += step
            gone -= step
    if left[State.ON_HAND] > 0:
        nameless = next(row for row in rows if row.code == "")
        nameless.on_hand += left[State.ON_HAND]
        for state in ASIDE:
            if left[state] > 0:
                came = min(left[state], left[State.ON_HAND])
                setattr(nameless, state, getattr(nameless, state) + came)
                left[state] -= came
    elif left[State.ON_HAND] < 0:
        _add(rows, State.ON_HAND, left[State.ON_HAND], lambda row: row.free)
    for state in ASIDE:
        if left[state] > 0:
            _add(rows, state, left[state], lambda row: row.free)
        elif left[state] < 0:
            _add(rows, state, left[state], lambda row, state=state: getattr(row, state))


def _add(rows: Sequence[Row], state: str, change: int, room: Any) -> None:
    """Change `state` by so much, over the rows in their turn, each by no more than it has room for."""
    left = abs(change)
    for row in rows:
        step = min(left, room(row))
        if step > 0:
            setattr(row, state, getattr(row, state) + (step if change > 0 else -step))
            left -= step
    if left:
        raise Conflict("The lots of this product have not that many.", code="lot_short")
