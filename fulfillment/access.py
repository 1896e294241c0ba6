"""The only ways a request obtains a shipment: what the asker may see, by id or number."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fulfillment.models import Shipment
from oms.core.access import Principal
from oms.core.errors import NotFound


def visible(principal: Principal) -> QuerySet[Shipment]:
    """The shipments of the asker's channel and, for warehouse staff, of their locations."""
    query: QuerySet[Shipment] = principal.limit_to_locations(
        principal.limit_to_channel(Shipment.objects.all(), "order__channel_id")
    )
    return query


def get_shipment(principal: Principal, ref: str) -> Shipment:
    """One shipment by id or number. Raises NotFound, for one the asker may not see too."""
    found = visible(principal).filter(**_by(ref)).first()
    if found is None:
        raise NotFound("There is no such shipment.")
    return found


def _by(ref: str) -> dict[str, Any]:
    try:
        return {"pk": UUID(ref)}
    except ValueError:
        return {"number": ref.replace("\x00", "")[:40]}
