"""`manage.py rebuild_valuation`: works every closing out again from the first movement on, and says what differs."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from inventory import closing
from inventory.models import Closing


class Command(BaseCommand):
    help = "Work each closed month out again from its movements alone. Exits with 1 where it differs."

    def handle(self, *args: Any, **options: Any) -> None:
        wrongs = list(closing.compare())
        for wrong in wrongs:
            self.stdout.write(
                f"{wrong.month:%Y-%m} {wrong.sku} at {wrong.location}: "
                f"{wrong.stored[0]} worth {wrong.stored[1]} is {wrong.true[0]} worth {wrong.true[1]}"
            )
        self.stdout.write(f"{Closing.objects.count()} closings worked out again, {len(wrongs)} lines differ.")
        if wrongs:
            sys.exit(1)
