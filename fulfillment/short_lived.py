"""Until when what lies at a location can be delivered: read only where an order's goods have lots."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection

from fulfillment import routing
from fulfillment.models import Shipment
from oms.core import company
from orders.models import Line

_FREE = """
SELECT location.code, lot.product_id, lot.expires_on,
  sum(level.on_hand - level.damaged - level.quality_control - level.picked)
FROM inventory_lotlevel AS level
JOIN inventory_lot AS lot ON lot.id = level.lot_id
JOIN inventory_location AS location ON location.id = level.location_id
WHERE lot.product_id = ANY(%s) AND level.on_hand > 0 AND lot.quarantined_at IS NULL
  AND lot.expires_on IS NOT NULL
GROUP BY 1, 2, 3 ORDER BY lot.expires_on
"""


def has_lots(lines: Iterable[Line]) -> bool:
    """Whether any of these lines' goods may have lots; of a kit that is not known before its parts are read."""
    return any(line.product.tracks_lots or line.parts for line in lines)


def added(states: Sequence[routing.LocationState], skus: Mapping[int, str]) -> list[routing.LocationState]:
    """The locations with the last day their units (SKUs by id) may be delivered. One query.

    Orders reserve no lot. What others were promised here is taken to be of the lots that last, for it is on its way
    just as long: so a unit that is nearly over never stands in for one that is wanted.
    """
    lots: dict[str, dict[str, list[tuple[date, int]]]] = defaultdict(lambda: defaultdict(list))
    with connection.cursor() as cursor:
        cursor.execute(_FREE, [list(skus)])
        for code, product_id, expires_on, units in cursor.fetchall():
            last = expires_on - timedelta(days=settings.LOT_DAYS_LEFT)
            lots[code][skus[product_id]].append((last, int(units)))
    return [replace(state, lots=dict(lots.get(state.code, {}))) for state in states]


def good_until(shipment: Shipment, now: datetime) -> date:
    """The day a lot has to be good for to be sent with this shipment."""
    arrives = max(now, shipment.promised_latest or now)
    return company.day_of(arrives) + timedelta(days=settings.LOT_DAYS_LEFT)
