"""How long do 100,000 rows take? Each kind read, checked and imported by a worker in a process of its own.

    python bench/importing.py [--rows 100000] [--only products,stock] [--kill]

Prints for each kind the seconds of reading, of the check (a rolled-back run) and of the run, rows a second of the
run, and the worker's largest memory. `--kill` sends the worker SIGKILL three times within each run and starts
another; every figure must come out the same. Exits with 1 where products or stock stay below 2,000 rows a second
(unless killed), or where a row was lost or done twice.
"""

import argparse
import csv
import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
from ground import ROOT, Ground

GOAL = 2000
PLACES = ("RUH", "JED")


def products(rows: int, prefix: str = "SKU") -> Iterator[list[str]]:
    yield ["SKU", "Name", "الاسم", "Barcode", "Price", "Weight (kg)", "HS code", "Low stock"]
    for n in range(rows):
        yield [
            f"{prefix}-{n:06}",
            f"Thing number {n}",
            f"منتج رقم {n}",
            f"628{n:010}",
            f"{n % 900}.50",
            "٠٫٢٥",
            "6109.10",
            "5",
        ]


def stock(rows: int) -> Iterator[list[str]]:
    yield ["SKU", "Location", "Quantity", "Bin", "Reason"]
    for n in range(rows):
        yield [f"SKU-{n // 2:06}", PLACES[n % 2], str(50 + n % 40), f"A-{n % 90}", "Counted"]


def locations(rows: int) -> Iterator[list[str]]:
    yield ["Code", "Name", "Kind", "Address", "City", "Country"]
    for n in range(rows):
        yield [f"P{n:06}", f"Point {n}", "store", f"{n} King Rd", "Riyadh", "السعودية"]


def customers(rows: int) -> Iterator[list[str]]:
    yield ["Name", "E-mail", "Phone", "Country"]
    for n in range(rows):
        yield [f"Customer {n}", f"customer{n}@example.com", f"05{n:08}", "SA"]


def orders(rows: int) -> Iterator[list[str]]:
    yield [
        "Order",
        "Date",
        "Customer",
        "E-mail",
        "Address",
        "City",
        "Country",
        "SKU",
        "Qty",
        "Price",
        "Payment method",
    ]
    for n in range(rows):
        order = n // 2
        head = [
            "2026-11-22 10:00",
            f"Buyer {order}",
            f"buyer{order}@example.com",
            "1 King Rd",
            "Riyadh",
            "SA",
        ]
        first = head if n % 2 == 0 else [""] * 6
        yield [
            f"F-{order}",
            *first,
            f"SKU-{n * 7919 % (rows // 2):06}",
            "1",
            "99.50",
            "card" if n % 2 == 0 else "",
        ]


TABLES: dict[str, Callable[[int], Iterator[list[str]]]] = {
    "products": products,
    "stock": stock,
    "locations": locations,
    "customers": customers,
    "orders": orders,
}
OPTIONS = {"orders": {"channel": "files", "currency": "SAR"}, "stock": {"reason": "Counted"}}


def as_csv(rows: Iterator[list[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterator[list[str]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


class Worker:
    """Slices of imports in another process, as Celery's worker does them."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.peak = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-W", "ignore", __file__, "--worker"]
        self.child = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE)
        assert self.child.stdout is not None
        self.child.stdout.readline()

    def look(self) -> None:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.child.pid}/status").read_text())
        self.peak = max(self.peak, int(found[1]) // 1024 if found else 0)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()


def work() -> None:
    import django

    django.setup()
    from oms.backoffice.importing import running

    print("ready", flush=True)
    while True:
        if not running.run_due():
            time.sleep(0.02)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--worker", action="store_true")
    asked = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if asked.worker:
        work()
    wanted = asked.only.split(",") if asked.only else list(TABLES)
    with Ground("importing", careless=True) as ground:
        os.environ.update(ground.environment)
        import django

        django.setup()
        return measured(asked.rows, wanted, Worker(ground.environment), kill=asked.kill)


def measured(rows: int, wanted: list[str], worker: Worker, *, kill: bool) -> int:
    from django.conf import settings

    from inventory.models import Location
    from oms.core.access import principal_of_user
    from oms.core.models import Channel, User

    settings.CELERY_BROKER_URL = ""
    user = User.objects.create(username="bench", role="admin")
    principal = principal_of_user(user)
    Channel.objects.create(code="files", name="Files")
    for code in PLACES:
        Location.objects.create(
            code=code, name=code, kind="warehouse", address={"country": "SA", "city": "Riyadh"}
        )
    slow = []
    heads = ("read", "check", "run", "rows/s", "new", "changed", "refused", "peak")
    print(f"{'':16}" + "".join(f"{head:>9}" for head in heads))
    try:
        for kind in wanted:
            plain = as_csv(TABLES[kind](rows))
            for name, content in (
                (f"{kind}.csv", plain),
                *([(f"{kind}.xlsx", as_xlsx(products(rows, "XLS")))] if kind == "products" else []),
            ):
                job, seconds = through(
                    kind, name, content, user, principal, worker, kill=kill and name.endswith("csv")
                )
                rate = rows / seconds["run"]
                print(
                    f"{name:16} {seconds['read']:6.1f}s {seconds['check']:6.1f}s {seconds['run']:6.1f}s {rate:8.0f} "
                    f"{job.created:8} {job.changed:8} {job.refused:8} {worker.peak:5} MB",
                    flush=True,
                )
                counted = job.created + job.changed + job.unchanged + job.refused
                if job.refused:
                    print("   ", *job.faults.values_list("row", "field", "code", "detail")[:2])
                if counted != (rows // 2 if kind == "orders" else rows) or job.tried != figures(job):
                    slow.append(f"{name}: the check said {job.tried}, the run {figures(job)}")
                if kind in ("products", "stock") and name.endswith("csv") and rate < GOAL and not kill:
                    slow.append(f"{name}: {rate:.0f} rows/s")
    finally:
        worker.kill()
    print("verify:", verified())
    for line in slow:
        print("BELOW THE GOAL", line)
    return int(bool(slow))


def figures(job: Any) -> dict[str, int]:
    return {name: getattr(job, name) for name in ("created", "changed", "unchanged", "refused")}


def through(
    kind: str, name: str, content: bytes, user: Any, principal: Any, worker: Worker, *, kill: bool
) -> tuple[Any, dict[str, float]]:
    from oms.backoffice.importing import asking

    seconds = {}
    began = time.perf_counter()
    job = asking.bring(kind, name, content, user=user, principal=principal)
    waited(job, "mapping", worker)
    seconds["read"] = time.perf_counter() - began
    began = time.perf_counter()
    asking.check(job, job.mapping, OPTIONS.get(kind, {}), principal=principal)
    waited(job, "checked", worker)
    seconds["check"] = time.perf_counter() - began
    began = time.perf_counter()
    asking.start(job, principal=principal)
    for share in (0.2, 0.5, 0.8) if kill else ():
        waited(job, "running", worker, until=int(job.rows * share))
        worker.kill()
        # As if the dead worker's lease had run out.
        type(job).objects.filter(pk=job.pk).update(claimed_until=job.created_at)
        worker.start()
    waited(job, "done", worker)
    seconds["run"] = time.perf_counter() - began
    return job, seconds


def waited(job: Any, state: str, worker: Worker, until: int = 0) -> None:
    while True:
        job.refresh_from_db(
            fields=["state", "stopped", "detail", "decided", "mapping", "columns", "rows", "tried"]
        )
        worker.look()
        if job.state == state and job.decided >= until:
            job.refresh_from_db(fields=["created", "changed", "unchanged", "refused"])
            return
        if job.state in ("stopped", "unreadable") or (state != "mapping" and job.state == "mapping"):
            raise SystemExit(f"{job.kind} {job.state}: {job.stopped} {job.detail}")
        time.sleep(0.05)


def verified() -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "verify"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return (
        (done.stdout + done.stderr).strip().splitlines()[-1]
        if done.returncode == 0
        else done.stdout + done.stderr
    )


if __name__ == "__main__":
    sys.exit(main())
