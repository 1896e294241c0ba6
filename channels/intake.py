"""What came in by a channel's hook becomes an order, by the same road as `POST /orders/`."""

from oms.core import api
from oms.core.errors import Invalid
from oms.core.models import Channel
from orders import new_order, placing
from orders.new_order import NewOrder
from orders.placement import Channel as PlacingChannel
from orders.placement import Placed, Placement


def accept(channel: Channel, raw: bytes, *, actor: str) -> Placed:
    """Place the order of a generic hook: the body of `POST /orders/`. A repeat of the same facts finds it.

    Raises the Problem that the API would answer.
    """
    body = api.decode_body(raw, NewOrder)
    if body.channel is not None:
        raise Invalid.at("/channel", "The hook's address says which channel it is; leave the field out.")
    placement = Placement(
        new_order.check(body), PlacingChannel(channel.pk, channel.code, channel.language), raw.decode()
    )
    return placing.place_order(placement, actor=actor)
