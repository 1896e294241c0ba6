"""What staff decide about routing: rules and their versions; what a decision saw; what a replay found."""

from datetime import date, timedelta

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils import timezone

from oms.core.models import new_id


class RoutingRule(models.Model):
    """One rule of the set, asked by `position`; what it says is in its newest version.

    The default (one at most, of no position) is what holds when no rule fits.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    position = models.PositiveIntegerField(default=0)
    is_default = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="routing_default_once"
            ),
        ]


class RoutingRuleVersion(models.Model):
    """What a rule said from a moment on: never edited, a change is the next version.

    `conditions` and `strategy` are as in `fulfillment.strategies`; `valid_*` bound when it may be asked.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    rule = models.ForeignKey(RoutingRule, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    enabled = models.BooleanField(default=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    conditions = models.JSONField(default=dict)
    strategy = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["rule", "version"], name="routing_rule_version_once"),
            CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="routing_rule_ends_after_it_starts",
            ),
        ]


class RoutingNetwork(models.Model):
    """Locations and rates as a decision saw them, kept once however many decisions saw the same."""

    digest = models.CharField(max_length=64, primary_key=True)
    content = models.JSONField()


class RoutingFacts(models.Model):
    """What a decision was made from, so that it can be made again: the order, its rule facts, stock, capacity.

    No street, name or phone: of the address only what chooses a carrier.
    """

    decision = models.OneToOneField(
        "fulfillment.RoutingDecision", primary_key=True, on_delete=models.CASCADE, related_name="facts"
    )
    network = models.ForeignKey(RoutingNetwork, on_delete=models.PROTECT)
    asked = models.JSONField()
    stock = models.JSONField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        # Read by replays: a window of time, oldest first.
        indexes = [Index(fields=["at", "decision"], name="routing_facts_window")]


class RoutingReplay(models.Model):
    """Decisions of a window made again under a rule set; `result` holds the sums of both sides and how far it came.

    `due_at`: the next slice is owed since then, or a worker that replays it has until then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    rules = models.JSONField(default=list)
    since = models.DateTimeField()
    until = models.DateTimeField()
    channel = models.CharField(max_length=64, default="", blank=True)
    country = models.CharField(max_length=2, default="", blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    stopped = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    actor = models.CharField(max_length=128)

    class Meta:
        indexes = [Index(fields=["due_at"], name="routing_replay_due", condition=~Q(due_at=None))]

    @property
    def days(self) -> tuple[date, date]:
        """Its first and its last day on the reader's clocks; a window ends before `until`."""
        last = self.until - timedelta.resolution
        return timezone.localtime(self.since).date(), timezone.localtime(last).date()
