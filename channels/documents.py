"""What the API takes and gives of webhooks, in and out."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from channels.models import WebhookDelivery, WebhookEndpoint

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Events = Annotated[
    list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(min_length=1, max_length=50)
]
Limit = Annotated[int, msgspec.Meta(ge=1, le=250)]


class EndpointIn(msgspec.Struct, forbid_unknown_fields=True):
    """`channel` is for company keys alone: a channel's key makes endpoints of its own channel."""

    url: Url
    events: Events
    channel: Annotated[str, msgspec.Meta(max_length=64)] | None = None


class EndpointPatch(msgspec.Struct, forbid_unknown_fields=True):
    url: Url | msgspec.UnsetType = msgspec.UNSET
    events: Events | msgspec.UnsetType = msgspec.UNSET
    active: bool | msgspec.UnsetType = msgspec.UNSET


class EndpointOut(msgspec.Struct):
    """`channel` null hears the whole company."""

    id: UUID
    url: str
    events: list[str]
    channel: str | None
    active: bool
    created_at: datetime


class NewEndpointOut(EndpointOut):
    """The one time the secret is shown."""

    secret: str = ""


class DeliveryOut(msgspec.Struct):
    id: UUID
    endpoint: UUID
    type: str
    state: str
    attempts: int
    next_try_at: datetime | None
    response_status: int | None
    response_body: str
    last_error: str
    created_at: datetime
    delivered_at: datetime | None
    body: dict[str, Any]


class EndpointQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: str = ""


class DeliveryQuery(msgspec.Struct, forbid_unknown_fields=True):
    endpoint: UUID | None = None
    state: Literal["pending", "delivered", "dead"] | None = None
    limit: Limit = 50
    cursor: str = ""


class HookOut(msgspec.Struct):
    """The hook was kept; it is worked on after this answer."""

    id: UUID


def endpoint_out(endpoint: WebhookEndpoint) -> EndpointOut:
    return EndpointOut(
        id=endpoint.pk,
        url=endpoint.url,
        events=endpoint.events,
        channel=endpoint.channel.code if endpoint.channel else None,
        active=endpoint.active,
        created_at=endpoint.created_at,
    )


def new_endpoint_out(endpoint: WebhookEndpoint, secret: str) -> NewEndpointOut:
    return NewEndpointOut(**msgspec.structs.asdict(endpoint_out(endpoint)), secret=secret)


def delivery_out(delivery: WebhookDelivery) -> DeliveryOut:
    return DeliveryOut(
        id=delivery.pk,
        endpoint=delivery.endpoint_id,
        type=delivery.type,
        state=delivery.state,
        attempts=delivery.attempts,
        next_try_at=delivery.next_try_at if delivery.state == "pending" else None,
        response_status=delivery.response_status,
        response_body=delivery.response_body,
        last_error=delivery.last_error,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
        body=delivery.body,
    )
