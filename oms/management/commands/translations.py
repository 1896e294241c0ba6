"""`manage.py translations [--check]`: bring the catalogues up to the source, or say what they lack."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms import messages


class Command(BaseCommand):
    help = "Extract sentences into locale/; with --check only compare, and fail on anything missing or fuzzy."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            messages.update()
        found = messages.faults()
        for line in found:
            self.stdout.write(line)
        if found and options["check"]:
            raise CommandError(f"{len(found)} faults in the translations; `make messages` brings them in.")
