"""A kit that comes back is judged as one, or component by component where they differ."""

from typing import Any

import pytest

from inventory import stock
from inventory.models import LotLevel, Product
from inventory.stock import Incoming
from tests import shop
from tests.fulfillment import road
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> road.Shop:
    """Two kits of two cups and a tea were sent, all of lots, and have come back."""
    place = shop.location("RUH")
    road.add_rate()
    for sku, lots in (("CUP", ("C1",)), ("TEA", ("T1",))):
        made = shop.product(sku)
        Product.objects.filter(pk=made.pk).update(tracks_lots=True)
        stock.receive(
            [Incoming(made.pk, place.pk, 9, lot=lot) for lot in lots],
            cause="purchased",
            reference="purchase/PO1",
            actor="test",
        )
    kit = shop.product("GIFT")
    kit.components = [{"sku": "CUP", "quantity": 2}, {"sku": "TEA", "quantity": 1}]
    kit.save()
    return road.open_shop()


@pytest.fixture
def back(web: road.Shop) -> dict[str, Any]:
    order = web.routed(("GIFT", 2))
    shipment = web.pick(web.release(web.shipment(order)), CUP=4, TEA=2)
    boxes = {"packages": [{"lines": [{"sku": "CUP", "quantity": 4}, {"sku": "TEA", "quantity": 2}]}]}
    web.scan(web.hand_over(web.label(web.step(shipment, "packages", boxes))), "delivered")
    asked = {"id": web.order(order)["lines"][0]["id"], "quantity": 2, "reason": "changed_mind"}
    body = {"order": order["id"], "lines": [asked], "method": "courier", "resolution": "refund"}
    returned = web.post("returns/", body).json()
    web.post(f"returns/{returned['id']}/approvals/", {})
    units = {"id": returned["lines"][0]["id"], "quantity": 2}
    web.post(f"returns/{returned['id']}/receipts/", {"location": "RUH", "lines": [units]})
    return dict(returned)


def inspect(web: road.Shop, back: dict[str, Any], **said: Any) -> Any:
    line = {"id": back["lines"][0]["id"], "quantity": 2, "grade": "A", "disposition": "restock", **said}
    return web.post(f"returns/{back['id']}/inspections/", {"lines": [line]})


def lying() -> dict[str, tuple[int, int, int]]:
    """On hand, damaged and in quality control of each lot by its code; "" is nobody knows which."""
    rows = LotLevel.objects.select_related("lot__product")
    return {
        f"{row.lot.product.sku}:{row.lot.code}": (row.on_hand, row.damaged, row.quality_control)
        for row in rows
        if row.on_hand
    }


def test_a_lot_named_for_the_kit_is_that_of_its_component(web: road.Shop, back: dict[str, Any]) -> None:
    answer = inspect(web, back, lot="T1")
    assert answer.status_code == 201, answer.content
    assert lying() == {"CUP:C1": (5, 0, 0), "CUP:": (4, 0, 4), "TEA:T1": (9, 0, 0)}
    assert "components" not in answer.json()["lines"][0]
    road.prove()


def test_components_that_differ_are_judged_apart(web: road.Shop, back: dict[str, Any]) -> None:
    cups = {"sku": "CUP", "lot": "C1"}
    parts = [
        cups | {"quantity": 1, "disposition": "damaged", "grade": "reject"},
        cups | {"quantity": 1, "disposition": "missing", "grade": "C"},
        cups | {"quantity": 1, "disposition": "restock", "grade": "B"},
    ]
    answer = inspect(web, back, lot="T1", components=parts)
    assert answer.status_code == 201, answer.content
    # One of four cups is damaged, one did not come, one has no lot and waits.
    assert lying() == {"CUP:C1": (7, 1, 0), "CUP:": (1, 0, 1), "TEA:T1": (9, 0, 0)}
    (seen,) = answer.json()["lines"]
    assert seen["components"] == parts
    (line,) = web.get(f"returns/{back['id']}/").json()["lines"]
    assert line["inspections"][0]["components"] == parts
    assert (line["inspected"], web.get(f"orders/{back['order']}/").json()["lines"][0]["returned"]) == (2, 2)
    road.prove()


@pytest.mark.parametrize(
    ("part", "pointer", "code"),
    [
        ({"sku": "MUG", "quantity": 1}, "/lines/0/components/0/sku", "unknown_sku"),
        ({"sku": "CUP", "quantity": 5}, "/lines/0/components/0/quantity", "too_many"),
        ({"sku": "CUP", "quantity": 1, "lot": "T1"}, "/lines/0/components/0/lot", "unknown_lot"),
        (
            {"sku": "CUP", "quantity": 1, "grade": "reject", "disposition": "restock"},
            "/lines/0/components/0/disposition",
            "unfit",
        ),
    ],
)
def test_what_cannot_be_of_that_kit_is_refused(
    web: road.Shop, back: dict[str, Any], part: dict[str, Any], pointer: str, code: str
) -> None:
    before = lying()
    answer = inspect(web, back, components=[{"disposition": "damaged"} | part])
    assert answer.status_code == 400
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [(pointer, code)]
    assert lying() == before
    assert web.get(f"returns/{back['id']}/").json()["lines"][0]["inspected"] == 0


def test_component_by_component_on_the_page(web: road.Shop, back: dict[str, Any]) -> None:
    browser = signed_in("manager")
    page = browser.get(f"/returns/{back['number']}/").content.decode()
    assert "Component by component" in page
    line = back["lines"][0]["id"]
    typed = {
        f"units-{line}-0": "٢",
        f"grade-{line}-0": "A",
        f"way-{line}-0": "restock",
        f"units-{line}-0-0": "3",
        f"way-{line}-0-0": "damaged",
        f"grade-{line}-0-0": "C",
        f"lot-{line}-0-0": "C1",
        f"lot-{line}-0-1": "T1",
    }
    unfit = typed | {f"grade-{line}-0-0": "reject", f"way-{line}-0-0": ""}
    refused = browser.post(f"/returns/{back['number']}/inspect/", unfit)
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, [f"way-{line}-0-0"])
    answer = browser.post(f"/returns/{back['number']}/inspect/", typed)
    assert answer.status_code == 302, answer.content
    assert lying() == {"CUP:C1": (8, 3, 0), "CUP:": (1, 0, 1), "TEA:T1": (9, 0, 0)}
    assert '× <bdi dir="ltr">CUP</bdi>' in browser.get(f"/returns/{back['number']}/").content.decode()
    road.prove()
