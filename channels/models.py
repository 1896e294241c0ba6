"""The doors to the world: what came in, what goes out, what the customer was told."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils import timezone

from oms.core.models import Channel, new_id
from orders.models import Order


class DeliveryState(models.TextChoices):
    PENDING = "pending", "Pending"
    DELIVERED = "delivered", "Delivered"
    DEAD = "dead", "Dead letter"


class InboxState(models.TextChoices):
    PENDING = "pending", "Pending"
    DONE = "done", "Done"
    DEAD = "dead", "Dead letter"


class MessageState(models.TextChoices):
    PENDING = "pending", "Pending"
    SENT = "sent", "Sent"
    SKIPPED = "skipped", "Skipped"
    DEAD = "dead", "Dead letter"


class WebhookEndpoint(models.Model):
    """An address that wants our events. `secret` is sealed; without a channel it hears the whole company."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.CASCADE)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=64), default=list)
    secret = models.TextField()
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event owed to one endpoint, with what the other side answered."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event_id = models.BigIntegerField()
    type = models.CharField(max_length=64)
    body = models.JSONField()
    state = models.CharField(max_length=16, choices=DeliveryState.choices, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    response_body = models.CharField(max_length=1000, default="", blank=True)
    last_error = models.CharField(max_length=1000, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_once"),
            CheckConstraint(condition=Q(state__in=DeliveryState.values), name="webhook_state_known"),
        ]
        indexes = [
            # Read by channels.webhooks.claim; delivered rows stay out, so it remains tiny.
            Index(fields=["next_try_at"], name="webhook_due", condition=Q(state="pending")),
            Index(fields=["-created_at", "-id"], name="webhook_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.state}"


class InboxMessage(models.Model):
    """A hook as it came: raw bytes first, understood later. `dedupe_key` makes a repeat do nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE)
    dedupe_key = models.CharField(max_length=200)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    state = models.CharField(max_length=16, choices=InboxState.choices, default=InboxState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(default="", blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["channel", "dedupe_key"], name="inbox_once")]
        # Read by channels.inbox.retry_due; done and dead ones stay out.
        indexes = [Index(fields=["next_try_at"], name="inbox_due", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return self.dedupe_key


class Message(models.Model):
    """Something a customer or a supplier is told, once per kind and subject; most are about an order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=32)
    subject_ref = models.CharField(max_length=128)
    medium = models.CharField(max_length=16, default="email")
    language = models.CharField(max_length=8)
    recipient = models.CharField(max_length=254, default="", blank=True)
    title = models.CharField(max_length=300, default="", blank=True)
    state = models.CharField(max_length=16, choices=MessageState.choices, default=MessageState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=1000, default="", blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["kind", "subject_ref", "medium"], name="message_once"),
            CheckConstraint(condition=Q(state__in=MessageState.values), name="message_state_known"),
        ]
        indexes = [Index(fields=["next_try_at"], name="message_due", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_ref}"
