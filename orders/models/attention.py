"""What makes an order surface by itself."""

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q

# The stages an order may stand at, and for how many hours unless the company says otherwise.
STANDS: dict[str, int] = {
    "placed": 1,
    "held": 24,
    "backordered": 168,
    "allocated": 24,
    "partially_picked": 24,
    "picking": 4,
    "packed": 24,
    "shipped": 240,
    "delivered": 336,
}


def _hours(stage: str) -> models.PositiveIntegerField:
    return models.PositiveIntegerField(null=True, blank=True, default=STANDS[stage])


class Attention(models.Model):
    """The company's one row: hours an order may stand at each stage (NULL: for ever), hours before it is due that a
    parcel is called due soon, and what makes an order important: `value` in the company's currency and above, a
    service, a tag of the order or its customer. Without the row its defaults hold.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    placed = _hours("placed")
    held = _hours("held")
    backordered = _hours("backordered")
    allocated = _hours("allocated")
    partially_picked = _hours("partially_picked")
    picking = _hours("picking")
    packed = _hours("packed")
    shipped = _hours("shipped")
    delivered = _hours("delivered")
    soon = models.PositiveIntegerField(default=4)
    value = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    services = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(id=1), name="attention_once"),
            CheckConstraint(
                condition=Q(value=None) | Q(value__gt=Decimal(0)), name="attention_value_above_0"
            ),
            *(
                CheckConstraint(
                    condition=Q(**{stage: None}) | Q(**{f"{stage}__gt": 0}), name=f"attention_{stage}_above_0"
                )
                for stage in STANDS
            ),
        ]

    def __str__(self) -> str:
        return "attention"
