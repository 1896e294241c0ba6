"""How much of what lies where, how much of it is promised, and every change. `inventory.stock` alone writes these."""

from django.db import models
from django.db.models import (
    Case,
    CheckConstraint,
    F,
    Index,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    UniqueConstraint,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.timezone import now

from inventory.models.catalogue import Product
from inventory.models.places import Location


class State(models.TextChoices):
    """The states of stock a movement can change; what is committed is the reservations' own ledger."""

    ON_HAND = "on_hand", "On hand"
    DAMAGED = "damaged", "Damaged"
    QUALITY_CONTROL = "quality_control", "Quality control"
    SAFETY = "safety", "Safety"


class LevelManager(models.Manager["StockLevel"]):
    """Every level comes with what its slots hold, read in the same statement: figures of one moment."""

    def get_queryset(self) -> QuerySet["StockLevel"]:
        held = Slot.objects.filter(level=OuterRef("pk")).order_by().values("level")
        units = Coalesce(Subquery(held.annotate(units=Sum("free")).values("units")), 0)
        of_hot = When(slots__gt=0, then=units)
        return super().get_queryset().annotate(in_slots=Case(of_hot, default=0, output_field=IntegerField()))


class StockLevel(models.Model):
    """How much of one product lies at one location; available = max(0, on hand − promised − damaged − QC − safety).

    `committed` counts what is promised and, of a hot product, what is dealt into so many `slots` (`inventory.slots`):
    no slot can sell what the level does not have. Read `promised`; it is the figure without what slots still hold.
    `bin` is the shelf a picker walks to ("A-04-2"), sorted by as text; empty where shelves have no names.
    """

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="levels")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="levels")
    on_hand = models.IntegerField(default=0)
    committed = models.IntegerField(default=0)
    damaged = models.IntegerField(default=0)
    quality_control = models.IntegerField(default=0)
    safety = models.IntegerField(default=0)
    incoming = models.IntegerField(default=0)
    bin = models.CharField(max_length=32, default="", db_default="", blank=True)
    slots = models.SmallIntegerField(default=0, db_default=0)

    objects = LevelManager()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["product", "location"], name="level_once"),
            CheckConstraint(
                condition=Q(
                    committed__gte=0, damaged__gte=0, quality_control__gte=0, safety__gte=0, incoming__gte=0
                ),
                name="level_not_negative",
            ),
            CheckConstraint(
                condition=Q(on_hand__gte=F("committed") + F("damaged") + F("quality_control")),
                name="level_covers_promises",
            ),
        ]
        indexes = [Index(fields=["location", "product"], name="level_by_location")]

    @property
    def promised(self) -> int:
        """Units kept for somebody. A level made in memory has no slots."""
        return self.committed - int(getattr(self, "in_slots", 0))


class Slot(models.Model):
    """Units of a hot level that are sold under the lock of this row instead of the level's; see `inventory.slots`."""

    id = models.BigAutoField(primary_key=True)
    level = models.ForeignKey(StockLevel, on_delete=models.CASCADE, related_name="+")
    free = models.IntegerField()

    class Meta:
        constraints = [CheckConstraint(condition=Q(free__gte=0), name="slot_not_negative")]


class Reservation(models.Model):
    """Units of one product kept for one line at one location. The row goes when nothing is kept any more.

    `owner` is the order's (or checkout's) id and `line` its line's: no foreign keys, because both stand above
    inventory. A kit's line keeps a row a component, `per_unit` of it in each unit of the line. Past `expires_at`
    the units are anybody's; an order's have no such end.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.UUIDField()
    line = models.UUIDField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, db_index=False)
    quantity = models.PositiveIntegerField()
    per_unit = models.PositiveIntegerField(default=1, db_default=1)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["line", "product", "location"], name="reservation_once"),
            CheckConstraint(condition=Q(quantity__gt=0, per_unit__gt=0), name="reservation_keeps_something"),
        ]
        indexes = [
            Index(fields=["owner"], name="reservation_owner"),
            # Read by `verify` and by releases of a level.
            Index(fields=["product", "location"], name="reservation_level"),
            # Read by availability, which does not count what has expired; only checkouts' rows are in it.
            Index(fields=["expires_at"], name="reservation_expiry", condition=~Q(expires_at=None)),
        ]


class Movement(models.Model):
    """One change of one state of one level, written once.

    Partitioned by month on `at`; no foreign keys to or from it.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=now)
    product_id = models.BigIntegerField()
    location_id = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=State.choices)
    change = models.IntegerField()
    after = models.IntegerField()
    cause = models.CharField(max_length=32)
    reference = models.CharField(max_length=128, default="", blank=True)
    actor = models.CharField(max_length=128)
    reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        indexes = [Index(fields=["product_id", "id"], name="movement_product")]


class StockMark(models.Model):
    """A product whose availability changed and of which nobody was told yet; see inventory.news."""

    product = models.OneToOneField(Product, primary_key=True, on_delete=models.CASCADE)
