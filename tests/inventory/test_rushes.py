"""A rush: who begins it, that it ends by itself, and that every reader sees the true figures meanwhile."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory import rushes, stock
from inventory.models import Product, Reservation, Rush, Slot, StockLevel
from inventory.stock import Free, Incoming, Want, rebuilding
from oms.core.errors import Conflict, StockCommitted
from oms.core.models import Event, User
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=1)
    shop.location("JED", priority=2)
    road.add_rate()
    return road.open_shop()


def hot(sku: str = "TEE", **units: int) -> Product:
    product = shop.product(sku, **units)
    rushes.start(product, until=timezone.now() + timedelta(hours=1), actor="test")
    return product


def keep(product: Product, units: int = 1) -> tuple[uuid.UUID, uuid.UUID]:
    owner, line = uuid.uuid4(), uuid.uuid4()
    stock.reserve({owner: [Want(line, product.pk, units)]}, hot={product.pk})
    return owner, line


def in_slots() -> list[int]:
    return sorted(Slot.objects.values_list("free", flat=True))


def available(web: road.Shop) -> int:
    [row] = web.get("availability/?sku=TEE").json()["data"]
    return int(row["available"])


def test_the_first_order_deals_and_the_next_takes_no_level(web):
    hot(RUH=100)
    web.place(("TEE", 1))
    # Seven eighths of 99 in slots of at least eight.
    assert in_slots() == [7] * 12
    level = StockLevel.objects.get()
    assert (level.committed, level.slots, level.in_slots, level.promised) == (85, 12, 84, 1)
    with CaptureQueriesContext(connection) as queries:
        web.place(("TEE", 2))
    assert not [q for q in queries if "UPDATE OF level" in q["sql"]]
    assert in_slots() == [5] + [7] * 11
    assert StockLevel.objects.get().promised == 3
    assert available(web) == 97
    road.prove()


def test_a_hot_order_beside_a_cold_line_takes_both(web):
    hot(RUH=100)
    shop.product("MUG", RUH=5)
    web.place(("TEE", 1))
    order = web.place(("TEE", 3), ("MUG", 2))
    assert [line["reserved"] for line in order["lines"]] == [3, 2]
    assert sum(in_slots()) == 81
    refused = web.post("orders/", shop.order_body(("TEE", 1), ("MUG", 4)))
    assert refused.json()["errors"][0]["available"] == 3
    assert road.level("MUG", "RUH") == Level(5, 2)
    assert available(web) == 96
    road.prove()


def test_more_than_a_slot_holds_is_sold_and_only_what_is_not_there_is_short(web):
    hot(RUH=40)
    web.place(("TEE", 1))
    web.place(("TEE", 30))
    refused = web.post("orders/", shop.order_body(("TEE", 10)))
    assert (refused.status_code, refused.json()["errors"][0]["available"]) == (409, 9)
    web.place(("TEE", 9))
    assert (in_slots(), available(web)) == ([], 0)
    road.prove()


def test_every_reader_shows_what_is_true(web):
    product = hot(RUH=100, JED=20)
    keep(product, 3)
    level = StockLevel.objects.get(location__code="RUH")
    assert level.slots > 0
    key = shop.api(None)
    rows = {row["location"]: row for row in key.get("stock/?sku=TEE").json()["data"]}
    assert (rows["RUH"]["committed"], rows["RUH"]["available"]) == (3, 97)
    assert (rows["JED"]["committed"], rows["JED"]["available"]) == (0, 20)
    assert available(web) == 117
    assert rebuilding.compare() == []


def test_letting_go_receiving_and_shipping_leave_slots_alone(web):
    product = hot(RUH=100)
    owner, line = keep(product, 5)
    before = in_slots()
    stock.release(owner, [Free(line, 2)])
    stock.receive([Incoming(product.pk, shop.location("RUH").pk, 10)], cause="x", reference="", actor="test")
    kept = stock.kept(owner)
    stock.ship_out(owner, kept, reference="shipment/1", actor="test")
    assert in_slots() == before
    assert road.level("TEE", "RUH").on_hand == 107
    assert available(web) == 107


def test_a_correction_decides_on_the_true_figure(web):
    product = hot(RUH=100)
    keep(product, 5)
    asked: dict[str, Any] = {"product": product, "location": shop.location("RUH"), "state": "on_hand"}
    with pytest.raises(StockCommitted, match="5 committed"):
        stock.adjust(**asked, set_to=4, change=None, reason="", actor="test")
    stock.adjust(**asked, set_to=5, change=None, reason="", actor="test")
    assert (in_slots(), available(web)) == ([], 0)
    assert rebuilding.compare() == []


def test_a_kit_takes_what_is_beside_the_slots_and_folds_for_the_rest(web):
    hot(RUH=100)
    kit = shop.product("GIFT")
    kit.components = [{"sku": "TEE", "quantity": 2}]
    kit.save()
    web.place(("TEE", 4))
    web.place(("GIFT", 6))
    assert sum(in_slots()) == 84
    web.place(("GIFT", 40))
    assert (in_slots(), available(web)) == ([], 4)
    road.prove()


def test_a_checkout_keeps_from_slots_and_its_order_takes_over(web):
    hot(RUH=100)
    web.place(("TEE", 1))
    body = {"lines": [{"sku": "TEE", "quantity": 2}], "minutes": 5}
    kept = web.post("reservations/", body).json()
    assert sum(in_slots()) == 82
    answer = web.post("orders/", shop.order_body(("TEE", 3), reservation=kept["id"]))
    assert answer.status_code == 201
    assert available(web) == 96
    gone = web.post("reservations/", body).json()
    assert web.delete(f"reservations/{gone['id']}/").status_code == 204
    assert available(web) == 96
    road.prove()


def test_lots_and_kits_are_never_hot(web):
    milk = shop.product("MILK")
    Product.objects.filter(pk=milk.pk).update(tracks_lots=True)
    milk.refresh_from_db()
    until = timezone.now() + timedelta(hours=1)
    with pytest.raises(Conflict, match="in lots"):
        rushes.start(milk, until=until, actor="test")
    kit = shop.product("GIFT")
    kit.components = [{"sku": "MILK", "quantity": 2}]
    with pytest.raises(Conflict, match="no stock of its own"):
        rushes.start(kit, until=until, actor="test")
    assert not Rush.objects.exists()


def test_the_worker_sees_a_run_prolongs_it_and_ends_it(web, settings):
    settings.HOT_SKU_PER_MINUTE = 4
    shop.product("TEE", RUH=100)
    shop.product("MUG", RUH=100)
    for _ in range(4):
        web.place(("TEE", 1))
    web.place(("MUG", 1))
    rushes.watch()
    rush = Rush.objects.get()
    assert (rush.product.sku, rush.by_staff) == ("TEE", False)
    web.place(("TEE", 1))
    assert sum(in_slots()) > 0
    Rush.objects.update(until=timezone.now() + timedelta(seconds=30))
    rushes.watch()
    assert Rush.objects.get().until > timezone.now() + timedelta(minutes=4)
    Reservation.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    Rush.objects.update(until=timezone.now())
    rushes.watch()
    assert not Rush.objects.exists()
    assert in_slots() == []
    assert road.level("TEE", "RUH") == Level(100, 5)
    kinds = Event.objects.filter(kind__startswith="stock.rush").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["stock.rush_started", "stock.rush_ended"]
    road.prove()


def test_staffs_rush_is_not_cut_short_by_the_worker_and_ends_on_their_word(web, settings):
    settings.HOT_SKU_PER_MINUTE = 1
    product = hot(RUH=100)
    until = Rush.objects.get().until
    web.place(("TEE", 1))
    rushes.watch()
    assert Rush.objects.get().until == until
    rushes.stop(product, actor="test")
    assert (Rush.objects.count(), in_slots()) == (0, [])
    web.place(("TEE", 1))
    assert in_slots() == []
    road.prove()


def test_who_read_the_product_as_hot_before_the_end_leaves_nothing_dealt(web):
    product = hot(RUH=100)
    rushes.stop(product, actor="test")
    keep(product)
    assert sum(in_slots()) > 0
    rushes.watch()
    assert in_slots() == []


def test_staff_begin_and_end_a_rush_on_the_products_page(web):
    shop.product("TEE", RUH=100)
    manager = Client()
    manager.force_login(User.objects.create_user("m@example.com", password="x", role="manager"))
    assert "Rush" in manager.get("/products/TEE/").content.decode()
    manager.post("/product-rush/TEE/", {"hours": "4"})
    rush = Rush.objects.get()
    assert rush.by_staff
    assert timedelta(hours=3, minutes=59) < rush.until - timezone.now() <= timedelta(hours=4)
    assert "End it now" in manager.get("/products/TEE/").content.decode()
    manager.post("/product-rush/TEE/", {"hours": "5"})
    assert Rush.objects.get() == rush
    manager.post("/product-rush/TEE/", {"hours": ""})
    assert not Rush.objects.exists()
    clerk = Client()
    clerk.force_login(User.objects.create_user("w@example.com", password="x", role="warehouse"))
    assert "Rush" not in clerk.get("/products/TEE/").content.decode()
    assert clerk.post("/product-rush/TEE/", {"hours": "4"}).status_code == 403
    assert not Rush.objects.exists()


def test_an_ordinary_order_takes_as_many_statements_as_ever(web):
    shop.product("MUG", RUH=100)
    web.place(("MUG", 1))
    with CaptureQueriesContext(connection) as queries:
        web.post("orders/", shop.order_body(("MUG", 1)))
    counted = [q for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    assert len(counted) == 9
