"""Fewer units than promised: the newest promises wait again, and their parcels shrink."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from fulfillment import shortages
from inventory.models import Location, Product
from oms.core.errors import StockCommitted
from oms.core.models import Event
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50)
    road.add_rate()
    shop.product("TEE", RUH=10)
    return road.open_shop()


def place(web: road.Shop, units: int, *, days_ago: int = 0, routed: bool = True, sku: str = "TEE"):
    placed = (timezone.now() - timedelta(days=days_ago)).isoformat()
    order = web.place((sku, units), placed_at=placed)
    if routed:
        shop.work()
    return web.order(order)


def lose(units: int, sku: str = "TEE", state: str = "on_hand", code: str = "RUH"):
    return shortages.adjust_with_room(
        product=Product.objects.get(sku=sku),
        location=Location.objects.get(code=code),
        set_to=None,
        change=-units if state == "on_hand" else units,
        state=state,
        reason="Counted",
        actor="staff:sam",
    )


def counts(web: road.Shop, *orders) -> list[tuple[int, int, int]]:
    lines = [web.order(order)["lines"][0] for order in orders]
    return [(line["reserved"], line["backordered"], line["allocated"]) for line in lines]


def test_room_enough_touches_nobody(web):
    order = place(web, 6)
    lose(4)
    assert counts(web, order) == [(6, 0, 6)]
    assert not Event.objects.filter(kind="order.backordered").exists()


def test_the_newest_order_waits_and_its_parcel_shrinks(web):
    old, new = place(web, 4, days_ago=2), place(web, 5)
    lose(4)
    assert counts(web, old, new) == [(4, 0, 4), (2, 3, 2)]
    assert web.shipment(new)["lines"][0]["quantity"] == 2
    assert road.level("TEE", "RUH") == Level(6, 6)
    assert web.order(new)["stage"] == "backordered"
    assert Event.objects.filter(kind="order.backordered").count() == 1
    road.prove()
    lose(3)
    assert counts(web, old, new) == [(3, 1, 3), (0, 5, 0)]
    assert web.shipment(new)["state"] == "cancelled"
    road.prove()


def test_what_is_in_no_parcel_goes_before_what_is_in_one_and_picked_goes_last(web):
    loose = place(web, 3, days_ago=5, routed=False)
    planned, picked = place(web, 3, days_ago=1), place(web, 4)
    web.post(f"orders/{loose['id']}/holds/", {"reason": "manual"})
    shipment = web.pick(web.release(web.shipment(picked)), TEE=4)
    assert shipment["state"] == "picked"
    lose(7, state="damaged")
    assert counts(web, picked)[0] == (3, 1, 3)
    assert road.level("TEE", "RUH") == Level(10, 3)
    assert counts(web, planned) == [(0, 3, 0)]
    assert counts(web, loose)[0][:2] == (0, 3)
    (shipment,) = web.shipments(picked)
    assert (shipment["state"], shipment["lines"][0]["picked"]) == ("picked", 3)
    road.prove()


def test_a_packed_parcel_is_opened_again(web):
    order = place(web, 4)
    web.up_to(web.shipment(order), "label")
    lose(8)
    (shipment,) = web.shipments(order)
    assert (shipment["state"], shipment["packages"], shipment["lines"][0]["quantity"]) == ("picked", [], 2)
    road.prove()
    web.hand_over(web.label(web.pack(shipment)))
    road.prove()


def test_a_kit_goes_whole(web):
    shop.product("CUP", RUH=6)
    shop.product("TEA", RUH=6)
    kit = shop.product("GIFT")
    kit.components = [{"sku": "CUP", "quantity": 2}, {"sku": "TEA", "quantity": 1}]
    kit.save()
    order = place(web, 3, sku="GIFT")
    lose(1, sku="CUP")
    assert counts(web, order) == [(2, 1, 2)]
    assert road.kept(order) == {("CUP", "RUH"): 4, ("TEA", "RUH"): 2}
    road.prove()


def test_a_checkout_is_not_robbed(web):
    web.post("reservations/", {"lines": [{"sku": "TEE", "quantity": 8}], "minutes": 5})
    order = place(web, 2)
    with pytest.raises(StockCommitted):
        lose(5)
    assert counts(web, order) == [(2, 0, 2)]
    assert isinstance(UUID(order["id"]), UUID)
    road.prove()


def test_the_api_still_refuses(web):
    place(web, 6)
    body = {"location": "RUH", "sku": "TEE", "set_to": 5, "reason": "counted"}
    answer = web.post("stock/adjustments/", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_committed")
