"""Settings: keys and secrets shown once, dead letters tried again, staff who cannot lock themselves out."""

import re
from typing import Any

import pytest
from django.test import Client

from oms.core import access
from oms.core.errors import Unauthenticated
from oms.core.models import ApiKey, Channel, Event, User

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
    """The one secret a page shows, which nobody may keep."""
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    [secret] = re.findall(r'value="([^"]+)"[^>]*data-secret', answer.content.decode())
    assert answer.content.decode().count(secret) == 1
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
