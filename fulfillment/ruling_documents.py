"""Routing rules and replays as the API takes and shows them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.conf import settings
from msgspec import Meta

from fulfillment.models import RoutingReplay, RoutingRuleVersion
from fulfillment.ruling import RuleForm
from fulfillment.strategies import Aim, Conditions, as_rule
from orders.documents import Money, amount

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Moment = Annotated[datetime, Meta(tz=True)]


class RuleIn(msgspec.Struct, forbid_unknown_fields=True):
    """A rule, asked last of all but the default. `default`: what decides when no rule fits; there is one at most."""

    name: Name
    conditions: Conditions = msgspec.field(default_factory=Conditions)
    strategy: Aim = msgspec.field(default_factory=Aim)
    enabled: bool = True
    default: bool = False
    valid_from: Moment | None = None
    valid_until: Moment | None = None


class VersionIn(msgspec.Struct, forbid_unknown_fields=True):
    """A rule anew, whole. `after`: the version its writer read; 412 when there is a newer one."""

    name: Name
    conditions: Conditions = msgspec.field(default_factory=Conditions)
    strategy: Aim = msgspec.field(default_factory=Aim)
    enabled: bool = True
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    after: Annotated[int, Meta(ge=1)] | None = None


class VersionOut(msgspec.Struct):
    """A rule as it was from `at` on, by whom."""

    version: int
    at: datetime
    actor: str
    name: str
    enabled: bool
    valid_from: datetime | None
    valid_until: datetime | None
    conditions: Conditions
    strategy: Aim


class ReplayIn(msgspec.Struct, forbid_unknown_fields=True):
    """Past decisions from `since` until before `until`, made again by `rules` as they stand here (null: today's)."""

    name: Name
    since: Moment
    until: Moment
    channel: Annotated[str, Meta(max_length=64)] | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    rules: Annotated[list[RuleIn], Meta(min_length=1, max_length=100)] | None = None


class SideOut(msgspec.Struct):
    """Sums over the decisions; `cost` is carriers and packing, `hours` until the last parcel arrives, of all orders.

    `split` and `late` are orders, `load` parcels by location.
    """

    decisions: int
    sent: int
    unsent: int
    cost: Money
    parcels: int
    split: int
    late: int
    hours: float
    load: dict[str, int]


class ReplayOut(msgspec.Struct):
    """`state`: running, done or stopped. `changed` orders would go differently; `orders` are the dearest of them."""

    id: UUID
    name: str
    state: str
    since: datetime
    until: datetime
    channel: str
    country: str
    total: int
    done: int
    was: SideOut
    then: SideOut
    changed: int
    orders: list[dict[str, Any]]


def rule_form(given: RuleIn | VersionIn) -> RuleForm:
    return RuleForm(
        name=given.name,
        conditions=given.conditions,
        aim=given.strategy,
        enabled=given.enabled,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        was=given.after if isinstance(given, VersionIn) else None,
    )


def version_out(row: RoutingRuleVersion) -> VersionOut:
    rule = as_rule(row)
    return VersionOut(
        version=row.version,
        at=row.at,
        actor=row.actor,
        name=rule.name,
        enabled=rule.enabled,
        valid_from=rule.valid_from,
        valid_until=rule.valid_until,
        conditions=rule.conditions,
        strategy=rule.aim,
    )


def replay_out(replay: RoutingReplay) -> ReplayOut:
    return ReplayOut(
        id=replay.pk,
        name=replay.name,
        state="running" if replay.due_at else "stopped" if replay.stopped else "done",
        since=replay.since,
        until=replay.until,
        channel=replay.channel,
        country=replay.country,
        total=replay.total,
        done=replay.done,
        was=_side(replay.result.get("was", {})),
        then=_side(replay.result.get("then", {})),
        changed=replay.result.get("changed", 0),
        orders=replay.result.get("orders", []),
    )


def _side(sums: dict[str, Any]) -> SideOut:
    counts = {name: sums.get(name, 0) for name in ("decisions", "sent", "unsent", "split", "late", "hours")}
    cost = amount(Decimal(sums.get("money", "0")), settings.COMPANY_CURRENCY)
    return SideOut(**counts, cost=cost, parcels=sums.get("shipments", 0), load=sums.get("load", {}))
