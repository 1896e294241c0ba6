"""Replays: what past orders would have cost, taken and loaded under other rules, side by side with what happened."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from fulfillment import replaying, strategies
from fulfillment.models import RoutingReplay
from fulfillment.strategies import Conditions, Rule
from inventory.models import Location
from oms.backoffice.settings import replay_figures
from oms.backoffice.settings.rule_forms import PRESETS, RuleForm
from oms.backoffice.settings.rule_trying import with_draft
from oms.backoffice.settings.rules import get_rule
from oms.core.address import countries
from oms.core.day_fields import DayField
from oms.core.errors import NotFound, Problem
from oms.core.models import Channel
from oms.core.pages import done, staff_page, tell_form

AS_NOW = "now"
DAYS = 30


class ReplayForm(forms.Form):
    """A window of past orders, and the rules they are decided by again."""

    rules = forms.ChoiceField(label=gettext_lazy("Decided by"))
    since = DayField(label=pgettext_lazy("date", "From"))
    until = DayField(label=pgettext_lazy("date", "To"))
    channel = forms.ChoiceField(label=gettext_lazy("Channel"), required=False)
    country = forms.ChoiceField(label=gettext_lazy("Country"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        today = timezone.localdate()
        fields["since"].initial, fields["until"].initial = today - timedelta(days=DAYS), today
        fields["channel"].choices = [("", _("Every channel")), *Channel.objects.values_list("code", "name")]
        fields["country"].choices = [("", _("Every country")), *countries(get_language() or "en")]
        fields["rules"].choices = [
            (AS_NOW, _("The rules of today")),
            *((key, _("Everything: %(aim)s") % {"aim": label}) for key, (label, _i, _a) in PRESETS.items()),
        ]

    def window(self) -> dict[str, Any]:
        zone = timezone.get_current_timezone()
        begin = datetime.combine(self.cleaned_data["since"], time(), zone)
        end = datetime.combine(self.cleaned_data["until"], time(), zone)
        return {"since": begin, "until": end + timedelta(days=1)}


@staff_page(scope="rates:read", methods=("GET", "HEAD"))
def replays(request: Any) -> HttpResponseBase:
    found = list(RoutingReplay.objects.order_by("-at")[:50])
    return render(request, "settings/replays.html", {"replays": found, **_writing(request, ReplayForm())})


@staff_page(scope="rates:write", methods=("POST",))
def new_replay(request: Any) -> HttpResponseBase:
    """From the list with a window, or from the editor with the rule in hand and the last days."""
    if "kind" in request.POST:
        return _of_draft(request)
    form = ReplayForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        if given["rules"] == AS_NOW:
            name, rules = _("The rules of today"), strategies.current()
        else:
            label, _icon, aim = PRESETS[given["rules"]]
            name = _("Everything: %(aim)s") % {"aim": label}
            rules = [Rule(str(label), Conditions(), aim, is_default=True)]
        try:
            made = replaying.start(
                name,
                rules,
                **form.window(),
                channel=given["channel"],
                country=given["country"],
                actor=request.principal.actor,
            )
        except Problem as problem:
            tell_form(form, problem)
        else:
            return done(request, _("The replay begins."), reverse("settings-replay", args=[made.pk]))
    found = list(RoutingReplay.objects.order_by("-at")[:50])
    context = {"replays": found, **_writing(request, form)}
    return render(request, "settings/replays.html", context, status=422)


def _writing(request: Any, form: ReplayForm) -> dict[str, Any]:
    return {"writes": request.principal.may("rates:write"), "form": form}


def _of_draft(request: Any) -> HttpResponseBase:
    raw = request.POST.get("rule", "")
    found = get_rule(UUID(raw)) if raw else None
    is_default = found.is_default if found else request.POST.get("default") == "1"
    form = RuleForm(request.POST, is_default=is_default)
    form.fields["name"].required = False
    if not form.is_valid():
        first = next(iter(form.errors.values()))[0]
        return done(request, str(first), reverse("settings-rules"))
    written = form.written()
    name = written.name or _("This rule")
    draft = Rule(name, written.conditions, written.aim, written.enabled, is_default=is_default)
    now = timezone.now()
    made = replaying.start(
        name,
        with_draft(strategies.current(), draft, found),
        since=now - timedelta(days=DAYS),
        until=now,
        actor=request.principal.actor,
    )
    return done(request, _("The replay begins."), reverse("settings-replay", args=[made.pk]))


@staff_page(scope="rates:read", methods=("GET", "HEAD"))
def replay(request: Any, pk: UUID) -> HttpResponse:
    found = RoutingReplay.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    places = dict(Location.objects.values_list("code", "name"))
    context = {
        "replay": found,
        "figures": replay_figures.table(found.result),
        "days": replay_figures.days(found.result),
        "loads": replay_figures.loads(found.result, places),
        "orders": [
            {
                "number": one["number"],
                "was": [places.get(code, code) for code in one["was"]["places"]],
                "then": [places.get(code, code) for code in one["then"]["places"]],
                "was_money": Decimal(one["was"]["money"]),
                "then_money": Decimal(one["then"]["money"]),
            }
            for one in found.result.get("orders", [])
        ],
        "changed": found.result.get("changed", 0),
        "currency": settings.COMPANY_CURRENCY,
        "running": found.due_at is not None,
        "writes": request.principal.may("rates:write"),
        "may_orders": request.principal.may("orders:read"),
    }
    part = request.htmx and not request.htmx.boosted
    return render(request, "settings/_replay.html" if part else "settings/replay.html", context)


@staff_page(scope="rates:write", methods=("POST",))
def stop_replay(request: Any, pk: UUID) -> HttpResponseBase:
    found = RoutingReplay.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    replaying.stop(found)
    return done(request, _("The replay is stopped."), reverse("settings-replay", args=[pk]))
