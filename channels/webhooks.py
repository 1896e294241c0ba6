"""Webhooks out: who wants to hear what, and each event told to them, signed, until they say they have it.

Standard Webhooks: `webhook-id` is the same for every try of one delivery, so a receiver can drop repeats.
"""

import base64
import json
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from standardwebhooks import Webhook

from channels import owed
from channels.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from oms.core import bell, egress
from oms.core.crypto import NotUnsealed, seal, unseal
from oms.core.errors import Conflict, Invalid
from oms.core.events import Recorded, record
from oms.core.models import Channel
from oms.core.saying import said

# What the contract promises to tell; every other event stays in the house.
TYPES = frozenset(
    {
        "order.placed",
        "order.held",
        "order.released",
        "order.edited",
        "order.cancelled",
        "order.allocated",
        "order.backordered",
        "shipment.created",
        "shipment.handed_over",
        "shipment.delivered",
        "shipment.exception",
        "return.requested",
        "return.received",
        "return.reimbursed",
        "payment.captured",
        "payment.refunded",
        "stock.changed",
        "stock.low",
        "stock.over",
        *(
            f"transfer.{step}"
            for step in ("requested", "approved", "shipped", "received", "closed", "cancelled")
        ),
        *(f"purchase.{step}" for step in ("drafted", "sent", "received", "closed", "cancelled")),
    }
)
PATTERNS = TYPES | {"*"} | {f"{kind.partition('.')[0]}.*" for kind in TYPES}
# Of the company's own affairs no channel's endpoint hears.
COMPANYS = ("transfer.", "purchase.")
RESOURCES = {
    "order": "orders",
    "shipment": "shipments",
    "return": "returns",
    "transfer": "transfers",
    "purchase": "purchase-orders",
}
MOST_ENDPOINTS = 50

SECONDS = 10.0
# Longer than a try can last, the time a slow resolver takes included.
LEASE = timedelta(seconds=60)
# 72 hours in all; an endpoint that has not answered by then has lost the delivery, until somebody replays it.
DELAYS = (
    *(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800)),
    *(timedelta(hours=h) for h in (1, 2, 4, 8, 8, 12, 12, 12, 12.3)),
)
KEPT = timedelta(days=30)
TASK = "channels.tasks.deliver_webhooks"


@transaction.atomic
def add_endpoint(
    *, url: str, events: Sequence[str], channel: Channel | None, actor: str
) -> tuple[WebhookEndpoint, str]:
    """A new endpoint and its secret, which is shown this once. Without a channel it hears the whole company.

    Raises Invalid for an address we do not call or an event we do not tell, Conflict when there are too many.
    """
    address = _address(url)
    patterns = _patterns(events, channel)
    if WebhookEndpoint.objects.filter(channel=channel).count() >= MOST_ENDPOINTS:
        raise Conflict(f"There are {MOST_ENDPOINTS} endpoints already.", code="too_many_endpoints")
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    endpoint = WebhookEndpoint.objects.create(
        url=address, events=patterns, channel=channel, secret=seal(secret)
    )
    _record("webhook.added", endpoint, actor)
    return endpoint, secret


@transaction.atomic
def change_endpoint(
    endpoint: WebhookEndpoint,
    *,
    url: str | None = None,
    events: Sequence[str] | None = None,
    active: bool | None = None,
    actor: str,
) -> None:
    """Change what is given. What an inactive endpoint is still owed waits until it is active again."""
    if url is not None:
        endpoint.url = _address(url)
    if events is not None:
        endpoint.events = _patterns(events, endpoint.channel)
    if active is not None:
        endpoint.active = active
    endpoint.save(update_fields=["url", "events", "active"])
    _record("webhook.changed", endpoint, actor)


@transaction.atomic
def remove_endpoint(endpoint: WebhookEndpoint, *, actor: str) -> None:
    """The endpoint and everything it was told or owed are gone."""
    _record("webhook.removed", endpoint, actor)
    endpoint.delete()


@transaction.atomic
def replay(delivery: WebhookDelivery, *, actor: str) -> None:
    """Owe a delivery again, at once and with all its tries, whatever became of it. Its `webhook-id` stays."""
    delivery.state = DeliveryState.PENDING
    delivery.attempts = 0
    delivery.next_try_at = timezone.now()
    delivery.delivered_at = None
    delivery.save(update_fields=["state", "attempts", "next_try_at", "delivered_at"])
    _record("webhook.replayed", delivery.endpoint, actor, delivery=str(delivery.pk))
    transaction.on_commit(ring, robust=True)


def on_event(event: Recorded) -> None:
    """Owe the event to every endpoint that asked for it and may hear it. Of stock all may, of transfers and purchases
    the company's own."""
    if event.kind not in TYPES:
        return
    family = event.kind.partition(".")[0]
    may_hear = Q() if family == "stock" else Q(channel=None) | Q(channel_id=event.channel_id)
    endpoints = WebhookEndpoint.objects.filter(
        may_hear, active=True, events__overlap=["*", f"{family}.*", event.kind]
    )
    body = _body(event)
    deliveries = [
        WebhookDelivery(endpoint=endpoint, event_id=event.id, type=event.kind, body=body)
        for endpoint in endpoints
    ]
    if deliveries:
        WebhookDelivery.objects.bulk_create(deliveries, ignore_conflicts=True)
        transaction.on_commit(ring, robust=True)


def ring() -> None:
    """Tell a worker that deliveries are due."""
    bell.call(TASK, queue="bulk")


def deliver_due(*, seconds: float = 30.0, threads: int = 1) -> int:
    """Try what is due until nothing is, or the time is up; returns how many tries were made.

    With several `threads` slow endpoints wait beside each other, each thread with a connection of its own.
    """
    bell.answer(TASK)
    until = time.monotonic() + seconds
    if threads == 1:
        tried = _deliver_until(until)
    else:
        with ThreadPoolExecutor(threads) as pool:
            tried = sum(pool.map(_deliver_apart, [until] * threads))
    if time.monotonic() > until:
        ring()
    return tried


def _deliver_until(until: float) -> int:
    tried = 0
    active = WebhookDelivery.objects.filter(endpoint__active=True).select_related("endpoint")
    while time.monotonic() < until and (delivery := owed.claim(active, lease=LEASE, delays=DELAYS)):
        _try(delivery)
        tried += 1
    return tried


def _deliver_apart(until: float) -> int:
    try:
        return _deliver_until(until)
    finally:
        connection.close()


def forget_old() -> int:
    """Delete what was delivered, or died, longer ago than it is kept."""
    old = WebhookDelivery.objects.exclude(state=DeliveryState.PENDING)
    gone, _ = old.filter(created_at__lt=timezone.now() - KEPT).delete()
    return gone


def _try(delivery: WebhookDelivery) -> None:
    try:
        reply = _send(delivery)
    except (egress.EgressError, NotUnsealed) as error:
        owed.put_off(delivery, str(error), delays=DELAYS)
        _spare(delivery)
        return
    seen = {
        "response_status": reply.status,
        "response_body": reply.body.decode("utf-8", "replace").replace("\x00", "")[:1000],
    }
    if 200 <= reply.status < 300:
        owed.settle(
            delivery, state=DeliveryState.DELIVERED, delivered_at=timezone.now(), last_error="", **seen
        )
        return
    # 410 is how Standard Webhooks lets a receiver end it.
    gone = reply.status == 410
    owed.put_off(delivery, f"The endpoint answered {reply.status}.", delays=DELAYS, final=gone, **seen)
    if gone:
        change_endpoint(delivery.endpoint, active=False, actor="system")


def _send(delivery: WebhookDelivery) -> egress.Reply:
    body = json.dumps(delivery.body, ensure_ascii=False, separators=(",", ":"))
    message_id = f"msg_{delivery.pk.hex}"
    now = timezone.now()
    return egress.request(
        "POST",
        delivery.endpoint.url,
        content=body.encode(),
        headers={
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(unseal(delivery.endpoint.secret)).sign(message_id, now, body),
        },
        seconds=SECONDS,
    )


def _spare(delivery: WebhookDelivery) -> None:
    """Nobody was there: the endpoint's other deliveries wait a little and hold nobody else's up."""
    waiting = WebhookDelivery.objects.filter(endpoint_id=delivery.endpoint_id, state=DeliveryState.PENDING)
    now = timezone.now()
    waiting.filter(next_try_at__lte=now).update(next_try_at=now + DELAYS[1])


def _body(event: Recorded) -> dict[str, Any]:
    family, _, number = event.subject.partition("/")
    at = event.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    path = (
        f"stock/?sku={quote(number, safe='')}"
        if family == "stock"
        else f"{RESOURCES.get(family, family)}/{number}/"
    )
    return {
        "type": event.kind,
        "timestamp": at,
        "data": {
            "id": event.data.get("id"),
            "number": event.data.get("number", number),
            "version": event.data.get("version"),
            "url": f"{settings.BASE_URL}/api/v1/{path}",
        },
    }


def _address(url: str) -> str:
    try:
        address = str(egress.check_url(url))
    except egress.Refused as error:
        raise Invalid.at("/url", str(error), "invalid_url") from error
    if len(address) > 500:
        raise Invalid.at("/url", said("An address has at most 500 characters."), "invalid_url")
    return address


def _patterns(events: Sequence[str], channel: Channel | None) -> list[str]:
    for index, pattern in enumerate(events):
        if pattern not in PATTERNS:
            raise Invalid.at(
                f"/events/{index}", said("There is no event %(event)s.", event=pattern), "unknown_event"
            )
        if channel is not None and pattern.startswith(COMPANYS):
            raise Invalid.at(
                f"/events/{index}",
                said("A channel does not hear of %(event)s.", event=pattern),
                "company_event",
            )
    if not events:
        raise Invalid.at("/events", said("Name at least one event, or '*'."))
    return list(dict.fromkeys(events))


def _record(kind: str, endpoint: WebhookEndpoint, actor: str, **data: str) -> None:
    facts = {"id": str(endpoint.pk), "number": str(endpoint.pk), "version": 1, **data}
    record(kind, f"webhook/{endpoint.pk}", actor=actor, channel_id=endpoint.channel_id, data=facts)
