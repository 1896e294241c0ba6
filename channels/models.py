"""The doors to the world: what came in, what goes out, what the customer was told."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils import timezone

from oms.core.models import Channel, new_id
from orders.models import Customer, Order


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


class CampaignState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SENDING = "sending", "Sending"
    SENT = "sent", "Sent"
    STOPPED = "stopped", "Stopped"


class Campaign(models.Model):
    """One message to many customers, in each one's language.

    `conditions` (orders.segments) say to whom; `widened` takes in who was never asked about marketing. `texts` are
    {"ar": {"subject", "body"}}; who reads none of them gets `fallback`. Its messages are written by a worker in the
    order of the customers' keys: `written_to` is the last one's, `written_at` when there were no more.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=100)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="campaigns")
    segment = models.CharField(max_length=64, default="", blank=True)
    conditions = models.JSONField(default=dict, blank=True)
    widened = models.BooleanField(default=False)
    texts = models.JSONField(default=dict)
    fallback = models.CharField(max_length=8)
    state = models.CharField(max_length=8, choices=CampaignState.choices, default=CampaignState.DRAFT)
    created_by = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=timezone.now)
    started_by = models.CharField(max_length=128, default="", blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    written_to = models.UUIDField(null=True, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=CampaignState.values), name="campaign_state_known"),
            CheckConstraint(
                condition=Q(state="draft", started_at=None) | ~Q(state="draft") & Q(started_at__isnull=False),
                name="campaign_started_with_its_state",
            ),
            CheckConstraint(
                condition=Q(state__in=["draft", "sending"], finished_at=None)
                | Q(state__in=["sent", "stopped"], finished_at__isnull=False),
                name="campaign_finished_with_its_state",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """The subject of this campaign's events."""
        return f"campaign/{self.pk}"


class Message(models.Model):
    """Something a customer or a supplier is told, once per kind and subject; most are about an order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.CASCADE, related_name="messages")
    campaign = models.ForeignKey(
        Campaign, null=True, blank=True, on_delete=models.CASCADE, related_name="messages"
    )
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
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
            CheckConstraint(
                condition=Q(campaign=None, customer=None)
                | Q(kind="campaign", order=None, campaign__isnull=False, customer__isnull=False),
                name="message_of_campaign_to_customer",
            ),
        ]
        indexes = [
            # Read by channels.notifications: what is about an order first, however long a campaign's line is.
            Index(fields=["next_try_at"], name="message_due", condition=Q(state="pending", campaign=None)),
            Index(
                fields=["next_try_at"],
                name="message_of_campaign_due",
                condition=Q(state="pending", campaign__isnull=False),
            ),
            # How many of campaigns went out in the last minute.
            Index(fields=["sent_at"], name="message_of_campaign_sent", condition=Q(campaign__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_ref}"
