"""What is done with lots: chosen for a picker, locked up, let go again, set aside once they are no longer good.

Orders reserve a level, never a lot; which lot goes is settled when it is picked, first what expires first. Units in
quarantine or past their last day are in quality control, so nobody is promised them.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from inventory import levels, lot_levels, news
from inventory.lot_levels import OfLot, Row
from inventory.models import Location, Lot, LotLevel, Product, State, StockLevel
from inventory.stock import arriving_lots
from oms.core import company
from oms.core.errors import Conflict, IllegalMove, Invalid, Problem
from oms.core.events import record
from oms.core.saying import said

FREE = F("on_hand") - F("damaged") - F("quality_control") - F("picked")
_BY_QUARANTINE = """
SELECT at.location_id, least(at.quality_control, moved.units)
FROM inventory_lotlevel AS at JOIN (
  SELECT lot_id, location_id, sum(change) AS units FROM inventory_lotmovement
  WHERE state = 'quality_control' AND cause IN ('quarantined', 'released') GROUP BY lot_id, location_id
) AS moved USING (lot_id, location_id)
WHERE at.lot_id = %s AND least(at.quality_control, moved.units) > 0
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A lot a picker may take, and how many units of it are on the shelf."""

    code: str
    expires_on: date | None
    free: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Units a picker takes; without a code, of the lot that goes first of those good until then. `pointer` is
    where the request said so."""

    product: Product
    quantity: int
    code: str = ""
    pointer: str = ""
    good_until: date | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """Units of one lot in a picker's hands."""

    product_id: int
    lot_id: int
    quantity: int


def by_code(product: Product, code: str) -> Lot:
    """A known lot of a product. Raises Invalid `unknown_lot`."""
    found = Lot.objects.filter(product=product, code=code).first() if code.isprintable() else None
    if found is None:
        raise Invalid.at("/lot", f"There is no lot {code} of {product.sku}.", "unknown_lot")
    return found


def named(product: Product, code: str, *, expires_on: date | None, new: bool) -> Lot:
    """The lot somebody holds in their hands, in the caller's transaction; `new`: made where nobody knows it yet.

    Raises Invalid: `unknown_lot`; `lot_expiry_differs` for one that is known with another last day.
    """
    if not new:
        by_code(product, code)
    return arriving_lots.made({(product.pk, code): expires_on}, {product.pk: product})[product.pk, code]


def lying(product: Product, location: Location) -> "QuerySet[LotLevel]":
    """The lots with a code of which there is something here, first what expires first."""
    rows = LotLevel.objects.filter(lot__product=product, location=location, on_hand__gt=0)
    return (
        rows.exclude(lot__code="")
        .select_related("lot")
        .order_by(F("lot__expires_on").asc(nulls_last=True), "lot_id")
    )


def choices(
    location_id: int, product_ids: Collection[int], good_until: date | None = None
) -> dict[int, list[Choice]]:
    """For each product that tracks lots what a picker may take here, in the order it should go: what is not good
    until then comes last. One query."""
    short = Q(lot__expires_on__lt=good_until or company.today())
    rows = (
        LotLevel.objects.filter(location_id=location_id, lot__product__in=product_ids)
        .filter(Q(lot__expires_on=None) | Q(lot__expires_on__gte=company.today()))
        .filter(lot__quarantined_at=None, lot__product__tracks_lots=True)
        .annotate(free=FREE, late=Case(When(short, then=1), default=0))
        .filter(free__gt=0)
        .order_by("late", F("lot__expires_on").asc(nulls_last=True), "lot_id")
        .values_list("lot__product_id", "lot__code", "lot__expires_on", "free")
    )
    found: dict[int, list[Choice]] = defaultdict(list)
    for product_id, code, expires_on, free in rows:
        found[product_id].append(Choice(code, expires_on, free))
    return found


def take(location_id: int, wanted: Sequence[Wanted]) -> list[Taken]:
    """Units come off the shelf into a picker's hands, in the caller's transaction; two pickers never take the same.

    Raises Invalid `unknown_lot`; Conflict (`lot_quarantined`, `lot_expired`, `lot_short`).
    """
    pairs = sorted({(one.product.pk, location_id) for one in wanted})
    rows = sorted(lot_levels.lock(pairs), key=lambda row: row.turn)
    before = {row.id: replace(row) for row in rows}
    today = company.today()
    taken: list[Taken] = []
    for one in wanted:
        mine = [row for row in rows if row.pair[0] == one.product.pk]
        if one.code:
            mine = [row for row in mine if row.code == one.code]
            _refuse(one, mine, today)
        until = today if one.code or one.good_until is None else max(today, one.good_until)
        left = one.quantity
        for row in mine:
            if row.quarantined or (row.expires_on and row.expires_on < until):
                continue
            step = min(left, row.free)
            if step > 0:
                row.picked += step
                left -= step
                taken.append(Taken(one.product.pk, row.lot_id, step))
        if left:
            named = f"lot {one.code}" if one.code else "its lots"
            raise Conflict(f"{one.quantity - left} of {one.product.sku} in {named} here.", code="lot_short")
    lot_levels.write(rows, before, cause="", reference="", actor="", reason="")
    return taken


def _refuse(one: Wanted, rows: Sequence[Row], today: date) -> None:
    if not rows:
        detail = said("There is no lot %(code)s of %(sku)s here.", code=one.code, sku=one.product.sku)
        raise Invalid.at(f"{one.pointer}/lot", detail, "unknown_lot")
    if rows[0].quarantined:
        raise Conflict(f"Lot {one.code} is in quarantine. Leave it.", code="lot_quarantined")
    if rows[0].expires_on and rows[0].expires_on < today:
        raise Conflict(f"Lot {one.code} is past its last day. Leave it.", code="lot_expired")


def put_back(location_id: int, units: Mapping[int, int]) -> None:
    """Picked units of these lots are on their shelf again. Raises ValueError for units nobody picked: a bug."""
    lots = {lot.pk: lot.product_id for lot in Lot.objects.filter(pk__in=units)}
    rows = lot_levels.lock(sorted({(product_id, location_id) for product_id in lots.values()}))
    before = {row.id: replace(row) for row in rows}
    for row in rows:
        row.picked -= units.get(row.lot_id, 0)
        if row.picked < 0:
            raise ValueError(f"Fewer units of lot {row.lot_id} are picked than are put back.")
    lot_levels.write(rows, before, cause="", reference="", actor="", reason="")


@transaction.atomic
def begin_tracking(product: Product) -> None:
    """From now on every unit belongs to a lot; what is there already is of the lot without a code."""
    pairs = list(StockLevel.objects.filter(product=product).values_list("product_id", "location_id"))
    levels.lock(pairs)
    Product.objects.filter(pk=product.pk).update(tracks_lots=True)
    for level in StockLevel.objects.filter(product=product, on_hand__gt=0).order_by("pk"):
        changes = {str(state): getattr(level, state) for state in lot_levels.STATES}
        lot_levels.follow(
            {(product.pk, level.location_id): changes},
            cause="tracked",
            reference="",
            actor="system",
            reason="",
        )


def stop_tracking(product: Product) -> None:
    """Raises Conflict `lots_in_stock` while units of a lot are here: their history would end in the middle."""
    if LotLevel.objects.filter(lot__product=product).exclude(on_hand=0).exists():
        raise Conflict(f"There are units of {product.sku} in lots.", code="lots_in_stock")


def track(products: Mapping[int, Product]) -> dict[int, Problem]:
    """Begin or stop tracking where products about to be written say so; the refusals, by the products' keys."""
    known = {
        product.sku: product
        for product in Product.objects.filter(sku__in=[product.sku for product in products.values()])
    }
    refusals: dict[int, Problem] = {}
    for key, product in products.items():
        was = known[product.sku]
        try:
            if product.tracks_lots and not was.tracks_lots:
                begin_tracking(was)
            elif was.tracks_lots and not product.tracks_lots:
                stop_tracking(was)
        except Conflict as problem:
            refusals[key] = problem
    return refusals


@transaction.atomic
def quarantine(lot: Lot, *, reason: str, actor: str) -> int:
    """Nobody may pick this lot from now on, and its units go to quality control; returns how many.

    Units a level cannot spare stay where they are until nobody is promised them: the daily task sets them aside then.
    `fulfillment.locking_up` makes room first.
    Raises IllegalMove when it is in quarantine already.
    """
    _lock([lot.product_id])
    lot = Lot.objects.select_for_update(no_key=True).select_related("product").get(pk=lot.pk)
    if lot.quarantined_at:
        raise IllegalMove(f"Lot {lot.code} is in quarantine already.")
    lot.quarantined_at, lot.quarantine_reason = timezone.now(), reason
    lot.save(update_fields=["quarantined_at", "quarantine_reason"])
    units = _set_aside(lot, cause="quarantined", actor=actor, reason=reason)
    _record("lot.quarantined", lot, actor, units=units)
    return units


@transaction.atomic
def release(lot: Lot, *, reason: str, actor: str) -> int:
    """The lot is sound: units set aside by its quarantine can be sold again; returns how many.

    Raises IllegalMove when it is not in quarantine, Conflict `lot_expired` past its last day.
    """
    _lock([lot.product_id])
    lot = Lot.objects.select_for_update(no_key=True).select_related("product").get(pk=lot.pk)
    if not lot.quarantined_at:
        raise IllegalMove(f"Lot {lot.code} is not in quarantine.")
    if lot.expires_on and lot.expires_on < company.today():
        raise Conflict(f"Lot {lot.code} is past its last day.", code="lot_expired")
    lot.quarantined_at, lot.quarantine_reason = None, ""
    lot.save(update_fields=["quarantined_at", "quarantine_reason"])
    back = _kept_by_quarantine(lot)
    _move(lot.product_id, lot.ref, back, cause="released", actor=actor, reason=reason)
    _record("lot.released", lot, actor, units=sum(back.values()))
    return sum(back.values())


@transaction.atomic
def set_aside_due(*, actor: str = "system") -> int:
    """Units past their last day, or in quarantine and promised to nobody any more, go to quality control.

    Returns how many. Selects what is due and not yet done, so a missed day is made up by the next.
    """
    due = Q(expires_on__lt=company.today()) | Q(quarantined_at__isnull=False)
    free = LotLevel.objects.annotate(free=FREE).filter(free__gt=0)
    lots = list(Lot.objects.filter(due, pk__in=free.values("lot")).select_related("product").order_by("pk"))
    if not lots:
        return 0
    _lock([lot.product_id for lot in lots])
    total = 0
    for lot in lots:
        cause = "quarantined" if lot.quarantined_at else "expired"
        units = _set_aside(lot, cause=cause, actor=actor, reason=lot.quarantine_reason)
        if units:
            _record("lot.set_aside", lot, actor, units=units)
        total += units
    return total


def on_the_shelf(lot: Lot) -> dict[tuple[int, int], int]:
    """Units of a lot that quarantine would set aside, by level."""
    rows = LotLevel.objects.filter(lot=lot).annotate(free=FREE).filter(free__gt=0)
    return {(lot.product_id, place): free for place, free in rows.values_list("location_id", "free")}


def promised(lot: Lot) -> int:
    """Units of a lot that should be in quality control and are promised to orders still."""
    return sum(LotLevel.objects.filter(lot=lot).annotate(free=FREE).values_list("free", flat=True))


def _set_aside(lot: Lot, *, cause: str, actor: str, reason: str) -> int:
    """What its levels can spare; returns how many units."""
    rows = LotLevel.objects.filter(lot=lot).annotate(free=FREE).filter(free__gt=0)
    free = dict(rows.values_list("location_id", "free"))
    room = StockLevel.objects.filter(product=lot.product_id, location__in=free).annotate(
        room=F("on_hand") - F("committed") - F("damaged") - F("quality_control")
    )
    aside = {
        (lot.pk, location_id): min(free[location_id], left)
        for location_id, left in room.values_list("location_id", "room")
        if left > 0
    }
    _move(lot.product_id, lot.ref, aside, sign=1, cause=cause, actor=actor, reason=reason)
    return sum(aside.values())


def _move(
    product_id: int,
    reference: str,
    units: Mapping[tuple[int, int], int],
    *,
    sign: int = -1,
    cause: str,
    actor: str,
    reason: str,
) -> None:
    """Units of lots, by (lot, location), into quality control or out of it."""
    changes: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (_lot, place), count in units.items():
        changes[product_id, place][State.QUALITY_CONTROL] += sign * count
    if not changes:
        return
    locked = levels.lock(changes)
    lots = [OfLot(lot, place, quality_control=sign * count) for (lot, place), count in units.items()]
    levels.apply(locked, changes, cause=cause, reference=reference, actor=actor, reason=reason, lots=lots)
    news.touch([product_id])


def _kept_by_quarantine(lot: Lot) -> dict[tuple[int, int], int]:
    """What the quarantine put into quality control and is still there, by (lot, location)."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_QUARANTINE, [lot.pk])
        return {(lot.pk, place): int(units) for place, units in cursor.fetchall()}


def _lock(product_ids: Sequence[int]) -> None:
    """Every level of these products, then their lots there, so that nobody picks what is being locked up."""
    pairs = StockLevel.objects.filter(product__in=product_ids).values_list("product_id", "location_id")
    lot_levels.lock(list(levels.lock(pairs)))


def _record(kind: str, lot: Lot, actor: str, **more: Any) -> None:
    data = {"id": str(lot.uid), "number": lot.code, "version": 1, "sku": lot.product.sku, **more}
    record(kind, lot.ref, actor=actor, data=data)


def free_of(at: LotLevel) -> int:
    """On the shelf and sound."""
    return at.on_hand - at.damaged - at.quality_control - at.picked


def at_places(lot: Lot, locations: Collection[Location]) -> list[LotLevel]:
    """Where a lot lies, of these locations, with what is free there."""
    rows = LotLevel.objects.filter(lot=lot, location__in=locations).exclude(on_hand=0)
    return list(
        rows.select_related("location").annotate(free=FREE).order_by("location__priority", "location_id")
    )
