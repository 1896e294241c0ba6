"""A hot SKU sold from slots by many at once: exactly what there is, nobody told sold out while units are left."""

import random
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from fulfillment import counting as floor
from inventory import counting, rushes, stock
from inventory.models import Product, Reservation, Rush, Slot, StockLevel
from inventory.stock import Want
from oms.verifying import CHECKS
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level
from tests.races.test_fulfillment_races import at_once, deadlocks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50)
    road.add_rate()
    return road.open_shop()


def hot(sku: str, **units: int) -> Product:
    product = shop.product(sku, **units)
    Rush.objects.create(product=product, until=timezone.now() + timedelta(hours=1), started_by="test")
    return product


def buy(product: Product, units: int = 1) -> int:
    """Units kept for a new owner: all or none."""
    owner = uuid.uuid4()
    with transaction.atomic():
        outcome = stock.reserve({owner: [Want(uuid.uuid4(), product.pk, units)]}, hot={product.pk})[owner]
    return sum(keep.quantity for keep in outcome.kept)


def broken() -> dict[str, Any]:
    """Rules of `verify` about stock that do not hold; who keeps units here is no order."""
    found = {}
    with connection.cursor() as cursor:
        for check in (check for check in CHECKS if check.name.startswith("stock:")):
            cursor.execute(check.sql)
            if rows := cursor.fetchall():
                found[check.name] = rows
    return found


def test_64_buyers_of_100_units_take_exactly_100(web):
    product = hot("TEE", RUH=100)
    before = deadlocks()
    sold = at_once([lambda: sum(buy(product) for _ in range(3))] * 64)
    assert sum(sold) == 100
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == 100
    assert road.level("TEE", "RUH") == Level(100, 100)
    assert sum(Slot.objects.values_list("free", flat=True)) == 0
    assert deadlocks() == before
    assert broken() == {}


def test_orders_of_many_sizes_at_two_locations_leave_less_than_the_smallest_refused(web):
    product = hot("TEE", RUH=150, JED=110)
    before = deadlocks()

    def buyer(seed: int) -> Callable[[], tuple[int, int]]:
        def call() -> tuple[int, int]:
            rng, took, refused = random.Random(seed), 0, 99
            for _ in range(4):
                asked = rng.choice((1, 1, 2, 5))
                got = buy(product, asked)
                took += got
                refused = refused if got else min(refused, asked)
            return took, refused

        return call

    answers = at_once([buyer(seed) for seed in range(48)])
    left = 260 - sum(took for took, _ in answers)
    assert left < min(refused for _, refused in answers) or left == 0
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == 260 - left
    assert deadlocks() == before
    assert broken() == {}


def test_hot_sales_beside_everything_else_that_moves_stock(web):
    """Two hot SKUs in baskets of either order, a kit of both, cancellations, corrections, counts, transfers, news of
    the worker: nobody waits in a circle, every figure is right, and what is left can be sold to the last unit."""
    tee, mug = hot("TEE", RUH=160, JED=60), hot("MUG", RUH=90, JED=70)
    kit = shop.product("GIFT")
    kit.components = [{"sku": "MUG", "quantity": 1}, {"sku": "TEE", "quantity": 2}]
    kit.save()
    house = shop.api(None)
    places = {code: shop.location(code) for code in ("RUH", "JED")}

    def basket(seed: int) -> Callable[[], Counter[int]]:
        def call() -> Counter[int]:
            codes: Counter[int] = Counter()
            for turn in range(3):
                lines = (
                    [("TEE", 1 + seed % 2), ("MUG", 1)] if turn else [("GIFT" if seed % 5 == 0 else "TEE", 1)]
                )
                answer = web.post("orders/", shop.order_body(*(lines[::-1] if seed % 2 else lines)))
                codes[answer.status_code] += 1
                if answer.status_code == 201 and seed % 4 == 0:
                    assert web.cancel(answer.json()).status_code in (200, 201)
            return codes

        return call

    def correct() -> None:
        for step in (3, -3, 2, -2):
            stock.adjust(
                product=tee,
                location=places["RUH"],
                set_to=None,
                change=step,
                state="on_hand",
                reason="",
                actor="t",
            )

    def count() -> None:
        opened = counting.open_count(places["JED"], kind="sku", products=[tee, mug], actor="t")
        for line in opened.lines.all():
            on_hand = StockLevel.objects.get(product=line.product, location=places["JED"]).on_hand
            floor.enter(line.pk, counted=on_hand, actor="t")
        floor.submit(opened, actor="t")

    def transfer() -> None:
        body = {
            "source": "JED",
            "target": "RUH",
            "lines": [{"sku": "MUG", "quantity": 4}, {"sku": "TEE", "quantity": 3}],
        }
        asked = house.post("transfers/", body)
        if asked.status_code == 201:
            house.post(f"transfers/{asked.json()['id']}/shipments/", {})

    before = deadlocks()
    calls: list[Callable[[], Any]] = [basket(seed) for seed in range(16)]
    calls += [correct, correct, count, transfer, transfer, rushes.watch, shop.work]
    answers = at_once(calls)
    assert set(sum(answers[:16], Counter())) <= {201, 409}
    shop.work()
    assert deadlocks() == before
    road.prove()
    [row] = web.get("availability/?sku=TEE").json()["data"]
    assert web.post("orders/", shop.order_body(("TEE", row["available"]))).status_code == 201
    assert web.post("orders/", shop.order_body(("TEE", 1))).status_code == 409
    road.prove()


def test_the_end_of_a_rush_amid_sales_leaves_nothing_in_slots(web):
    product = hot("TEE", RUH=200)
    buy(product)
    before = deadlocks()
    sold = at_once(
        [*[lambda: sum(buy(product) for _ in range(4))] * 20, lambda: rushes.stop(product, actor="t") or 0]
    )
    rushes.watch()
    assert sum(sold) == 80
    assert not Slot.objects.exists()
    assert road.level("TEE", "RUH") == Level(200, 81)
    assert deadlocks() == before
    assert broken() == {}
