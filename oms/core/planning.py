"""Statements planned for their own values.

PostgreSQL keeps one plan for a statement a connection has prepared, whatever its values: right for the road of an
order, wrong for a list. “Every completed order” and “the few that are picked” are one statement with other values,
and the plan that suits the one walks half a million rows for the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


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
