"""Monthly partitions of the append-only tables.

Each table also has a default partition, so that a missed run loses nothing.
"""

from datetime import date, timedelta

from django.db import connection
from django.utils import timezone

TABLES = ("core_event", "core_outbox", "inventory_movement", "inventory_lotmovement")
MONTHS_AHEAD = 3


def months(first: date, count: int) -> list[tuple[date, date]]:
    """The first day of each month and of the one after it."""
    spans = []
    start = first.replace(day=1)
    for _ in range(count):
        end = (start + timedelta(days=32)).replace(day=1)
        spans.append((start, end))
        start = end
    return spans


def statements(table: str, first: date, count: int) -> list[str]:
    """DDL that makes `count` monthly partitions of `table` from `first` on, where absent."""
    return [
        f"CREATE TABLE IF NOT EXISTS {table}_{start:%Y_%m} PARTITION OF {table} "
        f"FOR VALUES FROM ('{start}') TO ('{end}')"
        for start, end in months(first, count)
    ]


def ensure() -> None:
    """Make the partitions of this month and the next three."""
    with connection.cursor() as cursor:
        for table in TABLES:
            for statement in statements(table, timezone.now().date(), MONTHS_AHEAD + 1):
                cursor.execute(statement)
