"""Webhooks out: who hears what, signed, until they say they have it."""

import json
import socket
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from standardwebhooks import Webhook

from channels import webhooks
from channels.models import WebhookDelivery, WebhookEndpoint
from oms.core.models import Channel, Event, IdempotencyKey
from tests.channels.conftest import Caller, Stranger, tell

pytestmark = pytest.mark.django_db


# The made-up orders of these tests are for webhooks alone.
HANDLERS = {"*": [webhooks.on_event]}


@pytest.fixture(autouse=True)
def only_webhooks(settings: Any) -> None:
    settings.EVENT_HANDLERS = f"{__name__}.HANDLERS"


def listen(caller: Caller, url: str, *events: str, **more: Any) -> dict[str, Any]:
    answer = caller.post("webhook-endpoints/", {"url": url, "events": list(events), **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def placed(channel: Channel, number: str = "10001") -> None:
    tell("order.placed", f"order/{number}", channel, id="0193-x", number=number, version=1, total="10.00")


def test_an_event_reaches_its_endpoint_signed_and_with_the_promised_body(
    company: Caller, web: Channel, stranger: Stranger, settings: Any
) -> None:
    settings.BASE_URL = "https://relay.example"
    secret = listen(company, stranger.url, "order.*")["secret"]
    placed(web)

    assert webhooks.deliver_due() == 1

    [(path, headers, body)] = stranger.seen
    assert path == "/hook"
    assert headers["content-type"] == "application/json"
    told = Webhook(secret).verify(body, headers)
    event = Event.objects.get(kind="order.placed")
    assert told == {
        "type": "order.placed",
        "timestamp": event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "id": "0193-x",
            "number": "10001",
            "version": 1,
            "url": "https://relay.example/api/v1/orders/10001/",
        },
    }
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.response_status) == ("delivered", 1, 204)
    assert headers["webhook-id"] == f"msg_{delivery.pk.hex}"
    assert webhooks.deliver_due() == 0


def test_the_secret_is_shown_once_and_stored_sealed(company: Caller, stranger: Stranger) -> None:
    body = {"url": stranger.url, "events": ["*"]}
    first = company.post("webhook-endpoints/", body, key="k1")
    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    assert first["Location"] == f"{settings.BASE_URL}/api/v1/webhook-endpoints/{first.json()['id']}/"

    again = company.post("webhook-endpoints/", body, key="k1")
    assert (again.status_code, again["Idempotent-Replayed"], again.content) == (201, "true", first.content)
    assert WebhookEndpoint.objects.count() == 1
    assert secret not in WebhookEndpoint.objects.get().secret
    assert secret.encode() not in bytes(IdempotencyKey.objects.get().body)

    assert "secret" not in company.get("webhook-endpoints/").json()["data"][0]
    assert "secret" not in company.get(f"webhook-endpoints/{first.json()['id']}/").json()
    assert secret not in json.dumps([event.data for event in Event.objects.all()])


@pytest.mark.parametrize(
    ("events", "kind", "hears"),
    [
        (["order.placed"], "order.placed", True),
        (["order.*"], "order.placed", True),
        (["*"], "order.placed", True),
        (["order.held", "shipment.*"], "order.placed", False),
        (["*"], "order.checked", False),
        (["*"], "webhook.added", False),
    ],
)
def test_an_endpoint_hears_the_public_events_it_asked_for(
    company: Caller, web: Channel, stranger: Stranger, events: list[str], kind: str, hears: bool
) -> None:
    listen(company, stranger.url, *events)
    tell(kind, "order/1", web, id="x", number="1", version=1)

    assert webhooks.deliver_due() == (1 if hears else 0)


def test_a_channel_hears_its_own_orders_the_company_all_and_stock_is_everybodys(
    company: Caller, web: Channel, till: Channel, stranger: Stranger
) -> None:
    listen(Caller(web, ["*"]), stranger.url + "/web", "*")
    listen(company, stranger.url + "/till", "*", channel="till")
    listen(company, stranger.url + "/company", "*")
    placed(web)
    tell("stock.low", "stock/A B/1", None, id="p", number="A B/1", version=1)

    webhooks.deliver_due()

    heard = sorted((path, json.loads(body)["type"]) for path, _, body in stranger.seen)
    assert heard == [
        ("/hook/company", "order.placed"),
        ("/hook/company", "stock.low"),
        ("/hook/till", "stock.low"),
        ("/hook/web", "order.placed"),
        ("/hook/web", "stock.low"),
    ]
    url = next(json.loads(b)["data"]["url"] for _, _, b in stranger.seen if b"stock.low" in b)
    assert url.endswith("/api/v1/stock/?sku=A%20B%2F1")


@pytest.mark.parametrize(
    ("kind", "subject", "path"),
    [
        ("stock.over", "stock/TEE", "/api/v1/stock/?sku=TEE"),
        ("transfer.shipped", "transfer/TR2001", "/api/v1/transfers/TR2001/"),
        ("purchase.received", "purchase/PO2001", "/api/v1/purchase-orders/PO2001/"),
    ],
)
def test_the_companys_own_affairs_are_told_to_the_company_alone(
    company: Caller, web: Channel, stranger: Stranger, kind: str, subject: str, path: str
) -> None:
    listen(Caller(web, ["*"]), stranger.url + "/web", "*")
    listen(company, stranger.url + "/company", f"{kind.partition('.')[0]}.*")
    tell(kind, subject, None, id="x", number=subject.partition("/")[2], version=1)

    webhooks.deliver_due()

    everybodys = kind.startswith("stock.")
    assert sorted(heard for heard, _, _ in stranger.seen) == [
        "/hook/company",
        *(["/hook/web"] if everybodys else []),
    ]
    assert json.loads(stranger.seen[0][2])["data"]["url"].endswith(path)


@pytest.mark.parametrize("pattern", ["transfer.*", "purchase.sent"])
def test_a_channel_cannot_ask_for_the_companys_affairs(
    web: Channel, stranger: Stranger, pattern: str
) -> None:
    refused = Caller(web, ["*"]).post("webhook-endpoints/", {"url": stranger.url, "events": [pattern]})

    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "company_event"


def test_an_event_is_owed_once_however_often_its_handler_runs(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    listen(company, stranger.url, "*")
    placed(web)
    event = Event.objects.get(kind="order.placed")
    webhooks.on_event(
        webhooks.Recorded(
            event.id, event.at, event.kind, event.subject, "", "test", event.channel_id, "", event.data
        )
    )
    assert WebhookDelivery.objects.count() == 1


def test_a_refusing_endpoint_is_tried_for_72_hours_and_then_let_go(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    listen(company, stranger.url, "order.placed")
    placed(web)
    stranger.status, stranger.said = 500, b"no\x00pe"

    start = timezone.now()
    tries, due = 0, []
    while WebhookDelivery.objects.filter(state="pending").exists():
        assert webhooks.deliver_due() == 1
        tries += 1
        due.append(WebhookDelivery.objects.get().next_try_at)
        WebhookDelivery.objects.filter(state="pending").update(next_try_at=timezone.now())

    waited = sum(webhooks.DELAYS, timedelta())
    assert timedelta(hours=71) < waited <= timedelta(hours=72.1)
    assert tries == len(webhooks.DELAYS) + 1
    assert timedelta(seconds=4) < due[0] - start < timedelta(seconds=20)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.response_status, delivery.response_body) == ("dead", 500, "nope")
    assert delivery.last_error == "The endpoint answered 500."
    assert len({headers["webhook-id"] for _, headers, _ in stranger.seen}) == 1
    assert webhooks.deliver_due() == 0


def test_nobody_there_is_tried_again_and_holds_up_no_one_else(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = closed.getsockname()[1]
    listen(company, f"http://127.0.0.1:{nobody}/", "order.placed")
    listen(company, stranger.url, "order.placed")
    for number in range(5):
        placed(web, str(number))

    webhooks.deliver_due()

    assert len(stranger.seen) == 5
    dead = WebhookDelivery.objects.filter(state="pending")
    assert dead.count() == 5
    assert sorted(dead.values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]


def test_a_private_address_is_refused_at_the_door_and_again_when_called(
    company: Caller, web: Channel, stranger: Stranger, settings: Any
) -> None:
    listen(company, stranger.url, "*")
    placed(web)
    settings.EGRESS_ALLOW = []
    webhooks.deliver_due()

    assert stranger.seen == []
    assert "not a public address" in WebhookDelivery.objects.get().last_error
    private = [
        "http://127.0.0.1/",
        "http://10.0.0.1/",
        "http://localhost:8000/",
        "http://0x7f.1/",
        "http://2130706433/",
    ]
    for url in (*private, "ftp://a.example/", "https://u:p@a.example/", "x"):
        answer = company.post("webhook-endpoints/", {"url": url, "events": ["*"]})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "invalid_url")
    assert WebhookEndpoint.objects.count() == 1


def test_an_event_that_is_not_told_is_refused(company: Caller) -> None:
    body = {"url": "https://a.example/", "events": ["order.placed", "order.checked"]}
    answer = company.post("webhook-endpoints/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"pointer": "/events/1", "code": "unknown_event", "detail": "There is no event order.checked."}
    ]


def test_a_receiver_that_is_gone_is_not_called_again(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    listen(company, stranger.url, "*")
    stranger.status = 410
    placed(web)
    webhooks.deliver_due()
    placed(web, "10002")

    assert WebhookDelivery.objects.get().state == "dead"
    assert WebhookEndpoint.objects.get().active is False


def test_a_dead_delivery_can_be_replayed_with_the_same_id(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    listen(company, stranger.url, "*")
    placed(web)
    stranger.status = 410
    webhooks.deliver_due()
    WebhookEndpoint.objects.update(active=True)
    stranger.status = 200
    delivery = company.get("webhook-deliveries/", {"state": "dead"}).json()["data"][0]

    answer = company.post(f"webhook-deliveries/{delivery['id']}/replays/")
    assert (answer.status_code, answer.json()["state"]) == (201, "pending")
    assert answer["Location"] == f"{settings.BASE_URL}/api/v1/webhook-deliveries/{delivery['id']}/"
    webhooks.deliver_due()

    assert company.get(f"webhook-deliveries/{delivery['id']}/").json()["state"] == "delivered"
    assert len({headers["webhook-id"] for _, headers, _ in stranger.seen}) == 1


def test_a_result_that_comes_after_the_claim_was_lost_is_not_written(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    listen(company, stranger.url, "*")
    placed(web)

    def somebody_else_takes_it() -> None:
        # In this test's own connection, as if the lease had run out and another worker had claimed the row.
        taken.append(True)

    taken: list[bool] = []
    stranger.meanwhile = somebody_else_takes_it
    delivery = webhooks.owed.claim(
        WebhookDelivery.objects.select_related("endpoint"), lease=webhooks.LEASE, delays=webhooks.DELAYS
    )
    assert delivery is not None
    WebhookDelivery.objects.update(attempts=2, next_try_at=timezone.now() + timedelta(minutes=1))
    webhooks._try(delivery)

    assert taken == [True]
    assert WebhookDelivery.objects.get().state == "pending"


def test_tries_that_killed_their_worker_count(company: Caller, web: Channel, stranger: Stranger) -> None:
    listen(company, stranger.url, "*")
    placed(web)
    rows = WebhookDelivery.objects.select_related("endpoint")
    for _ in range(len(webhooks.DELAYS) + 1):
        assert webhooks.owed.claim(rows, lease=timedelta(0), delays=webhooks.DELAYS)
    assert webhooks.owed.claim(rows, lease=timedelta(0), delays=webhooks.DELAYS) is None

    assert WebhookDelivery.objects.get().state == "dead"
    assert stranger.seen == []


def test_another_channels_endpoints_and_deliveries_do_not_exist(
    company: Caller, web: Channel, till: Channel, stranger: Stranger
) -> None:
    mine = listen(Caller(web, ["*"]), stranger.url, "*")
    placed(web)
    delivery = WebhookDelivery.objects.get()
    other = Caller(till, ["*"])

    assert other.get("webhook-endpoints/").json() == {"data": [], "has_more": False, "next_cursor": None}
    assert other.get("webhook-deliveries/").json()["data"] == []
    assert other.get(f"webhook-endpoints/{mine['id']}/").status_code == 404
    assert other.delete(f"webhook-endpoints/{mine['id']}/").status_code == 404
    assert other.get(f"webhook-deliveries/{delivery.pk}/").status_code == 404
    assert other.post(f"webhook-deliveries/{delivery.pk}/replays/").status_code == 404
    assert WebhookEndpoint.objects.count() == 1


def test_a_channels_key_names_no_channel_and_the_company_only_known_ones(
    company: Caller, web: Channel
) -> None:
    body = {"url": "https://a.example/", "events": ["*"], "channel": "web"}
    refused = Caller(web, ["*"]).post("webhook-endpoints/", body)
    assert (refused.status_code, refused.json()["code"]) == (400, "channel_not_allowed")
    unknown = company.post("webhook-endpoints/", body | {"channel": "nowhere"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_channel")
    assert company.post("webhook-endpoints/", body).json()["channel"] == "web"


def test_scopes_are_asked_for(web: Channel) -> None:
    reader = Caller(web, ["webhooks:read"])
    assert reader.get("webhook-endpoints/").status_code == 200
    assert (
        reader.post("webhook-endpoints/", {"url": "https://a.example/", "events": ["*"]}).status_code == 403
    )
    assert Caller(web, ["orders:*"]).get("webhook-deliveries/").status_code == 403


def test_an_endpoint_is_changed_only_by_who_saw_it_last(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    endpoint = listen(company, stranger.url, "*")
    path = f"webhook-endpoints/{endpoint['id']}/"
    seen = company.get(path)["ETag"]

    assert company.patch(path, {"active": False}).status_code == 428
    changed = company.patch(path, {"active": False, "events": ["order.*"]}, **{"If-Match": seen})
    assert (changed.status_code, changed.json()["active"], changed.json()["events"]) == (
        200,
        False,
        ["order.*"],
    )
    assert company.patch(path, {"active": True}, **{"If-Match": seen}).status_code == 412
    placed(web)
    assert WebhookDelivery.objects.count() == 0

    assert company.delete(path).status_code == 204
    assert company.get(path).status_code == 404


def test_what_a_paused_endpoint_is_owed_waits_for_it(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    listen(company, stranger.url, "*")
    placed(web)
    endpoint = WebhookEndpoint.objects.get()
    webhooks.change_endpoint(endpoint, active=False, actor="test")
    assert webhooks.deliver_due() == 0
    webhooks.change_endpoint(endpoint, active=True, actor="test")
    assert webhooks.deliver_due() == 1


def test_deliveries_are_listed_newest_first_in_pages(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    endpoint = listen(company, stranger.url, "order.*")
    listen(company, stranger.url, "stock.*")
    for number in range(5):
        placed(web, str(number))
    tell("stock.low", "stock/A", None, id="p", number="A", version=1)

    numbers, cursor = [], ""
    while True:
        query = {"endpoint": endpoint["id"], "limit": "2", **({"cursor": cursor} if cursor else {})}
        page = company.get("webhook-deliveries/", query).json()
        numbers += [row["body"]["data"]["number"] for row in page["data"]]
        if not page["has_more"]:
            break
        cursor = page["next_cursor"]
    assert numbers == ["4", "3", "2", "1", "0"]
    for bad in ({"cursor": "x"}, {"cursor": "WyJhIl0"}, {"state": "lost"}, {"limit": "0"}, {"endpoint": "x"}):
        assert company.get("webhook-deliveries/", bad).status_code == 400


def test_old_deliveries_are_forgotten_but_not_what_is_owed(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    listen(company, stranger.url, "*")
    placed(web)
    webhooks.deliver_due()
    placed(web, "10002")
    WebhookDelivery.objects.update(created_at=timezone.now() - timedelta(days=31))

    assert webhooks.forget_old() == 1
    assert WebhookDelivery.objects.get().state == "pending"


@pytest.mark.django_db(transaction=True)
def test_slow_endpoints_wait_beside_each_other_and_nothing_goes_twice(
    company: Caller, web: Channel, stranger: Stranger
) -> None:
    listen(company, stranger.url, "*")
    for number in range(12):
        placed(web, str(number))
    stranger.meanwhile = lambda: time.sleep(0.5)
    began = time.monotonic()

    assert webhooks.deliver_due(threads=4) == 12

    assert time.monotonic() - began < 4.5
    told = [json.loads(body)["data"]["number"] for _, _, body in stranger.seen]
    assert sorted(told, key=int) == [str(number) for number in range(12)]
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {"delivered"}
