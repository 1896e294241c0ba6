"""Kits and what can be sold: the scarcest component at each location, and what a channel is not told of."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from inventory import stock, telling
from inventory.models import ChannelBuffer, Product, Reservation, StockLevel
from oms.core import company
from oms.core.models import Event
from tests import shop as house
from tests.inventory.conftest import errors_of
from tests.inventory.test_pages import signed_in

KIT = {
    "sku": "GIFT",
    "name": {"en": "Gift"},
    "components": [{"sku": "CUP", "quantity": 2}, {"sku": "TEA", "quantity": 1}],
}


@pytest.fixture
def kit(shop) -> None:
    for sku in ("CUP", "TEA"):
        assert shop.post("products/", {"sku": sku, "name": {"en": sku}}).status_code == 201
    assert shop.post("products/", KIT).status_code == 201


def put(shop, sku: str, code: str, units: int):
    return shop.post(
        "stock/adjustments/", {"location": code, "sku": sku, "set_to": units, "reason": "opening"}
    )


def sold(shop, *skus: str):
    return shop.get("availability/", {"sku": list(skus)}).json()["data"]


def test_a_kit_is_as_available_as_its_scarcest_component_at_each_location(shop, kit):
    for sku, code, units in (("CUP", "RUH", 7), ("TEA", "RUH", 9), ("CUP", "JED", 10), ("TEA", "JED", 1)):
        assert put(shop, sku, code, units).status_code == 201
    (gift,) = sold(shop, "GIFT")
    assert (gift["available"], gift["status"]) == (4, "in_stock")
    assert gift["locations"] == [{"code": "RUH", "available": 3}, {"code": "JED", "available": 1}]
    put(shop, "TEA", "RUH", 0)
    put(shop, "TEA", "JED", 0)
    (gift,) = sold(shop, "GIFT")
    assert (gift["available"], gift["status"], gift["locations"]) == (0, "out", [])


def test_a_kit_has_no_stock_of_its_own(shop, kit):
    answer = put(shop, "GIFT", "RUH", 1)
    assert (answer.status_code, answer.json()["code"]) == (409, "kit_has_no_stock")
    assert not StockLevel.objects.filter(product__sku="GIFT").exists()
    put(shop, "TEE", "RUH", 1)
    read = shop.get("products/TEE/")
    parts = {"components": [{"sku": "CUP", "quantity": 1}]}
    answer = shop.patch("products/TEE/", parts, **{"If-Match": read["ETag"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "kit_has_no_stock")
    put(shop, "TEE", "RUH", 0)
    assert shop.patch("products/TEE/", parts, **{"If-Match": read["ETag"]}).status_code == 200
    assert not StockLevel.objects.filter(product__sku="TEE").exists()


def test_no_kit_in_a_kit(shop, kit):
    answer = shop.post("products/", KIT | {"sku": "BIG", "components": [{"sku": "GIFT", "quantity": 1}]})
    assert errors_of(answer) == [("/components/0/sku", "nested_kit")]
    read = shop.get("products/CUP/")
    parts = {"components": [{"sku": "TEA", "quantity": 1}]}
    answer = shop.patch("products/CUP/", parts, **{"If-Match": read["ETag"]})
    assert errors_of(answer) == [("/components", "nested_kit")]
    twice = [{"sku": "CUP", "quantity": 1}] * 2
    answer = shop.post("products/", KIT | {"sku": "TWO", "components": twice})
    assert errors_of(answer) == [("/components/1/sku", "duplicate_sku")]
    assert Product.objects.count() == 4


def test_a_kit_is_news_where_a_component_is(shop, kit):
    put(shop, "CUP", "RUH", 4)
    put(shop, "TEA", "RUH", 1)
    telling.tell()
    told = Event.objects.filter(kind="stock.changed").values_list("subject", "data__available")
    assert set(told) == {("stock/CUP", 4), ("stock/TEA", 1), ("stock/GIFT", 1)}


def test_a_product_waits_for_its_day(shop):
    put(shop, "TEE", "RUH", 5)
    tomorrow = company.today() + timedelta(days=2)
    read = shop.get("products/TEE/")
    change = {"available_from": tomorrow.isoformat(), "backorder": "allow"}
    assert shop.patch("products/TEE/", change, **{"If-Match": read["ETag"]}).json()["available_from"] == str(
        tomorrow
    )
    (tee,) = sold(shop, "TEE")
    assert (tee["status"], tee["available"], tee["locations"]) == ("backorder", 0, [])
    # The company's day begins in Riyadh; the API speaks UTC.
    assert tee["restock_at"] == f"{tomorrow - timedelta(days=1)}T21:00:00Z"


def test_what_expired_counts_as_free(shop):
    put(shop, "TEE", "RUH", 5)
    want = stock.Want(uuid.uuid4(), Product.objects.get(sku="TEE").pk, 5)
    owner = uuid.uuid4()
    stock.reserve({owner: [want]}, until=timezone.now() + timedelta(minutes=5))
    assert sold(shop, "TEE")[0]["available"] == 0
    Reservation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert sold(shop, "TEE")[0]["available"] == 5


def test_a_channel_is_told_of_what_is_beyond_its_buffer(db):
    house.product("TEE", RUH=6, JED=3)
    house.product("MUG", RUH=2)
    web, company = house.api("web"), house.api(None)
    channel = house.channel("web")
    ChannelBuffer.objects.create(channel=channel, product=None, units=1)
    ChannelBuffer.objects.create(channel=channel, product=Product.objects.get(sku="TEE"), units=4)
    ChannelBuffer.objects.create(channel=house.channel("souq"), product=None, units=100)

    def told(api):
        rows = api.get("availability/?sku=TEE&sku=MUG").json()["data"]
        return [(row["sku"], row["available"], row["locations"]) for row in rows]

    assert told(web) == [
        ("TEE", 5, [{"code": "RUH", "available": 5}]),
        ("MUG", 1, [{"code": "RUH", "available": 1}]),
    ]
    assert told(company) == [
        ("TEE", 9, [{"code": "RUH", "available": 6}, {"code": "JED", "available": 3}]),
        ("MUG", 2, [{"code": "RUH", "available": 2}]),
    ]
    assert [row[1] for row in told(house.api("souq"))] == [0, 0]
    assert web.post("orders/", house.order_body(("TEE", 9))).status_code == 201, "a buffer refuses no order"


def test_the_grid_shows_kits_and_which_component_is_scarce(db) -> None:
    house.location("RUH")
    house.location("JED")
    house.product("LID", RUH=7, JED=1)
    house.product("POT", RUH=2, JED=9)
    parts = [{"sku": "LID", "quantity": 2}, {"sku": "POT", "quantity": 1}]
    Product.objects.create(sku="SET", name={"en": "Set"}, components=parts)
    seven = [{"sku": "LID", "quantity": 7}, {"sku": "POT", "quantity": 3}]
    Product.objects.create(sku="TOWER", name={"en": "Tower"}, components=seven)
    staff = signed_in("manager")
    page = staff.get("/stock/?kits=true")
    kits = {row.sku: row for row in page.context["list"].rows}
    # Two whole sets lie at Riyadh, and one lid alone at Jeddah.
    assert {sku: row.available for sku, row in kits.items()} == {"SET": 2, "TOWER": 0}
    assert [(one.sku, one.available, one.scarce) for one in kits["SET"].made_of] == [
        ("LID", 8, True),
        ("POT", 11, False),
    ]
    assert (kits["SET"].apart, kits["TOWER"].apart) == (True, True)
    told = page.content.decode()
    assert "data-figure" not in told
    assert "Not all of it lies at one location." in told
    assert '<bdi class="chip-value">Kits</bdi>' in told
    assert "Kits: <bdi" not in told, "a filter that is only on or off says its name once"
    assert [row.sku for row in staff.get("/stock/?kits=true&q=tower").context["list"].rows] == ["TOWER"]
    bound = signed_in("warehouse", locations=["JED"])
    assert {row.sku: row.available for row in bound.get("/stock/?kits=true").context["list"].rows} == {
        "SET": 0,
        "TOWER": 0,
    }
    assert "SET" not in {row.product.sku for row in staff.get("/stock/").context["list"].rows}
    exported = staff.get("/stock/?kits=true&export=csv")
    assert "2 LID, 1 POT" in b"".join(exported).decode()
