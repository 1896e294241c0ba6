"""What expires before it would arrive is not sent: by routing, by promises, by the picker."""

from datetime import timedelta
from typing import Any

import pytest

from inventory import stock
from inventory.models import Location, Product
from inventory.stock import Incoming
from oms.core import company
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> road.Shop:
    """Three days on the road from anywhere; the better location has the milk that is over tomorrow."""
    shop.location("RUH", priority=1)
    shop.location("JED", priority=2)
    road.add_rate(days=[3, 3])
    Product.objects.filter(pk=shop.product("MILK").pk).update(tracks_lots=True)
    arrive("RUH", "OLD", 4, days=1)
    arrive("JED", "NEW", 4, days=60)
    return road.open_shop()


def arrive(code: str, lot: str, units: int, *, days: int) -> None:
    milk, place = Product.objects.get(sku="MILK"), Location.objects.get(code=code)
    expires_on = company.today() + timedelta(days=days)
    coming = Incoming(milk.pk, place.pk, units, lot=lot, expires_on=expires_on)
    stock.receive([coming], cause="purchased", reference="purchase/PO1", actor="test")


def why_not(web: road.Shop, order: dict[str, Any], code: str) -> list[str]:
    trace = web.get(f"orders/{order['id']}/routing/").json()
    (place,) = [place for place in trace["locations"] if place["code"] == code]
    return [why["detail"] for why in place["why_not"] if why["code"] == "expires"]


def lots_of(shipment: dict[str, Any]) -> list[tuple[str, int]]:
    (line,) = shipment["lines"]
    return [(one["lot"], one["quantity"]) for one in line["lots"]]


def test_a_location_whose_lots_are_over_before_they_arrive_sends_nothing(web: road.Shop) -> None:
    order = web.routed(("MILK", 2))
    parcel = web.shipment(order)
    assert parcel["location"] == "JED"
    (sentence,) = why_not(web, order, "RUH")
    tomorrow = company.today() + timedelta(days=1)
    assert sentence.startswith(f"4 of MILK at RUH may arrive until {tomorrow} only and would on ")
    assert why_not(web, order, "JED") == []
    assert road.kept(order) == {("MILK", "JED"): 2}
    road.prove()


def test_what_must_be_good_for_longer_is_held_until_there_is_some(web: road.Shop, settings: Any) -> None:
    settings.LOT_DAYS_LEFT = 58
    order = web.routed(("MILK", 2))
    assert [hold["reason"] for hold in order["holds"]] == ["no_route"]
    assert web.shipments(order) == []
    assert "may arrive until" in why_not(web, order, "JED")[0]


def test_what_others_were_promised_is_of_the_lots_that_last(web: road.Shop) -> None:
    """Of eight at Jeddah four are nearly over, and the other four are promised already."""
    arrive("JED", "SOON", 4, days=2)
    Location.objects.filter(code="RUH").update(active=False)
    first = web.routed(("MILK", 4))
    assert web.shipment(first)["location"] == "JED"
    second = web.routed(("MILK", 1))
    assert [hold["reason"] for hold in second["holds"]] == ["no_route"]
    road.prove()


def test_the_picker_takes_the_first_that_will_still_be_good(web: road.Shop) -> None:
    arrive("JED", "SOON", 4, days=2)
    parcel = web.pick(web.release(web.shipment(web.routed(("MILK", 2)))))
    assert lots_of(parcel) == [("NEW", 2)]
    road.prove()


def test_a_promise_knows_it_too(web: road.Shop) -> None:
    Location.objects.filter(code="JED").update(active=False)
    basket = {"lines": [{"sku": "MILK", "quantity": 1}], "address": {"country": "SA", "city": "Riyadh"}}
    assert web.post("promises/", basket).json()["options"] == []
    Location.objects.filter(code="JED").update(active=True)
    assert [one["service"] for one in web.post("promises/", basket).json()["options"]] == ["standard"]
