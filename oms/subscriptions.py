"""Every upward effect, in one table: which handlers an event reaches. `*` hears everything."""

from channels import webhooks
from oms.core.events import Handler
from orders import checking

HANDLERS: dict[str, list[Handler]] = {
    "order.placed": [checking.on_order_placed],
    "order.cancelled": [checking.on_units_freed],
    "*": [webhooks.on_event],
}
