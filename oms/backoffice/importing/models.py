"""A file that is imported: its bytes, its rows in pieces, how far it is, and every row that was refused."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils import timezone

from oms.core.models import User, new_id


class ImportKind(models.TextChoices):
    PRODUCTS = "products", "Products"
    STOCK = "stock", "Stock"
    LOCATIONS = "locations", "Locations"
    CUSTOMERS = "customers", "Customers"
    ORDERS = "orders", "Orders"


class ImportState(models.TextChoices):
    READING = "reading", "Reading the file"
    UNREADABLE = "unreadable", "Unreadable"
    MAPPING = "mapping", "Columns to check"
    CHECKING = "checking", "Trying"
    CHECKED = "checked", "Tried"
    RUNNING = "running", "Importing"
    STOPPED = "stopped", "Stopped"
    DONE = "done", "Imported"


# What a worker has to do something for.
WORKED_ON = (ImportState.READING, ImportState.CHECKING, ImportState.RUNNING)


class Import(models.Model):
    """One upload on its way. `reading` is how the file is read (encoding, delimiter); `columns` its head row.

    `mapping` names the field of each column ("" for none), in the file's order; `options` what the person chose
    beside the columns. `place` counts the pieces decided in the present round, trial or real; `created`,
    `changed`, `unchanged` and `refused` count what they came to. `tried` keeps the trial's figures for comparison.
    `claimed_until`: a worker has it until then.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=16, choices=ImportKind.choices)
    state = models.CharField(max_length=16, choices=ImportState.choices, default=ImportState.READING)
    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="imports")
    created_at = models.DateTimeField(default=timezone.now)

    filename = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    # NULL once forgotten: files hold personal data.
    content = models.BinaryField(null=True)
    reading = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    samples = models.JSONField(default=list)
    rows = models.PositiveIntegerField(default=0)
    pieces = models.PositiveIntegerField(default=0)

    mapping = ArrayField(models.CharField(max_length=64, blank=True), default=list, blank=True)
    options = models.JSONField(default=dict)
    planned = models.BooleanField(default=False)

    place = models.PositiveIntegerField(default=0)
    decided = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    tried = models.JSONField(null=True, blank=True)

    claimed_until = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Why it stopped, or why the file cannot be read: a code of `wording`.
    stopped = models.CharField(max_length=64, default="", blank=True)
    detail = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(kind__in=ImportKind.values), name="import_kind_known"),
            CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state_known"),
        ]
        indexes = [
            # Read by the worker; an import that waits for a person, or is over, leaves it.
            Index(fields=["claimed_until"], name="import_due", condition=Q(state__in=WORKED_ON)),
            Index(fields=["asked_by", "-created_at"], name="import_of_user"),
            # Read when a file comes in: was the very same one imported before?
            Index(fields=["sha256"], name="import_same_file"),
        ]

    @property
    def working(self) -> bool:
        """A worker is at it, or will be."""
        return self.state in WORKED_ON


class ImportPiece(models.Model):
    """Some hundred rows of the file, each [number in the file, cells], as msgpack.

    `members` are the rows this piece decides, as positions over all pieces; NULL: its own rows, in their order.
    `taken` is what they would have taken in the trial, for later pieces to know: [product, location, quantity] each.
    """

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts")
    place = models.PositiveIntegerField()
    rows = models.BinaryField()
    members = ArrayField(models.PositiveIntegerField(), null=True, blank=True)
    taken = models.JSONField(default=list)

    class Meta:
        constraints = [UniqueConstraint(fields=["of", "place"], name="import_piece_once")]


class ImportFault(models.Model):
    """Why a row was refused. `field` is the key of the field at fault, empty when it is the whole row.

    A refusal of a capability keeps the `pattern` of its sentence and the `facts` in it, to be said in any language.
    """

    id = models.BigAutoField(primary_key=True)
    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="faults", db_index=False)
    row = models.PositiveIntegerField()
    field = models.CharField(max_length=64, default="", blank=True)
    code = models.CharField(max_length=64)
    detail = models.CharField(max_length=500, default="", blank=True)
    pattern = models.CharField(max_length=500, default="", blank=True)
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [Index(fields=["of", "row"], name="import_fault_row")]


class ImportMapping(models.Model):
    """Which field a person last gave a column of that name, for one kind of file: {folded heading: field}."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=ImportKind.choices)
    columns = models.JSONField(default=dict)

    class Meta:
        constraints = [UniqueConstraint(fields=["user", "kind"], name="import_mapping_once")]
