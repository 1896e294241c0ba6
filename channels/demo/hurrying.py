"""What needs attention in the demo: parcels near or past the moment they have to leave, orders that stand for days."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from fulfillment.models import IN_THE_HOUSE, Shipment
from orders import attention
from orders.models import Order, Status

LATE, SOON, STUCK = 4, 5, 6


@transaction.atomic
def hurry(*, actor: str) -> None:
    """The rules, and some of what they find: a company that began a minute ago has nothing late of its own."""
    attention.set_rules({"value": Decimal(2500), "tags": ["VIP"], "services": ["same_day"]}, actor=actor)
    still_open = Order.objects.filter(status=Status.OPEN)
    for order in still_open.select_related("customer").order_by("pk"):
        attention.notice(order, order.customer.tags)
    waiting = Shipment.objects.filter(state__in=IN_THE_HOUSE).order_by("order__placed_at", "pk")
    now = timezone.now()
    for place, parcel in enumerate(waiting[: LATE + SOON]):
        hours = place - LATE if place < LATE else (place - LATE) * 0.6 + 0.5
        Shipment.objects.filter(pk=parcel.pk).update(ship_by=now + timedelta(hours=hours))
    oldest = still_open.filter(stage__in=["held", "backordered"]).order_by("placed_at")[:STUCK]
    Order.objects.filter(pk__in=oldest.values("pk")).update(stage_since=F("placed_at"))
