"""Real baskets through the public door: every sale of a retail file an order, every C… invoice its undoing.

    python bench/replay.py FILE.parquet [--clients 8] [--limit INVOICES] [--seed 1]

The file has the columns of UCI Online Retail. Products and stock come first, over REST too. What cannot be an
order is sent all the same, and must be refused by a clear error. A C… invoice cancels the units of the sale it
undoes, or, one in eight, the sale is shipped, delivered and its units come back as a return. Ends with
`manage.py verify`; exits with 1 on a server error, an unanswered call, an undelivered event or a broken rule.
"""

import argparse
import queue
import random
import sys
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow.parquet
from ground import Client, Ground, milliseconds, percentile

PLACES = {"LON": ("GB", "London"), "RTM": ("NL", "Rotterdam"), "DXB": ("AE", "Dubai")}
RETURNED = 8  # one undoing in so many goes the whole road out and back
PENNY = Decimal("0.01")
COUNTRIES = {
    "United Kingdom": "GB", "Germany": "DE", "France": "FR", "EIRE": "IE", "Netherlands": "NL", "Spain": "ES",
    "Belgium": "BE", "Switzerland": "CH", "Australia": "AU", "Portugal": "PT", "Norway": "NO",
    "Channel Islands": "JE", "Cyprus": "CY", "Italy": "IT", "Finland": "FI", "Japan": "JP", "Sweden": "SE",
    "Hong Kong": "HK", "Poland": "PL", "Denmark": "DK", "Austria": "AT", "Singapore": "SG", "Iceland": "IS",
    "Greece": "GR", "Canada": "CA", "Malta": "MT", "Lebanon": "LB", "Israel": "IL", "Lithuania": "LT",
    "Brazil": "BR", "European Community": "BE", "United Arab Emirates": "AE", "USA": "US", "Bahrain": "BH",
    "Czech Republic": "CZ", "Saudi Arabia": "SA", "RSA": "ZA",
}  # fmt: skip


@dataclass
class Invoice:
    """One invoice of the file. `undoes` of a C… invoice: (sale, position of its line, units)."""

    number: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    undoes: list[tuple["Invoice", int, int]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    answer: dict[str, Any] | None = None

    @property
    def country(self) -> str:
        return COUNTRIES.get(self.rows[0]["Country"], "GB")


@dataclass
class Tally:
    """What happened, over all clients."""

    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    lines: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, outcome: str, lines: int = 0) -> None:
        with self.lock:
            self.outcomes[outcome] += 1
            self.lines += lines

    def refuse(self, what: str, status: int, answer: Any) -> None:
        errors = (answer or {}).get("errors") or [{}]
        code = (answer or {}).get("code", "?")
        with self.lock:
            if status >= 500 or code == "?":
                self.failures.append(f"{what}: {status} {str(answer)[:200]}")
            self.refusals[f"{status} {code}: {errors[0].get('detail', '')[:80]}"] += 1


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", metavar="FILE.parquet")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--limit", type=int, default=0, help="only the first so many invoices")
    parser.add_argument("--seed", type=int, default=1, help="which undoings go the whole road")
    parser.add_argument("--patience", type=float, default=900, help="seconds the workers may need at the end")
    asked = parser.parse_args()
    invoices = read(asked.file, asked.limit)
    match(invoices)
    with Ground("replay") as ground:
        company = ground.key()
        key = ground.key("--channel", "retail")
        port = ground.web()
        ground.worker("worker1", "critical,default")
        ground.worker("worker2", "critical,default,carrier,bulk")
        ground.beat()
        began = time.perf_counter()
        skus = set_up(Client(port, company), port, company, invoices, asked.clients)
        print(f"{skus} products and their stock in {time.perf_counter() - began:.1f} s")
        tally, seconds = play(port, key, company, invoices, asked.clients, random.Random(asked.seed))
        report(tally, seconds, invoices)
        left = drained(ground, asked.patience)
        clean = ground.verify()
    if left:
        print(f"{left} deliveries are still owed.")
    return 0 if clean and not left and not tally.failures else 1


def read(path: str, limit: int) -> list[Invoice]:
    """Invoices in the file's order, each with its lines."""
    invoices: dict[str, Invoice] = {}
    for row in pyarrow.parquet.read_table(path).to_pylist():
        number = row["InvoiceNo"]
        if number not in invoices:
            if limit and len(invoices) >= limit:
                break
            invoices[number] = Invoice(number)
        invoices[number].rows.append(row)
    return list(invoices.values())


def match(invoices: list[Invoice]) -> None:
    """Finds for each line of a C… invoice the customer's latest earlier sale of that SKU with units left."""
    sales: dict[tuple[Any, str], list[list[Any]]] = defaultdict(list)
    for invoice in invoices:
        if not invoice.number.startswith("C"):
            for position, row in enumerate(invoice.rows):
                if row["Quantity"] > 0:
                    sales[row["CustomerID"], row["StockCode"]].append([invoice, position, row["Quantity"]])
            continue
        for row in invoice.rows:
            missing = -row["Quantity"]
            for sale in reversed(sales[row["CustomerID"], row["StockCode"]]):
                took = min(missing, sale[2])
                if took > 0:
                    sale[2] -= took
                    missing -= took
                    invoice.undoes.append((sale[0], sale[1], took))


def set_up(client: Client, port: int, key: str, invoices: list[Invoice], clients: int) -> int:
    """Locations, rates, products in batches of 500, and enough of each."""
    for priority, (code, (country, city)) in enumerate(PLACES.items(), start=1):
        address = {"line1": "1 Dock Road", "city": city, "country": country}
        body = {"code": code, "name": city, "kind": "warehouse", "address": address, "priority": priority}
        must(client.post("/api/v1/locations/", body))
    for country in sorted({invoice.country for invoice in invoices}):
        rate = {"carrier": "own_fleet", "service": "standard", "to": {"country": country}, "base": "5.00"}
        must(client.post("/api/v1/shipping-rates/", rate | {"per_kg": "1.00", "days": [1, 5]}))
    names: dict[str, str] = {}
    needed: Counter[str] = Counter()
    for invoice in invoices:
        for row in invoice.rows:
            names[row["StockCode"]] = names.get(row["StockCode"]) or row["Description"] or ""
            needed[row["StockCode"]] += max(0, row["Quantity"])
    items = [
        {"sku": sku, "name": {"en": name.strip() or sku}, "weight_g": 200}
        for sku, name in sorted(names.items())
    ]
    for start in range(0, len(items), 500):
        answer = must(client.post("/api/v1/products/batch/", {"items": items[start : start + 500]}))
        refused = [result for result in answer["results"] if result["status"] != 201]
        if refused:
            raise SystemExit(f"Products were refused: {refused[:3]}")
    work: queue.SimpleQueue[tuple[str, str, int]] = queue.SimpleQueue()
    for number, (sku, units) in enumerate(needed.items()):
        # Enough of everything in London, and of some in two places, so that routing has something to choose.
        for place in PLACES if number % 4 == 0 else list(PLACES)[:1]:
            if units:
                work.put((sku, place, units))

    def count(client: Client) -> None:
        while True:
            try:
                sku, place, units = work.get_nowait()
            except queue.Empty:
                return
            body = {"location": place, "sku": sku, "set_to": units, "reason": "Opening stock"}
            must(client.post("/api/v1/stock/adjustments/", body))

    together([threading.Thread(target=count, args=(Client(port, key),)) for _ in range(clients)])
    return len(items)


def play(
    port: int, key: str, company: str, invoices: list[Invoice], clients: int, chance: random.Random
) -> tuple[Tally, float]:
    tally = Tally()
    work: queue.SimpleQueue[tuple[Invoice, bool]] = queue.SimpleQueue()
    for invoice in invoices:
        work.put((invoice, chance.randrange(RETURNED) == 0))
    began = time.perf_counter()

    def run() -> None:
        shop, house = Client(port, key), Client(port, company)
        while True:
            try:
                invoice, whole_road = work.get_nowait()
            except queue.Empty:
                return
            try:
                if invoice.number.startswith("C"):
                    undo(shop, house, invoice, whole_road, tally)
                else:
                    sell(shop, invoice, tally)
            except Exception as error:  # one broken call must not stop the others, and must be told
                tally.failures.append(f"{invoice.number}: {type(error).__name__}: {error}")
            finally:
                invoice.done.set()
            every(tally, len(invoices), began)

    together([threading.Thread(target=run) for _ in range(clients)])
    return tally, time.perf_counter() - began


def sell(client: Client, invoice: Invoice, tally: Tally) -> None:
    body = order(invoice)
    began = time.perf_counter()
    status, answer = client.post("/api/v1/orders/", body, idempotency_key=invoice.number)
    tally.latencies["POST /orders/"].append(time.perf_counter() - began)
    if status == 201:
        invoice.answer = answer
        tally.note("orders placed", len(body["lines"]))
    else:
        tally.note("sales refused")
        tally.refuse(f"sale {invoice.number}", status, answer)


def order(invoice: Invoice) -> dict[str, Any]:
    """The invoice as it stands, dirt included."""
    first = invoice.rows[0]
    customer: dict[str, Any] = {"name": "Guest"}
    if first["CustomerID"]:
        number = first["CustomerID"]
        customer = {"name": f"Customer {number}", "email": f"customer{number}@example.com"}
    lines, total = [], Decimal(0)
    for row in invoice.rows:
        price = Decimal(str(row["UnitPrice"]))
        lines.append({"sku": row["StockCode"], "quantity": row["Quantity"], "unit_price": f"{price:f}"})
        total += (price * row["Quantity"]).quantize(PENNY, ROUND_HALF_UP)
    paid = {"method": "card", "provider": "manual", "state": "captured", "amount": f"{total:f}"}
    return {
        "external_id": invoice.number,
        "placed_at": first["InvoiceDate"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        "currency": "GBP",
        "customer": customer,
        "shipping_address": {"line1": "1 High Street", "city": "Anytown", "country": invoice.country},
        "lines": lines,
        "payments": [paid] if total > 0 else [],
    }


def undo(shop: Client, house: Client, invoice: Invoice, whole_road: bool, tally: Tally) -> None:
    by_sale: dict[str, tuple[Invoice, Counter[int]]] = {}
    for sale, position, units in invoice.undoes:
        by_sale.setdefault(sale.number, (sale, Counter()))[1][position] += units
    if not by_sale:
        tally.note("C… invoices without a sale in the file")
    for sale, units in by_sale.values():
        sale.done.wait()
        if sale.answer is None:
            tally.note("C… of a refused sale")
            continue
        lines = [{"id": sale.answer["lines"][p]["id"], "quantity": n} for p, n in sorted(units.items())]
        if whole_road and come_back(shop, house, sale.answer, lines, tally):
            continue
        began = time.perf_counter()
        body = {"lines": lines, "reason": f"invoice {invoice.number}"}
        status, answer = shop.post(f"/api/v1/orders/{sale.answer['id']}/cancellations/", body)
        tally.latencies["POST …/cancellations/"].append(time.perf_counter() - began)
        tally.note("cancellations" if status == 201 else "cancellations refused")
        if status != 201:
            tally.refuse(f"cancellation {invoice.number}", status, answer)


def come_back(
    shop: Client, house: Client, placed: dict[str, Any], lines: list[dict[str, Any]], tally: Tally
) -> bool:
    """Ship the order's parcels, deliver them, take these units back and refund. False: it is not routed (yet)."""
    parcels: list[dict[str, Any]] = []
    for _ in range(100):
        parcels = must(shop.get(f"/api/v1/shipments/?order={placed['number']}&limit=250"))["data"]
        if parcels:
            break
        time.sleep(0.2)
    parcels = [parcel for parcel in parcels if parcel["state"] == "planned"]
    if not parcels:
        return False
    for parcel in parcels:
        base = f"/api/v1/shipments/{parcel['id']}"
        units: Counter[str] = Counter()
        for line in parcel["lines"]:
            units[line["sku"]] += line["quantity"]
        picked = [{"sku": sku, "quantity": n} for sku, n in units.items()]
        steps: list[tuple[str, Any]] = [
            ("releases", {}),
            ("picks", {"lines": picked}),
            ("packages", {"packages": [{"weight_g": 500}]}),
            ("labels", {"carrier": "own_fleet", "service": "standard"}),
            ("handovers", {}),
            ("scans", {"code": "delivered"}),
        ]
        for step, body in steps:
            status, answer = house.post(f"{base}/{step}/", body)
            if status != 201:
                # Another undoing of the same order was quicker, which is no fault; anything else is counted.
                tally.note("roads cut short")
                tally.refuse(f"{step} of {parcel['number']}", status, answer)
                return False
    wanted = [line | {"reason": "changed_mind"} for line in lines]
    body = {"order": placed["id"], "lines": wanted, "method": "courier", "resolution": "refund"}
    status, back = shop.post("/api/v1/returns/", body)
    if status != 201:
        tally.note("returns refused")
        tally.refuse(f"return of {placed['number']}", status, back)
        return True
    base = f"/api/v1/returns/{back['id']}"
    units_back = [{"id": line["id"], "quantity": line["quantity"]} for line in back["lines"]]
    found = [unit | {"grade": "A", "disposition": "restock"} for unit in units_back]
    steps = [("approvals", {})] if back["acceptance"] != "accepted" else []
    steps += [("receipts", {"location": "LON", "lines": units_back}), ("inspections", {"lines": found})]
    for step, body in [*steps, ("reimbursements", {"kind": "refund"})]:
        status, answer = house.post(f"{base}/{step}/", body)
        if status != 201:
            tally.note("returns cut short")
            tally.refuse(f"{step} of {back['number']}", status, answer)
            return True
    tally.note("returns refunded")
    return True


def must(answer: tuple[int, Any]) -> Any:
    status, body = answer
    if status >= 300:
        raise RuntimeError(f"{status}: {str(body)[:500]}")
    return body


def together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.daemon = True
        thread.start()
    for thread in threads:
        thread.join()


def every(tally: Tally, invoices: int, began: float) -> None:
    """A line of progress each thousand invoices."""
    with tally.lock:
        tally.outcomes["invoices"] += 1
        done = tally.outcomes["invoices"]
    if done % 1000 == 0:
        print(f"  {done} of {invoices} invoices, {time.perf_counter() - began:.0f} s", flush=True)


def report(tally: Tally, seconds: float, invoices: list[Invoice]) -> None:
    placed = tally.outcomes["orders placed"]
    print(f"{len(invoices)} invoices in {seconds:.1f} s: {placed} orders with {tally.lines} lines")
    print(f"{tally.lines / seconds:.1f} lines a second, {placed / seconds:.1f} orders a second")
    for what, latencies in tally.latencies.items():
        p50, p99 = percentile(latencies, 0.5), percentile(latencies, 0.99)
        print(f"{what:24} {len(latencies):6} calls, p50 {milliseconds(p50)}, p99 {milliseconds(p99)}")
    for outcome, count in sorted(tally.outcomes.items()):
        print(f"{count:8} {outcome}")
    for refusal, count in tally.refusals.most_common(12):
        print(f"{count:8} × {refusal}")
    for failure in tally.failures[:10]:
        print(f"FAILED {failure}")


def drained(ground: Ground, patience: float) -> int:
    """Wait until the workers have delivered everything; how many deliveries are owed at the end."""
    began = time.monotonic()
    with ground.connect() as connection:
        while True:
            [left] = connection.execute(
                "SELECT count(*) FROM core_outbox WHERE dead_at IS NULL"
            ).fetchone() or [0]
            if not left or time.monotonic() - began > patience:
                print(f"The workers needed {time.monotonic() - began:.1f} s more.")
                return int(left)
            time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main())
