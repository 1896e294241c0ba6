"""Units made together, and how many of them lie where. `inventory.stock` and `inventory.lots` alone write these."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.timezone import now

from inventory.models.catalogue import Product
from inventory.models.places import Location
from oms.core.models import new_id


class Lot(models.Model):
    """Units of one product that were made together. `expires_on` is the last day they are good.

    The lot with an empty code holds the units of which no lot is known. While `quarantined_at` stands nobody may
    pick any of it.
    """

    uid = models.UUIDField(default=new_id, unique=True, editable=False)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="lots")
    code = models.CharField(max_length=64, default="", blank=True)
    expires_on = models.DateField(null=True, blank=True)
    quarantined_at = models.DateTimeField(null=True, blank=True)
    quarantine_reason = models.CharField(max_length=500, default="", blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["product", "code"], name="lot_once")]
        indexes = [
            # Read by the list of what expires soon and by the daily task that sets aside what did.
            Index(fields=["expires_on"], name="lot_expiry", condition=Q(expires_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def ref(self) -> str:
        """The subject of this lot's events and movements."""
        return f"lot/{self.uid}"


class LotLevel(models.Model):
    """How much of a lot lies at a location. `picked` units are in a picker's hands or a parcel, and still on hand.

    Over all lots of a product, on hand, damaged and quality control add up to the level's.
    """

    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="+")
    on_hand = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    quality_control = models.IntegerField(default=0)
    picked = models.IntegerField(default=0)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["lot", "location"], name="lot_level_once"),
            CheckConstraint(
                condition=Q(damaged__gte=0, quality_control__gte=0, picked__gte=0),
                name="lot_level_not_negative",
            ),
            CheckConstraint(
                condition=Q(on_hand__gte=F("damaged") + F("quality_control") + F("picked")),
                name="lot_level_covers_its_parts",
            ),
        ]


class LotMovement(models.Model):
    """One change of one state of a lot at a location, written once. Partitioned by month on `at`; no foreign keys."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=now)
    lot_id = models.BigIntegerField()
    location_id = models.BigIntegerField()
    state = models.CharField(max_length=16)
    change = models.IntegerField()
    after = models.IntegerField()
    cause = models.CharField(max_length=32)
    reference = models.CharField(max_length=128, default="", blank=True)
    actor = models.CharField(max_length=128)
    reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        indexes = [Index(fields=["lot_id", "id"], name="lot_movement_lot")]
