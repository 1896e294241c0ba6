"""Goods instead of money: a new order worth what came back, paid with its credit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

import msgspec

from oms.core import money
from oms.core.address import Address
from oms.core.errors import IllegalMove, Invalid
from oms.core.saying import said
from orders import new_order, placing
from orders.documents import rate
from orders.models import Order
from orders.new_order import CustomerIn, DeliveryIn, LineIn, NewOrder, PaymentIn, ShippingIn
from orders.placement import Channel, Placement
from returns.models import Disposition, Method, Return

KINDS = ("exchange", "replacement")
KEPT = (Disposition.RESTOCK, Disposition.REFURBISH, Disposition.DAMAGED)
PRICE_STEP = Decimal(1).scaleb(-money.PRICE_PLACES)


@dataclass(frozen=True, slots=True)
class Swap:
    """Units of one SKU to send, what they weigh in the value, and the tax rate they were sold at."""

    sku: str
    quantity: int
    weight: Decimal
    tax_rate: Decimal


def send_instead(
    order: Order, returned: Return, *, kind: str, value: Decimal, credit: Decimal, actor: str
) -> Order:
    """Place the order for the SKU asked for (`exchange`) or for the same ones again (`replacement`).

    It costs `value` and is paid with `credit`, both in the order's currency; anything between waits for money.
    Raises Invalid where the return names no SKU to exchange for; IllegalMove when a part was settled before;
    `insufficient_stock` when there is nothing to send.
    """
    if kind == "exchange" and not returned.exchange_sku:
        raise Invalid.at("/kind", said("The return names no SKU to exchange for."), "no_exchange_sku")
    if returned.refunded:
        raise IllegalMove(f"A part of return {returned.number} was settled in money; settle the rest alike.")
    body = NewOrder(
        external_id=f"{returned.number}.{returned.version}",
        currency=order.currency,
        customer=CustomerIn(order.customer_name, order.customer_email or None, order.customer_phone or None),
        lines=priced(_swaps(returned, kind), value, order.currency),
        language=order.language,
        shipping_address=msgspec.convert(order.shipping_address, Address) if order.shipping_address else None,
        shipping=ShippingIn(service=order.shipping_service),
        prices_include_tax=True,
        payments=[PaymentIn("store_credit", str(credit), state="captured", reference=returned.number)]
        if credit
        else [],
        delivery=DeliveryIn(order.delivery_kind, order.delivery_location_code or None),  # type: ignore[arg-type]
        tags=[kind],
        metadata={"return": returned.number, "order": str(order.number)},
    )
    channel = Channel(order.channel_id, order.channel.code, order.channel.language)
    placement = Placement(new_order.check(body), channel, msgspec.json.encode(body).decode())
    return placing.place_order(placement, actor=actor).order


def priced(swaps: Sequence[Swap], value: Decimal, currency: str) -> list[LineIn]:
    """Lines that together cost exactly `value`: shared by weight, the discount takes what a unit price cannot say."""
    weights = sum((swap.weight for swap in swaps), Decimal(0))
    left = value
    lines = []
    for place, swap in enumerate(swaps, start=1):
        share = money.rounded(value * swap.weight / weights, currency) if weights else Decimal(0)
        cost = left if place == len(swaps) else min(left, share)
        left -= cost
        price = (cost / swap.quantity).quantize(PRICE_STEP, ROUND_UP)
        discount = money.rounded(price * swap.quantity, currency) - cost
        lines.append(LineIn(swap.sku, swap.quantity, str(price), str(discount), rate(swap.tax_rate)))
    return lines


def _swaps(returned: Return, kind: str) -> list[Swap]:
    rows = list(returned.lines.select_related("line").prefetch_related("inspections").order_by("id"))
    units: Counter[object] = Counter()
    for row in rows:
        seen = sum(found.quantity for found in row.inspections.all() if found.disposition in KEPT)
        units[row.pk] = row.quantity if returned.method == Method.KEEP else seen
    swaps = [
        Swap(
            returned.exchange_sku if kind == "exchange" else row.line.sku,
            units[row.pk],
            row.line.total * units[row.pk] / row.line.quantity,
            row.line.tax_rate,
        )
        for row in rows
        if units[row.pk]
    ]
    if not swaps:
        raise IllegalMove(f"Nothing of return {returned.number} came back.")
    return swaps
