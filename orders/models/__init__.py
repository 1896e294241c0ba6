"""Orders and checkouts, who they are for, what was invoiced. Statuses are derived, by `orders.progress` alone."""

from orders.models.checkouts import Checkout, CheckoutLine, CheckoutState
from orders.models.invoices import Invoice, InvoiceKind, InvoiceLine, InvoicePaper, InvoiceSeries
from orders.models.orders import (
    Comment,
    Customer,
    FulfillmentStatus,
    Hold,
    Line,
    Order,
    OrderSource,
    Payment,
    PaymentKind,
    PaymentMethod,
    PaymentStatus,
    ReturnStatus,
    Stage,
    Status,
    new_token,
)

__all__ = [
    "Checkout",
    "CheckoutLine",
    "CheckoutState",
    "Comment",
    "Customer",
    "FulfillmentStatus",
    "Hold",
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "InvoicePaper",
    "InvoiceSeries",
    "Line",
    "Order",
    "OrderSource",
    "Payment",
    "PaymentKind",
    "PaymentMethod",
    "PaymentStatus",
    "ReturnStatus",
    "Stage",
    "Status",
    "new_token",
]
