"""Stock is counted while the warehouse works: opened, entered blind, judged by value, booked as differences.

A line keeps what should have lain there at the moment it was counted, so sales, picks and deliveries before or after
change nothing: what is booked is the difference, never the figure. What lies in pickers' hands and packed parcels is
known above (`fulfillment.counting`) and handed in.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from inventory import costs, levels, lots, news
from inventory.lot_levels import OfLot
from inventory.models import (
    CountKind,
    CountLine,
    CountState,
    Location,
    Lot,
    LotLevel,
    Product,
    State,
    StockCount,
    StockLevel,
)
from inventory.numbering import next_numbers
from oms.core.errors import Conflict, IllegalMove, Invalid, StockCommitted
from oms.core.events import record
from oms.core.saying import said

MOST_LINES = 20_000

NEXT: dict[str, frozenset[str]] = {
    CountState.COUNTING: frozenset({CountState.REVIEW, CountState.DONE, CountState.CANCELLED}),
    CountState.REVIEW: frozenset({CountState.COUNTING, CountState.DONE, CountState.CANCELLED}),
    CountState.DONE: frozenset(),
    CountState.CANCELLED: frozenset(),
}

# Units pickers missed and no count has looked for yet, by (product, location).
_NOT_FOUND = """
SELECT coalesce(sum(change), 0) FROM inventory_movement
WHERE product_id = %s AND location_id = %s AND state = 'quality_control' AND cause IN ('not_found', 'found')
"""


@dataclass(frozen=True, slots=True)
class Sums:
    """What a count came to. `unpriced` lines differ and have no known cost."""

    lines: int
    counted: int
    differing: int
    units: int
    value: Decimal
    moved_value: Decimal
    unpriced: int

    @property
    def needs_approval(self) -> bool:
        return self.moved_value > settings.COUNT_APPROVAL_LIMIT or self.unpriced > 0


@transaction.atomic
def open_count(
    location: Location,
    *,
    kind: str,
    bins: Collection[str] = (),
    products: Sequence[Product] = (),
    note: str = "",
    actor: str,
) -> StockCount:
    """Begin a count; its lines are what the location has of what is asked, one a lot where there are lots.

    Raises Invalid where nothing is to be counted or too much at once, Conflict `counted_already` while another open
    count has one of its lines.
    """
    found = StockLevel.objects.filter(location=location, product__components=[]).select_related("product")
    if kind == CountKind.BIN:
        found = found.filter(bin__in=bins)
    elif kind == CountKind.SKU:
        found = found.filter(product__in=products)
    else:
        found = found.exclude(on_hand=0)
    [number] = next_numbers("CN", 1)
    count = StockCount(
        number=number, location=location, kind=kind, bins=sorted(set(bins)), note=note, opened_by=actor
    )
    rows = _rows(count, list(found.order_by("bin", "product__sku")[: MOST_LINES + 1]))
    known = {row.product_id for row in rows}
    rows += [_row(count, product) for product in products if product.pk not in known]
    if not rows:
        raise Invalid.at("/bins" if kind == CountKind.BIN else "/kind", "There is nothing to count.", "empty")
    if len(rows) > MOST_LINES:
        raise Invalid.at(
            "/kind",
            said("At most %(most)s lines at once: count by bins.", most=MOST_LINES),
            "too_many_lines",
        )
    count.save(force_insert=True)
    _insert(rows)
    return _saved("count.opened", count, actor, lines=len(rows))


@transaction.atomic
def add_line(count: StockCount, product: Product, *, lot: str = "", actor: str) -> CountLine:
    """Something lies there that is not on the list. Returns its line, the known one if there is one."""
    count = lock(count.pk)
    _refuse_closed(count)
    if product.components:
        raise Invalid.at("/sku", said("%(sku)s is a kit: count its parts.", sku=product.sku), "kit")
    found = None
    if product.tracks_lots:
        if not lot:
            raise Invalid.at("/lot", f"Say which lot of {product.sku}.", "lot_required")
        found = lots.by_code(product, lot)
    known = count.lines.filter(product=product, lot=found).first()
    if known is not None:
        return known
    line = _row(count, product, found)
    _insert([line])
    _saved("count.line_added", count, actor, sku=product.sku)
    return line


@transaction.atomic
def enter(line_id: UUID, *, counted: int, off_shelf: int, actor: str) -> CountLine:
    """So many lie there now. `off_shelf` of what is on hand is in pickers' hands or packed, at this very moment.

    The caller holds the level's lock. Counting again replaces what was entered. Raises IllegalMove when the count is
    closed.
    """
    line = CountLine.objects.select_related("count", "product", "lot").get(pk=line_id)
    count = lock(line.count_id)
    _refuse_closed(count)
    line = (
        CountLine.objects.select_for_update(no_key=True, of=("self",))
        .select_related("product")
        .get(pk=line_id)
    )
    if line.lot_id is not None:
        at = LotLevel.objects.filter(lot=line.lot_id, location=line.location_id).first()
        on_hand, off_shelf = (at.on_hand, at.picked) if at else (0, 0)
    else:
        level = StockLevel.objects.filter(product=line.product_id, location=line.location_id).first()
        on_hand = level.on_hand if level else 0
        line.not_found = min(max(0, _missed(line)), level.quality_control if level else 0)
    line.counted, line.expected = counted, on_hand - off_shelf
    line.counted_by, line.counted_at = actor, timezone.now()
    line.save(update_fields=["counted", "expected", "not_found", "counted_by", "counted_at"])
    record("count.entered", count.ref, actor=actor, data=_facts(count) | {"line": str(line.pk)})
    return line


@transaction.atomic
def submit(count: StockCount, *, actor: str) -> StockCount:
    """Counting is over. Small differences are booked at once, large ones wait for a manager.

    Lines nobody counted are left as they are. Raises IllegalMove; Invalid when nothing was counted; StockCommitted as
    `book`.
    """
    count = lock(count.pk)
    reached = price(count)
    if not reached.counted:
        raise Invalid.at("/lines", "Nothing is counted yet.", "nothing_counted")
    count.submitted_by, count.submitted_at = actor, timezone.now()
    if reached.needs_approval:
        _move(count, CountState.REVIEW)
        return _saved("count.submitted", count, actor, value=str(reached.value), differing=reached.differing)
    return _book(count, actor)


@transaction.atomic
def approve(count: StockCount, *, actor: str) -> StockCount:
    """A manager agrees and the differences are booked. Raises IllegalMove, StockCommitted as `book`."""
    count = lock(count.pk)
    if count.state != CountState.REVIEW:
        raise IllegalMove(f"Count {count.number} is {count.state}; only one to approve is approved.")
    return _book(count, actor)


@transaction.atomic
def send_back(count: StockCount, *, reason: str, actor: str) -> StockCount:
    """Not believable: it is counted again, line by line where somebody wants to."""
    count = lock(count.pk)
    if count.state != CountState.REVIEW:
        raise IllegalMove(f"Count {count.number} is {count.state}; only one to approve is sent back.")
    _move(count, CountState.COUNTING)
    count.note = reason or count.note
    return _saved("count.sent_back", count, actor)


@transaction.atomic
def cancel(count: StockCount, *, actor: str) -> StockCount:
    """Nothing of it is booked."""
    count = lock(count.pk)
    _move(count, CountState.CANCELLED)
    count.lines.update(is_open=False)
    count.decided_by, count.decided_at = actor, timezone.now()
    return _saved("count.cancelled", count, actor)


def lock(pk: UUID) -> StockCount:
    """The count as it is now, ours until the transaction ends: before any stock level."""
    return (
        StockCount.objects.select_related("location").select_for_update(no_key=True, of=("self",)).get(pk=pk)
    )


def sums(count: StockCount) -> Sums:
    """What it came to so far. One query."""
    lines = list(count.lines.all())
    differing = [line for line in lines if line.difference]
    values = [line.difference * (line.unit_cost or Decimal(0)) for line in differing if line.difference]
    return Sums(
        lines=len(lines),
        counted=sum(line.counted is not None for line in lines),
        differing=len(differing),
        units=sum(line.difference or 0 for line in differing),
        value=sum(values, Decimal(0)),
        moved_value=sum((abs(value) for value in values), Decimal(0)),
        unpriced=sum(line.unit_cost is None for line in differing),
    )


def _book(count: StockCount, actor: str) -> StockCount:
    """Differences become movements, all in one transaction.

    Units pickers had missed are looked for by a count: what was set aside for it is set aside no more. Raises
    StockCommitted naming each line that would leave less than is promised, damaged or in quality control.
    """
    _move(count, CountState.DONE)
    lines = list(count.lines.filter(counted__isnull=False).select_related("product").order_by("pk"))
    changes: dict[tuple[int, int], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    of_lots: list[OfLot] = []
    booked = [line for line in lines if line.difference or line.not_found]
    locked = levels.lock(
        [(line.product_id, line.location_id) for line in booked if line.difference or line.not_found],
        make=True,
    )
    found = StockLevel.objects.in_bulk(list(locked.values()))
    for line in booked:
        pair = (line.product_id, line.location_id)
        changes[pair][State.ON_HAND] += line.difference or 0
        if line.lot_id is not None and line.difference:
            of_lots.append(OfLot(line.lot_id, line.location_id, on_hand=line.difference))
    looked_for = {
        (line.product_id, line.location_id): min(line.not_found, found[locked[pair]].quality_control)
        for line in booked
        if line.not_found and (pair := (line.product_id, line.location_id))
    }
    _refuse_too_little(booked, found, locked, changes, looked_for)
    if looked_for:
        back = {pair: {str(State.QUALITY_CONTROL): -units} for pair, units in looked_for.items() if units}
        levels.apply(locked, back, cause="found", reference=count.ref, actor=actor, reason="")
    moved = dict(changes) if of_lots else {pair: one for pair, one in changes.items() if any(one.values())}
    if moved:
        levels.apply(
            locked, moved, cause="counted", reference=count.ref, actor=actor, reason=count.note, lots=of_lots
        )
    if locked:
        news.touch(sorted({product_id for product_id, _ in locked}))
    for line in lines:
        line.adjusted = line.difference
    CountLine.objects.bulk_update(lines, ["adjusted"])
    count.lines.update(is_open=False)
    count.decided_by, count.decided_at = actor, timezone.now()
    reached = sums(count)
    return _saved("count.booked", count, actor, units=reached.units, value=str(reached.value))


def _refuse_too_little(
    lines: Sequence[CountLine],
    found: dict[int, StockLevel],
    locked: dict[tuple[int, int], int],
    changes: dict[tuple[int, int], dict[str, int]],
    looked_for: dict[tuple[int, int], int],
) -> None:
    faults = []
    for line in lines:
        pair = (line.product_id, line.location_id)
        level = found[locked[pair]]
        left = level.on_hand + changes[pair][State.ON_HAND]
        kept = level.promised + level.damaged + level.quality_control - looked_for.get(pair, 0)
        if left < kept and (line.difference or 0) < 0:
            detail = said(
                "%(sku)s: %(left)s would be left, %(kept)s are promised to orders or set aside.",
                sku=line.product.sku,
                left=left,
                kept=kept,
            )
            pointer = f"/lines/{line.pk}"
            faults.append(
                {"pointer": pointer, "code": "stock_committed", "detail": detail, "short": kept - left}
            )
    if faults:
        raise StockCommitted(" ".join(str(fault["detail"]) for fault in faults[:5]), errors=faults)


def short_of(lines: Sequence[CountLine]) -> dict[UUID, int]:
    """Of lines with fewer units than expected, how many are promised or set aside that would not be there."""
    found = {
        (level.product_id, level.location_id): level
        for level in StockLevel.objects.filter(product__in={line.product_id for line in lines})
    }
    short: dict[UUID, int] = {}
    for line in lines:
        level = found.get((line.product_id, line.location_id))
        if level is not None and (line.difference or 0) < 0 and line.adjusted is None:
            kept = level.promised + level.damaged + level.quality_control - line.not_found
            over = kept - level.on_hand - (line.difference or 0)
            if over > 0:
                short[line.pk] = over
    return short


def _rows(count: StockCount, found: Sequence[StockLevel]) -> list[CountLine]:
    tracked = [level.product_id for level in found if level.product.tracks_lots]
    by_product: dict[int, list[Lot]] = defaultdict(list)
    if tracked:
        here = LotLevel.objects.filter(location=count.location, lot__product__in=tracked, on_hand__gt=0)
        for row in here.select_related("lot").order_by("lot__expires_on", "lot_id"):
            by_product[row.lot.product_id].append(row.lot)
    rows = []
    for level in found:
        if level.product.tracks_lots:
            rows += [_row(count, level.product, lot, level.bin) for lot in by_product[level.product_id]]
        else:
            rows.append(_row(count, level.product, None, level.bin))
    return rows


def _row(count: StockCount, product: Product, lot: Lot | None = None, bin_name: str = "") -> CountLine:
    return CountLine(count=count, location=count.location, product=product, lot=lot, bin=bin_name)


def _insert(rows: Sequence[CountLine]) -> None:
    made = CountLine.objects.bulk_create(rows, ignore_conflicts=True)
    there = CountLine.objects.filter(pk__in=[row.pk for row in made]).count()
    if there < len(rows):
        raise Conflict("Another open count has some of this already.", code="counted_already")


def _missed(line: CountLine) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_NOT_FOUND, [line.product_id, line.location_id])
        return int(cursor.fetchone()[0])


def price(count: StockCount) -> Sums:
    """What the differences are worth now; what the count came to."""
    lines = list(count.lines.filter(counted__isnull=False))
    known = costs.unit_costs({line.product_id for line in lines})
    for line in lines:
        line.unit_cost = known.get(line.product_id)
    CountLine.objects.bulk_update(lines, ["unit_cost"])
    return sums(count)


def leaving(count: StockCount) -> dict[tuple[int, int], int]:
    """Units that booking takes off each level: who is about to book makes room for them first."""
    gone: dict[tuple[int, int], int] = defaultdict(int)
    for line in count.lines.filter(counted__isnull=False):
        gone[line.product_id, line.location_id] -= (line.difference or 0) + line.not_found
    return {pair: units for pair, units in gone.items() if units > 0}


def _refuse_closed(count: StockCount) -> None:
    if count.state != CountState.COUNTING:
        raise IllegalMove(f"Count {count.number} is {count.state}; nothing more is counted.")


def _move(count: StockCount, state: str) -> None:
    if state not in NEXT[count.state]:
        raise IllegalMove(f"Count {count.number} is {count.state}; it cannot become {state}.")
    count.state = state


def _saved(kind: str, count: StockCount, actor: str, **more: Any) -> StockCount:
    count.version += 1
    count.save()
    record(kind, count.ref, actor=actor, data=_facts(count) | more)
    return count


def _facts(count: StockCount) -> dict[str, Any]:
    return {
        "id": str(count.pk),
        "number": count.number,
        "version": count.version,
        "location": count.location.code,
    }
