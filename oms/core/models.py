"""Who may act (users, channels, keys), what happened (events), what is still to be told (outbox)."""

import uuid
from typing import Any

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from uuid6 import uuid7


def new_id() -> uuid.UUID:
    """A UUIDv7: unique anywhere and sorted by time, so indexes grow at their end."""
    return uuid.UUID(int=uuid7().int)


class Role(models.TextChoices):
    ADMIN = "admin", "Admin"
    MANAGER = "manager", "Manager"
    AGENT = "agent", "Agent"
    WAREHOUSE = "warehouse", "Warehouse"


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    COMPACT = "compact", _("Compact")
    COMFORTABLE = "comfortable", _("Comfortable")


class Digits(models.TextChoices):
    AUTO = "auto", _("As the language writes them")
    LATIN = "latin", "0123456789"
    LOCAL = "local", _("The script's own: ٠١٢٣ or ۰۱۲۳")


class Calendar(models.TextChoices):
    AUTO = "auto", _("As the language has it")
    GREGORIAN = "gregorian", _("Gregorian")
    HIJRI = "hijri", _("Hijri (Umm al-Qura)")
    JALALI = "jalali", _("Jalali")


class User(AbstractUser):
    """A member of staff. `locations` are location codes a warehouse user is bound to; empty means none."""

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.AGENT)
    locations = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    language = models.CharField(max_length=8, default="en")
    theme = models.CharField(max_length=8, choices=Theme.choices, default=Theme.SYSTEM)
    density = models.CharField(max_length=16, choices=Density.choices, default=Density.COMPACT)
    digits = models.CharField(max_length=8, choices=Digits.choices, default=Digits.AUTO)
    calendar = models.CharField(max_length=16, choices=Calendar.choices, default=Calendar.AUTO)
    # Empty: the company's own clocks (settings.COMPANY_TIME_ZONE).
    time_zone = models.CharField(max_length=64, default="", blank=True)
    # Whether they are told by e-mail that a colleague called on them.
    mention_mails = models.BooleanField(default=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            CheckConstraint(condition=Q(theme__in=["system", "light", "dark"]), name="user_theme_known"),
        ]


class ListChoice(models.Model):
    """What one member of staff chose to see of one list: its columns, in the list's own order."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="list_choices")
    listing = models.CharField(max_length=64)
    columns = ArrayField(models.CharField(max_length=64), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "listing"], name="list_choice_once")]


class SavedView(models.Model):
    """A name for a list's filters and sort (`query`, as in its address); `shared` with all staff or one's own."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    listing = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    query = models.CharField(max_length=2000)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "listing", "name"], name="saved_view_name_once")
        ]

    def __str__(self) -> str:
        return self.name


class Channel(models.Model):
    """Where orders come from: a web shop, a marketplace, a till. `hook_secret` is sealed."""

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=32, default="rest")
    brand = models.CharField(max_length=200, default="", blank=True)
    language = models.CharField(max_length=8, default="en")
    hook_secret = models.TextField(default="", blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.code


class ApiKey(models.Model):
    """A bearer key; only its SHA-256 is stored. Without a channel it is the company's.

    `rate` is requests a second (0 = no limit), `burst` the bucket's size.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    channel = models.ForeignKey(Channel, null=True, blank=True, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=200, default="", blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(
        max_length=16, help_text="The first letters, so that people can tell keys apart."
    )
    scopes = ArrayField(models.CharField(max_length=64), default=list)
    rate = models.PositiveIntegerField(default=50)
    burst = models.PositiveIntegerField(default=200)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.prefix}…"


class Event(models.Model):
    """A fact, written in the transaction of the change it tells of. Append-only: a trigger refuses the rest.

    `subject` is the document ("shipment/10001-1"), `thread` the order it belongs to ("order/10001"), so that
    an order's timeline is one index range. `data` carries ids and figures, never names, addresses or phones.
    Partitioned by month on `at`; nothing holds a foreign key to it.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=64)
    subject = models.CharField(max_length=128)
    thread = models.CharField(max_length=128, default="", blank=True)
    actor = models.CharField(max_length=128)
    channel_id = models.BigIntegerField(null=True, blank=True)
    request_id = models.CharField(max_length=64, default="", blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            Index(fields=["thread", "id"], name="event_thread"),
            Index(fields=["kind", "id"], name="event_kind"),
        ]

    def save(self, **kwargs: Any) -> None:
        raise TypeError("Events are written by record() and never edited.")


class Outbox(models.Model):
    """One delivery still owed: `handler` empty until a worker swaps the row for one row per handler.

    A done row is deleted in the transaction of its effect; `dead_at` marks the eighth failure, for staff.
    """

    id = models.BigAutoField(primary_key=True)
    event_id = models.BigIntegerField()
    event_at = models.DateTimeField()
    kind = models.CharField(max_length=64)
    handler = models.CharField(max_length=128, default="", blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    last_error = models.TextField(default="", blank=True)
    dead_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "outbox"
        indexes = [
            # Read by oms.core.outbox.claim; done rows are deleted and dead ones stay out, so it remains tiny.
            Index(fields=["next_try_at", "id"], name="outbox_due", condition=Q(dead_at=None)),
        ]


class IdempotencyKey(models.Model):
    """The first answer to a key, kept seven days per owner and route."""

    id = models.BigAutoField(primary_key=True)
    owner = models.CharField(max_length=64)
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    body_sha256 = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "route", "key"], name="idempotency_key_once"),
        ]


class Heartbeat(models.Model):
    """When each kind of background process was last seen; `/readyz` says `degraded` when it is old."""

    name = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(default=timezone.now)
