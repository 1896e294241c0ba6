"""An order's address is corrected before it is on a label: the hold goes, and what nobody picked is planned anew."""

from typing import Any

import pytest
from django.test import Client

from inventory.models import Location
from oms.core.models import Event, User
from orders.models import Order
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

WRONG = {"line1": "King Fahd Rd", "city": "Riyadh", "country": "SA", "short_address": "RRRD29"}


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50)
    shop.product("TEE", RUH=10, JED=5)
    road.add_rate()
    return road.open_shop()


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("noor", password="x", role="agent"))
    return client


def correct(staff: Client, order: dict[str, Any], **changes: str) -> Any:
    now = Order.objects.get(pk=order["id"])
    newest = Event.objects.filter(thread=now.ref).order_by("-id").first()
    given = {**(now.shipping_address or {}), **changes}
    given.pop("country")
    seen = {"version": now.version, "seen": newest.pk if newest else 0}
    return staff.post(f"/orders/{now.number}/address/", {**given, **seen})


def test_a_bad_address_is_corrected_and_the_order_goes_on(web: road.Shop, staff: Client) -> None:
    order = web.place(("TEE", 1), shipping_address=WRONG)
    shop.work()
    assert [hold["reason"] for hold in web.get(f"orders/{order['id']}/").json()["holds"]] == ["bad_address"]
    page = staff.get(f"/orders/{order['number']}/")
    assert page.context["primary"].dialog == "address"
    assert correct(staff, order, short_address="rrrd٢٩٢٩").status_code == 302
    shop.work()
    now = web.get(f"orders/{order['id']}/").json()
    assert (now["holds"], now["shipping_address"]) == ([], {**WRONG, "short_address": "RRRD2929"})
    assert [one["state"] for one in web.shipments(order)] == ["planned"]
    told = Event.objects.get(kind="order.changed", thread=f"order/{order['number']}")
    assert (told.data["fields"], told.actor) == (["shipping_address"], "staff:noor")
    assert "RRRD" not in str(told.data)


def test_what_a_carrier_could_not_deliver_to_is_refused_at_its_field(web: road.Shop, staff: Client) -> None:
    order = web.place(("TEE", 1), shipping_address=WRONG)
    answer = correct(staff, order, city="Jeddah")
    assert answer.status_code == 422
    assert list(answer.context["refused"].form.errors) == ["short_address"]
    answer = correct(staff, order, short_address="", line1="")
    assert list(answer.context["refused"].form.errors) == ["line1"]
    now = Order.objects.get(pk=order["id"])
    assert (now.shipping_address, now.stage) == (WRONG, "held")


def test_another_town_is_planned_anew_from_where_it_costs_least(web: road.Shop, staff: Client) -> None:
    order = web.routed(("TEE", 2))
    assert [one["location"] for one in web.shipments(order)] == ["RUH"]
    version = Order.objects.get(pk=order["id"]).version
    assert correct(staff, order, name="Sara").status_code == 302
    assert [one["location"] for one in web.shipments(order)] == ["RUH"], "the same place: nothing moves"
    Location.objects.filter(code="RUH").update(active=False)
    assert correct(staff, order, city="Jeddah", region="Makkah").status_code == 302
    left = [one for one in web.shipments(order) if one["state"] != "cancelled"]
    assert [(one["location"], one["state"]) for one in left] == [("JED", "planned")]
    assert Order.objects.get(pk=order["id"]).version > version + 1
    road.prove()


def test_a_booked_label_keeps_its_address(web: road.Shop, staff: Client) -> None:
    order = web.routed(("TEE", 1))
    parcel = web.pack(web.pick(web.release(web.shipment(order))))
    was = Order.objects.get(pk=order["id"]).shipping_address
    web.label(parcel)
    assert "address" not in staff.get(f"/orders/{order['number']}/").context["forms"]
    answer = correct(staff, order, city="Jeddah")
    assert parcel["number"] in str(answer.context["refused"].form.non_field_errors())
    assert Order.objects.get(pk=order["id"]).shipping_address == was


def test_of_two_who_correct_it_the_second_sees_the_first_ones(web: road.Shop, staff: Client) -> None:
    order = web.place(("TEE", 1))
    seen = {"version": Order.objects.get(pk=order["id"]).version, "seen": 0}
    assert correct(staff, order, line1="Olaya St 1").status_code == 302
    given = {"line1": "Olaya St 2", "city": "Riyadh", **seen}
    answer = staff.post(f"/orders/{order['number']}/address/", given)
    assert answer.status_code == 409
    assert Order.objects.get(pk=order["id"]).shipping_address["line1"] == "Olaya St 1"
