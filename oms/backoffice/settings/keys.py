"""API keys: made for a channel or the whole company, shown once, watched, revoked."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import django_filters
from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from oms.backoffice.settings.parts import Act, Cell, Fact, Link, facts_page, form_page, list_page
from oms.backoffice.settings.shown_once import show_once
from oms.core import display
from oms.core.access import RESOURCES, issue_key, revoke_key
from oms.core.errors import NotFound, Problem
from oms.core.listing import Column, Listing
from oms.core.models import ApiKey, Channel
from oms.core.pages import done, staff_page, tell_form
from oms.core.reading import figure

NAMES = {
    "orders": gettext_lazy("Orders"),
    "products": gettext_lazy("Products"),
    "locations": gettext_lazy("Locations"),
    "stock": gettext_lazy("Stock"),
    "rates": gettext_lazy("Shipping rates"),
    "valuation": gettext_lazy("Values of stock"),
    "campaigns": gettext_lazy("Campaigns"),
    "shipments": gettext_lazy("Shipments"),
    "returns": gettext_lazy("Returns"),
    "purchases": gettext_lazy("Purchasing"),
    "webhooks": gettext_lazy("Webhooks"),
}
LIVES = (30, 90, 365)


def scope_choices() -> list[tuple[str, str]]:
    """Every scope in words; one that writes says so."""
    found = [("*", _("Everything"))]
    for resource in RESOURCES:
        found.append((f"{resource}:read", _("%(what)s: read") % {"what": NAMES[resource]}))
        found.append((f"{resource}:write", _("%(what)s: change") % {"what": NAMES[resource]}))
    return found


class KeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=200,
        help_text=gettext_lazy("Who uses it, so that you know later."),
    )
    channel = forms.ModelChoiceField(
        label=gettext_lazy("Channel"),
        queryset=Channel.objects.none(),
        required=False,
        empty_label=gettext_lazy("The whole company"),
        help_text=gettext_lazy("A channel's key sees its own orders alone."),
    )
    lasts = forms.TypedChoiceField(
        label=gettext_lazy("Valid for"), coerce=lambda days: int(days or 0), empty_value="", required=False
    )
    scopes = forms.MultipleChoiceField(label=gettext_lazy("May do"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["channel"].queryset = Channel.objects.filter(active=True).order_by("name")
        fields["channel"].label_from_instance = lambda channel: channel.name
        fields["scopes"].choices = scope_choices()
        days = [(n, ngettext("%(n)s day", "%(n)s days", n) % {"n": figure(n)}) for n in LIVES]
        fields["lasts"].choices = [("", _("Until it is revoked")), *days]


class KeyFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")
    channel = django_filters.ModelChoiceFilter(
        label=gettext_lazy("Channel"), queryset=Channel.objects.order_by("code")
    )

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = ()

    def look_up(self, rows: "QuerySet[ApiKey]", name: str, value: str) -> "QuerySet[ApiKey]":
        return rows.filter(Q(name__icontains=value) | Q(prefix__startswith=value))


LISTING = Listing(
    name="settings-keys",
    columns=(
        Column("name", gettext_lazy("Key"), fixed=True),
        Column("prefix", gettext_lazy("Begins with")),
        Column("channel", gettext_lazy("Channel")),
        Column("scopes", gettext_lazy("May do")),
        Column("used", gettext_lazy("Last used")),
        Column("created", gettext_lazy("Made"), sort="pk"),
        Column("state", gettext_lazy("State")),
    ),
    row_template="settings/_row.html",
    default_sort="-created",
    filterset=KeyFilter,
    search_label=gettext_lazy("Name or first letters"),
    empty_title=gettext_lazy("No API keys yet"),
    empty_text=gettext_lazy("A shop or a program that talks to the API needs one."),
    empty_icon="key-round",
)


def state_of(key: ApiKey) -> str:
    """active, expired or revoked: a badge of the kind "key"."""
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= timezone.now() else "active"


def _channel(key: ApiKey) -> str:
    return key.channel.name if key.channel else _("The whole company")


def _scopes(key: ApiKey) -> str:
    words = dict(scope_choices())
    comma = display.comma(get_language() or "en")
    return f"{comma} ".join(str(words.get(scope, scope)) for scope in key.scopes)


def _moment(name: str, at: datetime | None, otherwise: str) -> Fact:
    return Fact(name, at, "moment") if at else Fact(name, otherwise)


def _cells(key: ApiKey) -> dict[str, Cell]:
    return {
        "name": Cell(key.name or key.prefix, "text", "cell-id", reverse("settings-key", args=[key.pk])),
        "prefix": Cell(f"{key.prefix}…", "code"),
        "channel": Cell(_channel(key), "text", "cell-who"),
        "scopes": Cell(_scopes(key)),
        "used": Cell(key.last_used_at, "moment") if key.last_used_at else Cell(_("Never")),
        "created": Cell(key.created_at, "moment"),
        "state": Cell(state_of(key), "key", "cell-state"),
    }


@staff_page(scope="*", methods=("GET", "HEAD"))
def keys(request: Any) -> HttpResponseBase:
    return list_page(
        request,
        LISTING,
        ApiKey.objects.select_related("channel"),
        _cells,
        title=_("API keys"),
        links=[Link(_("New key"), reverse("settings-key-new"))],
    )


@staff_page(scope="*")
def new_key(request: Any) -> HttpResponseBase:
    """Asks, then leads to the page that shows the key once."""
    form = KeyForm(request.POST or None, initial={"channel": request.GET.get("channel")})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        lasts = given["lasts"]
        try:
            key, secret = issue_key(
                channel=given["channel"],
                scopes=given["scopes"],
                name=given["name"],
                expires_at=timezone.now() + timedelta(days=lasts) if lasts else None,
                actor=request.principal.actor,
            )
        except Problem as problem:
            tell_form(form, problem)
        else:
            return show_once(
                request,
                title=key.name,
                secret=secret,
                lead=_(
                    "This is the only time the key is shown. Keep it where the program reads its secrets."
                ),
                back=Link(_("I have kept it"), reverse("settings-keys")),
            )
    return form_page(
        request,
        form,
        title=_("New API key"),
        back=Link(_("API keys"), reverse("settings-keys")),
        submit=_("Make the key"),
    )


@staff_page(scope="*", methods=("GET", "HEAD"))
def key(request: Any, pk: UUID) -> HttpResponseBase:
    found = _get(pk)
    open_now = found.revoked_at is None
    revoke = Act(
        _("Revoke"),
        "ban",
        reverse("settings-key-revoke", args=[pk]),
        "danger",
        _("Whoever uses this key is refused within seconds. It cannot be undone."),
    )
    return facts_page(
        request,
        title=found.name or found.prefix,
        back=Link(_("API keys"), reverse("settings-keys")),
        state=("key", state_of(found)),
        facts=[
            Fact(_("Begins with"), f"{found.prefix}…", "code"),
            Fact(_("Channel"), _channel(found)),
            Fact(_("May do"), _scopes(found)),
            Fact(_("Requests a second"), found.rate or None, "number"),
            Fact(_("Made"), found.created_at, "moment"),
            _moment(_("Last used"), found.last_used_at, _("Never")),
            _moment(_("Valid until"), found.expires_at, _("Until it is revoked")),
            Fact(_("Revoked"), found.revoked_at, "moment"),
        ],
        acts=[revoke] if open_now else [],
    )


@staff_page(scope="*", methods=("POST",))
def revoke(request: Any, pk: UUID) -> HttpResponseBase:
    revoke_key(_get(pk), actor=request.principal.actor)
    return done(request, _("The key is revoked."), reverse("settings-key", args=[pk]))


def _get(pk: UUID) -> ApiKey:
    found = ApiKey.objects.select_related("channel").filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found
