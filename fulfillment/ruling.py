"""Staff write the rules of routing: each change is a new version, nothing that decided is ever edited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from fulfillment.models import RoutingRule, RoutingRuleVersion
from fulfillment.strategies import Aim, Conditions
from oms.core import events, text
from oms.core.address import COUNTRIES
from oms.core.errors import Conflict, IllegalMove, Invalid, PreconditionFailed
from oms.core.models import Channel
from oms.core.saying import said


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule as it is to be. `was`: the version its writer saw, None for a new rule."""

    name: str
    conditions: Conditions
    aim: Aim
    enabled: bool = True
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    was: int | None = None


@transaction.atomic
def add_rule(form: RuleForm, *, is_default: bool = False, actor: str) -> RoutingRuleVersion:
    """A new rule, asked last before the default. Raises Invalid; Conflict when there is a default already."""
    check(form, is_default=is_default)
    if is_default and RoutingRule.objects.filter(is_default=True).exists():
        raise Conflict(said("There is a default already."), code="default_exists")
    last = RoutingRule.objects.filter(removed_at=None, is_default=False).aggregate(last=Max("position"))[
        "last"
    ]
    position = 0 if is_default else (last or 0) + 1
    rule = RoutingRule.objects.create(position=position, is_default=is_default)
    return _write(rule, 1, form, "routing_rule.added", actor)


@transaction.atomic
def change_rule(rule_id: UUID, form: RuleForm, *, actor: str) -> RoutingRuleVersion:
    """The rule's next version. Raises Invalid, PreconditionFailed when somebody wrote one since `form.was`."""
    rule = _locked(rule_id)
    check(form, is_default=rule.is_default)
    now = rule.versions.aggregate(newest=Max("version"))["newest"]
    if form.was is not None and form.was != now:
        raise PreconditionFailed
    return _write(rule, now + 1, form, "routing_rule.changed", actor)


@transaction.atomic
def remove_rule(rule_id: UUID, *, actor: str) -> None:
    """It is asked no more; what it decided still names it. Raises IllegalMove for one removed before."""
    rule = _locked(rule_id)
    rule.removed_at = timezone.now()
    rule.is_default = False
    rule.save(update_fields=["removed_at", "is_default"])
    newest = rule.versions.order_by("-version")[0]
    _tell("routing_rule.removed", newest, actor)


@transaction.atomic
def move_rule(rule_id: UUID, *, up: bool, actor: str) -> None:
    """The rule changes places with its neighbour. At the end nothing happens."""
    rules = list(
        RoutingRule.objects.select_for_update(no_key=True)
        .filter(removed_at=None, is_default=False)
        .order_by("position", "pk")
    )
    place = next((n for n, rule in enumerate(rules) if rule.pk == rule_id), None)
    if place is None:
        raise IllegalMove("There is no such rule any more.")
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rules):
        return
    rules[place], rules[other] = rules[other], rules[place]
    for n, rule in enumerate(rules, start=1):
        rule.position = n
    RoutingRule.objects.bulk_update(rules, ["position"])
    newest = RoutingRuleVersion.objects.filter(rule=rule_id).order_by("-version")[0]
    _tell("routing_rule.moved", newest, actor, position=other + 1)


def _locked(rule_id: UUID) -> RoutingRule:
    rule = RoutingRule.objects.select_for_update(no_key=True).filter(pk=rule_id, removed_at=None).first()
    if rule is None:
        raise IllegalMove("There is no such rule any more.")
    return rule


def check(form: RuleForm, *, is_default: bool = False) -> None:
    """Raises Invalid naming the field. The default fits every order at any time: no conditions, no days."""
    try:
        if not text.clean(form.name, 200):
            raise Invalid.at("/name", said("A rule has a name."), "required")
    except ValueError as error:
        raise Invalid.at("/name", str(error)) from error
    try:
        form.aim.strategy(form.name)
    except ValueError as error:
        raise Invalid.at("/strategy", str(error)) from error
    if form.valid_from and form.valid_until and form.valid_until <= form.valid_from:
        raise Invalid.at("/valid_until", said("It ends after it starts."))
    conditions = form.conditions
    known = set(Channel.objects.filter(code__in=conditions.channels).values_list("code", flat=True))
    for n, code in enumerate(conditions.channels):
        if code not in known:
            raise Invalid.at(
                f"/conditions/channels/{n}",
                said("There is no channel %(code)s.", code=code),
                "unknown_channel",
            )
    for n, code in enumerate(conditions.countries):
        if code not in COUNTRIES:
            detail = said("'%(code)s' is no country code of ISO 3166.", code=code)
            raise Invalid.at(f"/conditions/countries/{n}", detail)
    if is_default and (conditions != Conditions() or not form.enabled or form.valid_from or form.valid_until):
        raise Invalid.at("/conditions", said("The default is for every order, at any time."))
    if (conditions.value_from or conditions.value_to) and not conditions.currency:
        raise Invalid.at("/conditions/currency", said("A value is in a currency."), "required")


def _write(rule: RoutingRule, version: int, form: RuleForm, kind: str, actor: str) -> RoutingRuleVersion:
    made = RoutingRuleVersion.objects.create(
        rule=rule,
        version=version,
        name=text.clean(form.name, 200),
        enabled=form.enabled,
        valid_from=form.valid_from,
        valid_until=form.valid_until,
        conditions=msgspec.to_builtins(form.conditions),
        strategy=msgspec.to_builtins(form.aim),
        actor=actor,
    )
    _tell(kind, made, actor)
    return made


def _tell(kind: str, made: RoutingRuleVersion, actor: str, **more: Any) -> None:
    data = {"id": str(made.rule_id), "number": str(made.rule_id), "version": made.version, **more}
    events.record(kind, f"routing_rule/{made.rule_id}", actor=actor, data=data)
