"""Units a picker did not find: they stay promised to their order until the order lets go of them there.

Then they are set aside for a count (`quality_control`), so that nobody else is promised what is not on the shelf.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from fulfillment import parts
from fulfillment.models import ShipmentLine
from inventory import stock
from inventory.models import Location, Product, State
from orders.models import Line, Order


def places(order: Order) -> dict[tuple[UUID, int], Counter[int]]:
    """Units not found so far by order line and location: of the line's product, or of a kit's components."""
    found: dict[tuple[UUID, int], Counter[int]] = defaultdict(Counter)
    rows = ShipmentLine.objects.filter(shipment__order=order, missing__gt=0).select_related(
        "shipment", "line"
    )
    for row in rows:
        here = found[row.line_id, row.shipment.location_id]
        for part in row.line.parts:
            here[part["product"]] += row.parts_missing.get(part["sku"], 0)
        if not row.line.parts:
            here[row.line.product_id] += row.missing
    return found


def set_aside(
    let_go: Mapping[tuple[UUID, int], int],
    not_found: Mapping[tuple[UUID, int], Counter[int]],
    lines: Mapping[UUID, Line],
    *,
    actor: str,
) -> None:
    """Of the units let go (by line and location), those that were not found there wait for a count.

    The caller has just released them in this transaction, so their levels are locked and have the room. Each movement
    names the shipment they were looked for.
    """
    away = Counter[tuple[int, int]]()
    sought: dict[tuple[int, int], UUID] = {}
    for (line_id, location_id), units in let_go.items():
        lost = not_found.get((line_id, location_id), Counter())
        for product_id, per_unit in parts.needs(lines[line_id]):
            if aside := min(units * per_unit, lost[product_id]):
                away[product_id, location_id] += aside
                sought[product_id, location_id] = line_id
    of_product = Product.objects.in_bulk({product_id for product_id, _ in away}) if away else {}
    locations = Location.objects.in_bulk({location_id for _, location_id in away}) if away else {}
    shipments = _sought_for(set(sought.values())) if away else {}
    for (product_id, location_id), units in sorted(away.items()):
        stock.adjust(
            product=of_product[product_id],
            location=locations[location_id],
            set_to=None,
            change=units,
            state=State.QUALITY_CONTROL,
            reason="",
            actor=actor,
            any_lot=True,
            cause="not_found",
            reference=shipments.get((sought[product_id, location_id], location_id), ""),
        )


def _sought_for(lines: Collection[UUID]) -> dict[tuple[UUID, int], str]:
    """The shipment in which units of a line were not found at a location, the latest where there are several."""
    rows = ShipmentLine.objects.filter(line__in=lines, missing__gt=0).select_related("shipment")
    return {
        (row.line_id, row.shipment.location_id): row.shipment.ref
        for row in rows.order_by("shipment__created_at", "shipment__number")
    }
