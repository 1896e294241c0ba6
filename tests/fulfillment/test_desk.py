"""The desk beside a world that moves: stock taken meanwhile, full locations, repeated events."""

from uuid import UUID

import pytest

from fulfillment import desk, snapshot
from fulfillment.models import RoutingDecision, Shipment
from inventory.models import Location
from oms.core.errors import InsufficientStock
from oms.core.models import Event
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = pytest.mark.django_db

TO_JEDDAH = {"shipping": {"service": "express", "price": "25.00", "tax_rate": "0.15"}}


@pytest.fixture
def cheap_in_jeddah(web):
    """Orders are kept in Riyadh and sent from Jeddah, where it costs less."""
    road.add_rate(service="express", base="90.00", **{"from": ["RUH"]})
    road.add_rate(service="express", base="10.00", **{"from": ["JED"]})


def test_when_stock_moves_every_time_the_first_reservation_stays(web, cheap_in_jeddah, monkeypatch):
    order = web.place(("TEE", 3), **TO_JEDDAH)
    looks = []
    real = snapshot.take

    def seen(*asked):
        looks.append(1)
        return real(*asked)

    def no_longer_there(*_):
        raise InsufficientStock

    monkeypatch.setattr(snapshot, "take", seen)
    monkeypatch.setattr("inventory.stock.move", no_longer_there)
    with pytest.raises(InsufficientStock):
        desk.route(UUID(order["id"]))
    assert len(looks) == desk.TRIES
    assert road.kept(order) == {("TEE", "RUH"): 3}
    assert not Shipment.objects.exists()
    assert not RoutingDecision.objects.exists()
    monkeypatch.undo()


def test_the_same_event_twice_plans_once(web):
    order = web.routed(("TEE", 1))
    told = Event.objects.get(kind="order.checked")
    assert desk.route(UUID(told.data["id"])) == []
    assert len(web.shipments(order)) == 1
    assert road.kinds(order).count("order.allocated") == 1


def test_a_full_location_takes_no_more_today(web):
    Location.objects.filter(code="RUH").update(daily_capacity=1)
    first, second, third = (web.routed(("TEE", 1)) for _ in range(3))
    assert [web.shipment(order)["location"] for order in (first, second, third)] == ["RUH", "JED", "JED"]
    web.cancel(first)
    assert web.shipment(web.routed(("TEE", 1)))["location"] == "RUH"
    trace = web.get(f"orders/{second['id']}/routing/").json()["locations"]
    assert {place["code"]: [why["code"] for why in place["why_not"]] for place in trace} == {
        "RUH": ["no_capacity"],
        "JED": [],
    }


def test_a_closed_location_sends_nothing(web):
    order = web.place(("TEE", 2))
    Location.objects.filter(code="RUH").update(active=False)
    shop.work()
    assert web.shipment(order)["location"] == "JED"
    assert road.level("TEE", "RUH") == Level(10, 0)


def test_a_line_that_needs_a_capability_goes_where_it_is(web):
    engraved = shop.product("RING", RUH=5, JED=5)
    engraved.requires = ["engraving"]
    engraved.save()
    Location.objects.filter(code="JED").update(capabilities=["engraving"])
    assert web.shipment(web.routed(("RING", 1)))["location"] == "JED"


def test_a_cancelled_order_is_not_routed(web):
    order = web.place(("TEE", 1))
    web.cancel(order)
    assert desk.route(UUID(order["id"])) == []
    shop.work()
    assert web.shipments(order) == []
