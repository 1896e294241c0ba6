"""An order as the search sees it: items, and columns – a location with one of its rates. Pure.

Every column has the units of each item it could send, the billed grams of one, what using it costs at all
(`fixed`), its curve over the grams, and prices of units (goods, risk of running out). All in the strategy's
score; the lowest bits of `fixed` break ties: fewer locations, then the better priority, then the code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from math import ceil

from fulfillment.routing import calendar, tariff, unit_prices
from fulfillment.routing.score import Score
from fulfillment.routing.strategy import Weights
from fulfillment.routing.tariff import Curve, Tariff, fine
from fulfillment.routing.trace import Window
from fulfillment.routing.types import Demand, LocationState, Order, Rate

_DAY = timedelta(days=1)
# Prices a gram the bounds are taken at, the best of them counts.
SLOPES = 12


@dataclass(slots=True)
class Item:
    """Lines that can take each other's units: of one SKU and one preparation."""

    lines: list[Demand]
    sku: str
    needs: tuple[tuple[str, int], ...]
    requires: frozenset[str]
    units: int
    weight_g: int
    volume_mm3: int


@dataclass(slots=True)
class Column:
    """`caps[i]`: units of item i it could send; `weights[i]`: billed grams of one. `spare` is what it has of
    each SKU that several items share, `risk` by item or shared SKU (units in one, units that are free).
    `cheap[i]` is how many units of item i cost no more than its cheapest anywhere, `most` the grams it could
    send."""

    site: int
    location: LocationState
    rate: Rate
    tariff: Tariff
    window: Window
    late_days: int
    days: int
    km: int | None
    fixed: int
    each: int
    curve: Curve
    caps: list[int]
    weights: list[int]
    spare: list[int]
    stock: Mapping[str, int]
    goods: list[int]
    risk: list[list[tuple[int, int]]]
    risk_shared: list[int]
    mask: int = 0
    full: int = 0
    most: int = 0
    lines: dict[int, list[int]] = field(default_factory=dict)
    steps: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    cheap: list[int] = field(default_factory=list)
    at_risk: int = 0

    def line(self, slope: int) -> list[int]:
        """By piece of the curve from its beginning on, what goes beyond a price a gram at least."""
        found = self.lines.get(slope)
        if found is None:
            found = self.lines[slope] = self.curve.intercepts(slope, self.most)
        return found

    def unit_prices(self, n: int) -> list[tuple[int, int]]:
        """(units, price of each) of an item, the cheapest first; shared SKUs are left out."""
        found = self.steps.get(n)
        if found is None:
            risk = self.risk[n] if self.risk else ()
            found = self.steps[n] = unit_prices.steps(self.caps[n], self.goods[n], risk, self.at_risk)
        return found


@dataclass(slots=True)
class Problem:
    """`shared` are SKUs that several items take from, with (item, units in one) each and the units in all.

    `priced` where units have prices of their own: then `floor` is what they cost at least, and `dearer` by
    item what a unit costs more, at least, that is none of the cheapest.
    """

    items: list[Item]
    columns: list[Column]
    score: Score
    shift: int
    shared: list[tuple[str, list[tuple[int, int]], int]] = field(default_factory=list)
    priced: bool = field(init=False)
    floor: int = field(init=False, default=0)
    dearer: list[int] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.need = [item.units for item in self.items]
        self.need += [units for _, _, units in self.shared]
        for column in self.columns:
            have = column.caps + column.spare
            column.mask = sum(1 << row for row, units in enumerate(have) if units)
            column.full = sum(1 << row for row, units in enumerate(have) if units >= self.need[row])
            column.most = sum(
                [cap * grams for cap, grams in zip(column.caps, column.weights, strict=True) if cap]
            )
        self._lines()
        self.priced = any(column.risk or column.risk_shared or any(column.goods) for column in self.columns)
        if self.priced:
            self._unit_prices()

    need: list[int] = field(init=False)
    slopes: list[int] = field(init=False)
    grams: int = field(init=False)

    def _lines(self) -> None:
        """Prices a gram at which the cost of any set can be bounded, and every column's share in that."""
        self.grams = 0
        for n, item in enumerate(self.items):
            weights = [column.weights[n] for column in self.columns if column.caps[n]]
            self.grams += item.units * min(weights, default=0)
        tops = {0}
        for part in (1, 2, 4):
            best: dict[str, tuple[int, int]] = {}
            for column in self.columns:
                if at := min(self.grams // part, column.most):
                    low = column.curve.low(at)
                    one = (column.fixed + low) // at, (low - column.curve.low(0)) // at
                    carrier = column.rate.carrier
                    best[carrier] = min(one, best.get(carrier, one))
            tops.update(slope for _, slope in best.values())
        self.slopes = sorted(tops, reverse=True)
        self.slopes += [
            (a + b) // 2 for a, b in zip(self.slopes, self.slopes[1:], strict=False) if b and a > b + b // 20
        ]
        self.slopes.sort(reverse=True)
        if len(self.slopes) > SLOPES:
            step = (len(self.slopes) - 1) / (SLOPES - 1)
            self.slopes = [self.slopes[round(n * step)] for n in range(SLOPES)]

    def _unit_prices(self) -> None:
        """The cheapest prices of units, where goods cost what they cost anywhere without asking each column."""
        at_risk = self.score.unit_at_risk << self.shift
        for column in self.columns:
            column.at_risk = at_risk
        if not self.score.goods:
            self.dearer = [at_risk] * len(self.items)
            for column in self.columns:
                column.cheap = (
                    [
                        min([cap, *[have // each for each, have in rows]]) if cap else 0
                        for cap, rows in zip(column.caps, column.risk, strict=True)
                    ]
                    if column.risk
                    else column.caps
                )
            return
        for column in self.columns:
            column.cheap = []
        for n, item in enumerate(self.items):
            prices = sorted({price for column in self.columns for _, price in column.unit_prices(n)})
            least = prices[0] if prices else 0
            self.floor += item.units * least
            self.dearer.append(prices[1] - least if len(prices) > 1 else 0)
            for column in self.columns:
                column.cheap.append(sum([units for units, price in column.unit_prices(n) if price == least]))

    def unit_floor(self, chosen: Sequence[Column]) -> int:
        """What the units cost by themselves at least, sent from these columns."""
        total = self.floor
        if len(chosen) == 1:
            there = chosen[0].cheap
        else:
            there = [sum(units) for units in zip(*[column.cheap for column in chosen], strict=True)]
        for units, have, more in zip(self.need, there, self.dearer, strict=False):
            if have < units:
                total += (units - have) * more
        return total

    def short(self, chosen: Sequence[Column]) -> list[int]:
        """The rows (items, then shared SKUs) these columns do not hold enough of."""
        whole = 0
        for column in chosen:
            whole |= column.full
        count = len(self.items)
        left, row, found = ((1 << len(self.need)) - 1) & ~whole, 0, []
        while left:
            skip = (left & -left).bit_length()
            left >>= skip
            row += skip
            at = row - 1
            have = 0
            for column in chosen:
                have += column.caps[at] if at < count else column.spare[at - count]
            if have < self.need[at]:
                found.append(at)
        return found

    def names(self, rows: Sequence[int]) -> list[str]:
        count = len(self.items)
        return [self.items[row].sku if row < count else self.shared[row - count][0] for row in rows]


def items_of(lines: Sequence[Demand]) -> list[Item]:
    found: dict[tuple[object, ...], Item] = {}
    for line in lines:
        key = line.sku, line.needs, line.requires
        item = found.get(key)
        if item is None:
            needs = line.needs if len(line.needs) == 1 else _once(line.needs)
            item = found[key] = Item([], line.sku, needs, line.requires, 0, line.weight_g, line.volume_mm3)
        item.lines.append(line)
        item.units += line.quantity
    return list(found.values())


def _once(needs: Sequence[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """A component named twice is needed so often."""
    found: dict[str, int] = {}
    for sku, units in needs:
        found[sku] = found.get(sku, 0) + units
    return tuple(found.items())


def shared_of(items: Sequence[Item]) -> list[tuple[str, list[tuple[int, int]], int]]:
    takers: dict[str, list[tuple[int, int]]] = {}
    for n, item in enumerate(items):
        for sku, each in item.needs:
            takers.setdefault(sku, []).append((n, each))
    return [
        (sku, those, sum(items[n].units * each for n, each in those))
        for sku, those in takers.items()
        if len(those) > 1
    ]


def usable(location: LocationState, sku: str, arrives: date | None) -> int:
    """Units that may leave: above the safety stock, and good on the day they arrive."""
    have = location.stock.get(sku, 0)
    if not have:
        return 0
    if arrives is not None and (lots := location.lots.get(sku)):
        have -= sum(units for until, units in lots if until < arrives)
    return max(0, have - location.safety.get(sku, 0))


def columns_of(
    order: Order,
    site: int,
    location: LocationState,
    rates: Sequence[Rate],
    items: Sequence[Item],
    shared: Sequence[tuple[str, list[tuple[int, int]], int]],
    score: Score,
    weights: Weights,
    shift: int,
    tie: int,
    km: int | None,
) -> list[Column]:
    """One column a rate; none is beaten by another of the location in every respect."""
    handling = fine(weights.handling_per_parcel if location.handling is None else location.handling)
    each = score.handling * handling + score.parcel
    base = score.shipment + score.km * (km or 0) + score.priority * max(0, location.priority)
    able = [item.requires <= location.capabilities for item in items]
    goods = [0] * len(items)
    if score.goods:
        worth = [
            sum(n * fine(location.unit_cost.get(sku, Decimal(0))) for sku, n in item.needs) for item in items
        ]
        goods = [score.goods * one << shift for one in worth]
    risk: list[list[unit_prices.Spare]] = []
    risk_shared: list[int] = []
    if score.unit_at_risk and location.weekly_demand:
        wanted = [(item.units, item.needs) for item in items]
        risk, risk_shared = unit_prices.risks(
            location, wanted, [(sku, units) for sku, _, units in shared], weights
        )
    plain_weights = [item.weight_g for item in items]
    found = []
    plain: tuple[list[int], Mapping[str, int]] | None = None
    for rate in rates:
        known = tariff.of(rate)
        window = calendar.window(location, rate, order.now)
        late = calendar.late_days(window.latest, order.promised)
        days = max(0, ceil((window.latest - order.now) / _DAY))
        weighs = plain_weights
        if rate.divisor:
            weighs = [tariff.billed(rate, item.weight_g, item.volume_mm3) for item in items]
        if plain is None or location.lots:
            arrives = calendar.local_day(location, window.latest) if location.lots else None
            stock: Mapping[str, int] = {
                sku: usable(location, sku, arrives) for item in items for sku, _ in item.needs
            }
            caps = [_cap(item, stock) if able[i] else 0 for i, item in enumerate(items)]
            plain = caps, stock
        caps, stock = plain
        if known.limit is not None and max(weighs) > known.limit:
            caps = [0 if grams > known.limit else cap for grams, cap in zip(weighs, caps, strict=True)]
        if not any(caps):
            continue
        spare = [stock[sku] if any(caps[i] for i, _ in those) else 0 for sku, those, _ in shared]
        most = sum(cap * grams for cap, grams in zip(caps, weighs, strict=True))
        found.append(
            Column(
                site,
                location,
                rate,
                known,
                window,
                late,
                days,
                km,
                ((base + score.late_day * late) << shift) + tie,
                each << shift,
                tariff.curve(known, score.price << shift, each << shift, most),
                caps,
                weighs,
                spare,
                stock,
                goods,
                risk,
                risk_shared,
            )
        )
    return _worth(found, score)


def _cap(item: Item, stock: Mapping[str, int]) -> int:
    found = item.units
    for sku, each in item.needs:
        have = stock[sku] if each == 1 else stock[sku] // each
        if have < found:
            found = have
    return found


def _worth(columns: list[Column], score: Score) -> list[Column]:
    if len(columns) < 2:
        return columns
    columns.sort(key=lambda c: (c.fixed + c.curve.low(c.curve.ends[-1]), c.window.latest, c.rate.carrier))
    kept: list[Column] = []
    for column in columns:
        if not any(_beats(other, column, score) for other in kept):
            kept.append(column)
    return kept


def _beats(one: Column, other: Column, score: Score) -> bool:
    if one.fixed > other.fixed or (score.day and one.days > other.days):
        return False
    if one.location.lots and one.window.latest > other.window.latest:
        return False  # among several orders, who arrives later leaves the short-lived units to others
    if one.caps is not other.caps and any(a < b for a, b in zip(one.caps, other.caps, strict=True)):
        return False
    if any(a < b for a, b in zip(one.spare, other.spare, strict=True)):
        return False
    if one.weights is not other.weights and any(
        a > b for a, b in zip(one.weights, other.weights, strict=True)
    ):
        return False
    most = sum([cap * grams for cap, grams in zip(other.caps, other.weights, strict=True)])
    gain = other.fixed - one.fixed
    if one.curve.low(min(most, one.curve.ends[-1])) > other.curve.low(most) + gain:
        return False
    top = one.curve.ends[-1]
    marks = {0, most, *one.curve.ends, *other.curve.ends}
    for mark in marks:
        for grams in (mark, mark + 1):
            if grams <= most and one.curve.low(min(grams, top)) > other.curve.low(grams) + gain:
                return False
    if one.curve.alone is None or most <= one.curve.alone:
        return True
    # Beyond one parcel it counts what is packed together, which goes by each tariff's own steps: parcel by parcel they
    # are compared only where the rule packs both alike.
    alike = one.weights == other.weights and one.tariff.limit == other.tariff.limit
    return (
        alike
        and one.curve.packs_like(other.curve)
        and all(
            one.tariff.price(grams) <= other.tariff.price(grams)
            for mark in marks
            for grams in (mark, mark + 1)
            if one.tariff.limit is None or grams <= one.tariff.limit
        )
    )
