"""What is sold and where it lies. `inventory.stock` is the only writer of levels, reservations and movements."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.timezone import now

from oms.core.models import new_id


class BackorderPolicy(models.TextChoices):
    DENY = "deny", "Deny"
    ALLOW = "allow", "Allow"


class LocationKind(models.TextChoices):
    WAREHOUSE = "warehouse", "Warehouse"
    STORE = "store", "Store"
    THIRD_PARTY = "third_party", "Third party"
    SUPPLIER = "supplier", "Supplier"


class State(models.TextChoices):
    """The states of stock a movement can change; what is committed is the reservations' own ledger."""

    ON_HAND = "on_hand", "On hand"
    DAMAGED = "damaged", "Damaged"
    QUALITY_CONTROL = "quality_control", "Quality control"
    SAFETY = "safety", "Safety"


class Product(models.Model):
    """A SKU. `name` is {en, ar?, fa?}; weight in grams, sizes in millimetres; `price` is the list price."""

    uid = models.UUIDField(default=new_id, unique=True, editable=False)
    sku = models.CharField(max_length=64, unique=True)
    name = models.JSONField(default=dict)
    barcode = models.CharField(max_length=128, default="", blank=True)
    price = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    price_currency = models.CharField(max_length=3, default="", blank=True)
    weight_g = models.PositiveIntegerField(default=0)
    length_mm = models.PositiveIntegerField(default=0)
    width_mm = models.PositiveIntegerField(default=0)
    height_mm = models.PositiveIntegerField(default=0)
    hs_code = models.CharField(max_length=32, default="", blank=True)
    requires = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    components = models.JSONField(default=list, blank=True)
    backorder = models.CharField(max_length=8, choices=BackorderPolicy.choices, default=BackorderPolicy.DENY)
    low_stock_at = models.PositiveIntegerField(null=True, blank=True)
    low_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(backorder__in=BackorderPolicy.values), name="product_backorder_known"
            ),
            CheckConstraint(condition=~Q(sku=""), name="product_has_sku"),
        ]
        indexes = [Index(fields=["barcode"], name="product_barcode", condition=~Q(barcode=""))]

    def __str__(self) -> str:
        return self.sku


class Location(models.Model):
    """A warehouse, store, third party or supplier. Lower `priority` first; working days 0 = Monday … 6 = Sunday."""

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
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [CheckConstraint(condition=Q(kind__in=LocationKind.values), name="location_kind_known")]

    def __str__(self) -> str:
        return self.code


class StockLevel(models.Model):
    """How much of one product lies at one location; available = max(0, on hand − committed − damaged − QC − safety).

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


class Reservation(models.Model):
    """Units kept for one order line at one location. The row goes when nothing is kept any more.

    `owner` is the order's id and `line` the line's: no foreign keys, because orders stand above inventory.
    """

    id = models.BigAutoField(primary_key=True)
    owner = models.UUIDField()
    line = models.UUIDField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_index=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, db_index=False)
    quantity = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["line", "location"], name="reservation_once"),
            CheckConstraint(condition=Q(quantity__gt=0), name="reservation_keeps_something"),
        ]
        indexes = [
            Index(fields=["owner"], name="reservation_owner"),
            # Read by `verify` and by releases of a level.
            Index(fields=["product", "location"], name="reservation_level"),
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
