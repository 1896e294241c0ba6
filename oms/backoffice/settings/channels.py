"""Channels: where orders come from, what their customers read, the secret of their hook."""

from typing import Any

import django_filters
from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.inbox import set_hook_secret
from inventory import buffering
from inventory.buffer_pages import BufferForm
from oms.backoffice.settings.parts import Act, Cell, Link, form_page, list_page
from oms.backoffice.settings.shown_once import show_once
from oms.core import display
from oms.core.channels import add_channel, change_channel
from oms.core.errors import NotFound, Problem
from oms.core.listing import Column, Listing
from oms.core.models import Channel
from oms.core.pages import done, staff_page, tell_form


class ChannelForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=64,
        help_text=gettext_lazy("Letters, digits, hyphens and underscores. It stays."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    brand = forms.CharField(
        label=gettext_lazy("Brand"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The name customers read in messages and on papers."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    active = forms.BooleanField(
        label=gettext_lazy("Takes orders"),
        required=False,
        help_text=gettext_lazy("While it is off, its keys and its hook are refused."),
    )


class ChannelFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="look_up")

    class Meta:
        model = Channel
        fields: tuple[str, ...] = ()

    def look_up(self, rows: "QuerySet[Channel]", name: str, value: str) -> "QuerySet[Channel]":
        return rows.filter(Q(name__icontains=value) | Q(code__icontains=value))


LISTING = Listing(
    name="settings-channels",
    columns=(
        Column("name", gettext_lazy("Channel"), sort="name", fixed=True),
        Column("code", gettext_lazy("Code"), sort="code"),
        Column("brand", gettext_lazy("Brand")),
        Column("language", gettext_lazy("Language")),
        Column("created", gettext_lazy("Made"), sort="created_at"),
        Column("state", gettext_lazy("State")),
    ),
    row_template="settings/_row.html",
    default_sort="name",
    filterset=ChannelFilter,
    search_label=gettext_lazy("Name or code"),
    empty_title=gettext_lazy("No channels yet"),
    empty_text=gettext_lazy("A web shop, a marketplace or a till that sends orders."),
    empty_icon="store",
)


def _cells(channel: Channel) -> dict[str, Cell]:
    languages = dict(settings.LANGUAGES)
    return {
        "name": Cell(channel.name, "text", "cell-id", reverse("settings-channel", args=[channel.code])),
        "code": Cell(channel.code, "code", "cell-who"),
        "brand": Cell(channel.brand),
        "language": Cell(_(str(languages.get(channel.language, channel.language)))),
        "created": Cell(channel.created_at, "moment"),
        "state": Cell(channel.active, "active", "cell-state"),
    }


@staff_page(scope="*", methods=("GET", "HEAD"))
def channels(request: Any) -> HttpResponseBase:
    return list_page(
        request,
        LISTING,
        Channel.objects.all(),
        _cells,
        title=_("Channels"),
        links=[
            Link(_("API keys"), reverse("settings-keys"), "key-round"),
            Link(_("New channel"), reverse("settings-channel-new")),
        ],
    )


@staff_page(scope="*")
def new_channel(request: Any) -> HttpResponseBase:
    form = ChannelForm(request.POST or None, initial={"language": settings.LANGUAGE_CODE})
    del form.fields["active"]
    if request.method == "POST" and form.is_valid():
        try:
            made = add_channel(**form.cleaned_data, actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem)
        else:
            where = reverse("settings-channel", args=[made.code])
            return done(request, _("The channel is open. Now give it a key."), where)
    return form_page(
        request,
        form,
        title=_("New channel"),
        back=Link(_("Channels"), reverse("settings-channels")),
        submit=_("Open the channel"),
    )


@staff_page(scope="*")
def channel(request: Any, code: str) -> HttpResponseBase:
    found = _get(code)
    held = {name: getattr(found, name) for name in ("name", "brand", "language", "active")}
    form = ChannelForm(request.POST or None, initial=held)
    del form.fields["code"]
    if request.method == "POST" and form.is_valid():
        try:
            change_channel(found, **form.cleaned_data, actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem)
        else:
            return done(request, _("The channel is saved."), reverse("settings-channels"))
    secret = Act(
        _("New hook secret"),
        "key-round",
        reverse("settings-channel-secret", args=[found.code]),
        ask=_("The old secret stops at once: the shop is refused until it signs with the new one."),
    )
    return form_page(
        request,
        form,
        title=found.name,
        back=Link(_("Channels"), reverse("settings-channels")),
        submit=_("Save"),
        acts=[secret],
        extra="settings/_channel_buffers.html",
        sheets=["css/stock.css"],
        buffers=buffering.buffers().filter(channel=found),
        # A channel that is off takes no buffer: nobody is told anything.
        buffer_form=BufferForm.of(channel=found) if found.active else None,
        links=[Link(_("New key"), f"{reverse('settings-key-new')}?channel={found.pk}", "plus")],
    )


@staff_page(scope="*", methods=("POST",))
def hook_secret(request: Any, code: str) -> HttpResponseBase:
    found = _get(code)
    secret = set_hook_secret(found, actor=request.principal.actor)
    return show_once(
        request,
        title=_("Hook secret of %(channel)s") % {"channel": display.isolated(found.name)},
        secret=secret,
        lead=_("This is the only time the secret is shown. The shop signs what it sends with it."),
        back=Link(_("I have kept it"), reverse("settings-channel", args=[found.code])),
    )


def _get(code: str) -> Channel:
    found = Channel.objects.filter(code=code).first()
    if found is None:
        raise NotFound
    return found
