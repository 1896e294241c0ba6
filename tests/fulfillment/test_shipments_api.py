"""Rates and the list of shipments: filters, pages, who sees what."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fulfillment import desk
from fulfillment.models import Rate
from oms.core import access
from oms.core.models import Role, User
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


def test_a_rate_is_stored_as_sent(db):
    shop.location("RUH")
    made = road.add_rate(
        **{"from": ["RUH"]},
        to={"country": "SA", "region": "Riyadh"},
        base={"amount": "12.50", "currency": "SAR"},
        days=None,
        hours=[2, 6],
        weekdays=[6, 0],
        cod_limit="3000",
    )
    assert made == {
        "id": made["id"],
        "carrier": "own_fleet",
        "service": "standard",
        "from": ["RUH"],
        "to": {"country": "SA", "region": "Riyadh"},
        "base": {"amount": "12.50", "currency": "SAR"},
        "per_kg": {"amount": "2.00", "currency": "SAR"},
        "days": None,
        "hours": [2, 6],
        "weekdays": [0, 6],
        "cod_limit": {"amount": "3000.00", "currency": "SAR"},
        "zone": "",
        "km": None,
        "tiers": [],
        "step_g": 0,
        "max_parcel_g": None,
        "divisor": None,
        "valid_from": None,
        "valid_until": None,
    }
    assert shop.api(None).get("shipping-rates/").json() == {
        "data": [made],
        "has_more": False,
        "next_cursor": None,
    }


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"carrier": "pigeon"}, "unknown_carrier", "/carrier"),
        ({"from": ["NOWHERE"]}, "unknown_location", "/from/0"),
        ({"days": None}, "days_or_hours", "/days"),
        ({"hours": [1, 2]}, "days_or_hours", "/days"),
        ({"days": [3, 1]}, "invalid", "/days"),
        ({"days": [3]}, "invalid", "/days"),
        ({"base": "-1"}, "invalid", "/base"),
        ({"base": {"amount": "1", "currency": "USD"}}, "wrong_currency", "/base/currency"),
        ({"per_kg": "1.005"}, "invalid", "/per_kg"),
        ({"to": {"country": "Saudi"}}, "invalid", "/to/country"),
        ({"weekdays": [7]}, "invalid", "/weekdays"),
        ({"colour": "red"}, "unknown_field", "/colour"),
    ],
)
def test_a_rate_that_makes_no_sense_is_refused(db, changes, code, pointer):
    answer = shop.api(None).post("shipping-rates/", {**road.RATE, **changes})
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert not Rate.objects.exists()


def test_rates_need_their_scope(db):
    assert shop.api("web", "orders:*").post("shipping-rates/", road.RATE).status_code == 403
    assert shop.api("web", "rates:read").post("shipping-rates/", road.RATE).status_code == 403
    assert shop.api("web", "rates:*").post("shipping-rates/", road.RATE).status_code == 201


def test_the_list_is_filtered_and_paged(web):
    orders = [web.routed(("TEE", 1)) for _ in range(3)]
    web.release(web.shipment(orders[0]))
    numbers = [f"{order['number']}-1" for order in orders]

    def found(query=""):
        return [row["number"] for row in web.get(f"shipments/?{query}").json()["data"]]

    assert found() == numbers[::-1]
    assert found(f"order={orders[1]['id']}") == found(f"order={orders[1]['number']}") == [numbers[1]]
    assert found("state=released") == [numbers[0]]
    assert found("state=released,planned&location=RUH") == numbers[::-1]
    assert found("location=JED") == []
    assert web.get("shipments/?state=flying").status_code == 400
    assert web.get("shipments/?colour=red").status_code == 400
    assert web.get("shipments/?cursor=abc").status_code == 400
    first = web.get("shipments/?limit=2").json()
    assert first["has_more"] is True
    second = web.get(f"shipments/?limit=2&cursor={first['next_cursor']}").json()
    assert [row["number"] for row in first["data"] + second["data"]] == numbers[::-1]
    assert second["next_cursor"] is None


def test_a_page_costs_as_many_queries_as_a_row(web):
    web.routed(("TEE", 1))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            web.get("shipments/")
        counts.append(len(queries))
        web.routed(("TEE", 1), ("MUG", 1))
    assert counts[0] == counts[1] <= 6


def test_routing_costs_as_many_queries_for_many_lines_as_for_two(web):
    counts = []
    for size in (2, 40):
        skus = [f"S{size}-{n}" for n in range(size)]
        for sku in skus:
            shop.product(sku, RUH=5)
        order = web.place(*[(sku, 1) for sku in skus])
        with CaptureQueriesContext(connection) as queries:
            assert len(desk.route(UUID(order["id"]))) == 1
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 40


def test_another_channel_sees_nothing(web):
    order = web.routed(("TEE", 1))
    shipment = web.shipment(order)
    other = road.open_shop("app")
    assert other.get("shipments/").json()["data"] == []
    for ref in (shipment["id"], shipment["number"]):
        assert other.get(f"shipments/{ref}/").status_code == 404
        assert other.get(f"shipments/{ref}/label.pdf").status_code == 404
        assert other.post(f"shipments/{ref}/releases/").status_code == 404
    assert other.get(f"orders/{order['id']}/routing/").status_code == 404
    assert web.shipment(order)["state"] == "planned"
    assert road.open_shop(None).get(f"shipments/{shipment['id']}/").status_code == 200


def test_a_read_key_takes_no_step(web):
    shipment = web.shipment(web.routed(("TEE", 1)))
    reader = road.open_shop("web", "shipments:read")
    assert reader.get(f"shipments/{shipment['id']}/").status_code == 200
    assert reader.refused(shipment, "releases") == (403, "scope")


def test_warehouse_staff_see_their_locations_alone(web, client):
    near, far = web.shipments(web.routed(("TEE", 12)))
    if near["location"] != "RUH":
        near, far = far, near
    user = User.objects.create_user("sam", password="x", role=Role.WAREHOUSE, locations=["RUH"])
    assert access.principal_of_user(user).locations == {"RUH"}
    client.force_login(user)
    rows = client.get("/api/v1/shipments/").json()["data"]
    assert [row["number"] for row in rows] == [near["number"]]
    assert client.get(f"/api/v1/shipments/{far['id']}/").status_code == 404


@pytest.mark.parametrize("ref", ["nothing", "1-1", "%00", "01a2092f-3195-7a21-822f-138f08eac6db", "9" * 60])
def test_no_such_shipment(web, ref):
    answer = web.get(f"shipments/{ref}/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_what_is_optional_may_be_null(web):
    shipment = web.up_to(web.shipment(web.routed(("TEE", 1))), "hand_over")
    scan = {"code": "delivered", "at": None, "place": None, "note": None, "incident": None}
    assert web.step(shipment, "scans", scan)["state"] == "delivered"


def test_a_rate_card_by_zone_and_weight(web):
    company = road.open_shop(None)
    zone = {"carrier": "own_fleet", "name": "A", "country": "SA", "places": ["الرياض", "riyadh"]}
    assert company.post("rate-zones/", zone).status_code == 201
    again = company.post("rate-zones/", {**zone, "postcodes": ["١١"]})
    assert again.json()["postcodes"] == ["11"]
    assert [one["name"] for one in company.get("rate-zones/").json()["data"]] == ["A"]
    card = road.add_rate(
        service="card",
        base="1.00",
        per_kg="2.00",
        zone="A",
        tiers=[{"up_to_g": 1000, "price": "5.00"}, {"up_to_g": 2000, "price": "8.00"}],
        max_parcel_g=2000,
    )
    assert (card["zone"], card["tiers"][1]["price"]["amount"], card["max_parcel_g"]) == ("A", "8.00", 2000)
    shipping = {"service": "card", "price": "25.00", "tax_rate": "0.15"}
    parcels = [web.shipment(web.routed(("TEE", n), shipping=shipping)) for n in (2, 3)]
    assert [one["cost"]["amount"] for one in parcels] == ["6.00", "9.00"]
    held = web.routed(("TEE", 1), shipping=shipping, shipping_address={**shop.ADDRESS, "city": "Jeddah"})
    assert [hold["reason"] for hold in held["holds"]] == ["no_route"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"zone": "B"}, "/zone"),
        ({"km": [10, 10]}, "/km"),
        ({"tiers": [{"up_to_g": 10, "price": "1"}, {"up_to_g": 10, "price": "2"}]}, "/tiers/1/up_to_g"),
        ({"tiers": [{"up_to_g": 10, "price": "2"}, {"up_to_g": 20, "price": "1"}]}, "/tiers/1/price"),
    ],
)
def test_a_rate_card_that_makes_no_sense_is_refused(changes, pointer):
    answer = road.open_shop(None).post("shipping-rates/", {**road.RATE, **changes})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
