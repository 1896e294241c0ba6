"""Every upward effect, in one table: which handlers an event reaches. `*` hears everything."""

from channels import inbox, notifications, webhooks
from fulfillment import cash, desk
from oms.core.events import Handler
from orders import backorders, checking, histories, invoicing
from orders.checkouts import keeping

HANDLERS: dict[str, list[Handler]] = {
    "order.placed": [checking.on_order_placed, histories.on_order_changed, notifications.on_order_placed],
    "order.checked": [desk.on_order_checked],
    "order.released": [desk.on_order_released],
    "order.commented": [notifications.on_commented],
    "customer.noted": [notifications.on_noted],
    "order.cancelled": [checking.on_units_freed, histories.on_order_changed],
    "order.edited": [checking.on_units_freed],
    "order.backorder_filled": [desk.on_backorder_filled],
    "stock.changed": [backorders.on_stock_changed],
    "reservation.made": [keeping.on_made],
    "shipment.exception": [desk.on_shipment_exception],
    "shipment.rejected": [desk.on_shipment_rejected],
    "shipment.handed_over": [invoicing.on_order_moved, notifications.on_shipment_handed_over],
    "shipment.delivered": [invoicing.on_order_moved, notifications.on_shipment_delivered],
    "return.requested": [notifications.on_return_requested],
    "return.accepted": [invoicing.on_order_moved, notifications.on_return_accepted],
    "return.rejected": [notifications.on_return_rejected],
    "return.received": [histories.on_order_changed],
    "return.inspected": [invoicing.on_order_moved, histories.on_order_changed],
    "payment.captured": [cash.on_paid, histories.on_order_changed],
    "payment.refunded": [cash.on_paid, histories.on_order_changed, notifications.on_payment_refunded],
    "hook.received": [inbox.on_hook_received],
    "wish.told": [notifications.on_wish_told],
    "purchase.drawn": [notifications.on_purchase_drawn],
    "purchase.cancelled": [notifications.on_purchase_cancelled],
    "*": [webhooks.on_event],
}
