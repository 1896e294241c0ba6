"""Lots on the road: picked first what expires first or what the picker names, sent, cancelled, returned, recalled."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from fulfillment import scanning
from fulfillment.models import PickedLot, Shipment
from inventory import lots, stock
from inventory.models import Location, Lot, LotLevel, Movement, Product
from inventory.stock import Incoming
from oms.core import company
from oms.core.models import User
from tests import shop
from tests.fulfillment import road
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> road.Shop:
    place = shop.location("RUH")
    road.add_rate()
    milk = shop.product("MILK")
    Product.objects.filter(pk=milk.pk).update(tracks_lots=True)
    today = company.today()
    stock.receive(
        [
            Incoming(milk.pk, place.pk, units, lot=code, expires_on=today + timedelta(days=days))
            for code, units, days in (("LATE", 5, 90), ("SOON", 3, 9))
        ],
        cause="purchased",
        reference="purchase/PO1",
        actor="test",
    )
    return road.open_shop()


def lying(code: str) -> tuple[int, int, int]:
    """on hand, quality control and picked of a lot."""
    row = LotLevel.objects.get(lot__code=code)
    return row.on_hand, row.quality_control, row.picked


def of(shipment: dict[str, Any]) -> list[tuple[str, int]]:
    (line,) = shipment["lines"]
    return sorted((one["lot"], one["quantity"]) for one in line["lots"])


def test_what_expires_first_goes_first_and_is_known_afterwards(web: road.Shop) -> None:
    order = web.routed(("MILK", 4))
    parcel = web.pick(web.release(web.shipment(order)))
    assert of(parcel) == [("LATE", 1), ("SOON", 3)]
    assert (lying("SOON"), lying("LATE")) == ((3, 0, 3), (5, 0, 1))
    road.prove()
    gone = web.hand_over(web.label(web.pack(parcel)))
    assert of(gone) == [("LATE", 1), ("SOON", 3)]
    assert (lying("SOON"), lying("LATE")) == ((0, 0, 0), (4, 0, 0))
    assert road.level("MILK", "RUH") == road.Level(4, 0)
    road.prove()


def test_the_picker_may_name_another(web: road.Shop) -> None:
    parcel = web.release(web.shipment(web.routed(("MILK", 4))))
    body = {"lines": [{"sku": "MILK", "quantity": 2, "lot": "LATE"}, {"sku": "MILK", "quantity": 1}]}
    parcel = web.step(parcel, "picks", body)
    assert of(parcel) == [("LATE", 2), ("SOON", 1)]
    wrong = {"lines": [{"sku": "MILK", "quantity": 1, "lot": "NONE"}]}
    assert web.refused(parcel, "picks", wrong) == (400, "unknown_lot")
    lots.quarantine(Lot.objects.get(code="LATE"), reason="smell", actor="test")
    wrong["lines"][0]["lot"] = "LATE"
    assert web.refused(parcel, "picks", wrong) == (409, "lot_quarantined")
    assert web.shipment(web.get("orders/").json()["data"][0])["lines"][0]["picked"] == 3
    road.prove()


def test_a_scanned_lot_says_which_and_undone_it_lies_there_again(web: road.Shop) -> None:
    web.release(web.shipment(web.routed(("MILK", 3))))
    parcel = Shipment.objects.get()
    scans = [
        scanning.take(parcel.pk, scan_id=uuid4(), code=code, actor="test")[1] for code in ("late", "MILK")
    ]
    assert [(scan.sku, scan.lot) for scan in scans] == [("MILK", "LATE"), ("MILK", "")]
    assert (lying("SOON"), lying("LATE")) == ((3, 0, 1), (5, 0, 1))
    scanning.undo(parcel.pk, scan_id=scans[0].pk, actor="test")
    assert (lying("SOON"), lying("LATE")) == ((3, 0, 1), (5, 0, 0))
    scanning.undo(parcel.pk, actor="test")
    assert (lying("SOON"), lying("LATE")) == ((3, 0, 0), (5, 0, 0))
    assert not PickedLot.objects.exists()
    road.prove()


def test_cancelled_units_lie_on_their_shelf_again(web: road.Shop) -> None:
    order = web.routed(("MILK", 5))
    web.pick(web.release(web.shipment(order)))
    assert web.cancel(order, ("MILK", 3)).status_code == 201
    assert (lying("SOON"), lying("LATE")) == ((3, 0, 2), (5, 0, 0))
    road.prove()
    assert web.cancel(order).status_code == 201
    assert (lying("SOON"), lying("LATE")) == ((3, 0, 0), (5, 0, 0))
    assert road.level("MILK", "RUH") == road.Level(8, 0)
    road.prove()


def test_a_lot_in_quarantine_does_not_leave_in_a_packed_parcel(web: road.Shop) -> None:
    parcel = web.up_to(web.shipment(web.routed(("MILK", 2))), "label")
    lots.quarantine(Lot.objects.get(code="SOON"), reason="smell", actor="test")
    assert lying("SOON") == (3, 1, 2)
    assert web.refused(parcel, "handovers") == (409, "lot_quarantined")
    assert road.level("MILK", "RUH") == road.Level(8, 2, 1)
    road.prove()


def test_what_is_not_found_is_set_aside_in_some_lot(web: road.Shop) -> None:
    order = web.routed(("MILK", 4))
    parcel = web.release(web.shipment(order))
    web.step(parcel, "picks", {"lines": [{"sku": "MILK", "quantity": 1}], "short": True})
    web.cancel(order)
    assert road.level("MILK", "RUH") == road.Level(8, 0, 3)
    assert (lying("SOON"), lying("LATE")) == ((3, 3, 0), (5, 0, 0))
    assert Movement.objects.get(cause="not_found").reference == f"shipment/{parcel['number']}"
    road.prove()


@pytest.mark.parametrize(
    ("named", "expected"), [({"lot": "SOON"}, ((2, 0, 0), None)), ({}, ((1, 0, 0), (1, 1, 0)))]
)
def test_a_return_names_its_lot_or_waits(web: road.Shop, named: dict[str, str], expected: Any) -> None:
    order = web.routed(("MILK", 2))
    web.scan(web.up_to(web.shipment(order), "hand_over"), "delivered")
    line = web.order(order)["lines"][0]["id"]
    asked = {"id": line, "quantity": 1, "reason": "size"}
    body = {"order": order["id"], "lines": [asked], "method": "courier", "resolution": "refund"}
    back = web.post("returns/", body).json()
    web.post(f"returns/{back['id']}/approvals/", {})
    unit = {"id": back["lines"][0]["id"], "quantity": 1, "disposition": "restock"}
    wrong = web.post(
        f"returns/{back['id']}/receipts/", {"location": "RUH", "lines": [unit | {"lot": "LATE"}]}
    )
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (400, "unknown_lot")
    answer = web.post(f"returns/{back['id']}/receipts/", {"location": "RUH", "lines": [unit | named]})
    assert answer.status_code == 201, answer.content
    nameless = LotLevel.objects.filter(lot__code="").first()
    assert (lying("SOON"), lying("") if nameless else None) == expected
    road.prove()


def test_goods_without_lots_cost_picking_no_lot(web: road.Shop) -> None:
    shop.product("TEE", RUH=3)
    parcel = web.release(web.shipment(web.routed(("TEE", 2))))
    wrong = {"lines": [{"sku": "TEE", "quantity": 1, "lot": "A"}]}
    assert web.refused(parcel, "picks", wrong) == (400, "lot_not_tracked")
    parcel = web.hand_over(web.label(web.pack(web.pick(parcel))))
    assert of(parcel) == []
    assert not LotLevel.objects.filter(lot__product__sku="TEE", location=Location.objects.get()).exists()
    road.prove()


def test_a_recall_names_every_parcel_to_those_who_may_read_orders(web: road.Shop) -> None:
    gone = web.up_to(web.shipment(web.routed(("MILK", 2))), "hand_over")
    held = web.pick(web.release(web.shipment(web.routed(("MILK", 1)))))
    lot = Lot.objects.get(code="SOON")
    api = shop.api(None, "shipments:read", "stock:read")
    rows = api.get(f"lots/{lot.uid}/shipments/").json()["data"]
    assert [(row["shipment"], row["quantity"], bool(row["handed_over_at"])) for row in rows] == [
        (held["number"], 1, False),
        (gone["number"], 2, True),
    ]
    manager, warehouse = signed_in("manager"), signed_in("warehouse", locations=["RUH"])
    page = manager.get(f"/lots/{lot.uid}/orders/").content.decode()
    assert gone["number"] in page
    assert "سارة العتيبي" in page
    assert "سارة العتيبي" not in warehouse.get(f"/lots/{lot.uid}/orders/").content.decode()
    assert warehouse.get(f"/lots/{lot.uid}/orders/?export=csv").status_code == 403
    told = manager.get(f"/lots/{lot.uid}/orders/?export=csv").content.decode()
    assert told.count("سارة العتيبي") == 2


def test_lots_on_the_screen(web: road.Shop) -> None:
    warehouse, elsewhere = signed_in("warehouse", locations=["RUH"]), signed_in("agent")
    rows = warehouse.get("/lots/").context["list"].rows
    assert [(row.code, row.on_hand, row.free) for row in rows] == [("SOON", 3, 3), ("LATE", 5, 5)]
    assert [row.code for row in warehouse.get("/lots/?state=soon").context["list"].rows] == ["SOON"]
    lot = Lot.objects.get(code="SOON")
    assert elsewhere.post(f"/lots/{lot.uid}/quarantine/", {"reason": "smell"}).status_code == 403
    assert warehouse.post(f"/lots/{lot.uid}/quarantine/", {"reason": "smell"}).status_code == 302
    assert lying("SOON") == (3, 3, 0)
    page = warehouse.get(f"/lots/{lot.uid}/").content.decode()
    assert "smell" in page
    assert warehouse.post(f"/lots/{lot.uid}/release/", {"reason": "fine"}).status_code == 302
    assert lying("SOON") == (3, 0, 0)
    shop.location("JED")
    User.objects.filter(username="the-warehouse").update(locations=["JED"])
    assert warehouse.get(f"/lots/{lot.uid}/").status_code == 404


def test_lots_over_the_api(web: road.Shop) -> None:
    api = shop.api(None, "stock:read", "stock:write")
    rows = api.get("lots/?sku=MILK&state=soon").json()["data"]
    assert [(row["code"], row["state"], row["levels"][0]["free"]) for row in rows] == [("SOON", "soon", 3)]
    path = f"lots/{rows[0]['id']}/"
    assert api.post(f"{path}quarantines/", {"reason": " "}).status_code == 400
    locked = api.post(f"{path}quarantines/", {"reason": "smell"})
    assert (locked.status_code, locked.json()["state"]) == (201, "quarantined")
    assert api.post(f"{path}quarantines/", {"reason": "smell"}).json()["code"] == "illegal_move"
    assert api.post(f"{path}releases/", {"reason": "fine"}).json()["state"] == "soon"
    assert api.get(path).json()["levels"][0]["quality_control"] == 0


def test_a_quarantine_takes_what_was_promised_and_the_newest_wait_again(web: road.Shop) -> None:
    """Eight on hand, three of them SOON, seven promised: two of those promises cannot be kept without SOON."""
    first = web.routed(("MILK", 4))
    last = web.routed(("MILK", 3))
    api = shop.api(None, "stock:read", "stock:write")
    lot = Lot.objects.get(code="SOON")
    assert api.post(f"lots/{lot.uid}/quarantines/", {"reason": "smell"}).status_code == 201
    assert lying("SOON") == (3, 3, 0)
    assert road.level("MILK", "RUH") == road.Level(8, 5, 3)
    assert [web.order(order)["lines"][0]["backordered"] for order in (first, last)] == [0, 2]
    road.prove()
