"""Orders, who they are for and what was invoiced. Statuses are derived, written by `orders.progress` alone."""

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
