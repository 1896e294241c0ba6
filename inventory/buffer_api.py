"""The API of channel buffers: published = max(0, available − buffer)."""

from typing import Annotated

import msgspec
from django.conf import settings
from rest_framework.request import Request

from inventory import buffering
from inventory.models import ChannelBuffer, Product
from inventory.queries import by_reference
from oms.core import api
from oms.core.api import Answer, Endpoint, Op
from oms.core.errors import Invalid, NotFound
from oms.core.models import Channel

Name = Annotated[str, msgspec.Meta(max_length=64)]


class BufferIn(msgspec.Struct, forbid_unknown_fields=True):
    """`sku` null: every product without a buffer of its own. Set again, it replaces the one before."""

    channel: Name
    units: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    sku: Name | None = None


class BufferOut(msgspec.Struct):
    id: int
    channel: str
    sku: str | None
    units: int


class Buffers(Endpoint):
    get_op = Op(scope="stock:read", answer=BufferOut, paged=True, summary="What channels are not told of")
    post_op = Op(
        scope="stock:write",
        body=BufferIn,
        answer=BufferOut,
        status=201,
        summary="Keep units back from a channel",
    )

    def get(self, request: Request) -> Answer:
        found = request.user.limit_to_channel(buffering.buffers())
        return api.page(request._request, [buffer_out(buffer) for buffer in found], None)

    def post(self, request: Request, body: BufferIn) -> Answer:
        channels = request.user.limit_to_channel(Channel.objects.filter(active=True), "pk")
        channel = channels.filter(code=body.channel).first()
        if channel is None:
            raise Invalid.at("/channel", "There is no such channel.", "unknown_channel")
        product = None
        if body.sku:
            try:
                product = by_reference(Product.objects.all(), body.sku, "sku")
            except NotFound:
                raise Invalid.at("/sku", f"There is no product {body.sku}.", "unknown_sku") from None
        buffer = buffering.set_buffer(channel, product, body.units, actor=request.user.actor)
        return api.created(buffer_out(buffer), f"{settings.BASE_URL}/api/v1/channel-buffers/{buffer.pk}/")


class BufferDetail(Endpoint):
    delete_op = Op(scope="stock:write", status=204, summary="Tell a channel of everything again")

    def delete(self, request: Request, id: int) -> Answer:
        buffer = request.user.limit_to_channel(buffering.buffers()).filter(pk=id).first()
        if buffer is None:
            raise NotFound
        buffering.drop_buffer(buffer, actor=request.user.actor)
        return Answer(None, 204)


def buffer_out(buffer: ChannelBuffer) -> BufferOut:
    return BufferOut(
        buffer.pk, buffer.channel.code, buffer.product.sku if buffer.product else None, buffer.units
    )
