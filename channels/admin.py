"""A plain admin of the outside world: what came in, what goes out, what the customer was told."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from channels import inbox, notifications, webhooks
from channels.models import InboxMessage, Message, WebhookDelivery, WebhookEndpoint
from oms.core.admin import ReadOnly


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user.get_username()}"


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnly):
    list_display = ["url", "channel", "events", "active", "created_at"]
    list_select_related = ["channel"]
    list_filter = ["active", "channel"]
    exclude = ["secret"]
    actions = ["pause", "resume"]

    @admin.action(description="Pause the chosen endpoints", permissions=["view"])
    def pause(self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint]) -> None:
        self._switch(request, chosen, False)

    @admin.action(description="Resume the chosen endpoints", permissions=["view"])
    def resume(self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint]) -> None:
        self._switch(request, chosen, True)

    def _switch(self, request: HttpRequest, chosen: QuerySet[WebhookEndpoint], active: bool) -> None:
        for endpoint in chosen:
            webhooks.change_endpoint(endpoint, active=active, actor=_actor(request))
        messages.success(request, "Done.")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnly):
    list_display = ["created_at", "type", "endpoint", "state", "attempts", "response_status", "last_error"]
    list_select_related = ["endpoint"]
    list_filter = ["state", "type"]
    ordering = ["-id"]
    actions = ["replay"]

    @admin.action(description="Deliver the chosen once more", permissions=["view"])
    def replay(self, request: HttpRequest, chosen: QuerySet[WebhookDelivery]) -> None:
        for delivery in chosen.select_related("endpoint"):
            webhooks.replay(delivery, actor=_actor(request))
        messages.success(request, "They are on their way.")


@admin.register(InboxMessage)
class InboxMessageAdmin(ReadOnly):
    list_display = ["received_at", "channel", "dedupe_key", "state", "attempts", "last_error"]
    list_select_related = ["channel"]
    list_filter = ["state", "channel"]
    search_fields = ["=dedupe_key"]
    ordering = ["-id"]
    fields = [
        "channel",
        "dedupe_key",
        "headers",
        "text",
        "state",
        "attempts",
        "last_error",
        "received_at",
        "done_at",
    ]
    actions = ["retry"]

    @admin.display(description="Body")
    def text(self, message: InboxMessage) -> str:
        return bytes(message.body).decode("utf-8", "replace")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["text"]

    @admin.action(description="Work on the chosen again", permissions=["view"])
    def retry(self, request: HttpRequest, chosen: QuerySet[InboxMessage]) -> None:
        for message in chosen.select_related("channel"):
            inbox.retry(message, actor=_actor(request))
        messages.success(request, "What was not done is being worked on.")


@admin.register(Message)
class MessageAdmin(ReadOnly):
    list_display = [
        "created_at",
        "kind",
        "subject_ref",
        "language",
        "state",
        "attempts",
        "sent_at",
        "last_error",
    ]
    list_filter = ["state", "kind", "language"]
    search_fields = ["=subject_ref", "=recipient"]
    ordering = ["-id"]
    actions = ["retry"]

    @admin.action(description="Send the chosen dead letters again", permissions=["view"])
    def retry(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        for message in chosen:
            notifications.retry(message, actor=_actor(request))
        messages.success(request, "What was given up is tried again.")
