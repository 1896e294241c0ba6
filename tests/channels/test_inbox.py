"""Signed hooks: kept as they came, answered first, worked on once."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from standardwebhooks import Webhook

from channels import inbox
from channels.models import InboxMessage
from oms.core import outbox
from oms.core.models import Channel, Event
from orders import checking
from orders.models import Order
from tests import shop

pytestmark = pytest.mark.django_db

HANDLERS = {"hook.received": [inbox.on_hook_received], "order.placed": [checking.on_order_placed]}


@pytest.fixture(autouse=True)
def only_what_places_orders(settings: Any) -> None:
    settings.EVENT_HANDLERS = f"{__name__}.HANDLERS"


@pytest.fixture
def web() -> Channel:
    return shop.channel("web")


@pytest.fixture
def secret(web: Channel) -> str:
    return inbox.set_hook_secret(web, actor="test")


def send(
    secret: str,
    body: Any,
    *,
    id: str = "msg_1",
    channel: str = "web",
    at: datetime | None = None,
    **headers: str,
) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    at = at or datetime.now(UTC)
    signed = {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id, at, raw.decode("utf-8", "ignore")),
        "cookie": "session=of-the-sender",
        **headers,
    }
    return Client(raise_request_exception=False).post(
        f"/api/v1/hooks/{channel}/", raw, "application/json", headers=signed
    )


def test_a_signed_hook_is_kept_answered_and_becomes_an_order(web: Channel, secret: str) -> None:
    shop.product("TEE", RUH=5)
    body = shop.order_body(("TEE", 2), external_id="shop-77")

    answer = send(secret, body)

    assert answer.status_code == 202
    kept = InboxMessage.objects.get()
    assert answer.json() == {"id": str(kept.pk)}
    assert json.loads(bytes(kept.body)) == body
    assert "cookie" not in {name.lower() for name in kept.headers}
    assert Order.objects.count() == 0

    outbox.drain()

    kept.refresh_from_db()
    assert (kept.state, kept.attempts, kept.last_error) == ("done", 1, "")
    order = Order.objects.get()
    assert (order.external_id, order.channel, order.lines.get().quantity) == ("shop-77", web, 2)
    assert order.customer_name == "سارة العتيبي"
    assert Event.objects.get(kind="order.placed").actor == "hook:web"


def test_a_repeat_answers_200_and_does_nothing(secret: str) -> None:
    shop.product("TEE", RUH=5)
    body = shop.order_body(("TEE", 1))
    first = send(secret, body)
    outbox.drain()

    again = send(secret, body)
    outbox.drain()

    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert (InboxMessage.objects.count(), Order.objects.count()) == (1, 1)
    assert Event.objects.filter(kind="hook.received").count() == 1


def test_the_same_order_in_another_message_is_the_same_order(secret: str) -> None:
    shop.product("TEE", RUH=5)
    body = shop.order_body(("TEE", 1))
    send(secret, body, id="msg_1")
    send(secret, body, id="msg_2")
    outbox.drain()

    assert Order.objects.count() == 1
    assert [m.state for m in InboxMessage.objects.all()] == ["done", "done"]


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-signature": "nonsense"},
        {"webhook-signature": "v1,é"},
        {"webhook-signature": "v1,a,b"},
        {"webhook-signature": "v2,AAAA"},
        {"webhook-id": "another"},
        {"webhook-id": ""},
        {"webhook-timestamp": "yesterday"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": "1e400"},
        {"webhook-timestamp": "9" * 30},
    ],
)
def test_without_the_right_signature_nothing_is_kept(secret: str, headers: dict[str, str]) -> None:
    answer = send(secret, {"a": 1}, **headers)

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["code"] == "bad_signature"
    assert InboxMessage.objects.count() == 0


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_stale_or_early_timestamp_is_refused(secret: str, minutes: int) -> None:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    assert send(secret, {}, at=at).status_code == 401


def test_another_channels_secret_an_old_one_and_none_at_all_are_refused(web: Channel, secret: str) -> None:
    other = inbox.set_hook_secret(shop.channel("till"), actor="test")
    assert send(other, {}).status_code == 401
    inbox.set_hook_secret(web, actor="test")
    assert send(secret, {}).status_code == 401
    shop.channel("bare")
    assert send(secret, {}, channel="bare").status_code == 401
    assert InboxMessage.objects.count() == 0


def test_an_unknown_or_inactive_channel_is_not_there(web: Channel, secret: str) -> None:
    assert send(secret, {}, channel="nowhere").status_code == 404
    Channel.objects.filter(pk=web.pk).update(active=False)
    assert send(secret, {}).status_code == 404


def test_a_changed_body_does_not_fit_its_signature(secret: str) -> None:
    at = datetime.now(UTC)
    signature = Webhook(secret).sign("msg_1", at, '{"quantity":1}')
    answer = send(secret, {"quantity": 9}, at=at, **{"webhook-signature": signature})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"not json", "malformed_json"),
        (b"", "required"),
        (b"[]", "invalid"),
        (b'{"nul": "\\u0000"}', "nul_character"),
        (b'{"channel": "till"}', "required"),
    ],
)
def test_what_is_no_order_is_kept_as_a_dead_letter_with_its_reason(
    secret: str, body: bytes, code: str
) -> None:
    assert send(secret, body).status_code == 202
    outbox.drain()

    kept = InboxMessage.objects.get()
    assert (kept.state, kept.attempts) == ("dead", 1)
    assert kept.last_error.startswith(f"{code}: ")
    assert Order.objects.count() == 0


def test_a_hook_names_no_channel(secret: str) -> None:
    shop.product("TEE", RUH=5)
    send(secret, shop.order_body(("TEE", 1), channel="till"))
    outbox.drain()
    assert InboxMessage.objects.get().state == "dead"
    assert Order.objects.count() == 0


def test_an_order_ahead_of_its_catalogue_waits_for_it(secret: str) -> None:
    send(secret, shop.order_body(("NEW", 1)))
    outbox.drain()
    kept = InboxMessage.objects.get()
    assert (kept.state, kept.attempts) == ("pending", 1)
    assert kept.last_error.startswith("unknown_sku: ")
    assert inbox.retry_due() == 0

    shop.product("NEW", RUH=1)
    InboxMessage.objects.update(next_try_at=timezone.now())
    assert inbox.retry_due() == 1
    assert inbox.retry_due() == 0
    outbox.drain()

    kept.refresh_from_db()
    assert (kept.state, kept.attempts, kept.last_error) == ("done", 2, "")
    assert Order.objects.count() == 1


def test_what_never_heals_ends_as_a_dead_letter_that_a_person_can_retry(secret: str) -> None:
    shop.product("RARE", RUH=0)
    send(secret, shop.order_body(("RARE", 1)))
    outbox.drain()
    tries = 1
    while InboxMessage.objects.get().state == "pending":
        InboxMessage.objects.update(next_try_at=timezone.now())
        tries += inbox.retry_due()
        outbox.drain()
    assert tries == len(inbox.DELAYS) + 1

    shop.product("RARE", RUH=3)
    inbox.retry(InboxMessage.objects.get(), actor="staff:mona")
    outbox.drain()
    assert InboxMessage.objects.get().state == "done"
    assert Order.objects.count() == 1


def test_a_hook_done_long_ago_is_forgotten_and_one_not_done_is_kept(secret: str) -> None:
    shop.product("TEE", RUH=5)
    send(secret, shop.order_body(("TEE", 1)), id="a")
    send(secret, b"rubbish", id="b")
    outbox.drain()
    old = timezone.now() - timedelta(days=31)
    InboxMessage.objects.update(received_at=old)
    InboxMessage.objects.filter(state="done").update(done_at=old)
    assert inbox.forget_old() == 1
    assert InboxMessage.objects.get().dedupe_key == "b"


def test_only_post_is_taken() -> None:
    answer = Client().get("/api/v1/hooks/web/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


def test_a_very_long_id_is_refused(secret: str) -> None:
    assert send(secret, {}, id="x" * 201).status_code == 400


def test_the_command_prints_the_secret_alone_on_its_last_line(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_hook_secret", channel="fresh")
    secret = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert send(secret, {"a": 1}, channel="fresh").status_code == 202
    assert secret not in Channel.objects.get(code="fresh").hook_secret
