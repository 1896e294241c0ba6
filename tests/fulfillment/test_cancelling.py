"""Cancelling at every point of the road: units, stock, parcels and money follow together."""

import uuid

import pytest

from inventory.models import Reservation
from oms.core.models import Event
from orders.models import Payment
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = pytest.mark.django_db

IN_THE_HOUSE = [None, "release", "pick", "pack", "label"]


@pytest.mark.parametrize("step", IN_THE_HOUSE)
def test_whole_at_any_point_before_the_parcel_leaves(web, step):
    order = web.routed(
        ("TEE", 2), ("MUG", 1), payments=[{"method": "card", "state": "authorized", "amount": "325.00"}]
    )
    shipment = web.shipment(order)
    if step:
        web.up_to(shipment, step)
    answer = web.cancel(order, reason="Changed her mind")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["reason"], made["order_status"]) == ("Changed her mind", "cancelled")
    assert [(line["sku"], line["quantity"]) for line in made["lines"]] == [("TEE", 2), ("MUG", 1)]
    assert made["total"]["amount"] == "0.00"

    gone = web.order(order)
    assert (gone["status"], gone["stage"]) == ("cancelled", "cancelled")
    assert [(line["reserved"], line["allocated"], line["cancelled"]) for line in gone["lines"]] == [
        (0, 0, 2),
        (0, 0, 1),
    ]
    charged = step in ("pack", "label")
    assert gone["payment_status"] == ("paid" if charged else "voided")
    assert gone["totals"]["balance"]["amount"] == ("-325.00" if charged else "0.00")
    assert road.level("TEE", "RUH") == Level(10, 0)
    assert road.level("MUG", "RUH") == Level(3, 0)
    assert not Reservation.objects.exists()
    parcel = web.shipment(order)
    assert (parcel["state"], parcel["lines"], parcel["packages"], parcel["tracking_number"]) == (
        "cancelled",
        [],
        [],
        "",
    )
    told = Event.objects.get(kind="order.cancelled")
    assert told.data["whole"] is True
    assert [line["quantity"] for line in told.data["cancelled"]] == [2, 1]
    assert "Changed" not in str(told.data)

    again = web.cancel(order)
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")
    assert Event.objects.filter(kind="order.cancelled").count() == 1


def test_before_it_is_routed(web):
    order = web.place(("TEE", 2))
    assert web.cancel(order).status_code == 201
    shop.work()
    assert web.shipments(order) == []
    gone = web.order(order)
    assert (gone["stage"], gone["totals"]["balance"]["amount"]) == ("cancelled", "-225.00")
    assert road.level("TEE", "RUH") == Level(10, 0)


def test_nothing_is_left_after_the_handover(web):
    order = web.routed(("TEE", 2))
    web.up_to(web.shipment(order), "hand_over")
    answer = web.cancel(order)
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
    assert web.shipment(order)["state"] == "handed_over"


def test_what_has_left_stays_and_the_rest_is_cancelled(web):
    order = web.routed(("TEE", 12))
    first, second = web.shipments(order)
    sent = first["lines"][0]["quantity"]
    web.up_to(first, "hand_over")
    assert web.cancel(order).json()["lines"][0]["quantity"] == 12 - sent
    half = web.order(order)
    line = half["lines"][0]
    assert (line["shipped"], line["cancelled"], line["reserved"]) == (sent, 12 - sent, 0)
    assert (half["status"], half["stage"], half["fulfillment_status"]) == ("open", "shipped", "fulfilled")
    assert half["totals"]["total"]["amount"] == f"{sent * 100 + 25}.00"
    assert web.shipments(order)[1]["state"] == "cancelled"


def test_a_part_is_taken_from_where_it_is_least_advanced(web):
    """Back-ordered units first, then unpicked ones, then picked ones."""
    order = web.routed(
        lines=[{"sku": "MUG", "quantity": 5, "unit_price": "100.00", "tax_rate": "0.15", "backorder": True}],
        payments=[{"method": "card", "state": "captured", "amount": "525.00"}],
    )
    shipment = web.release(web.shipment(order))
    web.pick(shipment, MUG=2)

    def line():
        found = web.order(order)["lines"][0]
        return found["backordered"], found["reserved"], found["picked"], found["cancelled"]

    assert line() == (2, 3, 2, 0)
    web.cancel(order, ("MUG", 1))
    assert line() == (1, 3, 2, 1)
    assert road.level("MUG", "RUH") == Level(3, 3)
    web.cancel(order, ("MUG", 2))
    assert line() == (0, 2, 2, 3)
    parcel = web.shipment(order)
    assert (parcel["state"], parcel["lines"][0]["quantity"]) == ("picked", 2)
    web.cancel(order, ("MUG", 1))
    assert line() == (0, 1, 1, 4)
    assert road.level("MUG", "RUH") == Level(3, 1)
    too_many = web.cancel(order, ("MUG", 2))
    assert (too_many.status_code, too_many.json()["code"]) == (409, "illegal_move")
    assert web.order(order)["totals"]["total"]["amount"] == "125.00"
    made = web.get(f"orders/{order['id']}/cancellations/").json()["data"]
    assert [cancelled["lines"][0]["quantity"] for cancelled in made] == [1, 2, 1]
    # To whom hears of it the order goes on: only a whole one is `order.cancelled`.
    assert Event.objects.filter(kind="order.edited").count() == 3
    assert not Event.objects.filter(kind="order.cancelled").exists()


def test_a_labelled_parcel_that_loses_units_is_packed_anew_and_charged_once(web):
    order = web.routed(
        ("TEE", 2), ("MUG", 1), payments=[{"method": "card", "state": "authorized", "amount": "325.00"}]
    )
    shipment = web.up_to(web.shipment(order), "label")
    assert web.order(order)["totals"]["paid"]["amount"] == "325.00"
    web.cancel(order, ("MUG", 1))
    opened = web.shipment(order)
    assert (opened["state"], opened["packages"], opened["tracking_number"]) == ("picked", [], "")
    assert [(line["picked"], line["packed"]) for line in web.order(order)["lines"]] == [(2, 0), (0, 0)]
    assert web.order(order)["totals"]["balance"]["amount"] == "-100.00"
    assert web.refused(opened, "handovers") == (409, "illegal_move")
    web.pack(opened)
    again = web.label(opened)
    assert again["tracking_number"] == shipment["tracking_number"]
    web.hand_over(again)
    assert web.order(order)["totals"]["paid"]["amount"] == "325.00"
    assert Payment.objects.filter(kind="capture").count() == 1
    assert road.level("TEE", "RUH") == Level(8, 0)
    assert road.level("MUG", "RUH") == Level(3, 0)


def test_an_authorisation_is_captured_only_for_what_is_left(web):
    order = web.routed(
        ("TEE", 2), ("MUG", 1), payments=[{"method": "card", "state": "authorized", "amount": "325.00"}]
    )
    web.cancel(order, ("TEE", 1))
    web.up_to(web.shipment(order), "pack")
    paid = web.order(order)
    assert (paid["totals"]["paid"]["amount"], paid["payment_status"]) == ("225.00", "paid")


def test_a_held_order_may_be_cancelled(web):
    order = web.routed(("TEE", 2))
    web.post(f"orders/{order['id']}/holds/", {"reason": "risk"})
    assert web.cancel(order).status_code == 201
    assert web.order(order)["status"] == "cancelled"


def test_when_the_rest_is_covered_the_wait_for_money_ends(web):
    order = web.place(
        ("TEE", 2), ("MUG", 1), payments=[{"method": "card", "state": "captured", "amount": "225.00"}]
    )
    assert [hold["reason"] for hold in order["holds"]] == ["awaiting_payment"]
    web.cancel(order, ("TEE", 1))
    assert web.order(order)["holds"] == []
    shop.work()
    assert web.order(order)["stage"] == "allocated"


def test_a_line_of_another_order_or_no_line_is_refused(web):
    order, other = web.place(("TEE", 1)), web.place(("TEE", 1))
    for lines in (
        [{"id": other["lines"][0]["id"], "quantity": 1}],
        [{"id": str(uuid.uuid4()), "quantity": 1}],
    ):
        answer = web.post(f"orders/{order['id']}/cancellations/", {"lines": lines, "reason": ""})
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_line")
        assert answer.json()["errors"][0]["pointer"] == "/lines/0/id"
    empty = web.post(f"orders/{order['id']}/cancellations/", {"lines": [], "reason": ""})
    assert empty.status_code == 400
    assert web.order(order)["lines"][0]["cancelled"] == 0


def test_another_channel_cancels_nothing(web):
    order = web.place(("TEE", 1))
    assert road.open_shop("app").cancel(order).status_code == 404
    assert web.order(order)["status"] == "open"


def test_a_whole_cancellation_ends_every_hold_and_a_part_none(web):
    order = web.routed(("TEE", 2))
    for reason in ("manual", "risk"):
        assert web.post(f"orders/{order['id']}/holds/", {"reason": reason}).status_code == 201

    assert web.cancel(order, ("TEE", 1)).status_code == 201
    assert [hold["reason"] for hold in web.order(order)["holds"]] == ["manual", "risk"]

    assert web.cancel(order).status_code == 201
    gone = web.order(order)
    assert (gone["stage"], gone["holds"]) == ("cancelled", [])
    released = Event.objects.filter(thread=f"order/{order['number']}", kind="order.released").order_by("id")
    assert [event.data["reason"] for event in released] == ["manual", "risk"]
