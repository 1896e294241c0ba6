"""The channels orders come from: opened and changed by staff. A code stays what it was: addresses name it."""

from django.conf import settings
from django.db import transaction

from oms.core import text
from oms.core.access import CHANNEL_CODE, forget_cached_keys
from oms.core.errors import Conflict, Invalid
from oms.core.events import record
from oms.core.models import Channel
from oms.core.saying import said


@transaction.atomic
def add_channel(*, code: str, name: str, brand: str = "", language: str = "en", actor: str) -> Channel:
    """A new channel. Raises Invalid naming the field, Conflict (`duplicate_code`)."""
    if not CHANNEL_CODE.fullmatch(code):
        raise Invalid.at("/code", said("A code is 1 to 64 letters, digits, hyphens and underscores."))
    given = _given(name=name, brand=brand, language=language)
    channel, new = Channel.objects.get_or_create(code=code, defaults=given)
    if not new:
        detail = said("There is already a channel %(code)s.", code=code)
        fault = {"pointer": "/code", "code": "duplicate_code", "detail": detail}
        raise Conflict(detail, code="duplicate_code", errors=[fault])
    _record("channel.added", channel, actor)
    return channel


@transaction.atomic
def change_channel(
    channel: Channel, *, name: str, brand: str, language: str, active: bool, actor: str
) -> Channel:
    """Write the channel anew. While it is off its keys and its hook are refused, within seconds."""
    for field, value in _given(name=name, brand=brand, language=language).items():
        setattr(channel, field, value)
    channel.active = active
    channel.save(update_fields=["name", "brand", "language", "active"])
    _record("channel.changed", channel, actor)
    transaction.on_commit(forget_cached_keys, robust=True)
    return channel


def _given(*, name: str, brand: str, language: str) -> dict[str, str]:
    if language not in dict(settings.LANGUAGES):
        raise Invalid.at("/language", said("The product does not speak %(language)s.", language=language))
    if not name.strip():
        raise Invalid.at("/name", said("Give the channel a name."))
    return {"name": _clean("/name", name), "brand": _clean("/brand", brand), "language": language}


def _clean(pointer: str, given: str) -> str:
    try:
        return text.clean(given, 200)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error


def _record(kind: str, channel: Channel, actor: str) -> None:
    data = {"id": channel.pk, "number": channel.code, "version": 1, "active": channel.active}
    record(kind, f"channel/{channel.code}", actor=actor, channel_id=channel.pk, data=data)
