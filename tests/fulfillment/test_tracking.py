"""Scans: forwards only, repeats harmless, exceptions told; pickup at a counter."""

import pytest

from oms.core.models import Event
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(web):
    return web.routed(("TEE", 2))


@pytest.fixture
def parcel(web, order):
    return web.up_to(web.shipment(order), "hand_over")


def test_a_repeat_changes_nothing(web, order, parcel):
    at = "2026-11-22T10:00:00Z"
    first = web.scan(parcel, "in_transit", at=at, place="Hub")
    events = Event.objects.count()
    again = web.scan(parcel, "in_transit", at=at, place="Hub")
    assert again == first
    assert Event.objects.count() == events
    later = web.scan(parcel, "in_transit", at="2026-11-22T12:00:00Z")
    assert (later["state"], len(later["scans"])) == ("in_transit", 2)
    assert Event.objects.count() == events


def test_a_late_report_is_kept_and_moves_nothing_back(web, order, parcel):
    web.scan(parcel, "out_for_delivery", at="2026-11-22T12:00:00Z")
    late = web.scan(parcel, "in_transit", at="2026-11-22T09:00:00Z")
    assert late["state"] == "out_for_delivery"
    assert [scan["code"] for scan in late["scans"]] == ["in_transit", "out_for_delivery"]
    web.scan(parcel, "delivered", at="2026-11-22T13:00:00Z")
    ended = web.scan(parcel, "delivery_failed", at="2026-11-22T12:30:00Z")
    assert ended["state"] == "delivered"
    assert "shipment.exception" not in road.kinds(order)
    assert web.order(order)["lines"][0]["delivered"] == 2


def test_delivered_twice_counts_once(web, order, parcel):
    web.scan(parcel, "delivered")
    web.scan(parcel, "delivered")
    assert web.order(order)["lines"][0]["delivered"] == 2
    assert road.kinds(order).count("shipment.delivered") == 1


def test_a_failed_attempt_may_be_followed_by_another(web, order, parcel):
    failed = web.scan(parcel, "delivery_failed", incident="nobody_home")
    assert (failed["state"], failed["incident"]) == ("delivery_failed", "nobody_home")
    told = Event.objects.filter(thread=f"order/{order['number']}", kind="shipment.exception").get()
    assert (told.data["code"], told.data["incident"]) == ("delivery_failed", "nobody_home")
    assert web.scan(parcel, "out_for_delivery")["state"] == "out_for_delivery"
    assert web.scan(parcel, "delivered")["state"] == "delivered"


@pytest.mark.parametrize("code", ["delayed", "held_by_carrier", "unknown"])
def test_a_report_without_a_state_is_told_and_moves_nothing(web, order, parcel, code):
    web.scan(parcel, "in_transit")
    assert web.scan(parcel, code, incident="sandstorm")["state"] == "in_transit"
    assert road.kinds(order)[-1] == "shipment.exception"


def test_units_sent_back_stay_shipped(web, order, parcel):
    web.scan(parcel, "delivery_failed")
    web.scan(parcel, "returning")
    back = web.scan(parcel, "returned_to_sender")
    assert back["state"] == "returned_to_sender"
    line = web.order(order)["lines"][0]
    assert (line["shipped"], line["delivered"]) == (2, 0)
    assert road.level("TEE", "RUH") == Level(8, 0)


def test_a_lost_parcel_may_be_found(web, order, parcel):
    assert web.scan(parcel, "lost")["state"] == "lost"
    assert web.order(order)["stage"] == "shipped"
    assert web.scan(parcel, "delivered")["state"] == "delivered"
    assert web.order(order)["status"] == "completed"


def test_a_scan_of_tomorrow_or_without_a_zone_is_refused(web, parcel):
    assert web.refused(parcel, "scans", {"code": "in_transit", "at": "2999-01-01T00:00:00Z"})[0] == 400
    assert web.refused(parcel, "scans", {"code": "in_transit", "at": "0001-01-01T00:00:00+14:00"})[0] == 400
    assert web.refused(parcel, "scans", {"code": "in_transit", "at": "9999-12-31T23:59:59-14:00"})[0] == 400
    assert web.refused(parcel, "scans", {"code": "in_transit", "at": "2026-11-22T10:00:00"})[0] == 400
    assert web.refused(parcel, "scans", {"code": "teleported"})[0] == 400


PICKUP = {"delivery": {"kind": "pickup", "location": "JED"}, "shipping_address": None}


def test_an_order_collected_at_a_counter(web):
    order = web.routed(("TEE", 2), **PICKUP)
    shipment = web.shipment(order)
    assert (shipment["location"], shipment["carrier"]) == ("JED", "")
    web.up_to(shipment, "pack")
    ready = web.scan(shipment, "ready_for_pickup")
    assert ready["state"] == "ready_for_pickup"
    assert road.level("TEE", "JED") == Level(5, 2)
    assert web.order(order)["stage"] == "packed"
    assert web.refused(shipment, "scans", {"code": "in_transit"}) == (409, "illegal_move")
    assert web.scan(shipment, "delivered")["state"] == "delivered"
    assert road.level("TEE", "JED") == Level(3, 0)
    line = web.order(order)["lines"][0]
    assert (line["reserved"], line["packed"], line["shipped"], line["delivered"]) == (0, 0, 2, 2)
    assert web.order(order)["status"] == "completed"
    assert road.kinds(order)[-2:] == ["shipment.ready_for_pickup", "shipment.delivered"]


def test_a_collected_order_may_be_labelled_and_handed_to_the_counter(web):
    order = web.routed(("TEE", 1), **PICKUP)
    shipment = web.up_to(web.shipment(order), "hand_over")
    assert (shipment["state"], shipment["tracking_number"]) == ("ready_for_pickup", shipment["number"])
    web.scan(shipment, "delivered")
    assert road.level("TEE", "JED") == Level(4, 0)


def test_a_parcel_nobody_collects_is_cancelled_and_goes_back_to_the_shelf(web):
    order = web.routed(("TEE", 2), **PICKUP)
    shipment = web.up_to(web.shipment(order), "hand_over")
    web.scan(shipment, "delivery_failed", incident="not_collected")
    assert web.cancel(order).status_code == 201
    assert web.shipment(order)["state"] == "cancelled"
    assert road.level("TEE", "JED") == Level(5, 0)


def test_a_pickup_where_the_stock_is_not_is_held(web):
    order = web.routed(("TEE", 2), **PICKUP)
    web.cancel(order)
    shop.product("TEE", JED=1)
    answer = web.post("orders/", shop.order_body(("TEE", 2), **PICKUP))
    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
