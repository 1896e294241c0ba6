"""Kept units change their location, are let go, or leave the house."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import transaction

from inventory import levels
from inventory.models import State
from inventory.stock import keeping
from inventory.stock.units import Free, Keep


def kept(owner: UUID) -> list[Keep]:
    """What is kept for an order now."""
    return [Keep(line, place, quantity) for line, place, quantity, _ in keeping.reservations(owner)]


@transaction.atomic
def move(owner: UUID, target: Sequence[Keep], products: Mapping[UUID, int]) -> None:
    """The reservations of the lines in `products` (their product ids) become exactly `target`.

    Raises InsufficientStock, with nothing changed, if a location has less than the plan wants.
    """
    now_kept = {
        (line, place): quantity
        for line, place, quantity, _ in keeping.reservations(owner)
        if line in products
    }
    wanted: dict[tuple[UUID, int], int] = defaultdict(int)
    for keep in target:
        wanted[keep.line, keep.location_id] += keep.quantity
    keeping.become(owner, now_kept, wanted, products)


@transaction.atomic
def release(owner: UUID, units: Sequence[Keep | Free]) -> None:
    """Let go of reserved units. Raises ValueError when less is kept than is let go: a bug of the caller."""
    now_kept, products = keeping.kept_map(owner)
    wanted = dict(now_kept)
    for unit in units:
        if isinstance(unit, Keep):
            keeping.take(wanted, (unit.line, unit.location_id), unit.quantity)
            continue
        missing = unit.quantity
        for line, place in list(wanted):
            if line == unit.line and missing:
                took = min(missing, wanted[line, place])
                wanted[line, place] -= took
                missing -= took
        if missing:
            raise ValueError(f"Line {unit.line} keeps {missing} units less than are let go.")
    keeping.become(owner, now_kept, wanted, products)


@transaction.atomic
def ship_out(owner: UUID, units: Sequence[Keep], *, reference: str, actor: str) -> None:
    """Kept units leave the house: on hand and committed go down together, one movement a level."""
    now_kept, products = keeping.kept_map(owner)
    wanted = dict(now_kept)
    gone: dict[tuple[int, int], int] = defaultdict(int)
    for unit in units:
        keeping.take(wanted, (unit.line, unit.location_id), unit.quantity)
        gone[products[unit.line], unit.location_id] += unit.quantity
    locked = levels.lock(gone)
    keeping.write_kept(owner, now_kept, wanted, products)
    changes = {pair: {"committed": -quantity, State.ON_HAND: -quantity} for pair, quantity in gone.items()}
    levels.apply(locked, changes, cause="shipped", reference=reference, actor=actor, reason="")
