"""Handing out what lies on locked shelves, owner by owner, in memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from inventory.stock.units import Keep, Outcome, Recipe, Short, Want


@dataclass(slots=True)
class Asked:
    """What `reserve` was asked for; `former`: what the checkouts keep."""

    wants: Mapping[UUID, Sequence[Want]]
    only_at: Mapping[UUID, int]
    instead_of: Mapping[UUID, UUID]
    owed: Mapping[int, int]
    until: datetime | None
    more: bool
    former: Mapping[UUID, list[tuple[Any, ...]]] = field(default_factory=dict)

    @property
    def product_ids(self) -> set[int]:
        found = {part for asked in self.wants.values() for want in asked for part, _ in want.recipe}
        return found | {row[2] for rows in self.former.values() for row in rows}

    @property
    def former_places(self) -> list[int]:
        return sorted({row[3] for rows in self.former.values() for row in rows})


@dataclass(slots=True)
class Shelves:
    """Free units under lock by product and location (below zero where safety stock is short).

    `spare`: units of a product that nobody waits for, where somebody does.
    """

    left: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    order: dict[int, list[int]] = field(default_factory=dict)
    spare: dict[int, int] = field(default_factory=dict)
    # Levels whose slots have units that are not on these shelves.
    dealt: set[int] = field(default_factory=set)

    def room(self, recipe: Recipe, place: int) -> int:
        """Whole units there are at a location, within what is spare."""
        room = min(self.left[product_id].get(place, 0) // per_unit for product_id, per_unit in recipe)
        if self.spare:
            for product_id, per_unit in recipe:
                if product_id in self.spare:
                    room = min(room, self.spare[product_id] // per_unit)
        return max(0, room)

    def owe(self, owed: Mapping[int, int]) -> None:
        """Leave these units of each product to earlier promises."""
        for product_id, units in owed.items():
            self.spare[product_id] = sum(max(0, free) for free in self.left[product_id].values()) - units

    def take(self, recipe: Recipe, place: int, units: int) -> None:
        """Negative units go back."""
        for product_id, per_unit in recipe:
            self.left[product_id][place] -= units * per_unit
            if product_id in self.spare:
                self.spare[product_id] -= units * per_unit

    def places(self, recipe: Recipe) -> list[int]:
        return self.order.get(recipe[0][0], [])


def share_out(asked: Asked, shelves: Shelves) -> tuple[dict[UUID, Outcome], list[tuple[Any, ...]]]:
    """What each owner gets, and the rows that keep it."""
    only_at, instead_of, former = asked.only_at, asked.instead_of, asked.former
    outcomes: dict[UUID, Outcome] = {}
    rows: list[tuple[Any, ...]] = []
    for owner, wants in asked.wants.items():
        mine = former.get(instead_of[owner], []) if owner in instead_of else []
        got = _own_first(wants, mine, shelves, only_at.get(owner)) if mine else {}
        outcome = outcomes[owner] = Outcome()
        for want in wants:
            recipe = want.recipe
            missing = want.quantity - sum(units for (line, _), units in got.items() if line == want.line)
            if not want.later:
                for place in [only_at[owner]] if owner in only_at else shelves.places(recipe):
                    if not missing:
                        break
                    took = min(missing, shelves.room(recipe, place))
                    if took:
                        shelves.take(recipe, place, took)
                        missing -= took
                        got[want.line, place] = got.get((want.line, place), 0) + took
            if missing and want.backorder:
                outcome.backordered[want.line] = missing
            elif missing:
                outcome.short.append(Short(want.line, want.quantity, want.quantity - missing))
        recipes = {want.line: want.recipe for want in wants}
        if outcome.short:
            for (line, place), took in got.items():
                shelves.take(recipes[line], place, -took)
            for _, _, product_id, place, units, _ in mine:
                if place in shelves.left[product_id]:
                    shelves.take(((product_id, 1),), place, units)
            outcome.backordered.clear()
            continue
        for (line, place), took in got.items():
            outcome.kept.append(Keep(line, place, took))
            rows.extend(
                (owner, line, product_id, place, took * per_unit, per_unit)
                for product_id, per_unit in recipes[line]
            )
    return outcomes, rows


def _own_first(
    asked: Sequence[Want], mine: Sequence[tuple[Any, ...]], shelves: Shelves, only_at: int | None
) -> dict[tuple[UUID, int], int]:
    """The checkout's units go back to the shelves and each line takes those that were kept for it.

    What was kept too much stays on the shelves; what was kept too little the caller takes like anybody.
    """
    kept: dict[UUID, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
    of: dict[UUID, dict[int, int]] = defaultdict(dict)
    for _, line, product_id, place, units, per_unit in mine:
        if place in shelves.left[product_id]:
            shelves.take(((product_id, 1),), place, -units)
            kept[line][place][product_id] = units
            of[line][product_id] = per_unit
    got: dict[tuple[UUID, int], int] = {}
    for want in asked:
        missing = want.quantity
        for line, places in kept.items():
            if of[line] != dict(want.recipe):
                continue
            for place, units in places.items():
                if only_at is not None and place != only_at:
                    continue
                whole = min(units.get(part, 0) // per_unit for part, per_unit in want.recipe)
                took = min(missing, whole)
                if took:
                    shelves.take(want.recipe, place, took)
                    missing -= took
                    got[want.line, place] = got.get((want.line, place), 0) + took
                    for part, per_unit in want.recipe:
                        units[part] -= took * per_unit
    return got


def wanting(outcomes: Mapping[UUID, Outcome]) -> bool:
    return any(outcome.short or outcome.backordered for outcome in outcomes.values())
