"""Where stock lies."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Q
from django.utils.timezone import now

from oms.core.models import new_id


class LocationKind(models.TextChoices):
    WAREHOUSE = "warehouse", "Warehouse"
    STORE = "store", "Store"
    THIRD_PARTY = "third_party", "Third party"
    SUPPLIER = "supplier", "Supplier"


class Location(models.Model):
    """A warehouse, store, third party or supplier. Lower `priority` first; working days 0 = Monday … 6 = Sunday.

    `handling_cost` of packing a parcel, in the company's currency (null: the strategy's figure); `closed_on` its
    holidays; `ships_to` the countries it may send to (empty: all).
    """

    uid = models.UUIDField(default=new_id, unique=True, editable=False)
    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=LocationKind.choices)
    address = models.JSONField(default=dict)
    capabilities = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    priority = models.IntegerField(default=100)
    daily_capacity = models.PositiveIntegerField(null=True, blank=True)
    cutoff = models.TimeField(default="14:00")
    timezone = models.CharField(max_length=64, default="Asia/Riyadh")
    working_days = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    active = models.BooleanField(default=True)
    handling_cost = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    closed_on = ArrayField(models.DateField(), default=list, blank=True)
    ships_to = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [CheckConstraint(condition=Q(kind__in=LocationKind.values), name="location_kind_known")]

    def __str__(self) -> str:
        return self.code
