"""Doors of routing's rules: written, versioned and removed as staff do it, and past orders replayed under others."""

from typing import Literal
from uuid import UUID

import msgspec
from django.conf import settings
from rest_framework.request import Request

from fulfillment import replaying, routing_documents, ruling, ruling_documents, strategies
from fulfillment.models import RoutingReplay, RoutingRule, RoutingRuleVersion
from fulfillment.routing_documents import RuleOut
from fulfillment.ruling_documents import ReplayIn, ReplayOut, RuleIn, VersionIn, VersionOut
from fulfillment.strategies import Rule
from oms.core import api, short_lists
from oms.core.api import Answer, Endpoint, Op
from oms.core.errors import Invalid, NotFound
from oms.core.short_lists import ShortListQuery

RULES = "/api/v1/routing-rules/"
REPLAYS = "/api/v1/routing-replays/"
SHOWN = 50


class MoveIn(msgspec.Struct, forbid_unknown_fields=True):
    """One place earlier or later among the rules."""

    way: Literal["up", "down"]


class RoutingRules(Endpoint):
    get_op = Op(
        scope="rates:read",
        query=ShortListQuery,
        answer=RuleOut,
        paged=True,
        summary="Routing rules in the order they are asked",
    )
    post_op = Op(scope="rates:write", body=RuleIn, answer=RuleOut, status=201, summary="Add a routing rule")

    def get(self, request: Request, query: ShortListQuery) -> Answer:
        rules = [routing_documents.rule_out(rule) for rule in strategies.current()]
        return short_lists.page(request, rules, query)

    def post(self, request: Request, body: RuleIn) -> Answer:
        form = ruling_documents.rule_form(body)
        made = ruling.add_rule(form, is_default=body.default, actor=request.user.actor)
        return _shown(made)


class OneRoutingRule(Endpoint):
    get_op = Op(scope="rates:read", answer=RuleOut, summary="A routing rule as it is asked now")
    delete_op = Op(scope="rates:write", status=204, summary="Ask a routing rule no more")

    def get(self, request: Request, id: UUID) -> RuleOut:
        found = next((rule for rule in strategies.current() if rule.rule_id == id), None)
        if found is None:
            raise NotFound
        return routing_documents.rule_out(found)

    def delete(self, request: Request, id: UUID) -> Answer:
        ruling.remove_rule(_asked(id), actor=request.user.actor)
        return Answer(status=204)


class RuleVersions(Endpoint):
    get_op = Op(
        scope="rates:read",
        query=ShortListQuery,
        answer=VersionOut,
        paged=True,
        summary="What a rule was, newest first",
    )
    post_op = Op(
        scope="rates:write",
        body=VersionIn,
        answer=RuleOut,
        status=201,
        summary="A routing rule's next version",
    )

    def get(self, request: Request, query: ShortListQuery, id: UUID) -> Answer:
        rows = RoutingRuleVersion.objects.filter(rule=id).select_related("rule").order_by("-version")
        if not rows:
            raise NotFound
        return short_lists.page(request, [ruling_documents.version_out(row) for row in rows], query)

    def post(self, request: Request, body: VersionIn, id: UUID) -> Answer:
        made = ruling.change_rule(_asked(id), ruling_documents.rule_form(body), actor=request.user.actor)
        return _shown(made)


class RuleMoves(Endpoint):
    post_op = Op(
        scope="rates:write",
        body=MoveIn,
        answer=list[RuleOut],
        status=201,
        summary="Ask a rule earlier or later",
    )

    def post(self, request: Request, body: MoveIn, id: UUID) -> Answer:
        ruling.move_rule(_asked(id), up=body.way == "up", actor=request.user.actor)
        rules = [routing_documents.rule_out(rule) for rule in strategies.current()]
        return api.created(rules, settings.BASE_URL + RULES)


class Replays(Endpoint):
    get_op = Op(
        scope="rates:read", query=ShortListQuery, answer=ReplayOut, paged=True, summary="The latest replays"
    )
    post_op = Op(
        scope="rates:write",
        body=ReplayIn,
        answer=ReplayOut,
        status=201,
        summary="Decide past orders again under other rules; a worker does it",
    )

    def get(self, request: Request, query: ShortListQuery) -> Answer:
        latest = RoutingReplay.objects.order_by("-at")[:SHOWN]
        return short_lists.page(request, [ruling_documents.replay_out(one) for one in latest], query)

    def post(self, request: Request, body: ReplayIn) -> Answer:
        made = replaying.start(
            body.name,
            strategies.current()
            if body.rules is None
            else [_rule(n, one) for n, one in enumerate(body.rules)],
            since=body.since,
            until=body.until,
            channel=body.channel or "",
            country=body.country or "",
            actor=request.user.actor,
        )
        return api.created(ruling_documents.replay_out(made), f"{settings.BASE_URL}{REPLAYS}{made.pk}/")


class OneReplay(Endpoint):
    get_op = Op(
        scope="rates:read", answer=ReplayOut, summary="A replay beside what happened, as far as it came"
    )
    delete_op = Op(scope="rates:write", status=204, summary="Stop a replay; what was replayed stays")

    def get(self, request: Request, id: UUID) -> ReplayOut:
        return ruling_documents.replay_out(_replay(id))

    def delete(self, request: Request, id: UUID) -> Answer:
        replaying.stop(_replay(id))
        return Answer(status=204)


def _asked(rule_id: UUID) -> UUID:
    if not RoutingRule.objects.filter(pk=rule_id, removed_at=None).exists():
        raise NotFound
    return rule_id


def _shown(made: RoutingRuleVersion) -> Answer:
    rule = routing_documents.rule_out(strategies.as_rule(made))
    return api.created(rule, f"{settings.BASE_URL}{RULES}{made.rule_id}/")


def _rule(place: int, given: RuleIn) -> Rule:
    """One of a set to be tried: the same checks as for one that is kept."""
    try:
        ruling.check(ruling_documents.rule_form(given), is_default=given.default)
    except Invalid as refusal:
        for error in refusal.errors:
            error["pointer"] = f"/rules/{place}{error['pointer']}"
        raise
    return Rule(given.name, given.conditions, given.strategy, given.enabled, is_default=given.default)


def _replay(replay_id: UUID) -> RoutingReplay:
    found = RoutingReplay.objects.filter(pk=replay_id).first()
    if found is None:
        raise NotFound
    return found
