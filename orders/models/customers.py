"""A customer over all channels, what staff noted about them, and the contacts that are blocked or trusted."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from oms.core.models import new_id

# Before every order: where who never ordered stands among the last orders.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Marketing(models.TextChoices):
    """Whether a customer may be written to about more than their orders."""

    UNKNOWN = "unknown", "Never asked"
    AGREED = "agreed", "Agreed"
    REFUSED = "refused", "Refused"


class Customer(models.Model):
    """One person over all channels: the same folded e-mail or phone is the same customer.

    `order_count`, first and last order, channels, countries and cities (in small letters) are of orders not
    cancelled; `paid` is net of refunds in the company's currency, `paid_elsewhere` in each other ({"AED": "12.50"});
    `language` is that of the last order.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254, default="", blank=True)
    phone = models.CharField(max_length=64, default="", blank=True)
    email_key = models.CharField(max_length=254, null=True, blank=True, unique=True)
    phone_key = models.CharField(max_length=64, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    tags = ArrayField(models.CharField(max_length=64), default=list, db_default=[], blank=True)
    marketing = models.CharField(
        max_length=8, choices=Marketing.choices, default=Marketing.UNKNOWN, db_default=Marketing.UNKNOWN
    )
    # When they last agreed or refused.
    marketing_at = models.DateTimeField(null=True, blank=True)

    # Their history in figures, kept by `orders.histories` alone, some seconds behind the orders.
    order_count = models.PositiveIntegerField(default=0, db_default=0)
    cancelled_count = models.PositiveIntegerField(default=0, db_default=0)
    returned_count = models.PositiveIntegerField(default=0, db_default=0)
    paid = models.DecimalField(max_digits=20, decimal_places=4, default=0, db_default=0)
    paid_elsewhere = models.JSONField(default=dict, db_default={}, blank=True)
    first_order_at = models.DateTimeField(null=True, blank=True)
    last_order_at = models.DateTimeField(null=True, blank=True)
    # The last order, and before all of them for who never ordered: what a list is sorted by is never NULL.
    ordered_at = models.GeneratedField(
        expression=Coalesce("last_order_at", Value(NEVER)),
        output_field=models.DateTimeField(),
        db_persist=True,
    )
    channels = ArrayField(models.BigIntegerField(), default=list, db_default=[], blank=True)
    countries = ArrayField(models.CharField(max_length=2), default=list, db_default=[], blank=True)
    cities = ArrayField(models.TextField(), default=list, db_default=[], blank=True)
    language = models.CharField(max_length=8, default="", db_default="", blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(marketing__in=Marketing.values), name="customer_marketing_known"),
        ]
        indexes = [
            # Most customers have no tags and stay out.
            GinIndex(fields=["tags"], name="customer_tags", condition=~Q(tags=[]), fastupdate=False),
            # Read by the list of customers: by their last order, by orders, by what they paid.
            Index(fields=["-ordered_at", "-id"], name="customer_last_order"),
            Index(fields=["-order_count", "-id"], name="customer_most_orders"),
            Index(fields=["-paid", "-id"], name="customer_best"),
            # Read by the tab of new customers.
            Index(fields=["-first_order_at"], name="customer_new", condition=~Q(first_order_at=None)),
            # Few paid in another currency than the company's: read for the filter's choices.
            Index(fields=["id"], name="customer_paid_elsewhere", condition=~Q(paid_elsewhere={})),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """The subject of this customer's events."""
        return f"customer/{self.pk}"


class NameWord(models.Model):
    """A word of a name a customer has or ordered under, folded; see orders.names."""

    pk = models.CompositePrimaryKey("customer_id", "word")
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="name_words", db_index=False
    )
    # By its bytes, so that an index knows the words that begin so.
    word = models.CharField(max_length=200, db_collation="C")

    class Meta:
        constraints = [
            CheckConstraint(condition=~Q(word="") & ~Q(word__contains=" "), name="name_word_is_one"),
        ]
        indexes = [
            Index(fields=["word", "customer"], name="name_word"),
        ]

    def __str__(self) -> str:
        return self.word


class CustomerMark(models.Model):
    """A customer whose orders changed and whose figures are still as they were; see orders.histories."""

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE)


class CustomerNote(models.Model):
    """What staff noted about a customer. The text lives here alone; its event carries the id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.actor}: {self.text[:40]}"


class Standing(models.TextChoices):
    BLOCKED = "blocked", "Blocked"
    TRUSTED = "trusted", "Trusted"


class ListedContact(models.Model):
    """An e-mail address or a phone on the block list or the trust list; whoever orders under it is met so.

    One of the two keys is set, folded as orders fold theirs; `contact` is as it was written. A contact stands on one
    list at most; taken off, the row stays with who did it and when.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    standing = models.CharField(max_length=8, choices=Standing.choices)
    contact = models.CharField(max_length=254)
    email_key = models.CharField(max_length=254, default="", blank=True)
    phone_key = models.CharField(max_length=64, default="", blank=True)
    reason = models.CharField(max_length=500, default="", blank=True)
    since = models.DateTimeField(default=timezone.now)
    listed_by = models.CharField(max_length=128)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=128, default="", blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(standing__in=Standing.values), name="listed_standing_known"),
            CheckConstraint(
                condition=Q(email_key="", phone_key__gt="") | Q(phone_key="", email_key__gt=""),
                name="listed_by_one_contact",
            ),
            UniqueConstraint(
                fields=["email_key"], condition=Q(ended_at=None) & ~Q(email_key=""), name="listed_email_once"
            ),
            UniqueConstraint(
                fields=["phone_key"], condition=Q(ended_at=None) & ~Q(phone_key=""), name="listed_phone_once"
            ),
        ]
        indexes = [
            # Read by the page of both lists; who was taken off stays out.
            Index(fields=["standing", "-since", "-id"], name="listed_newest", condition=Q(ended_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.standing}: {self.contact}"
