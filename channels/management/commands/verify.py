"""`manage.py verify`: every rule of the product proved on the live database, from one snapshot of it."""

import itertools
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from oms.verifying import CHECKS, Check
from orders import verifying

SHOWN = 5
DERIVED = "orders: totals and statuses are what lines, holds and payments say"


class Command(BaseCommand):
    help = "Prove that counters, ledgers, statuses and deliveries agree. Reads only; exits with 1 if a rule is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--minutes", type=int, default=60, help="how long a delivery may take (default 60)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        # One snapshot: orders may come in while this runs, and half of one must not be seen.
        outermost = not connection.in_atomic_block
        with transaction.atomic():
            if outermost:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for check in CHECKS:
                broken += self.tell(check.name, self.rows(check, options["minutes"]), note=check.note)
            stale = (
                f"{order}: " + ", ".join(f"{name} {was} is {true}" for name, (was, true) in different.items())
                for order, different in verifying.stale()
            )
            broken += self.tell(DERIVED, stale)
        if broken:
            self.stdout.write(f"{broken} of {len(CHECKS) + 1} rules are broken.")
            sys.exit(1)
        self.stdout.write(f"All {len(CHECKS) + 1} rules hold.")

    def rows(self, check: Check, minutes: int) -> Iterable[str]:
        with connection.cursor() as cursor:
            cursor.execute(check.sql, [minutes] if check.minutes else None)
            for row in cursor:
                yield f"{row[0]}: " + ", ".join(str(value)[:200] for value in row[1:])

    def tell(self, name: str, rows: Iterable[str], *, note: bool = False) -> bool:
        """Print the verdict with its first rows; True if the rule is broken."""
        began = time.monotonic()
        rows = iter(rows)
        shown = list(itertools.islice(rows, SHOWN))
        count = len(shown) + sum(1 for _ in rows)
        verdict = "OK" if not count else "NOTE" if note else "FAIL"
        self.stdout.write(f"{verdict:4} {count:8} {time.monotonic() - began:6.1f} s  {name}")
        for row in shown:
            self.stdout.write(f"            {row}")
        return bool(count) and not note
