"""A figure of stock is corrected below what is promised: the newest orders wait again, if whoever corrects it agrees.

They are shown which orders first, and agree to those: where other promises stand by then, nothing happens and they are
shown again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from fulfillment import shortages
from inventory import levels, stock
from inventory.models import Lot, StockLevel
from oms.core.errors import Conflict, StockCommitted
from oms.core.saying import said
from orders.models import Line

Agreed = Mapping[UUID, int]  # units that wait, by order line


class FigureChanged(Conflict):
    """Somebody changed the figure since it was read; `now` is what it became."""

    code = "figure_changed"

    def __init__(self, now: int) -> None:
        super().__init__(said("It is %(now)s now: someone changed it meanwhile.", now=now))
        self.now = now


class PromisesChanged(Conflict):
    """Other orders would have to wait than those agreed to."""

    code = "promises_changed"
    title = "Other orders would have to wait now."


@dataclass(frozen=True, slots=True)
class Waits:
    """Units of an order's line that would wait again."""

    line: UUID
    order: UUID
    number: str
    placed_at: datetime
    sku: str
    units: int


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody says a figure is, who read `seen`. `lot` finds the lot of the difference when it is written."""

    level: StockLevel
    state: str
    seen: int
    set_to: int
    reason: str
    actor: str
    lot: Callable[[], Lot | None]


@transaction.atomic
def correct(asked: Correction, *, agreed: Agreed | None = None) -> stock.Adjusted:
    """Write the figure; with `agreed`, these units wait again for it.

    Raises FigureChanged; StockCommitted where more is promised than would be left; PromisesChanged where that would
    take other units than those agreed to. Then nothing is written.
    """
    facts = _facts(asked)
    if agreed is not None:
        waiting = shortages.room_for(**facts, reason=asked.reason, actor=asked.actor)
        if waiting and waiting != dict(agreed):
            raise PromisesChanged
    levels.lock([(asked.level.product_id, asked.level.location_id)])
    now = getattr(StockLevel.objects.get(pk=asked.level.pk), asked.state)
    if now != asked.seen:
        raise FigureChanged(now)
    return stock.adjust(**facts, reason=asked.reason, actor=asked.actor, lot=asked.lot())


def who_would_wait(asked: Correction) -> list[Waits]:
    """The lines that would wait again, the newest order first; nothing is written.

    Raises as `correct`: StockCommitted where not even that makes room, because checkouts or transfers keep the units.
    """
    for last in (False, False, True):
        try:
            waiting = _tried(asked)
        except StockCommitted:
            # An order that came while we looked is not counted yet: look again.
            if last:
                raise
        else:
            break
    lines = Line.objects.filter(pk__in=waiting).select_related("order")
    return [
        Waits(
            line.pk, line.order_id, str(line.order.number), line.order.placed_at, line.sku, waiting[line.pk]
        )
        for line in lines.order_by("-order__placed_at", "-order__number", "position")
    ]


def _tried(asked: Correction) -> Agreed:
    """What would wait for this correction, had it been made."""
    with transaction.atomic():
        waiting = shortages.room_for(**_facts(asked), reason=asked.reason, actor=asked.actor)
        correct(asked)
        transaction.set_rollback(True)
    return waiting


def _facts(asked: Correction) -> dict[str, Any]:
    return {
        "product": asked.level.product,
        "location": asked.level.location,
        "set_to": asked.set_to,
        "change": None,
        "state": asked.state,
    }
