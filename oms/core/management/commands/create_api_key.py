"""`manage.py create_api_key --channel web --scopes '*'`: a new key, printed alone on the last line."""

import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms.core.access import create_key, open_channel


class Command(BaseCommand):
    help = "Create an API key for a channel (made if missing) or the company. It is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        owner = parser.add_mutually_exclusive_group(required=True)
        owner.add_argument(
            "--channel",
            metavar="CODE",
            help="the channel's code; made if it is missing",
        )
        owner.add_argument("--company", action="store_true", help="a key that sees every channel")
        parser.add_argument(
            "--scopes",
            nargs="+",
            default=["*"],
            help="such as orders:read orders:write; * is all",
        )
        parser.add_argument("--rate", type=int, default=50, help="requests a second, 0 for no limit")
        parser.add_argument("--burst", type=int, default=200, help="how many requests may come at once")
        parser.add_argument("--name", default="", help="what people will know the key by")

    def handle(self, *args: Any, **options: Any) -> None:
        scopes = [scope for given in options["scopes"] for scope in re.split(r"[,\s]+", given) if scope]
        if options["rate"] < 0 or options["burst"] < 1:
            raise CommandError("A rate is 0 or more, a burst 1 or more.")
        try:
            channel = None if options["company"] else open_channel(options["channel"])
            _, secret = create_key(
                channel=channel,
                scopes=scopes,
                name=options["name"],
                rate=options["rate"],
                burst=options["burst"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"For {channel.code if channel else 'the company'}; it is shown this once:")
        self.stdout.write(secret)
