"""Pages of campaigns: the list, writing one, looking at it as its readers will, sending and stopping it."""

from typing import Any
from uuid import UUID

import django_filters
from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django import forms
from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.clickjacking import xframe_options_sameorigin

from channels import campaign_texts, campaigns, notifications
from channels.models import Campaign, CampaignState
from oms.backoffice.campaign_forms import CampaignForm, conditions_of, initial_of
from oms.backoffice.customer_filters import address_of, in_words
from oms.core.badges import BADGES
from oms.core.errors import NotFound, Problem
from oms.core.listing import Column, Listing, View
from oms.core.pages import done, part_or_page, staff_page, tell_form
from oms.core.people import people, who
from oms.core.reading import figure
from orders import segments
from orders.segments import Conditions

# So many messages that did not arrive are named.
NAMED = 100


class CampaignFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="name", lookup_expr="icontains")
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("State"),
        choices=[(value, known.text) for value, known in BADGES["campaign"].items()],
        empty_label=None,
        widget=forms.RadioSelect,
    )

    class Meta:
        model = Campaign
        fields: tuple[str, ...] = ("state",)


def _in(state: str) -> Any:
    return lambda principal: Campaign.objects.filter(state=state)


LISTING = Listing(
    name="campaigns",
    columns=(
        Column("name", gettext_lazy("Campaign"), fixed=True),
        Column("state", gettext_lazy("State")),
        Column("to", gettext_lazy("Who gets it")),
        Column("sent", gettext_lazy("Sent"), numeric=True),
        Column("waiting", gettext_lazy("Waiting"), numeric=True),
        Column("failed", gettext_lazy("Not delivered"), numeric=True),
        Column("at", gettext_lazy("Written"), sort="pk"),
    ),
    row_template="backoffice/_campaign_row.html",
    default_sort="-at",
    filterset=CampaignFilter,
    views=(
        View("all", gettext_lazy("All"), ""),
        View("drafts", gettext_lazy("Drafts"), "state=draft", _in("draft")),
        View("sending", gettext_lazy("Being sent"), "state=sending", _in("sending")),
    ),
    search_label=gettext_lazy("Name"),
    empty_title=gettext_lazy("No campaigns yet"),
    empty_text=gettext_lazy("Write to a segment of your customers, each in their own language."),
    empty_icon="megaphone",
)


def rows() -> "QuerySet[Campaign]":
    """With what became of their messages."""
    by_state = {
        name: Count("messages", filter=Q(messages__state=state))
        for name, state in (
            ("sent", "sent"),
            ("waiting", "pending"),
            ("failed", "dead"),
            ("skipped", "skipped"),
        )
    }
    return Campaign.objects.select_related("channel").annotate(**by_state)


def find(pk: UUID) -> Any:
    """Raises NotFound."""
    campaign = rows().filter(pk=pk).first()
    if campaign is None:
        raise NotFound
    return campaign


@staff_page(scope="campaigns:read", methods=("GET", "HEAD"))
def campaign_list(request: Any) -> HttpResponseBase:
    page = LISTING.read(request, rows())
    context = {"list": page, "writes": request.principal.may("campaigns:write")}
    return part_or_page(request, "backoffice/campaigns.html", "_list_part.html", context)


@staff_page(scope="campaigns:write")
def new(request: Any) -> HttpResponseBase:
    """`?state=` (or a posted one) is an address of the list of customers: those are whom it is for."""
    asked = conditions_of(request.POST.get("state") or request.GET.get("state") or "")
    initial = {"fallback": request.user.language, "to": "these" if asked != Conditions() else "everyone"}
    form = CampaignForm(
        request.POST if "name" in request.POST else None, user=request.user, conditions=asked, initial=initial
    )
    if form.is_bound and form.is_valid():
        try:
            campaign = campaigns.draft(**form.given(), actor=request.principal.actor)
        except Problem as problem:
            _tell(form, problem)
        else:
            return done(request, _("The draft is kept. Nobody gets it yet."), page_of(campaign))
    state = request.POST.get("state") or request.GET.get("state") or ""
    return _write(request, form, {"state": state})


@staff_page(scope="campaigns:write")
def change(request: Any, pk: UUID) -> HttpResponseBase:
    """A draft written anew."""
    campaign = find(pk)
    form = CampaignForm(
        request.POST or None,
        user=request.user,
        conditions=segments.read(campaign.conditions),
        these=campaign.segment,
        initial=initial_of(campaign, request.user),
    )
    if form.is_bound and form.is_valid():
        try:
            campaigns.change(campaign, **form.given(), actor=request.principal.actor)
        except Problem as problem:
            _tell(form, problem)
        else:
            return done(request, _("The draft is kept. Nobody gets it yet."), page_of(campaign))
    return _write(request, form, {"campaign": campaign})


@csp_update({"frame-src": [SELF]})
@staff_page(scope="campaigns:read", methods=("GET", "HEAD"))
def detail(request: Any, pk: UUID) -> HttpResponseBase:
    """Who gets it, as they will see it, and how far it is."""
    campaign = find(pk)
    asked = segments.read(campaign.conditions)
    draft = campaign.state == CampaignState.DRAFT
    dead = campaign.messages.filter(state="dead").select_related("customer").order_by("-created_at")
    names = people({campaign.created_by, campaign.started_by})
    context = {
        "campaign": campaign,
        "audience": campaigns.audience(asked, widened=campaign.widened) if draft else None,
        "asked": in_words(asked),
        "members": f"{reverse('customer-list')}?{address_of(asked)}",
        "total": campaign.sent + campaign.waiting + campaign.failed + campaign.skipped,
        "dead": list(dead[:NAMED]) if campaign.failed else [],
        "refused_after": _refused_after(campaign) if not draft else 0,
        "author": who(campaign.started_by or campaign.created_by, names),
        "writes": request.principal.may("campaigns:write"),
    }
    part = request.htmx and not request.htmx.boosted
    template = "backoffice/_campaign_progress.html" if part else "backoffice/campaign.html"
    return render(request, template, context)


@csp_replace({"style-src": [UNSAFE_INLINE], "frame-ancestors": [SELF]})
@xframe_options_sameorigin
@staff_page(scope="campaigns:read", methods=("GET", "HEAD"))
def preview(request: Any, pk: UUID, language: str) -> HttpResponseBase:
    """The mail itself, as a reader of that language gets it: one who would, or an invented one."""
    campaign = find(pk)
    if language not in campaign.texts:
        raise NotFound
    return HttpResponse(campaigns.example(campaign, language).html)


@staff_page(scope="campaigns:write", methods=("POST",))
def test(request: Any, pk: UUID) -> HttpResponseBase:
    """Every language, to whoever asks for it."""
    campaign = find(pk)
    sent = notifications.send_test(campaign, to=request.user.email, actor=request.principal.actor)
    said = ngettext("%(count)s mail is on its way to you.", "%(count)s mails are on their way to you.", sent)
    return done(request, said % {"count": figure(sent)}, page_of(campaign))


@staff_page(scope="campaigns:write", methods=("POST",))
def send(request: Any, pk: UUID) -> HttpResponseBase:
    campaign = campaigns.start(find(pk), actor=request.principal.actor)
    return done(request, _("The campaign is being sent."), page_of(campaign))


@staff_page(scope="campaigns:write", methods=("POST",))
def stop(request: Any, pk: UUID) -> HttpResponseBase:
    campaign = find(pk)
    left = campaigns.stop(campaign, actor=request.principal.actor)
    said = ngettext("Stopped: %(count)s mail is not sent.", "Stopped: %(count)s mails are not sent.", left)
    return done(request, said % {"count": figure(left)}, page_of(campaign))


@staff_page(scope="campaigns:write", methods=("POST",))
def drop(request: Any, pk: UUID) -> HttpResponseBase:
    campaigns.drop(find(pk), actor=request.principal.actor)
    return done(request, _("The draft is deleted."), reverse("campaign-list"))


def page_of(campaign: Campaign) -> str:
    return reverse("campaign-detail", args=[campaign.pk])


def _write(request: Any, form: CampaignForm, more: dict[str, Any]) -> HttpResponse:
    context = {"form": form, "fields": campaign_texts.FIELDS, **more}
    return render(request, "backoffice/campaign_form.html", context, status=422 if form.errors else 200)


def _tell(form: CampaignForm, problem: Problem) -> None:
    """`/texts/ar/subject` is the field `subject_ar`."""
    fields = {
        f"/texts/{language}/{part}": f"{part}_{language}"
        for language, _name in settings.LANGUAGES
        for part in ("subject", "body")
    }
    tell_form(form, problem, {**fields, "/texts": f"subject_{settings.LANGUAGE_CODE}"})


def _refused_after(campaign: Campaign) -> int:
    """How many of its readers want no more messages since."""
    since = Q(customer__marketing="refused", customer__marketing_at__gte=campaign.started_at)
    return int(campaign.messages.filter(since, state="sent").count())
