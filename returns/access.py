"""The only way a request obtains a return, and the lock every write takes first."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from fulfillment.models import ShipmentLine, ShipmentState
from oms.core.access import Principal
from oms.core.errors import NotFound
from orders import progress
from orders.models import Order
from returns.models import Acceptance, Receipt, Reception, Return


def visible(principal: Principal) -> QuerySet[Return]:
    """The returns of the asker's channel; for warehouse staff those with a thing to do with their locations.

    That is where some of the goods had left from, and so go back to, or where some of them arrived.
    """
    query: QuerySet[Return] = principal.limit_to_channel(Return.objects.all(), "order__channel_id")
    if principal.locations is None:
        return query
    goods = ShipmentLine.objects.filter(line__return_lines__return_order=OuterRef("pk"))
    sent = goods.exclude(shipment__state=ShipmentState.CANCELLED)
    came = Receipt.objects.filter(line__return_order=OuterRef("pk"))
    return query.filter(
        Exists(principal.limit_to_locations(sent, "shipment__location__code"))
        | Exists(principal.limit_to_locations(came))
    )


def at_the_door(principal: Principal) -> QuerySet[Return]:
    """Those, and for warehouse staff every accepted return that is on its way: a parcel may come back anywhere, and
    whoever has it in hand knows its number. For what names one return, never for a list.
    """
    coming = principal.limit_to_channel(Return.objects.all(), "order__channel_id").filter(
        acceptance=Acceptance.ACCEPTED, reception__in=(Reception.AWAITING, Reception.IN_TRANSIT)
    )
    return visible(principal) | coming if principal.locations else visible(principal)


def get_return(principal: Principal, ref: str) -> Return:
    """By id or number. Raises NotFound, for another channel's or another location's return too."""
    found = at_the_door(principal).select_related("order__channel", "new_order").filter(**_by(ref)).first()
    if found is None:
        raise NotFound("There is no such return.")
    return found


def lock(pk: UUID) -> tuple[Order, Return]:
    """The order locked, then the return as it is now: no write of a return goes without its order's lock."""
    order_id = Return.objects.values_list("order_id", flat=True).get(pk=pk)
    order = progress.lock(order_id)
    returned = Return.objects.get(pk=pk)
    returned.order = order
    return order, returned


def _by(ref: str) -> dict[str, Any]:
    try:
        return {"pk": UUID(ref)}
    except ValueError:
        return {"number": ref.replace("\x00", "")[:40]}
