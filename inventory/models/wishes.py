"""Customers who want to know when a product can be had again."""

from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.timezone import now

from inventory.models.catalogue import Product
from oms.core.models import Channel, new_id


class WishState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    TOLD = "told", "Told"
    TO_CALL = "to_call", "To call"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"


class Wish(models.Model):
    """One customer's wish for one product. `url` is the shop's page of it; `token` opens the page that ends it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="wishes")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="wishes")
    name = models.CharField(max_length=200, default="", blank=True)
    email = models.CharField(max_length=254, default="", blank=True)
    phone = models.CharField(max_length=64, default="", blank=True)
    language = models.CharField(max_length=8)
    url = models.CharField(max_length=500, default="", blank=True)
    state = models.CharField(max_length=16, choices=WishState.choices, default=WishState.WAITING)
    token = models.CharField(max_length=32, unique=True)
    created_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=WishState.values), name="wish_state_known"),
            CheckConstraint(condition=~Q(email="") | ~Q(phone=""), name="wish_can_be_answered"),
            CheckConstraint(
                condition=Q(state="waiting", ended_at__isnull=True)
                | (~Q(state="waiting") & Q(ended_at__isnull=False)),
                name="wish_ended_once",
            ),
            UniqueConstraint(
                fields=["channel", "product", "email", "phone"],
                condition=Q(state="waiting"),
                name="wish_waits_once",
            ),
        ]
        indexes = [
            # Read by inventory.wishes.wake; wishes that ended stay out.
            Index(fields=["product"], name="wish_waiting", condition=Q(state="waiting")),
            Index(fields=["ended_at"], name="wish_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} {self.state}"

    @property
    def ref(self) -> str:
        """The subject of this wish's events."""
        return f"wish/{self.pk}"
