"""Correcting one state of one level."""

from django.db import transaction

from inventory import levels, news
from inventory.models import Location, Movement, Product, State, StockLevel
from inventory.stock.units import INT_MAX, Adjusted
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
) -> Adjusted:
    """Correct one state of one level, to a figure or by one. Exactly one of `set_to` and `change` is given.

    With `bin_name` the shelf is named too, and that alone is no movement.

    Raises StockCommitted when less would remain than is promised, damaged or in quality control.
    """
    if (set_to is None) == (change is None):
        raise errors.Invalid.at("/set_to", "Give either set_to or change.")
    pair = (product.pk, location.pk)
    levels.lock([pair], make=True)
    level = StockLevel.objects.get(product=product, location=location)
    before = getattr(level, state)
    after = before + change if change is not None else int(set_to or 0)
    # Taking away more than there is on hand is the stock's refusal (below), not the body's.
    taken_below = state == State.ON_HAND and after < 0
    if not 0 <= after <= INT_MAX and not taken_below:
        field_name = "/set_to" if change is None else "/change"
        raise errors.Invalid.at(field_name, f"{before} would become {after}; a figure is 0 to {INT_MAX}.")
    setattr(level, state, after)
    if level.on_hand < level.committed + level.damaged + level.quality_control:
        raise errors.StockCommitted(
            f"{level.committed} committed, {level.damaged} damaged and {level.quality_control} in quality "
            f"control do not fit into {level.on_hand} on hand.",
            committed=level.committed,
        )
    if bin_name is not None and bin_name.strip() != level.bin:
        level.bin = bin_name.strip()
        level.save(update_fields=["bin"])
    if after == before:
        return Adjusted(level, None)
    moved = levels.apply(
        {pair: level.pk},
        {pair: {state: after - before}},
        cause="adjusted",
        reference="",
        actor=actor,
        reason=reason,
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
        cause="adjusted",
        actor=actor,
        reason=reason,
    )
    return Adjusted(level, movement)
