"""Correcting as many levels, and lots of them, as a list has; what is refused spoils nothing else."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from inventory import levels, lot_levels, news
from inventory.lot_levels import OfLot
from inventory.models import Lot, Product, State, StockLevel
from inventory.stock import arriving_lots
from inventory.stock.adjusting import correct
from inventory.stock.units import Correction
from oms.core import errors
from oms.core.saying import said

Pair = tuple[int, int]


@dataclass(slots=True)
class _Lots:
    """The lots a list is about, as they are while it is worked through.

    `days`: the last day of each that is known, by product and code; of a new one once a line gives it.
    `figures`: of a lot at a location by state, and `picked`.
    """

    tracked: dict[int, Product]
    days: dict[tuple[int, str], date | None]
    figures: dict[tuple[int, str, int], dict[str, int]] = field(default_factory=dict)

    def check(self, one: Correction) -> None:
        """Raises Invalid: a lot where there is none, none where there must be one, another last day than is known."""
        has_lots = one.pair[0] in self.tracked and one.state != State.SAFETY
        if has_lots and not one.lot:
            raise errors.Invalid.at("/lot", "Units of this product are in lots.", "lot_required")
        if one.lot and not has_lots:
            raise errors.Invalid.at("/lot", said("This product has no lots."), "lot_not_tracked")
        key = (one.product_id, one.lot)
        if one.lot and one.expires_on is not None and self.days.get(key, one.expires_on) != one.expires_on:
            raise errors.Invalid.at("/expires_on", "Known with another last day.", "lot_expiry_differs")

    def step(self, one: Correction) -> int:
        """By how much the lot's figure changes. Raises Conflict `lot_short` where the lot has not that many."""
        figure = self.figures.get((one.product_id, one.lot, one.location_id)) or _nothing()
        step = one.change if one.change is not None else int(one.set_to or 0) - figure[one.state]
        after = figure | {one.state: figure[one.state] + step}
        aside = sum(after[state] for state in (*lot_levels.ASIDE, "picked"))
        if after[one.state] < 0 or after[State.ON_HAND] < aside:
            raise errors.Conflict("The lot has not that many.", code="lot_short")
        return step

    def took(self, one: Correction, step: int) -> None:
        figure = self.figures.setdefault((one.product_id, one.lot, one.location_id), _nothing())
        figure[one.state] += step
        if one.expires_on is not None:
            self.days[one.product_id, one.lot] = one.expires_on

    def read(self, pairs: Iterable[Pair]) -> None:
        """The figures, their rows locked."""
        mine = sorted(pair for pair in pairs if pair[0] in self.tracked)
        for row in lot_levels.lock(mine) if mine else ():
            figure = {str(state): getattr(row, state) for state in lot_levels.STATES}
            self.figures[row.pair[0], row.code, row.pair[1]] = figure | {"picked": row.picked}


@dataclass(slots=True)
class _Turn:
    """Changes that are written together: each level once, under one reason."""

    levels: dict[Pair, dict[str, int]] = field(default_factory=dict)
    lots: list[tuple[Correction, int]] = field(default_factory=list)


@transaction.atomic
def adjust_many(corrections: Sequence[Correction], *, actor: str) -> list[bool | errors.Problem]:
    """`adjust` for each in turn, all in a fixed number of statements for each reason; refusals by position.

    A lot nobody knows yet is made. True where a figure changed, False where it already was so. What is refused leaves
    no empty level and no lot behind.
    """
    pairs = {one.pair for one in corrections}
    lots = _lots_of(corrections)
    locked = levels.lock(pairs - _in_vain(corrections, pairs - levels.known(pairs), lots), make=True)
    found = StockLevel.objects.in_bulk(list(locked.values()))
    lots.read(pairs)
    results: list[bool | errors.Problem] = []
    moves: dict[tuple[int, str], _Turn] = {}
    turns: dict[Pair, int] = defaultdict(int)
    shelved = []
    for one in corrections:
        level = found[locked[one.pair]] if one.pair in locked else StockLevel()
        try:
            lots.check(one)
            if one.lot:
                before, after = correct(level, set_to=None, change=lots.step(one), state=one.state)
            else:
                before, after = correct(level, set_to=one.set_to, change=one.change, state=one.state)
        except errors.Problem as problem:
            results.append(problem)
            continue
        if one.bin_name is not None and one.bin_name.strip() != level.bin:
            level.bin = one.bin_name.strip()
            shelved.append(level)
        if after != before:
            # A level's second movement waits for its first: each tells what it left behind.
            turn = moves.setdefault((turns[one.pair], one.reason), _Turn())
            turn.levels[one.pair] = {one.state: after - before}
            turns[one.pair] += 1
            if one.lot:
                lots.took(one, after - before)
                turn.lots.append((one, after - before))
        results.append(after != before)
    levels.name_bins({level.pk: level.bin for level in shelved})
    made = _made(lots, [one for turn in moves.values() for one, _ in turn.lots])
    for (_place, reason), turn in sorted(moves.items(), key=lambda move: move[0][0]):
        named = [
            OfLot(made[one.product_id, one.lot].pk, one.location_id, **{one.state: step})
            for one, step in turn.lots
        ]
        levels.apply(
            locked, turn.levels, cause="adjusted", reference="", actor=actor, reason=reason, lots=named
        )
    if moves:
        news.touch({product_id for turn in moves.values() for product_id, _ in turn.levels})
    return results


def _lots_of(corrections: Sequence[Correction]) -> _Lots:
    ids = {one.product_id for one in corrections}
    tracked = {product.pk: product for product in Product.objects.filter(pk__in=ids, tracks_lots=True)}
    codes = {one.lot for one in corrections if one.lot}
    known = Lot.objects.filter(product__in=tracked, code__in=codes) if tracked and codes else ()
    return _Lots(tracked, {(lot.product_id, lot.code): lot.expires_on for lot in known})


def _made(lots: _Lots, used: Iterable[Correction]) -> dict[tuple[int, str], Lot]:
    wanted = {(one.product_id, one.lot): lots.days.get((one.product_id, one.lot)) for one in used}
    return arriving_lots.made(wanted, lots.tracked) if wanted else {}


def _nothing() -> dict[str, int]:
    return {str(state): 0 for state in lot_levels.STATES} | {"picked": 0}


def _in_vain(corrections: Sequence[Correction], missing: set[Pair], lots: _Lots) -> set[Pair]:
    """Those of the missing levels that would be made only to be refused."""
    tried = {pair: StockLevel() for pair in missing}
    vain = set(missing)
    for one in corrections:
        if one.pair in tried:
            try:
                lots.check(one)
                correct(tried[one.pair], set_to=one.set_to, change=one.change, state=one.state)
            except errors.Problem:
                continue
            vain.discard(one.pair)
    return vain
