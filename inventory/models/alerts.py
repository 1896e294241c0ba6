"""How little and how much of a product should lie at a location, and where that is not so now."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.timezone import now

from inventory.models.catalogue import Product
from inventory.models.places import Location


class AlertKind(models.TextChoices):
    LOW = "low", "Low"
    OVER = "over", "Too much"


class StockLimit(models.Model):
    """At this location: low once no more than `minimum` are available, too much once more than `maximum` lie there."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="limits")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="limits")
    minimum = models.PositiveIntegerField(null=True, blank=True)
    maximum = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["product", "location"], name="limit_once"),
            CheckConstraint(
                condition=Q(minimum__isnull=False) | Q(maximum__isnull=False), name="limit_says_something"
            ),
            CheckConstraint(
                condition=Q(minimum__isnull=True) | Q(maximum__isnull=True) | Q(minimum__lt=F("maximum")),
                name="limit_has_room",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minimum}–{self.maximum}"


class StockAlert(models.Model):
    """A limit that is broken now; the row goes when it no longer is. Without a location: all of them together.

    `figure` is what was found, as of the last look; `since` when it began.
    """

    id = models.BigAutoField(primary_key=True)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="alerts")
    location = models.ForeignKey(Location, null=True, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=8, choices=AlertKind.choices)
    limit = models.PositiveIntegerField()
    figure = models.IntegerField()
    since = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["product", "location", "kind"], name="alert_once", nulls_distinct=False),
            CheckConstraint(condition=Q(kind__in=AlertKind.values), name="alert_kind_known"),
        ]
        indexes = [Index(fields=["location", "kind"], name="alert_by_location")]

    def __str__(self) -> str:
        return f"{self.kind} {self.figure}"
