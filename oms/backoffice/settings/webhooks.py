"""Webhooks: the addresses that want our events, what each was told, and telling it again."""

import json
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.models import DeliveryState, WebhookDelivery, WebhookEndpoint
from channels.webhooks import PATTERNS, add_endpoint, change_endpoint, remove_endpoint, replay
from oms.backoffice.settings.event_words import KINDS
from oms.backoffice.settings.parts import Act, Cell, Fact, Link, facts_page, form_page, list_page
from oms.backoffice.settings.shown_once import show_once
from oms.core.badges import BADGES
from oms.core.errors import NotFound, Problem
from oms.core.listing import Column, Listing, View
from oms.core.models import Channel
from oms.core.pages import done, staff_page, tell_form


def _choice(pattern: str) -> tuple[str, str]:
    """An event's name, which reads from the left in every language, and what it means."""
    words = _("all of these") if pattern.endswith(".*") else KINDS.get(pattern, "")
    return pattern, format_html('<bdi dir="ltr">{}</bdi> <small class="muted">{}</small>', pattern, words)


class EndpointForm(forms.Form):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"dir": "ltr", "placeholder": "https://"}),
    )
    channel = forms.ModelChoiceField(
        label=gettext_lazy("Channel"),
        queryset=Channel.objects.none(),
        required=False,
        empty_label=gettext_lazy("The whole company"),
        help_text=gettext_lazy("Whose orders it hears of."),
    )
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Events"), widget=forms.CheckboxSelectMultiple, initial=["*"]
    )
    active = forms.BooleanField(
        label=gettext_lazy("Active"),
        required=False,
        help_text=gettext_lazy("While it is off, what it is owed waits."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["channel"].queryset = Channel.objects.order_by("name")
        fields["channel"].label_from_instance = lambda channel: channel.name
        fields["events"].choices = [("*", _("Everything")), *map(_choice, sorted(PATTERNS - {"*"}))]


class EndpointFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="url", lookup_expr="icontains")

    class Meta:
        model = WebhookEndpoint
        fields: tuple[str, ...] = ()


class DeliveryFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="type")
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        choices=[(state, known.text) for state, known in BADGES["delivery"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )
    endpoint = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Endpoint"), queryset=WebhookEndpoint.objects.order_by("url")
    )

    class Meta:
        model = WebhookDelivery
        fields: tuple[str, ...] = ()


ENDPOINTS = Listing(
    name="settings-webhooks",
    columns=(
        Column("url", gettext_lazy("Address"), fixed=True),
        Column("channel", gettext_lazy("Channel")),
        Column("events", gettext_lazy("Events")),
        Column("created", gettext_lazy("Made"), sort="pk"),
        Column("state", gettext_lazy("State")),
    ),
    row_template="settings/_row.html",
    default_sort="-created",
    filterset=EndpointFilter,
    search_label=gettext_lazy("Part of the address"),
    empty_title=gettext_lazy("No webhooks yet"),
    empty_text=gettext_lazy("An address that is called when something happens."),
    empty_icon="webhook",
)

DELIVERIES = Listing(
    name="settings-deliveries",
    columns=(
        Column("at", gettext_lazy("When"), sort="created_at", fixed=True),
        Column("type", gettext_lazy("Event")),
        Column("subject", gettext_lazy("About")),
        Column("endpoint", gettext_lazy("Endpoint")),
        Column("attempts", gettext_lazy("Tries"), numeric=True),
        Column("answer", gettext_lazy("Answer"), numeric=True),
        Column("state", gettext_lazy("State")),
    ),
    row_template="settings/_row.html",
    default_sort="-at",
    filterset=DeliveryFilter,
    views=(
        View("all", gettext_lazy("All"), ""),
        View("waiting", gettext_lazy("Waiting"), "state=pending"),
        View("dead", gettext_lazy("Given up"), "state=dead"),
    ),
    search_label=gettext_lazy("Event, such as order.placed"),
    empty_title=gettext_lazy("Nothing was told yet"),
    empty_text=gettext_lazy("Every call to a webhook is listed here for 30 days."),
    empty_icon="send",
)


def _channel(endpoint: WebhookEndpoint) -> str:
    return endpoint.channel.name if endpoint.channel else _("The whole company")


def _events(endpoint: WebhookEndpoint) -> str:
    return _("Everything") if "*" in endpoint.events else ", ".join(endpoint.events)


def _endpoint_cells(endpoint: WebhookEndpoint) -> dict[str, Cell]:
    where = reverse("settings-webhook", args=[endpoint.pk])
    return {
        "url": Cell(endpoint.url, "code", "cell-id", where),
        "channel": Cell(_channel(endpoint), "text", "cell-who"),
        "events": Cell(_events(endpoint), "text" if "*" in endpoint.events else "code"),
        "created": Cell(endpoint.created_at, "moment"),
        "state": Cell(endpoint.active, "active", "cell-state"),
    }


def _delivery_cells(delivery: WebhookDelivery) -> dict[str, Cell]:
    return {
        "at": Cell(
            delivery.created_at, "moment", "cell-id", reverse("settings-delivery", args=[delivery.pk])
        ),
        "type": Cell(delivery.type, "code", "cell-who"),
        "subject": Cell(_about(delivery), "code"),
        "endpoint": Cell(delivery.endpoint.url, "code"),
        "attempts": Cell(delivery.attempts, "number"),
        "answer": Cell(delivery.response_status, "amount"),
        "state": Cell(delivery.state, "delivery", "cell-state"),
    }


def _about(delivery: WebhookDelivery) -> str:
    return str(delivery.body.get("data", {}).get("number") or "")


@staff_page(scope="webhooks:read", methods=("GET", "HEAD"))
def webhooks(request: Any) -> HttpResponseBase:
    links = [Link(_("Deliveries"), reverse("settings-deliveries"), "send")]
    if request.principal.may("webhooks:write"):
        links.append(Link(_("New webhook"), reverse("settings-webhook-new")))
    rows = WebhookEndpoint.objects.select_related("channel")
    return list_page(request, ENDPOINTS, rows, _endpoint_cells, title=_("Webhooks"), links=links)


@staff_page(scope="webhooks:write")
def new_webhook(request: Any) -> HttpResponseBase:
    """Asks, then leads to the page that shows the signing secret once."""
    form = EndpointForm(request.POST or None)
    del form.fields["active"]
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = add_endpoint(**form.cleaned_data, actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem)
        else:
            return show_once(
                request,
                title=_("The webhook's secret"),
                secret=secret,
                lead=_(
                    "This is the only time the secret is shown. The receiver checks our signature with it."
                ),
                back=Link(_("I have kept it"), reverse("settings-webhook", args=[endpoint.pk])),
            )
    return form_page(
        request,
        form,
        title=_("New webhook"),
        back=Link(_("Webhooks"), reverse("settings-webhooks")),
        submit=_("Add the webhook"),
    )


@staff_page(scope="webhooks:write")
def webhook(request: Any, pk: UUID) -> HttpResponseBase:
    endpoint = _endpoint(pk)
    held = {"url": endpoint.url, "events": endpoint.events, "active": endpoint.active}
    form = EndpointForm(request.POST or None, initial=held)
    del form.fields["channel"]
    if request.method == "POST" and form.is_valid():
        try:
            change_endpoint(endpoint, **form.cleaned_data, actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem)
        else:
            return done(request, _("The webhook is saved."), reverse("settings-webhooks"))
    remove = Act(
        _("Remove"),
        "trash-2",
        reverse("settings-webhook-remove", args=[pk]),
        "danger",
        _("The address, its secret and everything it was told or owed are gone."),
    )
    return form_page(
        request,
        form,
        title=urlsplit(endpoint.url).hostname or _("Webhook"),
        lead=_channel(endpoint),
        back=Link(_("Webhooks"), reverse("settings-webhooks")),
        submit=_("Save"),
        acts=[remove],
        links=[Link(_("Deliveries"), f"{reverse('settings-deliveries')}?endpoint={pk}", "send")],
    )


@staff_page(scope="webhooks:write", methods=("POST",))
def remove_webhook(request: Any, pk: UUID) -> HttpResponseBase:
    remove_endpoint(_endpoint(pk), actor=request.principal.actor)
    return done(request, _("The webhook is removed."), reverse("settings-webhooks"))


@staff_page(scope="webhooks:read", methods=("GET", "HEAD"))
def deliveries(request: Any) -> HttpResponseBase:
    rows = WebhookDelivery.objects.select_related("endpoint")
    return list_page(request, DELIVERIES, rows, _delivery_cells, title=_("Webhook deliveries"))


@staff_page(scope="webhooks:read", methods=("GET", "HEAD"))
def delivery(request: Any, pk: UUID) -> HttpResponseBase:
    found = _delivery(pk)
    writes = request.principal.may("webhooks:write")
    again = Act(_("Deliver again"), "rotate-cw", reverse("settings-delivery-replay", args=[pk]), "primary")
    where = reverse("settings-webhook", args=[found.endpoint_id]) if writes else ""
    waits = found.state == DeliveryState.PENDING
    return facts_page(
        request,
        title=found.type,
        back=Link(_("Webhook deliveries"), reverse("settings-deliveries")),
        state=("delivery", found.state),
        facts=[
            Fact(_("About"), _about(found), "code"),
            Fact(_("Endpoint"), found.endpoint.url, "code", where),
            Fact(_("Happened"), found.created_at, "moment"),
            Fact(_("Tries"), found.attempts, "number"),
            Fact(_("Next try"), found.next_try_at if waits else None, "moment"),
            Fact(_("Delivered"), found.delivered_at, "moment"),
            Fact(_("Answer"), found.response_status, "code"),
            Fact("webhook-id", f"msg_{found.pk.hex}", "code"),
        ],
        texts=[
            (_("What went wrong"), found.last_error),
            (_("What it answered"), found.response_body),
            (_("What it was told"), json.dumps(found.body, indent=2, ensure_ascii=False)),
        ],
        acts=[again] if writes else [],
    )


@staff_page(scope="webhooks:write", methods=("POST",))
def replay_delivery(request: Any, pk: UUID) -> HttpResponseBase:
    replay(_delivery(pk), actor=request.principal.actor)
    return done(request, _("It is told again now."), reverse("settings-delivery", args=[pk]))


def _endpoint(pk: UUID) -> WebhookEndpoint:
    return _one(WebhookEndpoint.objects.select_related("channel").filter(pk=pk))


def _delivery(pk: UUID) -> WebhookDelivery:
    return _one(WebhookDelivery.objects.select_related("endpoint").filter(pk=pk))


def _one(rows: "QuerySet[Any]") -> Any:
    found = rows.first()
    if found is None:
        raise NotFound
    return found
