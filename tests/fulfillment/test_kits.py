"""A kit is sold as one, and kept, picked, shipped and returned by its components."""

import pytest
from django.utils import timezone

from fulfillment import promising, snapshot
from inventory.models import Product
from orders.models import Order
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50)
    shop.location("JED")
    road.add_rate()
    shop.product("CUP", RUH=10, JED=4)
    shop.product("TEA", RUH=4, JED=9)
    kit = shop.product("GIFT")
    kit.components = [{"sku": "CUP", "quantity": 2}, {"sku": "TEA", "quantity": 1}]
    kit.save()
    return road.open_shop()


def committed() -> dict[tuple[str, str], int]:
    places = [(sku, code) for sku in ("CUP", "TEA") for code in ("RUH", "JED")]
    return {place: road.level(*place).committed for place in places}


def units(shipment) -> list[tuple[str, int, int]]:
    (line,) = shipment["lines"]
    return [(part["sku"], part["quantity"], part["picked"]) for part in line["components"]]


def test_the_whole_road(web):
    order = web.routed(("GIFT", 3))
    assert [(line["sku"], line["quantity"], line["reserved"]) for line in order["lines"]] == [("GIFT", 3, 3)]
    assert road.kept(order) == {("CUP", "RUH"): 6, ("TEA", "RUH"): 3}
    shipment = web.release(web.shipment(order))
    assert web.refused(shipment, "picks", {"lines": [{"sku": "GIFT", "quantity": 1}]}) == (
        400,
        "not_in_shipment",
    )
    shipment = web.pick(shipment, CUP=5, TEA=2)
    assert (shipment["state"], shipment["lines"][0]["picked"]) == ("picking", 2)
    assert units(shipment) == [("CUP", 6, 5), ("TEA", 3, 2)]
    road.prove()
    shipment = web.pick(shipment, CUP=1, TEA=1)
    assert (shipment["state"], shipment["lines"][0]["picked"]) == ("picked", 3)
    body = {
        "packages": [{"lines": [{"sku": "CUP", "quantity": 6}]}, {"lines": [{"sku": "TEA", "quantity": 3}]}]
    }
    shipment = web.step(shipment, "packages", body)
    assert [box["weight_g"] for box in shipment["packages"]] == [3000, 1500]
    web.hand_over(web.label(shipment))
    assert road.level("CUP", "RUH") == Level(4, 0)
    assert road.level("TEA", "RUH") == Level(1, 0)
    assert road.movements("CUP") == [("shipped", "on_hand", -6)]
    assert web.order(order)["lines"][0]["shipped"] == 3
    road.prove()


def test_a_kit_leaves_whole_and_spreads_over_locations_kit_by_kit(web):
    order = web.routed(("GIFT", 6))
    assert road.kept(order) == {("CUP", "RUH"): 8, ("TEA", "RUH"): 4, ("CUP", "JED"): 4, ("TEA", "JED"): 2}
    assert [len(shipment["lines"]) for shipment in web.shipments(order)] == [1, 1]
    refused = web.post("orders/", shop.order_body(("GIFT", 1)))
    assert (refused.status_code, refused.json()["errors"][0]["available"]) == (409, 0)
    assert web.post("orders/", shop.order_body(("TEA", 7))).status_code == 201
    road.prove()


def test_kit_and_component_in_one_order_share_the_same_units(web):
    assert web.post("orders/", shop.order_body(("CUP", 3), ("GIFT", 5), ("TEA", 4))).status_code == 201
    assert committed() == {("CUP", "RUH"): 9, ("TEA", "RUH"): 4, ("CUP", "JED"): 4, ("TEA", "JED"): 5}
    road.prove()
    shop.work()
    road.prove()


def test_a_short_component_takes_its_kits_along_and_no_other(web):
    order = web.routed(("GIFT", 3))
    shipment = web.release(web.shipment(order))
    shipment = web.pick(shipment, CUP=6, TEA=2)
    shipment = web.step(shipment, "picks", {"lines": [], "short": True})
    assert (shipment["state"], shipment["lines"][0]["quantity"]) == ("picked", 2)
    assert units(shipment) == [("CUP", 4, 4), ("TEA", 2, 2)]
    road.prove()
    shop.work()
    elsewhere = [one for one in web.shipments(order) if one["location"] == "JED"]
    assert [one["lines"][0]["quantity"] for one in elsewhere] == [1]
    assert road.level("TEA", "RUH") == Level(4, 2, 1), "one tea waits for a count"
    assert road.level("CUP", "RUH") == Level(10, 4, 0), "the cups were there"
    road.prove()


def test_cancelling_half_picked_kits(web):
    order = web.routed(("GIFT", 3))
    shipment = web.pick(web.release(web.shipment(order)), CUP=5, TEA=2)
    assert web.cancel(order, ("GIFT", 2)).status_code == 201
    (shipment,) = web.shipments(order)
    assert (shipment["lines"][0]["quantity"], shipment["lines"][0]["picked"]) == (1, 1)
    assert units(shipment) == [("CUP", 2, 2), ("TEA", 1, 1)]
    assert road.kept(order) == {("CUP", "RUH"): 2, ("TEA", "RUH"): 1}
    road.prove()


def test_an_open_order_keeps_the_kit_as_it_was_bought(web):
    order = web.routed(("GIFT", 1))
    Product.objects.filter(sku="GIFT").update(components=[{"sku": "TEA", "quantity": 5}])
    shipment = web.up_to(web.shipment(order), "release")
    shipment = web.pick(shipment, CUP=2, TEA=1)
    web.hand_over(web.label(web.pack(shipment)))
    assert road.level("CUP", "RUH") == Level(8, 0)
    road.prove()


def test_moved_to_another_location_with_all_its_parts(web):
    order = web.routed(("GIFT", 1))
    answer = web.post(f"orders/{order['id']}/reroutings/", {"to": "JED"})
    assert answer.status_code == 201, answer.content
    assert road.kept(order) == {("CUP", "JED"): 2, ("TEA", "JED"): 1}
    road.prove()


def test_a_kept_checkout_of_kits_is_taken_over(web):
    body = {"lines": [{"sku": "GIFT", "quantity": 5}], "minutes": 5}
    kept = web.post("reservations/", body).json()
    assert kept["lines"][0]["locations"] == [{"code": "RUH", "quantity": 4}, {"code": "JED", "quantity": 1}]
    road.prove()
    order = web.place(("GIFT", 4), reservation=kept["id"])
    assert road.kept(order) == {("CUP", "RUH"): 8, ("TEA", "RUH"): 4}
    road.prove()


def test_a_kit_that_comes_back_is_put_away_by_component(web):
    order = web.routed(("GIFT", 2))
    shipment = web.release(web.shipment(order))
    shipment = web.pick(shipment, CUP=4, TEA=2)
    boxes = {"packages": [{"lines": [{"sku": "CUP", "quantity": 4}, {"sku": "TEA", "quantity": 2}]}]}
    shipment = web.hand_over(web.label(web.step(shipment, "packages", boxes)))
    web.scan(shipment, "delivered")
    (sold,) = web.order(order)["lines"]
    asked = {"id": sold["id"], "quantity": 1, "reason": "changed_mind"}
    body = {"order": order["id"], "lines": [asked], "method": "courier", "resolution": "refund"}
    back = web.post("returns/", body).json()
    (line,) = back["lines"]
    for step, said in (
        ("approvals", {}),
        ("receipts", {"location": "JED", "lines": [{"id": line["id"], "quantity": 1}]}),
        (
            "inspections",
            {"lines": [{"id": line["id"], "quantity": 1, "grade": "A", "disposition": "restock"}]},
        ),
    ):
        answer = web.post(f"returns/{back['id']}/{step}/", said)
        assert answer.status_code == 201, answer.content
    assert (road.level("CUP", "JED"), road.level("TEA", "JED")) == (Level(6, 0), Level(10, 0))
    assert road.movements("CUP")[-1] == ("returned", "on_hand", 2)
    assert web.order(order)["lines"][0]["returned"] == 1
    road.prove()


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"weight_g": 0}, (2 * 500 + 300, 2 * 10**6 + 3 * 10**6)),
        ({"weight_g": 900}, (900, 2 * 10**6 + 3 * 10**6)),
        ({"weight_g": 900, "length_mm": 200, "width_mm": 200, "height_mm": 200}, (900, 8 * 10**6)),
    ],
)
def test_a_kit_is_as_heavy_and_as_large_as_its_components(web, own, expected):
    Product.objects.filter(sku="CUP").update(length_mm=100, width_mm=100, height_mm=100)
    Product.objects.filter(sku="TEA").update(weight_g=300, length_mm=300, width_mm=100, height_mm=100)
    Product.objects.filter(sku="GIFT").update(**own)
    kit = Product.objects.get(sku="GIFT")
    (demand,) = promising.read({kit: 1}, {"country": "SA"}, timezone.now()).demand
    assert (demand.weight_g, demand.volume_mm3) == expected
    order = web.place(("GIFT", 2))
    placed = Order.objects.get(pk=order["id"])
    lines = {line.pk: line for line in placed.lines.select_related("product")}
    taken = snapshot.take(placed, lines, snapshot.wanted_units(lines), timezone.now())
    assert [(one.weight_g, one.volume_mm3) for one in taken.order.lines] == [expected]
