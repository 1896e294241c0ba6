"""After placing, in a worker: the checks that need no answer in the 201, then `order.checked` for the desk."""

from inventory import news
from oms.core.events import Recorded, record
from orders import progress
from orders.models import Order


def on_order_placed(event: Recorded) -> None:
    """Tell of the stock the order took, then say that its checks are done."""
    order = Order.objects.get(number=int(event.subject_id))
    news.touch(order.lines.values_list("product_id", flat=True))
    order = progress.lock(order.pk)
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


def on_units_freed(event: Recorded) -> None:
    """Units were let go: what is available changed."""
    news.touch(Order.objects.get(number=int(event.subject_id)).lines.values_list("product_id", flat=True))
