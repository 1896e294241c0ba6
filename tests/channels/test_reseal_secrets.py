"""An old sealing key can be thrown away without losing a secret."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from channels import inbox, webhooks
from channels.models import WebhookEndpoint
from oms.core.crypto import NotUnsealed, unseal
from oms.core.models import Channel
from tests import shop

pytestmark = pytest.mark.django_db


def test_every_secret_moves_to_the_newest_key(settings: Any) -> None:
    settings.SEALING_KEYS = ["old"]
    hook = inbox.set_hook_secret(shop.channel("web"), actor="test")
    shop.channel("bare")
    endpoint, secret = webhooks.add_endpoint(
        url="https://a.example/", events=["*"], channel=None, actor="test"
    )

    settings.SEALING_KEYS = ["new", "old"]
    call_command("reseal_secrets")

    settings.SEALING_KEYS = ["new"]
    assert unseal(Channel.objects.get(code="web").hook_secret) == hook
    assert unseal(WebhookEndpoint.objects.get().secret) == secret
    with pytest.raises(NotUnsealed):
        unseal(endpoint.secret)


def test_a_secret_that_no_key_opens_stops_it_before_anything_changes(settings: Any) -> None:
    settings.SEALING_KEYS = ["old"]
    inbox.set_hook_secret(shop.channel("web"), actor="test")
    before = Channel.objects.get(code="web").hook_secret
    webhooks.add_endpoint(url="https://a.example/", events=["*"], channel=None, actor="test")
    WebhookEndpoint.objects.update(secret="damaged")
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("reseal_secrets")
    assert Channel.objects.get(code="web").hook_secret == before
