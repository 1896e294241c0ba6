"""Parcels sent from elsewhere than planned: by staff, when a location refuses, and what may not move."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
import time_machine

from fulfillment import rerouting, rescuing
from fulfillment.lifting import Wish
from fulfillment.models import RoutingDecision
from inventory.models import Location, Movement
from oms.core.models import Event
from orders.models import Line
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = pytest.mark.django_db


def move(web, order, **wish):
    return web.post(f"orders/{order['id']}/reroutings/", wish)


def moved(web, order, **wish):
    answer = move(web, order, **wish)
    assert answer.status_code == 201, answer.content
    return answer.json()


def where(web, order):
    """Parcels not cancelled: {number: (location, state, {sku: units})}."""
    return {
        one["number"].partition("-")[2]: (
            one["location"],
            one["state"],
            {line["sku"]: line["quantity"] for line in one["lines"]},
        )
        for one in web.shipments(order)
        if one["state"] != "cancelled"
    }


def counters(order):
    rows = Line.objects.filter(order_id=order["id"]).order_by("position")
    return [(line.sku, line.reserved, line.allocated, line.picked) for line in rows]


def test_staff_move_a_parcel_to_a_named_location(web):
    order = web.routed(("TEE", 3))
    parcel = web.shipment(order)
    assert parcel["location"] == "RUH"
    done = moved(web, order, shipment=parcel["number"], to="JED", reason="the customer lives there")
    assert where(web, order) == {"2": ("JED", "planned", {"TEE": 3})}
    assert road.kept(order) == {("TEE", "JED"): 3}
    assert road.level("TEE", "RUH") == Level(10, 0)
    assert road.level("TEE", "JED") == Level(5, 3)
    assert counters(order) == [("TEE", 3, 3, 0)]
    (line,) = done["lines"]
    assert (line["sku"], line["quantity"], line["from"], line["to"]) == ("TEE", 3, "RUH", "JED")
    assert (done["cause"], done["shipment"], done["to"]) == ("staff", parcel["number"], "JED")
    assert road.kinds(order)[-3:] == ["order.rerouted", "shipment.created", "shipment.cancelled"]
    told = Event.objects.get(kind="order.rerouted")
    assert "the customer lives there" not in str(told.data)
    (latest, first) = web.get(f"orders/{order['id']}/routing/").json()["decisions"]
    assert latest["id"] == done["decision"] != first["id"]
    assert {place["code"]: [why["code"] for why in place["why_not"]] for place in latest["locations"]} == {
        "JED": [],
        "RUH": ["not_asked"],
    }
    assert web.get(f"orders/{order['id']}/reroutings/").json()["data"] == [done]


def test_a_parcel_is_split_and_merged_back(web):
    order = web.routed(("TEE", 4))
    parcel = web.shipment(order)
    line = order["lines"][0]["id"]
    moved(web, order, shipment=parcel["id"], lines=[{"id": line, "quantity": 1}], to="JED")
    assert where(web, order) == {"1": ("RUH", "planned", {"TEE": 3}), "2": ("JED", "planned", {"TEE": 1})}
    assert road.kept(order) == {("TEE", "RUH"): 3, ("TEE", "JED"): 1}
    moved(web, order, shipment=f"{order['number']}-2", to="RUH")
    assert where(web, order) == {"1": ("RUH", "planned", {"TEE": 4})}
    assert road.kept(order) == {("TEE", "RUH"): 4}
    assert road.kinds(order)[-3:] == ["order.rerouted", "shipment.changed", "shipment.cancelled"]
    assert counters(order) == [("TEE", 4, 4, 0)]


def test_the_whole_order_is_planned_anew_without_a_location(web):
    order = web.routed(("TEE", 2), ("MUG", 1))
    answer = move(web, order, exclude=["RUH"])
    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
    assert answer.json()["errors"][0]["detail"] == "MUG: 1 asked, 0 available."
    shop.product("MUG", JED=1)
    moved(web, order, exclude=["RUH"])
    assert where(web, order) == {"2": ("JED", "planned", {"TEE": 2, "MUG": 1})}


def test_nothing_moves_where_nothing_would_change(web):
    order = web.routed(("TEE", 2))
    before = sorted(Event.objects.values_list("pk", flat=True))
    for wish in ({}, {"to": "RUH"}, {"shipment": f"{order['number']}-1"}):
        answer = move(web, order, **wish)
        assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
        assert answer.json()["detail"] == "Nothing would change: it is sent from there already."
    assert sorted(Event.objects.values_list("pk", flat=True)) == before
    assert RoutingDecision.objects.count() == 1


def test_too_little_at_the_named_location_changes_nothing(web):
    order = web.routed(("TEE", 6))
    answer = move(web, order, to="JED")
    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient_stock")
    assert answer.json()["errors"] == [
        {"pointer": "/to", "code": "insufficient_stock", "detail": "TEE: 6 asked, 5 available."}
    ]
    assert where(web, order) == {"1": ("RUH", "planned", {"TEE": 6})}
    assert road.kept(order) == {("TEE", "RUH"): 6}
    assert counters(order) == [("TEE", 6, 6, 0)]


def test_what_is_picked_stays_and_the_rest_moves(web):
    order = web.routed(("TEE", 3))
    parcel = web.release(web.shipment(order))
    web.pick(parcel, TEE=1)
    moved(web, order, shipment=parcel["id"], to="JED")
    assert where(web, order) == {"1": ("RUH", "picked", {"TEE": 1}), "2": ("JED", "planned", {"TEE": 2})}
    assert counters(order) == [("TEE", 3, 3, 1)]
    assert road.kept(order) == {("TEE", "RUH"): 1, ("TEE", "JED"): 2}
    answer = move(web, order, shipment=parcel["id"], to="JED")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
    assert (
        answer.json()["detail"] == f"Shipment {parcel['number']} is picked: what is picked stays where it is."
    )


def test_a_packed_parcel_stays(web):
    order = web.routed(("TEE", 1))
    parcel = web.up_to(web.shipment(order), "label")
    answer = move(web, order, shipment=parcel["id"], to="JED")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
    web.hand_over(parcel)
    answer = move(web, order, shipment=parcel["id"], to="JED")
    assert answer.json()["detail"] == "This shipment has left or is cancelled."


def test_a_hold_stops_a_move(web):
    order = web.routed(("TEE", 1))
    web.post(f"orders/{order['id']}/holds/", {"reason": "manual", "note": ""})
    answer = move(web, order, to="JED")
    assert (answer.status_code, answer.json()["code"]) == (409, "on_hold")


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"to": "NOWHERE"}, "/to"),
        ({"exclude": ["NOWHERE"]}, "/exclude/0"),
        ({"to": "JED", "exclude": ["JED"]}, "/exclude"),
        ({"shipment": "9-9"}, "/shipment"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"id": "00000000-0000-0000-0000-000000000000", "quantity": 1}]}, "/lines/0/id"),
    ],
)
def test_what_is_not_there_is_named(web, wish, pointer):
    order = web.routed(("TEE", 1))
    answer = move(web, order, **wish)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_another_channels_order_does_not_exist(web):
    order = web.routed(("TEE", 1))
    stranger = road.open_shop("other")
    assert move(stranger, order, to="JED").status_code == 404


def test_cash_follows_the_units(web):
    order = web.routed(("TEE", 4), payments=[{"method": "cod", "state": "pending", "amount": "425.00"}])
    line = order["lines"][0]["id"]
    moved(web, order, lines=[{"id": line, "quantity": 1}], to="JED")
    cash = {one["location"]: one["cod"]["amount"] for one in web.shipments(order)}
    assert cash == {"RUH": "318.75", "JED": "106.25"}


def refuse(web, parcel, reason="closed", **more):
    return web.post(f"shipments/{parcel['id']}/rejections/", {"reason": reason, **more})


def test_a_location_refuses_and_is_not_asked_again(web):
    order = web.routed(("TEE", 2))
    parcel = web.release(web.shipment(order))
    done = refuse(web, parcel, note="stocktaking today")
    assert done.status_code == 201, done.content
    assert where(web, order) == {"2": ("JED", "planned", {"TEE": 2})}
    assert road.kept(order) == {("TEE", "JED"): 2}
    assert done.json()["lines"][0]["to"] == "JED"
    assert (done.json()["cause"], done.json()["code"]) == ("rejected", "closed")
    # JED refuses too: nobody is left, the units stay the order's and it waits for a person.
    refuse(web, web.shipments(order)[1])
    held = web.order(order)
    assert [hold["reason"] for hold in held["holds"]] == ["no_route"]
    assert road.kept(order) == {("TEE", "JED"): 2}
    assert counters(order) == [("TEE", 2, 0, 0)]
    last = web.get(f"orders/{order['id']}/routing/").json()
    assert {place["code"]: place["why_not"][0]["code"] for place in last["locations"]} == {
        "RUH": "rejected",
        "JED": "rejected",
    }


def test_what_a_location_cannot_find_waits_for_a_count(web):
    order = web.routed(("TEE", 2))
    parcel = web.shipment(order)
    refuse(web, parcel, "not_found")
    assert where(web, order) == {"2": ("JED", "planned", {"TEE": 2})}
    assert road.level("TEE", "RUH") == Level(10, 0, 2)
    aside = Movement.objects.get(cause="not_found")
    assert (aside.change, aside.reference) == (2, f"shipment/{parcel['number']}")


def test_a_half_picked_parcel_is_refused_for_the_rest(web):
    order = web.routed(("TEE", 3))
    parcel = web.release(web.shipment(order))
    web.pick(parcel, TEE=1)
    refuse(web, parcel, "no_capacity")
    assert where(web, order) == {"1": ("RUH", "picked", {"TEE": 1}), "2": ("JED", "planned", {"TEE": 2})}
    answer = refuse(web, parcel)
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")


def test_staff_may_name_a_location_that_refused(web):
    order = web.routed(("TEE", 2))
    refuse(web, web.shipment(order))
    moved(web, order, to="RUH")
    assert where(web, order) == {"3": ("RUH", "planned", {"TEE": 2})}


def test_a_closed_location_is_refused_in_words(web):
    order = web.routed(("TEE", 2))
    Location.objects.filter(code="JED").update(active=False)
    answer = move(web, order, to="JED")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move")
    assert "JED is not active" in answer.json()["detail"]


def test_what_every_other_location_could_do_is_told_and_nothing_changes(web):
    order = web.routed(("TEE", 6))
    parcel = web.shipment(order)
    before = sorted(Event.objects.values_list("pk", flat=True))
    shop.location("DMM", priority=10)
    shop.product("TEE", DMM=20)
    units, found = rerouting.choices(UUID(order["id"]), Wish(shipment=UUID(parcel["id"])))
    assert units == 6
    assert [(one.location.code, one.plan.outcome, one.units, one.now) for one in found] == [
        ("DMM", "planned", 6, False),
        ("RUH", "planned", 6, True),
        ("JED", "no_stock", 5, False),
    ]
    assert sorted(Event.objects.values_list("pk", flat=True)) == before
    assert where(web, order) == {"1": ("RUH", "planned", {"TEE": 6})}
    assert counters(order) == [("TEE", 6, 6, 0)]


NEXT_DAY = {"shipping": {"service": "next_day", "price": "25.00", "tax_rate": "0.15"}}


def test_a_planned_parcel_that_would_come_late_goes_from_where_it_is_on_time(web):
    """Riyadh's cut-off passes before anybody began; Jeddah's is later."""
    road.add_rate(service="next_day", days=[1, 1])
    Location.objects.filter(code="JED").update(cutoff="20:00")
    with time_machine.travel(datetime(2026, 11, 23, 8, 0, tzinfo=UTC), tick=False):
        planned, released = (web.routed(("TEE", 1), **NEXT_DAY) for _ in range(2))
        web.release(web.shipment(released))
        assert rescuing.rescue_late() == 0
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, tzinfo=UTC), tick=False):
        assert rescuing.rescue_late() == 1
        assert rescuing.rescue_late() == 0
    assert where(web, planned) == {"2": ("JED", "planned", {"TEE": 1})}
    assert where(web, released) == {"1": ("RUH", "released", {"TEE": 1})}
    (told,) = web.get(f"orders/{planned['id']}/reroutings/").json()["data"]
    assert (told["cause"], told["to"]) == ("delay", "JED")
    promised = [one["promised"]["latest"] for one in web.shipments(planned)]
    assert promised == ["2026-11-24T18:00:00Z"] * 2
