"""`manage.py rebuild_stock`: says which stock figures differ from the ledger, and with --apply sets them right."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

from inventory.stock import rebuilding
from inventory.stock.rebuilding import Wrong


class Command(BaseCommand):
    help = (
        "Compare every stock figure with its movements, reservations and what is on its way. "
        "Changes nothing without --apply. Exits with 1 while a figure differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--apply", action="store_true", help="set the figures right")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["apply"]:
            mended, left = rebuilding.rebuild(actor="command:rebuild_stock")
            self.tell(mended)
            self.tell(left)
            self.stdout.write(f"{len(mended)} levels set right, {len(left)} left.")
        else:
            left = rebuilding.compare()
            self.tell(left)
            self.stdout.write(
                f"{len(left)} levels differ. Run with --apply to set them right."
                if left
                else "Every level is what the ledger says."
            )
        if left:
            sys.exit(1)

    def tell(self, wrongs: Sequence[Wrong]) -> None:
        for wrong in wrongs:
            figures = ", ".join(
                f"{name} {stored} is {true} ({true - stored:+d})"
                for name, (stored, true) in wrong.differences.items()
            )
            refused = f" — cannot be set right: {wrong.refused}" if wrong.refused else ""
            self.stdout.write(f"{wrong.sku} at {wrong.location}: {figures}{refused}")
