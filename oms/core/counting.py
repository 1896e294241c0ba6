"""Counts beside a list and in the navigation: they stop at a cap, and what is counted together is one statement.

What many pages ask for is kept for some seconds (`recall`, `keep`), until something changed much of it (`forget`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from oms.core.planning import planned_anew

# Beyond this many rows a count says "1,000+": every one more is a row to look at.
CAP = 1000
# What is kept belongs to a turn: a new one, and all of it is counted anew.
_TURN = "counts:turn"


@dataclass(frozen=True, slots=True)
class Figure:
    """A count by SQL of its own: a SELECT of one value."""

    sql: str
    facts: Sequence[Any]


# Rows to be counted up to the cap, or a figure to be read.
Countable = QuerySet[Any] | Figure


def capped_count(rows: "QuerySet[Any]", cap: int = CAP, *, along: Sequence[str] = ()) -> int:
    """How many rows, at most `cap` + 1: beyond it nobody reads the figure, and counting would cost.

    `along`: the fields of the index to walk, where PostgreSQL takes rare rows for common ones and reads them all.
    """
    with planned_anew():
        return rows.order_by(*along).values("pk")[: cap + 1].count()


def counted(asked: Mapping[str, Countable]) -> dict[str, int]:
    """Each by its name, at most `CAP` + 1; whatever there is to count, by one statement.

    Rows in an order are counted along it: `capped_count` says why one would.
    """
    if not asked:
        return {}
    figures = [_figure(each) for each in asked.values()]
    columns = ", ".join(f"({figure.sql})" for figure in figures)
    with planned_anew(), connection.cursor() as cursor:
        cursor.execute(f"SELECT {columns}", [fact for figure in figures for fact in figure.facts])
        return {name: min(count, CAP + 1) for name, count in zip(asked, cursor.fetchone(), strict=True)}


def _figure(each: Countable) -> Figure:
    if isinstance(each, Figure):
        return each
    ordered = each if each.query.order_by else each.order_by()
    try:
        sql, facts = ordered.values("pk")[: CAP + 1].query.sql_with_params()
    except EmptyResultSet:
        return Figure("SELECT 0", [])
    return Figure(f"SELECT count(*) FROM ({sql}) AS counted", facts)


def recall(*names: str) -> tuple[str, dict[str, Any]]:
    """The turn it is, and what is kept in it under these names."""
    found = cache.get_many([*names, _TURN])
    turn = found.pop(_TURN, "")
    return turn, {name: value for name, (of, value) in found.items() if of == turn}


def keep(turn: str, name: str, value: object, seconds: int) -> None:
    """Under the turn that was read before it was counted: what is older than a change outlives it nowhere."""
    cache.set(name, (turn, value), seconds)


def forget() -> None:
    """Many rows changed: whoever asks next, of whatever role, is told what is counted then."""
    cache.set(_TURN, uuid4().hex, None)
