"""Many hands at once on the same stock, orders and parcels: exact in the end, and nobody deadlocks."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from fulfillment import desk, routing
from fulfillment.models import RoutingDecision, Shipment
from inventory.models import Reservation
from oms.core.models import Event
from orders.models import Line, Order
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pgbouncer]


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """All calls from threads that start as one; what each returned, in the order of the calls."""
    gate = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)
    failures: list[BaseException] = []

    def run(place: int) -> None:
        try:
            gate.wait(30)
            answers[place] = calls[place]()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    return answers


def deadlocks() -> int:
    """Deadlocks of this database so far. Closed sessions have reported theirs."""
    time.sleep(1.1)  # sessions report at most once a second
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50)
    road.add_rate()
    return road.open_shop()


def test_two_workers_route_one_order_once(web):
    shop.product("TEE", RUH=10, JED=5)
    order = web.place(("TEE", 12))
    planned = at_once([lambda: desk.route(UUID(order["id"]))] * 6)
    assert sorted(len(shipments) for shipments in planned) == [0, 0, 0, 0, 0, 2]
    assert Shipment.objects.count() == 2
    assert RoutingDecision.objects.count() == 1
    assert Event.objects.filter(kind="order.allocated").count() == 1
    road.prove()


def test_stock_taken_while_the_desk_thinks_makes_it_look_again(web, monkeypatch):
    """Kept in Riyadh, cheaper from Jeddah; somebody else takes what Jeddah had before the desk could."""
    shop.product("TEE", RUH=10, JED=5)
    for place, base in (("RUH", "90.00"), ("JED", "10.00")):
        road.add_rate(service="express", base=base, **{"from": [place]})
    order = web.place(("TEE", 3), shipping={"service": "express", "price": "25.00", "tax_rate": "0.15"})
    real, plans = routing.plan, []

    def and_somebody_is_quicker(*asked):
        plan = real(*asked)
        plans.append([parcel.location for parcel in plan.parcels])
        if len(plans) == 1:
            at_once([lambda: shop.product("TEE", JED=0)])
        return plan

    monkeypatch.setattr(routing, "plan", and_somebody_is_quicker)
    (shipment,) = desk.route(UUID(order["id"]))
    assert plans == [["JED"], ["RUH"]]
    assert shipment.location.code == "RUH"
    assert RoutingDecision.objects.count() == Shipment.objects.count() == 1
    assert road.kept(order) == {("TEE", "RUH"): 3}
    road.prove()


def test_a_cancellation_and_a_handover_meet(web):
    """Whoever comes first wins whole: the parcel leaves, or the units go back."""
    shop.product("TEE", RUH=100)
    orders = [web.routed(("TEE", 2)) for _ in range(12)]
    parcels = [web.up_to(web.shipment(order), "label") for order in orders]
    calls: list[Callable[[], Any]] = []
    for order, parcel in zip(orders, parcels, strict=True):
        calls.append(lambda order=order: web.cancel(order).status_code)
        calls.append(lambda parcel=parcel: web.post(f"shipments/{parcel['id']}/handovers/").status_code)
    answers = at_once(calls)
    pairs = Counter(zip(answers[::2], answers[1::2], strict=True))
    assert set(pairs) <= {(201, 409), (409, 201)}
    left = pairs[409, 201]
    assert road.level("TEE", "RUH") == Level(100 - 2 * left, 0)
    assert Order.objects.filter(status="cancelled").count() == 12 - left
    road.prove()


def test_a_step_taken_by_many_is_taken_once(web):
    shop.product("TEE", RUH=10)
    parcel = web.shipment(web.routed(("TEE", 2)))
    for name, body in (
        ("releases", None),
        ("picks", {"lines": [{"sku": "TEE", "quantity": 2}]}),
        ("packages", {"packages": [{}]}),
        ("labels", {}),
        ("handovers", None),
    ):
        path = f"shipments/{parcel['id']}/{name}/"
        answers = at_once([lambda path=path, body=body: web.post(path, body).status_code] * 6)
        assert Counter(answers) == {201: 1, 409: 5}, name
    assert road.level("TEE", "RUH") == Level(8, 0)
    road.prove()


def test_64_threads_take_exactly_100_units(web):
    shop.product("TEE", RUH=60, JED=40)

    def buy():
        return [web.post("orders/", shop.order_body(("TEE", 1))).status_code for _ in range(3)]

    before = deadlocks()
    answers = Counter(code for codes in at_once([buy] * 64) for code in codes)
    assert answers == {201: 100, 409: 92}
    assert road.level("TEE", "RUH") == Level(60, 60)
    assert road.level("TEE", "JED") == Level(40, 40)
    assert Order.objects.count() == 100
    assert deadlocks() == before
    road.prove()


def test_64_threads_on_2_of_20_skus_in_opposite_order_with_cancellations_beside(web):
    """Buyers name their two SKUs in either order and every third cancels; routing goes on beside them."""
    skus = [f"SKU-{n:02}" for n in range(20)]
    for sku in skus:
        shop.product(sku, RUH=15, JED=10)

    def buyer(seed: int) -> Callable[[], Counter[int]]:
        def buy() -> Counter[int]:
            dice = random.Random(seed)
            codes: Counter[int] = Counter()
            for _ in range(4):
                pair = dice.sample(skus, 2)
                answer = web.post("orders/", shop.order_body((pair[0], dice.randint(1, 4)), (pair[1], 2)))
                codes[answer.status_code] += 1
                if answer.status_code == 201 and dice.random() < 0.33:
                    codes[web.cancel(answer.json()).status_code * 10] += 1
            return codes

        return buy

    before = deadlocks()
    worker = [shop.work] * 2
    results = at_once([*(buyer(seed) for seed in range(62)), *worker])
    shop.work()
    codes = sum(results[:62], Counter())
    assert set(codes) <= {201, 409, 2010}
    placed, cancelled = codes[201], codes[2010]
    assert placed + codes[409] == 62 * 4
    assert Order.objects.count() == placed
    assert Order.objects.filter(status="cancelled").count() == cancelled
    assert deadlocks() == before

    promised: Counter[str] = Counter()
    for sku, units in Line.objects.exclude(reserved=0).values_list("sku", "reserved"):
        promised[sku] += units
    kept: Counter[str] = Counter()
    for sku, units in Reservation.objects.values_list("product__sku", "quantity"):
        kept[sku] += units
    assert promised == kept
    assert max(kept.values()) <= 25
    assert Line.objects.exclude(allocated=0).exists()
    road.prove()


def test_the_desk_moves_stock_both_ways_at_once(web):
    """Half the orders move from Riyadh to Jeddah, half the other way, all over the same SKUs."""
    skus = [f"SKU-{n}" for n in range(6)]
    for sku in skus:
        shop.product(sku, RUH=100, JED=100)
    for service, cheap in (("west", "JED"), ("east", "RUH")):
        road.add_rate(service=service, base="5.00", **{"from": [cheap]})
        road.add_rate(service=service, base="90.00", **{"from": ["RUH" if cheap == "JED" else "JED"]})
    orders = []
    for n in range(24):
        lines = skus if n % 2 else skus[::-1]
        place, service = ("JED", "east") if n % 3 else ("RUH", "west")
        shop.location(place).__class__.objects.filter(code=place).update(priority=1)
        shipping = {"service": service, "price": "25.00", "tax_rate": "0.15"}
        orders.append(web.place(*[(sku, 2) for sku in lines], shipping=shipping))
        shop.location(place).__class__.objects.filter(code=place).update(priority=100)
    before = deadlocks()
    planned = at_once([lambda order=order: desk.route(UUID(order["id"])) for order in orders])
    assert [len(shipments) for shipments in planned] == [1] * 24
    assert Counter(Shipment.objects.values_list("service", "location__code")) == {
        ("west", "JED"): 8,
        ("east", "RUH"): 16,
    }
    assert road.level("SKU-0", "RUH") == Level(100, 32)
    assert road.level("SKU-0", "JED") == Level(100, 16)
    assert deadlocks() == before
    road.prove()


def test_a_rerouting_and_a_picker_meet(web):
    """Whoever comes first has the unit: picked ones stay, the others move, none is lost or in two parcels."""
    shop.product("TEE", RUH=60, JED=60)
    orders = [web.routed(("TEE", 3)) for _ in range(8)]
    parcels = [web.release(web.shipment(order)) for order in orders]
    calls: list[Callable[[], Any]] = []
    for order, parcel in zip(orders, parcels, strict=True):
        path = f"shipments/{parcel['id']}/picks/"
        one = {"lines": [{"sku": "TEE", "quantity": 1}]}
        calls.append(lambda path=path, one=one: web.post(path, one).status_code)
        calls.append(lambda path=path, one=one: web.post(path, one).status_code)
        wish = {"to": "JED", "shipment": parcel["id"]}
        calls.append(
            lambda order=order, wish=wish: web.post(f"orders/{order['id']}/reroutings/", wish).status_code
        )
    before = deadlocks()
    answers = at_once(calls)
    assert set(answers[2::3]) == {201}
    at_ruh = 0
    for n, order in enumerate(orders):
        picked = answers[3 * n : 3 * n + 2].count(201)
        at_ruh += picked
        kept = {("TEE", "JED"): 3 - picked} | ({("TEE", "RUH"): picked} if picked else {})
        assert road.kept(order) == kept
        line = Line.objects.get(order_id=order["id"])
        assert (line.reserved, line.allocated, line.picked) == (3, 3, picked)
    assert road.level("TEE", "RUH") == Level(60, at_ruh)
    assert road.level("TEE", "JED") == Level(60, 24 - at_ruh)
    assert deadlocks() == before
    road.prove()


def test_one_parcel_moved_by_many_moves_once(web):
    shop.product("TEE", RUH=10, JED=10)
    order = web.routed(("TEE", 2))
    wish = {"to": "JED", "shipment": web.shipment(order)["id"]}
    answers = at_once([lambda: web.post(f"orders/{order['id']}/reroutings/", wish).status_code] * 6)
    assert Counter(answers) == {201: 1, 409: 5}
    assert road.kept(order) == {("TEE", "JED"): 2}
    road.prove()


def test_the_last_units_elsewhere_go_to_one_of_two_moves(web):
    shop.product("TEE", RUH=10, JED=2)
    orders = [web.routed(("TEE", 2)) for _ in range(4)]
    answers = at_once(
        [
            lambda order=order: web.post(f"orders/{order['id']}/reroutings/", {"to": "JED"}).status_code
            for order in orders
        ]
    )
    assert Counter(answers) == {201: 1, 409: 3}
    assert road.level("TEE", "JED") == Level(2, 2)
    assert road.level("TEE", "RUH") == Level(10, 6)
    road.prove()
