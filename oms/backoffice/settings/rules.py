"""Routing rules: which strategy an order is routed by, in which order they are asked, tried before they are kept."""

from typing import Any
from uuid import UUID

from django.db.models import Max
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from fulfillment import ruling, strategies
from fulfillment.models import RoutingDecision, RoutingRule, RoutingRuleVersion
from fulfillment.strategies import Aim, Conditions, Rule
from oms.backoffice.settings import rule_forms, rule_trying
from oms.backoffice.settings.rule_forms import PRESETS, RuleForm
from oms.backoffice.settings.rule_trying import TryForm
from oms.core.errors import NotFound, Problem
from oms.core.pages import done, staff_page, tell_form
from oms.core.people import people, who
from oms.core.reading import figure

FIELDS = {"/strategy": "kind", "/conditions/currency": "currency"}


@staff_page(scope="rates:read", methods=("GET", "HEAD"))
def rules(request: Any) -> HttpResponseBase:
    found = strategies.current()
    last = RoutingDecision.objects.exclude(rule_version=None)
    used = dict(last.values_list("rule_version__rule").annotate(at=Max("at")))
    shown = [
        {
            "rule": rule,
            "when": rule_forms.said(rule.conditions),
            "aim": rule_forms.aimed(rule.aim),
            "state": rule_forms.in_force(rule),
            "used": used.get(rule.rule_id),
        }
        for rule in found
        if not rule.is_default
    ]
    default = next((rule for rule in found if rule.is_default), None)
    context = {
        "rules": shown,
        "default": default,
        "default_aim": rule_forms.aimed(default.aim if default else Aim()),
        "writes": request.principal.may("rates:write"),
    }
    return render(request, "settings/rules.html", context)


@staff_page(scope="rates:write")
def new_rule(request: Any) -> HttpResponseBase:
    is_default = request.GET.get("default") == "1"
    preset = PRESETS.get(request.GET.get("preset", ""))
    start = Rule("", Conditions(), preset[2] if preset else Aim(), is_default=is_default)
    if preset:
        start = Rule(str(preset[0]), Conditions(), preset[2], is_default=is_default)
    form = RuleForm(request.POST or None, initial=rule_forms.initial(start), is_default=is_default)
    if request.method == "POST" and form.is_valid():
        try:
            ruling.add_rule(form.written(), is_default=is_default, actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem, FIELDS)
        else:
            return done(
                request, _("The rule is kept. New orders are routed by it."), reverse("settings-rules")
            )
    return _page(request, form, None, is_default=is_default)


@staff_page(scope="rates:write")
def rule(request: Any, pk: UUID) -> HttpResponseBase:
    found = get_rule(pk)
    form = RuleForm(request.POST or None, initial=rule_forms.initial(found), is_default=found.is_default)
    if request.method == "POST" and form.is_valid():
        try:
            made = ruling.change_rule(pk, form.written(), actor=request.principal.actor)
        except Problem as problem:
            tell_form(form, problem, FIELDS)
        else:
            said = _("Version %(version)s is kept. New orders are routed by it.") % {
                "version": figure(made.version)
            }
            return done(request, said, reverse("settings-rules"))
    return _page(request, form, found, is_default=found.is_default)


@staff_page(scope="rates:write", methods=("POST",))
def try_rule(request: Any) -> HttpResponse:
    """The live trace beside the editor: what the rule in hand would do."""
    raw = request.POST.get("rule", "")
    found = get_rule(UUID(raw)) if raw else None
    is_default = found.is_default if found else request.POST.get("default") == "1"
    form = RuleForm(request.POST, is_default=is_default)
    # A name is not needed to try a rule.
    form.fields["name"].required = False
    written = form.written() if form.is_valid() else None
    tried = rule_trying.attempt(TryForm(request.POST), written, found, is_default=is_default)
    return render(request, "settings/_rule_trace.html", _traced(tried, written is None))


@staff_page(scope="rates:write", methods=("POST",))
def move_rule(request: Any, pk: UUID) -> HttpResponseBase:
    ruling.move_rule(pk, up=request.POST.get("way") == "up", actor=request.principal.actor)
    return done(request, _("The rules are asked in another order now."), reverse("settings-rules"))


@staff_page(scope="rates:write", methods=("POST",))
def remove_rule(request: Any, pk: UUID) -> HttpResponseBase:
    ruling.remove_rule(pk, actor=request.principal.actor)
    return done(request, _("The rule is removed."), reverse("settings-rules"))


def _traced(tried: rule_trying.Tried | str, unfinished: bool) -> dict[str, Any]:
    if isinstance(tried, str):
        return {"tried": None, "why_not": tried}
    return {"tried": tried, "unfinished": unfinished}


def _page(request: Any, form: RuleForm, found: Rule | None, *, is_default: bool) -> HttpResponse:
    versions = []
    if found is not None:
        rows = list(RoutingRuleVersion.objects.filter(rule=found.rule_id).order_by("-version")[:20])
        names = people(row.actor for row in rows)
        versions = [
            {
                "row": row,
                "who": who(row.actor, names),
                "when": rule_forms.said(strategies.as_rule(row).conditions),
                "aim": rule_forms.aimed(strategies.as_rule(row).aim),
            }
            for row in rows
        ]
    tried = rule_trying.attempt(TryForm({}), None, found, is_default=is_default)
    context = {
        "form": form,
        "try_form": TryForm(initial={"try_service": "standard"}),
        "rule": found,
        "is_default": is_default,
        "versions": versions,
        "presets": [] if found else [(key, label, icon) for key, (label, icon, _aim) in PRESETS.items()],
        **_traced(tried, True),
    }
    return render(request, "settings/rule.html", context, status=422 if form.errors else 200)


def get_rule(pk: UUID) -> Rule:
    """A rule that is still asked. Raises NotFound."""
    found = next((rule for rule in strategies.current() if rule.rule_id == pk), None)
    if found is None or not RoutingRule.objects.filter(pk=pk).exists():
        raise NotFound
    return found
