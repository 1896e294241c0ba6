"""How fast orders come in: two-line orders over REST, beside a floor of hand-written SQL doing the same rows.

    python bench/intake.py [--seconds 8] [--clients 1 4 8 16] [--worker]

The floor and the product run in turn on one database of this run: 10,000 SKUs × 5 locations, prepared statements,
one process a client. Ends with exit code 1 if a figure of the project is missed, unless --no-fail.
"""

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
from ground import Client, Ground, milliseconds, percentile

SKUS = 10_000
PLACES = 5
PER_LEVEL = 1_000_000
BATCH = 250
RATIO_SINGLE, RATIO_BATCH, SPREAD, STATEMENTS = 0.10, 0.30, 5.0, 12

SEED = f"""
INSERT INTO inventory_location (uid, code, name, kind, address, capabilities, priority, cutoff, timezone,
                                working_days, active, closed_on, ships_to, created_at)
SELECT gen_random_uuid(), 'L' || n, 'L' || n, 'warehouse',
       '{{"line1": "x", "city": "Riyadh", "country": "SA"}}', '{{}}', n, '14:00', 'Asia/Riyadh',
       '{{0,1,2,3,4,5,6}}', true, '{{}}', '{{}}', now()
FROM generate_series(1, {PLACES}) AS n;
INSERT INTO inventory_product (uid, sku, name, barcode, weight_g, length_mm, width_mm, height_mm, hs_code, requires,
                               components, backorder, price_currency, created_at)
SELECT gen_random_uuid(), 'SKU-' || n, '{{"en": "Thing"}}', '', 100, 0, 0, 0, '', '{{}}', '[]', 'deny', '', now()
FROM generate_series(1, {SKUS}) AS n;
INSERT INTO inventory_stocklevel (product_id, location_id, on_hand, committed, damaged, quality_control, safety,
                                  incoming)
SELECT product.id, location.id, {PER_LEVEL}, 0, 0, 0, 0, 0
FROM inventory_product AS product, inventory_location AS location;
INSERT INTO inventory_movement (at, product_id, location_id, state, change, after, cause, reference, actor, reason)
SELECT now(), product_id, location_id, 'on_hand', {PER_LEVEL}, {PER_LEVEL}, 'adjusted', '', 'bench', 'seed'
FROM inventory_stocklevel;
ANALYZE;
"""

FLOOR_CUSTOMER = """
INSERT INTO orders_customer (id, name, email, phone, email_key, phone_key, created_at)
VALUES (%s, 'Sara Ahmad', %s, '', %s, NULL, now()) ON CONFLICT DO NOTHING
"""
FLOOR_ORDER = """
INSERT INTO orders_order (id, channel_id, external_id, fingerprint, currency, language, placed_at, created_at,
  updated_at, version, customer_id, customer_name, customer_email, customer_phone, name_key, email_key, phone_key,
  shipping_address, country, prices_include_tax, shipping_service, shipping_price, shipping_tax_rate, shipping_tax,
  delivery_kind, delivery_location_code, delivery_slot, note, gift_message, tags, metadata, tracking_token, items,
  discount, shipping, tax, placed_total, total, credited, paid, status, stage, payment_status, fulfillment_status,
  return_status, returns_open)
VALUES (%s, %s, %s, %s, 'SAR', 'en', now(), now(), now(), 1, %s, 'Sara Ahmad', %s, '', 'sara ahmad', %s, '', %s,
  'SA', true, 'standard', 25, 0.15, 3.26, 'ship', '', '', '', '', '{}', '{}', %s, 30, 0, 25, 7.17, 55, 55, 0, 55,
  'open', 'placed', 'paid', 'unfulfilled', 'none', 0)
RETURNING number
"""
FLOOR_SOURCE = "INSERT INTO orders_ordersource (order_id, payload) VALUES (%s, %s)"
FLOOR_LINE = """
INSERT INTO orders_line (id, order_id, position, product_id, sku, quantity, unit_price, discount, tax_rate, tax,
  total, reserved, backordered, allocated, picked, packed, shipped, delivered, cancelled, returned)
VALUES (%s, %s, 1, %s, %s, 1, 10, 0, 0.15, 1.30, 10, 1, 0, 0, 0, 0, 0, 0, 0, 0),
       (%s, %s, 2, %s, %s, 2, 10, 0, 0.15, 2.61, 20, 2, 0, 0, 0, 0, 0, 0, 0, 0)
"""
FLOOR_PAYMENT = """
INSERT INTO orders_payment (id, order_id, kind, method, provider, amount, reference, at, actor)
VALUES (%s, %s, 'capture', 'card', 'stripe', 55, 'pi_1', now(), 'bench')
"""
FLOOR_LOCK = """
SELECT id, product_id, location_id, on_hand - committed - damaged - quality_control - safety
FROM inventory_stocklevel WHERE product_id IN (%s, %s) ORDER BY id FOR NO KEY UPDATE
"""
FLOOR_COMMIT = """
UPDATE inventory_stocklevel AS level SET committed = committed + taken.quantity
FROM (VALUES (%s::bigint, 1), (%s::bigint, 2)) AS taken (id, quantity) WHERE level.id = taken.id
"""
FLOOR_RESERVE = """
INSERT INTO inventory_reservation (owner, line, product_id, location_id, quantity, created_at)
VALUES (%s, %s, %s, %s, 1, now()), (%s, %s, %s, %s, 2, now())
"""
FLOOR_EVENT = """
WITH told AS (
  INSERT INTO core_event (at, kind, subject, thread, actor, channel_id, request_id, data)
  VALUES (now(), 'order.placed', %s, %s, 'bench', %s, '', '{"version": 1}') RETURNING id, at
)
INSERT INTO core_outbox (event_id, event_at, kind, handler, attempts, next_try_at, last_error)
SELECT id, at, 'order.placed', '', 0, at, '' FROM told
"""
FLOOR_KEY = """
INSERT INTO core_idempotencykey (owner, route, key, body_sha256, status, headers, body, created_at)
VALUES ('bench', '/api/v1/orders/', %s, %s, 201, '{}', %s, now())
"""
ADDRESS = {"name": "Sara Ahmad", "line1": "King Fahd Road 1", "city": "Riyadh", "country": "SA"}


@dataclass
class Result:
    """What one round of clients did: latencies in seconds, and how long the round took."""

    done: int
    seconds: float
    latencies: list[float]
    errors: int = 0

    @property
    def rate(self) -> float:
        return self.done / self.seconds


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=8.0, help="of each round")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 8, 16])
    parser.add_argument("--worker", action="store_true", help="one worker runs beside, as in life")
    parser.add_argument("--no-batch", action="store_true")
    parser.add_argument("--no-fail", action="store_true", help="report only")
    parser.add_argument("--count-statements", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.count_statements:
        count_statements(asked.count_statements)
        return 0
    with Ground("intake") as ground:
        with ground.connect() as connection:
            connection.execute(SEED)
        key = ground.key("--channel", "bench")
        port = ground.web()
        if asked.worker:
            ground.worker()
            ground.beat()
        return measure(ground, port, key, asked)


def measure(ground: Ground, port: int, key: str, asked: argparse.Namespace) -> int:
    counted = statements(ground, key)
    print(f"SQL statements an order: {counted[2]} for 2 lines, {counted[700]} for 700")
    rounds(rest_client, (port, key), 4, 2.0)  # both web processes have loaded and connected
    floor = rounds(floor_client, (ground.database,), 8, asked.seconds)
    show("floor, SQL by hand", 8, floor, None)
    missed = []
    for clients in asked.clients:
        result, cpu = watched(ground, rest_client, (port, key), clients, asked.seconds)
        show("POST /orders/", clients, result, floor, cpu)
        if clients == 8:
            spread = percentile(result.latencies, 0.99) / percentile(result.latencies, 0.5)
            missed += ["single"] * (result.rate < RATIO_SINGLE * floor.rate) + ["p99"] * (spread > SPREAD)
        missed += ["errors"] * bool(result.errors)
    if not asked.no_batch:
        best = 0.0
        for clients in (1, 2, 4):
            result, cpu = watched(ground, batch_client, (port, key), clients, asked.seconds)
            show(f"POST /orders/batch/ at {BATCH}", clients, result, floor, cpu)
            best = max(best, result.rate)
            missed += ["errors"] * bool(result.errors)
        missed += ["batch"] * (best < RATIO_BATCH * floor.rate)
    missed += ["statements"] * (counted[2] != counted[700] or counted[2] > STATEMENTS)
    again = rounds(floor_client, (ground.database,), 8, asked.seconds)
    show("floor again", 8, again, None)
    print(f"Missed: {', '.join(dict.fromkeys(missed))}" if missed else "Every figure is met.")
    return 1 if missed and not asked.no_fail else 0


def watched(
    ground: Ground, client: Callable[..., Any], how: tuple[Any, ...], clients: int, seconds: float
) -> tuple[Result, str]:
    """A round and the processor time an order of it took."""
    before_app, before_db = ground.cpu_of("web"), ground.cpu_of_database()
    result = rounds(client, how, clients, seconds)
    app, after_db = ground.cpu_of("web") - before_app, ground.cpu_of_database()
    database = sum(after_db[p] - before_db.get(p, 0) for p in after_db)
    each = 1000 / max(1, result.done)
    return result, f"CPU {app * each:.2f} ms app, {database * each:.2f} ms PostgreSQL an order"


def show(what: str, clients: int, result: Result, floor: Result | None, more: str = "") -> None:
    ratio = f"{result.rate / floor.rate:.3f} of the floor" if floor else " " * 18
    p50, p99 = percentile(result.latencies, 0.5), percentile(result.latencies, 0.99)
    failed = f", {result.errors} FAILED" if result.errors else ""
    print(
        f"{what:26} {clients:3} clients {result.rate:8.1f} /s  {ratio}  p50 {milliseconds(p50)}  "
        f"p99 {milliseconds(p99)}  {more}{failed}",
        flush=True,
    )


def rounds(client: Callable[..., Any], how: tuple[Any, ...], clients: int, seconds: float) -> Result:
    """`clients` processes that start together and run for `seconds`."""
    context = multiprocessing.get_context("fork")
    start = context.Barrier(clients)
    answers: Any = context.Queue()
    processes = [
        context.Process(target=run_client, args=(client, how, start, answers, seconds, n))
        for n in range(clients)
    ]
    for process in processes:
        process.start()
    got = [answers.get(timeout=seconds + 180) for _ in processes]
    for process in processes:
        process.join()
    broken = [error for *_, error in got if error]
    if broken:
        raise SystemExit(broken[0])
    return Result(
        sum(done for done, *_ in got),
        max(took for _, took, *_ in got),
        [latency for _, _, latencies, *_ in got for latency in latencies],
        sum(errors for _, _, _, errors, _ in got),
    )


def run_client(
    client: Callable[..., Any], how: tuple[Any, ...], start: Any, answers: Any, seconds: float, number: int
) -> None:
    random.seed(number)
    try:
        call, weight = client(*how)
        latencies, errors = [], 0
        start.wait()
        began = time.perf_counter()
        while (now := time.perf_counter()) - began < seconds:
            if call():
                latencies.append(time.perf_counter() - now)
            else:
                errors += 1
        answers.put((len(latencies) * weight, time.perf_counter() - began, latencies, errors, ""))
    except Exception as error:
        start.abort()
        answers.put((0, 1.0, [], 1, f"{type(error).__name__}: {error}"))


def rest_client(port: int, key: str) -> tuple[Callable[[], bool], int]:
    client = Client(port, key)

    def call() -> bool:
        status, answer = client.call("POST", "/api/v1/orders/", json.dumps(order()).encode())
        return status == 201 or complain(status, answer)

    return call, 1


def batch_client(port: int, key: str) -> tuple[Callable[[], bool], int]:
    client = Client(port, key)

    def call() -> bool:
        body = json.dumps({"items": [order() for _ in range(BATCH)]}).encode()
        status, answer = client.call("POST", "/api/v1/orders/batch/", body)
        fine = status == 207 and answer.count(b'"status":201') == BATCH
        return fine or complain(status, answer)

    return call, BATCH


def complain(status: int, answer: bytes) -> bool:
    print(f"{status}: {answer[:300]!r}", file=sys.stderr)
    return False


def order(lines: int = 2) -> dict[str, Any]:
    """A paid order of random SKUs from one of very many customers."""
    chosen = random.sample(range(1, SKUS + 1), lines)
    number = uuid.uuid4().hex
    quantities = [1 + i % 2 for i in range(lines)]
    return {
        "external_id": number,
        "placed_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "currency": "SAR",
        "language": "en",
        "customer": {"name": "Sara Ahmad", "email": f"{number[:12]}@example.com"},
        "shipping_address": ADDRESS,
        "lines": [
            {"sku": f"SKU-{sku}", "quantity": quantity, "unit_price": "10.00", "tax_rate": "0.15"}
            for sku, quantity in zip(chosen, quantities, strict=True)
        ],
        "shipping": {"service": "standard", "price": "25.00", "tax_rate": "0.15"},
        "payments": [
            {
                "method": "card",
                "provider": "stripe",
                "state": "captured",
                "amount": f"{25 + 10 * sum(quantities)}.00",
                "reference": f"pi_{number}",
            }
        ],
    }


def floor_client(database: str) -> tuple[Callable[[], bool], int]:
    """The same rows by plain statements on one connection, prepared after their fifth use."""
    connection = psycopg.connect(database, autocommit=True)
    [channel] = connection.execute("SELECT id FROM core_channel WHERE code = 'bench'").fetchone() or [0]
    products = connection.execute("SELECT id, sku FROM inventory_product").fetchall()
    address = json.dumps(ADDRESS)
    payload = json.dumps(order())
    sha256, body = os.urandom(32), b"x" * 1200

    def call() -> bool:
        (first, first_sku), (second, second_sku) = random.sample(products, 2)
        order_id, customer, one, two = (uuid.uuid4() for _ in range(4))
        name = uuid.uuid4().hex
        email = f"{name[:12]}@example.com"
        with connection.transaction():
            run = connection.execute
            run(FLOOR_CUSTOMER, [customer, email, email])
            placed = run(
                FLOOR_ORDER, [order_id, channel, name, sha256, customer, email, email, address, name[:22]]
            ).fetchone()
            run(FLOOR_SOURCE, [order_id, payload])
            run(FLOOR_LINE, [one, order_id, first, first_sku, two, order_id, second, second_sku])
            run(FLOOR_PAYMENT, [uuid.uuid4(), order_id])
            levels = run(FLOOR_LOCK, [first, second]).fetchall()
            a = next(level for level in levels if level[1] == first and level[3] >= 1)
            b = next(level for level in levels if level[1] == second and level[3] >= 2)
            run(FLOOR_COMMIT, [a[0], b[0]])
            run(FLOOR_RESERVE, [order_id, one, first, a[2], order_id, two, second, b[2]])
            subject = f"order/{placed[0] if placed else 0}"
            run(FLOOR_EVENT, [subject, subject, channel])
            run(FLOOR_KEY, [name, sha256, body])
        return True

    return call, 1


def statements(ground: Ground, key: str) -> dict[int, int]:
    """Statements of one POST /orders/ by lines, counted inside a process of the product's own."""
    command = [sys.executable, "-W", "ignore", __file__, "--count-statements", key]
    done = subprocess.run(command, env=ground.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return {int(lines): count for lines, count in json.loads(done.stdout.splitlines()[-1]).items()}


def count_statements(key: str) -> None:
    import django

    django.setup()
    from django.db import connection
    from django.test import Client as Inside
    from django.test.utils import CaptureQueriesContext

    inside = Inside(headers={"Authorization": f"Bearer {key}"})

    def post(lines: int) -> int:
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        with CaptureQueriesContext(connection) as captured:
            answer = inside.post(
                "/api/v1/orders/", json.dumps(order(lines)), "application/json", headers=headers
            )
        assert answer.status_code == 201, answer.content
        return len([q for q in captured if q["sql"] not in ("BEGIN", "COMMIT")])

    post(2)  # the key is looked up once and remembered for seconds
    print(json.dumps({lines: post(lines) for lines in (2, 700)}))


if __name__ == "__main__":
    sys.exit(main())
