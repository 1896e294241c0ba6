"""How stock is shared out, told as plainly as possible: owner by owner, line by line, place by place."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from inventory.stock import Want

Kept = Mapping[tuple[UUID, str, str], int]  # by line, place and SKU


@dataclass
class Got:
    short: bool = False
    kept: "Counter[tuple[UUID, str]]" = field(default_factory=Counter)
    waiting: dict[UUID, int] = field(default_factory=dict)


class Shelf:
    """Free units by SKU and place that may sell; `owed` of them are left to those who waited before."""

    def __init__(
        self,
        left: dict[tuple[str, str], int],
        skus: Mapping[int, str],
        places: Sequence[str],
        owed: Mapping[str, int],
    ) -> None:
        self.left, self.skus, self.places = left, skus, places
        self.spare = {
            sku: sum(max(0, left[sku, place]) for place in places) - waiting for sku, waiting in owed.items()
        }

    def share(
        self, wants: Mapping[UUID, Sequence[Want]], only_at: str | None, own: Kept | None
    ) -> dict[UUID, Got]:
        return {owner: self._owner(asked, only_at, own or {}) for owner, asked in wants.items()}

    def _owner(self, asked: Sequence[Want], only_at: str | None, own: Kept) -> Got:
        before = dict(self.left), dict(self.spare)
        got = Got()
        mine = {key: count for key, count in own.items() if key[1] in self.places}
        for (_line, place, sku), count in mine.items():
            self._take({sku: 1}, place, -count)
        # First what was kept for it: the same thing, kept by the same recipe.
        for want in asked:
            recipe = self._recipe(want)
            for line, place in dict.fromkeys((line, place) for line, place, _sku in own):
                there = {
                    sku: count for (at, where, sku), count in mine.items() if (at, where) == (line, place)
                }
                everywhere = {sku for at, _where, sku in mine if at == line}
                if everywhere != set(recipe) or only_at not in (None, place):
                    continue
                whole = min(there.get(sku, 0) // per for sku, per in recipe.items())
                took = min(want.quantity - self._of(got, want), whole)
                self._give(got, want, place, took)
                for sku, per in recipe.items():
                    if took:
                        mine[line, place, sku] -= took * per
        for want in asked:
            for place in self.places if not want.later else ():
                if only_at in (None, place):
                    missing = want.quantity - self._of(got, want)
                    self._give(got, want, place, min(missing, self._room(self._recipe(want), place)))
            if missing := want.quantity - self._of(got, want):
                if want.backorder:
                    got.waiting[want.line] = missing
                else:
                    got.short = True
        if got.short:
            self.left, self.spare = before
        return got

    def _recipe(self, want: Want) -> dict[str, int]:
        return {self.skus[part]: per for part, per in want.recipe}

    def _of(self, got: Got, want: Want) -> int:
        return sum(count for (line, _place), count in got.kept.items() if line == want.line)

    def _give(self, got: Got, want: Want, place: str, count: int) -> None:
        if count:
            self._take(self._recipe(want), place, count)
            got.kept[want.line, place] += count

    def _take(self, recipe: Mapping[str, int], place: str, count: int) -> None:
        for sku, per in recipe.items():
            self.left[sku, place] -= count * per
            if sku in self.spare:
                self.spare[sku] -= count * per

    def _room(self, recipe: Mapping[str, int], place: str) -> int:
        room = min(self.left[sku, place] // per for sku, per in recipe.items())
        return max(0, min([room, *(self.spare[sku] // recipe[sku] for sku in recipe if sku in self.spare)]))
