"""What may be changed on an order without a call of its own: notes, tags, metadata."""

from typing import Annotated, Any

import msgspec
from django.db import transaction
from django.utils import timezone
from msgspec import UNSET, Meta, UnsetType

from oms.core import text
from oms.core.errors import Invalid
from oms.core.events import record
from oms.core.saying import said
from orders.models import Order
from orders.new_order import MAX_METADATA


class OrderPatch(msgspec.Struct, forbid_unknown_fields=True):
    """A merge patch (RFC 7396): null empties a field, and removes a key of `metadata`."""

    note: Annotated[str, Meta(max_length=2000)] | None | UnsetType = UNSET
    gift_message: Annotated[str, Meta(max_length=1000)] | None | UnsetType = UNSET
    tags: (
        Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=50)]
        | None
        | UnsetType
    ) = UNSET
    metadata: dict[str, Any] | None | UnsetType = UNSET


@transaction.atomic
def change(order: Order, patch: OrderPatch, *, actor: str) -> Order:
    """Apply a patch to a locked order; the event names the fields, and which tags came and went, not their text."""
    fields = []
    more: dict[str, list[str]] = {}
    for name, length in (("note", 2000), ("gift_message", 1000)):
        given = getattr(patch, name)
        if given is not UNSET:
            setattr(order, name, _clean(f"/{name}", given or "", length))
            fields.append(name)
    if patch.tags is not UNSET:
        tags = [_clean(f"/tags/{i}", tag, 64) for i, tag in enumerate(patch.tags or [])]
        more["tags_added"] = [tag for tag in tags if tag not in order.tags]
        more["tags_removed"] = [tag for tag in order.tags if tag not in tags]
        order.tags = tags
        fields.append("tags")
    if patch.metadata is not UNSET:
        order.metadata = {} if patch.metadata is None else merged(order.metadata, patch.metadata)
        if len(msgspec.json.encode(order.metadata)) > MAX_METADATA:
            raise Invalid.at(
                "/metadata",
                said("At most %(most)s bytes as JSON.", most=MAX_METADATA),
                "too_large",
            )
        fields.append("metadata")
    if not fields:
        return order
    write(order, fields, actor=actor, **{name: tags for name, tags in more.items() if tags})
    return order


def write(order: Order, fields: list[str], *, actor: str, **more: list[str]) -> None:
    """Save these fields of a locked order; the event names them, and `more` of what may be told."""
    order.version += 1
    order.updated_at = timezone.now()
    order.save(update_fields=[*fields, "version", "updated_at"])
    data = {"id": str(order.pk), "number": str(order.number), "version": order.version, "fields": fields}
    record("order.changed", order.ref, actor=actor, channel_id=order.channel_id, data=data | more)


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def _clean(pointer: str, given: str, length: int) -> str:
    try:
        return text.clean(given, length, lines=True)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error
