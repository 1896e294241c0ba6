"""“Tell me when it is back”: a customer's wish waits for stock, is answered once, and ends.

`inventory.telling` wakes the wishes of products that can be had again; `channels` writes the message. Who left only
a phone number is on staff's list to call.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from inventory import news
from inventory.free import AVAILABLE
from inventory.models import Product, StockLevel, Wish, WishState
from oms.core import text
from oms.core.errors import Conflict, IllegalMove, Invalid
from oms.core.events import NewEvent, record
from oms.core.models import Channel
from oms.core.saying import said

WAITS = timedelta(days=90)
# How long a wish that ended is still shown; then the person's name and addresses go with it.
KEPT = timedelta(days=60)

_WAKE = """
UPDATE inventory_wish SET state = CASE WHEN email <> '' THEN 'told' ELSE 'to_call' END, ended_at = now()
WHERE state = 'waiting' AND product_id = ANY(%s) AND expires_at > now()
RETURNING id, channel_id, state
"""


@transaction.atomic
def leave(
    channel: Channel,
    product: Product,
    *,
    name: str = "",
    email: str = "",
    phone: str = "",
    language: str = "",
    url: str = "",
    actor: str,
) -> tuple[Wish, bool]:
    """Remember a customer's wish; the same one again is answered with the first. True: it is new.

    Raises Invalid by field, Conflict (`in_stock`) for what can be had now.
    """
    wish = Wish(
        channel=channel,
        product=product,
        name=_words(name, 200, "/name"),
        email=_email(email),
        phone=_words(text.digits(phone), 64, "/phone"),
        language=_language(language or channel.language),
        url=_url(url),
        token=secrets.token_urlsafe(16),
        expires_at=timezone.now() + WAITS,
    )
    if not (wish.email or wish.phone):
        raise Invalid.at("/email", said("Leave an e-mail address or a phone number."), "required")
    if _available(product) > 0:
        raise Conflict(said("%(sku)s can be had now.", sku=product.sku), code="in_stock")
    Wish.objects.bulk_create([wish], ignore_conflicts=True)
    same = Wish.objects.filter(state=WishState.WAITING, channel=channel, product=product)
    kept = same.get(email=wish.email, phone=wish.phone)
    if kept.pk != wish.pk:
        return kept, False
    # Stock that arrives while the wish is written looks again.
    news.touch([product.pk])
    _record("wish.left", kept, actor)
    return kept, True


def wake(product_ids: Sequence[int]) -> list[NewEvent]:
    """These products can be had again: their wishes end here, and each is an event that leads to its message."""
    with connection.cursor() as cursor:
        cursor.execute(_WAKE, [list(product_ids)])
        woken = sorted(cursor.fetchall())
    return [
        NewEvent(
            f"wish.{state}",
            f"wish/{pk}",
            "system",
            channel_id,
            {"id": str(pk), "number": str(pk), "version": 2},
        )
        for pk, channel_id, state in woken
    ]


@transaction.atomic
def cancel(wish: Wish, *, actor: str) -> Wish:
    """The customer no longer wants to know. Raises IllegalMove once it ended."""
    wish = Wish.objects.select_for_update(no_key=True).get(pk=wish.pk)
    if wish.state != WishState.WAITING:
        raise IllegalMove(f"This wish is {wish.state}.")
    return _end(wish, WishState.CANCELLED, actor)


@transaction.atomic
def called(wish: Wish, *, actor: str) -> Wish:
    """Staff told the customer by phone. Raises IllegalMove for a wish that waits for no call."""
    wish = Wish.objects.select_for_update(no_key=True).get(pk=wish.pk)
    if wish.state != WishState.TO_CALL:
        raise IllegalMove(f"This wish is {wish.state}.")
    return _end(wish, WishState.TOLD, actor)


@transaction.atomic
def leave_alone(wish: Wish) -> int:
    """Whoever opened this wish's own page wants no more such messages: all that wait for the same address end."""
    same = Wish.objects.select_for_update(no_key=True).filter(
        state=WishState.WAITING, channel=wish.channel_id
    )
    waiting = same.filter(email=wish.email) if wish.email else same.filter(phone=wish.phone)
    ended = [_end(one, WishState.CANCELLED, "customer") for one in waiting.order_by("pk")]
    return len(ended)


def housekeep(now: datetime | None = None) -> None:
    """Wishes nobody could fulfil expire; those that ended long ago are forgotten."""
    now = now or timezone.now()
    Wish.objects.filter(state=WishState.WAITING, expires_at__lte=now).update(
        state=WishState.EXPIRED, ended_at=now
    )
    Wish.objects.filter(ended_at__lt=now - KEPT).delete()


def visible(principal: Any) -> "QuerySet[Wish]":
    """A channel's key sees the wishes left in its shop."""
    rows: QuerySet[Wish] = principal.limit_to_channel(Wish.objects.select_related("channel", "product"))
    return rows


def _available(product: Product) -> int:
    levels = StockLevel.objects.filter(product=product, location__active=True)
    return int(levels.aggregate(total=Sum(AVAILABLE))["total"] or 0)


def _end(wish: Wish, state: str, actor: str) -> Wish:
    wish.state, wish.ended_at = state, timezone.now()
    wish.save(update_fields=["state", "ended_at"])
    _record(f"wish.{state}", wish, actor)
    return wish


def _record(kind: str, wish: Wish, actor: str) -> None:
    data = {"id": str(wish.pk), "number": str(wish.pk), "version": 1, "sku": wish.product.sku}
    record(kind, wish.ref, actor=actor, channel_id=wish.channel_id, data=data)


def _email(given: str) -> str:
    given = given.strip()
    if given:
        try:
            validate_email(given)
        except ValidationError as error:
            raise Invalid.at("/email", said("That is no e-mail address.")) from error
    # One spelling, so that the same address is the same wish; the part before the @ is the receiver's affair.
    local, at, domain = given.rpartition("@")
    return f"{local}{at}{domain.lower()}"


def _url(given: str) -> str:
    given = _words(given, 500, "/url")
    parts = urlsplit(given)
    if given and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise Invalid.at("/url", said("A page's address begins with https://."))
    return given


def _language(wanted: str) -> str:
    short = wanted.partition("-")[0].lower()
    return short if short in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _words(given: str, length: int, pointer: str) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error
