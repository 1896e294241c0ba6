"""Correcting a state of a level: one by hand, or as many as a list has."""

from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction

from inventory import levels, news
from inventory.lot_levels import OfLot
from inventory.models import Location, Lot, Movement, Product, State, StockLevel
from inventory.stock.units import INT_MAX, Adjusted, Correction
from oms.core import errors


@transaction.atomic
def adjust(
    *,
    product: Product,
    location: Location,
    set_to: int | None,
    change: int | None,
    state: str,
    reason: str,
    actor: str,
    bin_name: str | None = None,
    lot: Lot | None = None,
    any_lot: bool = False,
    cause: str = "adjusted",
    reference: str = "",
) -> Adjusted:
    """Correct one state of one level, to a figure or by one. Exactly one of `set_to` and `change` is given.

    With `bin_name` the shelf is named too, and that alone is no movement. The difference is one `lot`'s where the
    product tracks lots; `any_lot`: whichever goes first, because nobody can know.

    Raises StockCommitted when less would remain than is promised, damaged or in quality control; Invalid without a
    lot where there must be one; Conflict `lot_short`.
    """
    if (set_to is None) == (change is None):
        raise errors.Invalid.at("/set_to", "Give either set_to or change.")
    if product.tracks_lots and lot is None and not any_lot and state != State.SAFETY:
        raise errors.Invalid.at("/lot", f"Say which lot of {product.sku}.", "lot_required")
    if lot is not None and (not product.tracks_lots or state == State.SAFETY):
        raise errors.Invalid.at("/lot", f"{product.sku} has no lots here.", "lot_not_tracked")
    pair = (product.pk, location.pk)
    levels.lock([pair], make=True)
    level = StockLevel.objects.get(product=product, location=location)
    before, after = correct(level, set_to=set_to, change=change, state=state)
    if bin_name is not None and bin_name.strip() != level.bin:
        level.bin = bin_name.strip()
        level.save(update_fields=["bin"])
    if after == before:
        return Adjusted(level, None)
    moved = levels.apply(
        {pair: level.pk},
        {pair: {state: after - before}},
        cause=cause,
        reference=reference,
        actor=actor,
        reason=reason,
        lots=[OfLot(lot.pk, location.pk, **{state: after - before})] if lot else (),
    )
    news.touch([product.pk])
    movement_id, at = moved[0]
    movement = Movement(
        id=movement_id,
        at=at,
        product_id=product.pk,
        location_id=location.pk,
        state=state,
        change=after - before,
        after=after,
        cause=cause,
        reference=reference,
        actor=actor,
        reason=reason,
    )
    return Adjusted(level, movement)


@transaction.atomic
def adjust_many(corrections: Sequence[Correction], *, actor: str) -> list[bool | errors.Problem]:
    """`adjust` for each in turn, all in a fixed number of statements for each reason; refusals by position.

    True where a figure changed, False where it already was so. What is refused leaves no empty level behind.
    """
    pairs = {one.pair for one in corrections}
    locked = levels.lock(pairs - _in_vain(corrections, pairs - levels.known(pairs)), make=True)
    found = StockLevel.objects.in_bulk(list(locked.values()))
    tracked = set(
        Product.objects.filter(pk__in={pair[0] for pair in pairs}, tracks_lots=True).values_list(
            "pk", flat=True
        )
    )
    results: list[bool | errors.Problem] = []
    moves: dict[tuple[int, str], dict[tuple[int, int], dict[str, int]]] = {}
    turns: dict[tuple[int, int], int] = defaultdict(int)
    shelved = []
    for one in corrections:
        level = found[locked[one.pair]] if one.pair in locked else StockLevel()
        try:
            if one.pair[0] in tracked and one.state != State.SAFETY:
                raise errors.Invalid.at("/lot", "Units of this product are in lots.", "lot_required")
            before, after = correct(level, set_to=one.set_to, change=one.change, state=one.state)
        except errors.Problem as problem:
            results.append(problem)
            continue
        if one.bin_name is not None and one.bin_name.strip() != level.bin:
            level.bin = one.bin_name.strip()
            shelved.append(level)
        if after != before:
            # A level's second movement waits for its first: each tells what it left behind.
            turn = moves.setdefault((turns[one.pair], one.reason), {})
            turn[one.pair] = {one.state: after - before}
            turns[one.pair] += 1
        results.append(after != before)
    levels.name_bins({level.pk: level.bin for level in shelved})
    for (_turn, reason), changes in sorted(moves.items(), key=lambda move: move[0][0]):
        levels.apply(locked, changes, cause="adjusted", reference="", actor=actor, reason=reason)
    if moves:
        news.touch({product_id for changes in moves.values() for product_id, _ in changes})
    return results


def correct(level: StockLevel, *, set_to: int | None, change: int | None, state: str) -> tuple[int, int]:
    """Write the figure into the level in memory; (before, after). Raises as `adjust`, with the level as it was."""
    before = getattr(level, state)
    after = before + change if change is not None else int(set_to or 0)
    # Taking away more than there is on hand is the stock's refusal (below), not the body's.
    taken_below = state == State.ON_HAND and after < 0
    if not 0 <= after <= INT_MAX and not taken_below:
        field_name = "/set_to" if change is None else "/change"
        raise errors.Invalid.at(field_name, f"{before} would become {after}; a figure is 0 to {INT_MAX}.")
    setattr(level, state, after)
    if level.on_hand < level.committed + level.damaged + level.quality_control:
        refusal = errors.StockCommitted(
            f"{level.committed} committed, {level.damaged} damaged and {level.quality_control} in quality "
            f"control do not fit into {level.on_hand} on hand.",
            committed=level.committed,
        )
        setattr(level, state, before)
        raise refusal
    return before, after


def _in_vain(corrections: Sequence[Correction], missing: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of the missing levels that would be made only to be refused."""
    tried = {pair: StockLevel() for pair in missing}
    vain = set(missing)
    for one in corrections:
        if one.pair in tried:
            try:
                correct(tried[one.pair], set_to=one.set_to, change=one.change, state=one.state)
            except errors.Problem:
                continue
            vain.discard(one.pair)
    return vain
