"""Do lists stay quick as orders pile up? Reads of 10,000 and of 500,000 orders, in turn on the same machine.

    python bench/lists.py [--small 10000] [--large 500000] [--calls 200]

Two databases of one server are filled by SQL; each read is asked of both, one after the other, so that what
else the machine does meets both alike. Prints p50, p95, their ratio and the number of queries of each; exits
with 1 when p95 grows by more than 1.5, the newest 50 take more than 15 ms at p50, or queries depend on the rows.
"""

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from ground import Client, Ground, milliseconds, percentile

GROWTH, NEWEST = 1.5, 0.015
FIRST = ["Sara", "Omar", "Layla", "Reza", "Noor", "Ali", "Maryam", "Yusuf", "Huda", "Zainab"]
LAST = ["Ahmad", "Haddad", "Karimi", "Otaibi", "Rahimi", "Saleh", "Mansour", "Jaber", "Qasim", "Najjar"]

# Half a year of orders: most are completed, some open on every stage, some cancelled, one in twenty held.
FILL = f"""
INSERT INTO inventory_product (uid, sku, name, barcode, weight_g, length_mm, width_mm, height_mm, hs_code, requires,
                               components, backorder, price_currency, created_at)
SELECT gen_random_uuid(), 'SKU-' || n, '{{"en": "Thing"}}', '', 100, 0, 0, 0, '', '{{}}', '[]', 'deny', '', now()
FROM generate_series(1, 1000) AS n;
CREATE TEMP TABLE person AS
SELECT gen_random_uuid() AS id, n, ('{{{",".join(FIRST)}}}'::text[])[1 + n % 10] || ' '
       || ('{{{",".join(LAST)}}}'::text[])[1 + n / 10 % 10] || ' ' || n AS name
FROM generate_series(0, greatest(1, ORDERS / 5)) AS n;
INSERT INTO orders_customer (id, name, email, phone, email_key, phone_key, created_at)
SELECT id, name, 'customer' || n || '@example.com', '', 'customer' || n || '@example.com', '+9665' || (10000000 + n),
       now()
FROM person;
INSERT INTO orders_nameword (customer_id, word)
SELECT id, unnest(string_to_array(lower(name), ' ')) FROM person;
CREATE TEMP TABLE made AS
SELECT gen_random_uuid() AS id, serial AS n, person.id AS customer, person.n AS customer_number, person.name,
       now() - interval '180 days' * (1 - serial::float / ORDERS) AS at,
       CASE WHEN serial % 20 < 13 THEN 'completed' WHEN serial % 20 < 15 THEN 'cancelled'
            WHEN serial % 20 = 15 THEN 'held' WHEN serial % 20 < 18 THEN 'allocated' ELSE 'placed' END AS stage
FROM generate_series(1, ORDERS) AS serial JOIN person ON person.n = serial::bigint * 7919 % (ORDERS / 5 + 1);
INSERT INTO orders_order (id, channel_id, external_id, fingerprint, currency, language, placed_at, created_at,
  updated_at, version, customer_id, customer_name, customer_email, customer_phone, name_key, email_key, phone_key,
  shipping_address, country, prices_include_tax, shipping_service, shipping_price, shipping_tax_rate, shipping_tax,
  delivery_kind, delivery_location_code, delivery_slot, note, gift_message, tags, metadata, tracking_token, items,
  discount, shipping, tax, placed_total, total, credited, paid, status, stage, payment_status, fulfillment_status,
  return_status, returns_open)
SELECT id, (SELECT id FROM core_channel WHERE code = 'shop'), 'X-' || n, '\\x00', 'SAR', 'en', at, at, at, 1,
  customer, name, 'customer' || customer_number || '@example.com', '', lower(name),
  'customer' || customer_number || '@example.com', '+9665' || (10000000 + customer_number),
  '{{"line1": "King Fahd Road 1", "city": "Riyadh", "country": "SA"}}', 'SA', true, 'standard', 25, 0.15, 3.26,
  'ship', '', '', '', '', '{{}}', '{{}}', id::text::varchar(32), 30, 0, 25, 7.17, 55,
  CASE stage WHEN 'cancelled' THEN 0 ELSE 55 END, 0, 55,
  CASE WHEN stage IN ('completed', 'cancelled') THEN stage ELSE 'open' END, stage, 'paid',
  CASE stage WHEN 'completed' THEN 'fulfilled' ELSE 'unfulfilled' END, 'none', 0
FROM made ORDER BY n;
INSERT INTO orders_ordersource (order_id, payload) SELECT id, '{{}}' FROM made;
INSERT INTO orders_line (id, order_id, position, product_id, sku, quantity, unit_price, discount, tax_rate, tax,
  total, reserved, backordered, allocated, picked, packed, shipped, delivered, cancelled, returned)
SELECT gen_random_uuid(), made.id, position, product.id, product.sku, 1, 15, 0, 0.15, 1.96, 15,
  (stage NOT IN ('completed', 'cancelled'))::int, 0, (stage = 'allocated')::int, 0, 0, (stage = 'completed')::int,
  (stage = 'completed')::int, (stage = 'cancelled')::int, 0
FROM made CROSS JOIN generate_series(1, 2) AS position
JOIN inventory_product AS product ON product.sku = 'SKU-' || (1 + (made.n * position) % 1000);
INSERT INTO orders_payment (id, order_id, kind, method, provider, amount, reference, at, actor)
SELECT gen_random_uuid(), id, 'capture', 'card', 'stripe', 55, 'pi', at, 'bench' FROM made;
INSERT INTO orders_hold (id, order_id, reason, note, since, placed_by, released_by)
SELECT gen_random_uuid(), id, 'manual', '', at, 'bench', '' FROM made WHERE stage = 'held';
"""
SAMPLE = """
SELECT id, number, external_id, email_key, phone_key, name_key, placed_at FROM orders_order
ORDER BY number OFFSET %s LIMIT 1
"""
READS = [
    "newest 50",
    "status=open",
    "status=open,cancelled",
    "stage=held",
    "q=number",
    "q=external id",
    "q=e-mail",
    "q=phone",
    "q=beginning of one name",
    "q=beginning of many names",
    "deep cursor",
    "one order",
]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=500_000)
    parser.add_argument("--calls", type=int, default=200, help="of each read on each size")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-fail", action="store_true", help="report only")
    parser.add_argument("--count-queries", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.count_queries:
        count_queries(*asked.count_queries)
        return 0
    with Ground("small") as small, Ground("large", beside=small) as large:
        sizes = {asked.small: small, asked.large: large}
        clients = {size: fill(ground, size) for size, ground in sizes.items()}
        return measure(sizes, clients, asked)


def fill(ground: Ground, orders: int) -> Client:
    began = time.perf_counter()
    key = ground.key("--channel", "shop")
    with ground.connect() as connection:
        connection.execute("SET synchronous_commit = off")
        for statement in FILL.replace("ORDERS", str(orders)).split(";\n"):
            if statement.strip():
                connection.execute(statement.encode())
        connection.execute("VACUUM (ANALYZE)")
    print(f"{orders} orders made in {time.perf_counter() - began:.0f} s", flush=True)
    return Client(ground.web(1), key)


def measure(sizes: dict[int, Ground], clients: dict[int, Client], asked: argparse.Namespace) -> int:
    paths = {size: reads(ground, clients[size], size, asked.seed) for size, ground in sizes.items()}
    queries = {size: queries_of(ground, clients[size].key, paths[size]) for size, ground in sizes.items()}
    missed = []
    print(f"{'':28}{'p50':>20}{'p95':>22}{'ratio of p95':>14}{'queries':>10}")
    for name in READS:
        taken: dict[int, list[float]] = {size: [] for size in sizes}
        for turn in range(-20, asked.calls):
            for size, client in clients.items():
                path = paths[size][name]()
                began = time.perf_counter()
                status, answer = client.call("GET", path)
                if turn >= 0:
                    taken[size].append(time.perf_counter() - began)
                if status != 200 or b'"data":[]' in answer:
                    raise SystemExit(f"{path}: {status} {answer[:300]!r}")
        small, large = (taken[size] for size in sizes)
        growth = percentile(large, 0.95) / percentile(small, 0.95)
        counts = [queries[size][name] for size in sizes]
        p50 = f"{milliseconds(percentile(small, 0.5))} → {milliseconds(percentile(large, 0.5))}"
        p95 = f"{milliseconds(percentile(small, 0.95))} → {milliseconds(percentile(large, 0.95))}"
        print(f"{name:28}{p50:>20}{p95:>22}{growth:14.2f}{'/'.join(map(str, counts)):>10}", flush=True)
        missed += [name] * (growth > GROWTH or counts[0] != counts[1])
        if name == "newest 50" and percentile(large, 0.5) > NEWEST:
            missed.append(f"{name} within {milliseconds(NEWEST)}")
    print(f"Missed: {', '.join(missed)}" if missed else "Every figure is met.")
    return 1 if missed and not asked.no_fail else 0


def reads(ground: Ground, client: Client, orders: int, seed: int) -> dict[str, Callable[[], str]]:
    """Addresses by name of the read; each call draws another order of this size."""
    chance = random.Random(seed)
    with ground.connect() as connection:
        drawn = [connection.execute(SAMPLE, [chance.randrange(orders)]).fetchone() for _ in range(60)]
        nearly_last = connection.execute(SAMPLE, [orders // 10]).fetchone()
    assert nearly_last is not None
    # A cursor of the server's own, nine tenths down the list.
    until = quote(nearly_last[6].isoformat())
    _, page = client.get(f"/api/v1/orders/?placed_at.lte={until}&limit=1")
    deep = page["next_cursor"]

    def q(column: int) -> Callable[[], str]:
        return lambda: f"/api/v1/orders/?q={quote(str(chance.choice(drawn)[column]))}"  # type: ignore[index]

    return {
        "newest 50": lambda: "/api/v1/orders/?limit=50",
        "status=open": lambda: "/api/v1/orders/?status=open",
        "status=open,cancelled": lambda: "/api/v1/orders/?status=open,cancelled",
        "stage=held": lambda: "/api/v1/orders/?stage=held",
        "q=number": q(1),
        "q=external id": q(2),
        "q=e-mail": q(3),
        "q=phone": q(4),
        "q=beginning of one name": q(5),
        "q=beginning of many names": lambda: f"/api/v1/orders/?q={chance.choice(FIRST).lower()}",
        "deep cursor": lambda: f"/api/v1/orders/?limit=50&cursor={deep}",
        "one order": lambda: f"/api/v1/orders/{chance.choice(drawn)[0]}/",  # type: ignore[index]
    }


def queries_of(ground: Ground, key: str, paths: dict[str, Callable[[], str]]) -> dict[str, int]:
    """Queries of each read, counted inside a process of the product's own."""
    command = [
        sys.executable,
        "-W",
        "ignore",
        __file__,
        "--count-queries",
        key,
        *(paths[name]() for name in READS),
    ]
    done = subprocess.run(command, env=ground.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return dict(zip(READS, json.loads(done.stdout.splitlines()[-1]), strict=True))


def count_queries(key: str, *paths: str) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client as Inside
    from django.test.utils import CaptureQueriesContext

    inside = Inside(headers={"Authorization": f"Bearer {key}"})

    def get(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            answer: Any = inside.get(path)
        assert answer.status_code == 200, answer.content
        return len(captured)

    get(paths[0])  # the key is looked up once and remembered for seconds
    print(json.dumps([get(path) for path in paths]))


if __name__ == "__main__":
    sys.exit(main())
