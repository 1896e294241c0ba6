"""Too little and too much: one event when it begins, a list of what is so now, by location and for all together."""

from typing import Any

import pytest

from inventory import alerts, locations, products, telling
from inventory.documents import LocationIn, LocationPatch, Names, ProductIn, location_out, patched
from inventory.models import Location, Product, StockAlert
from oms.core.errors import Invalid
from oms.core.models import Event
from tests import shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def goods() -> None:
    shop.product("TEE", RUH=10, JED=2)
    telling.tell()


def limit(code: str, minimum: int | None, maximum: int | None = None, sku: str = "TEE") -> None:
    product = Product.objects.get(sku=sku)
    alerts.set_limits(product, shop.location(code), minimum=minimum, maximum=maximum, actor="staff:sara")


def open_alerts() -> set[tuple[str, str, int, int]]:
    rows = StockAlert.objects.values_list("location__code", "kind", "limit", "figure")
    return {(code or "", kind, bound, figure) for code, kind, bound, figure in rows}


def told(kind: str) -> list[dict[str, Any]]:
    events = Event.objects.filter(kind=kind).order_by("id")
    return [{k: v for k, v in e.data.items() if k not in ("id", "version")} for e in events]


def test_a_location_runs_low_and_is_told_once() -> None:
    limit("JED", 3)
    limit("RUH", 3)
    telling.tell()
    assert open_alerts() == {("JED", "low", 3, 2)}
    shop.product("TEE", JED=1)
    telling.tell()
    assert open_alerts() == {("JED", "low", 3, 1)}
    assert told("stock.low") == [{"number": "TEE", "location": "JED", "limit": 3, "available": 2}]
    shop.product("TEE", JED=4)
    telling.tell()
    assert open_alerts() == set()
    shop.product("TEE", JED=3)
    telling.tell()
    assert len(told("stock.low")) == 2


def test_a_place_that_never_had_it_is_low_too() -> None:
    shop.location("DMM")
    limit("DMM", 1)
    telling.tell()
    assert open_alerts() == {("DMM", "low", 1, 0)}


def test_too_much_counts_what_lies_there() -> None:
    limit("RUH", None, 9)
    telling.tell()
    assert open_alerts() == {("RUH", "over", 9, 10)}
    assert told("stock.over") == [{"number": "TEE", "location": "RUH", "limit": 9, "on_hand": 10}]


def test_the_product_s_own_limit_is_about_all_locations_together() -> None:
    product = Product.objects.get(sku="TEE")
    product.low_stock_at = 12
    product.save()
    shop.product("TEE", JED=1)
    telling.tell()
    assert open_alerts() == {("", "low", 12, 11)}
    assert told("stock.low") == [{"number": "TEE", "limit": 12, "available": 11}]


def test_a_changed_or_removed_limit_is_looked_at_again() -> None:
    form = ProductIn(sku="TEE", name=Names(en="T-shirt"), low_stock_at=20)
    products.change_product(Product.objects.get(sku="TEE"), form, actor="x")
    limit("JED", 5)
    telling.tell()
    assert open_alerts() == {("", "low", 20, 12), ("JED", "low", 5, 2)}
    limit("JED", None)
    telling.tell()
    assert open_alerts() == {("", "low", 20, 12)}


def switch(code: str, *, active: bool) -> None:
    location = Location.objects.get(code=code)
    form = patched(location_out(location), LocationPatch(active=active), LocationIn)
    locations.change_location(location, form, actor="staff:sara")
    telling.tell()


def test_a_location_switched_off_is_neither_low_nor_too_full_and_is_again_once_it_is_on() -> None:
    limit("JED", 3)
    limit("RUH", None, 9)
    product = Product.objects.get(sku="TEE")
    product.low_stock_at = 11
    product.save()
    telling.tell()
    assert open_alerts() == {("JED", "low", 3, 2), ("RUH", "over", 9, 10)}
    switch("RUH", active=False)
    assert open_alerts() == {("", "low", 11, 2), ("JED", "low", 3, 2)}
    switch("JED", active=False)
    assert open_alerts() == {("", "low", 11, 0)}
    switch("RUH", active=True)
    assert open_alerts() == {("", "low", 11, 10), ("RUH", "over", 9, 10)}
    switch("JED", active=True)
    assert open_alerts() == {("JED", "low", 3, 2), ("RUH", "over", 9, 10)}
    assert [one["available"] for one in told("stock.changed")][-4:] == [2, 0, 10, 12]
    before = Event.objects.filter(kind="stock.changed").count()
    switch("JED", active=True)
    assert Event.objects.filter(kind="stock.changed").count() == before, "nothing was switched"


def test_a_minimum_above_the_maximum_is_refused() -> None:
    with pytest.raises(Invalid):
        limit("JED", 5, 5)
    assert not Event.objects.filter(kind="stock.limited").exists()
