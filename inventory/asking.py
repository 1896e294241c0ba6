"""“Who has it?” What every location has of some products, and could give."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from inventory.free import UNITS

_COULD_GIVE = f"""
SELECT product.id, product.sku, location.code, location.name, coalesce(level.on_hand, 0),
       greatest(0, coalesce({UNITS}, 0)),
       coalesce(level.incoming, 0)
FROM inventory_product AS product CROSS JOIN inventory_location AS location
LEFT JOIN inventory_stocklevel AS level ON level.product_id = product.id AND level.location_id = location.id
WHERE product.id = ANY(%s) AND location.active AND location.code <> %s
ORDER BY product.sku, 6 DESC, location.priority, location.code
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A location's stock of one product; it could give what is available."""

    product_id: int
    sku: str
    code: str
    name: str
    on_hand: int
    available: int
    incoming: int


def could_give(product_ids: Collection[int], *, but: str = "") -> list[Place]:
    """Every active location but one, with what it has of each product: who has most comes first. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_COULD_GIVE, [list(product_ids), but])
        return [Place(*row) for row in cursor.fetchall()]


def shared_out(places: Collection[Place], wanted: int) -> dict[str, int]:
    """A proposal: who has most gives first, until what is wanted is found, from as few locations as possible."""
    proposal: dict[str, int] = {}
    missing = wanted
    for place in sorted(places, key=lambda one: -one.available):
        if take := min(missing, place.available):
            proposal[place.code] = take
            missing -= take
    return proposal
