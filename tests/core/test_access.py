"""Who may call and what they see: keys, scopes, channels, roles."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from oms.core import access
from oms.core.access import Principal, principal_of_key, principal_of_user
from oms.core.errors import Unauthenticated
from oms.core.models import ApiKey, Channel, Role, User
from tests import shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_remembered_keys() -> None:
    access.forget_cached_keys()


def test_only_the_hash_of_a_key_is_stored() -> None:
    key, secret = access.create_key(channel=None, scopes=["orders:read"])
    assert secret.startswith("oms_")
    assert len(secret) > 40
    stored = str(ApiKey.objects.filter(pk=key.pk).values())
    assert secret not in stored
    assert secret[10:] not in stored
    assert principal_of_key(secret).scopes == {"orders:read"}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer oms_nobody", "Bearer \u00e9"]
)
def test_without_a_good_key_nothing_is_answered(header: str) -> None:
    answer = Client().get("/api/v1/orders/", headers={"Authorization": header} if header else {})
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer.json()["code"] == "unauthenticated"
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_an_expired_revoked_or_orphaned_key_is_no_key() -> None:
    past = timezone.now() - timedelta(seconds=1)
    expired, expired_secret = access.create_key(channel=None, scopes=["*"], expires_at=past)
    revoked, revoked_secret = access.create_key(channel=None, scopes=["*"])
    ApiKey.objects.filter(pk=revoked.pk).update(revoked_at=timezone.now())
    off = Channel.objects.create(code="off", name="off", active=False)
    _, off_secret = access.create_key(channel=off, scopes=["*"])
    for secret in (expired_secret, revoked_secret, off_secret):
        with pytest.raises(Unauthenticated):
            principal_of_key(secret)


def test_a_revocation_is_felt_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    key, secret = access.create_key(channel=None, scopes=["*"])
    now = [100.0]
    monkeypatch.setattr(access.time, "monotonic", lambda: now[0])
    principal_of_key(secret)
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=timezone.now())
    now[0] += access.CACHE_SECONDS + 0.1
    with pytest.raises(Unauthenticated):
        principal_of_key(secret)
    assert access.CACHE_SECONDS <= 5


def test_a_key_that_expires_while_it_is_remembered_is_refused(time_machine: Any) -> None:
    now = timezone.now()
    _, secret = access.create_key(channel=None, scopes=["*"], expires_at=now + timedelta(seconds=1))
    principal_of_key(secret)
    time_machine.move_to(now + timedelta(seconds=2))
    with pytest.raises(Unauthenticated):
        principal_of_key(secret)


def test_the_last_use_is_noted_at_most_once_a_minute(django_assert_num_queries: Any) -> None:
    key, secret = access.create_key(channel=None, scopes=["*"])
    principal_of_key(secret)
    key.refresh_from_db()
    assert key.last_used_at is not None
    access.forget_cached_keys()
    with django_assert_num_queries(1):
        principal_of_key(secret)
    with django_assert_num_queries(0):
        principal_of_key(secret)


@pytest.mark.parametrize(
    ("held", "asked", "may"),
    [
        ("orders:read", "orders:read", True),
        ("orders:read", "orders:write", False),
        ("orders:write", "orders:read", False),
        ("orders:*", "orders:write", True),
        ("*", "stock:write", True),
        ("orders:*", "stock:read", False),
    ],
)
def test_scopes(held: str, asked: str, may: bool) -> None:
    assert Principal("a", "b", frozenset({held})).may(asked) is may


def test_a_missing_scope_answers_403_and_does_nothing() -> None:
    shop.product("TEE", RUH=1)
    answer = shop.api("web", "orders:read").post("orders/", shop.order_body(("TEE", 1)))
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")
    assert shop.api("web", "orders:read").get("orders/").json()["data"] == []


def test_an_unknown_scope_makes_no_key() -> None:
    for scopes in (["orders:fly"], [], ["ORDERS:READ"]):
        with pytest.raises(ValueError, match="scope"):
            access.create_key(channel=None, scopes=scopes)


def test_a_channels_key_sees_its_own_orders_alone() -> None:
    shop.product("TEE", RUH=5)
    mine = shop.api("web").post("orders/", shop.order_body(("TEE", 1))).json()
    other = shop.api("till")

    assert other.get("orders/").json()["data"] == []
    for ref in (mine["id"], mine["number"]):
        for path in ("", "events/", "routing/", "holds/", "payments/"):
            assert other.get(f"orders/{ref}/{path}").status_code == 404, path
        assert other.post(f"orders/{ref}/holds/", {"reason": "manual"}).status_code == 404
        assert other.post(f"orders/{ref}/cancellations/", {"lines": None, "reason": "x"}).status_code == 404
        assert other.patch(f"orders/{ref}/", {"note": "x"}, "*").status_code == 404
    seen = shop.api(None).get(f"orders/{mine['number']}/")
    assert (seen.status_code, seen.json()["channel"]) == (200, "web")
    assert seen.json()["holds"] == []


def test_staff_act_by_session_with_csrf_and_their_roles_scopes() -> None:
    User.objects.create_user("mona", password="a-long-password", role=Role.AGENT)
    client = Client(enforce_csrf_checks=True)
    assert client.get("/api/v1/orders/").status_code == 401
    assert client.login(username="mona", password="a-long-password")
    assert client.get("/api/v1/orders/").status_code == 200
    assert client.get("/api/v1/webhook-endpoints/").status_code == 403
    refused = client.post(
        "/api/v1/orders/", "{}", content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        (Role.ADMIN, ["orders:write", "webhooks:write", "anything"], []),
        (Role.MANAGER, ["orders:write", "stock:write", "rates:write", "webhooks:write"], ["users:write"]),
        (Role.AGENT, ["orders:write", "returns:write", "stock:read"], ["stock:write", "shipments:write"]),
        (Role.WAREHOUSE, ["shipments:write", "stock:write", "returns:write"], ["orders:read", "rates:write"]),
    ],
)
def test_roles(role: str, may: list[str], may_not: list[str]) -> None:
    principal = principal_of_user(User.objects.create_user(role, password=None, role=role))
    assert [scope for scope in may if not principal.may(scope)] == []
    assert [scope for scope in may_not if principal.may(scope)] == []
    assert principal.actor == f"staff:{role}"


def test_a_warehouse_user_is_bound_to_their_locations_and_to_none_without_any() -> None:
    shop.location("RUH")
    shop.location("JED")
    packer = User.objects.create_user("packer", password=None, role=Role.WAREHOUSE, locations=["JED"])
    idle = User.objects.create_user("idle", password=None, role=Role.WAREHOUSE)
    boss = User.objects.create_user("boss", password=None, role=Role.MANAGER, locations=["JED"])
    seen = {}
    for user in (packer, idle, boss):
        client = Client()
        client.force_login(user)
        seen[user.username] = sorted(row["code"] for row in client.get("/api/v1/locations/").json()["data"])
    assert seen == {"packer": ["JED"], "idle": [], "boss": ["JED", "RUH"]}


def test_somebody_who_left_is_out_at_once() -> None:
    user = User.objects.create_user("mona", password="a-long-password", role=Role.AGENT)
    client = Client()
    client.force_login(user)
    User.objects.update(is_active=False)
    assert client.get("/api/v1/orders/").status_code in (401, 403)


def test_the_command_makes_the_channel_and_prints_the_key_alone_on_its_last_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command(
        "create_api_key", "--channel", "shop-1", "--scopes", "orders:read,orders:write", "--rate", "0"
    )
    secret = capsys.readouterr().out.splitlines()[-1]
    principal = principal_of_key(secret)
    assert (principal.channel_code, principal.rate) == ("shop-1", 0)
    assert principal.scopes == {"orders:read", "orders:write"}

    call_command("create_api_key", "--company", "--scopes", "*")
    company = principal_of_key(capsys.readouterr().out.splitlines()[-1])
    assert (company.channel_id, company.rate, company.burst) == (None, 50, 200)
    for bad in (["--channel", "a b"], ["--company", "--scopes", "x"], ["--company", "--rate", "-1"], []):
        with pytest.raises(CommandError):
            call_command("create_api_key", *bad)
    assert ApiKey.objects.count() == 2
