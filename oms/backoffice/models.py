"""Acts on many orders or customers at once: who asked for what, how far it is, and which would not."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils import timezone

from oms.backoffice.importing.models import Import, ImportFault, ImportMapping, ImportPiece
from oms.core.models import User, new_id

__all__ = [
    "BulkFailure",
    "BulkJob",
    "BulkKind",
    "Import",
    "ImportFault",
    "ImportMapping",
    "ImportPiece",
]


class BulkKind(models.TextChoices):
    HOLD = "hold", "Hold"
    RELEASE = "release", "Release"
    TAG = "tag", "Tag"
    CANCEL = "cancel", "Cancel"
    PRINT = "print", "Print"
    EXPORT = "export", "Export"
    CUSTOMER_TAG = "customer_tag", "Tag customers"
    CUSTOMER_TRUST = "customer_trust", "Trust customers"
    CUSTOMER_BLOCK = "customer_block", "Block customers"
    CUSTOMER_EXPORT = "customer_export", "Export customers"


class BulkJob(models.Model):
    """One act asked for on a selection of a list; a worker does it row by row and writes down how far it is.

    `selection` and `options` are as asked. `ids` are the rows it means, fixed when a worker begins (NULL until
    then); `position` counts those decided, so that a worker that dies repeats none. `claimed_until`: a worker has
    it until then. `file` is what printing and exporting leave behind.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=BulkKind.choices)
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bulk_jobs")
    selection = models.JSONField()
    options = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    ids = ArrayField(models.UUIDField(), null=True, blank=True)
    total = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Why it ended before the last order; empty when it did not.
    stopped = models.CharField(max_length=32, default="", blank=True)
    file = models.BinaryField(null=True, blank=True)
    filename = models.CharField(max_length=100, default="", blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [CheckConstraint(condition=Q(kind__in=BulkKind.values), name="bulk_kind_known")]
        indexes = [
            # Read by the worker; a finished job leaves it.
            Index(fields=["claimed_until"], name="bulk_due", condition=Q(finished_at=None)),
            # Read by the list of orders of the one who asked.
            Index(fields=["asked_by", "-created_at"], name="bulk_shown", condition=Q(dismissed_at=None)),
        ]

    @property
    def succeeded(self) -> int:
        return self.position - self.failed

    @property
    def about(self) -> str:
        """The list it was asked on."""
        return "customers" if self.kind.startswith("customer_") else "orders"

    @property
    def running(self) -> bool:
        return self.finished_at is None

    @property
    def plain(self) -> bool:
        """Over as it was asked for: no refusal to read, no file to take. Told of until it was seen."""
        return not self.running and not self.failed and not self.filename and self.stopped in ("", "asked")


class BulkFailure(models.Model):
    """A row the act was refused for; `code` as in oms.core.errors, `detail` for codes without a sentence.

    `number` where it is an order.
    """

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="failures")
    row_id = models.UUIDField()
    number = models.BigIntegerField(null=True, blank=True)
    code = models.CharField(max_length=64)
    detail = models.CharField(max_length=500, default="", blank=True)
