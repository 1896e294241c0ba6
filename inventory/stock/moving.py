"""Kept units change their location, are let go, or leave the house."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.db import transaction

from inventory import levels
from inventory.lot_levels import OfLot
from inventory.models import State
from inventory.stock import keeping
from inventory.stock.units import Free, Keep, Recipe


def kept(owner: UUID) -> list[Keep]:
    """What is kept for an order now."""
    units = keeping.book([owner]).units
    return [Keep(line, place, quantity) for (line, place), quantity in units.items()]


@transaction.atomic
def move(owner: UUID, target: Sequence[Keep], lines: Collection[UUID]) -> None:
    """The reservations of these lines become exactly `target`.

    Raises InsufficientStock, with nothing changed, if a location has less than the plan wants.
    """
    now_kept = keeping.book([owner])
    wanted: dict[tuple[UUID, int], int] = defaultdict(int)
    wanted.update((key, units) for key, units in now_kept.units.items() if key[0] not in lines)
    for keep in target:
        wanted[keep.line, keep.location_id] += keep.quantity
    keeping.become(now_kept, wanted)


@transaction.atomic
def keep(owner: UUID, units: Sequence[Keep], recipes: Mapping[UUID, Recipe]) -> None:
    """Keep more units of these lines (each with its recipe), exactly where they are asked for.

    Raises InsufficientStock, with nothing changed, if a location has less.
    """
    now_kept = keeping.book([owner])
    wanted: dict[tuple[UUID, int], int] = defaultdict(int, now_kept.units)
    for unit in units:
        now_kept.owners.setdefault(unit.line, owner)
        now_kept.recipes.setdefault(unit.line, recipes[unit.line])
        wanted[unit.line, unit.location_id] += unit.quantity
    keeping.become(now_kept, wanted)


@transaction.atomic
def release(owner: UUID, units: Sequence[Keep | Free]) -> None:
    """Let go of reserved units. Raises ValueError when less is kept than is let go: a bug of the caller."""
    release_many({owner: units})


@transaction.atomic
def release_many(units: Mapping[UUID, Sequence[Keep | Free]]) -> None:
    """The same for several owners, all their levels locked at once."""
    now_kept = keeping.book(list(units))
    wanted = dict(now_kept.units)
    for unit in (unit for mine in units.values() for unit in mine):
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
    keeping.become(now_kept, wanted)


@transaction.atomic
def ship_out(
    owner: UUID, units: Sequence[Keep], *, reference: str, actor: str, lots: Sequence[OfLot] = ()
) -> None:
    """Kept units leave the house: on hand and committed go down together, one movement a level.

    `lots` says which lots were picked for them.
    """
    now_kept = keeping.book([owner])
    wanted = dict(now_kept.units)
    gone: dict[tuple[int, int], int] = defaultdict(int)
    for unit in units:
        keeping.take(wanted, (unit.line, unit.location_id), unit.quantity)
        for product_id, per_unit in now_kept.recipes[unit.line]:
            gone[product_id, unit.location_id] += unit.quantity * per_unit
    locked = levels.lock(gone, exact=False)
    keeping.write(now_kept, wanted)
    changes = {pair: {"committed": -quantity, State.ON_HAND: -quantity} for pair, quantity in gone.items()}
    levels.apply(locked, changes, cause="shipped", reference=reference, actor=actor, reason="", lots=lots)
