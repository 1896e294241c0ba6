"""An order as the API shows it."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from oms.core import money
from orders.models import Hold, Line, Order, Payment
from orders.status import public_stage


class Money(msgspec.Struct, frozen=True):
    """`amount` is a string with the currency's own decimals."""

    amount: str
    currency: str


class HoldOut(msgspec.Struct):
    id: UUID
    reason: str
    note: str
    since: datetime


class LineOut(msgspec.Struct):
    """`expected_at` is the day back-ordered units are promised for, null where there is no telling."""

    id: UUID
    sku: str
    quantity: int
    reserved: int
    backordered: int
    allocated: int
    picked: int
    packed: int
    shipped: int
    delivered: int
    cancelled: int
    returned: int
    expected_at: date | None
    unit_price: Money
    discount: Money
    tax_rate: str
    tax: Money
    total: Money
    personalisation: dict[str, Any] | None


class TotalsOut(msgspec.Struct):
    items: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    credited: Money
    paid: Money
    balance: Money


class CustomerOut(msgspec.Struct):
    id: UUID
    name: str
    email: str
    phone: str


class LinksOut(msgspec.Struct):
    shipments: str
    returns: str
    events: str
    invoices: str
    routing: str


class DeliveryOut(msgspec.Struct):
    kind: str
    location: str | None
    slot: str | None


class ShippingOut(msgspec.Struct):
    service: str
    price: Money
    tax_rate: str


class PaymentOut(msgspec.Struct):
    id: UUID
    kind: str
    method: str
    provider: str
    amount: Money
    reference: str
    at: datetime


class OrderRow(msgspec.Struct):
    """A row of `GET /orders/`: an order without its lines."""

    id: UUID
    number: str
    external_id: str
    channel: str
    status: str
    stage: str
    payment_status: str
    fulfillment_status: str
    return_status: str
    holds: list[HoldOut]
    totals: TotalsOut
    currency: str
    language: str
    customer: CustomerOut
    shipping_address: dict[str, Any] | None
    billing_address: dict[str, Any] | None
    shipping: ShippingOut
    delivery: DeliveryOut
    prices_include_tax: bool
    note: str
    gift_message: str
    tags: list[str]
    metadata: dict[str, Any]
    links: LinksOut
    tracking_url: str | None
    placed_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class OrderOut(OrderRow):
    lines: list[LineOut]
    payments: list[PaymentOut]


def amount(value: Decimal, currency: str) -> Money:
    """An amount with the currency's decimals."""
    return Money(str(money.rounded(value, currency)), currency)


def rate(value: Decimal) -> str:
    """A tax rate without the zeros of its column: 0.15."""
    return f"{value.normalize():f}"


def tracking_url(order: Order) -> str | None:
    """The customer's page; None once the token was revoked."""
    return f"{settings.BASE_URL}/t/{order.tracking_token}/" if order.tracking_token else None


def hold_out(hold: Hold) -> HoldOut:
    return HoldOut(hold.id, hold.reason, hold.note, hold.since)


def payment_out(payment: Payment, currency: str) -> PaymentOut:
    return PaymentOut(
        payment.id,
        payment.kind,
        payment.method,
        payment.provider,
        amount(payment.amount, currency),
        payment.reference,
        payment.at,
    )


def order_row(order: Order, holds: Iterable[Hold], channel: str) -> OrderRow:
    """A list's row. Runs no query."""
    return OrderRow(**_common(order, holds, channel))


def order_out(
    order: Order,
    lines: Iterable[Line],
    holds: Iterable[Hold],
    payments: Iterable[Payment],
    channel: str,
) -> OrderOut:
    """The whole document. Runs no query."""
    return OrderOut(
        **_common(order, holds, channel),
        lines=[line_out(line, order.currency) for line in lines],
        payments=[payment_out(payment, order.currency) for payment in payments],
    )


def line_out(line: Line, currency: str) -> LineOut:
    price = money.price_as_json(line.unit_price, currency)
    return LineOut(
        id=line.id,
        sku=line.sku,
        quantity=line.quantity,
        reserved=line.reserved,
        backordered=line.backordered,
        allocated=line.allocated,
        picked=line.picked,
        packed=line.packed,
        shipped=line.shipped,
        delivered=line.delivered,
        cancelled=line.cancelled,
        returned=line.returned,
        expected_at=line.expected_at if line.backordered else None,
        unit_price=Money(price["amount"], currency),
        discount=amount(line.discount, currency),
        tax_rate=rate(line.tax_rate),
        tax=amount(line.tax, currency),
        total=amount(line.total, currency),
        personalisation=line.personalisation,
    )


def _common(order: Order, holds: Iterable[Hold], channel: str) -> dict[str, Any]:
    code = order.currency
    api = f"{settings.BASE_URL}/api/v1"
    url = f"{api}/orders/{order.id}"
    return {
        "id": order.id,
        "number": str(order.number),
        "external_id": order.external_id,
        "channel": channel,
        "status": order.status,
        "stage": public_stage(order.stage),
        "payment_status": order.payment_status,
        "fulfillment_status": order.fulfillment_status,
        "return_status": order.return_status,
        "holds": [hold_out(hold) for hold in holds],
        "totals": TotalsOut(
            items=amount(order.items, code),
            discount=amount(order.discount, code),
            shipping=amount(order.shipping, code),
            tax=amount(order.tax, code),
            total=amount(order.total, code),
            credited=amount(order.credited, code),
            paid=amount(order.paid, code),
            balance=amount(order.balance, code),
        ),
        "currency": code,
        "language": order.language,
        "customer": CustomerOut(
            order.customer_id,
            order.customer_name,
            order.customer_email,
            order.customer_phone,
        ),
        "shipping_address": order.shipping_address,
        "billing_address": order.billing_address,
        "shipping": ShippingOut(
            order.shipping_service,
            amount(order.shipping_price, code),
            rate(order.shipping_tax_rate),
        ),
        "delivery": DeliveryOut(
            order.delivery_kind,
            order.delivery_location_code or None,
            order.delivery_slot or None,
        ),
        "prices_include_tax": order.prices_include_tax,
        "note": order.note,
        "gift_message": order.gift_message,
        "tags": list(order.tags),
        "metadata": order.metadata,
        "links": LinksOut(
            shipments=f"{api}/shipments/?order={order.id}",
            returns=f"{api}/returns/?order={order.id}",
            events=f"{url}/events/",
            invoices=f"{url}/invoices/",
            routing=f"{url}/routing/",
        ),
        "tracking_url": tracking_url(order),
        "placed_at": order.placed_at,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "version": order.version,
    }
