"""Routing as the API shows and takes it: decisions and their reasons, re-routings, refusals of a location."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.conf import settings
from msgspec import Meta

from fulfillment.documents import Code, Quantity
from fulfillment.models import Rerouting, RoutingDecision
from fulfillment.strategies import Aim, Conditions, Rule
from orders.documents import Money, amount
from orders.models import Order


class RuleNamedOut(msgspec.Struct):
    """The rule that chose the strategy, and which version of it."""

    id: UUID | None
    name: str
    version: int


class DecisionOut(msgspec.Struct):
    """One decision of the desk: every location and every candidate with its score, or why not.

    `rule` null: the least total cost, without a rule.
    """

    id: UUID
    at: datetime
    outcome: str
    reason: str
    cost: Money | None
    exact: bool
    rule: RuleNamedOut | None
    strategy: str
    locations: list[dict[str, Any]]
    candidates: list[dict[str, Any]]
    left_out: int


class RoutingOut(msgspec.Struct):
    """The latest decision spread out (`outcome` "pending" before the first), and all of them, newest first."""

    order: str
    outcome: str
    reason: str
    cost: Money | None
    locations: list[dict[str, Any]]
    candidates: list[dict[str, Any]]
    decisions: list[DecisionOut]


class RuleOut(msgspec.Struct):
    """A rule's newest version. The first enabled one of its time whose conditions fit decides, else the default."""

    id: UUID | None
    name: str
    version: int
    enabled: bool
    default: bool
    valid_from: datetime | None
    valid_until: datetime | None
    conditions: Conditions
    strategy: Aim


class MoveLineIn(msgspec.Struct, forbid_unknown_fields=True):
    id: UUID
    quantity: Quantity


class ReroutingIn(msgspec.Struct, forbid_unknown_fields=True):
    """What to move: a `shipment` (id or number) and of it these `lines`, or everything of the order that is planned
    and not picked. Where: `to` a location, or anywhere but `exclude`, at the least cost."""

    shipment: Annotated[str, Meta(max_length=64)] | None = None
    lines: Annotated[list[MoveLineIn], Meta(max_length=1000)] | None = None
    to: Code | None = None
    exclude: Annotated[list[Code], Meta(max_length=250)] = []
    reason: Annotated[str, Meta(max_length=500)] | None = None


class RejectionIn(msgspec.Struct, forbid_unknown_fields=True):
    """Why the location does not send what is not picked yet. `not_found` and `damaged` units are set aside there."""

    reason: Literal["not_found", "damaged", "no_capacity", "closed", "other"]
    note: Annotated[str, Meta(max_length=500)] | None = None


class MovedOut(msgspec.Struct, rename={"from_": "from"}):
    """Units that go from another location than planned; `to` null: nobody could take them yet."""

    id: UUID
    sku: str
    quantity: int
    from_: str
    to: str | None


class ReroutingOut(msgspec.Struct):
    """`cause`: staff, rejected (the location refused; `code` says why) or delay. `decision`: of the order's routing."""

    id: UUID
    order: str
    at: datetime
    cause: str
    code: str
    reason: str
    shipment: str | None
    to: str | None
    exclude: list[str]
    lines: list[MovedOut]
    decision: UUID | None


def decision_out(decision: RoutingDecision) -> DecisionOut:
    trace = decision.trace
    return DecisionOut(
        id=decision.pk,
        at=decision.at,
        outcome=decision.outcome,
        reason=trace.get("reason", ""),
        cost=None if decision.cost is None else amount(decision.cost, settings.COMPANY_CURRENCY),
        exact=trace.get("exact", True),
        rule=RuleNamedOut(**trace["rule"]) if trace.get("rule") else None,
        strategy=trace.get("strategy", ""),
        locations=trace.get("locations", []),
        candidates=trace.get("candidates", []),
        left_out=trace.get("left_out", 0),
    )


def routing_out(order: Order, decisions: list[RoutingDecision]) -> RoutingOut:
    shown = [decision_out(decision) for decision in decisions]
    last = shown[0] if shown else None
    return RoutingOut(
        order=str(order.number),
        outcome=last.outcome if last else "pending",
        reason=last.reason if last else "",
        cost=last.cost if last else None,
        locations=last.locations if last else [],
        candidates=last.candidates if last else [],
        decisions=shown,
    )


def rule_out(rule: Rule) -> RuleOut:
    return RuleOut(
        id=rule.rule_id,
        name=rule.name,
        version=rule.version,
        enabled=rule.enabled,
        default=rule.is_default,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
        conditions=rule.conditions,
        strategy=rule.aim,
    )


def rerouting_out(rerouting: Rerouting, order: Order) -> ReroutingOut:
    return ReroutingOut(
        id=rerouting.pk,
        order=str(order.number),
        at=rerouting.at,
        cause=rerouting.cause,
        code=rerouting.code,
        reason=rerouting.reason,
        shipment=rerouting.shipment.number if rerouting.shipment else None,
        to=rerouting.to or None,
        exclude=list(rerouting.exclude),
        lines=[
            MovedOut(UUID(line["id"]), line["sku"], line["quantity"], line["from"], line["to"])
            for line in rerouting.lines
        ],
        decision=rerouting.decision_id,
    )
