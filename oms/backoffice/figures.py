"""The dashboard's figures: a fixed number of queries, each one index range or capped, kept for half a minute."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from fulfillment import clocks
from fulfillment.access import visible as visible_shipments
from inventory.free import UNITS
from oms.backoffice import navigation
from oms.core.access import Principal
from oms.core.counting import CAP, Countable, capped_count, counted, keep, recall
from orders import attention
from orders.models import MOVING, Order

KEPT_SECONDS = 30
PAST_SECONDS = 3600
DAYS, WEEK = 14, 7

# Days that are over: what they were stays as it was, but for a late order of a channel's.
_PAST = """
SELECT (placed_at AT TIME ZONE %(zone)s)::date, currency, count(*), sum(placed_total)
FROM orders_order WHERE placed_at >= %(start)s AND placed_at < %(end)s GROUP BY 1, 2
"""
# Today, and the same day last week until this hour: two short index ranges.
_SO_FAR = """
SELECT placed_at >= %(today)s, currency, count(*), sum(placed_total) FROM orders_order
WHERE placed_at >= %(today)s OR (placed_at >= %(week_ago)s AND placed_at <= %(hour)s) GROUP BY 1, 2
"""
# One short index range a stage, however many orders stand there.
_BACKLOG = """
SELECT step.stage, (SELECT count(*) FROM (
  SELECT 1 FROM orders_order WHERE stage = step.stage LIMIT %s) AS counted)
FROM unnest(%s::text[]) AS step (stage)
"""
_OUT_OF_STOCK = f"""
SELECT count(*) FROM (
  SELECT product_id FROM inventory_stocklevel AS level GROUP BY product_id
  HAVING sum(greatest(0, {UNITS})) = 0 LIMIT %s) AS gone
"""


@dataclass(frozen=True, slots=True)
class Day:
    """One day's orders and what they are worth by currency; `so_far`: until the hour it is now."""

    date: date
    orders: int = 0
    orders_so_far: int = 0
    revenue: tuple[tuple[str, Decimal], ...] = ()
    revenue_so_far: tuple[tuple[str, Decimal], ...] = ()


@dataclass(frozen=True, slots=True)
class Sales:
    days: list[Day]

    @property
    def today(self) -> Day:
        return self.days[-1]

    @property
    def week_ago(self) -> Day:
        return self.days[-8]

    def change(self) -> int | None:
        """Today's orders against the same day last week until this hour, in per cent; None without any then."""
        before = self.week_ago.orders_so_far
        return round((self.today.orders - before) * 100 / before) if before else None

    def revenue_change(self) -> int | None:
        if not self.today.revenue:
            return None
        currency, now = self.today.revenue[0]
        before = dict(self.week_ago.revenue_so_far).get(currency)
        return round((now - before) * 100 / before) if before else None


@dataclass(frozen=True, slots=True)
class Figures:
    """None: not for the reader's role."""

    sales: Sales | None
    backlog: list[tuple[str, int]]
    late: int | None
    due_soon: int | None
    stuck: dict[str, int] | None
    important: int | None
    out_of_stock: int | None
    low: int | None
    returns: int | None


def figures(principal: Principal) -> Figures:
    """Of now, or up to half a minute old."""
    reads_orders, reads_stock = principal.may("orders:read"), principal.may("stock:read")
    counts = counted(_waiting(principal))
    return Figures(
        sales=sales() if reads_orders else None,
        backlog=_counted("backlog", _backlog) if reads_orders else [],
        late=counts.get("late"),
        due_soon=counts.get("due_soon"),
        stuck=_counted("stuck", lambda: attention.count_stuck(CAP)) if reads_orders else None,
        important=_counted("important", _important) if reads_orders else None,
        out_of_stock=_kept("out", _out_of_stock) if reads_stock and principal.locations is None else None,
        low=counts.get("low"),
        returns=counts.get("returns"),
    )


def _waiting(principal: Principal) -> dict[str, Countable]:
    """What is counted for each reader, and anew."""
    asked: dict[str, Countable] = {}
    if principal.may("shipments:read"):
        parcels = visible_shipments(principal)
        asked["late"] = clocks.late(parcels).order_by("due_at")
        asked["due_soon"] = clocks.due_soon(parcels).order_by("due_at")
    if principal.may("stock:read"):
        asked["low"] = navigation.low_now(principal)
    if principal.may("returns:read"):
        asked["returns"] = navigation.open_returns(principal)
    return asked


def sales() -> Sales:
    """The last fortnight's orders and revenue alone."""
    known: Sales = _kept("sales", _sales)
    return known


def _kept(name: str, read: Any, seconds: int = KEPT_SECONDS) -> Any:
    key = f"figures:{name}:{timezone.get_current_timezone_name()}"
    known = cache.get(key)
    if known is None:
        known = read()
        cache.set(key, known, seconds)
    return known


def _counted(name: str, count: Callable[[], Any]) -> Any:
    """The same for what acts on many orders change."""
    key = f"figures:{name}"
    turn, known = recall(key)
    if key not in known:
        known[key] = count()
        keep(turn, key, known[key], KEPT_SECONDS)
    return known[key]


def _sales() -> Sales:
    now = timezone.localtime()
    today = now.date()
    past: list[Day] = _kept(f"past:{today}", lambda: _past(now), PAST_SECONDS)
    now_rows, then_rows = _so_far(now)
    orders, revenue = _sums(then_rows)
    week_ago = replace(past[-WEEK], orders_so_far=orders, revenue_so_far=revenue)
    orders, revenue = _sums(now_rows)
    return Sales(
        [*past[:-WEEK], week_ago, *past[len(past) - WEEK + 1 :], Day(today, orders, orders, revenue, revenue)]
    )


def _past(now: datetime) -> list[Day]:
    """The thirteen days before today."""
    first = now.date() - timedelta(days=DAYS - 1)
    known: dict[str, str | datetime] = {
        "zone": str(now.tzinfo),
        "start": _midnight(first, now),
        "end": _midnight(now.date(), now),
    }
    found: dict[date, list[tuple[Any, ...]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_PAST, known)
        for day, *sums in cursor.fetchall():
            found.setdefault(day, []).append(tuple(sums))
    days = [first + timedelta(days=n) for n in range(DAYS - 1)]
    return [
        Day(day, orders=orders, revenue=sums) for day in days for orders, sums in [_sums(found.get(day, []))]
    ]


def _so_far(now: datetime) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Today's rows and those of the same day last week until this hour: currency, orders, revenue."""
    week_ago = now.date() - timedelta(days=WEEK)
    known = {
        "today": _midnight(now.date(), now),
        "week_ago": _midnight(week_ago, now),
        "hour": datetime.combine(week_ago, now.time(), tzinfo=now.tzinfo),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SO_FAR, known)
        rows = cursor.fetchall()
    return [row[1:] for row in rows if row[0]], [row[1:] for row in rows if not row[0]]


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), tzinfo=now.tzinfo)


def _sums(rows: list[tuple[Any, ...]]) -> tuple[int, tuple[tuple[str, Decimal], ...]]:
    """Orders of all currencies, and the revenue of each."""
    # The company's own currency leads, so that the figure speaks of the same money every day.
    rows = sorted(rows, key=lambda row: (row[0] != settings.COMPANY_CURRENCY, -row[1], row[0]))
    return sum(row[1] for row in rows), tuple((row[0], row[2]) for row in rows)


def _backlog() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_BACKLOG, [CAP + 1, [stage.value for stage in MOVING]])
        counted = dict(cursor.fetchall())
    return [(stage.value, counted.get(stage.value, 0)) for stage in MOVING]


def _out_of_stock() -> int:
    with connection.cursor() as cursor:
        cursor.execute(_OUT_OF_STOCK, [CAP + 1])
        return int(cursor.fetchone()[0])


def _important() -> int:
    return capped_count(attention.important(Order.objects.all()))
