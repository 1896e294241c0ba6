"""Whom we buy from, at what price, and what is ordered there."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.timezone import now

from inventory.models.catalogue import Product
from inventory.models.levels import State
from inventory.models.places import Location
from oms.core.models import new_id


class PurchaseState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SENT = "sent", "Sent"
    PARTLY_RECEIVED = "partly_received", "Partly received"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class Supplier(models.Model):
    """Whom we buy from. `language` is that of their purchase orders, `lead_days` how long they take."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    contact = models.CharField(max_length=200, default="", blank=True)
    email = models.CharField(max_length=254, default="", blank=True)
    phone = models.CharField(max_length=64, default="", blank=True)
    address = models.JSONField(default=dict, blank=True)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=8, default="en")
    lead_days = models.PositiveIntegerField(default=7)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(code=""), name="supplier_has_code"),
            CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="supplier_currency_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        return f"supplier/{self.code}"


class SupplierPrice(models.Model):
    """What a supplier asks for a product from so many on, in the supplier's currency, and what they call it.

    Several rows of a product are its tiers; the least of their `min_quantity` is the fewest they send.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    supplier = models.ForeignKey(Supplier, on_delete=models.CASCADE, related_name="prices")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="supplier_prices")
    supplier_sku = models.CharField(max_length=64, default="", blank=True)
    price = models.DecimalField(max_digits=18, decimal_places=4)
    min_quantity = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["supplier", "product", "min_quantity"], name="supplier_price_once"),
            CheckConstraint(condition=Q(price__gte=0), name="supplier_price_not_negative"),
            CheckConstraint(condition=Q(min_quantity__gte=1), name="supplier_minimum_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_sku} {self.price}"


class PurchaseOrder(models.Model):
    """What is ordered from a supplier for one location. Currency and language are kept as they were."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="orders")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="purchase_orders")
    state = models.CharField(max_length=16, choices=PurchaseState.choices, default=PurchaseState.DRAFT)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=8)
    expected_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=1000, default="", blank=True)
    total = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    created_by = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=now)
    sent_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=500, default="", blank=True)
    # Claimed by a worker that draws the paper; null: nothing is owed.
    paper_due_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=PurchaseState.values), name="purchase_state_known"),
            CheckConstraint(
                condition=Q(state__in=["draft", "cancelled"]) | Q(expected_on__isnull=False),
                name="purchase_sent_has_date",
            ),
        ]
        indexes = [
            Index(fields=["location", "-id"], name="purchase_to"),
            Index(fields=["supplier", "-id"], name="purchase_from"),
            # Read by inventory.purchase_papers; drawn ones stay out.
            Index(
                fields=["paper_due_at"], name="purchase_paper_due", condition=Q(paper_due_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def ref(self) -> str:
        """The subject of this purchase order's events."""
        return f"purchase/{self.number}"


class PurchaseLine(models.Model):
    """Units of one product at a unit cost. Still to come = quantity − dropped − received, while the order is open.

    More than was ordered may arrive; `dropped` are units given up when the order was closed short.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    supplier_sku = models.CharField(max_length=64, default="", blank=True)
    quantity = models.PositiveIntegerField()
    unit_cost = models.DecimalField(max_digits=18, decimal_places=4)
    received = models.PositiveIntegerField(default=0)
    dropped = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["order", "product"], name="purchase_line_once"),
            CheckConstraint(condition=Q(quantity__gt=0), name="purchase_line_asks"),
            CheckConstraint(condition=Q(unit_cost__gte=0), name="purchase_cost_not_negative"),
            CheckConstraint(
                condition=Q(dropped=0) | Q(quantity__gte=F("received") + F("dropped")),
                name="purchase_line_dropped",
            ),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"

    @property
    def to_come(self) -> int:
        return max(0, self.quantity - self.dropped - self.received)


class PurchaseReceipt(models.Model):
    """A delivery of a supplier: what was counted, at once. `delivery_note` is their paper's number."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(PurchaseOrder, on_delete=models.PROTECT, related_name="receipts")
    delivery_note = models.CharField(max_length=100, default="", blank=True)
    note = models.CharField(max_length=500, default="", blank=True)
    at = models.DateTimeField(default=now)
    actor = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.order_id} {self.at}"


class PurchaseReceiptLine(models.Model):
    """Units of a line that arrived, in which state, at what cost; the lot where the goods have one.

    Valuation reads `unit_cost` in the `currency` of the purchase order.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    receipt = models.ForeignKey(PurchaseReceipt, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(PurchaseLine, on_delete=models.PROTECT, related_name="receipts")
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=16, default=State.ON_HAND)
    unit_cost = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3)
    lot = models.CharField(max_length=64, default="", blank=True)
    expires_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(quantity__gt=0), name="purchase_receipt_has_units"),
            CheckConstraint(
                condition=Q(state__in=[State.ON_HAND, State.DAMAGED, State.QUALITY_CONTROL]),
                name="purchase_receipt_state_known",
            ),
            CheckConstraint(condition=Q(unit_cost__gte=0), name="purchase_receipt_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.state}"


class PurchasePaper(models.Model):
    """A purchase order as PDF, kept in the database so that any host can serve it."""

    order = models.OneToOneField(
        PurchaseOrder, primary_key=True, on_delete=models.CASCADE, related_name="paper"
    )
    content = models.BinaryField()
    created_at = models.DateTimeField(default=now)
