"""Objects for the settings' addresses: made when the walk first asks for them."""

from collections.abc import Callable
from typing import Any

from oms.core.models import ApiKey, Channel


def key() -> ApiKey:
    made, _ = ApiKey.objects.get_or_create(
        sha256="0" * 64,
        defaults={"prefix": "oms_4f8Kq1", "name": "Web shop", "scopes": ["orders:read", "orders:write"]},
    )
    return made


def channel() -> Channel:
    return Channel.objects.order_by("pk")[0]


SAMPLES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "settings-channel": lambda w: {"code": channel().code},
    "settings-channel-secret": lambda w: {"code": channel().code},
    "settings-key": lambda w: {"pk": key().pk},
    "settings-key-revoke": lambda w: {"pk": key().pk},
}
