"""Units arrive: from a supplier, another location, a customer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.db import transaction

from inventory import levels, news
from inventory.models import State
from inventory.stock import arriving_lots
from inventory.stock.units import Incoming


@transaction.atomic
def receive(
    units: Sequence[Incoming],
    *,
    expected: Mapping[tuple[int, int], int] | None = None,
    cause: str,
    reference: str,
    actor: str,
    reason: str = "",
) -> None:
    """Units arrive: on hand goes up, and damaged or quality control with it where `state` says so.

    `expected`: how many of them were incoming, by (product, location). What should have a lot and has none, or one
    nobody may sell, waits in quality control. Raises Invalid for a lot that is known with another expiry.
    """
    units, lots = arriving_lots.named(units, reference)
    changes: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for unit in units:
        change = changes[unit.product_id, unit.location_id]
        change[State.ON_HAND] += unit.quantity
        if unit.state != State.ON_HAND:
            change[unit.state] += unit.quantity
    for pair, coming in (expected or {}).items():
        if coming:
            changes[pair]["incoming"] -= coming
    locked = levels.lock(changes, make=True, exact=False)
    levels.apply(locked, changes, cause=cause, reference=reference, actor=actor, reason=reason, lots=lots)
    news.touch(product_id for product_id, _ in changes)
