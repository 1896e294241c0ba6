"""An order's invoice or credit note as it was printed."""

from typing import Any

from django.http import HttpResponse, HttpResponseBase

from oms.backoffice.order_reading import find
from oms.core.errors import NotFound
from oms.core.pages import staff_page
from orders.invoicing import printing


@staff_page(scope="orders:read", methods=("GET", "HEAD"))
def paper(request: Any, ref: str, number: str) -> HttpResponseBase:
    """The PDF. Raises NotFound while there is none."""
    invoice = find(request.principal, ref).invoices.filter(number=number).first()
    content = printing.drawn(invoice) if invoice else None
    if invoice is None or content is None:
        raise NotFound("This paper is not printed yet.", code="no_paper")
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{invoice.number}.pdf"'
    return answer
