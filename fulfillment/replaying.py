"""Past orders decided again under other rules, from exactly what their decisions saw, beside what happened.

A worker goes through the window in slices, each kept with how far it came: a worker that dies costs one slice. Money
is what carriers ask plus packing, so that rules with different weights compare.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import structlog
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from fulfillment import planning, remembering, routing
from fulfillment.models import RoutingFacts, RoutingReplay
from fulfillment.strategies import Aim, Conditions, Rule
from oms.core import bell, company, events, owing
from oms.core.errors import Invalid
from oms.core.saying import said

log = structlog.get_logger(__name__)

REPLAY_OWED = "fulfillment.tasks.replay_owed"
SLICE = 200
SHOWN = 50  # orders that would go differently, the dearest change first
LONGEST = timedelta(days=366)


@transaction.atomic
def start(
    name: str,
    rules: Sequence[Rule],
    *,
    since: datetime,
    until: datetime,
    channel: str = "",
    country: str = "",
    actor: str,
) -> RoutingReplay:
    """Ask for a replay of the decisions of a window under a rule set. Raises Invalid for a window that is none."""
    if not since < until:
        raise Invalid.at("/until", said("It ends after it starts."))
    if until - since > LONGEST:
        raise Invalid.at("/since", said("At most a year at once."))
    made = RoutingReplay(
        name=name[:200],
        rules=[_plain(rule) for rule in rules],
        since=since,
        until=until,
        channel=channel,
        country=country,
        actor=actor,
        due_at=timezone.now(),
    )
    made.total = _wanted(made).count()
    made.save()
    data = {"id": str(made.pk), "number": str(made.pk), "version": 1, "decisions": made.total}
    events.record("routing_replay.asked", f"routing_replay/{made.pk}", actor=actor, data=data)
    transaction.on_commit(ring, robust=True)
    return made


def ring() -> None:
    """A replay is owed; the sweep finds it too when nobody hears."""
    bell.call(REPLAY_OWED, queue="bulk")


def stop(replay: RoutingReplay) -> None:
    """What was replayed so far stays."""
    RoutingReplay.objects.filter(pk=replay.pk).exclude(due_at=None).update(due_at=None, stopped=True)


def work_off() -> int:
    """Replay what is owed; returns how many slices were done."""
    return owing.work_off(RoutingReplay, "due_at", advance, task=REPLAY_OWED, queue="bulk")


def advance(replay_id: UUID) -> bool:
    """The next slice of one replay. False when somebody else has it or it was stopped meanwhile."""
    claimed = owing.claim(RoutingReplay, "due_at", replay_id)
    if claimed is None:
        return False
    replay = RoutingReplay.objects.get(pk=replay_id)
    rules = [_rule(given) for given in replay.rules]
    rows = _wanted(replay)
    if replay.result.get("at"):
        at, pk = datetime.fromisoformat(replay.result["at"]), UUID(replay.result["decision"])
        rows = rows.filter(at__gte=at).filter(Q(at__gt=at) | Q(decision__gt=pk))
    rows = rows.select_related("network", "decision__order").order_by("at", "decision")[:SLICE]
    result, seen = dict(replay.result), 0
    for facts in rows:
        _compare(result, facts, rules)
        seen += 1
        result["at"], result["decision"] = facts.at.isoformat(), str(facts.decision_id)
    over = seen < SLICE
    mine = RoutingReplay.objects.filter(pk=replay_id, due_at=claimed).update(
        result=result,
        done=replay.done + seen,
        due_at=None if over else timezone.now(),
        finished_at=timezone.now() if over else None,
    )
    return bool(mine)


def _wanted(replay: RoutingReplay) -> "QuerySet[RoutingFacts]":
    rows = RoutingFacts.objects.filter(at__gte=replay.since, at__lt=replay.until)
    if replay.channel:
        rows = rows.filter(decision__order__channel__code=replay.channel)
    if replay.country:
        rows = rows.filter(decision__order__country=replay.country)
    return rows


def _compare(result: dict[str, Any], facts: RoutingFacts, rules: Sequence[Rule]) -> None:
    asked, about, states, rates = remembering.recall(facts)
    was = _happened(facts, asked)
    plan, chosen = planning.plan(asked, states, rates, rules, about, explain=False)
    then = _planned(plan, asked, states, chosen.strategy.weights)
    _add(result.setdefault("was", {}), was)
    _add(result.setdefault("then", {}), then)
    _add_day(result.setdefault("days", {}).setdefault(_day(facts.decision.order.placed_at), {}), was, then)
    if (was["places"], was["money"]) != (then["places"], then["money"]):
        result["changed"] = result.get("changed", 0) + 1
        shown = result.setdefault("orders", [])
        shown.append(
            {
                "number": str(facts.decision.order.number),
                "was": {"places": was["places"], "money": str(was["money"])},
                "then": {"places": then["places"], "money": str(then["money"])},
            }
        )
        shown.sort(key=lambda one: -abs(Decimal(one["then"]["money"]) - Decimal(one["was"]["money"])))
        del shown[SHOWN:]


def _happened(facts: RoutingFacts, asked: routing.Order) -> dict[str, Any]:
    """What the kept decision chose."""
    chosen = next((one for one in facts.decision.trace.get("candidates", []) if one.get("chosen")), None)
    if chosen is None or facts.decision.outcome != "planned":
        return _nothing()
    parcels, cost = chosen["parcels"], chosen["cost"]
    latest = max(datetime.fromisoformat(parcel["latest"].replace("Z", "+00:00")) for parcel in parcels)
    return _figures(
        sorted(parcel["location"] for parcel in parcels),
        Decimal(cost["shipping"]) + Decimal(cost["handling"]),
        latest - asked.now,
        any(parcel.get("late_days") for parcel in parcels),
    )


def _planned(
    plan: routing.Plan,
    asked: routing.Order,
    states: Sequence[routing.LocationState],
    weights: routing.Weights,
) -> dict[str, Any]:
    if plan.outcome != "planned" or not plan.parcels:
        return _nothing()
    packing = {
        state.code: weights.handling_per_parcel if state.handling is None else state.handling
        for state in states
    }
    money = sum(
        (
            parcel.shipping + packing[parcel.location] * max(1, len(parcel.packages))
            for parcel in plan.parcels
        ),
        Decimal(0),
    )
    latest = max(parcel.window.latest for parcel in plan.parcels)
    return _figures(
        sorted(parcel.location for parcel in plan.parcels),
        money,
        latest - asked.now,
        any(parcel.late_days for parcel in plan.parcels),
    )


def _figures(places: list[str], money: Decimal, took: timedelta, late: bool) -> dict[str, Any]:
    return {"places": places, "money": money.quantize(Decimal("0.0001")), "took": took, "late": late}


def _nothing() -> dict[str, Any]:
    return {"places": [], "money": Decimal(0), "took": None, "late": False}


def _add(side: dict[str, Any], one: dict[str, Any]) -> None:
    """Sums alone are kept: averages are worked out where they are shown."""
    side["decisions"] = side.get("decisions", 0) + 1
    if not one["places"]:
        side["unsent"] = side.get("unsent", 0) + 1
        return
    side["sent"] = side.get("sent", 0) + 1
    side["money"] = str(Decimal(side.get("money", "0")) + one["money"])
    side["shipments"] = side.get("shipments", 0) + len(one["places"])
    side["split"] = side.get("split", 0) + (len(set(one["places"])) > 1)
    side["hours"] = round(side.get("hours", 0) + one["took"].total_seconds() / 3600, 3)
    side["late"] = side.get("late", 0) + one["late"]
    load = Counter(side.get("load", {}))
    load.update(one["places"])
    side["load"] = dict(load)


def _day(at: datetime) -> str:
    return company.day_of(at).isoformat()


def _add_day(day: dict[str, Any], was: dict[str, Any], then: dict[str, Any]) -> None:
    """What a day's orders cost on both sides, of those that were sent on both: else days do not compare."""
    if was["places"] and then["places"]:
        day["sent"] = day.get("sent", 0) + 1
        for name, side in (("was", was), ("then", then)):
            day[name] = str(Decimal(day.get(name, "0")) + side["money"])


def _plain(rule: Rule) -> dict[str, Any]:
    given: dict[str, Any] = msgspec.to_builtins(rule)
    return given


def _rule(given: dict[str, Any]) -> Rule:
    return Rule(
        name=given["name"],
        conditions=msgspec.convert(given["conditions"], Conditions),
        aim=msgspec.convert(given["aim"], Aim),
        enabled=given["enabled"],
        # A rule that begins today is replayed as if it had been there all along.
        is_default=given["is_default"],
        rule_id=UUID(given["rule_id"]) if given["rule_id"] else None,
        version=given["version"],
    )
