"""`manage.py reseal_secrets`: every stored secret under the newest sealing key, so that an old key can go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from channels.models import WebhookEndpoint
from oms.core.crypto import NotUnsealed, reseal
from oms.core.models import Channel


class Command(BaseCommand):
    help = "Put the new key first in SEALING_KEY, run this, then take the old key out."

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        with transaction.atomic():
            for rows, field in (
                (Channel.objects.exclude(hook_secret=""), "hook_secret"),
                (WebhookEndpoint.objects.all(), "secret"),
            ):
                for row in rows.select_for_update(no_key=True):
                    try:
                        setattr(row, field, reseal(getattr(row, field)))
                    except NotUnsealed as error:
                        raise CommandError(f"{row}: {error} Nothing was changed.") from error
                    row.save(update_fields=[field])
                    done += 1
        self.stdout.write(f"{done} secrets resealed.")
