"""Goods on their way from one location to another."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils.timezone import now

from inventory.models.catalogue import Product
from inventory.models.levels import State
from inventory.models.places import Location
from oms.core.models import new_id


class TransferState(models.TextChoices):
    REQUESTED = "requested", "Requested"
    APPROVED = "approved", "Approved"
    SHIPPED = "shipped", "Shipped"
    PARTLY_RECEIVED = "partly_received", "Partly received"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


class Transfer(models.Model):
    """Units asked of `source` for `target`. Until they leave they are reserved at the source."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    source = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="transfers_out")
    target = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="transfers_in")
    state = models.CharField(max_length=16, choices=TransferState.choices, default=TransferState.REQUESTED)
    needs_approval = models.BooleanField(default=False)
    expected_on = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=1000, default="", blank=True)
    requested_by = models.CharField(max_length=128)
    requested_at = models.DateTimeField(default=now)
    approved_by = models.CharField(max_length=128, default="", blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=500, default="", blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=TransferState.values), name="transfer_state_known"),
            CheckConstraint(condition=~Q(source=F("target")), name="transfer_goes_somewhere"),
        ]
        indexes = [
            Index(fields=["source", "-id"], name="transfer_from"),
            Index(fields=["target", "-id"], name="transfer_to"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def ref(self) -> str:
        """The subject of this transfer's events."""
        return f"transfer/{self.number}"


class TransferLine(models.Model):
    """Units of one product: asked, sent, arrived. On the way = shipped + variance − received, never below 0.

    `variance` is the sum of its TransferVariance rows: units that came beyond what was sent, or never came.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    shipped = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    variance = models.IntegerField(default=0)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["transfer", "product"], name="transfer_line_once"),
            CheckConstraint(condition=Q(quantity__gt=0), name="transfer_line_asks"),
            CheckConstraint(
                condition=Q(shipped__lte=F("quantity")), name="transfer_line_sends_what_was_asked"
            ),
            CheckConstraint(
                condition=Q(received__lte=F("shipped") + F("variance")), name="transfer_line_on_the_way"
            ),
        ]
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.product_id}"

    @property
    def on_the_way(self) -> int:
        return self.shipped + self.variance - self.received


class TransferReceipt(models.Model):
    """What was counted at the target, at once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    transfer = models.ForeignKey(Transfer, on_delete=models.PROTECT, related_name="receipts")
    note = models.CharField(max_length=500, default="", blank=True)
    at = models.DateTimeField(default=now)
    actor = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.at}"


class TransferReceiptLine(models.Model):
    """Units of a line that arrived, and in which state."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    receipt = models.ForeignKey(TransferReceipt, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(TransferLine, on_delete=models.PROTECT, related_name="receipts")
    quantity = models.PositiveIntegerField()
    state = models.CharField(max_length=16, default=State.ON_HAND)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(quantity__gt=0), name="transfer_receipt_has_units"),
            CheckConstraint(
                condition=Q(state__in=[State.ON_HAND, State.DAMAGED, State.QUALITY_CONTROL]),
                name="transfer_receipt_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.state}"


class TransferVariance(models.Model):
    """Units that arrived beyond what was sent (above zero), or are given up (below). Written once."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(TransferLine, on_delete=models.PROTECT, related_name="variances")
    change = models.IntegerField()
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(default=now)
    actor = models.CharField(max_length=128)

    class Meta:
        constraints = [CheckConstraint(condition=~Q(change=0), name="transfer_variance_differs")]

    def __str__(self) -> str:
        return f"{self.change:+d}"
