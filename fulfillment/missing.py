"""Units a picker did not find: they stay promised to their order until the order lets go of them there.

Then they are set aside for a count (`quality_control`), so that nobody else is promised what is not on the shelf.
"""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from fulfillment.models import ShipmentLine
from inventory import stock
from inventory.models import Location, Product, State
from orders.models import Order


def places(order: Order) -> dict[tuple[UUID, int], int]:
    """Units not found so far, by order line and location."""
    found = Counter[tuple[UUID, int]]()
    rows = ShipmentLine.objects.filter(shipment__order=order, missing__gt=0)
    for line_id, location_id, missing in rows.values_list("line_id", "shipment__location_id", "missing"):
        found[line_id, location_id] += missing
    return found


def set_aside(
    let_go: Mapping[tuple[UUID, int], int],
    not_found: Mapping[tuple[UUID, int], int],
    products: Mapping[UUID, Product],
    *,
    actor: str,
) -> None:
    """Of the units let go (by line and location), those that were not found there wait for a count.

    The caller has just released them in this transaction, so their levels are locked and have the room.
    """
    away = Counter[tuple[int, int]]()
    of_product = {product.pk: product for product in products.values()}
    for (line_id, location_id), units in let_go.items():
        if aside := min(units, not_found.get((line_id, location_id), 0)):
            away[products[line_id].pk, location_id] += aside
    locations = Location.objects.in_bulk({location_id for _, location_id in away}) if away else {}
    for (product_id, location_id), units in sorted(away.items()):
        stock.adjust(
            product=of_product[product_id],
            location=locations[location_id],
            set_to=None,
            change=units,
            state=State.QUALITY_CONTROL,
            reason="Not found while picking",
            actor=actor,
            any_lot=True,
            cause="not_found",
        )
