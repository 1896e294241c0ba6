"""What is sold."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.timezone import now

from oms.core.models import new_id


class BackorderPolicy(models.TextChoices):
    DENY = "deny", "Deny"
    ALLOW = "allow", "Allow"


class Product(models.Model):
    """A SKU. `name` is {en, ar?, fa?}; weight in grams, sizes in millimetres; `price` is the list price.

    With `components` ([{sku, quantity}]) it is a kit: sold as one, and stocked by its components alone. Before
    `available_from` (a day of the company's calendar) units are only promised, not taken from the shelf.
    `cost` is what a unit costs us in the company's currency, where no purchase says it. With `tracks_lots` every unit
    belongs to a lot; one that arrives without a date is good for `shelf_life_days`.
    """

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
    available_from = models.DateField(null=True, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    tracks_lots = models.BooleanField(default=False, db_default=False)
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True)
    low_stock_at = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(backorder__in=BackorderPolicy.values), name="product_backorder_known"
            ),
            CheckConstraint(condition=~Q(sku=""), name="product_has_sku"),
            CheckConstraint(condition=Q(cost=None) | Q(cost__gte=0), name="product_cost_not_negative"),
        ]
        indexes = [
            Index(fields=["barcode"], name="product_barcode", condition=~Q(barcode="")),
            # Read where a component's stock changes; most products are no kits.
            Index(fields=["id"], name="product_kits", condition=~Q(components=[])),
        ]

    def __str__(self) -> str:
        return self.sku
