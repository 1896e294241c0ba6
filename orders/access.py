"""The only ways a request obtains an order or its papers."""

from typing import TYPE_CHECKING
from uuid import UUID

from oms.core.access import Principal
from oms.core.errors import NotFound
from oms.core.text import digits
from orders.models import Invoice, Order

if TYPE_CHECKING:
    from django.db.models import QuerySet


def visible(principal: Principal) -> "QuerySet[Order]":
    """The orders a principal may see: a channel's key its own, everyone else all."""
    orders: QuerySet[Order] = principal.limit_to_channel(Order.objects.all())
    return orders


def get_order(principal: Principal, ref: str) -> Order:
    """An order by id or number. Raises NotFound, also for another channel's."""
    order = visible(principal).filter(**key_of(ref)).select_related("channel").first()
    if order is None:
        raise NotFound
    return order


def key_of(ref: str) -> dict[str, object]:
    """The filter an id or a number in a URL means. Raises NotFound for neither."""
    folded = digits(ref)
    if folded.isascii() and folded.isdigit() and len(folded) <= 18:
        return {"number": int(folded)}
    try:
        return {"pk": UUID(ref)}
    except ValueError as error:
        raise NotFound from error


def get_invoice(principal: Principal, ref: str) -> Invoice:
    """An invoice or credit note by id or number. Raises NotFound, also for another channel's order."""
    try:
        key: dict[str, object] = {"pk": UUID(ref)}
    except ValueError:
        key = {"number": ref.replace("\x00", "")[:40]}
    found: QuerySet[Invoice] = principal.limit_to_channel(Invoice.objects.all(), "order__channel_id")
    invoice = found.filter(**key).select_related("order").first()
    if invoice is None:
        raise NotFound
    return invoice
