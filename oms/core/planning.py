"""Statements planned for their own values.

PostgreSQL keeps one plan for a statement a connection has prepared, whatever its values: right for the road of an
order, wrong for a list. “Every completed order” and “the few that are picked” are one statement with other values,
and the plan that suits the one walks half a million rows for the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL


@contextmanager
def planned_anew() -> Iterator[None]:
    """What is asked inside is planned each time, with its values known."""
    connection.ensure_connection()
    driver = connection.connection
    usual, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = usual


def rare_keys(keys: "QuerySet[Any]", most: int) -> str | None:
    """The UUIDs of a query of one column as PostgreSQL writes an array; None for more than `most`.

    Told the keys, PostgreSQL sorts these few; left to guess, it may walk half a million rows from the newest on to
    find them. They go there and back as one text: thousands of keys read and written one by one cost more than either.
    """
    try:
        sql, facts = keys[: most + 1].query.sql_with_params()
    except EmptyResultSet:
        return "{}"
    with planned_anew(), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), array_agg(key)::text FROM ({sql}) AS found (key)", facts)
        count, found = cursor.fetchone()
    return (found or "{}") if count <= most else None


def only(rows: "QuerySet[Any]", keys: str) -> "QuerySet[Any]":
    """Those of these keys: a list is joined by, thousands of constants would be looked for in every row."""
    return rows.filter(pk__in=RawSQL("SELECT unnest(%s::uuid[])", [keys]))
