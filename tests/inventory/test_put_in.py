"""Products, locations and figures put in by the hundred: each judged on its own, in a fixed number of statements."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory import putting, stock
from inventory.models import Location, Movement, Product, StockLevel, StockMark
from oms.core.errors import Problem
from oms.core.models import Event
from tests import shop

pytestmark = pytest.mark.django_db
ACTOR = "staff:noor"


def outcome(results: list[Any]) -> list[Any]:
    return [one.code if isinstance(one, Problem) else one for one in results]


def product(sku: str, **more: Any) -> dict[str, Any]:
    return {"sku": sku, "name": {"en": sku.title()}, **more}


def test_new_products_are_added_known_ones_changed_where_the_list_says_something() -> None:
    first = putting.put_products(
        [product("TEE", price="10.00", weight_g=200), product("MUG", barcode="628")], actor=ACTOR
    )
    assert first == ["created", "created"]
    again = putting.put_products(
        [
            {"sku": "TEE", "price": "12.50"},
            {"sku": "MUG", "barcode": "628"},
            {"sku": "CAP"},
            product("BAG", weight_g=-1),
        ],
        actor=ACTOR,
    )
    assert outcome(again) == ["changed", "unchanged", "required", "invalid"]
    tee = Product.objects.get(sku="TEE")
    assert (str(tee.price), tee.weight_g, tee.name) == ("12.5000", 200, {"en": "Tee"})
    assert set(Product.objects.values_list("sku", flat=True)) == {"TEE", "MUG"}
    told = Event.objects.order_by("id").values_list("kind", "actor", "data__skus")
    assert list(told) == [
        ("product.added", ACTOR, ["TEE", "MUG"]),
        ("product.changed", ACTOR, ["TEE"]),
    ]


def test_null_empties_a_field_and_what_is_left_out_stays() -> None:
    putting.put_products([product("TEE", barcode="628", low_stock_at=5)], actor=ACTOR)
    assert putting.put_products([{"sku": "TEE", "barcode": None}], actor=ACTOR) == ["changed"]
    tee = Product.objects.get(sku="TEE")
    assert (tee.barcode, tee.low_stock_at) == ("", 5)


def test_a_bundle_finds_its_parts_in_the_same_list_and_falls_with_them() -> None:
    parts = [{"sku": "MUG", "quantity": 2}]
    results = putting.put_products(
        [
            product("SET", components=parts),
            product("BIG", components=[{"sku": "SET", "quantity": 1}]),
            product("MUG", components=[{"sku": "NONE", "quantity": 1}]),
            product("BOX"),
        ],
        actor=ACTOR,
    )
    assert outcome(results) == ["nested_kit", "nested_kit", "unknown_sku", "created"]
    results = putting.put_products([product("SET", components=parts), product("MUG")], actor=ACTOR)
    assert results == ["created", "created"]
    results = putting.put_products(
        [{"sku": "SET", "components": [{"sku": "BOX", "quantity": 1}]}], actor=ACTOR
    )
    assert results == ["changed"]
    assert Product.objects.get(sku="SET").components == [{"sku": "BOX", "quantity": 1}]


def test_locations_are_opened_and_changed_by_code() -> None:
    shop.location("RUH", priority=1)
    address = {"line1": "Port Rd 3", "city": "Jeddah", "country": "SA"}
    results = putting.put_locations(
        [
            {"code": "JED", "name": "Jeddah", "kind": "store", "address": address},
            {"code": "RUH", "priority": 7},
            {"code": "DMM", "name": "Dammam", "kind": "castle", "address": address},
        ],
        actor=ACTOR,
    )
    assert outcome(results) == ["created", "changed", "invalid"]
    ruh = Location.objects.get(code="RUH")
    assert (ruh.priority, ruh.name, ruh.address["city"]) == (7, "RUH", "Riyadh")
    assert Location.objects.get(code="JED").kind == "store"
    assert set(Event.objects.values_list("kind", flat=True)) == {"location.added", "location.changed"}


def test_a_thousand_products_cost_as_many_statements_as_two() -> None:
    def statements(count: int, price: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            putting.put_products([product(f"P{count}-{n}", price=price) for n in range(count)], actor=ACTOR)
        return len(asked)

    assert statements(2, "1.00") == statements(300, "1.00")
    assert statements(2, "2.00") == statements(300, "2.00")


def correction(sku: str, place: str = "RUH", **more: Any) -> stock.Correction:
    pk = Product.objects.get(sku=sku).pk
    return stock.Correction(pk, shop.location(place).pk, more.pop("reason", "Counted"), **more)


def test_figures_are_corrected_in_the_lists_order_each_with_its_movement() -> None:
    shop.product("TEE", RUH=10)
    shop.product("MUG")
    StockMark.objects.all().delete()
    results = stock.adjust_many(
        [
            correction("TEE", change=5, reason="Goods arrived"),
            correction("TEE", change=-3, reason="Lost", bin_name="A-1"),
            correction("MUG", set_to=4),
            correction("TEE", set_to=12),
            correction("TEE", set_to=2, state="damaged"),
        ],
        actor=ACTOR,
    )
    assert results == [True, True, True, False, True]
    level = StockLevel.objects.get(product__sku="TEE")
    assert (level.on_hand, level.damaged, level.bin) == (12, 2, "A-1")
    moved = Movement.objects.filter(actor=ACTOR).values_list("state", "change", "after", "reason", "actor")
    assert sorted(moved) == sorted(
        [
            ("on_hand", 5, 15, "Goods arrived", ACTOR),
            ("on_hand", -3, 12, "Lost", ACTOR),
            ("on_hand", 4, 4, "Counted", ACTOR),
            ("damaged", 2, 2, "Counted", ACTOR),
        ]
    )
    assert StockMark.objects.count() == 2


def test_a_refused_correction_spoils_no_other_and_leaves_no_empty_level() -> None:
    shop.product("TEE", RUH=10)
    shop.product("MUG")
    StockLevel.objects.update(committed=4)
    results = stock.adjust_many(
        [
            correction("TEE", set_to=3),
            correction("MUG", change=-1),
            correction("MUG", "JED", set_to=1, state="damaged"),
            correction("TEE", set_to=6),
        ],
        actor=ACTOR,
    )
    assert outcome(results) == ["stock_committed", "stock_committed", "stock_committed", True]
    assert StockLevel.objects.get().on_hand == 6


def test_as_many_statements_for_a_hundred_levels_as_for_one() -> None:
    def statements(count: int) -> int:
        for n in range(count):
            shop.product(f"S{count}-{n}")
        asked = [correction(f"S{count}-{n}", set_to=n + 1) for n in range(count)]
        with CaptureQueriesContext(connection) as found:
            stock.adjust_many(asked, actor=ACTOR)
        return len(found)

    assert statements(1) == statements(100)
