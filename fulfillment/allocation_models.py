"""Stock given out over all waiting orders: each run, and what came of every order it weighed."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils import timezone

from oms.core.models import new_id
from orders.models import Order


class AllocationOutcome(models.TextChoices):
    PLANNED = "planned", "Planned"
    SERVED = "served", "Served"
    SKIPPED = "skipped", "Changed meanwhile"
    LEFT = "left", "Left waiting"


class AllocationRun(models.Model):
    """One run, asked for by staff and done by a worker order by order; one at a time is `running`.

    `due_at`: owed since then, or a worker has it until then. `weighed_at` None: nobody has decided yet who gets what.
    `tries` counts beginnings since an order was last served. `limit_seconds` is what the models may take, `seconds`
    what deciding took. Of `contests` (orders that wanted the same stock) `proven` have no better answer, of the whole
    run nothing is better if `exact`; `gap` is the share of the cost that could be saved at most. When a worker died,
    the figures of the decision are those of the last. Cost is in the company's currency.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.CharField(max_length=128)
    asked_at = models.DateTimeField(default=timezone.now)
    limit_seconds = models.FloatField()
    running = models.BooleanField(default=True)
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    weighed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Why it ended before the last order: asked, error; empty when it did not.
    stopped = models.CharField(max_length=16, default="", blank=True)

    waiting = models.PositiveIntegerField(default=0)
    planned = models.PositiveIntegerField(default=0)
    served = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    units = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=18, decimal_places=4, default=Decimal(0))
    contests = models.PositiveIntegerField(default=0)
    proven = models.PositiveIntegerField(default=0)
    gap = models.DecimalField(max_digits=7, decimal_places=6, default=Decimal(0))
    exact = models.BooleanField(default=False)
    seconds = models.FloatField(default=0)

    class Meta:
        constraints = [
            # Who asks while one runs is shown that one.
            UniqueConstraint(
                fields=["running"], condition=Q(running=True), name="allocation_run_one_at_a_time"
            ),
            CheckConstraint(
                condition=Q(running=True, due_at__isnull=False, finished_at=None)
                | Q(running=False, due_at=None, finished_at__isnull=False),
                name="allocation_run_owed_while_running",
            ),
        ]

    @property
    def done(self) -> int:
        return self.served + self.skipped

    @property
    def left(self) -> int:
        """Orders that go on waiting, those that changed meanwhile among them."""
        return max(0, self.waiting - self.served)


class AllocationRow(models.Model):
    """One order of a run. `code` says why it was not served, as in routing's refusals or the problem it met;
    `detail` in a sentence. Cost is in the company's currency."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(AllocationRun, on_delete=models.CASCADE, related_name="rows")
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="allocation_rows")
    position = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, choices=AllocationOutcome.choices)
    units = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=18, decimal_places=4, default=Decimal(0))
    places = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    code = models.CharField(max_length=64, default="", blank=True)
    detail = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["run", "order"], name="allocation_row_once"),
            CheckConstraint(
                condition=Q(outcome__in=AllocationOutcome.values), name="allocation_row_outcome_known"
            ),
        ]
        # Read by the page of a run, an outcome at a time.
        indexes = [Index(fields=["run", "outcome", "position"], name="allocation_row_shown")]
