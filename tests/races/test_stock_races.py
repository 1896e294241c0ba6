"""Checkouts, orders, kits and waiting lines on the same last units: exact in the end, and nobody deadlocks."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from inventory.models import Product, Reservation, StockLevel
from orders import backorders
from orders.checkouts import keeping
from orders.models import Checkout, Line, Order
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


def keep(web: road.Shop, sku: str, units: int) -> Any:
    return web.post("reservations/", {"lines": [{"sku": sku, "quantity": units}], "minutes": 5})


def test_reservations_and_orders_take_exactly_what_there_is(web):
    shop.product("TEE", RUH=20, JED=20)
    before = deadlocks()
    calls: list[Callable[[], int]] = []
    for n in range(30):
        calls.append(lambda n=n: keep(web, "TEE", 1 + n % 2).status_code)
        calls.append(lambda n=n: web.post("orders/", shop.order_body(("TEE", 1 + n % 2))).status_code)
    answers = at_once(calls)
    assert set(answers) == {201, 409}
    taken = sum(1 + (n // 2) % 2 for n, code in enumerate(answers) if code == 201)
    assert taken == 40
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == 40
    assert deadlocks() == before
    road.prove()


def test_one_of_expiry_a_late_order_and_another_buyer_has_the_units(web):
    """Each reservation expires while its own order, a stranger and the worker come for it."""
    shop.product("TEE", RUH=12)
    kept = [keep(web, "TEE", 1).json()["id"] for _ in range(12)]
    soon = timezone.now() + timedelta(milliseconds=400)
    Checkout.objects.update(expires_at=soon)
    Reservation.objects.update(expires_at=soon)

    def own(pk: str) -> Callable[[], int]:
        return lambda: web.post("orders/", shop.order_body(("TEE", 1), reservation=pk)).status_code

    def stranger() -> int:
        codes = [web.post("orders/", shop.order_body(("TEE", 1))).status_code for _ in range(3)]
        return codes.count(201)

    before = deadlocks()
    answers = at_once([*(own(pk) for pk in kept), *[stranger] * 6, keeping.end_due, keeping.end_due])
    bought = answers[:12].count(201) + sum(answers[12:18])
    keeping.end_due()
    assert Order.objects.count() == bought <= 12
    assert road.level("TEE", "RUH") == Level(12, bought)
    assert Checkout.objects.filter(state="consumed").count() == answers[:12].count(201)
    assert not Checkout.objects.filter(state="open").exists()
    assert deadlocks() == before
    road.prove()


def test_one_reservation_is_consumed_once(web):
    shop.product("TEE", RUH=50)
    kept = keep(web, "TEE", 3).json()["id"]
    body = [shop.order_body(("TEE", 2), reservation=kept) for _ in range(8)]
    answers = at_once([lambda one=one: web.post("orders/", one).status_code for one in body])
    assert Counter(answers) == {201: 1, 409: 7}
    assert road.level("TEE", "RUH") == Level(50, 2)
    road.prove()


def test_kits_that_share_components_and_the_components_alone(web):
    for sku, units in (("CUP", 40), ("TEA", 30), ("BOX", 25)):
        shop.product(sku, RUH=units // 2, JED=units - units // 2)
    for sku, parts in (("GIFT", (("CUP", 2), ("TEA", 1))), ("SET", (("TEA", 1), ("BOX", 2)))):
        kit = shop.product(sku)
        kit.components = [{"sku": part, "quantity": n} for part, n in parts]
        kit.save()
    goods = ["GIFT", "SET", "CUP", "TEA", "BOX"]

    def buyer(seed: int) -> Callable[[], Counter[int]]:
        def buy() -> Counter[int]:
            codes: Counter[int] = Counter()
            for turn in range(3):
                pair = (goods[(seed + turn) % 5], goods[(seed * 3 + turn + 1) % 5])
                body = shop.order_body(*((sku, 1 + seed % 2) for sku in dict.fromkeys(pair)))
                answer = web.post("orders/", body)
                codes[answer.status_code] += 1
                if answer.status_code == 201 and seed % 4 == 0:
                    web.cancel(answer.json())
            return codes

        return buy

    before = deadlocks()
    answers = at_once([*(buyer(seed) for seed in range(24)), shop.work])
    shop.work()
    codes = sum(answers[:24], Counter())
    assert set(codes) <= {201, 409}
    assert codes[409] > 0
    for level in StockLevel.objects.all():
        assert 0 <= level.committed <= level.on_hand
    assert deadlocks() == before
    road.prove()


def test_arriving_stock_goes_to_who_waits_whoever_buys_meanwhile(web):
    shop.product("TEE", RUH=0)
    Product.objects.filter(sku="TEE").update(backorder="allow")
    waiting = [web.place(("TEE", 2)) for _ in range(10)]
    Product.objects.filter(sku="TEE").update(backorder="deny")
    shop.product("TEE", RUH=23)
    before = deadlocks()

    def buy() -> int:
        return web.post("orders/", shop.order_body(("TEE", 1))).status_code

    answers = at_once([*[buy] * 20, backorders.fill_due, backorders.fill_due, shop.work])
    backorders.fill_due()
    assert answers[:20].count(201) == 3
    assert [web.order(order)["lines"][0]["reserved"] for order in waiting] == [2] * 10
    assert not Line.objects.filter(backordered__gt=0).exists()
    assert road.level("TEE", "RUH") == Level(23, 23)
    assert deadlocks() == before
    road.prove()
