"""What carriers ask, and where their zones lie."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils import timezone

from oms.core.models import new_id


class Rate(models.Model):
    """A carrier's price from some locations (none named: all) to a country or region.

    Amounts are in the company's currency; a service takes `days_*` or `hours_*`; weekdays it delivers on
    (0 = Monday; empty: every day); `cod_limit` null: no limit, 0: no cash on delivery. `zone` is one of its
    carrier's; `km_*` how far from the location; `tiers` [[up to grams, price]]; `step_g` rounds a parcel's weight up,
    which is `max_parcel_g` at most; `divisor` mm³ that count as a gram. `valid_*` are its first and last day.
    """

    uid = models.UUIDField(default=new_id, unique=True, editable=False)
    carrier = models.CharField(max_length=64)
    service = models.CharField(max_length=64)
    from_locations = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    to_country = models.CharField(max_length=2)
    to_region = models.CharField(max_length=100, default="", blank=True)
    base = models.DecimalField(max_digits=18, decimal_places=4)
    per_kg = models.DecimalField(max_digits=18, decimal_places=4)
    days_min = models.PositiveSmallIntegerField(null=True, blank=True)
    days_max = models.PositiveSmallIntegerField(null=True, blank=True)
    hours_min = models.PositiveSmallIntegerField(null=True, blank=True)
    hours_max = models.PositiveSmallIntegerField(null=True, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    cod_limit = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    zone = models.CharField(max_length=64, default="", blank=True)
    km_from = models.PositiveIntegerField(null=True, blank=True)
    km_to = models.PositiveIntegerField(null=True, blank=True)
    tiers = models.JSONField(default=list, blank=True)
    step_g = models.PositiveIntegerField(default=0)
    max_parcel_g = models.PositiveIntegerField(null=True, blank=True)
    divisor = models.PositiveIntegerField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(base__gte=0, per_kg__gte=0), name="rate_not_negative"),
            CheckConstraint(
                condition=Q(days_max__isnull=False, hours_max__isnull=True)
                | Q(days_max__isnull=True, hours_max__isnull=False),
                name="rate_days_or_hours",
            ),
            CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="rate_ends_after_it_starts",
            ),
        ]
        indexes = [Index(fields=["to_country", "service"], name="rate_destination")]


class RateZone(models.Model):
    """A carrier's name for some places of a country: its rates of that zone go there.

    `places` are cities, districts or regions in any spelling, `postcodes` their beginnings.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    carrier = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    places = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    postcodes = ArrayField(models.CharField(max_length=16), default=list, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["carrier", "country", "name"], name="rate_zone_once"),
        ]
