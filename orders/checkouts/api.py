"""The door of reservations: stock kept for a checkout."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from django.conf import settings
from msgspec import Meta
from rest_framework.request import Request

from inventory.models import Reservation
from oms.core import api, errors
from oms.core.access import Principal
from oms.core.api import Answer, Endpoint, Op
from oms.core.models import Channel
from orders.checkouts import keeping
from orders.models import Checkout, CheckoutState

LONGEST_MINUTES = 24 * 60


class LineIn(msgspec.Struct, forbid_unknown_fields=True):
    sku: Annotated[str, Meta(min_length=1, max_length=64)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]


class ReservationIn(msgspec.Struct, forbid_unknown_fields=True):
    """`location`: all of it there, for a pickup. A company key names the `channel`; a channel's key must not."""

    lines: Annotated[list[LineIn], Meta(min_length=1, max_length=1000)]
    minutes: Annotated[int, Meta(ge=1, le=LONGEST_MINUTES)]
    location: Annotated[str, Meta(max_length=64)] | None = None
    channel: Annotated[str, Meta(max_length=64)] | None = None


class PlaceOut(msgspec.Struct):
    code: str
    quantity: int


class LineOut(msgspec.Struct):
    """`backordered` units are not there; they will wait if the order is placed. `locations`: where `reserved` lie."""

    sku: str
    quantity: int
    reserved: int
    backordered: int
    locations: list[PlaceOut]


class ReservationOut(msgspec.Struct):
    """`order` is the id of the order that used it."""

    id: UUID
    channel: str
    state: Literal["open", "consumed", "released", "expired"]
    expires_at: datetime
    created_at: datetime
    order: UUID | None
    lines: list[LineOut]


class Reservations(Endpoint):
    post_op = Op(
        scope="orders:write",
        body=ReservationIn,
        answer=ReservationOut,
        status=201,
        summary="Keep stock for a checkout",
    )

    def post(self, request: Request, body: ReservationIn) -> Answer:
        channel = channel_of(request.user, body.channel)
        checkout = keeping.keep(
            channel.pk,
            [keeping.Asked(line.sku, line.quantity) for line in body.lines],
            minutes=body.minutes,
            location=body.location or None,
            actor=request.user.actor,
        )
        return api.created(
            reservation_out(checkout, channel.code),
            f"{settings.BASE_URL}/api/v1/reservations/{checkout.pk}/",
        )


class ReservationDetail(Endpoint):
    get_op = Op(scope="orders:read", answer=ReservationOut, summary="A reservation")
    delete_op = Op(scope="orders:write", status=204, summary="Let a reservation go")

    def get(self, request: Request, id: UUID) -> Answer:
        checkout = get_checkout(request.user, id)
        return Answer(reservation_out(checkout, checkout.channel.code))

    def delete(self, request: Request, id: UUID) -> Answer:
        keeping.give_up(get_checkout(request.user, id), actor=request.user.actor)
        return Answer(None, 204)


def get_checkout(principal: Principal, pk: UUID) -> Checkout:
    """The only way a request obtains a checkout. Raises NotFound."""
    found = principal.limit_to_channel(Checkout.objects.select_related("channel")).filter(pk=pk).first()
    if found is None:
        raise errors.NotFound
    return found


def channel_of(principal: Principal, named: str | None) -> Channel:
    """The key's own channel, which the body must not name, or the one the body names."""
    if principal.channel_id is not None:
        if named is not None:
            raise errors.Invalid.at("/channel", "This key belongs to a channel; leave the field out.")
        return Channel(pk=principal.channel_id, code=principal.channel_code)
    if named is None:
        raise errors.Invalid.at("/channel", "A company key names the reservation's channel.", "required")
    found = Channel.objects.filter(code=named, active=True).first()
    if found is None:
        raise errors.Invalid.at("/channel", "There is no such channel.", "unknown_channel")
    return found


def reservation_out(checkout: Checkout, channel: str) -> ReservationOut:
    lines = list(checkout.lines.order_by("position"))
    at: dict[UUID, dict[str, int]] = {}
    kept = Reservation.objects.filter(owner=checkout.pk).order_by("location__priority", "location_id")
    for line, code, units, per_unit in kept.values_list("line", "location__code", "quantity", "per_unit"):
        at.setdefault(line, {})[code] = units // per_unit
    return ReservationOut(
        id=checkout.pk,
        channel=channel,
        state=CheckoutState.EXPIRED if checkout.is_over() else checkout.state,  # type: ignore[arg-type]
        expires_at=checkout.expires_at,
        created_at=checkout.created_at,
        order=checkout.order_id,
        lines=[
            LineOut(
                line.sku,
                line.quantity,
                line.reserved,
                line.quantity - line.reserved,
                [PlaceOut(code, units) for code, units in at.get(line.pk, {}).items()],
            )
            for line in lines
        ],
    )
