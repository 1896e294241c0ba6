"""Units on their way to a location: ordered from a supplier, or sent by another location of ours."""

from collections import defaultdict
from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from inventory import levels
from inventory.models import State
from inventory.stock import keeping


@transaction.atomic
def expect(units: Mapping[tuple[int, int], int]) -> None:
    """So many more units (below zero: fewer) are incoming by (product, location). No movement: nothing is there yet."""
    changes = {pair: {"incoming": change} for pair, change in units.items() if change}
    if changes:
        locked = levels.lock(changes, make=True, exact=False)
        levels.apply(locked, changes, cause="", reference="", actor="", reason="")


@transaction.atomic
def send_away(
    owner: UUID, units: Mapping[UUID, int], *, to: int, cause: str, reference: str, actor: str
) -> None:
    """Units of lines leave where they are kept and become incoming at `to`; what else the owner keeps is let go.

    Raises ValueError when less is kept than leaves: a bug of the caller.
    """
    now_kept = keeping.book([owner])
    changes: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    missing = dict(units)
    for (line, place), quantity in now_kept.units.items():
        leaves = min(quantity, missing.get(line, 0))
        missing[line] = missing.get(line, 0) - leaves
        for product_id, per_unit in now_kept.recipes[line]:
            here = changes[product_id, place]
            here["committed"] -= quantity * per_unit
            if leaves:
                here[State.ON_HAND] -= leaves * per_unit
                changes[product_id, to]["incoming"] += leaves * per_unit
    if any(missing.values()):
        raise ValueError(f"Less is kept for {owner} than leaves: {missing}.")
    locked = levels.lock(changes, make=True, exact=False)
    keeping.write(now_kept, {})
    levels.apply(locked, changes, cause=cause, reference=reference, actor=actor, reason="")
