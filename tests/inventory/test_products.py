"""Products through the API."""

from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Product
from oms.core.models import Event
from tests.inventory.conftest import Caller, errors_of


def test_a_product_needs_a_sku_and_an_english_name(caller: Caller) -> None:
    answer = caller.post("products/", {"sku": "TEE-RED-M", "name": {"en": "Red T-shirt", "ar": "قميص أحمر"}})
    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"] == f"{settings.BASE_URL}/api/v1/products/{body['id']}/"
    assert {k: v for k, v in body.items() if k != "id"} == {
        "sku": "TEE-RED-M",
        "name": {"en": "Red T-shirt", "ar": "قميص أحمر"},
        "barcode": "",
        "price": None,
        "weight_g": 0,
        "length_mm": 0,
        "width_mm": 0,
        "height_mm": 0,
        "hs_code": "",
        "requires": [],
        "components": [],
        "backorder": "deny",
        "low_stock_at": None,
        "cost": None,
        "tracks_lots": False,
        "shelf_life_days": None,
        "available_from": None,
    }
    assert caller.get("products/TEE-RED-M/").json() == body
    assert caller.get(f"products/{body['id']}/").json() == body
    assert Event.objects.filter(kind="product.added", subject="product/TEE-RED-M").count() == 1


@pytest.mark.parametrize("sku", ["a b", "A/B", "قميص", "x" * 64, "100%", "a?b#c", "batch", "é", "a+b", "<b>"])
def test_a_sku_is_kept_as_sent_and_is_an_address(caller: Caller, sku: str) -> None:
    answer = caller.post("products/", {"sku": sku, "name": {"en": "x"}})
    assert answer.json()["sku"] == sku
    assert caller.get(answer["Location"].partition("/api/v1/")[2]).json()["sku"] == sku
    if sku != "batch":
        assert caller.get(f"products/{quote(sku, safe='')}/").json()["sku"] == sku
    assert [row["sku"] for row in caller.get("products/", {"sku": sku}).json()["data"]] == [sku]


def test_skus_differ_by_case_and_are_taken_once(caller: Caller) -> None:
    assert caller.post("products/", {"sku": "tee", "name": {"en": "x"}}).status_code == 201
    assert caller.post("products/", {"sku": "TEE", "name": {"en": "x"}}).status_code == 201
    again = caller.post("products/", {"sku": "TEE", "name": {"en": "x"}})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate_sku")
    assert errors_of(again) == [("/sku", "duplicate_sku")]


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"amount": "99.00", "currency": "SAR"}, {"amount": "99.00", "currency": "SAR"}),
        ({"amount": "10", "currency": "KWD"}, {"amount": "10.000", "currency": "KWD"}),
        ("0.1234", {"amount": "0.1234", "currency": "SAR"}),
        (None, None),
    ],
)
def test_a_price_is_money(caller: Caller, given: Any, stored: Any) -> None:
    assert (
        caller.post("products/", {"sku": "P", "name": {"en": "x"}, "price": given}).json()["price"] == stored
    )
    assert caller.get("products/P/").json()["price"] == stored


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"sku": ""}, "/sku"),
        ({"sku": "x" * 65}, "/sku"),
        ({"sku": "a\nb"}, "/sku"),
        ({"sku": " a"}, "/sku"),
        ({"sku": 5}, "/sku"),
        ({"name": {"ar": "x"}}, "/name/en"),
        ({"name": "x"}, "/name"),
        ({"name": {"en": "a\x07"}}, "/name/en"),
        ({"price": {"amount": "-1", "currency": "SAR"}}, "/price/amount"),
        ({"price": {"amount": "1", "currency": "XXX"}}, "/price/currency"),
        ({"price": "١٠"}, "/price"),
        ({"price": 10}, "/price"),
        ({"weight_g": 2**31}, "/weight_g"),
        ({"weight_g": 10**40}, "/weight_g"),
        ({"weight_g": 1.5}, "/weight_g"),
        ({"weight_g": True}, "/weight_g"),
        ({"backorder": "maybe"}, "/backorder"),
        ({"components": [{"sku": "NOPE", "quantity": 1}]}, "/components/0/sku"),
        ({"components": [{"sku": "A\x07", "quantity": 1}]}, "/components/0/sku"),
        ({"components": [{"sku": "P", "quantity": 1}]}, "/components"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_is_wrong_is_named(caller: Caller, change: dict[str, Any], pointer: str) -> None:
    answer = caller.post("products/", {"sku": "P", "name": {"en": "x"}} | change)
    assert answer.status_code == 400
    assert errors_of(answer)[0][0].startswith(pointer)
    assert not Product.objects.exists()


@pytest.mark.parametrize(
    "raw", [b"{}", b"[]", b"null", b"{", b'"x"', b"\xff\xfe", pytest.param(b"[" * 5000, id="deep")]
)
def test_what_is_not_a_product_is_refused(caller: Caller, raw: bytes) -> None:
    assert caller.post("products/", raw).status_code == 400
    assert caller.post("products/batch/", raw).status_code == 400


def test_no_text_holds_nul(caller: Caller) -> None:
    answer = caller.post("products/", {"sku": "P", "name": {"en": "x"}, "barcode": "a\x00"})
    assert (answer.status_code, answer.json()["code"]) == (400, "nul_character")


def test_a_batch_judges_each_on_its_own(caller: Caller) -> None:
    caller.post("products/", {"sku": "OLD", "name": {"en": "x"}})
    good = {"name": {"en": "x"}}
    items = [
        good | {"sku": "A"},
        good | {"sku": "OLD"},
        good | {"sku": "A"},
        {"sku": "B"},
        "nonsense",
        good | {"sku": "SET", "components": [{"sku": "A", "quantity": 2}]},
        good | {"sku": "C\x07"},
        good | {"sku": "D", "barcode": "\x00"},
    ]
    answer = caller.post("products/batch/", {"items": items})
    assert answer.status_code == 207
    results = answer.json()["results"]
    assert [(r["index"], r["status"], r["sku"]) for r in results] == [
        (0, 201, "A"),
        (1, 409, "OLD"),
        (2, 409, "A"),
        (3, 400, "B"),
        (4, 400, None),
        (5, 201, "SET"),
        (6, 400, "C\x07"),
        (7, 400, "D"),
    ]
    assert [r.get("error", {}).get("code") for r in results] == [
        None,
        "duplicate_sku",
        "duplicate_sku",
        "required",
        "invalid",
        None,
        "invalid",
        "nul_character",
    ]
    assert sorted(Product.objects.values_list("sku", flat=True)) == ["A", "OLD", "SET"]


def test_what_a_batch_refuses_is_part_of_no_kit(caller: Caller) -> None:
    """The parts' SKUs are known only if they are there, or get in with the same batch."""
    caller.post("products/", {"sku": "OLD", "name": {"en": "x"}})

    def kit(sku: str, *parts: str) -> dict[str, Any]:
        return {
            "sku": sku,
            "name": {"en": "x"},
            "components": [{"sku": part, "quantity": 1} for part in parts],
        }

    items = [
        kit("SET", "BROKEN"),
        {"sku": "BROKEN", "name": {"en": "x"}, "price": "one"},
        kit("TWIN", "NEW", "OLD"),
        kit("OLD", "NEW"),
        kit("BOX", "SET"),
        {"sku": "NEW", "name": {"en": "x"}},
        kit("PAIR", "OLD"),
    ]
    results = caller.post("products/batch/", {"items": items}).json()["results"]
    assert [(r["sku"], r["status"], r.get("error", {}).get("code")) for r in results] == [
        ("SET", 400, "unknown_sku"),
        ("BROKEN", 400, "invalid"),
        ("TWIN", 201, None),
        ("OLD", 409, "duplicate_sku"),
        ("BOX", 400, "nested_kit"),
        ("NEW", 201, None),
        ("PAIR", 201, None),
    ]
    assert set(Product.objects.values_list("sku", flat=True)) == {"OLD", "NEW", "TWIN", "PAIR"}


def test_five_hundred_cost_as_many_statements_as_two(caller: Caller) -> None:
    caller.post("products/", {"sku": "first", "name": {"en": "x"}})

    def statements(count: int) -> int:
        items = [{"sku": f"{count}-{n}", "name": {"en": "x"}} for n in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = caller.post("products/batch/", {"items": items})
        assert {r["status"] for r in answer.json()["results"]} == {201}
        return len(queries)

    assert statements(2) == statements(500)
    assert caller.post("products/batch/", {"items": []}).status_code == 400
    assert caller.post("products/batch/", {"items": [{}] * 501}).status_code == 400


def test_a_merge_patch_changes_what_it_names(caller: Caller) -> None:
    first = caller.post(
        "products/", {"sku": "P", "name": {"en": "x", "fa": "ی"}, "price": "5.00", "weight_g": 10}
    )
    answer = caller.patch(
        "products/P/", {"name": {"fa": None}, "weight_g": None}, **{"If-Match": first["ETag"]}
    )
    assert answer.status_code == 200
    assert answer.json() == first.json() | {"name": {"en": "x"}, "weight_g": 0}
    assert caller.get("products/P/").json() == answer.json()
    refused = caller.patch("products/P/", {"sku": "Q"}, **{"If-Match": answer["ETag"]})
    assert errors_of(refused) == [("/sku", "unknown_field")]
    refused = caller.patch("products/P/", {"price": {"amount": "x"}}, **{"If-Match": answer["ETag"]})
    assert errors_of(refused)[0][0] == "/price/amount"
