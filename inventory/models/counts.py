"""What was counted, by whom, and by how much it differed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.timezone import now

from inventory.models.catalogue import Product
from inventory.models.lots import Lot
from inventory.models.places import Location
from oms.core.models import new_id


class CountKind(models.TextChoices):
    FULL = "full", "Everything"
    BIN = "bin", "Some bins"
    SKU = "sku", "Some SKUs"


class CountState(models.TextChoices):
    COUNTING = "counting", "Counting"
    REVIEW = "review", "To approve"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class StockCount(models.Model):
    """A count of a location: all of it, some bins, or some SKUs. Whoever counts does not see what is expected."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="counts")
    kind = models.CharField(max_length=8, choices=CountKind.choices)
    bins = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    state = models.CharField(max_length=16, choices=CountState.choices, default=CountState.COUNTING)
    note = models.CharField(max_length=500, default="", blank=True)
    opened_by = models.CharField(max_length=128)
    opened_at = models.DateTimeField(default=now)
    submitted_by = models.CharField(max_length=128, default="", blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=128, default="", blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=CountState.values), name="count_state_known"),
            CheckConstraint(condition=Q(kind__in=CountKind.values), name="count_kind_known"),
        ]
        indexes = [Index(fields=["location", "-opened_at"], name="count_at_location")]

    def __str__(self) -> str:
        return self.number

    @property
    def ref(self) -> str:
        """The subject of this count's events and movements."""
        return f"count/{self.number}"


class CountLine(models.Model):
    """One SKU of a count, or one lot of it. `expected` is what should have lain there when it was counted.

    `not_found` of the expected units had been missed by pickers and wait in quality control for this count. The
    difference that was booked is `adjusted`. A SKU or lot is in one open count of its location at a time: otherwise the
    same difference would be booked twice.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    count = models.ForeignKey(StockCount, on_delete=models.CASCADE, related_name="lines")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    bin = models.CharField(max_length=32, default="", blank=True)
    is_open = models.BooleanField(default=True)
    counted = models.PositiveIntegerField(null=True, blank=True)
    expected = models.IntegerField(null=True, blank=True)
    not_found = models.PositiveIntegerField(default=0)
    counted_by = models.CharField(max_length=128, default="", blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    unit_cost = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    adjusted = models.IntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["count", "product", "lot"], name="count_line_once", nulls_distinct=False
            ),
            UniqueConstraint(
                fields=["location", "product", "lot"],
                name="count_line_open_once",
                condition=Q(is_open=True),
                nulls_distinct=False,
            ),
            CheckConstraint(
                condition=Q(counted=None, expected=None) | Q(counted__isnull=False, expected__isnull=False),
                name="count_line_whole",
            ),
        ]

    @property
    def difference(self) -> int | None:
        """More (or less, below zero) than should have been there; None before it was counted."""
        return None if self.counted is None or self.expected is None else self.counted - self.expected
