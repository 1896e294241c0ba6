"""Alerts and their limits, and customers' wishes, over the API."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.urls import reverse
from rest_framework.request import Request

from inventory import access, alerts, wishes
from inventory.api import Limit, newest_first
from inventory.documents import Code, Figure
from inventory.models import AlertKind, Product, StockAlert, StockLimit, Wish, WishState
from inventory.paging import newest, states
from oms.core.api import Answer, Endpoint, Op, created
from oms.core.errors import Forbidden, Invalid, NotFound
from oms.core.models import Channel

Name = Annotated[str, msgspec.Meta(max_length=64)]


class AlertQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`kind`: low or over."""

    kind: Annotated[str, msgspec.Meta(max_length=20)] = ""
    location: Name = ""
    sku: Name = ""
    limit: Limit = 50
    cursor: str = ""


class AlertOut(msgspec.Struct):
    """`figure` is what is available (low) or on hand (over); without a `location` it is about all of them."""

    sku: str
    location: str | None
    kind: str
    limit: int
    figure: int
    since: datetime


class LimitQuery(msgspec.Struct, forbid_unknown_fields=True):
    location: Name = ""
    sku: Name = ""
    limit: Limit = 50
    cursor: str = ""


class LimitIn(msgspec.Struct, forbid_unknown_fields=True):
    """Low once no more than `minimum` are available, too much once more than `maximum` lie there; null: no limit."""

    location: Code
    sku: Name
    minimum: Figure | None = None
    maximum: Figure | None = None


class LimitOut(msgspec.Struct):
    location: str
    sku: str
    minimum: int | None
    maximum: int | None


class WishQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`state` takes several values with commas."""

    state: Annotated[str, msgspec.Meta(max_length=200)] = ""
    sku: Name = ""
    limit: Limit = 50
    cursor: str = ""


class WishIn(msgspec.Struct, forbid_unknown_fields=True):
    """An e-mail address or a phone number is needed. `url`: the shop's page of the product, which the message opens.

    A channel's key leaves `channel` out; a company key names it.
    """

    sku: Name
    email: Annotated[str, msgspec.Meta(max_length=254)] = ""
    phone: Annotated[str, msgspec.Meta(max_length=64)] = ""
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    language: Annotated[str, msgspec.Meta(max_length=8)] = ""
    url: Annotated[str, msgspec.Meta(max_length=500)] = ""
    channel: Name = ""


class WishOut(msgspec.Struct):
    id: UUID
    channel: str
    sku: str
    name: str
    email: str
    phone: str
    language: str
    url: str
    state: Literal["waiting", "told", "to_call", "cancelled", "expired"]
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class StockAlerts(Endpoint):
    get_op = Op(
        scope="stock:read",
        query=AlertQuery,
        answer=AlertOut,
        paged=True,
        summary="Too little and too much, now",
    )

    def get(self, request: Request, query: AlertQuery) -> Answer:
        rows = request.user.limit_to_locations(StockAlert.objects.select_related("product", "location"))
        if query.kind and query.kind not in AlertKind.values:
            raise Invalid.at("kind", f"'{query.kind}' is none of {', '.join(AlertKind.values)}.")
        rows = _narrowed(rows.filter(kind=query.kind) if query.kind else rows, query.location, query.sku)
        return newest_first(request, rows, query.limit, query.cursor, _alert)


class StockLimits(Endpoint):
    get_op = Op(
        scope="stock:read",
        query=LimitQuery,
        answer=LimitOut,
        paged=True,
        summary="Minimum and maximum by location",
    )
    post_op = Op(
        scope="stock:write",
        body=LimitIn,
        answer=LimitOut,
        status=201,
        summary="Set minimum and maximum of a SKU",
    )

    def get(self, request: Request, query: LimitQuery) -> Answer:
        rows = request.user.limit_to_locations(StockLimit.objects.select_related("product", "location"))
        rows = _narrowed(rows, query.location, query.sku)
        return newest_first(
            request,
            rows,
            query.limit,
            query.cursor,
            lambda row: LimitOut(row.location.code, row.product.sku, row.minimum, row.maximum),
        )

    def post(self, request: Request, body: LimitIn) -> Answer:
        location = access.location_of(body.location, "/location")
        access.own(request.user, location)
        product = _product(body.sku)
        alerts.set_limits(
            product, location, minimum=body.minimum, maximum=body.maximum, actor=request.user.actor
        )
        answer = LimitOut(location.code, product.sku, body.minimum, body.maximum)
        return created(answer, reverse("stock-limits"))


class BackInStock(Endpoint):
    get_op = Op(
        scope="orders:read",
        query=WishQuery,
        answer=WishOut,
        paged=True,
        summary="Who waits for a SKU to be back",
    )
    post_op = Op(
        scope="orders:write",
        body=WishIn,
        answer=WishOut,
        status=201,
        repeats=200,
        summary="Tell a customer when a SKU is back",
    )

    def get(self, request: Request, query: WishQuery) -> Answer:
        rows = wishes.visible(request.user)
        if query.state:
            rows = rows.filter(state__in=states(query.state, WishState.values))
        if query.sku:
            rows = rows.filter(product__sku=query.sku)
        return newest(request, rows, query.limit, query.cursor, _wish)

    def post(self, request: Request, body: WishIn) -> Answer:
        wish, new = wishes.leave(
            _channel(request, body.channel),
            _product(body.sku),
            name=body.name,
            email=body.email,
            phone=body.phone,
            language=body.language,
            url=body.url,
            actor=request.user.actor,
        )
        answer = created(_wish(wish), reverse("wish", args=[wish.pk]))
        return answer if new else Answer(_wish(wish), 200)


class OneWish(Endpoint):
    get_op = Op(scope="orders:read", answer=WishOut, summary="A customer's wish")
    delete_op = Op(scope="orders:write", status=204, summary="The customer no longer wants to know")

    def get(self, request: Request, pk: UUID) -> Answer:
        return Answer(_wish(_find(request, pk)))

    def delete(self, request: Request, pk: UUID) -> Answer:
        wishes.cancel(_find(request, pk), actor=request.user.actor)
        return Answer(None, 204)


def _find(request: Request, pk: UUID) -> Wish:
    found = wishes.visible(request.user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such wish.")
    return found


def _channel(request: Request, code: str) -> Channel:
    user = request.user
    if user.channel_id is not None:
        if code and code != user.channel_code:
            raise Forbidden("This key is of another channel.", code="other_channel")
        return Channel.objects.get(pk=user.channel_id)
    found = Channel.objects.filter(code=code, active=True).first() if code else None
    if found is None:
        raise Invalid.at("/channel", "Name the channel the customer asked at.", "unknown_channel")
    return found


def _product(sku: str) -> Product:
    product: Product = access.named(Product.objects.all(), [sku], "sku", "/sku", "unknown_sku")[sku]
    return product


def _narrowed(rows: Any, location: str, sku: str) -> Any:
    if location:
        rows = rows.filter(location__code=location)
    return rows.filter(product__sku=sku) if sku else rows


def _alert(alert: StockAlert) -> AlertOut:
    place = alert.location.code if alert.location else None
    return AlertOut(alert.product.sku, place, alert.kind, alert.limit, alert.figure, alert.since)


def _wish(wish: Wish) -> WishOut:
    return WishOut(
        id=wish.pk,
        channel=wish.channel.code,
        sku=wish.product.sku,
        name=wish.name,
        email=wish.email,
        phone=wish.phone,
        language=wish.language,
        url=wish.url,
        state=wish.state,  # type: ignore[arg-type]
        created_at=wish.created_at,
        expires_at=wish.expires_at,
        ended_at=wish.ended_at,
    )
