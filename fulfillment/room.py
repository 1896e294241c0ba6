"""The parcels a location can still take today. A limit is promised by nobody until a parcel is there."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from fulfillment.models import Shipment
from inventory.models import Location
from oms.core.errors import Conflict
from oms.core.saying import said

# Only the last day and a half can be "today" in any time zone: the index on creation makes that a short range.
_TODAY = """
SELECT shipment.location_id, count(*) FROM fulfillment_shipment AS shipment
JOIN inventory_location AS location ON location.id = shipment.location_id
WHERE shipment.created_at >= %(since)s AND shipment.state <> 'cancelled' AND location.daily_capacity IS NOT NULL
  AND shipment.created_at >= date_trunc('day', %(now)s AT TIME ZONE location.timezone) AT TIME ZONE location.timezone
GROUP BY shipment.location_id
"""


class NoCapacity(Conflict):
    code = "no_capacity"


def taken(now: datetime) -> dict[int, int]:
    """Parcels of today by location, of those that have a limit."""
    with connection.cursor() as cursor:
        cursor.execute(_TODAY, {"now": now, "since": now - timedelta(hours=38)})
        return dict(cursor.fetchall())


def claim(shipments: Sequence[Shipment], now: datetime) -> None:
    """These parcels, about to be stored, have room; nobody else plans one there before this transaction ends.

    Locks the locations that have a limit, after everything else. Raises NoCapacity when others were sooner.
    """
    fresh = Counter(
        shipment.location_id for shipment in shipments if shipment.location.daily_capacity is not None
    )
    if not fresh:
        return
    places = list(Location.objects.select_for_update(no_key=True).filter(pk__in=fresh).order_by("pk"))
    there = taken(now)
    for place in places:
        most = place.daily_capacity
        if most is not None and there.get(place.pk, 0) + fresh[place.pk] > most:
            raise NoCapacity(said("%(code)s has no capacity left today.", code=place.code))
