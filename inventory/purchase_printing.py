"""The paper of a purchase order, drawn in a worker and kept in the database; the supplier's e-mail follows it."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from inventory.models import PurchaseOrder, PurchasePaper
from inventory.purchase_paper import PaperData, PaperLine, purchase_pdf
from inventory.purchasing import PRINT_OWED
from oms.core import company, owing
from oms.core.events import record
from oms.core.papers import address_of

OWED = (PurchaseOrder, "paper_due_at")


def print_owed() -> int:
    """Draw the papers that are owed, oldest first; returns how many. A failure waits for its lease."""
    return owing.work_off(*OWED, print_paper, task=PRINT_OWED)


def print_paper(order_id: UUID) -> bool:
    """Draw and keep one paper. False when it is not owed, or no longer wanted once drawn."""
    claimed = owing.claim(*OWED, order_id)
    if claimed is None:
        return False
    order = PurchaseOrder.objects.select_related("supplier", "location").get(pk=order_id)
    content = purchase_pdf(data_of(order))
    with transaction.atomic():
        mine = owing.settle(*OWED, order_id, claimed)
        if mine:
            PurchasePaper.objects.update_or_create(order_id=order_id, defaults={"content": content})
            facts = {"id": str(order.pk), "number": order.number, "version": order.version}
            record("purchase.drawn", order.ref, actor="worker", data=facts)
    return mine


def drawn(order: PurchaseOrder) -> bytes | None:
    """The paper's PDF, once there is one."""
    found = PurchasePaper.objects.filter(order=order).first()
    return bytes(found.content) if found else None


def data_of(order: PurchaseOrder) -> PaperData:
    """What the paper says, as plain facts."""
    supplier, place = order.supplier, order.location
    language = order.language
    return PaperData(
        company=settings.COMPANY_NAME,
        number=order.number,
        supplier=address_of(supplier.address, supplier.name, supplier.phone),
        contact=supplier.contact,
        deliver_to=address_of(place.address, place.name),
        ordered_on=company.day_of(order.sent_at or order.created_at),
        expected_on=order.expected_on or company.today(),
        currency=order.currency,
        total=order.total,
        lines=[
            PaperLine(
                sku=line.product.sku,
                supplier_sku=line.supplier_sku,
                name=line.product.name.get(language) or line.product.name.get("en") or line.product.sku,
                quantity=line.quantity,
                unit_cost=line.unit_cost,
            )
            for line in order.lines.select_related("product")
        ],
        note=order.note,
        language=language,
    )
