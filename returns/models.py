"""Goods on the way back, on three separate axes as in Solidus: reception, acceptance, reimbursement."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q
from django.utils import timezone

from inventory.models import Location
from oms.core.models import new_id
from orders.models import Line, Order


class Reception(models.TextChoices):
    AWAITING = "awaiting", "Awaiting"
    IN_TRANSIT = "in_transit", "In transit"
    RECEIVED = "received", "Received"
    PARTIALLY_RECEIVED = "partially_received", "Partly received"
    LOST = "lost", "Lost"
    CANCELLED = "cancelled", "Cancelled"


class Acceptance(models.TextChoices):
    PENDING = "pending", "Pending"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    MANUAL = "manual", "Needs a decision"


class Reimbursement(models.TextChoices):
    PENDING = "pending", "Pending"
    DONE = "done", "Done"
    NONE = "none", "None"
    FAILED = "failed", "Failed"


class Method(models.TextChoices):
    COURIER = "courier", "Courier"
    BRANCH = "branch", "Branch"
    KEEP = "keep", "Keep the goods"


class Resolution(models.TextChoices):
    REFUND = "refund", "Refund"
    EXCHANGE = "exchange", "Exchange"
    STORE_CREDIT = "store_credit", "Store credit"
    REPLACEMENT = "replacement", "Replacement"


class Reason(models.TextChoices):
    DAMAGED = "damaged", "Damaged"
    DEFECTIVE = "defective", "Defective"
    WRONG_ITEM = "wrong_item", "Wrong item"
    NOT_AS_DESCRIBED = "not_as_described", "Not as described"
    SIZE = "size", "Size"
    LATE = "late", "Late"
    CHANGED_MIND = "changed_mind", "Changed mind"
    OTHER = "other", "Other"


class Grade(models.TextChoices):
    A = "A", "A"
    B = "B", "B"
    C = "C", "C"
    REJECT = "reject", "Reject"


class Disposition(models.TextChoices):
    RESTOCK = "restock", "Restock"
    REFURBISH = "refurbish", "Refurbish"
    DAMAGED = "damaged", "Damaged"
    MISSING = "missing", "Missing"
    SEND_BACK = "send_back", "Send back"


class Return(models.Model):
    """A request to send goods back (an RMA). Money in the order's currency.

    `credited` is what the order was credited for units taken back, `refunded` what was given for it. A return
    is open, and counted in `Order.returns_open`, while it is not rejected and `reimbursement` is pending.
    `label_due_at`: its label is owed since then, or a worker that draws it has until then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="returns")
    method = models.CharField(max_length=8, choices=Method.choices)
    resolution = models.CharField(max_length=16, choices=Resolution.choices)
    exchange_sku = models.CharField(max_length=64, default="", blank=True)
    reception = models.CharField(max_length=24, choices=Reception.choices, default=Reception.AWAITING)
    acceptance = models.CharField(max_length=16, choices=Acceptance.choices, default=Acceptance.PENDING)
    reimbursement = models.CharField(
        max_length=16, choices=Reimbursement.choices, default=Reimbursement.PENDING
    )
    credited = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    fee = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    refunded = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    # What was sent instead of money.
    new_order = models.ForeignKey(Order, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decision_note = models.CharField(max_length=1000, default="", blank=True)
    tracking_number = models.CharField(max_length=64, default="", blank=True)
    label_due_at = models.DateTimeField(null=True, blank=True)
    requested_by = models.CharField(max_length=128)
    requested_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(reception__in=Reception.values), name="return_reception_known"),
            CheckConstraint(condition=Q(acceptance__in=Acceptance.values), name="return_acceptance_known"),
            CheckConstraint(
                condition=Q(reimbursement__in=Reimbursement.values), name="return_reimbursement_known"
            ),
            CheckConstraint(
                condition=Q(credited__gte=0, refunded__gte=0, fee__gte=0), name="return_money_not_negative"
            ),
        ]
        indexes = [
            Index(fields=["-requested_at", "-id"], name="return_newest"),
            # Read by returns.labelling: what was drawn stays out, so it remains tiny.
            Index(fields=["label_due_at"], name="return_label_due", condition=~Q(label_due_at=None)),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def ref(self) -> str:
        """The subject of this return's events."""
        return f"return/{self.number}"


class ReturnLabel(models.Model):
    """The label for the way back as PDF, kept in the database so that any host can serve it."""

    return_order = models.OneToOneField(
        Return, primary_key=True, on_delete=models.CASCADE, related_name="label"
    )
    content = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)


class ReturnLine(models.Model):
    """Units of one order line asked to come back."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    return_order = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="return_lines")
    quantity = models.PositiveIntegerField()
    reason = models.CharField(max_length=24, choices=Reason.choices)
    note = models.CharField(max_length=1000, default="", blank=True)
    received = models.PositiveIntegerField(default=0)
    inspected = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(quantity__gt=0), name="return_line_positive"),
            CheckConstraint(
                condition=Q(received__lte=F("quantity"), inspected__lte=F("quantity")),
                name="return_line_ordered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"


class Receipt(models.Model):
    """Units of a return line that arrived at a location."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(ReturnLine, on_delete=models.CASCADE, related_name="receipts")
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line_id}"


class Inspection(models.Model):
    """What was found of units of a return line, and where they went.

    `parts`: components of a kit that were judged apart, as `returns.verdicts` stores them.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(ReturnLine, on_delete=models.CASCADE, related_name="inspections")
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField()
    grade = models.CharField(max_length=8, choices=Grade.choices)
    disposition = models.CharField(max_length=16, choices=Disposition.choices)
    parts = models.JSONField(default=list, db_default=[], blank=True)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)

    def __str__(self) -> str:
        return f"{self.quantity} {self.disposition}"


class ReturnPhoto(models.Model):
    """What staff saw when they opened the parcel, as a picture in STORAGES under `name`; never told to customers."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    return_order = models.ForeignKey(Return, on_delete=models.CASCADE, related_name="photos")
    name = models.CharField(max_length=200)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    actor = models.CharField(max_length=128)
    at = models.DateTimeField(default=timezone.now)
