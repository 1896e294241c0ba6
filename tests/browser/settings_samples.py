"""Objects for the settings' addresses: made when the walk first asks for them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from channels.models import Message, WebhookDelivery, WebhookEndpoint
from fulfillment.models import Rate, RateZone, RoutingReplay, RoutingRuleVersion
from fulfillment.ruling import RuleForm, add_rule
from fulfillment.strategies import Conditions
from oms.backoffice.settings.rule_forms import PRESETS
from oms.core.events import record
from oms.core.models import ApiKey, Channel, Event, Outbox, User
from orders.models import Order


def key() -> ApiKey:
    made, _ = ApiKey.objects.get_or_create(
        sha256="0" * 64,
        defaults={"prefix": "oms_4f8Kq1", "name": "Web shop", "scopes": ["orders:read", "orders:write"]},
    )
    return made


def channel() -> Channel:
    return Channel.objects.order_by("pk")[0]


def endpoint() -> WebhookEndpoint:
    made, _ = WebhookEndpoint.objects.get_or_create(
        url="https://hooks.example.com/relay",
        defaults={"events": ["order.*", "stock.low"], "secret": "sealed"},
    )
    return made


def delivery() -> WebhookDelivery:
    made, _ = WebhookDelivery.objects.get_or_create(
        endpoint=endpoint(),
        event_id=1,
        defaults={
            "type": "order.placed",
            "body": {"type": "order.placed", "data": {"number": 10001, "version": 1}},
            "state": "dead",
            "attempts": 15,
            "response_status": 503,
            "response_body": "upstream timed out",
            "last_error": "The endpoint answered 503.",
        },
    )
    return made


def message() -> Message:
    made, _ = Message.objects.get_or_create(
        kind="received",
        subject_ref="order/20490",
        defaults={
            "order": Order.objects.order_by("number")[0],
            "language": "ar",
            "recipient": "layla@example.com",
            "state": "dead",
            "attempts": 8,
            "last_error": "SMTPServerDisconnected: Connection unexpectedly closed",
        },
    )
    return made


def letter() -> Outbox:
    event = recorded()
    made, _ = Outbox.objects.get_or_create(
        event_id=event.pk,
        handler="fulfillment.desk.on_order_checked",
        defaults={
            "event_at": event.at,
            "kind": event.kind,
            "attempts": 8,
            "dead_at": event.at,
            "last_error": "OperationalError: server closed the connection unexpectedly",
        },
    )
    return made


def member() -> User:
    made, _ = User.objects.get_or_create(
        username="sami",
        defaults={"first_name": "Sami", "last_name": "Nasser", "role": "warehouse", "locations": ["DXB"]},
    )
    return made


def rate() -> Rate:
    made, _ = Rate.objects.get_or_create(
        carrier="own_fleet",
        service="same_day",
        defaults={"to_country": "AE", "to_region": "Dubai", "base": "18", "per_kg": "1.5", "hours_min": 4}
        | {"hours_max": 6, "from_locations": ["DXB"], "tiers": [[1000, "0"], [5000, "4.5"]]}
        | {"valid_from": date(2026, 1, 1)},
    )
    return made


def zone() -> RateZone:
    made, _ = RateZone.objects.get_or_create(
        carrier="own_fleet",
        country="SA",
        name="A",
        defaults={"places": ["Riyadh", "الدرعية"], "postcodes": ["11", "12"]},
    )
    return made


def rule() -> RoutingRuleVersion:
    known = RoutingRuleVersion.objects.order_by("version").first()
    if known is not None:
        return known
    form = RuleForm("Nearest in the Emirates", Conditions(countries=["AE"]), PRESETS["nearest"][2])
    return add_rule(form, actor="staff:noor")


def replay() -> RoutingReplay:
    made, _ = RoutingReplay.objects.get_or_create(
        name="Fewest parcels",
        defaults={
            "since": datetime(2026, 10, 1, tzinfo=UTC),
            "until": datetime(2026, 11, 1, tzinfo=UTC),
            "total": 400,
            "done": 400,
            "result": REPLAYED,
        },
    )
    return made


def recorded() -> Event:
    found = Event.objects.filter(kind="order.checked").first()
    if found is None:
        with transaction.atomic():
            record("order.checked", "order/10001", actor="staff:noor", data={"number": "10001", "version": 2})
        found = Event.objects.get(kind="order.checked")
    return found


REPLAYED = {
    "was": {"decisions": 400, "sent": 396, "unsent": 4, "money": "7931.5", "shipments": 441, "split": 45}
    | {"hours": 20592, "late": 12, "load": {"DXB": 310, "RUH": 131}},
    "then": {"decisions": 400, "sent": 396, "unsent": 4, "money": "7610.2", "shipments": 408, "split": 12}
    | {"hours": 21384, "late": 17, "load": {"DXB": 236, "RUH": 172}},
    "days": {
        f"2026-10-{day:02}": {"sent": 13, "was": str(250 + day * 37 % 60), "then": str(232 + day * 53 % 50)}
        for day in range(1, 31)
    },
    "changed": 88,
    "orders": [
        {
            "number": "20490",
            "was": {"places": ["DXB", "RUH"], "money": "44.0"},
            "then": {"places": ["DXB"], "money": "21.5"},
        }
    ],
}

SAMPLES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "settings-secret": lambda w: {"pk": key().pk},
    "settings-channel": lambda w: {"code": channel().code},
    "settings-channel-secret": lambda w: {"code": channel().code},
    "settings-key": lambda w: {"pk": key().pk},
    "settings-key-revoke": lambda w: {"pk": key().pk},
    **{f"settings-webhook{act}": lambda w: {"pk": endpoint().pk} for act in ("", "-remove")},
    **{f"settings-delivery{act}": lambda w: {"pk": delivery().pk} for act in ("", "-replay")},
    **{f"settings-message{act}": lambda w: {"pk": message().pk} for act in ("", "-retry")},
    **{f"settings-letter{act}": lambda w: {"pk": letter().pk} for act in ("", "-retry")},
    **{f"settings-zone{act}": lambda w: {"pk": zone().pk} for act in ("", "-remove")},
    "settings-event": lambda w: {"pk": recorded().pk},
    **{f"settings-user{act}": lambda w: {"pk": member().pk} for act in ("", "-password")},
    "settings-location": lambda w: {"code": w.location.code},
    **{f"settings-replay{act}": lambda w: {"pk": replay().pk} for act in ("", "-stop")},
    **{f"settings-rule{act}": lambda w: {"pk": rule().rule_id} for act in ("", "-move", "-remove")},
    **{f"settings-rate{act}": lambda w: {"pk": rate().pk} for act in ("", "-remove")},
}
