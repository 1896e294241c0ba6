"""What can be sold of 50 SKUs over 50 locations, at 500,000 stock levels: one query, p95 within 15 ms.

    python bench/availability.py [--products 10000] [--locations 50] [--calls 300]

One product in a hundred is a kit of two. Every call asks for 50 SKUs drawn anew; the query is the one of
`GET /availability/`, timed at the database's client, beside the function that shapes its answer.
"""

import argparse
import os
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from ground import Ground, milliseconds, percentile

LIMIT = 0.015
FILL = """
INSERT INTO inventory_product (uid, sku, name, barcode, weight_g, length_mm, width_mm, height_mm, hs_code, requires,
  components, backorder, price_currency, created_at)
SELECT gen_random_uuid(), 'SKU-' || n, '{{"en": "Thing"}}', '', 100, 0, 0, 0, '', '{{}}',
  CASE WHEN n % 100 = 0 THEN jsonb_build_array(jsonb_build_object('sku', 'SKU-' || n - 1, 'quantity', 2),
                                               jsonb_build_object('sku', 'SKU-' || n - 2, 'quantity', 1))
       ELSE '[]' END, 'deny', '', now()
FROM generate_series(1, {products}) AS n;
INSERT INTO inventory_location (uid, code, name, kind, address, capabilities, priority, cutoff, timezone, working_days,
  active, closed_on, ships_to, created_at)
SELECT gen_random_uuid(), 'L' || n, 'L' || n, 'warehouse', '{{"country": "SA", "city": "Riyadh"}}', '{{}}', n, '14:00',
  'Asia/Riyadh', '{{0,1,2,3,4,5,6}}', true, '{{}}', '{{}}', now()
FROM generate_series(1, {locations}) AS n;
INSERT INTO inventory_stocklevel
  (product_id, location_id, on_hand, committed, damaged, quality_control, safety, incoming)
SELECT product.id, location.id, (product.id * 7 + location.id) % 40, 0, 0, 0, 0, 0
FROM inventory_product AS product CROSS JOIN inventory_location AS location WHERE product.components = '[]';
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=10_100)
    parser.add_argument("--locations", type=int, default=50)
    parser.add_argument("--calls", type=int, default=300)
    asked = parser.parse_args()
    with Ground("availability") as ground:
        with ground.connect() as connection:
            for statement in FILL.format(products=asked.products, locations=asked.locations).split(";\n"):
                if statement.strip():
                    connection.execute(statement.encode())
            connection.execute("VACUUM (ANALYZE)")
            [levels] = connection.execute("SELECT count(*) FROM inventory_stocklevel").fetchone() or (0,)
        os.environ.update(ground.environment)
        return measure(levels, asked)


def measure(levels: int, asked: argparse.Namespace) -> int:
    import django

    django.setup()
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from inventory.queries import Near, availability

    dice = random.Random(1)

    def draw() -> list[str]:
        return [f"SKU-{dice.randint(1, asked.products)}" for _ in range(50)]

    with CaptureQueriesContext(connection) as queries:
        availability([f"SKU-{n}" for n in range(1, 51)], Near("SA", "Riyadh"))
    taken = []
    for turn in range(-20, asked.calls):
        skus = draw()
        began = time.perf_counter()
        availability(skus, Near("SA", "Riyadh"))
        if turn >= 0:
            taken.append(time.perf_counter() - began)
    p50, p95 = percentile(taken, 0.5), percentile(taken, 0.95)
    print(f"{levels} levels, 50 SKUs over {asked.locations} locations, {len(queries)} query")
    print(f"p50 {milliseconds(p50)}, p95 {milliseconds(p95)} (limit {milliseconds(LIMIT)})")
    connection.close()
    return 1 if p95 > LIMIT or len(queries) > 1 else 0


if __name__ == "__main__":
    sys.exit(main())
