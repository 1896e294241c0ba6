"""Correcting one state of one level by hand."""

from django.db import transaction

from inventory import levels, news
from inventory.lot_levels import OfLot
from inventory.models import Location, Lot, Movement, Product, State, StockLevel
from inventory.stock.units import INT_MAX, Adjusted
from oms.core import errors
from oms.core.saying import said


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
        raise errors.Invalid.at("/set_to", said("Give either set_to or change."))
    if product.tracks_lots and lot is None and not any_lot and state != State.SAFETY:
        raise errors.Invalid.at("/lot", f"Say which lot of {product.sku}.", "lot_required")
    if lot is not None and (not product.tracks_lots or state == State.SAFETY):
        raise errors.Invalid.at("/lot", said("%(sku)s has no lots here.", sku=product.sku), "lot_not_tracked")
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


def correct(level: StockLevel, *, set_to: int | None, change: int | None, state: str) -> tuple[int, int]:
    """Write the figure into the level in memory; (before, after). Raises as `adjust`, with the level as it was."""
    before = getattr(level, state)
    after = before + change if change is not None else int(set_to or 0)
    # Taking away more than there is on hand is the stock's refusal (below), not the body's.
    taken_below = state == State.ON_HAND and after < 0
    if not 0 <= after <= INT_MAX and not taken_below:
        field_name = "/set_to" if change is None else "/change"
        raise errors.Invalid.at(
            field_name,
            said(
                "%(before)s would become %(after)s; a figure is 0 to %(most)s.",
                before=before,
                after=after,
                most=INT_MAX,
            ),
        )
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
