"""A small bar chart: this week's days beside the same days a week before, as figures a template draws.

Drawn on the server, so that it needs no script, prints, and follows theme and direction by itself. Heights are whole
parts of FULL: a policy without inline styles leaves a drawing's own attributes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from oms.backoffice.figures import Day

WEEK = 7
FULL = 200


@dataclass(frozen=True, slots=True)
class Bar:
    date: date
    count: int
    before: int
    height: int
    height_before: int
    href: str

    @property
    def top(self) -> int:
        return FULL - self.height

    @property
    def top_before(self) -> int:
        return FULL - self.height_before


@dataclass(frozen=True, slots=True)
class Bars:
    """`scale`: the figures at the lines, from the top down."""

    bars: list[Bar]
    scale: tuple[int, int, int]


def week(days: list[Day], address: Callable[[date], str]) -> Bars:
    """The last seven of fourteen days; `address` is where a day's orders are listed."""
    now, then = days[-WEEK:], days[-2 * WEEK : -WEEK]
    top = round_top(max(day.orders for day in days[-2 * WEEK :]))
    return Bars(
        [
            Bar(
                day.date,
                day.orders,
                before.orders,
                round(day.orders * FULL / top),
                round(before.orders * FULL / top),
                address(day.date),
            )
            for day, before in zip(now, then, strict=True)
        ],
        (top, top // 2, 0),
    )


def round_top(most: int) -> int:
    """The next even figure people read easily: 2, 4, 6, 8, 10, 20, 40, …"""
    power = 1
    while most > 10 * power:
        power *= 10
    return next(step * power for step in (2, 4, 6, 8, 10) if most <= step * power)
