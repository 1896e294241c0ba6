"""Who is asking and what they may do: API keys, roles and scopes, enforced here and nowhere else."""

import hashlib
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from oms.core.errors import Forbidden, Unauthenticated
from oms.core.events import record
from oms.core.models import ApiKey, Channel, Role, User

RESOURCES = (
    "orders",
    "products",
    "locations",
    "stock",
    "rates",
    "shipments",
    "returns",
    "purchases",
    "webhooks",
    "valuation",
    "campaigns",
)
SCOPES = (*(f"{r}:{act}" for r in RESOURCES for act in ("read", "write")), "*")

# What a member of staff may do, by role. `users` and settings pages ask for "*".
ROLE_SCOPES: dict[str, tuple[str, ...]] = {
    Role.ADMIN: ("*",),
    Role.MANAGER: tuple(f"{r}:*" for r in RESOURCES),
    Role.AGENT: (
        "orders:*",
        "campaigns:read",
        "returns:*",
        "shipments:read",
        "stock:read",
        "products:read",
        "locations:read",
        "rates:read",
    ),
    Role.WAREHOUSE: (
        "shipments:*",
        "stock:*",
        "returns:*",
        "purchases:read",
        "products:read",
        "locations:read",
    ),
}

CHANNEL_CODE = re.compile(r"[-A-Za-z0-9_]{1,64}")

# A key is looked up again this long after it was read; a revocation takes at most as long.
CACHE_SECONDS = 5.0
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever makes a request. `channel_id` None sees every channel; `locations` None sees every location."""

    actor: str
    owner: str
    scopes: frozenset[str]
    channel_id: int | None = None
    channel_code: str = ""
    channel_language: str = "en"
    rate: int = 0
    burst: int = 0
    locations: frozenset[str] | None = None
    is_authenticated: bool = True

    def may(self, scope: str) -> bool:
        return bool(self.scopes & {"*", scope, f"{scope.partition(':')[0]}:*"})

    def require(self, scope: str) -> None:
        """Raises Forbidden (403 `scope`) without the scope."""
        if not self.may(scope):
            raise Forbidden(f"This needs the scope {scope}.", code="scope")

    @property
    def pays_out(self) -> bool:
        """May give a customer money or credit for goods that came back. Staff who handle returns do not thereby pay:
        they need orders too. A key's scope for returns is enough, as the API promises."""
        return self.owner.startswith("key:") or self.may("orders:write")

    def limit_to_channel(self, query: Any, field: str = "channel_id") -> Any:
        """A channel's key sees its own documents alone; another's does not exist for it."""
        return query if self.channel_id is None else query.filter(**{field: self.channel_id})

    def limit_to_locations(self, query: Any, field: str = "location__code") -> Any:
        """A warehouse user sees the documents of the locations they are bound to."""
        return query if self.locations is None else query.filter(**{f"{field}__in": self.locations})


_cache: dict[str, tuple[float, datetime | None, Principal]] = {}


def open_channel(code: str) -> Channel:
    """The channel of that code, made if it is missing. Raises ValueError for what is no code."""
    if not CHANNEL_CODE.fullmatch(code):
        raise ValueError("A channel's code is 1 to 64 letters, digits, hyphens and underscores.")
    channel, _ = Channel.objects.get_or_create(code=code, defaults={"name": code})
    return channel


def check_scopes(scopes: Sequence[str]) -> None:
    """Raises ValueError for a scope nobody asks for, or none at all."""
    unknown = [s for s in scopes if s not in SCOPES and s not in {f"{r}:*" for r in RESOURCES}]
    if unknown or not scopes:
        raise ValueError(f"Unknown scope: {', '.join(unknown) or 'none given'}. Known: {', '.join(SCOPES)}.")


def create_key(
    *,
    channel: Channel | None,
    scopes: Sequence[str],
    name: str = "",
    rate: int = 50,
    burst: int = 200,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key and its secret, which is shown this once. Raises ValueError for an unknown scope."""
    check_scopes(scopes)
    secret = "oms_" + secrets.token_urlsafe(32)
    key = ApiKey.objects.create(
        channel=channel,
        name=name,
        sha256=hashlib.sha256(secret.encode()).hexdigest(),
        prefix=secret[:10],
        scopes=list(scopes),
        rate=rate,
        burst=burst,
        expires_at=expires_at,
    )
    return key, secret


@transaction.atomic
def issue_key(
    *,
    channel: Channel | None,
    scopes: Sequence[str],
    name: str,
    expires_at: datetime | None = None,
    actor: str,
) -> tuple[ApiKey, str]:
    """`create_key` by a member of staff, told in the audit log."""
    key, secret = create_key(channel=channel, scopes=scopes, name=name, expires_at=expires_at)
    data = {"id": str(key.pk), "number": key.prefix, "version": 1, "scopes": list(scopes)}
    record("key.created", f"key/{key.pk}", actor=actor, channel_id=key.channel_id, data=data)
    return key, secret


@transaction.atomic
def revoke_key(key: ApiKey, *, actor: str) -> None:
    """The key is refused from now on, in every process within CACHE_SECONDS. A second time changes nothing."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now()):
        data = {"id": str(key.pk), "number": key.prefix, "version": 1}
        record("key.revoked", f"key/{key.pk}", actor=actor, channel_id=key.channel_id, data=data)
        forget_cached_keys()


def principal_of_key(secret: str) -> Principal:
    """The owner of a bearer key. Raises Unauthenticated: unknown, expired, revoked, or its channel is off."""
    sha256 = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
    found = _cache.get(sha256)
    now = time.monotonic()
    if found and found[0] > now and (found[1] is None or found[1] > timezone.now()):
        return found[2]
    key = (
        ApiKey.objects.select_related("channel")
        .filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), sha256=sha256, revoked_at=None)
        .first()
    )
    if key is None or (key.channel is not None and not key.channel.active):
        _cache.pop(sha256, None)
        raise Unauthenticated("The API key is unknown, expired or revoked.")
    _note_use(key)
    principal = Principal(
        actor=f"key:{key.prefix}",
        owner=f"key:{key.id}",
        scopes=frozenset(key.scopes),
        channel_id=key.channel_id,
        channel_code=key.channel.code if key.channel else "",
        channel_language=key.channel.language if key.channel else "en",
        rate=key.rate,
        burst=key.burst,
    )
    if len(_cache) > 10_000:
        _cache.clear()
    _cache[sha256] = (now + CACHE_SECONDS, key.expires_at, principal)
    return principal


def principal_of_user(user: User) -> Principal:
    """A member of staff behind a session. Raises Forbidden for one who may not sign in."""
    if not user.is_active:
        raise Forbidden
    scopes = ("*",) if user.is_superuser else ROLE_SCOPES[user.role]
    bound = user.role == Role.WAREHOUSE and not user.is_superuser
    return Principal(
        actor=f"staff:{user.get_username()}",
        owner=f"staff:{user.pk}",
        scopes=frozenset(scopes),
        locations=frozenset(user.locations) if bound else None,
    )


def forget_cached_keys() -> None:
    """Drop what this process remembers of keys; tests and revocation call it."""
    _cache.clear()


def _note_use(key: ApiKey) -> None:
    """Outside the request's transaction and at most once a minute, so that no key is a hot row."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    if key.last_used_at is None or key.last_used_at < now - USE_NOTED_EVERY:
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
