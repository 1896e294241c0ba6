"""What each step refuses: out of turn, on hold, or not what was asked for; and that nothing changed then."""

import pytest

from oms.core.models import Event
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = pytest.mark.django_db

# Each step with a body that would be right in its turn, and the state it needs.
STEPS = [
    ("releases", None, "planned"),
    ("picks", {"lines": [{"sku": "TEE", "quantity": 2}]}, "released"),
    ("packages", {"packages": [{"weight_g": 900}]}, "picked"),
    ("labels", {}, "packed"),
    ("handovers", None, "labelled"),
    ("scans", {"code": "in_transit"}, "handed_over"),
]


def test_every_step_out_of_turn_is_refused_and_changes_nothing(web):
    order = web.routed(("TEE", 2))
    shipment = web.shipment(order)
    for turn, (name, body, state) in enumerate(STEPS):
        assert shipment["state"] == state
        before = Event.objects.count(), web.order(order)["version"], web.shipment(order)
        for other, (wrong, wrong_body, _) in enumerate(STEPS):
            if other != turn:
                assert web.refused(shipment, wrong, wrong_body) == (409, "illegal_move"), (state, wrong)
        assert (Event.objects.count(), web.order(order)["version"], web.shipment(order)) == before
        shipment = web.step(shipment, name, body)


@pytest.mark.parametrize("turn", range(len(STEPS)))
def test_a_hold_stops_every_step(web, turn):
    order = web.routed(("TEE", 2))
    shipment = web.shipment(order)
    for name, body, _ in STEPS[:turn]:
        web.step(shipment, name, body)
    hold = web.post(f"orders/{order['id']}/holds/", {"reason": "risk", "note": "call first"}).json()
    before = web.shipment(order)
    name, body, _ = STEPS[turn]
    assert web.refused(shipment, name, body) == (409, "on_hold")
    assert web.shipment(order) == before
    web.delete(f"orders/{order['id']}/holds/{hold['id']}/")
    web.step(shipment, name, body)


def test_a_wrong_pick_is_refused(web):
    shipment = web.release(web.shipment(web.routed(("TEE", 2))))
    assert web.refused(shipment, "picks", {"lines": [{"sku": "MUG", "quantity": 1}]}) == (
        400,
        "not_in_shipment",
    )
    assert web.refused(shipment, "picks", {"lines": [{"sku": "TEE", "quantity": 3}]}) == (400, "too_many")
    assert web.refused(shipment, "picks", {"lines": []}) == (400, "required")
    answer = web.post(
        f"shipments/{shipment['id']}/picks/",
        {"lines": [{"sku": "TEE", "quantity": 1}, {"sku": "TEE", "quantity": 2}]},
    )
    assert answer.json()["errors"][0]["pointer"] == "/lines/1/quantity"
    assert web.get(f"shipments/{shipment['id']}/").json()["lines"][0]["picked"] == 0


def test_two_lines_of_one_sku_are_picked_and_packed_together(web):
    order = web.routed(("TEE", 2), ("TEE", 3))
    shipment = web.release(web.shipment(order))
    assert [line["quantity"] for line in shipment["lines"]] == [2, 3]
    half = web.pick(shipment, TEE=3)
    assert [line["picked"] for line in half["lines"]] == [2, 1]
    whole = web.pick(shipment, TEE=2)
    assert (whole["state"], [line["picked"] for line in whole["lines"]]) == ("picked", [2, 3])
    boxes = [{"lines": [{"sku": "TEE", "quantity": 4}]}, {"lines": [{"sku": "TEE", "quantity": 1}]}]
    packed = web.step(shipment, "packages", {"packages": boxes})
    assert [line["packed"] for line in packed["lines"]] == [2, 3]


@pytest.mark.parametrize(
    "boxes",
    [
        [{"lines": [{"sku": "TEE", "quantity": 1}]}],
        [{"lines": [{"sku": "TEE", "quantity": 3}]}],
        [{"lines": [{"sku": "TEE", "quantity": 2}, {"sku": "MUG", "quantity": 1}]}],
        [{"lines": [{"sku": "TEE", "quantity": 2}]}, {"lines": [{"sku": "TEE", "quantity": 1}]}],
    ],
)
def test_the_packages_hold_exactly_what_was_picked(web, boxes):
    shipment = web.up_to(web.shipment(web.routed(("TEE", 2))), "pick")
    assert web.refused(shipment, "packages", {"packages": boxes}) == (400, "not_what_was_picked")
    assert web.get(f"shipments/{shipment['id']}/").json()["packages"] == []


def test_packing_captures_what_is_packed_and_with_the_first_parcel_the_shipping(web):
    order = web.routed(
        ("TEE", 12),
        payments=[{"method": "card", "state": "authorized", "amount": "1225.00", "reference": "a1"}],
    )
    assert order["payment_status"] == "authorized"
    first, second = web.shipments(order)
    units = {s["number"]: s["lines"][0]["quantity"] for s in (first, second)}
    web.up_to(first, "pack")
    captured = web.order(order)["totals"]["paid"]["amount"]
    assert captured == f"{units[first['number']] * 100 + 25}.00"
    web.up_to(second, "pack")
    paid = web.order(order)
    assert (paid["totals"]["paid"]["amount"], paid["payment_status"]) == ("1225.00", "paid")


def test_a_short_pick_shrinks_the_parcel_and_the_rest_is_sent_from_elsewhere(web):
    order = web.routed(("TEE", 4))
    shipment = web.release(web.shipment(order))
    assert shipment["location"] == "RUH"
    short = web.step(shipment, "picks", {"lines": [{"sku": "TEE", "quantity": 3}], "short": True})
    assert (short["state"], short["short"], short["lines"][0]["quantity"]) == ("picked", True, 3)
    told = Event.objects.get(kind="shipment.picked").data
    assert [told[name] for name in ("units", "picked", "asked", "short")] == [3, 3, 4, 1]
    line = web.order(order)["lines"][0]
    assert (line["reserved"], line["allocated"], line["picked"]) == (4, 3, 3)
    assert road.level("TEE", "RUH") == Level(10, 4)
    shop.work()

    first, second = web.shipments(order)
    assert (second["location"], second["state"], second["lines"][0]["quantity"]) == ("JED", "planned", 1)
    assert road.kept(order) == {("TEE", "RUH"): 3, ("TEE", "JED"): 1}
    # The unit nobody found waits for a count: it is promised to nobody else.
    assert road.level("TEE", "RUH") == Level(10, 3, 1)
    assert road.level("TEE", "JED") == Level(5, 1)
    assert "shipment.exception" in road.kinds(order)
    for parcel, step in ((first, ("pack", "label", "hand_over")), (second, ("release", "pick", "pack"))):
        for name in step:
            getattr(web, name)(parcel)
    assert road.level("TEE", "RUH") == Level(7, 0, 1)


def test_nothing_found_at_all_cancels_the_parcel(web):
    order = web.routed(("MUG", 2))
    shipment = web.release(web.shipment(order))
    short = web.step(shipment, "picks", {"short": True})
    assert (short["state"], short["lines"]) == ("cancelled", [])
    shop.work()
    held = web.order(order)
    assert [hold["reason"] for hold in held["holds"]] == ["no_route"]
    # Nowhere else has it: it stays promised to this order alone until a person decides.
    assert road.kept(order) == {("MUG", "RUH"): 2}
    assert road.level("MUG", "RUH") == Level(3, 2)
    assert web.cancel(held).status_code == 201
    assert road.level("MUG", "RUH") == Level(3, 0, 2)


def test_what_a_short_order_missed_is_found_at_another_location_later(web):
    order = web.routed(("MUG", 2))
    web.step(
        web.release(web.shipment(order)), "picks", {"lines": [{"sku": "MUG", "quantity": 1}], "short": True}
    )
    shop.work()
    (hold,) = web.order(order)["holds"]
    shop.product("MUG", JED=1)
    web.delete(f"orders/{order['id']}/holds/{hold['id']}/")
    shop.work()
    first, second = web.shipments(order)
    assert (first["location"], second["location"]) == ("RUH", "JED")
    assert road.level("MUG", "RUH") == Level(3, 1, 1)


def test_what_was_delivered_cannot_be_held(web: road.Shop) -> None:
    order = web.routed(("TEE", 1), payments=[{"method": "cod", "state": "pending", "amount": "125.00"}])
    shipment = web.up_to(web.shipment(order), "hand_over")
    web.scan(shipment, "delivered")
    assert web.order(order)["stage"] == "delivered"
    answer = web.post(f"orders/{order['id']}/holds/", {"reason": "risk"})
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
    assert web.order(order)["stage"] == "delivered"
    assert web.order(order)["holds"] == []
