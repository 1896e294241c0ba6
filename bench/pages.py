"""Do staff pages stay quick and light at 500,000 orders? First byte, weight, layout shift and queries of each.

    python bench/pages.py [--small 5000] [--large 500000] [--calls 60]

Two databases of one server are filled by SQL, orders with their parcels, returns, events and stock; a member of staff
asks for each page in turn. First bytes are of the large one: `warm` as asked again at once, `cold` as after a quiet
minute; p95 of both together counts. Chromium opens every page with an empty cache, in English and in Arabic, and
reports what came over the wire and how far it shifted. Exits with 1 when a list takes more than 100 ms to its first
byte at p95, the order page more than 120 ms, a page weighs more than 100 kB or shifts by more than 0.05, or queries
depend on the rows.
"""

import argparse
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import redis
from ground import ROOT, Ground, milliseconds, percentile
from lists import FILL, FIRST, LAST
from staff_pages import MORE

LIST, ORDER, WEIGHT, SHIFT = 0.100, 0.120, 100_000, 0.05
CHROMIUM = "/usr/bin/chromium"


@dataclass
class Asked:
    """One page: where it is, how long its first byte may take; what was measured."""

    name: str
    path: Callable[[], str]
    limit: float = LIST
    warm: list[float] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)
    weight: dict[str, int] = field(default_factory=dict)
    shift: float = 0.0
    queries: list[int] = field(default_factory=list)

    @property
    def slowest(self) -> float:
        return percentile(self.warm + self.cold, 0.95)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", type=int, default=5_000)
    parser.add_argument("--large", type=int, default=500_000)
    parser.add_argument("--calls", type=int, default=60, help="of each page, half of them with a cold cache")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--explain", action="store_true", help="print the slow statements of pages that miss")
    parser.add_argument("--no-fail", action="store_true", help="report only")
    parser.add_argument("--inside", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        inside(asked.inside)
        return 0
    with Ground("pages_small") as small, Ground("pages_large", beside=small) as large:
        collect(large)
        fill(small, asked.small)
        fill(large, asked.large)
        pages = addresses(large, asked.large, asked.seed)
        twins = addresses(small, asked.small, asked.seed)
        for ground, kind in ((small, twins), (large, pages)):
            for page, count in zip(pages, counted(ground, kind), strict=True):
                page.queries.append(count)
        first_bytes(large, pages, asked.calls)
        in_chromium(large, pages)
        missed = told(pages)
        if asked.explain:
            explain(large, [page for page in pages if page.slowest > page.limit])
    print(f"Missed: {', '.join(missed)}" if missed else "Every figure is met.")
    return 1 if missed and not asked.no_fail else 0


def collect(ground: Ground) -> None:
    """Static files bundled, hashed and compressed, as `make run` serves them."""
    ground.environment["HASHED_STATIC"] = "1"
    ground.manage("collectstatic", "--noinput", "--clear", "--verbosity", "0")


def fill(ground: Ground, orders: int) -> None:
    began = time.perf_counter()
    ground.environment["HASHED_STATIC"] = "1"
    ground.key("--channel", "shop")
    with ground.connect() as connection:
        connection.execute("SET synchronous_commit = off")
        ask_inside(ground, "places", "en")
        for statement in (FILL + MORE).replace("ORDERS", str(orders)).split(";\n"):
            if statement.strip():
                connection.execute(statement.encode())
        ask_inside(ground, "levels", "en")
        connection.execute("INSERT INTO orders_customermark (customer_id) SELECT id FROM orders_customer")
        ask_inside(ground, "histories", "en")
        connection.execute("VACUUM (ANALYZE)")
    print(f"{orders} orders made in {time.perf_counter() - began:.0f} s", flush=True)


def addresses(ground: Ground, orders: int, seed: int) -> list[Asked]:
    chance = random.Random(seed)
    with ground.connect() as connection:

        def drawn(sql: str) -> list[Any]:
            return [row[0] for row in connection.execute(sql.encode()).fetchall()]

        numbers = drawn(f"SELECT number FROM orders_order WHERE number % {max(1, orders // 50)} = 0 LIMIT 50")
        phones = drawn("SELECT phone_key FROM orders_customer LIMIT 50")
        customers = drawn("SELECT id FROM orders_customer LIMIT 50")
        parcels = drawn("SELECT number FROM fulfillment_shipment LIMIT 50")
        returned = drawn("SELECT number FROM returns_return LIMIT 50")
        level = drawn("SELECT id FROM inventory_stocklevel LIMIT 1")[0]

    def fixed(path: str) -> Callable[[], str]:
        return lambda: path

    def one_of(pattern: str, values: list[Any]) -> Callable[[], str]:
        return lambda: pattern.format(quote(str(chance.choice(values))))

    skus = [f"SKU-{n}" for n in range(1, 1000, 20)]
    arabic = [phone.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) for phone in phones]
    orders_by = "/orders/?"
    return [
        Asked("dashboard", fixed("/")),
        Asked("orders", fixed("/orders/")),
        Asked("orders: channel", fixed(f"{orders_by}channel=shop")),
        Asked("orders: stage", fixed(f"{orders_by}stage=placed")),
        Asked("orders: completed", fixed(f"{orders_by}stage=completed")),
        Asked("orders: hold reason", fixed(f"{orders_by}hold=manual")),
        Asked("orders: location", fixed(f"{orders_by}location=JED")),
        Asked("orders: country", fixed(f"{orders_by}country=SA")),
        Asked("orders: tag", fixed(f"{orders_by}tag=VIP")),
        Asked("orders: late", fixed(f"{orders_by}late=true")),
        Asked("orders: due soon", fixed(f"{orders_by}late=soon")),
        Asked("orders: stuck", fixed(f"{orders_by}stuck=true")),
        Asked("orders: important", fixed(f"{orders_by}important=true")),
        Asked("orders: dates", fixed(f"{orders_by}placed_after=2020-01-01&placed_before=2040-01-01")),
        Asked("orders: value", fixed(f"{orders_by}value_min=50&value_max=60")),
        Asked("orders: channel, stage, country", fixed(f"{orders_by}channel=shop&stage=held&country=SA")),
        Asked("orders: by total", fixed(f"{orders_by}sort=-total")),
        Asked("orders: number", one_of(f"{orders_by}q={{}}", numbers)),
        Asked("orders: phone", one_of(f"{orders_by}q={{}}", arabic)),
        Asked("orders: name", one_of(f"{orders_by}q={{}}", [name.lower() for name in FIRST])),
        Asked("orders: two words of a name", one_of(f"{orders_by}q={{}}", [f"{name}+sa" for name in LAST])),
        Asked("orders: SKU", one_of(f"{orders_by}q={{}}", skus)),
        Asked("order", one_of("/orders/{}/", numbers), ORDER),
        Asked("palette: SKU", one_of("/search/?q={}", skus)),
        Asked("palette: name", one_of("/search/?q={}", [f"{name} " for name in FIRST])),
        Asked("palette: a letter", fixed("/search/?q=a")),
        Asked("palette: phone", one_of("/search/?q={}", arabic)),
        Asked("customers", fixed("/customers/")),
        Asked("customers: lapsed", fixed("/customers/?lapsed=90&sort=-paid")),
        Asked("mentions", fixed("/mentions/")),
        Asked("customers: name", one_of("/customers/?q={}", FIRST)),
        Asked("customers: family name", one_of("/customers/?q={}", LAST)),
        Asked("customer", one_of("/customers/{}/", customers)),
        Asked("release", fixed("/release/")),
        Asked("picking", fixed("/picking/")),
        Asked("packing", fixed("/packing/")),
        Asked("hand-over", fixed("/handover/")),
        Asked("shipments", fixed("/shipments/")),
        Asked("shipments: one place", fixed("/shipments/?location=JED&state=delivered")),
        Asked("shipment", one_of("/shipments/{}/", parcels)),
        Asked("returns", fixed("/returns/")),
        Asked("returns: family name", one_of("/returns/?q={}", LAST)),
        Asked("return", one_of("/returns/{}/", returned)),
        Asked("stock", fixed("/stock/")),
        Asked("stock: out", fixed("/stock/?state=out")),
        Asked("stock level", fixed(f"/stock/{level}/")),
        Asked("products", fixed("/products/")),
        Asked("audit", fixed("/settings/audit/")),
    ]


def inside(arguments: list[str]) -> None:
    """Within a process of the product's own: a session's key, or the queries of each address."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from oms.core.models import User
    from orders import histories

    task, *given = arguments
    if task == "places":
        places()
        print("null")
        return
    if task == "histories":
        histories.catch_up()
        print("null")
        return
    if task == "levels":
        levels()
        print("null")
        return
    client = Client(headers={"host": "localhost"})
    language = given.pop(0)
    user, _ = User.objects.get_or_create(username=f"bench-{language}", role="admin", language=language)
    client.force_login(user)
    if task == "session":
        print(json.dumps([settings.SESSION_COOKIE_NAME, client.session.session_key]))
        return
    found = []
    for path in given:
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            answer: Any = client.get(path)
            # A search for one order is answered with its address.
            assert answer.status_code in (200, 302), (path, answer.status_code, answer.content[:500])
        found.append([[query["time"], query["sql"]] for query in captured])
    print(json.dumps(found))


def places() -> None:
    """Two warehouses, and a partition for each month of the orders' events."""
    from datetime import timedelta

    from django.db import connection
    from django.utils import timezone

    from inventory.models import Location
    from oms.core import partitions

    for code, city in (("RUH", "Riyadh"), ("JED", "Jeddah")):
        address = {"country": "SA", "city": city}
        Location.objects.create(code=code, name=f"{city} DC", kind="warehouse", address=address)
    with connection.cursor() as cursor:
        for statement in partitions.statements(
            "core_event", (timezone.now() - timedelta(days=190)).date(), 7
        ):
            cursor.execute(statement)


def levels() -> None:
    """Every product at both."""
    from inventory.models import Location, Product, StockLevel

    StockLevel.objects.bulk_create(
        StockLevel(
            product=product, location=location, on_hand=50, committed=5, safety=2, bin=f"A-{product.pk % 40}"
        )
        for product in Product.objects.all()
        for location in Location.objects.all()
    )


def ask_inside(ground: Ground, *arguments: str) -> Any:
    command = [sys.executable, "-W", "ignore", __file__, "--inside", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=ground.environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def counted(ground: Ground, pages: list[Asked]) -> list[int]:
    return [len(queries) for queries in ask_inside(ground, "queries", "en", *(page.path() for page in pages))]


def first_bytes(ground: Ground, pages: list[Asked], calls: int) -> None:
    """Over one connection, by hand: what the browser waits for before it can draw anything."""
    ground.web(2)
    name, value = ask_inside(ground, "session", "en")
    doorbell = redis.Redis.from_url(ground.environment["REDIS_URL"])
    with socket.create_connection(("127.0.0.1", ground.port), 60) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for page in pages:
            ask(line, page.path(), f"{name}={value}")
            for turn in range(calls):
                cold = turn % 2 == 0
                if cold:
                    forget(doorbell)
                taken = ask(line, page.path(), f"{name}={value}")
                (page.cold if cold else page.warm).append(taken)


def forget(doorbell: "redis.Redis[bytes]") -> None:
    """What the cache keeps for a minute or less."""
    for key in doorbell.scan_iter("relay:*"):
        if doorbell.ttl(key) <= 60:
            doorbell.delete(key)


def ask(line: socket.socket, path: str, cookie: str) -> float:
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nCookie: {cookie}\r\n\r\n"
    began = time.perf_counter()
    line.sendall(head.encode())
    data = line.recv(65_536)
    taken = time.perf_counter() - began
    status = int(data[9:12])
    if status not in (200, 302):
        raise SystemExit(f"{path}: {status} {data[:2000]!r}")
    while b"\r\n\r\n" not in data:
        data += line.recv(65_536)
    head_end = data.index(b"\r\n\r\n")
    length = int(data[:head_end].lower().split(b"content-length:")[1].split(b"\r\n")[0])
    missing = length - (len(data) - head_end - 4)
    while missing > 0:
        missing -= len(line.recv(65_536))
    return taken


SHIFTED = """new Promise(done => { let sum = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) if (!one.hadRecentInput) sum += one.value; })
    .observe({type: "layout-shift", buffered: true});
  document.fonts.ready.then(() => setTimeout(() => done(sum), 150)) })"""


def in_chromium(ground: Ground, pages: list[Asked]) -> None:
    """Bytes over the wire with an empty cache, and how far the page shifted, in both scripts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        for language in ("en", "ar"):
            name, value = ask_inside(ground, "session", language)
            address = f"http://localhost:{ground.port}"
            for page in pages:
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                context.add_cookies([{"name": name, "value": value, "url": address}])
                tab = context.new_page()
                wire = context.new_cdp_session(tab)
                wire.send("Network.enable")
                came: list[float] = []
                wire.on(
                    "Network.loadingFinished",
                    lambda event, came=came: came.append(event["encodedDataLength"]),
                )
                tab.goto(address + page.path(), wait_until="networkidle")
                page.shift = max(page.shift, tab.evaluate(SHIFTED))
                page.weight[language] = int(sum(came))
                context.close()
        browser.close()


def told(pages: list[Asked]) -> list[str]:
    heads = ["warm p50", "p95", "cold p50", "p95"]
    print(
        f"{'':32}{''.join(f'{head:>10}' for head in heads)}{'en kB':>8}{'ar kB':>8}{'shift':>8}{'queries':>10}"
    )
    missed = []
    for page in pages:
        figures = [percentile(each, share) for each in (page.warm, page.cold) for share in (0.5, 0.95)]
        weights = "".join(f"{page.weight[language] / 1000:8.1f}" for language in ("en", "ar"))
        counts = "/".join(map(str, page.queries))
        times = "".join(f"{milliseconds(each):>10}" for each in figures)
        print(f"{page.name:32}{times}{weights}{page.shift:8.3f}{counts:>10}")
        missed += [f"{page.name} within {milliseconds(page.limit)}"] * (page.slowest > page.limit)
        missed += [f"{page.name} within {WEIGHT // 1000} kB"] * (max(page.weight.values()) > WEIGHT)
        missed += [f"{page.name} without shifting"] * (page.shift > SHIFT)
        missed += [f"{page.name}: the same queries"] * (len(set(page.queries)) > 1)
    return missed


def explain(ground: Ground, pages: list[Asked]) -> None:
    for page, queries in zip(
        pages, ask_inside(ground, "queries", "en", *(page.path() for page in pages)), strict=True
    ):
        print(f"\n{page.name}")
        for seconds, sql in sorted(queries, key=lambda query: -float(query[0]))[:3]:
            if float(seconds) >= 0.005:
                print(f"  {float(seconds) * 1000:.0f} ms  {sql[:2500]}")


if __name__ == "__main__":
    sys.exit(main())
