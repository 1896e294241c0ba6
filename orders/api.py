"""Doors of orders: parse, call one function, answer."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.conf import settings
from msgspec import Meta
from rest_framework.request import Request

from oms.core import api, errors, short_lists, text
from oms.core.api import Answer, Endpoint, Op
from oms.core.models import Channel, Event
from oms.core.short_lists import ShortListQuery
from orders import changing, documents, holds, new_order, placing, progress, queries
from orders.access import get_order, visible
from orders.documents import HoldOut, OrderOut, OrderRow
from orders.models import (
    FulfillmentStatus,
    Hold,
    Order,
    PaymentStatus,
    ReturnStatus,
    Status,
)
from orders.new_order import NewOrder
from orders.placement import Channel as PlacingChannel
from orders.placement import Placed, Placement
from orders.status import STAGES, public_stage, stages_of

SORTS = {"placed_at": "placed_at", "created_at": "created_at", "number": "number"}
Statuses = Annotated[str, Meta(max_length=200)]


class ListQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=250)] = 50
    cursor: str | None = None
    sort: Literal["-placed_at", "placed_at", "-number", "number"] = "-placed_at"
    q: Annotated[str, Meta(max_length=254)] | None = None
    status: Statuses | None = None
    stage: Statuses | None = None
    payment_status: Statuses | None = None
    fulfillment_status: Statuses | None = None
    return_status: Statuses | None = None
    channel: Statuses | None = None
    country: Statuses | None = None
    tag: Statuses | None = None
    hold: Statuses | None = None
    external_id: Annotated[str, Meta(max_length=128)] | None = None
    placed_at_gte: Annotated[datetime, Meta(tz=True)] | None = msgspec.field(
        default=None, name="placed_at.gte"
    )
    placed_at_gt: Annotated[datetime, Meta(tz=True)] | None = msgspec.field(default=None, name="placed_at.gt")
    placed_at_lte: Annotated[datetime, Meta(tz=True)] | None = msgspec.field(
        default=None, name="placed_at.lte"
    )
    placed_at_lt: Annotated[datetime, Meta(tz=True)] | None = msgspec.field(default=None, name="placed_at.lt")


class Batch(msgspec.Struct, forbid_unknown_fields=True):
    """Each item stands on its own: one refused item spoils no other."""

    items: Annotated[list[msgspec.Raw], Meta(min_length=1, max_length=250)]


class BatchDocs(msgspec.Struct, forbid_unknown_fields=True):
    items: Annotated[list[NewOrder], Meta(min_length=1, max_length=250)]


class BatchResult(msgspec.Struct, omit_defaults=True):
    index: int
    status: int
    id: UUID | None = None
    number: str | None = None
    error: dict[str, Any] | None = None


class BatchResults(msgspec.Struct):
    results: list[BatchResult]


class HoldIn(msgspec.Struct, forbid_unknown_fields=True):
    reason: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}$")] = "manual"
    note: Annotated[str, Meta(max_length=500)] | None = None


class EventOut(msgspec.Struct):
    """One fact of an order's timeline; `subject` is the document it is about."""

    id: str
    type: str
    subject: str
    actor: str
    timestamp: datetime
    data: dict[str, Any]


class EventQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=250)] = 50
    cursor: str | None = None


class Orders(Endpoint):
    get_op = Op(scope="orders:read", query=ListQuery, answer=OrderRow, paged=True, summary="List orders")
    post_op = Op(
        scope="orders:write",
        body=NewOrder,
        answer=OrderOut,
        status=201,
        repeats=200,
        summary="Place an order",
    )

    def get(self, request: Request, query: ListQuery) -> Answer:
        field, newest_first = SORTS[query.sort.lstrip("-")], query.sort.startswith("-")
        after = _after(query.cursor, field)
        found = queries.page_of(
            _filtered(request, query), field=field, newest_first=newest_first, after=after, limit=query.limit
        )
        rows = found[: query.limit]
        more = len(found) > query.limit
        cursor = api.encode_cursor(_plain(getattr(rows[-1], field)), str(rows[-1].pk)) if more else None
        data = [documents.order_row(order, order.open_holds, order.channel.code) for order in rows]  # type: ignore[attr-defined]
        return api.page(request._request, data, cursor)

    def post(self, request: Request, body: NewOrder) -> Answer:
        placement = Placement(
            new_order.check(body),
            channel_of(request, body.channel),
            request._request.body.decode("utf-8", "replace"),
        )
        placed = placing.place_order(placement, actor=request.user.actor)
        order = placed.order
        return Answer(
            document(placed),
            201 if placed.new else 200,
            {"Location": f"{settings.BASE_URL}/api/v1/orders/{order.id}/", "ETag": etag(order)},
        )


class OrderBatch(Endpoint):
    post_op = Op(
        scope="orders:write",
        body=Batch,
        documented_body=BatchDocs,
        answer=BatchResults,
        status=207,
        summary="Place up to 250 orders",
    )

    def post(self, request: Request, body: Batch) -> Answer:
        results: list[BatchResult | None] = [None] * len(body.items)
        placements: list[Placement] = []
        places: list[int] = []
        channels: dict[str | None, PlacingChannel] = {}
        for index, raw in enumerate(body.items):
            try:
                order = api.decode_body(bytes(raw), NewOrder)
                checked = new_order.check(order)
                if order.channel not in channels:
                    channels[order.channel] = channel_of(request, order.channel)
                placements.append(Placement(checked, channels[order.channel], bytes(raw).decode()))
                places.append(index)
            except errors.Problem as problem:
                results[index] = _refused(index, problem)
        answers = placing.place_orders(placements, actor=request.user.actor) if placements else []
        for index, answer in zip(places, answers, strict=True):
            if isinstance(answer, errors.Problem):
                results[index] = _refused(index, answer)
            else:
                results[index] = BatchResult(
                    index, 201 if answer.new else 200, answer.order.id, str(answer.order.number)
                )
        return Answer(BatchResults([result for result in results if result is not None]), 207)


class OrderDetail(Endpoint):
    get_op = Op(scope="orders:read", answer=OrderOut, conditional=True, summary="Read an order")
    patch_op = Op(
        scope="orders:write",
        body=changing.OrderPatch,
        answer=OrderOut,
        media=api.MERGE_PATCH,
        conditional=True,
        summary="Change an order's notes, tags and metadata",
    )

    def get(self, request: Request, id: str) -> Answer:
        return shown(get_order(request.user, id))

    def patch(self, request: Request, body: changing.OrderPatch, id: str) -> Answer:
        order = progress.lock(get_order(request.user, id).pk)
        api.require_match(request, etag(order))
        return shown(changing.change(order, body, actor=request.user.actor))


class OrderEvents(Endpoint):
    get_op = Op(
        scope="orders:read", query=EventQuery, answer=EventOut, paged=True, summary="An order's timeline"
    )

    def get(self, request: Request, query: EventQuery, id: str) -> Answer:
        order = get_order(request.user, id)
        events = Event.objects.filter(thread=order.ref)
        if query.cursor:
            after = api.decode_cursor(query.cursor, 1)[0]
            if not isinstance(after, int) or not 0 <= after < 2**63:
                raise errors.Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor")
            events = events.filter(id__gt=after)
        found = list(events.order_by("id")[: query.limit + 1])
        rows = found[: query.limit]
        cursor = api.encode_cursor(rows[-1].id) if len(found) > query.limit else None
        data = [EventOut(str(e.id), e.kind, e.subject, e.actor, e.at, e.data) for e in rows]
        return api.page(request._request, data, cursor)


class OrderHolds(Endpoint):
    get_op = Op(
        scope="orders:read", query=ShortListQuery, answer=HoldOut, paged=True, summary="The holds that stand"
    )
    post_op = Op(
        scope="orders:write", body=HoldIn, answer=HoldOut, status=201, summary="Put an order on hold"
    )

    def get(self, request: Request, query: ShortListQuery, id: str) -> Answer:
        standing = holds.open_holds(get_order(request.user, id))
        return short_lists.page(request, [documents.hold_out(hold) for hold in standing], query)

    def post(self, request: Request, body: HoldIn, id: str) -> Answer:
        order = get_order(request.user, id)
        note = _clean("/note", body.note or "", 500)
        hold = holds.place(order, reason=body.reason, note=note, actor=request.user.actor)
        return api.created(
            documents.hold_out(hold), f"{settings.BASE_URL}/api/v1/orders/{order.id}/holds/{hold.id}/"
        )


class OrderHold(Endpoint):
    delete_op = Op(scope="orders:write", status=204, summary="Release a hold")

    def delete(self, request: Request, id: str, hold: UUID) -> Answer:
        order = get_order(request.user, id)
        found = Hold.objects.filter(pk=hold, order=order).first()
        if found is None:
            raise errors.NotFound
        holds.release(order, found, actor=request.user.actor)
        return Answer(None, 204)


def etag(order: Order) -> str:
    return api.etag_of(order.version)


def document(placed: Placed) -> OrderOut:
    return documents.order_out(placed.order, placed.lines, placed.holds, placed.payments, placed.channel)


def shown(order: Order) -> Answer:
    """The whole order with its ETag."""
    return Answer(document(queries.load(order, order.channel.code)), 200, {"ETag": etag(order)})


def channel_of(request: Request, named: str | None) -> PlacingChannel:
    """The order's channel: the key's own, which the body must not name, or the one the body names."""
    principal = request.user
    if principal.channel_id is not None:
        if named is not None:
            raise errors.Invalid.at("/channel", "This key belongs to a channel; leave the field out.")
        return PlacingChannel(principal.channel_id, principal.channel_code, principal.channel_language)
    if named is None:
        raise errors.Invalid.at("/channel", "A company key names the order's channel.", "required")
    found = Channel.objects.filter(code=named, active=True).first()
    if found is None:
        raise errors.Invalid.at("/channel", "There is no such channel.", "unknown_channel")
    return PlacingChannel(found.pk, found.code, found.language)


def _filtered(request: Request, query: ListQuery) -> Any:
    orders = visible(request.user)
    for name in ("status", "stage", "payment_status", "fulfillment_status", "return_status", "country"):
        value = getattr(query, name)
        if value is not None:
            given = _choices(name, value)
            orders = orders.filter(**{f"{name}__in": stages_of(given) if name == "stage" else given})
    if query.channel is not None:
        orders = orders.filter(channel__code__in=query.channel.split(","))
    if query.tag is not None:
        orders = queries.tagged(orders, query.tag.split(","))
    if query.hold is not None:
        held = Hold.objects.filter(released_at=None, reason__in=query.hold.split(","))
        orders = orders.filter(pk__in=held.values("order_id"))
    if query.external_id is not None:
        orders = orders.filter(external_id=query.external_id)
    for step in ("gte", "gt", "lte", "lt"):
        moment = getattr(query, f"placed_at_{step}")
        if moment is not None:
            orders = orders.filter(**{f"placed_at__{step}": moment})
    return queries.find(orders, query.q) if query.q is not None and query.q.strip() else orders


CHOICES: dict[str, list[str]] = {
    "status": Status.values,
    "stage": [stage for stage in STAGES if public_stage(stage) == stage],
    "payment_status": PaymentStatus.values,
    "fulfillment_status": FulfillmentStatus.values,
    "return_status": ReturnStatus.values,
}


def _choices(name: str, value: str) -> list[str]:
    given = [part.strip() for part in value.split(",") if part.strip()]
    if name == "country":
        return [part.upper() for part in given]
    unknown = [part for part in given if part not in CHOICES[name]]
    if unknown or not given:
        raise errors.Invalid.at(name, f"Known values: {', '.join(CHOICES[name])}.")
    return given


def _after(cursor: str | None, field: str) -> tuple[Any, UUID] | None:
    if not cursor:
        return None
    value, pk = api.decode_cursor(cursor, 2)
    try:
        return _number(value) if field == "number" else queries.instant(value), UUID(pk)
    except (ValueError, TypeError, AttributeError) as error:
        raise errors.Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor") from error


def _number(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError
    return value


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _clean(pointer: str, given: str, length: int) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise errors.Invalid.at(pointer, str(error)) from error


def _refused(index: int, problem: errors.Problem) -> BatchResult:
    return BatchResult(
        index,
        problem.status,
        error={
            "code": problem.code,
            "title": problem.title,
            "detail": problem.detail,
            "errors": problem.errors,
        },
    )
