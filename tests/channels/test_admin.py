"""Staff see what came, what goes and what failed, and ask for it again."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import inbox, webhooks
from channels.models import InboxMessage, Message, WebhookDelivery, WebhookEndpoint
from oms.core import access
from oms.core.events import record
from oms.core.models import ApiKey, Event, Outbox, User
from tests import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("mona", password=None, role="admin"))
    return client


def act(client: Client, model: str, action: str, *ids: Any) -> Any:
    url = reverse(f"admin:{model}_changelist")
    return client.post(url, {"action": action, "_selected_action": [str(pk) for pk in ids]}, follow=True)


@pytest.fixture
def endpoint() -> WebhookEndpoint:
    return webhooks.add_endpoint(url="https://a.example/", events=["*"], channel=None, actor="test")[0]


def test_every_list_and_row_opens(staff: Client, endpoint: WebhookEndpoint) -> None:
    channel = shop.channel()
    access.create_key(channel=channel, scopes=["*"])
    InboxMessage.objects.create(channel=channel, dedupe_key="m1", body=b"\xff<script>alert(1)</script>")
    WebhookDelivery.objects.create(endpoint=endpoint, event_id=1, type="order.placed", body={})
    models = [
        "core_user",
        "core_channel",
        "core_apikey",
        "core_event",
        "core_outbox",
        "core_heartbeat",
        "channels_webhookendpoint",
        "channels_webhookdelivery",
        "channels_inboxmessage",
        "channels_message",
    ]
    for model in models:
        assert staff.get(reverse(f"admin:{model}_changelist")).status_code == 200, model
    for row in (endpoint, channel, *InboxMessage.objects.all(), *ApiKey.objects.all(), *Event.objects.all()):
        page = staff.get(reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk]))
        assert page.status_code == 200
        assert b"<script>alert" not in page.content
        assert endpoint.secret.encode() not in page.content
    assert staff.get(reverse("admin:core_outbox_changelist"), {"state": "dead"}).status_code == 200


def test_a_key_is_made_shown_once_and_revoked(staff: Client) -> None:
    form = {
        "channel": shop.channel().pk,
        "name": "shop",
        "scopes": "orders:read,orders:write",
        "rate": 5,
        "burst": 9,
    }
    page = staff.post(reverse("admin:core_apikey_add"), form, follow=True)
    key = ApiKey.objects.get()
    assert (key.scopes, key.rate, key.channel) == (["orders:read", "orders:write"], 5, shop.channel())
    secret = page.content.decode().split("shown this once: ")[1].split("<")[0].strip()
    assert access.principal_of_key(secret).may("orders:write")

    assert b"Unknown scope" in staff.post(reverse("admin:core_apikey_add"), form | {"scopes": "x"}).content
    act(staff, "core_apikey", "revoke", key.pk)
    with pytest.raises(access.Unauthenticated):
        access.principal_of_key(secret)
    assert Event.objects.get(kind="key.revoked").actor == "staff:mona"
    act(staff, "core_apikey", "revoke", key.pk)
    assert Event.objects.filter(kind="key.revoked").count() == 1


def test_dead_letters_of_every_kind_are_retried(staff: Client, endpoint: WebhookEndpoint) -> None:
    with transaction.atomic():
        record("order.checked", "order/1", actor="test")
    row = Outbox.objects.get(kind="order.checked")
    Outbox.objects.filter(pk=row.pk).update(dead_at=timezone.now(), attempts=8)
    act(staff, "core_outbox", "retry", row.pk)
    row.refresh_from_db()
    assert (row.dead_at, row.attempts) == (None, 0)

    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event_id=1, type="order.placed", body={}, state="dead"
    )
    act(staff, "channels_webhookdelivery", "replay", delivery.pk)
    delivery.refresh_from_db()
    assert delivery.state == "pending"

    hook = InboxMessage.objects.create(
        channel=shop.channel(), dedupe_key="m1", body=b"x", state="dead", attempts=8
    )
    act(staff, "channels_inboxmessage", "retry", hook.pk)
    hook.refresh_from_db()
    assert (hook.state, hook.attempts) == ("pending", 0)
    assert Event.objects.get(kind="hook.received").actor == "staff:mona"
    assert inbox.retry_due() == 0

    act(staff, "channels_webhookendpoint", "pause", endpoint.pk)
    endpoint.refresh_from_db()
    assert endpoint.active is False
    assert Message.objects.count() == 0


def test_nobody_without_the_right_sees_any_of_it() -> None:
    client = Client()
    client.force_login(User.objects.create_user("sam", password=None, role="agent", is_staff=True))
    for model in ("core_apikey", "core_user", "core_outbox", "channels_inboxmessage"):
        assert client.get(reverse(f"admin:{model}_changelist")).status_code == 403
