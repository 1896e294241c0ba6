"""Routing beside the rules of the field: real baskets, real distances, one rate card, the same prices for all.

    python bench/routing.py DATA [--orders 400] [--networks 5 20 50] [--waiting 10000] [--seed 1] [--no-fail]

DATA holds `uci/online_retail_train.parquet` (baskets), and of Olist's `olist/` `orders_train.parquet` (where
customers live), `sellers.parquet` (where locations stand) and `products.parquet` (weights and sizes). Stock is
drawn: one location in four is a warehouse with most SKUs, the rest are shops with some; an order asks only for
what is there. Every rule says who sends what; each location's part then goes by its cheapest rate for all alike.
Ends with exit code 1 if a figure of the project is missed, unless --no-fail.
"""

import argparse
import gc
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet
from ground import percentile

from fulfillment.routing import (
    Address,
    Demand,
    Limits,
    LocationState,
    Order,
    Plan,
    Rate,
    Weights,
    allocate,
    plan,
)
from fulfillment.routing.distance import km

D = Decimal
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday, 9:00 in São Paulo
SKUS = 2_000
P99_MS, PROVEN, BATCH_S = 20.0, 0.99, 60.0
WEIGHTS = Weights()

# Price of a parcel by its step of grams, and days, by distance: (below km, factor, days).
STEPS = ((300, "8"), (1000, "9.5"), (2000, "11.5"), (5000, "16"), (10000, "24"), (20000, "38"), (30000, "50"))
ROAD = (
    (100, "1", (1, 2)),
    (400, "1.3", (2, 3)),
    (1000, "1.7", (3, 5)),
    (2000, "2.3", (4, 7)),
    (9999, "3", (6, 10)),
)
AIR = ((400, "2.2", (1, 1)), (1000, "2.6", (1, 2)), (9999, "3.4", (2, 3)))


def card(carrier: str, bands: Sequence[tuple[int, str, tuple[int, int]]]) -> list[Rate]:
    found, start = [], 0
    for below, factor, days in bands:
        found.append(
            Rate(
                carrier,
                "standard",
                "BR",
                D(0),
                D(0),
                days=days,
                km=(start, below),
                tiers=tuple((grams, D(price) * D(factor)) for grams, price in STEPS),
                max_parcel_g=30_000,
                weekdays=frozenset({0, 1, 2, 3, 4}),
            )
        )
        start = below
    return found


RATES = [*card("road", ROAD), *card("air", AIR)]


@dataclass(frozen=True)
class Goods:
    sku: str
    weight_g: int
    volume_mm3: int


@dataclass
class World:
    """What is real: baskets of (SKU, units), places of customers and of sellers."""

    goods: dict[str, Goods]
    baskets: list[list[tuple[str, int]]]
    customers: list[tuple[float, float]]
    sellers: list[tuple[float, float, str]]


def read(data: Path, r: random.Random) -> World:
    lines = pyarrow.parquet.read_table(data / "uci/online_retail_train.parquet").to_pylist()
    by_invoice: dict[str, dict[str, int]] = defaultdict(dict)
    sold: dict[str, int] = defaultdict(int)
    for line in lines:
        if not line["InvoiceNo"].startswith("C") and 0 < line["Quantity"] <= 48 and line["UnitPrice"] > 0:
            basket = by_invoice[line["InvoiceNo"]]
            basket[line["StockCode"]] = basket.get(line["StockCode"], 0) + line["Quantity"]
            sold[line["StockCode"]] += 1
    common = set(sorted(sold, key=lambda sku: (-sold[sku], sku))[:SKUS])
    baskets = [
        [(sku, units) for sku, units in basket.items() if sku in common]
        for _, basket in sorted(by_invoice.items())
    ]
    products = [
        row
        for row in pyarrow.parquet.read_table(data / "olist/products.parquet").to_pylist()
        if row["product_weight_g"] and 0 < row["product_weight_g"] <= 250 and row["product_length_cm"]
    ]
    goods = {}
    for sku in sorted(common):
        row = r.choice(products)
        size = row["product_length_cm"] * row["product_height_cm"] * row["product_width_cm"]
        # A parcel's box is larger than its goods: a quarter of the box is the good itself.
        goods[sku] = Goods(sku, int(row["product_weight_g"]), int(size * 250))
    orders = pyarrow.parquet.read_table(data / "olist/orders_train.parquet").to_pylist()
    customers = [(o["customer_lat"], o["customer_lng"]) for o in orders if o["customer_lat"]]
    sellers = [
        (s["lat"], s["lng"], s["seller_id"])
        for s in pyarrow.parquet.read_table(data / "olist/sellers.parquet").to_pylist()
        if s["lat"]
    ]
    sellers.sort(key=lambda s: s[2])
    return World(goods, [b for b in baskets if b], customers, sellers)


def network(world: World, size: int, r: random.Random) -> list[LocationState]:
    """Locations where sellers are, apart from each other; warehouses hold most SKUs, shops some."""
    chosen: list[tuple[float, float]] = []
    for lat, lng, _ in r.sample(world.sellers, len(world.sellers)):
        if len(chosen) < size and all((km(lat, lng, *other) or 0) > 15 for other in chosen):
            chosen.append((lat, lng))
    places = []
    for n, (lat, lng) in enumerate(chosen):
        warehouse = n % 4 == 0
        share, most = (0.75, 400) if warehouse else (0.35, 60)
        stock = {sku: r.randint(1, most) for sku in sorted(world.goods) if r.random() < share}
        places.append(
            LocationState(
                f"L{n:02}",
                stock,
                priority=1 if warehouse else 10,
                timezone="America/Sao_Paulo",
                cutoff=datetime(2026, 1, 1, 15, 0, tzinfo=UTC).time(),
                working_days=frozenset({0, 1, 2, 3, 4, 5}),
                handling=D("2.00") if warehouse else D("3.50"),
                weekly_demand={sku: D(r.randint(0, max(1, units // 4))) for sku, units in stock.items()},
                latitude=lat,
                longitude=lng,
            )
        )
    return places


def order_of(
    world: World,
    basket: Sequence[tuple[str, int]],
    places: Sequence[LocationState],
    key: str,
    r: random.Random,
) -> Order:
    """The basket to a customer's place, as far as the network holds it at all."""
    lat, lng = r.choice(world.customers)
    lines = []
    for n, (sku, units) in enumerate(basket):
        have = min(units, sum(place.stock.get(sku, 0) for place in places))
        if have:
            good = world.goods[sku]
            lines.append(Demand(str(n), sku, have, good.weight_g, volume_mm3=good.volume_mm3))
    return Order(
        lines,
        Address("BR", latitude=lat, longitude=lng),
        "standard",
        NOW,
        promised=NOW + timedelta(days=r.choice([3, 5, 7, 10])),
        key=key,
        priority=r.choice([1, 5, 5, 5]),
    )


# The rules of the field. Each says what every location sends: {location: {line id: units}}; None: it finds none.

Split = dict[str, dict[str, int]]


def in_turn(order: Order, ranked: Callable[[Demand], Sequence[LocationState]]) -> Split:
    """Every line from the locations in their turn, as much as each has: the loop all greedy rules share."""
    split: Split = defaultdict(dict)
    for line in order.lines:
        left = line.quantity
        for place in ranked(line):
            take = min(left, place.stock.get(line.sku, 0))
            if take:
                split[place.code][line.line_id] = take
                left -= take
            if not left:
                break
    return split


def away(order: Order, place: LocationState) -> int:
    return km(place.latitude, place.longitude, order.address.latitude, order.address.longitude) or 0


def magento_priority(order: Order, places: Sequence[LocationState]) -> Split:
    ranked = sorted(places, key=lambda place: (place.priority, place.code))
    return in_turn(order, lambda _: ranked)


def magento_distance(order: Order, places: Sequence[LocationState]) -> Split:
    ranked = sorted(places, key=lambda place: (away(order, place), place.code))
    return in_turn(order, lambda _: ranked)


def saleor_high_stock(order: Order, places: Sequence[LocationState]) -> Split:
    return in_turn(order, lambda line: sorted(places, key=lambda p: (-p.stock.get(line.sku, 0), p.code)))


def vendure_first(order: Order, places: Sequence[LocationState]) -> Split:
    return in_turn(order, lambda _: places[:1])


def fewest(
    order: Order, places: Sequence[LocationState], by: Callable[[tuple[LocationState, ...]], Any]
) -> Split:
    """The smallest sets of locations that together have everything, the best of them; nearest first in it."""
    ranked = sorted(places, key=lambda place: (away(order, place), place.code))
    sets = smallest_covers(order, ranked)
    best = min(sets, key=by) if sets else tuple(ranked)
    return in_turn(order, lambda _: best)


def salesforce(order: Order, places: Sequence[LocationState]) -> Split:
    return fewest(
        order, places, lambda one: (sum(away(order, p) for p in one) / len(one), [p.code for p in one])
    )


def shopify(order: Order, places: Sequence[LocationState]) -> Split:
    return fewest(order, places, lambda one: [(away(order, p), p.code) for p in one])


def smallest_covers(order: Order, places: Sequence[LocationState]) -> list[tuple[LocationState, ...]]:
    """All sets of the smallest size that cover, up to 10,000 of them, as Salesforce documents its search."""
    size = 1
    while size <= len(places):
        found: list[tuple[LocationState, ...]] = []
        _covers(
            order.lines, list(places), size, (), [line.quantity for line in order.lines], found, [1_000_000]
        )
        if found:
            return found
        size += 1
    return []


def _covers(
    lines: Sequence[Demand],
    places: list[LocationState],
    size: int,
    taken: tuple[LocationState, ...],
    left: list[int],
    found: list[tuple[LocationState, ...]],
    tries: list[int],
) -> None:
    missing = [n for n, units in enumerate(left) if units > 0]
    if not missing:
        found.append(taken)
        return
    if not size or len(found) >= 10_000 or tries[0] <= 0:
        return
    tries[0] -= 1
    # Whoever joins must have some of the line that fewest have.
    n = min(missing, key=lambda n: sum(1 for place in places if place.stock.get(lines[n].sku, 0)))
    rest = list(places)
    for place in places:
        if place.stock.get(lines[n].sku, 0):
            rest.remove(place)
            after = [units - place.stock.get(line.sku, 0) for line, units in zip(lines, left, strict=True)]
            _covers(lines, rest, size - 1, (*taken, place), after, found, tries)


RULES: dict[str, Callable[[Order, Sequence[LocationState]], Split]] = {
    "Magento priority": magento_priority,
    "Magento distance": magento_distance,
    "Salesforce fewest, average": salesforce,
    "Shopify fewest, nearest": shopify,
    "Saleor highest stock": saleor_high_stock,
    "Vendure first location": vendure_first,
}


@dataclass
class Tally:
    """One rule over one network. Cost, splits and days are of the orders it fills whole."""

    costs: list[Decimal | None] = field(default_factory=list)
    splits: int = 0
    days: int = 0
    unfilled: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def add(self, answer: Plan | None, order: Order, took: float) -> None:
        self.milliseconds.append(took * 1000)
        if answer is None or answer.outcome != "planned":
            self.costs.append(None)
            self.unfilled += 1
            return
        self.costs.append(answer.cost)
        self.splits += len(answer.parcels) - 1
        last = max(parcel.window.latest for parcel in answer.parcels)
        self.days += -((order.now - last) // timedelta(days=1))

    @property
    def filled(self) -> int:
        return sum(cost is not None for cost in self.costs)


def priced(order: Order, split: Split, places: Mapping[str, LocationState]) -> Plan | None:
    """What a rule's split costs in our model: every location holds just what it was told to send."""
    told = dict.fromkeys((line.line_id for line in order.lines), 0)
    for units in split.values():
        for line_id, count in units.items():
            told[line_id] += count
    if any(told[line.line_id] < line.quantity for line in order.lines):
        return None
    skus = {line.line_id: line.sku for line in order.lines}
    only = []
    for code, units in split.items():
        place = places[code]
        # What it keeps out of this order still covers its coming weeks.
        only.append((place, {skus[line_id]: count for line_id, count in units.items()}))
    return plan_as_told(order, only)


def plan_as_told(order: Order, only: Sequence[tuple[LocationState, dict[str, int]]]) -> Plan:
    told = []
    for place, units in only:
        # The rest is safety stock: there for the risk of running out, not for this order.
        kept = {sku: place.stock[sku] - count for sku, count in units.items()}
        told.append(replace(place, stock={sku: place.stock[sku] for sku in units}, safety=kept))
    return plan(order, told, RATES, WEIGHTS, Limits(seconds=0, explain=False))


def compare(world: World, size: int, count: int, seed: int) -> tuple[list[str], list[str]]:
    """One network's table, and what it misses."""
    r = random.Random(seed * 1000 + size)
    places = network(world, size, r)
    by_code = {place.code: place for place in places}
    orders = [
        order_of(world, basket, places, str(n), r) for n, basket in enumerate(r.sample(world.baskets, count))
    ]
    orders = [order for order in orders if order.lines]
    ours = Tally()
    proven = 0
    gaps = []
    for order in orders:
        began = time.process_time()
        answer = plan(order, places, RATES, WEIGHTS)
        ours.add(answer, order, time.process_time() - began)
        proven += answer.trace.exact
        gaps.append(answer.trace.gap or D(0))
    tallies = {"Relay": ours}
    for name, rule in RULES.items():
        tally = tallies[name] = Tally()
        for order in orders:
            began = time.process_time()
            split = rule(order, places)
            took = time.process_time() - began
            tally.add(priced(order, split, by_code), order, took)
    lines = sum(len(order.lines) for order in orders) / len(orders)
    rows = [
        f"\n{size} locations, {len(orders)} orders, {lines:.1f} lines each on average; "
        f"proven: {proven / len(orders):.2%}, greatest gap {max(gaps):.4%}",
        "rule                         cost an order  ratio  splits  days  unfilled  p50 ms  p99 ms",
    ]
    missed, ratios = [], []
    for name, tally in tallies.items():
        both = [
            (a, b) for a, b in zip(ours.costs, tally.costs, strict=True) if a is not None and b is not None
        ]
        mine, theirs = sum(a for a, _ in both), sum(b for _, b in both)
        ratio = mine / theirs if theirs else D(1)
        if name != "Relay" and tally.filled == ours.filled:
            ratios.append(ratio)
        above = sum(a > b + D("0.001") for a, b in both)
        if above:
            missed.append(f"{size} locations: {above} orders dearer than by {name}")
        if name != "Relay" and any(
            a is None and b is not None for a, b in zip(ours.costs, tally.costs, strict=True)
        ):
            missed.append(f"{size} locations: {name} fills an order we do not")
        filled = max(1, tally.filled)
        rows.append(
            f"{name:<28} {theirs / max(1, len(both)):>13.2f} {ratio:>6.3f} {tally.splits / filled:>7.2f} "
            f"{tally.days / filled:>5.1f} {tally.unfilled:>9} {percentile(tally.milliseconds, 0.5):>7.2f} "
            f"{percentile(tally.milliseconds, 0.99):>7.2f}"
        )
    rows.append(f"ratio to the best rule that fills as many: {max(ratios, default=D(1)):.3f}")
    if proven < PROVEN * len(orders):
        missed.append(f"{size} locations: only {proven} of {len(orders)} proven")
    return rows, missed


def sized(world: World, seed: int, count: int) -> tuple[list[str], list[str]]:
    """Just 20 lines by 20 locations: the milliseconds of one plan, its trace included."""
    r = random.Random(seed * 1000 + 999)
    places = network(world, 20, r)
    long = [basket[:20] for basket in world.baskets if len(basket) >= 20]
    orders = [order_of(world, basket, places, str(n), r) for n, basket in enumerate(r.sample(long, count))]
    for order in orders[:20]:  # rate cards are read once in a process
        plan(order, places, RATES, WEIGHTS)
    took, busy, proven = [], [], 0
    for order in orders:
        began, worked = time.perf_counter(), time.process_time()
        answer = plan(order, places, RATES, WEIGHTS)
        took.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - worked) * 1000)
        proven += answer.trace.exact
    p99 = percentile(busy, 0.99)
    rows = [
        f"\n20 lines by 20 locations, {count} orders, proven {proven / count:.2%}: "
        f"CPU p50 {percentile(busy, 0.5):.2f} ms, p99 {p99:.2f} ms; "
        f"by the clock p50 {percentile(took, 0.5):.2f} ms, p99 {percentile(took, 0.99):.2f} ms"
    ]
    return rows, [f"p99 {p99:.1f} ms at 20 lines by 20 locations"] if p99 > P99_MS else []


def batch(world: World, count: int, seed: int) -> tuple[list[str], list[str]]:
    """So many waiting orders of up to 4 lines, stock for about nine tenths of what they want."""
    r = random.Random(seed * 1000 + 777)
    places = network(world, 20, r)
    orders, wanted = [], Counter[str]()
    for n in range(count):
        basket = r.choice(world.baskets)
        some = r.sample(basket, min(len(basket), r.choice([1, 1, 2, 3, 4])))
        lines = [
            Demand(str(line), sku, units, world.goods[sku].weight_g) for line, (sku, units) in enumerate(some)
        ]
        wanted.update({line.sku: line.quantity for line in lines})
        lat, lng = r.choice(world.customers)
        orders.append(
            Order(
                lines,
                Address("BR", latitude=lat, longitude=lng),
                "standard",
                NOW,
                promised=NOW + timedelta(days=r.choice([3, 5, 7, 10])),
                key=str(n),
                priority=r.choice([1, 5, 5, 5]),
            )
        )
    stock: list[dict[str, int]] = [{} for _ in places]
    for sku, units in sorted(wanted.items()):
        holders = r.sample(range(len(places)), r.randint(1, 6))
        for place in holders:
            stock[place][sku] = round(units * r.uniform(0.7, 1.1) / len(holders))
    places = [replace(place, stock=units) for place, units in zip(places, stock, strict=True)]
    began, worked = time.perf_counter(), time.process_time()
    answer = allocate(orders, places, RATES, WEIGHTS)
    took, busy = time.perf_counter() - began, time.process_time() - worked
    taken: Counter[tuple[str, str]] = Counter()
    for order, made in zip(orders, answer.plans, strict=True):
        skus = {line.line_id: line.sku for line in order.lines}
        taken.update(
            {(parcel.location, skus[line]): units for parcel in made.parcels for line, units in parcel.lines}
        )
    by_code = {place.code: place for place in places}
    over = [level for level, units in taken.items() if units > by_code[level[0]].stock.get(level[1], 0)]
    met = sum(len(contest.orders) for contest in answer.contests)
    exact = sum(contest.exact for contest in answer.contests)
    rows = [
        f"\n{count} waiting orders, 20 locations, {sum(wanted.values())} units wanted, "
        f"{sum(map(sum, (units.values() for units in stock)))} there: "
        f"{busy:.1f} s of CPU, {took:.1f} s by the clock",
        f"{answer.served} served, {answer.cost:.0f}; {len(answer.contests)} contests over {met} orders, "
        f"{exact} proven, "
        f"the largest {max((len(c.orders) for c in answer.contests), default=0)}; "
        f"gap to every served order having its own best {answer.gap:.3%}",
    ]
    for priority in (1, 5):
        asked = [n for n, order in enumerate(orders) if order.priority == priority]
        there = sum(bool(answer.plans[n].parcels) for n in asked)
        rows.append(f"priority {priority}: {there} of {len(asked)} served")
    missed = [f"{count} waiting orders took {busy:.0f} s"] if busy > BATCH_S else []
    return rows, missed + [f"{len(over)} levels overdrawn"] * bool(over)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--orders", type=int, default=400)
    parser.add_argument("--networks", type=int, nargs="*", default=[5, 20, 50])
    parser.add_argument("--waiting", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-fail", action="store_true")
    asked = parser.parse_args()
    world = read(asked.data, random.Random(asked.seed))
    gc.freeze()  # the files' rows are no part of what is measured
    missed = []
    for size in asked.networks:
        rows, more = compare(world, size, asked.orders, asked.seed)
        print("\n".join(rows), flush=True)
        missed += more
    rows, more = sized(world, asked.seed, asked.orders)
    print("\n".join(rows), flush=True)
    missed += more
    if asked.waiting:
        rows, more = batch(world, asked.waiting, asked.seed)
        print("\n".join(rows), flush=True)
        missed += more
    for one in missed:
        print("MISSED:", one)
    return 1 if missed and not asked.no_fail else 0


if __name__ == "__main__":
    sys.exit(main())
