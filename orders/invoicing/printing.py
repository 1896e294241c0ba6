"""The PDF of an invoice, drawn in a worker without a lock (`oms.core.owing`) and kept in the database."""

from uuid import UUID

from oms.core import owing
from orders.invoicing import PRINT_OWED
from orders.invoicing.paper import invoice_pdf
from orders.models import Invoice, InvoicePaper

OWED = (InvoicePaper, "due_at")


def print_owed() -> int:
    """Draw what is owed, oldest first; returns how many."""
    return owing.work_off(*OWED, print_invoice, task=PRINT_OWED)


def print_invoice(invoice_id: UUID) -> bool:
    """Draw and keep one paper. False when it is not owed, or somebody else draws it."""
    claimed = owing.claim(*OWED, invoice_id)
    if claimed is None:
        return False
    invoice = Invoice.objects.select_related("order").get(pk=invoice_id)
    content = invoice_pdf(invoice, list(invoice.lines.order_by("pk")))
    kept = InvoicePaper.objects.filter(pk=invoice_id, due_at=claimed).update(content=content, due_at=None)
    return bool(kept)


def drawn(invoice: Invoice) -> bytes | None:
    """The PDF, once there is one."""
    content = InvoicePaper.objects.values_list("content", flat=True).get(pk=invoice.pk)
    return None if content is None else bytes(content)
