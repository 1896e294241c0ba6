"""What a checkout keeps while its customer pays."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils import timezone

from inventory.models import Location, Product
from oms.core.models import Channel, new_id


class CheckoutState(models.TextChoices):
    OPEN = "open", "Open"
    CONSUMED = "consumed", "Ordered"
    RELEASED = "released", "Released"
    EXPIRED = "expired", "Expired"


class Checkout(models.Model):
    """Stock kept for a customer who has not ordered yet, until `expires_at`. `order_id` is the order that took it.

    The units themselves are `inventory` reservations of this owner, with the same end.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    location = models.ForeignKey(Location, null=True, blank=True, on_delete=models.PROTECT, db_index=False)
    state = models.CharField(max_length=16, choices=CheckoutState.choices, default=CheckoutState.OPEN)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)
    order_id = models.UUIDField(null=True, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=CheckoutState.values), name="checkout_state_known"),
            CheckConstraint(
                condition=Q(state="consumed", order_id__isnull=False)
                | (~Q(state="consumed") & Q(order_id__isnull=True)),
                name="checkout_consumed_by_an_order",
            ),
        ]
        # Read by the worker that ends what is past its time.
        indexes = [Index(fields=["expires_at"], name="checkout_due", condition=Q(state="open"))]

    @property
    def ref(self) -> str:
        """The subject of this checkout's events."""
        return f"reservation/{self.pk}"

    def is_over(self) -> bool:
        """Its time has passed, whether or not a worker has noticed."""
        return self.state == CheckoutState.OPEN and self.expires_at <= timezone.now()


class CheckoutLine(models.Model):
    """Units of one SKU: `reserved` were kept, the rest will wait where back-orders are allowed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    checkout = models.ForeignKey(Checkout, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    sku = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField()
    reserved = models.PositiveIntegerField()
    parts = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(quantity__gte=1, reserved__lte=F("quantity")), name="checkout_line_sane"
            )
        ]
