"""An order: its facts as they were sent, its lines, holds, payments and comments."""

import secrets
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.db.models.functions import Now
from django.utils import timezone

from inventory.models import Location, Product
from oms.core.models import Channel, new_id
from orders.models.customers import Customer


class Status(models.TextChoices):
    OPEN = "open", "Open"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


class Stage(models.TextChoices):
    PLACED = "placed", "Placed"
    HELD = "held", "On hold"
    BACKORDERED = "backordered", "Backordered"
    ALLOCATED = "allocated", "Allocated"
    PARTIALLY_PICKED = "partially_picked", "Partly picked"
    PICKING = "picking", "Picking"
    PACKED = "packed", "Packed"
    SHIPPED = "shipped", "Shipped"
    DELIVERED = "delivered", "Delivered"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


# Where someone still has to move an order.
MOVING = (
    Stage.PLACED,
    Stage.HELD,
    Stage.BACKORDERED,
    Stage.ALLOCATED,
    Stage.PARTIALLY_PICKED,
    Stage.PICKING,
    Stage.PACKED,
)


class PaymentStatus(models.TextChoices):
    UNPAID = "unpaid", "Unpaid"
    AUTHORIZED = "authorized", "Authorised"
    PARTIALLY_PAID = "partially_paid", "Partly paid"
    PAID = "paid", "Paid"
    PARTIALLY_REFUNDED = "partially_refunded", "Partly refunded"
    REFUNDED = "refunded", "Refunded"
    VOIDED = "voided", "Voided"


class FulfillmentStatus(models.TextChoices):
    UNFULFILLED = "unfulfilled", "Unfulfilled"
    PARTIALLY_FULFILLED = "partially_fulfilled", "Partly fulfilled"
    FULFILLED = "fulfilled", "Fulfilled"


class ReturnStatus(models.TextChoices):
    NONE = "none", "None"
    REQUESTED = "requested", "Requested"
    PARTIALLY_RETURNED = "partially_returned", "Partly returned"
    RETURNED = "returned", "Returned"


class PaymentMethod(models.TextChoices):
    CARD = "card", "Card"
    COD = "cod", "Cash on delivery"
    BANK = "bank", "Bank transfer"
    CHEQUE = "cheque", "Cheque"
    WALLET = "wallet", "Wallet"
    STORE_CREDIT = "store_credit", "Store credit"


class Importance(models.TextChoices):
    """Why an order is important."""

    VALUE = "value", "Its value"
    SERVICE = "service", "Its delivery"
    TAG = "tag", "Its customer or its tags"
    STAFF = "staff", "Somebody said so"


class PaymentKind(models.TextChoices):
    PENDING = "pending", "Expected"
    AUTHORIZATION = "authorization", "Authorisation"
    CAPTURE = "capture", "Capture"
    REFUND = "refund", "Refund"
    VOID = "void", "Void"


def new_token() -> str:
    """128 random bits for a page without a login."""
    return secrets.token_urlsafe(16)


class Order(models.Model):
    """A placed order. Money columns are in `currency`; `customer_*` are the facts as they were sent.

    A trigger keeps `stage_since`, whoever moves the stage. `importance`: why it is important, empty for most.

    Every write that can change what is derived locks this row first.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.BigIntegerField(unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, db_index=False)
    external_id = models.CharField(max_length=128)
    fingerprint = models.BinaryField(max_length=32)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=8, default="en")
    placed_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    customer_name = models.CharField(max_length=200)
    customer_email = models.CharField(max_length=254, default="", blank=True)
    customer_phone = models.CharField(max_length=64, default="", blank=True)
    name_key = models.CharField(max_length=200)
    email_key = models.CharField(max_length=254, default="", blank=True)
    phone_key = models.CharField(max_length=64, default="", blank=True)
    shipping_address = models.JSONField(null=True, blank=True)
    billing_address = models.JSONField(null=True, blank=True)
    country = models.CharField(max_length=2, default="", blank=True)

    prices_include_tax = models.BooleanField(default=True)
    shipping_service = models.CharField(max_length=64, default="standard")
    shipping_price = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    shipping_tax_rate = models.DecimalField(max_digits=7, decimal_places=6, default=0)
    delivery_kind = models.CharField(max_length=8, default="ship")
    delivery_location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    # The code beside the key, so that a list shows it without a join.
    delivery_location_code = models.CharField(max_length=64, default="", blank=True)
    delivery_slot = models.CharField(max_length=64, default="", blank=True)
    note = models.TextField(default="", blank=True)
    gift_message = models.TextField(default="", blank=True)
    tags = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    # NULL once revoked: many orders may have none, and no two may share one.
    tracking_token = models.CharField(max_length=32, null=True, default=new_token)  # noqa: DJ001

    items = models.DecimalField(max_digits=20, decimal_places=4)
    discount = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    shipping = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    tax = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    shipping_tax = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    placed_total = models.DecimalField(max_digits=20, decimal_places=4)
    total = models.DecimalField(max_digits=20, decimal_places=4)
    credited = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    paid = models.DecimalField(max_digits=20, decimal_places=4, default=0)

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    stage = models.CharField(max_length=16, choices=Stage.choices, default=Stage.PLACED)
    payment_status = models.CharField(
        max_length=24, choices=PaymentStatus.choices, default=PaymentStatus.UNPAID
    )
    fulfillment_status = models.CharField(
        max_length=24,
        choices=FulfillmentStatus.choices,
        default=FulfillmentStatus.UNFULFILLED,
    )
    return_status = models.CharField(max_length=24, choices=ReturnStatus.choices, default=ReturnStatus.NONE)
    returns_open = models.PositiveIntegerField(default=0)
    stage_since = models.DateTimeField(default=timezone.now, db_default=Now())
    importance = ArrayField(
        models.CharField(max_length=16, choices=Importance.choices), default=list, db_default=[], blank=True
    )

    class Meta:
        constraints = [
            UniqueConstraint(fields=["channel", "external_id"], name="order_once_per_channel"),
            UniqueConstraint(fields=["tracking_token"], name="order_token_once"),
            CheckConstraint(condition=Q(status__in=Status.values), name="order_status_known"),
            CheckConstraint(condition=Q(stage__in=Stage.values), name="order_stage_known"),
            CheckConstraint(
                condition=Q(payment_status__in=PaymentStatus.values),
                name="order_payment_known",
            ),
            CheckConstraint(
                condition=Q(delivery_kind__in=["ship", "pickup"]),
                name="order_delivery_known",
            ),
            CheckConstraint(
                condition=Q(credited__gte=0, total__gte=0),
                name="order_money_not_negative",
            ),
            CheckConstraint(
                condition=Q(importance__contained_by=Importance.values), name="order_importance_known"
            ),
        ]
        indexes = [
            # Read by GET /orders/: newest, newest of a channel, newest of a status or stage.
            Index(fields=["-placed_at", "-id"], name="order_newest"),
            Index(fields=["channel", "-placed_at", "-id"], name="order_channel_newest"),
            Index(fields=["status", "-placed_at", "-id"], name="order_status_newest"),
            Index(fields=["stage", "-placed_at", "-id"], name="order_stage_newest"),
            # Read by `attention`: what stands too long at a stage, and what is important; what has ended leaves both.
            Index(fields=["stage", "stage_since"], name="order_stands", condition=Q(status="open")),
            Index(
                fields=["-placed_at", "-id"],
                name="order_important",
                condition=Q(status="open") & ~Q(importance=[]),
            ),
            # Read by the staff's list: by payment, by country, by value, each newest or biggest first.
            Index(fields=["payment_status", "-placed_at", "-id"], name="order_payment_newest"),
            Index(fields=["country", "-placed_at", "-id"], name="order_country_newest"),
            Index(fields=["-total", "-id"], name="order_biggest"),
            # Read by `q=`: exact e-mail, phone and external id, the beginning of a name.
            Index(fields=["email_key"], name="order_email", condition=~Q(email_key="")),
            Index(fields=["phone_key"], name="order_phone", condition=~Q(phone_key="")),
            Index(fields=["external_id"], name="order_external"),
            Index(OpClass("name_key", "varchar_pattern_ops"), name="order_name_prefix"),
            # Most orders have no tags and stay out; without a pending list no order pays for flushing it.
            GinIndex(fields=["tags"], name="order_tags", condition=~Q(tags=[]), fastupdate=False),
        ]

    def __str__(self) -> str:
        return str(self.number)

    @property
    def ref(self) -> str:
        """The subject of this order's events."""
        return f"order/{self.number}"

    @property
    def balance(self) -> Any:
        """What is still owed, below zero: owed to the customer."""
        return self.total - self.credited - self.paid


class OrderSource(models.Model):
    """The body an order came with, byte for byte as text, so that it can be read and replayed."""

    order = models.OneToOneField(Order, primary_key=True, on_delete=models.CASCADE, related_name="source")
    payload = models.TextField()


class Line(models.Model):
    """What was ordered of one SKU and how far each unit is.

    ordered = reserved + backordered + shipped + cancelled; allocated ≥ picked ≥ packed count within reserved,
    delivered and returned within shipped. `total` is what the customer pays for all units, tax included.
    `parts` ([{product, sku, quantity}]) are a kit's components as they were when it was ordered. `expected_at` is
    the day back-ordered units are promised for.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, db_index=False)
    sku = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=18, decimal_places=4)
    discount = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=6, default=0)
    tax = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    total = models.DecimalField(max_digits=20, decimal_places=4)
    personalisation = models.JSONField(null=True, blank=True)
    parts = models.JSONField(default=list, db_default=[], blank=True)
    expected_at = models.DateField(null=True, blank=True)

    reserved = models.PositiveIntegerField(default=0)
    backordered = models.PositiveIntegerField(default=0)
    allocated = models.PositiveIntegerField(default=0)
    picked = models.PositiveIntegerField(default=0)
    packed = models.PositiveIntegerField(default=0)
    shipped = models.PositiveIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    returned = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=1_000_000),
                name="line_quantity_sane",
            ),
            CheckConstraint(
                condition=Q(quantity=F("reserved") + F("backordered") + F("shipped") + F("cancelled")),
                name="line_units_add_up",
            ),
            CheckConstraint(
                condition=Q(
                    allocated__lte=F("reserved"),
                    picked__lte=F("allocated"),
                    packed__lte=F("picked"),
                ),
                name="line_progress_ordered",
            ),
            CheckConstraint(
                condition=Q(delivered__lte=F("shipped"), returned__lte=F("shipped")),
                name="line_after_shipping",
            ),
        ]
        indexes = [
            # Read by the search for a SKU: the orders of a product, without a look at their lines.
            Index(fields=["product", "order"], name="line_by_product"),
            # Read by whoever fills what waits; a line leaves it when it waits for nothing any more.
            Index(fields=["product"], name="line_waiting", condition=Q(backordered__gt=0)),
        ]


class Hold(models.Model):
    """A reason why an order does not move. Several may stand at once; each is released on its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="holds")
    reason = models.CharField(max_length=64)
    note = models.CharField(max_length=500, default="", blank=True)
    since = models.DateTimeField(default=timezone.now)
    placed_by = models.CharField(max_length=128)
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=128, default="", blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["order", "reason"],
                condition=Q(released_at=None),
                name="hold_once_per_reason",
            ),
        ]
        indexes = [
            # Read by the list of orders: which reasons stand, and the orders of one.
            Index(fields=["reason", "order"], name="hold_standing", condition=Q(released_at=None)),
        ]


class Payment(models.Model):
    """One entry of an order's payment ledger, written once; a correction is another entry. `amount` > 0."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")
    kind = models.CharField(max_length=16, choices=PaymentKind.choices)
    method = models.CharField(max_length=16, choices=PaymentMethod.choices)
    provider = models.CharField(max_length=32, default="manual")
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    reference = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
            CheckConstraint(condition=Q(kind__in=PaymentKind.values), name="payment_kind_known"),
            CheckConstraint(
                condition=Q(method__in=PaymentMethod.values),
                name="payment_method_known",
            ),
        ]

    def save(self, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("A payment is never edited: write the opposite entry.")
        super().save(**kwargs)


class Comment(models.Model):
    """What staff told each other about an order. The text lives here alone; its event carries the id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="comments")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.actor}: {self.text[:40]}"
