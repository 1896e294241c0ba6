"""Which lots arriving units belong to: named by whoever counted them, or known from where they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from django.db import connection

from inventory.lot_levels import OfLot
from inventory.models import Lot, Product, State
from inventory.stock.units import Incoming
from oms.core import company
from oms.core.errors import Invalid
from oms.core.saying import said

# What left somewhere under this reference and has not arrived under it yet, first what expires first.
_ON_THE_ROAD = """
SELECT lot.product_id, lot.code, -sum(moved.change)
FROM inventory_lotmovement AS moved JOIN inventory_lot AS lot ON lot.id = moved.lot_id
WHERE moved.reference = %s AND moved.state = 'on_hand' AND lot.product_id = ANY(%s)
GROUP BY lot.id HAVING sum(moved.change) < 0
ORDER BY lot.expires_on NULLS LAST, lot.id
"""


def named(units: Sequence[Incoming], reference: str) -> tuple[Sequence[Incoming], list[OfLot]]:
    """The units with the state they may have, and what each lot gets. One query where nothing tracks lots.

    Raises Invalid (`lot_expiry_differs`) for a lot that is known with another last day.
    """
    tracked = {
        product.pk: product
        for product in Product.objects.filter(pk__in={unit.product_id for unit in units}, tracks_lots=True)
    }
    if not tracked:
        return units, []
    known = _known(_from_the_road(units, tracked, reference), tracked)
    today = company.today()
    arriving: list[Incoming] = []
    lots: list[OfLot] = []
    for unit, lot in known:
        if lot is None or lot.quarantined_at or (lot.expires_on and lot.expires_on < today):
            if unit.product_id in tracked and unit.state == State.ON_HAND:
                unit = replace(unit, state=State.QUALITY_CONTROL)
        arriving.append(unit)
        if lot is not None:
            aside = {} if unit.state == State.ON_HAND else {str(unit.state): unit.quantity}
            lots.append(OfLot(lot.pk, unit.location_id, on_hand=unit.quantity, **aside))
    return arriving, lots


def _from_the_road(units: Sequence[Incoming], tracked: dict[int, Product], reference: str) -> list[Incoming]:
    """Units without a lot, split over the lots that left for here under the same reference."""
    if not reference or all(unit.lot for unit in units if unit.product_id in tracked):
        return list(units)
    with connection.cursor() as cursor:
        cursor.execute(_ON_THE_ROAD, [reference, list(tracked)])
        road = [[product_id, code, int(left)] for product_id, code, left in cursor.fetchall() if code]
    split: list[Incoming] = []
    for unit in units:
        left = unit.quantity
        if unit.product_id in tracked and not unit.lot:
            for one in road:
                took = min(left, one[2]) if one[0] == unit.product_id else 0
                if took:
                    split.append(replace(unit, quantity=took, lot=one[1]))
                    one[2] -= took
                    left -= took
        if left:
            split.append(replace(unit, quantity=left))
    return split


def _known(units: Sequence[Incoming], tracked: dict[int, Product]) -> list[tuple[Incoming, Lot | None]]:
    """Each with its lot, made where it is new: sorted, so that two deliveries wait for each other in one order."""
    wanted: dict[tuple[int, str], date | None] = {}
    for unit in units:
        if unit.lot and unit.product_id in tracked:
            key = (unit.product_id, unit.lot)
            wanted[key] = wanted.get(key) or unit.expires_on
    lots = made(wanted, tracked)
    return [
        (unit, lots.get((unit.product_id, unit.lot)) if unit.product_id in tracked else None)
        for unit in units
    ]


def made(
    wanted: Mapping[tuple[int, str], date | None], tracked: Mapping[int, Product]
) -> dict[tuple[int, str], Lot]:
    """These lots by product and code, the new ones made; one without a last day is good for its product's shelf life.

    Raises Invalid `lot_expiry_differs`.
    """
    today = company.today()
    new = []
    for (product_id, code), expires_on in sorted(wanted.items(), key=lambda entry: entry[0]):
        days = tracked[product_id].shelf_life_days
        if expires_on is None and days is not None:
            expires_on = today + timedelta(days=days)
        new.append(Lot(product_id=product_id, code=code, expires_on=expires_on))
    Lot.objects.bulk_create(new, ignore_conflicts=True)
    lots = {
        (lot.product_id, lot.code): lot
        for lot in Lot.objects.filter(product_id__in=tracked, code__in={code for _, code in wanted})
    }
    for (product_id, code), expires_on in wanted.items():
        there = lots[product_id, code].expires_on
        if expires_on is not None and there != expires_on:
            detail = said(
                "Lot %(code)s of %(sku)s is known with the last day %(day)s.",
                code=code,
                sku=tracked[product_id].sku,
                day=there or "unknown",
            )
            raise Invalid.at("/expires_on", detail, "lot_expiry_differs")
    return lots
