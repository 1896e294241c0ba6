"""The demo company from nothing to today: set up, place, wait for the worker, move along."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from channels.demo import baskets, company, moving, setting_up, sources, supplying
from channels.demo.baskets import Plan
from channels.demo.door import Door

THREADS = 4
AT_ONCE = 100
PATIENCE = 90.0
TELL_EVERY = 250
Say = Callable[[str], None]


def play(
    door: Door,
    *,
    say: Say,
    now: datetime,
    only: int | None = None,
    threads: int = THREADS,
    idle: Callable[[], object] = lambda: time.sleep(2),
) -> Counter[str]:
    """Make the company, or finish what an earlier run began; returns how many orders are in each stage.

    `only` takes the last so many invoices; `idle` is called while the worker routes.
    """
    invoices = sources.invoices()[-only if only else None :]
    plans, sold_out = baskets.plans(invoices, sources.cities(), now)
    sold = {line["sku"] for plan in plans for line in plan.body["lines"]}

    def together(what: str, work: Callable[[Any], None], items: list[Any]) -> None:
        _together(what, work, items, threads, say)

    setting_up.open_locations(door)
    setting_up.agree_rates(door)
    setting_up.list_products(door, [article for article in sources.articles() if article.sku in sold])
    say(f"{len(company.LOCATIONS)} locations, {len(company.SHIPPING_RATES)} rates, {len(sold)} products")
    setting_up.fill_shelves(door, company.shelves([plan.body for plan in plans], sold_out), together)
    place(door, plans, say)
    # While the first are moved along, the worker routes the next.
    for start in range(0, len(plans), AT_ONCE):
        some = plans[start : start + AT_ONCE]
        wait_for_the_desk(door, some, say, idle)
        orders = _orders(door, some)

        def move(plan: Plan, orders: dict[str, dict[str, Any]] = orders) -> None:
            moving.move(door, plan, orders[plan.external_id])

        together(f"orders {start + 1} to {start + len(some)} moved along", move, some)
    supplying.supply(door, plans)
    stages = Counter(order["stage"] for order in _orders(door, plans).values())
    say("the orders now: " + ", ".join(f"{count} {stage}" for stage, count in sorted(stages.items())))
    return stages


def place(door: Door, plans: list[Plan], say: Say) -> None:
    """Place what is not there, oldest first."""
    there = _orders(door, plans)
    missing = [plan.body for plan in plans if plan.external_id not in there]
    for start in range(0, len(missing), AT_ONCE):
        results = door.post("orders/batch/", {"items": missing[start : start + AT_ONCE]})["results"]
        refused = [result for result in results if result["status"] >= 400]
        if refused:
            raise RuntimeError(f"{len(refused)} orders were refused, the first: {refused[0]}")
        say(f"orders placed: {min(start + AT_ONCE, len(missing))} of {len(missing)}")


def wait_for_the_desk(door: Door, plans: list[Plan], say: Say, idle: Callable[[], object]) -> None:
    """Until a worker has checked and routed every order nothing stands against; give up when it stands still."""
    ours = {plan.external_id for plan in plans}
    told, before = False, len(plans) + 1
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        waiting = sum(row["external_id"] in ours for row in door.rows("orders/", stage="placed"))
        if not waiting:
            return
        if waiting < before:
            until = time.monotonic() + PATIENCE
        if not told:
            say(f"waiting for the desk to route {waiting} orders")
        told = True
        before = waiting
        idle()
    say(f"{before} orders are not routed; is a worker running?")


def _orders(door: Door, plans: Iterable[Plan]) -> dict[str, dict[str, Any]]:
    ours = {plan.external_id for plan in plans}
    return {row["external_id"]: row for row in door.rows("orders/") if row["external_id"] in ours}


def _together(what: str, work: Callable[[Any], None], items: list[Any], threads: int, say: Say) -> None:
    """The same work on many items from a few threads, with progress; the first failure ends it."""
    step = max(TELL_EVERY, len(items) // 5)
    with ThreadPoolExecutor(threads) as pool:
        for done, _ in enumerate(pool.map(work, items), start=1):
            if done % step == 0:
                say(f"{what}: {done} of {len(items)}")
    if items:
        say(f"{what}: all {len(items)}")
