"""Settings: keys and secrets shown once, dead letters tried again, staff who cannot lock themselves out."""

import re
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from channels.models import WebhookEndpoint
from fulfillment import snapshot
from fulfillment.models import Rate, RateZone
from fulfillment.rates import state_on, valid
from inventory.models import Location
from oms.backoffice.settings import shown_once
from oms.core import access, company
from oms.core.crypto import unseal
from oms.core.errors import Unauthenticated
from oms.core.events import record
from oms.core.models import ApiKey, Channel, Event, User
from orders.models import Attention, Order
from tests.browser import settings_samples
from tests.portal import road

pytestmark = pytest.mark.django_db


def signed_in(role: str = "admin", **more: Any) -> Client:
    client = Client()
    client.force_login(
        User.objects.create_user(f"noor-{role}", password="relay-demo-2026", role=role, **more)
    )
    return client


def events(kind: str) -> list[tuple[str, str]]:
    return list(Event.objects.filter(kind=kind).order_by("id").values_list("subject", "actor"))


def shown_secret(answer: Any) -> str:
    """The one secret of the page a form leads to, which nobody may keep: read again, it is gone."""
    assert answer.status_code == 302
    session = answer.client.session
    assert len(session["shown_once"]) == 1
    there = answer.headers["Location"]
    page = answer.client.get(there)
    assert "no-store" in page.headers["Cache-Control"]
    [secret] = re.findall(r'value="([^"]+)"[^>]*data-secret', page.content.decode())
    assert page.content.decode().count(secret) == 1
    assert secret not in there
    assert secret not in str(dict(session))
    again = answer.client.get(there).content.decode()
    assert secret not in again
    assert "It was shown once" in again
    assert "sealed" not in str(dict(answer.client.session))
    return str(secret)


def test_a_key_is_shown_once_and_works_as_far_as_it_may() -> None:
    client = signed_in()
    web = Channel.objects.create(code="web", name="Web shop")
    answer = client.post(
        "/settings/keys/new/",
        {"name": "Shop", "channel": web.pk, "scopes": ["orders:read", "stock:read"], "lasts": "30"},
    )
    secret = shown_secret(answer)
    key = ApiKey.objects.get()
    assert (key.name, key.channel, key.scopes) == ("Shop", web, ["orders:read", "stock:read"])
    assert (key.expires_at - key.created_at).days in (29, 30)
    principal = access.principal_of_key(secret)
    assert principal.may("orders:read")
    assert not principal.may("orders:write")
    for path in ("/settings/keys/", f"/settings/keys/{key.pk}/", "/settings/audit/"):
        html = client.get(path).content.decode()
        assert secret not in html
        assert key.sha256 not in html
    assert events("key.created") == [(f"key/{key.pk}", "staff:noor-admin")]


def test_a_secret_is_shown_to_whoever_made_it_and_not_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in()
    given = {"name": "Shop", "scopes": ["orders:read"]}
    page = client.post("/settings/keys/new/", given).headers["Location"]
    assert client.head(page).status_code == 405
    assert "data-secret" not in signed_in("agent").get(page).content.decode()
    later = time.time() + shown_once.SECONDS + 1
    monkeypatch.setattr(shown_once.time, "time", lambda: later)
    assert "It was shown once" in client.get(page).content.decode()
    for _ in range(shown_once.MOST + 2):
        client.post("/settings/keys/new/", given)
    assert len(client.session["shown_once"]) == shown_once.MOST


def test_a_key_without_a_name_or_a_scope_is_not_made() -> None:
    answer = signed_in().post("/settings/keys/new/", {"name": ""})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"name", "scopes"}
    assert not ApiKey.objects.exists()


def test_a_revoked_key_is_refused_and_stays_listed() -> None:
    client = signed_in()
    key, secret = access.create_key(channel=None, scopes=["*"], name="Old")
    access.principal_of_key(secret)
    answer = client.post(f"/settings/keys/{key.pk}/revoke/")
    assert answer.headers["Location"] == f"/settings/keys/{key.pk}/"
    with pytest.raises(Unauthenticated):
        access.principal_of_key(secret)
    assert "badge" in client.get("/settings/keys/?q=Old").content.decode()
    assert events("key.revoked") == [(f"key/{key.pk}", "staff:noor-admin")]


def test_a_channel_is_opened_renamed_and_shut() -> None:
    client = signed_in()
    given = {"code": "noon", "name": "Noon", "brand": "Relay Home", "language": "ar"}
    assert client.post("/settings/channels/new/", given).headers["Location"] == "/settings/channels/noon/"
    again = client.post("/settings/channels/new/", given)
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["code"])

    key, secret = access.create_key(channel=Channel.objects.get(code="noon"), scopes=["*"])
    answer = client.post("/settings/channels/noon/", {"name": "Noon UAE", "language": "fa"})
    assert answer.status_code == 302
    noon = Channel.objects.get(code="noon")
    assert (noon.name, noon.brand, noon.language, noon.active) == ("Noon UAE", "", "fa", False)
    with pytest.raises(Unauthenticated):
        access.principal_of_key(secret)
    assert [kind for kind, _ in events("channel.changed")] == ["channel/noon"]


def test_a_hooks_secret_is_shown_once() -> None:
    client = signed_in()
    Channel.objects.create(code="web", name="Web shop")
    secret = shown_secret(client.post("/settings/channels/web/hook-secret/"))
    assert secret.startswith("whsec_")
    assert secret not in client.get("/settings/channels/web/").content.decode()


@pytest.mark.parametrize("role", ["manager", "agent", "warehouse"])
def test_keys_and_channels_are_the_admins(role: str) -> None:
    client = signed_in(role)
    for path in ("/settings/keys/", "/settings/keys/new/", "/settings/channels/"):
        assert client.get(path).status_code == 403
    assert "/settings/keys/" not in client.get("/settings/").content.decode()


def placed(number: int = 10001) -> Order:
    return road.order(number=number, customer_name="Layla Haddad").order


def test_a_webhook_is_added_changed_and_removed() -> None:
    client = signed_in("manager")
    given = {"url": "https://hooks.example.com/relay", "events": ["order.*", "stock.low"]}
    secret = shown_secret(client.post("/settings/webhooks/new/", given))
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.url, endpoint.events, endpoint.channel) == (given["url"], given["events"], None)
    assert unseal(endpoint.secret) == secret
    page = f"/settings/webhooks/{endpoint.pk}/"
    for path in (page, "/settings/webhooks/"):
        assert secret not in client.get(path).content.decode()

    client.post(page, {"url": given["url"], "events": ["*"]})
    endpoint.refresh_from_db()
    assert (endpoint.events, endpoint.active) == (["*"], False)
    client.post(f"{page}remove/")
    assert not WebhookEndpoint.objects.exists()
    assert events("webhook.removed") == [(f"webhook/{endpoint.pk}", "staff:noor-manager")]


def test_an_address_that_is_not_called_is_refused_beside_its_field() -> None:
    answer = signed_in().post("/settings/webhooks/new/", {"url": "http://127.0.0.1/x", "events": ["*"]})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["url"])
    assert not WebhookEndpoint.objects.exists()


def test_a_delivery_that_was_given_up_is_told_again() -> None:
    client = signed_in("manager")
    delivery = settings_samples.delivery()
    assert str(delivery.pk) in client.get("/settings/webhooks/deliveries/?state=dead").content.decode()
    page = f"/settings/webhooks/deliveries/{delivery.pk}/"
    shown = client.get(page).content.decode()
    assert "The endpoint answered 503." in shown
    assert "upstream timed out" in shown
    assert client.post(f"{page}replay/").headers["Location"] == page
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("pending", 0)


def test_a_dead_letter_is_tried_again_and_leaves_the_list() -> None:
    client = signed_in()
    letter = settings_samples.letter()
    assert "fulfillment.desk.on_order_checked" in client.get("/settings/dead-letters/").content.decode()
    assert (
        client.post(f"/settings/dead-letters/{letter.pk}/retry/").headers["Location"]
        == "/settings/dead-letters/"
    )
    letter.refresh_from_db()
    assert (letter.dead_at, letter.attempts) == (None, 0)
    assert events("outbox.retried") == [(f"outbox/{letter.pk}", "staff:noor-admin")]
    assert client.get(f"/settings/dead-letters/{letter.pk}/").status_code == 404


def test_a_message_is_found_by_its_order_and_sent_again() -> None:
    client = signed_in("agent")
    placed()
    message = settings_samples.message()
    assert message.recipient in client.get("/settings/messages/?q=١٠٠٠١").content.decode()
    assert message.recipient not in client.get("/settings/messages/?q=10002").content.decode()
    page = f"/settings/messages/{message.pk}/"
    client.post(f"{page}retry/")
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("pending", 0)
    assert events("message.retried") == [(f"message/{message.pk}", "staff:noor-agent")]
    assert "retry" not in client.get(page).content.decode()


def test_the_audit_log_is_narrowed_by_document_kind_and_person() -> None:
    client = signed_in()
    with transaction.atomic():
        record("order.held", "order/10001", actor="staff:noor-admin", data={"number": "10001"})
        record("shipment.created", "shipment/10001-1", actor="desk", thread="order/10001")
        record("order.held", "order/10002", actor="key:oms_abc")

    def found(query: str) -> list[str]:
        rows = client.get(f"/settings/audit/?{query}").context["list"].rows
        return [event.subject for event in rows]

    assert found("") == ["order/10002", "shipment/10001-1", "order/10001"]
    assert found("q=10001") == ["shipment/10001-1", "order/10001"]
    assert found("q=shipment/10001-1") == ["shipment/10001-1"]
    assert found("kind=order.held") == ["order/10002", "order/10001"]
    assert found("actor=noor-admin") == ["order/10001"]
    assert found("actor=oms_abc") == ["order/10002"]


def test_the_audit_log_goes_on_by_its_last_row() -> None:
    client = signed_in()
    with transaction.atomic():
        for number in range(60):
            record("order.held", f"order/{number}", actor="desk")
    seen, address = [], "/settings/audit/"
    while address:
        page = client.get(address).context["list"]
        seen += [event.subject for event in page.rows]
        address = page.next
    assert seen == [f"order/{number}" for number in reversed(range(60))]


MEMBER = {"username": "sami", "first_name": "Sami", "last_name": "Nasser", "email": "sami@example.com"}


def test_a_member_of_staff_gets_a_password_shown_once_and_signs_in() -> None:
    client = signed_in()
    Location.objects.create(code="DXB", name="Dubai", kind="warehouse", address={"country": "AE"})
    given = MEMBER | {"role": "warehouse", "locations": ["DXB"], "language": "ar"}
    password = shown_secret(client.post("/settings/users/new/", given))
    sami = User.objects.get(username="sami")
    assert (sami.role, sami.locations, sami.language, sami.is_staff) == ("warehouse", ["DXB"], "ar", False)
    assert sami.check_password(password)
    assert password not in client.get(f"/settings/users/{sami.pk}/").content.decode()
    assert events("user.added") == [(f"user/{sami.pk}", "staff:noor-admin")]

    again = client.post("/settings/users/new/", given | {"email": "SAMI@example.com", "username": "sami2"})
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["email"])


def test_warehouse_staff_work_somewhere() -> None:
    client = signed_in()
    Location.objects.create(code="DXB", name="Dubai", kind="warehouse", address={"country": "AE"})
    given = MEMBER | {"role": "warehouse", "language": "ar"}
    answer = client.post("/settings/users/new/", given)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"locations": ["Warehouse staff work at one location at least."]}
    assert not User.objects.filter(username="sami").exists()

    sami = User.objects.create_user("sami", role="agent")
    page = f"/settings/users/{sami.pk}/"
    answer = client.post(page, {"role": "warehouse", "active": "on"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["locations"])
    assert client.post(page, {"role": "warehouse", "active": "on", "locations": ["DXB"]}).status_code == 302
    sami.refresh_from_db()
    assert (sami.role, sami.locations) == ("warehouse", ["DXB"])


def test_whoever_is_let_go_is_signed_out_with_the_next_click() -> None:
    theirs = signed_in("agent")
    agent = User.objects.get(username="noor-agent")
    assert theirs.get("/settings/messages/").status_code == 200
    signed_in().post(f"/settings/users/{agent.pk}/", {"role": "agent"})
    agent.refresh_from_db()
    assert agent.is_active is False
    assert theirs.get("/settings/messages/").headers["Location"].startswith("/account/login/")


def test_nobody_locks_themselves_out() -> None:
    client = signed_in()
    me = User.objects.get(username="noor-admin")
    for given in ({"role": "admin"}, {"role": "agent", "active": "on"}):
        answer = client.post(f"/settings/users/{me.pk}/", given)
        assert answer.status_code == 422
        assert answer.context["form"].non_field_errors() == ["Nobody takes away their own access."]
    me.refresh_from_db()
    assert (me.role, me.is_active) == ("admin", True)


def test_the_last_admin_stays_and_a_superuser_is_no_admins_to_change() -> None:
    admin = User.objects.create_user("last", password="relay-demo-2026", role="admin")
    root = User.objects.create_superuser("root", password="relay-demo-2026", role="agent")
    client = Client()
    client.force_login(root)
    answer = client.post(f"/settings/users/{admin.pk}/", {"role": "agent", "active": "on"})
    assert answer.context["form"].non_field_errors() == ["The last admin stays."]

    client.force_login(admin)
    assert client.post(f"/settings/users/{root.pk}/password/").status_code == 403
    root.refresh_from_db()
    assert root.check_password("relay-demo-2026")


def test_a_new_password_ends_the_old_one() -> None:
    client = signed_in()
    agent = User.objects.create_user("sami", password="relay-demo-2026", role="agent")
    password = shown_secret(client.post(f"/settings/users/{agent.pk}/password/"))
    agent.refresh_from_db()
    assert agent.check_password(password)
    assert not agent.check_password("relay-demo-2026")


PLACE = {
    "name": "Jeddah store",
    "kind": "store",
    "line1": "7 Tahlia St",
    "city": "Jeddah",
    "country": "SA",
    "priority": "20",
    "daily_capacity": "",
    "cutoff": "16:30",
    "timezone": "Asia/Riyadh",
    "working_days": ["0", "1", "2", "3", "6"],
    "active": "on",
}


def test_a_location_is_opened_and_changed_and_keeps_what_the_page_does_not_ask() -> None:
    client = signed_in("manager")
    assert client.post("/settings/locations/new/", PLACE | {"code": "JED"}).status_code == 302
    again = client.post("/settings/locations/new/", PLACE | {"code": "JED"})
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["code"])
    Location.objects.filter(code="JED").update(capabilities=["cold"])

    client.post(
        "/settings/locations/JED/",
        PLACE | {"cutoff": "18:00", "daily_capacity": "40", "capabilities": "cold"},
    )
    place = Location.objects.get(code="JED")
    assert (f"{place.cutoff:%H:%M}", place.daily_capacity, place.working_days) == (
        "18:00",
        40,
        [0, 1, 2, 3, 6],
    )
    assert (place.capabilities, place.address["city"], place.priority) == (["cold"], "Jeddah", 20)
    assert events("location.changed") == [("location/JED", "staff:noor-manager")]


@pytest.mark.parametrize(("language", "first"), [("fa", 5), ("ar", 6), ("en", 6)])
def test_the_days_of_a_week_begin_where_its_reader_s_does(language: str, first: int) -> None:
    client = signed_in("manager", language=language, time_zone="Asia/Riyadh")
    fields = [
        client.get("/settings/locations/new/").context["form"].fields["working_days"],
        client.get("/settings/rates/new/").context["form"].fields["weekdays"],
    ]
    assert [next(iter(field.choices))[0] for field in fields] == [first, first]


def test_an_important_value_is_written_with_its_currency_s_decimals() -> None:
    Attention.objects.update_or_create(defaults={"value": Decimal("2500.0000")})
    page = signed_in("admin").get("/settings/attention/").content.decode()
    assert 'value="2500.00"' in page


def test_a_location_s_code_may_be_anything_a_label_says() -> None:
    Location.objects.create(code="RUH/2 <b>", name="Annex", kind="store", address={"country": "SA"})
    client = signed_in("manager")
    assert "/settings/locations/RUH/2%20%3Cb%3E/" in client.get("/settings/locations/").content.decode()
    assert client.get("/settings/locations/RUH%2F2%20%3Cb%3E/").status_code == 200


def test_warehouse_staff_see_their_own_locations_and_change_none() -> None:
    for code in ("DXB", "RUH"):
        Location.objects.create(code=code, name=f"{code} DC", kind="warehouse", address={"country": "SA"})
    client = signed_in("warehouse", locations=["RUH"])
    html = client.get("/settings/locations/").content.decode()
    assert "RUH DC" in html
    assert "DXB DC" not in html
    assert client.get("/settings/locations/RUH/").status_code == 403
    User.objects.update(language="fa")
    assert "<bdi>۱۴:۰۰</bdi>" in client.get("/settings/locations/").content.decode()


RATE = {
    "carrier": "own_fleet",
    "service": "express",
    "country": "SA",
    "base": "18.50",
    "per_kg": "2",
    "unit": "days",
    "least": "1",
    "most": "3",
}


def test_a_rate_is_added_changed_and_removed() -> None:
    client = signed_in("manager")
    assert client.post("/settings/rates/new/", RATE).status_code == 302
    rate = Rate.objects.get()
    assert (rate.base, rate.days_min, rate.days_max, rate.hours_max) == (Decimal("18.5"), 1, 3, None)
    assert (rate.cod_limit, rate.weekdays, rate.from_locations) == (None, [], [])

    page = f"/settings/rates/{rate.pk}/"
    client.post(page, RATE | {"unit": "hours", "least": "4", "most": "6", "cod_limit": "0"})
    rate.refresh_from_db()
    assert (rate.days_max, rate.hours_min, rate.hours_max, rate.cod_limit) == (None, 4, 6, 0)
    wrong = client.post(page, RATE | {"least": "5"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["most"])
    client.post(f"{page}remove/")
    assert not Rate.objects.exists()
    for act in ("added", "changed", "removed"):
        assert events(f"rate.{act}") == [(f"rate/{rate.pk}", "staff:noor-manager")]


def test_a_rate_has_steps_a_zone_and_dates() -> None:
    client = signed_in("manager")
    zone = {"carrier": "own_fleet", "country": "SA", "name": "A"}
    answer = client.post(
        "/settings/zones/new/", zone | {"places": "Riyadh، الدرعية\nRiyadh", "postcodes": "١١"}
    )
    assert answer.status_code == 302
    made = RateZone.objects.get()
    assert (made.places, made.postcodes) == (["Riyadh", "الدرعية"], ["11"])
    assert client.post("/settings/zones/new/", zone | {"places": "Jeddah"}).status_code == 422

    card = RATE | {"zone": str(made.pk), "up_to": ["١٠٠٠", "5000", ""], "step_price": ["0", "٤٫٥", ""]}
    dates = {"valid_from": "2026-01-01", "valid_until": "2026-12-31"}
    assert client.post("/settings/rates/new/", card | dates).status_code == 302
    rate = Rate.objects.get()
    assert (rate.zone, rate.tiers) == ("A", [[1000, "0.00"], [5000, "4.50"]])
    assert (rate.valid_from, rate.valid_until) == (date(2026, 1, 1), date(2026, 12, 31))

    page = f"/settings/rates/{rate.pk}/"
    shown = client.get(page).context
    assert [(step.up_to, step.price) for step in shown["steps"].rows] == [("1000", "0"), ("5000", "4.5")]
    assert shown["form"]["zone"].value() == str(made.pk)
    for prices, place, words in (
        (["5", "4"], 1, "A heavier parcel costs no less than a lighter one."),
        (["five", "6"], 0, "An amount is written with the digits 0-9 and one point: 10.00."),
    ):
        wrong = client.post(page, card | {"up_to": ["1000", "5000"], "step_price": prices})
        assert (wrong.status_code, wrong.context["steps"].rows[place].error) == (422, words)
    back = client.post(page, card | {"valid_from": "2026-02-01", "valid_until": "2026-01-01"})
    assert list(back.context["form"].errors) == ["valid_until"]
    other = client.post(page, card | {"carrier": "manual"})
    assert list(other.context["form"].errors) == ["zone"]

    client.post(f"/settings/zones/{made.pk}/remove/")
    assert RateZone.objects.exists(), "a rate is for it"
    client.post(page, RATE)
    client.post(f"/settings/zones/{made.pk}/", {"places": "", "postcodes": "13"})
    client.post(f"/settings/zones/{made.pk}/remove/")
    assert (RateZone.objects.count(), Rate.objects.get().tiers) == (0, [])
    assert events("rate_zone.set") == [(f"rate_zone/{made.pk}", "staff:noor-manager")] * 2
    assert events("rate_zone.removed") == [(f"rate_zone/{made.pk}", "staff:noor-manager")]


def test_a_rate_counts_on_its_days_alone() -> None:
    today = company.today()
    first = {"carrier": "own_fleet", "service": "standard", "to_country": "SA", "base": 9, "per_kg": 0}
    facts = first | {"days_min": 1, "days_max": 2}
    now = Rate.objects.create(**facts, valid_until=today)
    soon = Rate.objects.create(**facts, valid_from=today + timedelta(days=1))
    gone = Rate.objects.create(**facts, valid_until=today - timedelta(days=1))
    assert list(valid()) == [now]
    assert list(valid(today + timedelta(days=1))) == [soon]
    assert [state_on(rate, today) for rate in (now, soon, gone)] == ["on", "later", "over"]
    assert len(snapshot.rates_to({"country": "SA"})) == 1


def test_agents_read_rates_and_change_none() -> None:
    client = signed_in("agent")
    settings_samples.rate()
    html = client.get("/settings/rates/").content.decode()
    assert "Our own drivers" in html
    assert "/settings/rates/new/" not in html
    assert client.post("/settings/rates/new/", RATE).status_code == 403
