"""Counts beside a list and in the navigation: they stop at a cap, and what is counted together is one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from oms.core.planning import planned_anew

# Beyond this many rows a count says "1,000+": every one more is a row to look at.
CAP = 1000

# Rows to be counted up to the cap, or a figure that is known already.
Countable = QuerySet[Any] | int


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
    known, parts, facts = {}, {}, list[Any]()
    for name, each in asked.items():
        known[name] = min(each, CAP + 1) if isinstance(each, int) else 0
        statement = None if isinstance(each, int) else _statement(each)
        if statement:
            parts[name] = f"(SELECT count(*) FROM ({statement[0]}) AS counted)"
            facts += statement[1]
    if parts:
        with planned_anew(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts.values())}", facts)
            known |= zip(parts, cursor.fetchone(), strict=True)
    return known


def _statement(rows: "QuerySet[Any]") -> tuple[str, tuple[Any, ...]] | None:
    """None where Django knows that there is no row."""
    try:
        ordered = rows if rows.query.order_by else rows.order_by()
        return ordered.values("pk")[: CAP + 1].query.sql_with_params()
    except EmptyResultSet:
        return None
