"""`manage.py create_hook_secret --channel web`: the secret of its hook, alone on the last line."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from channels.inbox import set_hook_secret
from oms.core.access import open_channel


class Command(BaseCommand):
    help = "Set a new secret for a channel's hook; a missing channel is made. It is shown this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--channel", metavar="CODE", required=True, help="the channel's code")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            channel = open_channel(options["channel"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        secret = set_hook_secret(channel, actor="console")
        self.stdout.write(f"For {settings.BASE_URL}/api/v1/hooks/{channel.code}/; it is shown this once:")
        self.stdout.write(secret)
