"""The API of webhooks: endpoints and deliveries going out, signed hooks coming in."""

import hashlib
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.request import Request

from channels import inbox, webhooks
from channels.documents import (
    DeliveryOut,
    DeliveryQuery,
    EndpointIn,
    EndpointOut,
    EndpointPatch,
    EndpointQuery,
    HookOut,
    NewEndpointOut,
    delivery_out,
    endpoint_out,
    new_endpoint_out,
)
from channels.models import WebhookDelivery, WebhookEndpoint
from oms.core import api
from oms.core.access import Principal
from oms.core.api import MERGE_PATCH, Answer, Endpoint, Op
from oms.core.errors import Invalid, NotFound
from oms.core.models import Channel
from orders.new_order import NewOrder


class Hook(Endpoint):
    """A channel's hook, signed as Standard Webhooks ask: the signature is its only key."""

    authentication_classes: list[Any] = []
    post_op = Op(
        scope=None,
        documented_body=NewOrder,
        answer=HookOut,
        status=202,
        repeats=200,
        idempotent=False,
        summary="Send an order; kept and answered first, worked on after",
    )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if self.op_of(request.method or "") is None:
            self.http_method_not_allowed(request)

    def post(self, request: Request, channel: str) -> Answer:
        kept, new = inbox.receive(channel, request.headers, api.read_body(request._request))
        return Answer(HookOut(kept.pk), 202 if new else 200)


class Endpoints(Endpoint):
    get_op = Op(
        scope="webhooks:read",
        query=EndpointQuery,
        answer=EndpointOut,
        paged=True,
        summary="Webhook endpoints",
    )
    post_op = Op(
        scope="webhooks:write",
        body=EndpointIn,
        answer=NewEndpointOut,
        status=201,
        secret=True,
        summary="Ask for events; the secret is shown this once",
    )

    def get(self, request: Request, query: EndpointQuery) -> Answer:
        rows, next_cursor = _page(_endpoints(request.user), query.limit, query.cursor)
        return api.page(request._request, [endpoint_out(row) for row in rows], next_cursor)

    def post(self, request: Request, body: EndpointIn) -> Answer:
        endpoint, secret = webhooks.add_endpoint(
            url=body.url,
            events=body.events,
            channel=_channel(request.user, body.channel),
            actor=request.user.actor,
        )
        address = reverse("webhook-endpoint", args=[endpoint.pk])
        return api.created(new_endpoint_out(endpoint, secret), address, _etag(endpoint))


class EndpointDetail(Endpoint):
    get_op = Op(scope="webhooks:read", answer=EndpointOut, conditional=True, summary="A webhook endpoint")
    patch_op = Op(
        scope="webhooks:write",
        body=EndpointPatch,
        answer=EndpointOut,
        media=MERGE_PATCH,
        conditional=True,
        summary="Change a webhook endpoint",
    )
    delete_op = Op(scope="webhooks:write", status=204, summary="Remove a webhook endpoint")

    def get(self, request: Request, ref: str) -> Answer:
        endpoint = _one(_endpoints(request.user), ref)
        return Answer(endpoint_out(endpoint), 200, {"ETag": _etag(endpoint)})

    def patch(self, request: Request, body: EndpointPatch, ref: str) -> Answer:
        endpoint = _one(_endpoints(request.user).select_for_update(of=("self",)), ref)
        api.require_match(request, _etag(endpoint))
        given = {
            name: value for name, value in msgspec.structs.asdict(body).items() if value is not msgspec.UNSET
        }
        webhooks.change_endpoint(endpoint, **given, actor=request.user.actor)
        return Answer(endpoint_out(endpoint), 200, {"ETag": _etag(endpoint)})

    def delete(self, request: Request, ref: str) -> Answer:
        webhooks.remove_endpoint(_one(_endpoints(request.user), ref), actor=request.user.actor)
        return Answer(None, 204)


class Deliveries(Endpoint):
    get_op = Op(
        scope="webhooks:read",
        query=DeliveryQuery,
        answer=DeliveryOut,
        paged=True,
        summary="Webhook deliveries",
    )

    def get(self, request: Request, query: DeliveryQuery) -> Answer:
        rows = _deliveries(request.user)
        if query.endpoint:
            rows = rows.filter(endpoint_id=query.endpoint)
        if query.state:
            rows = rows.filter(state=query.state)
        found, next_cursor = _page(rows, query.limit, query.cursor)
        return api.page(request._request, [delivery_out(row) for row in found], next_cursor)


class DeliveryDetail(Endpoint):
    get_op = Op(scope="webhooks:read", answer=DeliveryOut, summary="A webhook delivery")

    def get(self, request: Request, ref: str) -> DeliveryOut:
        return delivery_out(_one(_deliveries(request.user), ref))


class Replays(Endpoint):
    post_op = Op(scope="webhooks:write", answer=DeliveryOut, status=201, summary="Deliver once more")

    def post(self, request: Request, ref: str) -> Answer:
        delivery = _one(_deliveries(request.user).select_related("endpoint"), ref)
        webhooks.replay(delivery, actor=request.user.actor)
        return api.created(delivery_out(delivery), reverse("webhook-delivery", args=[delivery.pk]))


def _endpoints(principal: Principal) -> QuerySet[WebhookEndpoint]:
    return principal.limit_to_channel(WebhookEndpoint.objects.select_related("channel"))


def _deliveries(principal: Principal) -> QuerySet[WebhookDelivery]:
    return principal.limit_to_channel(WebhookDelivery.objects.all(), "endpoint__channel_id")


def _one(rows: QuerySet[Any], ref: str) -> Any:
    try:
        return rows.get(pk=UUID(ref))
    except (ValueError, rows.model.DoesNotExist):
        raise NotFound from None


def _channel(principal: Principal, code: str | None) -> Channel | None:
    if principal.channel_id is not None:
        if code is not None:
            raise Invalid.at("/channel", "The key says which channel it is.", "channel_not_allowed")
        return Channel.objects.get(pk=principal.channel_id)
    if code is None:
        return None
    try:
        return Channel.objects.get(code=code)
    except Channel.DoesNotExist:
        raise Invalid.at("/channel", f"There is no channel {code}.", "unknown_channel") from None


def _page(rows: QuerySet[Any], limit: int, cursor: str) -> tuple[list[Any], str | None]:
    """Newest first: the keys are sorted by time."""
    if cursor:
        [after] = api.decode_cursor(cursor, 1)
        try:
            rows = rows.filter(pk__lt=UUID(after))
        except (ValueError, AttributeError, TypeError) as error:
            raise Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor") from error
    found = list(rows.order_by("-pk")[: limit + 1])
    more = len(found) > limit
    return found[:limit], api.encode_cursor(found[limit - 1].pk) if more else None


def _etag(endpoint: WebhookEndpoint) -> str:
    seen = msgspec.json.encode(endpoint_out(endpoint))
    return f'"{hashlib.sha256(seen).hexdigest()[:32]}"'
