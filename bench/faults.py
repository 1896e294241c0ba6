"""Nothing lost: orders come in over REST while processes are killed, and afterwards every one of them is there.

    python bench/faults.py [--seconds 60] [--seed N] [--clients 4]

Web, workers and beat run on a PostgreSQL and Redis of this run's own. At seeded random moments one of them gets
kill -9 (a part or all of it), PostgreSQL is restarted, Redis is killed or flushed. Clients do what a client may:
repeat a call with the same Idempotency-Key until it is answered. Exits with 1 unless every acknowledged order
stands exactly once, every event was delivered, every order was routed and `manage.py verify` is clean.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import redis
from ground import Client, Ground, family

SKUS = 20
STOCK = 1_000_000
GIVE_UP = 120.0  # seconds a client repeats one call
ADDRESS = {"line1": "King Fahd Road 1", "city": "Riyadh", "country": "SA"}
OWED = """
SELECT count(*) FILTER (WHERE dead_at IS NULL), count(*) FILTER (WHERE dead_at IS NOT NULL) FROM core_outbox
"""
# Answers that only say "not now".
NOT_NOW = {"unavailable", "database_away", "idempotency_in_flight", "rate_limited"}


@dataclass
class Seen:
    """What the clients were told."""

    orders: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    repeats: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="the same moments and victims again")
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--patience", type=float, default=300, help="seconds the workers may need at the end")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    with Ground("faults", own_services=True) as ground:
        company, key = ground.key(), ground.key("--channel", "shop")
        ground.web()
        ground.worker("worker1", "critical,default")
        ground.worker("worker2", "critical,default,carrier,bulk")
        ground.beat()
        set_up(Client(ground.port, company))
        seen = Seen()
        stop = threading.Event()
        clients = [
            threading.Thread(target=buy, args=(ground.port, key, seen, stop, seed * 100 + n), daemon=True)
            for n in range(asked.clients)
        ]
        for client in clients:
            client.start()
        faults = strike(ground, asked.seconds, random.Random(seed))
        stop.set()
        for client in clients:
            client.join(GIVE_UP + 30)
        struck = ", ".join(f"{count} × {name}" for name, count in sorted(faults.items()))
        print(
            f"{len(seen.orders)} orders and {len(seen.cancelled)} cancellations acknowledged under {struck}"
        )
        print(f"repeated calls: {dict(seen.repeats)}")
        wrong = [*seen.wrong, *judge(ground, seen, asked.patience)]
        if any(client.is_alive() for client in clients):
            wrong.append("a client never got its answer")
        if not seen.orders:
            wrong.append("no order came in")
        if not ground.verify():
            wrong.append("verify found broken rules")
        if wrong:
            for name in ("web", "worker1", "worker2"):
                print(f"--- {name}\n{ground.tail(name, 25)}")
    for line in wrong[:20]:
        print(f"WRONG {line}")
    print("Something was lost." if wrong else "Nothing was lost.")
    return 1 if wrong else 0


def set_up(client: Client) -> None:
    for code, priority in (("RUH", 1), ("JED", 2)):
        body = {"code": code, "name": code, "kind": "warehouse", "address": ADDRESS, "priority": priority}
        must(client.post("/api/v1/locations/", body))
    rate = {"carrier": "own_fleet", "service": "standard", "to": {"country": "SA"}, "base": "10.00"}
    must(client.post("/api/v1/shipping-rates/", rate | {"per_kg": "1.00", "days": [1, 3]}))
    items = [{"sku": f"SKU-{n}", "name": {"en": f"Thing {n}"}, "weight_g": 100} for n in range(SKUS)]
    must(client.post("/api/v1/products/batch/", {"items": items}))
    for n in range(SKUS):
        body = {
            "location": ("RUH", "JED")[n % 2],
            "sku": f"SKU-{n}",
            "set_to": STOCK,
            "reason": "Opening stock",
        }
        must(client.post("/api/v1/stock/adjustments/", body))


def strike(ground: Ground, seconds: float, chance: random.Random) -> Counter[str]:
    """Faults until the time is up; every kind comes before any comes again. Returns how many of each."""
    kinds: dict[str, Callable[[], None]] = {
        "kill -9 web": lambda: again(ground, "web", chance),
        "kill -9 one web process": lambda: one_of(ground, "web", chance),
        "kill -9 worker": lambda: again(ground, chance.choice(["worker1", "worker2"]), chance),
        "kill -9 one worker process": lambda: one_of(ground, chance.choice(["worker1", "worker2"]), chance),
        "kill -9 beat": lambda: again(ground, "beat", chance),
        "kill -9 redis": lambda: restart(ground, "redis", signal.SIGKILL, chance),
        "restart postgres": lambda: restart(ground, "postgres", signal.SIGINT, chance),
        "redis FLUSHALL": lambda: flush(ground),
    }
    done: Counter[str] = Counter()
    until = time.monotonic() + seconds
    hand: list[str] = []
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, chance.uniform(1.0, 3.0)))
        hand = hand or chance.sample(sorted(kinds), len(kinds))
        name = hand.pop()
        kinds[name]()
        done[name] += 1
        print(f"  {seconds - (until - time.monotonic()):5.1f} s  {name}", flush=True)
    ground.await_web()
    return done


def again(ground: Ground, name: str, chance: random.Random) -> None:
    """All of it dies at once; the supervisor starts it again a moment later."""
    ground.kill(name)
    time.sleep(chance.uniform(0, 1))
    ground.run(name, ground.commands[name])


def one_of(ground: Ground, name: str, chance: random.Random) -> None:
    """One child dies; its parent has to notice."""
    children = family(ground.children[name].pid)[1:]
    if children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(children), signal.SIGKILL)


def restart(ground: Ground, name: str, number: signal.Signals, chance: random.Random) -> None:
    ground.kill(name) if number == signal.SIGKILL else ground.stop(name, number)
    time.sleep(chance.uniform(0, 1))
    ground.start_program(name)


def flush(ground: Ground) -> None:
    redis.Redis.from_url(ground.environment["REDIS_URL"]).flushall()


def buy(port: int, key: str, seen: Seen, stop: threading.Event, seed: int) -> None:
    """Orders one after the other; now and then one is cancelled, or asked for again with its key."""
    chance = random.Random(seed)
    client = Client(port, key, timeout=15.0)
    number = 0
    while not stop.is_set():
        number += 1
        external_id = f"{seed}-{number}"
        body = order(external_id, chance)
        with seen.lock:
            seen.asked.add(external_id)
        answer = insist(client, "/api/v1/orders/", body, f"order-{external_id}", (201, 200), seen)
        if answer is None:
            continue
        with seen.lock:
            seen.orders[external_id] = answer["id"]
        if chance.random() < 0.1:
            same = insist(client, "/api/v1/orders/", body, f"order-{external_id}", (201, 200), seen)
            if same is not None and same["id"] != answer["id"]:
                seen.wrong.append(f"{external_id} was answered with two orders")
        if chance.random() < 0.15:
            path = f"/api/v1/orders/{answer['id']}/cancellations/"
            if insist(
                client, path, {"lines": None, "reason": "changed mind"}, f"c-{external_id}", (201,), seen
            ):
                with seen.lock:
                    seen.cancelled.add(external_id)
        time.sleep(0.02)


def order(external_id: str, chance: random.Random) -> dict[str, Any]:
    skus = chance.sample(range(SKUS), chance.choice([1, 2, 2, 3, 8]))
    lines = [{"sku": f"SKU-{n}", "quantity": chance.randint(1, 3), "unit_price": "10.00"} for n in skus]
    total = sum(int(line["quantity"]) * 10 for line in lines)
    return {
        "external_id": external_id,
        "currency": "SAR",
        "customer": {"name": "Sara Ahmad", "email": f"customer{chance.randrange(200)}@example.com"},
        "shipping_address": ADDRESS,
        "lines": lines,
        "payments": [{"method": "card", "state": "captured", "amount": f"{total}.00"}],
    }


def insist(
    client: Client, path: str, body: dict[str, Any], key: str, fine: tuple[int, ...], seen: Seen
) -> dict[str, Any] | None:
    """The answer, however often the call must be repeated with its key; None when it was refused or never came."""
    until = time.monotonic() + GIVE_UP
    while time.monotonic() < until:
        try:
            status, answer = client.post(path, body, idempotency_key=key)
        except (OSError, ValueError) as error:
            client.close()
            said = type(error).__name__
        else:
            if status in fine:
                return dict(answer)
            said = str((answer or {}).get("code", status))
            if said not in NOT_NOW:
                seen.wrong.append(f"{path} answered {status}: {str(answer)[:300]}")
                return None
        with seen.lock:
            seen.repeats[said] += 1
        time.sleep(0.2)
    seen.wrong.append(f"{path} with key {key} was never answered")
    return None


def judge(ground: Ground, seen: Seen, patience: float) -> list[str]:
    """What is not as it was acknowledged."""
    wrong: list[str] = []
    began = time.monotonic()
    with connected(ground) as connection:
        while True:
            rows = connection.execute(OWED).fetchone() or (0, 0)
            if not rows[0] or time.monotonic() - began > patience:
                break
            time.sleep(0.25)
        print(f"The workers needed {time.monotonic() - began:.1f} s more.")
        if rows[0]:
            wrong.append(f"{rows[0]} deliveries are still owed")
        if rows[1]:
            wrong.append(f"{rows[1]} deliveries died")
            dead = connection.execute(
                "SELECT DISTINCT kind, handler, last_error FROM core_outbox LIMIT 5"
            ).fetchall()
            wrong += [str(row) for row in dead]
        stored: dict[str, list[tuple[str, str]]] = {}
        for external_id, order_id, stage in connection.execute(
            "SELECT external_id, id, stage FROM orders_order"
        ):
            stored.setdefault(external_id, []).append((str(order_id), stage))
        unchecked = connection.execute(
            """
            SELECT number FROM orders_order AS o WHERE NOT EXISTS (
              SELECT 1 FROM core_event WHERE thread = 'order/' || o.number AND kind = 'order.checked')
            """
        ).fetchall()
    for external_id, order_id in seen.orders.items():
        found = [each[0] for each in stored.get(external_id, [])]
        if found != [order_id]:
            wrong.append(f"order {external_id} was acknowledged as {order_id} and stands as {found}")
    for external_id, found_orders in stored.items():
        stages = {stage for _, stage in found_orders}
        expected = "cancelled" if external_id in seen.cancelled else "allocated"
        if external_id not in seen.asked:
            wrong.append(f"order {external_id} was never asked for")
        elif external_id in seen.orders and stages != {expected}:
            wrong.append(f"order {external_id} is {stages}, not {expected}")
    wrong += [f"order {number} was never checked" for (number,) in unchecked]
    return wrong


def connected(ground: Ground) -> "psycopg.Connection[Any]":
    """PostgreSQL may just be coming back."""
    for _ in range(100):
        try:
            return ground.connect()
        except psycopg.OperationalError:
            time.sleep(0.1)
    return ground.connect()


def must(answer: tuple[int, Any]) -> Any:
    status, body = answer
    if status >= 300:
        raise SystemExit(f"{status}: {str(body)[:500]}")
    return body


if __name__ == "__main__":
    sys.exit(main())
