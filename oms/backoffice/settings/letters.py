"""What did not get through: handlers of events that gave up, and the log of messages to customers."""

from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from channels.models import Message, MessageState
from channels.notifications import retry
from oms.backoffice.mentions import note_url, order_url
from oms.backoffice.settings.event_words import kind_words, subject_words
from oms.backoffice.settings.parts import Act, Cell, Fact, Link, facts_page, list_page
from oms.core import display, outbox, text
from oms.core.badges import BADGES, badge
from oms.core.errors import Conflict, NotFound
from oms.core.listing import Column, Listing, View
from oms.core.models import Event, Outbox
from oms.core.pages import done, staff_page, told
from orders.models import Comment, Mention


class LetterFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="kind")

    class Meta:
        model = Outbox
        fields: tuple[str, ...] = ()


class MessageFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        choices=[(state, known.text) for state, known in BADGES["message"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )
    kind = django_filters.ChoiceFilter(
        label=gettext_lazy("Message"),
        choices=[(kind, known.text) for kind, known in BADGES["told"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Message
        fields: tuple[str, ...] = ()

    def look_up(self, rows: "QuerySet[Message]", name: str, value: str) -> "QuerySet[Message]":
        """By the order's number in any digits, or the customer's e-mail; both have an index."""
        plain = text.digits(value.strip())
        if "@" in plain:
            return rows.filter(order__email_key=text.email_key(plain))
        if plain.isascii() and plain.isdigit() and len(plain) <= 18:
            return rows.filter(order__number=int(plain))
        return rows.none()


LETTERS = Listing(
    name="settings-letters",
    columns=(
        Column("at", gettext_lazy("When"), sort="pk", fixed=True),
        Column("kind", gettext_lazy("Event")),
        Column("handler", gettext_lazy("Handler")),
        Column("error", gettext_lazy("Error")),
        Column("dead", gettext_lazy("Given up")),
    ),
    row_template="settings/_row.html",
    default_sort="-at",
    filterset=LetterFilter,
    search_label=gettext_lazy("Event, such as order.placed"),
    empty_title=gettext_lazy("No dead letters"),
    empty_text=gettext_lazy("Everything that happened was dealt with."),
    empty_icon="mail-check",
)

MESSAGES = Listing(
    name="settings-messages",
    columns=(
        Column("at", gettext_lazy("When"), sort="pk", fixed=True),
        Column("order", gettext_lazy("Order")),
        Column("kind", gettext_lazy("Message")),
        Column("recipient", gettext_lazy("Recipient")),
        Column("language", gettext_lazy("Language"), shown=False),
        Column("attempts", gettext_lazy("Tries"), numeric=True),
        Column("sent", gettext_lazy("Sent")),
        Column("state", gettext_lazy("State")),
    ),
    row_template="settings/_row.html",
    default_sort="-at",
    filterset=MessageFilter,
    views=(
        View("all", gettext_lazy("All"), ""),
        View("waiting", gettext_lazy("Waiting"), "state=pending"),
        View("dead", gettext_lazy("Given up"), "state=dead"),
    ),
    search_label=gettext_lazy("Order or e-mail"),
    empty_title=gettext_lazy("No messages yet"),
    empty_text=gettext_lazy("What customers are told by e-mail is listed here."),
    empty_icon="mail",
)


def _letter_cells(letter: Outbox) -> dict[str, Cell]:
    return {
        "at": Cell(letter.event_at, "moment", "cell-id", reverse("settings-letter", args=[letter.pk])),
        "kind": Cell(kind_words(letter.kind), "text", "cell-who"),
        "handler": Cell(letter.handler, "code"),
        "error": Cell(letter.last_error, "code", "cell-wide"),
        "dead": Cell(letter.dead_at, "moment"),
    }


def _message_cells(message: Message) -> dict[str, Cell]:
    return {
        "at": Cell(message.created_at, "moment", "cell-id", reverse("settings-message", args=[message.pk])),
        "order": Cell(message.order.number, "text", "cell-amount") if message.order else Cell(""),
        "kind": Cell(str(badge("told", message.kind).text), "text", "cell-who"),
        "recipient": Cell(message.recipient, "code"),
        "language": Cell(_language(message)),
        "attempts": Cell(message.attempts, "number"),
        "sent": Cell(message.sent_at, "moment"),
        "state": Cell(message.state, "message", "cell-state"),
    }


def _order(message: Message) -> list[Fact]:
    """Its order, for the messages that are about one."""
    if message.order is None:
        return []
    number = message.order.number
    return [Fact(_("Order"), number, "text", reverse("order-detail", args=[number]))]


def _about(message: Message) -> Fact:
    if message.order and message.subject_ref == message.order.ref:
        return Fact(_("About"), "")
    if message.kind != "mentioned":
        return Fact(_("About"), subject_words(message.subject_ref))
    rows = Mention.objects.select_related("comment__order", "note__customer")
    mention = rows.filter(pk=int(message.subject_ref.partition("/")[2])).first()
    if mention is None:
        return Fact(_("About"), "")
    if isinstance(mention.told, Comment):
        return Fact(_("About"), subject_words(mention.told.order.ref), href=order_url(mention.told))
    return Fact(_("About"), mention.told.customer.name or _("Customer"), href=note_url(mention.told))


def _language(message: Message) -> str:
    return display.language_name(message.language, get_language() or "en")


@staff_page(scope="*", methods=("GET", "HEAD"))
def letters(request: Any) -> HttpResponseBase:
    rows = Outbox.objects.exclude(dead_at=None)
    return list_page(request, LETTERS, rows, _letter_cells, title=_("Dead letters"))


@staff_page(scope="*", methods=("GET", "HEAD"))
def letter(request: Any, pk: int) -> HttpResponseBase:
    found = Outbox.objects.exclude(dead_at=None).filter(pk=pk).first()
    if found is None:
        raise NotFound
    event = Event.objects.filter(pk=found.event_id, at=found.event_at).first()
    again = Act(_("Try again"), "rotate-cw", reverse("settings-letter-retry", args=[pk]), "primary")
    return facts_page(
        request,
        title=kind_words(found.kind),
        back=Link(_("Dead letters"), reverse("settings-letters")),
        lead=_("This step failed every time and was given up. The rest of the event was dealt with."),
        facts=[
            Fact(_("About"), subject_words(event.subject) if event else ""),
            Fact(_("Handler"), found.handler, "code"),
            Fact(_("Happened"), found.event_at, "moment"),
            Fact(_("Tries"), found.attempts, "number"),
            Fact(_("Given up"), found.dead_at, "moment"),
            Fact(_("Request"), event.request_id if event else "", "code"),
        ],
        texts=[(_("What went wrong"), found.last_error)],
        acts=[again],
    )


@staff_page(scope="*", methods=("POST",))
def retry_letter(request: Any, pk: int) -> HttpResponseBase:
    if not outbox.retry_dead(pk, actor=request.principal.actor):
        raise NotFound
    return done(request, _("It is tried again now."), reverse("settings-letters"))


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def messages(request: Any) -> HttpResponseBase:
    rows = request.principal.limit_to_channel(Message.objects.select_related("order"), "order__channel_id")
    return list_page(request, MESSAGES, rows, _message_cells, title=_("Messages"))


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def message(request: Any, pk: UUID) -> HttpResponseBase:
    found = _message(request, pk)
    again = Act(_("Send again"), "rotate-cw", reverse("settings-message-retry", args=[pk]), "primary")
    given_up = found.state == MessageState.DEAD and request.principal.may("orders:write")
    waits, skipped = found.state == MessageState.PENDING, found.state == MessageState.SKIPPED
    return facts_page(
        request,
        title=str(badge("told", found.kind).text),
        back=Link(_("Messages"), reverse("settings-messages")),
        state=("message", found.state),
        facts=[
            *_order(found),
            _about(found),
            Fact(_("Recipient"), found.recipient, "code"),
            Fact(_("Subject"), found.title),
            Fact(_("Language"), _language(found)),
            Fact(_("Written"), found.created_at, "moment"),
            Fact(_("Tries"), found.attempts, "number"),
            Fact(_("Next try"), found.next_try_at if waits else None, "moment"),
            Fact(_("Sent"), found.sent_at, "moment"),
            *([Fact(_("Why it was not sent"), told(found.last_error))] if skipped else []),
        ],
        texts=[] if skipped else [(_("What went wrong"), found.last_error)],
        acts=[again] if given_up else [],
    )


@staff_page(scope="orders:write", methods=("POST",))
def retry_message(request: Any, pk: UUID) -> HttpResponseBase:
    if not retry(_message(request, pk), actor=request.principal.actor):
        raise Conflict(_("Only a message that was given up is sent again."), code="not_given_up")
    return done(request, _("The message is sent again now."), reverse("settings-message", args=[pk]))


def _message(request: Any, pk: UUID) -> Message:
    rows = request.principal.limit_to_channel(Message.objects.select_related("order"), "order__channel_id")
    found: Message | None = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
