"""Hooks in: the signature is checked, the raw bytes kept, the sender answered; a worker does the rest."""

import base64
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from channels import intake
from channels.models import InboxMessage, InboxState
from oms.core.crypto import NotUnsealed, seal, unseal
from oms.core.errors import Invalid, NotFound, Problem, Unauthenticated
from oms.core.events import Recorded, record
from oms.core.models import Channel

# Never the sender's cookies or keys.
KEPT_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent")
# Refusals that time may heal: the catalogue or the stock arrives after the order. Others are final at once.
MAY_HEAL = {"unknown_sku", "unknown_location", "insufficient_stock"}
DELAYS = (
    *(timedelta(minutes=m) for m in (1, 5, 30)),
    *(timedelta(hours=h) for h in (2, 6, 12, 24)),
)
# How long a retry that was asked for may take before it is asked for again.
LEASE = timedelta(hours=1)
KEPT = timedelta(days=30)


@transaction.atomic
def set_hook_secret(channel: Channel, *, actor: str) -> str:
    """A new secret for the channel's hook, which is shown this once; the old one stops at once."""
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    channel.hook_secret = seal(secret)
    channel.save(update_fields=["hook_secret"])
    data = {"id": channel.pk, "number": channel.code, "version": 1}
    record(
        "channel.hook_secret_set", f"channel/{channel.code}", actor=actor, channel_id=channel.pk, data=data
    )
    return secret


@transaction.atomic
def receive(code: str, headers: Mapping[str, str], body: bytes) -> tuple[InboxMessage, bool]:
    """Keep a hook as it came; False for a repeat, which does nothing.

    Raises NotFound for an unknown channel, Unauthenticated for a wrong, missing or stale signature.
    """
    channel = Channel.objects.filter(code=code, active=True).first()
    if channel is None:
        raise NotFound("There is no such channel.")
    _verify(channel, headers, body)
    key = headers["webhook-id"]
    if len(key) > 200:
        raise Invalid("A webhook-id has at most 200 characters.", code="webhook_id_invalid")
    kept = {name: headers[name][:500] for name in KEPT_HEADERS if name in headers}
    message, new = InboxMessage.objects.get_or_create(
        channel=channel, dedupe_key=key, defaults={"headers": kept, "body": body}
    )
    if new:
        _tell(message, channel, f"hook:{channel.code}")
    return message, new


def on_hook_received(event: Recorded) -> None:
    """Work on a kept hook. A refusal is kept with it, and tried again if time may heal it."""
    message = (
        InboxMessage.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel")
        .get(pk=UUID(event.data["id"]))
    )
    if message.state != InboxState.PENDING:
        return
    message.attempts += 1
    try:
        with transaction.atomic():
            intake.accept(message.channel, bytes(message.body), actor=f"hook:{message.channel.code}")
    except Problem as refusal:
        _put_off(message, refusal)
    else:
        message.state, message.done_at, message.last_error = InboxState.DONE, timezone.now(), ""
    message.save(update_fields=["state", "attempts", "next_try_at", "last_error", "done_at"])


@transaction.atomic
def retry_due(*, limit: int = 200) -> int:
    """Ask again for what was put off and is due; returns how many."""
    now = timezone.now()
    due = InboxMessage.objects.filter(state=InboxState.PENDING, attempts__gt=0, next_try_at__lte=now)
    rows = due.select_related("channel").select_for_update(of=("self",), skip_locked=True, no_key=True)
    found = list(rows.order_by("next_try_at")[:limit])
    for message in found:
        message.next_try_at = now + LEASE
        message.save(update_fields=["next_try_at"])
        _tell(message, message.channel, "system")
    return len(found)


@transaction.atomic
def retry(message: InboxMessage, *, actor: str) -> None:
    """A person asks again for a hook that was given up; one that is done stays done."""
    again = InboxMessage.objects.filter(pk=message.pk).exclude(state=InboxState.DONE)
    if again.update(state=InboxState.PENDING, attempts=0):
        _tell(message, message.channel, actor)


def forget_old() -> int:
    """Delete what was done longer ago than it is kept: raw hooks hold names and addresses."""
    gone, _ = InboxMessage.objects.filter(state=InboxState.DONE, done_at__lt=timezone.now() - KEPT).delete()
    return gone


def _verify(channel: Channel, headers: Mapping[str, str], body: bytes) -> None:
    try:
        secret = unseal(channel.hook_secret)
        # The library reads a plain dict, and trips over malformed base64 with a ValueError.
        given = {name: headers.get(name, "") for name in KEPT_HEADERS[:3]}
        Webhook(secret).verify(body, given, json_parse=False)
    except (WebhookVerificationError, NotUnsealed, ValueError) as error:
        raise Unauthenticated("The signature does not fit, or is too old.", code="bad_signature") from error


def _put_off(message: InboxMessage, refusal: Problem) -> None:
    told = json.dumps(refusal.errors, ensure_ascii=False) if refusal.errors else ""
    message.last_error = f"{refusal.code}: {refusal.detail} {told}".strip().replace("\x00", "")[:2000]
    heals = refusal.code in MAY_HEAL or refusal.status >= 500
    if heals and message.attempts <= len(DELAYS):
        message.next_try_at = timezone.now() + DELAYS[message.attempts - 1]
    else:
        message.state = InboxState.DEAD


def _tell(message: InboxMessage, channel: Channel, actor: str) -> None:
    data = {"id": str(message.pk), "number": str(message.pk), "version": 1}
    record("hook.received", f"hook/{message.pk}", actor=actor, channel_id=channel.pk, data=data)
