"""One parcel from the routing decision to the customer's door, through the API."""

import pytest

from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = pytest.mark.django_db


def counters(order):
    names = ("reserved", "allocated", "picked", "packed", "shipped", "delivered")
    return [tuple(line[name] for name in names) for line in order["lines"]]


def test_the_whole_road(web):
    order = web.routed(("TEE", 2), ("MUG", 1))
    assert order["stage"] == "allocated"
    assert counters(order) == [(2, 2, 0, 0, 0, 0), (1, 1, 0, 0, 0, 0)]
    assert road.level("TEE", "RUH") == Level(10, 2)

    shipment = web.shipment(order)
    assert shipment["number"] == f"{order['number']}-1"
    assert shipment["order"] == order["number"]
    assert (shipment["location"], shipment["state"]) == ("RUH", "planned")
    assert (shipment["carrier"], shipment["service"]) == ("own_fleet", "standard")
    assert shipment["cost"] == {"amount": "15.00", "currency": "SAR"}
    assert [(line["sku"], line["quantity"]) for line in shipment["lines"]] == [("TEE", 2), ("MUG", 1)]
    assert shipment["promised"]["latest"]

    assert web.release(shipment)["state"] == "released"
    assert web.order(order)["stage"] == "allocated"

    picking = web.pick(shipment, TEE=1)
    assert (picking["state"], picking["short"]) == ("picking", False)
    assert web.order(order)["stage"] == "allocated"
    assert counters(web.order(order)) == [(2, 2, 1, 0, 0, 0), (1, 1, 0, 0, 0, 0)]
    assert web.pick(shipment, TEE=1, MUG=1)["state"] == "picked"
    assert web.order(order)["stage"] == "picking"

    boxes = [
        {"weight_g": 600, "length_mm": 300, "lines": [{"sku": "TEE", "quantity": 2}]},
        {"lines": [{"sku": "MUG", "quantity": 1}]},
    ]
    packed = web.step(shipment, "packages", {"packages": boxes})
    assert packed["state"] == "packed"
    assert [(box["weight_g"], box["length_mm"]) for box in packed["packages"]] == [(600, 300), (500, 0)]
    assert packed["packages"][1]["lines"] == [{"sku": "MUG", "quantity": 1}]
    assert web.order(order)["stage"] == "packed"

    labelled = web.label(shipment)
    assert labelled["state"] == "labelled"
    assert labelled["tracking_number"].startswith("RL")
    assert labelled["cost"]["amount"] == "14.20"  # 12.00 + 1.1 kg at 2.00
    assert road.level("TEE", "RUH") == Level(10, 2)

    assert web.hand_over(shipment)["state"] == "handed_over"
    assert counters(web.order(order)) == [(0, 0, 0, 0, 2, 0), (0, 0, 0, 0, 1, 0)]
    assert road.level("TEE", "RUH") == Level(8, 0)
    assert road.level("MUG", "RUH") == Level(2, 0)
    assert road.kept(order) == {}
    assert road.movements("TEE") == [("shipped", "on_hand", -2)]
    shipped = web.order(order)
    assert (shipped["stage"], shipped["fulfillment_status"]) == ("shipped", "fulfilled")

    web.scan(shipment, "in_transit", place="Riyadh hub")
    web.scan(shipment, "out_for_delivery")
    done = web.scan(shipment, "delivered", note="Left with the guard")
    assert (done["state"], done["code"], done["note"]) == ("delivered", "delivered", "Left with the guard")
    finished = web.order(order)
    assert (finished["status"], finished["stage"]) == ("completed", "completed")
    assert counters(finished) == [(0, 0, 0, 0, 2, 2), (0, 0, 0, 0, 1, 1)]
    assert [scan["code"] for scan in done["scans"]] == ["in_transit", "out_for_delivery", "delivered"]
    assert road.kinds(order) == [
        "order.placed",
        "payment.captured",
        "order.checked",
        "order.allocated",
        "shipment.created",
        "shipment.released",
        "shipment.picking",
        "shipment.picked",
        "shipment.packed",
        "shipment.labelled",
        "shipment.handed_over",
        "shipment.in_transit",
        "shipment.out_for_delivery",
        "shipment.delivered",
    ]
    assert web.get(f"shipments/{shipment['number']}/").json()["version"] == 10


def test_a_step_answers_what_the_next_read_shows(web):
    shipment = web.shipment(web.routed(("TEE", 2)))
    answer = web.post(f"shipments/{shipment['id']}/releases/")
    assert answer.status_code == 201
    assert answer["Location"].endswith(f"/api/v1/shipments/{shipment['id']}/")
    read = web.get(f"shipments/{shipment['number']}/")
    assert read.json() == answer.json()
    assert read["ETag"] == answer["ETag"]
    again = web.get(f"shipments/{shipment['number']}/", **{"If-None-Match": read["ETag"]})
    assert again.status_code == 304


def test_an_order_split_over_two_locations_becomes_two_parcels(web):
    order = web.routed(("TEE", 12), ("MUG", 1))
    first, second = web.shipments(order)
    assert {first["location"], second["location"]} == {"RUH", "JED"}
    assert {first["number"], second["number"]} == {f"{order['number']}-1", f"{order['number']}-2"}
    sent = {s["location"]: sum(line["quantity"] for line in s["lines"]) for s in (first, second)}
    assert sum(sent.values()) == 13
    assert sum(road.kept(order).values()) == 13
    web.up_to(first, "hand_over")
    half = web.order(order)
    assert (half["stage"], half["fulfillment_status"]) == ("allocated", "partially_fulfilled")
    web.up_to(second, "hand_over")
    assert web.order(order)["fulfillment_status"] == "fulfilled"


def test_the_reservation_moves_to_where_sending_is_cheaper(web):
    """Kept in Riyadh by priority, sent from Jeddah because Riyadh's rate is dear."""
    road.add_rate(service="express", base="90.00", **{"from": ["RUH"]})
    road.add_rate(service="express", base="10.00", **{"from": ["JED"]})
    body = {"shipping": {"service": "express", "price": "25.00", "tax_rate": "0.15"}}
    order = web.place(("TEE", 3), **body)
    assert road.kept(order) == {("TEE", "RUH"): 3}
    shop.work()
    assert road.kept(order) == {("TEE", "JED"): 3}
    assert road.level("TEE", "RUH") == Level(10, 0)
    assert road.level("TEE", "JED") == Level(5, 3)
    routing = web.get(f"orders/{order['number']}/routing/").json()
    assert (routing["outcome"], routing["order"]) == ("planned", order["number"])
    by_place = {tuple(candidate["locations"]): candidate for candidate in routing["candidates"]}
    assert by_place["JED",]["chosen"] is True
    assert by_place["RUH",]["chosen"] is False
    assert by_place["RUH",]["cost"]["total"] > by_place["JED",]["cost"]["total"]
    assert routing["cost"]["amount"] == "16.00"  # 10.00 + 1.5 kg at 2.00 + handling
    assert len(routing["decisions"]) == 1


def test_routing_before_the_desk_looked(web):
    order = web.place(("TEE", 1))
    routing = web.get(f"orders/{order['id']}/routing/").json()
    assert routing["outcome"] == "pending"
    assert routing["candidates"] == routing["decisions"] == []


def test_without_a_carrier_the_order_is_held_and_a_release_routes_it_again(web):
    order = web.routed(("TEE", 2), shipping={"service": "same_day", "price": "25.00", "tax_rate": "0.15"})
    assert order["stage"] == "held"
    (hold,) = order["holds"]
    assert hold["reason"] == "no_route"
    assert web.shipments(order) == []
    assert road.kept(order) == {("TEE", "RUH"): 2}
    routing = web.get(f"orders/{order['id']}/routing/").json()
    assert routing["outcome"] == "no_route"
    codes = {place["code"]: [why["code"] for why in place["why_not"]] for place in routing["locations"]}
    assert codes == {"RUH": ["no_carrier"], "JED": ["no_carrier"]}

    road.add_rate(service="same_day", days=None, hours=[1, 6])
    assert web.delete(f"orders/{order['id']}/holds/{hold['id']}/").status_code == 204
    shop.work()
    assert web.order(order)["stage"] == "allocated"
    assert web.shipment(order)["service"] == "same_day"
    assert len(web.get(f"orders/{order['id']}/routing/").json()["decisions"]) == 2


def test_a_held_order_is_routed_when_its_last_hold_goes(web):
    order = web.place(("TEE", 1))
    for reason in ("manual", "risk"):
        assert web.post(f"orders/{order['id']}/holds/", {"reason": reason}).status_code == 201
    shop.work()
    assert web.shipments(order) == []
    first, second = web.order(order)["holds"]
    web.delete(f"orders/{order['id']}/holds/{first['id']}/")
    shop.work()
    assert web.shipments(order) == []
    web.delete(f"orders/{order['id']}/holds/{second['id']}/")
    shop.work()
    assert len(web.shipments(order)) == 1


def test_backordered_units_wait_and_the_rest_goes(web):
    order = web.routed(
        lines=[{"sku": "MUG", "quantity": 5, "unit_price": "100.00", "tax_rate": "0.15", "backorder": True}],
        payments=[{"method": "card", "state": "captured", "amount": "525.00"}],
    )
    assert (order["stage"], order["lines"][0]["backordered"]) == ("backordered", 2)
    assert [(line["sku"], line["quantity"]) for line in web.shipment(order)["lines"]] == [("MUG", 3)]
    assert road.kinds(order).count("order.backordered") == 1


def test_one_carrier_named_and_the_cheapest_that_keeps_the_promise(web):
    road.add_rate(service="slow", base="1.00", days=[8, 12])
    road.add_rate(carrier="manual", service="standard", base="5.00", days=[1, 2])
    order = web.routed(("TEE", 1))
    shipment = web.up_to(web.shipment(order), "pack")
    chosen = web.label(shipment)
    assert (chosen["carrier"], chosen["service"], chosen["cost"]["amount"]) == ("manual", "standard", "7.40")

    other = web.up_to(web.shipment(web.routed(("TEE", 1))), "pack")
    assert web.refused(other, "labels", {"carrier": "dhl", "service": "x"}) == (400, "unknown_carrier")
    assert web.refused(other, "labels", {"service": "moon"}) == (400, "no_rate")
    agreed = web.label(other, carrier="manual", service="by hand", tracking_number="AWB 77-12")
    assert (agreed["carrier"], agreed["service"], agreed["tracking_number"]) == (
        "manual",
        "by hand",
        "AWB 77-12",
    )
