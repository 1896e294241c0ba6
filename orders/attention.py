"""What surfaces by itself: orders that stand too long at a stage, and important ones.

How long is too long, and what is important, are the company's own (`Attention`). Nothing is written down when an
order becomes stuck: whoever asks compares `stage_since` with now.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from oms.core import company
from oms.core.errors import Invalid
from oms.core.events import record
from oms.core.saying import said
from orders import progress
from orders.models import STANDS, Attention, Importance, Line, Order, Status

# A row of a list asks for them too, so that they are kept in the process; another hears of a change so late.
KEPT_SECONDS = 30.0
LONGEST = 10_000
_kept: tuple[float, Attention] | None = None

# How many stand too long at each stage, at most so many each: one index range a stage.
_COUNT = """
SELECT limits.stage, (SELECT count(*) FROM (
  SELECT 1 FROM orders_order AS o
  WHERE o.status = 'open' AND o.stage = limits.stage AND o.stage_since < limits.before
    AND (limits.stage <> 'backordered' OR NOT EXISTS (
      SELECT 1 FROM orders_line AS line
      WHERE line.order_id = o.id AND line.backordered > 0 AND line.expected_at >= %s))
  LIMIT %s) AS counted) AS count
FROM unnest(%s::text[], %s::timestamptz[]) AS limits (stage, before)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How long an order stands at its stage, and how long it may; `allowed` None: for ever."""

    since: datetime
    allowed: timedelta | None

    @property
    def until(self) -> datetime | None:
        return None if self.allowed is None else self.since + self.allowed


def rules() -> Attention:
    """The company's, up to half a minute old."""
    global _kept  # noqa: PLW0603
    now = time.monotonic()
    if _kept is None or _kept[0] < now:
        _kept = (now + KEPT_SECONDS, Attention.objects.first() or Attention())
    return _kept[1]


def forget_rules() -> None:
    """Drop what this process remembers; tests and a change call it."""
    global _kept  # noqa: PLW0603
    _kept = None


@transaction.atomic
def set_rules(changes: Mapping[str, Any], *, actor: str) -> Attention:
    """Write some of the company's rules. Raises Invalid naming the field; the same again is no news."""
    kept = _locked()
    fields = [name for name, value in changes.items() if getattr(kept, name) != value]
    for name in fields:
        value = changes[name]
        if name in (*STANDS, "soon") and value is not None and not 0 < value <= LONGEST:
            raise Invalid.at(f"/{name}", said("From 1 to %(most)s hours.", most=LONGEST), "out_of_range")
        if name == "value" and value is not None and value <= 0:
            raise Invalid.at("/value", said("A value above 0."), "out_of_range")
        setattr(kept, name, value)
    if fields:
        kept.save(update_fields=fields)
        record("attention.changed", "company/attention", actor=actor, data={"fields": fields})
        transaction.on_commit(forget_rules)
    return kept


def _locked() -> Attention:
    try:
        with transaction.atomic():
            Attention.objects.get_or_create(pk=1)
    except IntegrityError:
        pass
    return Attention.objects.select_for_update().get(pk=1)


def standing(order: Order) -> Standing:
    """How long it stands where it is; what ended stands nowhere too long."""
    hours = getattr(rules(), order.stage, None) if order.status == Status.OPEN else None
    return Standing(order.stage_since, None if hours is None else timedelta(hours=hours))


def is_stuck(order: Order, *, coming: bool) -> bool:
    """`coming`: goods it waits for are expected on a coming day."""
    until = standing(order).until
    if until is None or until > timezone.now():
        return False
    return not (order.stage == "backordered" and coming)


def coming() -> Exists:
    """For querysets of orders: whether goods a row waits for are expected on a coming day."""
    lines = Line.objects.filter(order=OuterRef("pk"), backordered__gt=0)
    return Exists(lines.filter(expected_at__gte=company.today()))


def stuck(orders: "QuerySet[Order]") -> "QuerySet[Order]":
    """Those that stand longer than they may. A back-order whose goods are expected on a coming day is no such one."""
    wanted = Q(pk__in=[])
    for stage, before in _limits(timezone.now()).items():
        wanted |= Q(stage=stage, stage_since__lt=before)
    return orders.filter(wanted, status=Status.OPEN).exclude(Q(stage="backordered") & coming())


def count_stuck(most: int) -> dict[str, int]:
    """How many of all orders stand too long, by stage, at most `most` + 1 each."""
    with connection.cursor() as cursor:
        cursor.execute(*counting_stuck(most))
        return dict(cursor.fetchall())


def counting_stuck(most: int) -> tuple[str, list[Any]]:
    """The statement behind `count_stuck`, of columns `stage` and `count`, and its values."""
    limits = _limits(timezone.now())
    return _COUNT, [company.today(), most + 1, list(limits), list(limits.values())]


def _limits(now: datetime) -> dict[str, datetime]:
    """Before when an order must have reached its stage to be stuck there."""
    known = rules()
    hours = {stage: getattr(known, stage) for stage in STANDS}
    return {stage: now - timedelta(hours=each) for stage, each in hours.items() if each is not None}


def important(orders: "QuerySet[Order]") -> "QuerySet[Order]":
    """The important ones that are not at their end."""
    return orders.filter(~Q(importance=[]), status=Status.OPEN)


def judge(order: Order, tags: Collection[str]) -> list[str]:
    """Why the company's rules call an order important; `tags` are its customer's. Its value counts in the company's
    currency only: what another is worth nobody wrote down."""
    known = rules()
    found = []
    if known.value is not None and order.currency == settings.COMPANY_CURRENCY and order.total >= known.value:
        found.append(Importance.VALUE.value)
    if order.shipping_service in known.services:
        found.append(Importance.SERVICE.value)
    if {*order.tags, *tags} & set(known.tags):
        found.append(Importance.TAG.value)
    return found


def notice(order: Order, tags: Collection[str]) -> None:
    """Mark a new order that the rules call important, as `judge` sees it. The caller has locked it."""
    if found := judge(order, tags):
        _set(order, found, "system")


@transaction.atomic
def mark(order: Order, *, actor: str) -> Order:
    """Somebody says it is important; said again it is no news."""
    order = progress.lock(order.pk)
    if Importance.STAFF not in order.importance:
        _set(order, [*order.importance, Importance.STAFF.value], actor)
    return order


@transaction.atomic
def unmark(order: Order, *, actor: str) -> Order:
    """It is an order like others, whatever the rules say; no news where it was one."""
    order = progress.lock(order.pk)
    if order.importance:
        _set(order, [], actor)
    return order


def _set(order: Order, reasons: list[str], actor: str) -> None:
    """No version: what an order is does not change, only how soon people look at it."""
    order.importance = reasons
    order.save(update_fields=["importance"])
    record(
        "order.important" if reasons else "order.unimportant",
        order.ref,
        actor=actor,
        channel_id=order.channel_id,
        data={
            "id": str(order.pk),
            "number": str(order.number),
            "version": order.version,
            **({"reasons": reasons} if reasons else {}),
        },
    )
