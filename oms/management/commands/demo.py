"""`manage.py demo`: the demo company, through the public API of a running server; safe to run again."""

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from channels.demo import company, knowing, playing
from channels.demo.door import Door, Refused
from oms.core.access import create_key
from oms.core.models import ApiKey, Channel, Role
from oms.management.commands.prepare import DEMO_PASSWORD

NAME = "demo"


class Command(BaseCommand):
    help = "Fill an empty company with real baskets and move them along; a second run adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="", help="the running server; by default the one of `make run`")
        parser.add_argument("--only", type=int, help="the newest so many invoices instead of all")
        parser.add_argument("--logins-only", action="store_true", help="make the staff and stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PRODUCTION:
            self.hire()
        if options["logins_only"]:
            return
        bound = os.environ.get("BIND", "")
        door = Door(options["url"] or (f"http://{bound}" if bound else settings.BASE_URL), self.key())
        try:
            playing.play(door, say=self.say, now=timezone.now(), only=options["only"])
            if not settings.PRODUCTION:
                knowing.know()
        except (Refused, RuntimeError) as error:
            raise CommandError(f"The demo stopped: {error}. `manage.py demo` goes on from there.") from error
        finally:
            door.close()
            self.forget_keys()
        self.say("ready")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def hire(self) -> None:
        """One of each role; the warehouse's people are bound to the two Saudi warehouses."""
        users = get_user_model().objects
        for role in Role.values:
            boss = role == Role.ADMIN
            user, new = users.get_or_create(
                username=role, defaults={"role": role, "is_staff": True, "is_superuser": boss}
            )
            if new:
                user.set_password(DEMO_PASSWORD)
            if role == Role.WAREHOUSE and not user.locations:
                user.locations = ["RUH", "JED"]
            user.save()
        self.say(f"logins: {', '.join(Role.values)}; password {DEMO_PASSWORD}")

    def key(self) -> str:
        """The company's own key for this run alone."""
        for code, _, brand in company.CHANNELS:
            Channel.objects.get_or_create(code=code, defaults={"name": code.capitalize(), "brand": brand})
        self.forget_keys()
        _, secret = create_key(channel=None, scopes=["*"], name=NAME, rate=0)
        return secret

    def forget_keys(self) -> None:
        ApiKey.objects.filter(name=NAME, channel=None, revoked_at=None).update(revoked_at=timezone.now())
