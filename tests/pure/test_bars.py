"""The week beside the week before: heights in whole parts, a scale people read."""

from datetime import date, timedelta

from oms.backoffice.bars import round_top, week
from oms.backoffice.figures import Day

FIRST = date(2026, 11, 10)


def test_each_day_stands_beside_its_like_a_week_before() -> None:
    days = [Day(FIRST + timedelta(days=n), orders=n) for n in range(14)]
    chart = week(days, lambda day: f"/orders/?day={day}")
    assert [(bar.count, bar.before) for bar in chart.bars] == [(n, n - 7) for n in range(7, 14)]
    assert chart.scale == (20, 10, 0)
    last = chart.bars[-1]
    assert (last.height, last.top, last.href) == (130, 70, "/orders/?day=2026-11-23")


def test_a_fortnight_without_orders_draws_nothing() -> None:
    chart = week([Day(FIRST + timedelta(days=n)) for n in range(14)], str)
    assert {(bar.height, bar.height_before) for bar in chart.bars} == {(0, 0)}


def test_the_scale_ends_at_an_even_figure() -> None:
    assert [round_top(most) for most in (0, 1, 5, 10, 11, 61, 101, 12345)] == [
        2,
        2,
        6,
        10,
        20,
        80,
        200,
        20000,
    ]
