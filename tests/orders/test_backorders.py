"""Lines that wait: served oldest promise first, never bought past, told when."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inventory import telling
from inventory.models import Product, StockLevel
from oms.core import company
from oms.core.models import Event
from orders import backorders, expecting
from orders.models import Line, Order
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50)
    shop.location("JED")
    road.add_rate()
    shop.product("TEE", RUH=2)
    Product.objects.filter(sku="TEE").update(backorder="allow")
    return road.open_shop()


def place(web: road.Shop, units: int, *, days_ago: int = 0, sku: str = "TEE", **more):
    placed = timezone.now() - timedelta(days=days_ago)
    return web.place((sku, units), placed_at=placed.isoformat(), **more)


def counts(web: road.Shop, *orders) -> list[tuple[int, int]]:
    lines = [web.order(order)["lines"][0] for order in orders]
    return [(line["reserved"], line["backordered"]) for line in lines]


def arrive(units: int, code: str = "RUH", sku: str = "TEE") -> None:
    level = StockLevel.objects.filter(product__sku=sku, location__code=code).first()
    shop.product(sku, **{code: (level.on_hand if level else 0) + units})


def work() -> None:
    """News of stock, and what follows from it."""

    for _ in range(3):
        telling.tell()
        shop.work()


def test_the_oldest_promise_is_served_first_and_routed(web):
    new = place(web, 5)
    old = place(web, 4, days_ago=3)
    assert counts(web, new, old) == [(2, 3), (0, 4)]
    work()
    arrive(5)
    work()
    assert counts(web, new, old) == [(3, 2), (4, 0)]
    assert [line["allocated"] for order in (new, old) for line in web.order(order)["lines"]] == [3, 4]
    assert "order.backorder_filled" in road.kinds(old)
    arrive(9, "JED")
    work()
    assert counts(web, new, old) == [(5, 0), (4, 0)]
    assert web.order(new)["stage"] == "allocated"
    road.prove()


def test_what_arrived_for_older_promises_cannot_be_bought_past_them(web):
    waiting = place(web, 6)
    arrive(5)
    Product.objects.filter(sku="TEE").update(backorder="deny")
    refused = web.post("orders/", shop.order_body(("TEE", 2)))
    assert (refused.status_code, refused.json()["errors"][0]["available"]) == (409, 1)
    body = {"lines": [{"sku": "TEE", "quantity": 2}], "minutes": 5}
    assert web.post("reservations/", body).status_code == 409
    assert web.post("orders/", shop.order_body(("TEE", 1))).status_code == 201
    assert backorders.fill_due() == 1
    assert counts(web, waiting) == [(6, 0)]
    road.prove()


def test_what_waits_for_a_pickup_comes_from_its_own_location(web):
    pickup = place(web, 3, days_ago=2, delivery={"kind": "pickup", "location": "JED"}, shipping_address=None)
    sent = place(web, 3, days_ago=1)
    arrive(4)
    assert backorders.fill_due() == 1
    assert counts(web, pickup, sent) == [(0, 3), (3, 0)]
    arrive(3, "JED")
    backorders.fill_due()
    assert counts(web, pickup, sent) == [(3, 0), (3, 0)]
    road.prove()


def test_a_cancelled_wait_is_over(web):
    order = place(web, 5)
    assert web.cancel(order, ("TEE", 3)).status_code == 201
    arrive(9)
    work()
    assert counts(web, order) == [(2, 0)]
    assert Event.objects.filter(kind="order.backorder_filled").count() == 0
    road.prove()


def test_kits_wait_for_their_scarcest_component(web):
    shop.product("CUP", RUH=10)
    shop.product("TEA", RUH=1)
    kit = shop.product("GIFT")
    kit.components = [{"sku": "CUP", "quantity": 2}, {"sku": "TEA", "quantity": 1}]
    kit.backorder = "allow"
    kit.save()
    order = place(web, 3, sku="GIFT")
    assert counts(web, order) == [(1, 2)]
    arrive(1, sku="TEA")
    work()
    assert counts(web, order) == [(2, 1)]
    assert road.kept(order) == {("CUP", "RUH"): 4, ("TEA", "RUH"): 2}
    road.prove()


def test_a_pre_order_waits_for_its_day_whatever_lies_on_the_shelf(web):
    soon = company.today() + timedelta(days=4)
    Product.objects.filter(sku="TEE").update(available_from=soon)
    order = place(web, 1)
    assert counts(web, order) == [(0, 1)]
    assert order["lines"][0]["expected_at"] == soon.isoformat()
    assert backorders.fill_due() == 0
    Product.objects.filter(sku="TEE").update(backorder="deny")
    assert web.post("orders/", shop.order_body(("TEE", 1))).status_code == 409
    Product.objects.filter(sku="TEE").update(available_from=company.today())
    assert backorders.fill_due() == 1
    assert counts(web, order) == [(1, 0)]
    assert web.order(order)["lines"][0]["expected_at"] is None
    road.prove()


def test_the_day_is_reckoned_from_what_is_on_order_in_the_queue_s_order(web, monkeypatch):
    first, second = company.today() + timedelta(days=2), company.today() + timedelta(days=9)
    tee = Product.objects.get(sku="TEE")
    monkeypatch.setattr("inventory.incoming.expected", lambda ids: {tee.pk: [(first, 4), (second, 3)]})
    old, new = place(web, 5, days_ago=1), place(web, 2)
    late = place(web, 9)
    days = [order["lines"][0]["expected_at"] for order in (old, new, late)]
    assert days == [first.isoformat(), second.isoformat(), None]
    assert web.order(new) == new
    assert expecting.refresh() == 0
    monkeypatch.setattr("inventory.incoming.expected", lambda ids: {tee.pk: [(second, 30)]})
    assert expecting.refresh() == 2
    assert set(Line.objects.values_list("expected_at", flat=True)) == {second}
    assert Order.objects.get(pk=new["id"]).version == new["version"], "its day is the same"
    assert Order.objects.get(pk=old["id"]).version == old["version"] + 1
    assert Event.objects.filter(kind="order.rescheduled").count() == 2
    road.prove()


def test_a_long_queue_is_served_in_pieces_and_in_order(web, monkeypatch):
    monkeypatch.setattr(backorders, "CHUNK", 2)
    orders = [place(web, 3, days_ago=9 - n) for n in range(5)]
    arrive(8)
    backorders.fill_due()
    assert counts(web, *orders) == [(3, 0), (3, 0), (3, 0), (1, 2), (0, 3)]
    arrive(4)
    work()
    work()
    assert counts(web, *orders)[3:] == [(3, 0), (2, 1)]
    road.prove()
