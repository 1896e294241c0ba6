"""The rows of what is kept, changed together with the committed figures of their levels."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from django.db import connection

from inventory import levels
from oms.core import errors

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


def reservations(owner: UUID) -> list[tuple[UUID, int, int, int]]:
    """Line, location, quantity and product of every row of an owner."""
    with connection.cursor() as cursor:
        cursor.execute(_KEPT, [owner])
        return list(cursor.fetchall())


def kept_map(owner: UUID) -> tuple[dict[tuple[UUID, int], int], dict[UUID, int]]:
    """Units kept by line and location, and the products of the lines."""
    rows = reservations(owner)
    return {(line, place): quantity for line, place, quantity, _ in rows}, {row[0]: row[3] for row in rows}


def take(kept_now: dict[tuple[UUID, int], int], key: tuple[UUID, int], quantity: int) -> None:
    """Units leave a map of what is kept. Raises ValueError when fewer are kept: a bug of the caller."""
    if kept_now.get(key, 0) < quantity:
        raise ValueError(f"Line {key[0]} keeps {kept_now.get(key, 0)} at location {key[1]}, not {quantity}.")
    kept_now[key] -= quantity


def become(
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
    write_kept(owner, now_kept, wanted, products)
    moved = {pair: {"committed": step} for pair, step in change.items() if step}
    if moved:
        levels.apply(locked, moved, cause="", reference="", actor="", reason="")


def write_kept(
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
