"""Cash on delivery, shared over an order's parcels by the value of their goods.

Each parcel asks for its own part, so that nobody pays at the first door for what has not come yet; units in
no parcel yet keep theirs. What was paid meanwhile is not asked for again, except where a label is booked: it never
changes silently, and labelled parcels keep their amount.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet, Sum

from fulfillment.models import Shipment, ShipmentLine, ShipmentState
from oms.core import money
from oms.core.events import Recorded
from orders import payments, progress
from orders.models import Line, Order, PaymentKind, PaymentMethod

_UNPRINTED = (
    ShipmentState.PLANNED,
    ShipmentState.RELEASED,
    ShipmentState.PICKING,
    ShipmentState.PICKED,
    ShipmentState.PACKED,
)
# Booked, and not at the customer's yet: the courier asks for what the label says.
BOOKED = (
    ShipmentState.LABELLED,
    ShipmentState.HANDED_OVER,
    ShipmentState.IN_TRANSIT,
    ShipmentState.OUT_FOR_DELIVERY,
    ShipmentState.READY_FOR_PICKUP,
    ShipmentState.DELIVERY_FAILED,
    ShipmentState.RETURNING,
)
# These bring no cash any more.
_NO_CASH = (ShipmentState.CANCELLED, ShipmentState.RETURNED_TO_SENDER, ShipmentState.LOST)


def on_paid(event: Recorded) -> None:
    """Money came in or went back: parcels without a label collect what is due now."""
    with transaction.atomic():
        share(progress.lock(UUID(event.data["id"])))


def beyond(parcels: Iterable[Shipment], due: Decimal) -> bool:
    """Whether labels of parcels on their way ask for more than is due. Pure."""
    asked = sum((each.cod_amount for each in parcels if each.state in BOOKED), Decimal(0))
    return asked > due


def share(order: Order) -> None:
    """Set the amount each parcel without a label collects. The order is locked by the caller."""
    parcels = order.shipments.exclude(state__in=_NO_CASH)
    due = payments.cash_due(order)
    if not due and not parcels.filter(cod_amount__gt=0).exists():
        return
    collected = order.payments.filter(kind=PaymentKind.CAPTURE, method=PaymentMethod.COD)
    paid = collected.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    # A delivered parcel's cash is on its way to the ledger; what was paid before one is delivered came by hand.
    delivered = _asked(parcels.filter(state=ShipmentState.DELIVERED))
    asked = _asked(parcels.filter(state__in=BOOKED)) + max(Decimal(0), delivered - paid)
    left = max(Decimal(0), due - asked)

    open_parcels = list(parcels.filter(state__in=_UNPRINTED).order_by("created_at", "number"))
    lines = {line.pk: line for line in order.lines.all()}
    values: dict[object, Decimal] = {parcel.pk: Decimal(0) for parcel in open_parcels}
    waiting = sum(
        (_value(line, line.reserved - line.allocated + line.backordered) for line in lines.values()),
        Decimal(0),
    )
    for row in ShipmentLine.objects.filter(shipment__in=open_parcels):
        values[row.shipment_id] += _value(lines[row.line_id], row.quantity)
    amounts = spread(left, [*values.values(), waiting], order.currency)
    for parcel, amount in zip(open_parcels, amounts, strict=False):
        parcel.cod_amount = amount
    Shipment.objects.bulk_update(open_parcels, ["cod_amount"])


def _asked(parcels: "QuerySet[Shipment]") -> Decimal:
    return parcels.aggregate(sum=Sum("cod_amount"))["sum"] or Decimal(0)


def spread(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """The amount in parts by weight that add up to it: whole minor units, the rest by largest remainder."""
    places = money.decimals(currency)
    units = int(money.rounded(amount, currency).scaleb(places))
    total = sum(weights, Decimal(0))
    if not total:
        weights = [Decimal(1), *[Decimal(0)] * (len(weights) - 1)]
        total = Decimal(1)
    exact = [units * weight / total for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], n))
    for n in by_remainder[: units - sum(parts)]:
        parts[n] += 1
    return [Decimal(part).scaleb(-places) for part in parts]


def _value(line: Line, units: int) -> Decimal:
    return line.total * units / line.quantity
