"""Suppliers and purchase orders through the API, to the paper and the last delivery."""

from typing import Any

import pytest

from inventory import purchase_printing
from inventory.models import PurchaseOrder, PurchaseReceiptLine
from oms.core.models import Event
from tests import paper_scanner, shop
from tests.fulfillment.road import prove
from tests.inventory.conftest import errors_of
from tests.shop import Api

pytestmark = pytest.mark.django_db

SUPPLIER = {
    "code": "NOOR",
    "name": "Al Noor Textiles",
    "currency": "AED",
    "email": "sales@alnoor.example",
    "language": "ar",
    "lead_days": 9,
}


@pytest.fixture
def api() -> Any:
    shop.product("TEE", RUH=1)
    shop.product("MUG")
    yield shop.api(None, "purchases:*", "stock:*")
    prove()


@pytest.fixture
def noor(api: Api) -> Api:
    """A supplier who sells shirts at 21.5025 from ten on."""
    assert api.post("suppliers/", SUPPLIER).status_code == 201
    price = {"sku": "TEE", "price": "21.5025", "supplier_sku": "N-77", "min_quantity": 10}
    assert api.post("suppliers/NOOR/prices/", price).status_code == 201
    return api


def draft(api: Api, *lines: dict[str, Any], **changes: Any) -> Any:
    return api.post(
        "purchase-orders/", {"supplier": "NOOR", "location": "RUH", "lines": list(lines), **changes}
    )


def test_a_supplier_is_kept_and_changed(api: Api) -> None:
    made = api.post("suppliers/", SUPPLIER)
    assert made.json()["address"] is None
    assert api.post("suppliers/", SUPPLIER).json()["code"] == "duplicate_code"
    path = f"suppliers/{made.json()['id']}/"
    address = {"line1": "Street 3", "city": "Dubai", "country": "ae"}
    changed = api.patch(path, {"lead_days": 4, "address": address}, made["ETag"])
    assert changed.status_code == 200
    assert (changed.json()["lead_days"], changed.json()["address"]["country"]) == (4, "AE")
    assert api.patch(path, {"lead_days": 5}, made["ETag"]).status_code == 412
    assert errors_of(api.patch(path, {"currency": "XXQ"}, changed["ETag"])) == [("/currency", "invalid")]
    assert [row["code"] for row in api.get("suppliers/?code=NOOR").json()["data"]] == ["NOOR"]
    assert shop.api(None, "purchases:read").post("suppliers/", SUPPLIER).status_code == 403
    assert shop.api(None, "stock:*").get("suppliers/").status_code == 403


def test_a_price_list(noor: Api) -> None:
    [row] = noor.get("suppliers/NOOR/prices/").json()["data"]
    assert row == {
        "sku": "TEE",
        "price": {"amount": "21.5025", "currency": "AED"},
        "supplier_sku": "N-77",
        "min_quantity": 10,
    }
    noor.post("suppliers/NOOR/prices/", {"sku": "TEE", "price": "20", "min_quantity": 10})
    noor.post("suppliers/NOOR/prices/", {"sku": "TEE", "price": "18.5", "min_quantity": 100})
    noor.post("suppliers/NOOR/prices/", {"sku": "TEE", "price": "17", "min_quantity": 500})

    def tiers() -> list[tuple[int, str]]:
        rows = noor.get("suppliers/NOOR/prices/").json()["data"]
        return [(row["min_quantity"], row["price"]["amount"]) for row in rows]

    assert tiers() == [(10, "20.00"), (100, "18.50"), (500, "17.00")]
    assert noor.delete("suppliers/NOOR/prices/TEE/?min_quantity=500").status_code == 204
    assert noor.delete("suppliers/NOOR/prices/TEE/?min_quantity=500").status_code == 404
    assert tiers() == [(10, "20.00"), (100, "18.50")]
    asked = draft(noor, {"sku": "TEE", "quantity": 120}).json()
    assert (asked["lines"][0]["unit_cost"]["amount"], asked["total"]["amount"]) == ("18.50", "2220.00")
    assert errors_of(noor.post("suppliers/NOOR/prices/", {"sku": "NO", "price": "1"})) == [
        ("/sku", "unknown_sku")
    ]
    assert errors_of(noor.post("suppliers/NOOR/prices/", {"sku": "TEE", "price": "-1"})) == [
        ("/price", "invalid")
    ]
    assert noor.delete("suppliers/NOOR/prices/TEE/").status_code == 204
    assert noor.delete("suppliers/NOOR/prices/TEE/").status_code == 404


def test_from_the_draft_to_the_paper_and_the_last_delivery(noor: Api) -> None:
    made = draft(
        noor, {"sku": "TEE", "quantity": 20}, {"sku": "MUG", "quantity": 5, "unit_cost": "8"}, note="Soon"
    )
    assert made.status_code == 201
    order = made.json()
    assert order["total"] == {"amount": "470.05", "currency": "AED"}
    assert [(line["unit_cost"]["amount"], line["supplier_sku"]) for line in order["lines"]] == [
        ("21.5025", "N-77"),
        ("8.00", ""),
    ]
    path = f"purchase-orders/{order['number']}/"
    assert noor.get(f"{path}paper.pdf").status_code == 404
    sent = noor.post(f"{path}sendings/")
    assert sent.status_code == 201
    assert sent.json()["email"] == "sales@alnoor.example"
    waiting = noor.get(f"{path}paper.pdf")
    assert (waiting.status_code, waiting["Retry-After"]) == (404, "2")
    assert purchase_printing.print_owed() == 1
    paper = noor.get(f"{path}paper.pdf")
    assert paper["Content-Type"] == "application/pdf"
    assert paper_scanner.scan_pdf(paper.content) == [{order["number"]}]
    assert purchase_printing.print_owed() == 0
    tee, mug = order["lines"]
    came = {"id": tee["id"], "quantity": 12, "lot": "L7", "expires_on": "2030-01-31", "unit_cost": "20"}
    got = noor.post(f"{path}receipts/", {"lines": [came], "delivery_note": "DN-5"})
    assert got.status_code == 201
    assert got.json()["purchase_order"]["state"] == "partly_received"
    assert noor.get(f"{path}receipts/").json()["data"] == [got.json()["receipt"]]
    rest = [{"id": tee["id"], "quantity": 8}, {"id": mug["id"], "quantity": 5}]
    assert noor.post(f"{path}receipts/", {"lines": rest}).json()["purchase_order"]["state"] == "closed"
    assert sorted(map(str, PurchaseReceiptLine.objects.values_list("unit_cost", flat=True))) == [
        "20.0000",
        "21.5025",
        "8.0000",
    ]
    kinds = Event.objects.filter(subject=f"purchase/{order['number']}").order_by("id")
    assert list(kinds.values_list("kind", flat=True)) == [
        "purchase.drafted",
        "purchase.sent",
        "purchase.drawn",
        "purchase.received",
        "purchase.received",
    ]


def test_a_draft_is_patched_and_a_sent_one_is_not(noor: Api) -> None:
    made = draft(noor, {"sku": "TEE", "quantity": 20})
    path = f"purchase-orders/{made.json()['id']}/"
    changed = noor.patch(path, {"lines": [{"sku": "TEE", "quantity": 9}], "note": "Less"}, made["ETag"])
    assert (changed.json()["note"], changed.json()["lines"][0]["quantity"]) == ("Less", 9)
    refused = noor.post(f"{path}sendings/")
    assert (refused.status_code, errors_of(refused)) == (409, [("/lines/0/quantity", "below_minimum")])
    again = noor.patch(path, {"lines": [{"sku": "TEE", "quantity": 10}]}, changed["ETag"])
    assert noor.post(f"{path}sendings/").status_code == 201
    current = noor.get(path)
    assert noor.patch(path, {"note": "x"}, current["ETag"]).json()["code"] == "illegal_move"
    assert again.status_code == 200
    closed = noor.post(f"{path}closings/", {"reason": "They went out of business"})
    assert closed.json()["purchase_order"]["state"] == "closed"
    assert noor.get(path).json()["lines"][0]["dropped"] == 10


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"supplier": "NOPE"}, ("/supplier", "unknown_supplier")),
        ({"location": "NOPE"}, ("/location", "unknown_location")),
        ({"lines": [{"sku": "NO", "quantity": 1}]}, ("/lines/0/sku", "unknown_sku")),
        ({"lines": [{"sku": "MUG", "quantity": 1}]}, ("/lines/0/unit_cost", "no_price")),
        ({"lines": [{"sku": "TEE", "quantity": 1, "unit_cost": "x"}]}, ("/lines/0/unit_cost", "invalid")),
    ],
)
def test_what_is_wrong_is_named(noor: Api, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    body = {"supplier": "NOOR", "location": "RUH", "lines": [{"sku": "TEE", "quantity": 20}], **changes}
    answer = noor.post("purchase-orders/", body)
    assert answer.status_code == 400
    assert errors_of(answer) == [fault]
    assert not PurchaseOrder.objects.exists()


def test_lists_and_cancelling(noor: Api) -> None:
    numbers = [draft(noor, {"sku": "TEE", "quantity": 20}).json()["number"] for _ in range(2)]
    noor.post(f"purchase-orders/{numbers[0]}/sendings/")
    cancelled = noor.post(f"purchase-orders/{numbers[0]}/cancellations/", {"reason": "Too dear"})
    assert cancelled.json()["purchase_order"]["state"] == "cancelled"
    rows = noor.get("purchase-orders/?state=draft,sent&supplier=NOOR&location=RUH&sku=TEE").json()["data"]
    assert [row["number"] for row in rows] == [numbers[1]]
    [level] = noor.get("stock/?sku=TEE").json()["data"]
    assert level["incoming"] == 0
