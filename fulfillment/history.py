"""What a location sells itself and what goods cost us: read only where a rule in force weighs them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from fulfillment import routing
from fulfillment.strategies import Rule
from inventory.models import Product

WEEKS = 4
_SOLD = """
SELECT location.code, movement.product_id, -sum(movement.change) FROM inventory_movement AS movement
JOIN inventory_location AS location ON location.id = movement.location_id
WHERE movement.product_id = ANY(%s) AND movement.at > %s AND movement.cause = 'shipped' AND movement.state = 'on_hand'
GROUP BY 1, 2
"""


def weighed(rules: Iterable[Rule]) -> bool:
    """Whether any rule asks for it; where none does, no order pays for reading the ledger."""
    wanted = {"stockout", "goods"}
    return any(
        rule.enabled
        and (wanted & set(rule.aim.objectives) or {"stockout_per_unit", "goods"} & set(rule.aim.weights))
        for rule in rules
    )


def added(
    states: Sequence[routing.LocationState], skus: Mapping[int, str], now: datetime
) -> list[routing.LocationState]:
    """The locations with the units a week each has sold of late of these products (SKUs by id), and their cost."""
    sold: dict[str, dict[str, Decimal]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_SOLD, [list(skus), now - timedelta(weeks=WEEKS)])
        for code, product_id, units in cursor.fetchall():
            sold[code][skus[product_id]] = Decimal(units) / WEEKS
    known = Product.objects.filter(pk__in=skus).exclude(cost=None).values_list("pk", "cost")
    costs = {skus[pk]: cost for pk, cost in known if cost is not None}
    return [replace(state, weekly_demand=sold.get(state.code, {}), unit_cost=costs) for state in states]
