"""Adjustments, levels, the ledger and availability through the API."""

import uuid
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory import stock
from inventory.models import Location, Movement, Product, StockLevel
from oms.core import access
from tests.inventory.conftest import RIYADH, Caller, errors_of

COUNT = {"location": "RUH", "sku": "TEE", "reason": "count"}


def keep(quantity: int) -> None:
    """An order's units kept at RUH."""
    want = stock.Want(uuid.uuid4(), Product.objects.get(sku="TEE").pk, quantity)
    stock.reserve({uuid.uuid4(): [want]})


def test_an_adjustment_answers_the_level_and_the_movement(shop: Caller) -> None:
    answer = shop.post("stock/adjustments/", COUNT | {"set_to": 10})
    assert answer.status_code == 201
    assert answer["Location"] == f"{settings.BASE_URL}/api/v1/stock/?sku=TEE&location=RUH"
    level = answer.json()["level"]
    assert level == {
        "sku": "TEE",
        "location": "RUH",
        "on_hand": 10,
        "committed": 0,
        "damaged": 0,
        "quality_control": 0,
        "safety": 0,
        "available": 10,
        "incoming": 0,
    }
    assert shop.get("stock/", {"sku": "TEE"}).json()["data"] == [level]
    moved = answer.json()["movement"]
    assert (moved["state"], moved["change"], moved["after"], moved["reason"]) == ("on_hand", 10, 10, "count")
    assert shop.post("stock/adjustments/", COUNT | {"change": -3}).json()["level"]["on_hand"] == 7
    assert (
        shop.post("stock/adjustments/", COUNT | {"set_to": 2, "state": "safety"}).json()["level"]["available"]
        == 5
    )
    assert shop.post("stock/adjustments/", COUNT | {"set_to": 7}).json()["movement"] is None
    ledger = shop.get("stock/movements/", {"sku": "TEE"}).json()["data"]
    assert [(row["state"], row["change"], row["after"]) for row in ledger] == [
        ("safety", 2, 2),
        ("on_hand", -3, 7),
        ("on_hand", 10, 10),
    ]
    assert ledger[-1] == moved


@pytest.mark.parametrize(
    "change", [{"set_to": 3}, {"change": -7}, {"change": -11}, {"state": "damaged", "set_to": 7}]
)
def test_what_is_committed_cannot_be_counted_away(shop: Caller, change: dict[str, Any]) -> None:
    shop.post("stock/adjustments/", COUNT | {"set_to": 10})
    keep(4)
    answer = shop.post("stock/adjustments/", COUNT | change)
    assert (answer.status_code, answer.json()["code"]) == (409, "stock_committed")
    assert shop.get("stock/").json()["data"][0]["on_hand"] == 10
    assert Movement.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({}, "/set_to"),
        ({"set_to": 1, "change": 1}, "/set_to"),
        ({"set_to": -1}, "/set_to"),
        ({"set_to": 10**30}, "/set_to"),
        ({"set_to": 2**31}, "/set_to"),
        ({"change": 1, "state": "committed"}, "/state"),
        ({"change": 1, "reason": ""}, "/reason"),
        ({"change": 1, "reason": "a\x07"}, "/reason"),
        ({"change": 1, "sku": "NOPE"}, "/sku"),
        ({"change": 1, "sku": "A\x07"}, "/sku"),
        ({"change": 1, "location": "NOPE"}, "/location"),
    ],
)
def test_what_is_wrong_is_named(shop: Caller, change: dict[str, Any], pointer: str) -> None:
    answer = shop.post("stock/adjustments/", COUNT | change)
    assert answer.status_code == 400
    assert errors_of(answer)[0][0] == pointer
    assert not Movement.objects.exists()


def test_two_changes_to_the_limit_do_not_overflow(shop: Caller) -> None:
    assert shop.post("stock/adjustments/", COUNT | {"set_to": 2**31 - 1}).status_code == 201
    assert shop.post("stock/adjustments/", COUNT | {"change": 1}).status_code == 400
    assert (
        shop.post("stock/adjustments/", COUNT | {"location": "JED", "set_to": 2**31 - 1}).status_code == 201
    )
    [row] = shop.get("availability/", {"sku": "TEE"}).json()["data"]
    assert row["available"] == 2 * (2**31 - 1)


def test_availability_tells_in_stock_low_out_and_backorder(shop: Caller) -> None:
    shop.post("products/", {"sku": "PRE", "name": {"en": "x"}, "backorder": "allow"})

    def status(sku: str = "TEE") -> tuple[str, int]:
        [row] = shop.get("availability/", {"sku": sku}).json()["data"]
        return row["status"], row["available"]

    assert status() == ("out", 0)
    assert status("PRE") == ("backorder", 0)
    shop.post("stock/adjustments/", COUNT | {"set_to": 4})
    assert status() == ("in_stock", 4)
    keep(1)
    assert status() == ("low", 3)
    shop.post("stock/adjustments/", COUNT | {"set_to": 9, "state": "safety"})
    assert status() == ("out", 0)


def test_the_nearest_location_stands_first(shop: Caller) -> None:
    for code in ("RUH", "JED"):
        shop.post("stock/adjustments/", COUNT | {"set_to": 5, "location": code})

    def codes(**query: str) -> list[str]:
        [row] = shop.get("availability/", {"sku": "TEE", **query}).json()["data"]
        return [place["code"] for place in row["locations"]]

    assert codes() == ["RUH", "JED"]
    assert codes(country="SA", city="JEDDAH") == ["JED", "RUH"]
    Location.objects.filter(code="RUH").update(active=False)
    assert codes() == ["JED"]


def test_fifty_skus_are_one_query(shop: Caller) -> None:
    items = [{"sku": f"S{n}", "name": {"en": "x"}} for n in range(50)]
    shop.post("products/batch/", {"items": items})
    skus = [item["sku"] for item in items]
    with CaptureQueriesContext(connection) as queries:
        rows = shop.get("availability/", {"sku": skus}).json()["data"]
    assert [row["sku"] for row in rows] == skus
    assert len([q for q in queries if "inventory_product" in q["sql"]]) == 1


def test_availability_of_nothing_or_of_the_unknown_is_refused(shop: Caller) -> None:
    assert shop.get("availability/").status_code == 400
    answer = shop.get("availability/", {"sku": ["TEE", "NOPE"]})
    assert (answer.status_code, errors_of(answer)) == (400, [("sku", "unknown_sku")])
    assert shop.get("availability/", {"sku": "A\x00"}).status_code == 400


def test_filters_keep_to_what_they_name(shop: Caller) -> None:
    for code in ("RUH", "JED"):
        shop.post("stock/adjustments/", COUNT | {"set_to": 5, "location": code})
    assert [row["location"] for row in shop.get("stock/", {"location": "JED"}).json()["data"]] == ["JED"]
    assert shop.get("stock/", {"sku": "NOPE"}).json()["data"] == []
    assert [row["location"] for row in shop.get("stock/movements/", {"location": "RUH"}).json()["data"]] == [
        "RUH"
    ]
    assert shop.get("stock/movements/", {"sku": "NOPE"}).json()["data"] == []


def test_scopes_are_asked_for(shop: Caller) -> None:
    access.forget_cached_keys()
    _, secret = access.create_key(channel=None, scopes=["stock:read"], rate=0)
    reader = Caller(secret)
    assert reader.get("stock/").status_code == 200
    assert reader.get("products/").status_code == 403
    refused = reader.post("stock/adjustments/", COUNT | {"set_to": 1})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope")
    body = {"code": "X", "name": "x", "kind": "store", "address": RIYADH}
    assert reader.post("locations/", body).status_code == 403


def test_a_shelf_is_named_without_a_movement(shop: Caller) -> None:
    shop.post("stock/adjustments/", COUNT | {"set_to": 4})
    named = shop.post("stock/adjustments/", COUNT | {"set_to": 4, "bin": " A-04-2 "})
    assert named.json()["movement"] is None
    level = StockLevel.objects.get(product__sku="TEE", location__code="RUH")
    assert (level.bin, level.on_hand) == ("A-04-2", 4)
    shop.post("stock/adjustments/", COUNT | {"set_to": 5})
    level.refresh_from_db()
    assert level.bin == "A-04-2"
    assert shop.post("stock/adjustments/", COUNT | {"set_to": 5, "bin": "A" * 33}).status_code == 400
