"""Units a channel is not told of: set and taken away, for one product or for all that have none of their own."""

from django.db import transaction
from django.db.models import F, Q, QuerySet

from inventory.models import ChannelBuffer, Product
from oms.core.events import record
from oms.core.models import Channel


def buffers() -> "QuerySet[ChannelBuffer]":
    """Channel by channel, the one for every product first."""
    known = ChannelBuffer.objects.select_related("channel", "product")
    return known.order_by("channel__name", "channel_id", F("product__sku").asc(nulls_first=True))


def buffers_of(product: Product) -> "QuerySet[ChannelBuffer]":
    """By channel what it is not told of this product: its own buffer, else the channel's for every product."""
    return (
        buffers()
        .filter(Q(product=product) | Q(product=None))
        .order_by("channel__name", "channel_id", F("product_id").asc(nulls_last=True))
        .distinct("channel__name", "channel_id")
    )


@transaction.atomic
def set_buffer(channel: Channel, product: Product | None, units: int, *, actor: str) -> ChannelBuffer:
    """The channel is offered so many units less of the product (None: of every product without its own)."""
    buffer, _ = ChannelBuffer.objects.update_or_create(
        channel=channel, product=product, defaults={"units": units}
    )
    _tell("buffer.set", buffer, actor)
    return buffer


@transaction.atomic
def drop_buffer(buffer: ChannelBuffer, *, actor: str) -> None:
    """The channel's general buffer stands for the product again; without one it is told of everything."""
    _tell("buffer.dropped", buffer, actor)
    buffer.delete()


def _tell(kind: str, buffer: ChannelBuffer, actor: str) -> None:
    sku = buffer.product.sku if buffer.product else ""
    data = {
        "id": str(buffer.pk),
        "number": buffer.channel.code,
        "version": 1,
        "sku": sku,
        "units": buffer.units,
    }
    record(kind, f"channel/{buffer.channel.code}", actor=actor, channel_id=buffer.channel_id, data=data)
