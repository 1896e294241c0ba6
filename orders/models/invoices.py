"""Invoices and credit notes: written once, numbered without gaps, their papers kept beside them."""

from django.db import models
from django.db.models import CheckConstraint, F, Index, Q, UniqueConstraint
from django.utils import timezone

from oms.core.models import new_id
from orders.models.orders import Line, Order


class InvoiceKind(models.TextChoices):
    INVOICE = "invoice", "Invoice"
    CREDIT_NOTE = "credit_note", "Credit note"


class InvoiceSeries(models.Model):
    """One row of counting: `last` is the place given out last. The row is locked last of all, in a worker."""

    code = models.CharField(max_length=16, primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.code


class Invoice(models.Model):
    """A paper that went into the books. A trigger refuses every change: a correction is a credit note.

    Amounts are positive in both kinds, in `currency`. `seller`, `buyer` and `taxes` are the facts of that day;
    `corrects` are the numbers a credit note is about. `qr` is the ZATCA code's text, empty where none is due.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=16, choices=InvoiceKind.choices)
    series = models.CharField(max_length=16)
    place = models.PositiveIntegerField()
    number = models.CharField(max_length=40, unique=True)
    issued_at = models.DateTimeField(default=timezone.now)
    currency = models.CharField(max_length=3)
    language = models.CharField(max_length=8)
    net = models.DecimalField(max_digits=20, decimal_places=4)
    tax = models.DecimalField(max_digits=20, decimal_places=4)
    total = models.DecimalField(max_digits=20, decimal_places=4)
    taxes = models.JSONField()
    seller = models.JSONField()
    buyer = models.JSONField()
    corrects = models.JSONField(default=list, blank=True)
    qr = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["series", "place"], name="invoice_place_once"),
            CheckConstraint(condition=Q(kind__in=InvoiceKind.values), name="invoice_kind_known"),
            CheckConstraint(
                condition=Q(total=F("net") + F("tax"), net__gte=0, tax__gte=0), name="invoice_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(models.Model):
    """One row of an invoice, tax included. Without a `line` it is the shipping.

    `amount` is what is charged, or given back; `fee` what was kept of what came back, and not given.
    A credit note's row without units only takes a price down.
    """

    id = models.BigAutoField(primary_key=True)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(Line, null=True, blank=True, on_delete=models.PROTECT, related_name="invoiced")
    sku = models.CharField(max_length=64, default="", blank=True)
    name = models.JSONField(default=dict, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price = models.DecimalField(max_digits=18, decimal_places=4)
    discount = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    tax_rate = models.DecimalField(max_digits=7, decimal_places=6)
    tax = models.DecimalField(max_digits=20, decimal_places=4)
    amount = models.DecimalField(max_digits=20, decimal_places=4)
    fee = models.DecimalField(max_digits=20, decimal_places=4, default=0)

    class Meta:
        constraints = [
            CheckConstraint(
                condition=Q(amount__gte=F("tax"), tax__gte=0, fee__gte=0), name="invoice_line_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.sku}"


class InvoicePaper(models.Model):
    """The PDF of an invoice. `due_at`: owed since then, or a worker that draws it has until then."""

    invoice = models.OneToOneField(Invoice, primary_key=True, on_delete=models.PROTECT, related_name="paper")
    content = models.BinaryField(null=True)
    due_at = models.DateTimeField(null=True, blank=True, default=timezone.now)

    class Meta:
        indexes = [
            # Read by orders.invoice_printing: what was drawn stays out, so it remains tiny.
            Index(fields=["due_at"], name="invoice_paper_due", condition=~Q(due_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.invoice_id)
