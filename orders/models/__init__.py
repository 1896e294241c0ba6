"""Orders and checkouts, who they are for, what was invoiced. Statuses are derived, by `orders.progress` alone."""

from orders.models.attention import STANDS, Attention
from orders.models.checkouts import Checkout, CheckoutLine, CheckoutState
from orders.models.customers import Customer, CustomerMark, CustomerNote, ListedContact, Marketing, Standing
from orders.models.invoices import Invoice, InvoiceKind, InvoiceLine, InvoicePaper, InvoiceSeries
from orders.models.mentions import Mention
from orders.models.orders import (
    MOVING,
    Comment,
    FulfillmentStatus,
    Hold,
    Importance,
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
    "MOVING",
    "STANDS",
    "Attention",
    "Checkout",
    "CheckoutLine",
    "CheckoutState",
    "Comment",
    "Customer",
    "CustomerMark",
    "CustomerNote",
    "FulfillmentStatus",
    "Hold",
    "Importance",
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "InvoicePaper",
    "InvoiceSeries",
    "Line",
    "ListedContact",
    "Marketing",
    "Mention",
    "Order",
    "OrderSource",
    "Payment",
    "PaymentKind",
    "PaymentMethod",
    "PaymentStatus",
    "ReturnStatus",
    "Stage",
    "Standing",
    "Status",
    "new_token",
]
