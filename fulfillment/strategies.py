"""Which strategy an order is routed by: rules in their order, the first that fits, else the default.

A rule's conditions and strategy are plain data (`Conditions`, `Aim`), so that an edited rule set can be tried
before it is kept.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.db.models import OuterRef, Subquery
from msgspec import Meta

from fulfillment import routing
from fulfillment.models import RoutingRuleVersion
from oms.core.saying import said
from orders.models import Order

Word = Annotated[str, Meta(min_length=1, max_length=64)]
Words = Annotated[list[Word], Meta(max_length=250)]
Amount = Annotated[str, Meta(max_length=24, pattern=r"^[0-9]+(\.[0-9]{1,4})?$", examples=["10.00"])]
BUILT_IN = "Least total cost"


class Conditions(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """All of them must fit; an empty one always does. Of `tags` the order has one; the value is in `currency`."""

    channels: Words = []
    countries: Annotated[list[Annotated[str, Meta(pattern="^[A-Z]{2}$")]], Meta(max_length=250)] = []
    services: Words = []
    tags: Words = []
    value_from: Amount | None = None
    value_to: Amount | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None


class Aim(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """`weighted`: drawbacks priced by `weights`; `lexicographic`: the best by the first of `objectives`, then the
    next."""

    kind: Literal["weighted", "lexicographic"] = "weighted"
    weights: dict[Annotated[str, Meta(max_length=32)], Amount] = {}
    objectives: Annotated[list[Annotated[str, Meta(max_length=32)]], Meta(max_length=11)] = []

    def strategy(self, name: str) -> routing.Strategy:
        """As the engine takes it. Raises ValueError for a weight or objective it does not know."""
        known = routing.Weights.__dataclass_fields__
        unknown = [word for word in self.weights if word not in known]
        unknown += [word for word in self.objectives if word not in routing.OBJECTIVES]
        if unknown:
            raise ValueError(said("Unknown: %(names)s.", names=", ".join(unknown)))
        if self.kind == "lexicographic" and not self.objectives:
            raise ValueError(said("Name at least one objective."))
        weights = routing.Weights(**{word: Decimal(amount) for word, amount in self.weights.items()})
        objectives: Any = tuple(dict.fromkeys(self.objectives)) or ("cost",)
        return routing.Strategy(self.kind, weights, objectives, name)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it is asked. `id` and `version` None: one that is not kept (yet)."""

    name: str
    conditions: Conditions
    aim: Aim
    enabled: bool = True
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    is_default: bool = False
    rule_id: UUID | None = None
    version_id: UUID | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class About:
    """What rules ask of an order."""

    channel: str = ""
    country: str = ""
    service: str = ""
    tags: Sequence[str] = ()
    value: Decimal = Decimal(0)
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The strategy and the rule it came from; None: nobody wrote one."""

    strategy: routing.Strategy
    rule: Rule | None = None

    def as_json(self) -> dict[str, Any] | None:
        if self.rule is None:
            return None
        key = str(self.rule.rule_id) if self.rule.rule_id else None
        return {"id": key, "name": self.rule.name, "version": self.rule.version}


def current() -> list[Rule]:
    """The newest version of every rule in the order they are asked, the default last: one query."""
    newest = RoutingRuleVersion.objects.filter(rule=OuterRef("rule")).order_by("-version").values("pk")[:1]
    rows = RoutingRuleVersion.objects.filter(rule__removed_at=None, pk=Subquery(newest))
    return [
        as_rule(row)
        for row in rows.select_related("rule").order_by("rule__is_default", "rule__position", "rule__pk")
    ]


def as_rule(row: RoutingRuleVersion) -> Rule:
    return Rule(
        name=row.name,
        conditions=msgspec.convert(row.conditions, Conditions),
        aim=msgspec.convert(row.strategy, Aim),
        enabled=row.enabled,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        is_default=row.rule.is_default,
        rule_id=row.rule_id,
        version_id=row.pk,
        version=row.version,
    )


def about(order: Order) -> About:
    """The order's facts that rules ask for. Its channel is read with it."""
    return About(
        channel=order.channel.code,
        country=(order.shipping_address or {}).get("country") or "",
        service=order.shipping_service,
        tags=tuple(order.tags),
        value=order.total,
        currency=order.currency,
    )


def of_service(about: About, service: str) -> About:
    return replace(about, service=service)


def choose(rules: Iterable[Rule], about: About, now: datetime) -> Chosen:
    """The first enabled rule of its time whose conditions fit, else the default, else the least total cost."""
    for rule in rules:
        if rule.is_default or (rule.enabled and in_time(rule, now) and fits(rule.conditions, about)):
            return Chosen(rule.aim.strategy(rule.name), rule)
    return Chosen(routing.Strategy(name=BUILT_IN))


def in_time(rule: Rule, now: datetime) -> bool:
    return (rule.valid_from is None or rule.valid_from <= now) and (
        rule.valid_until is None or now < rule.valid_until
    )


def fits(conditions: Conditions, about: About) -> bool:
    if conditions.channels and about.channel not in conditions.channels:
        return False
    if conditions.countries and about.country not in conditions.countries:
        return False
    if conditions.services and about.service not in conditions.services:
        return False
    if conditions.tags and not set(conditions.tags) & set(about.tags):
        return False
    if conditions.value_from is None and conditions.value_to is None:
        return True
    if conditions.currency is not None and conditions.currency != about.currency:
        return False
    least, most = conditions.value_from, conditions.value_to
    return (least is None or about.value >= Decimal(least)) and (most is None or about.value < Decimal(most))
