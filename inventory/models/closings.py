"""What stock was worth when a month was over. Written once: a trigger refuses UPDATE and DELETE."""

from django.db import models
from django.db.models import CheckConstraint, F, Q, UniqueConstraint
from django.utils.timezone import now

from inventory.models.catalogue import Product
from inventory.models.places import Location


class Closing(models.Model):
    """A month that is over, by the company's calendar. `month` is its first day."""

    month = models.DateField(unique=True)
    closed_at = models.DateTimeField(default=now)
    actor = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def ref(self) -> str:
        """The subject of this closing's event."""
        return f"closing/{self}"


class ClosingLine(models.Model):
    """One product at one location over the month, in units and in the company's currency.

    `average` is what a unit was worth when there last were some, `known_cost` what the product was said to cost then:
    with it the figures can be worked out again.
    """

    closing = models.ForeignKey(Closing, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    opening_quantity = models.IntegerField()
    opening_value = models.DecimalField(max_digits=20, decimal_places=4)
    in_quantity = models.IntegerField()
    in_value = models.DecimalField(max_digits=20, decimal_places=4)
    out_quantity = models.IntegerField()
    out_value = models.DecimalField(max_digits=20, decimal_places=4)
    closing_quantity = models.IntegerField()
    closing_value = models.DecimalField(max_digits=20, decimal_places=4)
    average = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    known_cost = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["closing", "product", "location"], name="closing_line_once"),
            CheckConstraint(
                condition=Q(closing_quantity=F("opening_quantity") + F("in_quantity") - F("out_quantity"))
                & Q(closing_value=F("opening_value") + F("in_value") - F("out_value")),
                name="closing_line_adds_up",
            ),
        ]


class ClosingRoad(models.Model):
    """What was on its way between two locations when the month ended."""

    closing = models.ForeignKey(Closing, on_delete=models.PROTECT, related_name="road")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=128)
    quantity = models.IntegerField()
    value = models.DecimalField(max_digits=20, decimal_places=4)

    class Meta:
        constraints = [UniqueConstraint(fields=["closing", "product", "reference"], name="closing_road_once")]
