"""After placing, in a worker: the checks that need no answer in the 201, then `order.checked` for the desk."""

from inventory import news
from oms.core.events import Recorded, record
from orders import attention, holds, progress, standing
from orders.models import Order, Standing


def on_order_placed(event: Recorded) -> None:
    """Tell of the stock the order took, see whether it is important, then say that its checks are done."""
    order = Order.objects.select_related("customer").get(number=int(event.subject_id))
    news.touch(order.lines.values_list("product_id", flat=True))
    listed, tags = standing.listed_for(order), order.customer.tags
    order = progress.lock(order.pk)
    attention.notice(order, tags)
    if listed and listed.standing == Standing.BLOCKED:
        _hold(order, standing.BLOCKED_HOLD, listed.reason)
    record(
        "order.checked",
        order.ref,
        actor="system",
        channel_id=order.channel_id,
        data={
            "id": str(order.pk),
            "number": str(order.number),
            "version": order.version,
        },
    )


def _hold(order: Order, reason: str, note: str) -> None:
    """Once an order and reason: what somebody released stays released."""
    if holds.can_stop(order, order.lines.all()) and not order.holds.filter(reason=reason).exists():
        holds.place(order, reason=reason, note=note, actor="system")


def on_units_freed(event: Recorded) -> None:
    """Units were let go: what is available changed."""
    news.touch(Order.objects.get(number=int(event.subject_id)).lines.values_list("product_id", flat=True))
