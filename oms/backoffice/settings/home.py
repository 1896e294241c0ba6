"""The first page of the settings: a card for everything the reader's role may open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from channels.models import DeliveryState, Message, MessageState, WebhookDelivery
from oms.core.counting import capped_count
from oms.core.models import Outbox
from oms.core.pages import staff_page


@dataclass(frozen=True, slots=True)
class Card:
    """`count`: what waits for somebody there; one query, capped."""

    title: str | Promise
    text: str | Promise
    icon: str
    url: str
    scope: str = "*"
    count: Callable[[], int] | None = None

    @property
    def href(self) -> str:
        return reverse(self.url)

    @property
    def waiting(self) -> int:
        return self.count() if self.count else 0


def dead_deliveries() -> int:
    return capped_count(WebhookDelivery.objects.filter(state=DeliveryState.DEAD))


def dead_messages() -> int:
    return capped_count(Message.objects.filter(state=MessageState.DEAD))


def dead_letters() -> int:
    return capped_count(Outbox.objects.exclude(dead_at=None))


GROUPS: tuple[tuple[str | Promise, tuple[Card, ...]], ...] = (
    (
        _("Company"),
        (
            Card(_("Staff"), _("Who may sign in, in which role and where"), "users", "settings-users"),
            Card(
                _("Locations"),
                _("Warehouses and shops that keep stock"),
                "warehouse",
                "settings-locations",
                "locations:read",
            ),
            Card(
                _("Shipping rates"),
                _("What carriers ask, and how long they take"),
                "truck",
                "settings-rates",
                "rates:read",
            ),
            Card(
                _("Routing rules"),
                _("Where orders are sent from, and what counts"),
                "route",
                "settings-rules",
                "rates:read",
            ),
            Card(
                _("What needs attention"),
                _("When an order is stuck, due soon or important"),
                "alarm-clock",
                "settings-attention",
                "rates:write",
            ),
        ),
    ),
    (
        _("Connections"),
        (
            Card(_("Channels"), _("Where orders come from"), "store", "settings-channels"),
            Card(_("API keys"), _("Who may talk to the API, and what for"), "key-round", "settings-keys"),
            Card(
                _("Webhooks"),
                _("Which programs hear of what happens"),
                "webhook",
                "settings-webhooks",
                "webhooks:read",
            ),
        ),
    ),
    (
        _("What went out"),
        (
            Card(
                _("Webhook deliveries"),
                _("What each webhook was told, and telling it again"),
                "send",
                "settings-deliveries",
                "webhooks:read",
                dead_deliveries,
            ),
            Card(
                _("Messages"),
                _("What customers were told by e-mail"),
                "mail",
                "settings-messages",
                "orders:read",
                dead_messages,
            ),
            Card(
                _("Dead letters"),
                _("Steps that failed until they were given up"),
                "mail-x",
                "settings-letters",
                count=dead_letters,
            ),
        ),
    ),
    (
        _("What happened"),
        (Card(_("Audit log"), _("Who did what, and when"), "scroll-text", "settings-audit"),),
    ),
)


@staff_page(scope="locations:read", methods=("GET", "HEAD"))
def home(request: Any) -> HttpResponseBase:
    may = request.principal.may
    shown = [(group, [card for card in cards if may(card.scope)]) for group, cards in GROUPS]
    return render(
        request, "settings/home.html", {"groups": [(name, cards) for name, cards in shown if cards]}
    )
