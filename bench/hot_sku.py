"""How fast one SKU sells when everybody wants it: from its level's row, and from slots, in the same run.

    python bench/hot_sku.py [--seconds 5] [--clients 16] [--rounds 3] [--no-orders]

Three roads, each with both: the product's statements by hand (what PostgreSQL can do), `stock.reserve`, and whole
orders as the API places them. Rounds of both kinds alternate, one process a client, medians are compared. Then all
clients sell out what they sell in half a round. PostgreSQL is started as `make run` starts it, unless DATABASE_URL
names one. Exit code 1 when slots are too slow in SQL, or units are oversold, refused while some are left, or
deadlocked over (--no-fail).
"""

import argparse
import json
import os
import random
import sys
import uuid
from collections.abc import Callable
from statistics import median
from typing import Any

import psycopg
from ground import Ground
from intake import Result, order, rounds

AIM = 2.5
SETTINGS = (
    "server_version",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_sync_method",
    "shared_buffers",
)
SEED = """
INSERT INTO inventory_location (uid, code, name, kind, address, capabilities, priority, cutoff, timezone,
                                working_days, active, closed_on, ships_to, created_at)
SELECT gen_random_uuid(), 'L' || n, 'L' || n, 'warehouse', '{"line1": "x", "city": "Riyadh", "country": "SA"}', '{}',
       n, '14:00', 'Asia/Riyadh', '{0,1,2,3,4,5,6}', true, '{}', '{}', now()
FROM generate_series(1, 1) AS n;
INSERT INTO inventory_product (uid, sku, name, barcode, weight_g, length_mm, width_mm, height_mm, hs_code, requires,
                               components, backorder, price_currency, created_at)
SELECT gen_random_uuid(), sku, '{"en": "Thing"}', '', 100, 0, 0, 0, '', '{}', '[]', 'deny', '', now()
FROM unnest(ARRAY['ROW', 'SLOTS', 'LAST']) AS sku;
INSERT INTO inventory_stocklevel (product_id, location_id, on_hand, committed, damaged, quality_control, safety,
                                  incoming)
SELECT product.id, location.id, 200000000, 0, 0, 0, 0, 0
FROM inventory_product AS product, inventory_location AS location WHERE product.sku <> 'LAST';
INSERT INTO inventory_movement (at, product_id, location_id, state, change, after, cause, reference, actor, reason)
SELECT now(), product_id, location_id, 'on_hand', on_hand, on_hand, 'adjusted', '', 'bench', 'seed'
FROM inventory_stocklevel;
INSERT INTO inventory_rush (product_id, since, until, by_staff, started_by)
SELECT id, now(), now() + interval '1 day', true, 'bench' FROM inventory_product WHERE sku <> 'ROW';
"""
Road = Callable[..., tuple[Callable[[], bool], int]]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3, help="of each kind")
    parser.add_argument("--no-orders", action="store_true")
    parser.add_argument("--no-fail", action="store_true", help="report only")
    asked = parser.parse_args()
    with Ground("hot_sku") as ground:
        with ground.connect() as connection:
            connection.execute(SEED)
        key = ground.key("--channel", "bench")
        os.environ.update(ground.environment)
        return measure(ground, key, asked)


def measure(ground: Ground, key: str, asked: argparse.Namespace) -> int:
    import django

    django.setup()
    from django.db import connections

    with ground.connect() as connection:
        ids = dict(connection.execute("SELECT sku, id FROM inventory_product").fetchall())
        said = [f"{name} {connection.execute(f'SHOW {name}').fetchone()[0]}" for name in SETTINGS]  # type: ignore[index]
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(
        f"PostgreSQL: {', '.join(said)}\n{os.cpu_count()} cores, load {load}, {asked.clients} clients",
        flush=True,
    )
    # The first buyer deals the slots; what is loaded now need not be loaded in every client.
    reserving_client(ids["SLOTS"], True)[0]()
    if not asked.no_orders:
        order_client("ROW", key)[0]()
    connections.close_all()
    missed = []
    _, ratio = compare("SQL", sql_client, ("ROW", "SLOTS"), (ground.database, ids), asked)
    missed += [f"{ratio:.2f} in SQL, not {AIM}"] * (ratio < AIM)
    rate, _ = compare("stock.reserve", product_client, ("ROW", "SLOTS"), (ids,), asked)
    if not asked.no_orders:
        compare("orders", order_client, ("ROW", "SLOTS"), (key,), asked)
    missed += sell_out(ground, ids["LAST"], max(100, int(rate * asked.seconds / 2)), asked)
    missed += broken(ground)
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(
        f"Load at the end {load}. " + (f"Missed: {', '.join(missed)}" if missed else "Every figure is met.")
    )
    return 1 if missed and not asked.no_fail else 0


def compare(
    what: str, road: Road, skus: tuple[str, str], how: tuple[Any, ...], asked: argparse.Namespace
) -> tuple[float, float]:
    """Rounds of both kinds in turn; the median rate with slots, and its ratio to the one row's."""
    rates: dict[str, list[Result]] = {sku: [] for sku in skus}
    for _ in range(asked.rounds):
        for sku in skus:
            rates[sku].append(rounds(road, (sku, *how), asked.clients, asked.seconds))
    row, slots = (median(result.rate for result in rates[sku]) for sku in skus)
    errors = sum(result.errors for results in rates.values() for result in results)
    failed = f", {errors} REFUSED" if errors else ""
    print(
        f"{what:14} one row {row:8.1f} /s   slots {slots:8.1f} /s   ratio {slots / row:.2f}{failed}",
        flush=True,
    )
    return slots, slots / row


def sql_client(sku: str, database: str, ids: dict[str, int]) -> tuple[Callable[[], bool], int]:
    """The statements of `stock.reserve` on one connection, prepared; a reservation a transaction."""
    from inventory.slots import _TAKE
    from inventory.stock.reserving import _COMMIT, _KEEP, _LOCK_CANDIDATES

    connection = psycopg.connect(database, autocommit=True, prepare_threshold=0)
    product = ids[sku]
    write = _COMMIT.rstrip() + _KEEP

    def call() -> bool:
        run = connection.execute
        with connection.transaction():
            if sku == "ROW":
                level = run(_LOCK_CANDIDATES, [[product], []]).fetchone()
                place, changed = level[2], [{"id": level[0], "quantity": 1}]  # type: ignore[index]
            else:
                run("SAVEPOINT before_slots")
                ask = json.dumps([{"product_id": product, "location_id": None, "units": 1}])
                took = run(_TAKE, [ask]).fetchone()
                if took is None:
                    return False
                place, changed = took[1], []
            row = {"owner": str(uuid.uuid4()), "line": str(uuid.uuid4()), "product_id": product}
            row |= {"location_id": place, "quantity": 1, "per_unit": 1}
            run(write, [json.dumps(changed), None, json.dumps([row])])
        return True

    return call, 1


def product_client(sku: str, ids: dict[str, int]) -> tuple[Callable[[], bool], int]:
    return reserving_client(ids[sku], sku != "ROW")


def reserving_client(product: int, hot: bool) -> tuple[Callable[[], bool], int]:
    """The product's own function, one unit a transaction; True where it was kept."""
    from django.db import transaction

    from inventory import stock

    def call() -> bool:
        owner = uuid.uuid4()
        with transaction.atomic():
            outcome = stock.reserve(
                {owner: [stock.Want(uuid.uuid4(), product, 1)]}, hot={product} if hot else ()
            )[owner]
        return not outcome.short

    return call, 1


def order_client(sku: str, key: str) -> tuple[Callable[[], bool], int]:
    """POST /orders/ inside the process: all of the product, nothing of the network."""
    from django.test import Client

    inside = Client(headers={"Authorization": f"Bearer {key}"})

    def call() -> bool:
        body = order(1)
        body["lines"][0]["sku"] = sku
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        return bool(
            inside.post("/api/v1/orders/", json.dumps(body), "application/json", headers=headers).status_code
            == 201
        )

    return call, 1


def last_client(product: int, database: str) -> tuple[Callable[[], bool], int]:
    """Buys one to three units; when refused, looks whether there were enough: units never come back here."""
    from django.db import transaction

    from inventory import stock

    connection = psycopg.connect(database, autocommit=True)
    left = """
        SELECT on_hand - committed + (SELECT coalesce(sum(free), 0) FROM inventory_slot WHERE level_id = level.id)
        FROM inventory_stocklevel AS level WHERE product_id = %s ORDER BY location_id LIMIT 1"""

    def call() -> bool:
        owner, units = uuid.uuid4(), random.choice((1, 1, 1, 2, 3))
        with transaction.atomic():
            outcome = stock.reserve({owner: [stock.Want(uuid.uuid4(), product, units)]}, hot={product})[owner]
        if outcome.short:
            [there] = connection.execute(left, [product]).fetchone() or (0,)
            if there >= units:
                raise RuntimeError(f"A false sold out: {units} asked, {there} left")
        return not outcome.short

    return call, 1


def sell_out(ground: Ground, product: int, units: int, asked: argparse.Namespace) -> list[str]:
    """All clients sell so many units until long after their end."""
    arrive(product, units)
    before = deadlocks(ground)
    result = rounds(last_client, (product, ground.database), asked.clients, asked.seconds)
    with ground.connect() as connection:
        [sold] = connection.execute(
            "SELECT coalesce(sum(quantity), 0) FROM inventory_reservation WHERE product_id = %s", [product]
        ).fetchone() or (0,)
        [stock] = connection.execute(
            "SELECT sum(on_hand) FROM inventory_stocklevel WHERE product_id = %s", [product]
        ).fetchone() or (0,)
    locked = deadlocks(ground) - before
    print(
        f"sold out        {sold} of {stock} units sold to {result.done} buyers, {result.errors} told sold out: "
        f"0 falsely, {max(0, sold - stock)} oversold, {locked} deadlocks",
        flush=True,
    )
    return ["all sold"] * (sold != stock) + ["deadlocks"] * bool(locked)


def arrive(product: int, units: int) -> None:
    from django.db import connections

    from inventory import stock
    from inventory.models import Location

    coming = stock.Incoming(product, Location.objects.get().pk, units)
    stock.receive([coming], cause="received", reference="", actor="bench")
    connections.close_all()


def broken(ground: Ground) -> list[str]:
    """Rules of `verify` about stock that do not hold; most units here are kept for nobody's order."""
    from oms.verifying import CHECKS

    rules = [check for check in CHECKS if check.name.startswith("stock:")]
    with ground.connect() as connection:
        found = [check.name for check in rules if connection.execute(check.sql.encode()).fetchone()]
    print(f"verify          {len(rules) - len(found)} of {len(rules)} rules of stock hold", flush=True)
    return found


def deadlocks(ground: Ground) -> int:
    with ground.connect() as connection:
        found = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        [count] = found.fetchone() or (0,)
    return int(count)


if __name__ == "__main__":
    sys.exit(main())
