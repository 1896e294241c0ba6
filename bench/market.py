"""What the routing bench sells: real baskets, real places and weights, a rate card, and drawn stock.

DATA holds `uci/online_retail_train.parquet` (baskets), and of Olist's `olist/` `orders_train.parquet` (where
customers live), `sellers.parquet` (where locations stand) and `products.parquet` (weights and sizes). Stock is
drawn: one location in four is a warehouse with most SKUs, the rest are shops with some; an order asks only for
what is there.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet

from fulfillment.routing import Address, Demand, LocationState, Order, Rate
from fulfillment.routing.distance import km

D = Decimal
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # a Sunday, 9:00 in São Paulo
SKUS = 2_000

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
