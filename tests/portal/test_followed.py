"""An order made by REST, followed on its customer's page to delivered, sent back and refunded."""

import re
from typing import Any

import pytest
from django.test import Client

from tests import shop
from tests.portal.test_pages import text_of

pytestmark = pytest.mark.django_db

RATE = {
    "carrier": "own_fleet",
    "service": "standard",
    "from": [],
    "to": {"country": "SA"},
    "base": "12.00",
    "per_kg": "2.00",
    "days": [1, 2],
}
BOX = {"weight_g": 900, "length_mm": 300, "width_mm": 200, "height_mm": 100}


class Followed:
    """The order's API on one side, its customer's browser on the other."""

    def __init__(self) -> None:
        shop.location("RUH")
        shop.product("MUG", RUH=5)
        assert shop.api(None).post("shipping-rates/", RATE).status_code == 201
        self.api = shop.api()
        self.order = self.done("orders/", shop.order_body(("MUG", 2)))
        self.path = re.sub(r"^https?://[^/]+", "", self.order["tracking_url"])
        self.browser = Client(headers={"Accept-Language": "en"})

    def done(self, path: str, body: Any = None) -> Any:
        answer = self.api.post(path, body)
        assert answer.status_code == 201, answer.content
        shop.work()
        return answer.json()

    def page(self) -> str:
        return text_of(self.browser.get(self.path))

    def html(self) -> str:
        return self.browser.get(self.path).content.decode()


def test_the_page_follows_every_step_of_the_road() -> None:
    followed = Followed()
    assert "We have your order" in followed.page()
    (shipment,) = followed.api.get(f"shipments/?order={followed.order['id']}").json()["data"]
    at = f"shipments/{shipment['id']}"
    contents = [{"sku": "MUG", "quantity": 2}]
    followed.done(f"{at}/releases/")
    followed.done(f"{at}/picks/", {"lines": contents})
    assert "We are packing your order" in followed.page()
    followed.done(f"{at}/packages/", {"packages": [{**BOX, "lines": contents}]})
    assert "Packed and ready to go" in followed.page()
    followed.done(f"{at}/labels/", {"carrier": "own_fleet", "service": "standard"})
    followed.done(f"{at}/handovers/")
    assert re.search(r"On the way.*Parcel packed", followed.page())
    for code, said in [
        ("out_for_delivery", "Out for delivery"),
        ("delivery_failed", "We could not deliver your parcel"),
        ("out_for_delivery", "Out for delivery"),
        ("delivered", "Delivered"),
    ]:
        followed.done(f"{at}/scans/", {"code": code, "place": "Riyadh"})
        assert f"Order {followed.order['number']} {said}" in followed.page()

    line = followed.order["lines"][0]["id"]
    answer = followed.browser.post(
        f"{followed.path}return/",
        {
            f"take-{line}": "on",
            f"quantity-{line}": "2",
            f"reason-{line}": "size",
            "method": "branch",
            "resolution": "refund",
        },
    )
    assert answer.status_code == 302
    (asked,) = followed.api.get(f"returns/?order={followed.order['id']}").json()["data"]
    assert f"Return {asked['number']} Requested" in followed.page()

    back = f"returns/{asked['id']}"
    followed.done(f"{back}/approvals/")
    assert "Bring the items to one of our branches" in followed.page()
    asked = followed.api.get(f"{back}/").json()
    units = {"id": asked["lines"][0]["id"], "quantity": 2}
    followed.done(f"{back}/receipts/", {"location": "RUH", "lines": [units]})
    assert "We have your items and are checking them." in followed.page()
    followed.done(f"{back}/inspections/", {"lines": [{**units, "grade": "A", "disposition": "restock"}]})
    followed.done(f"{back}/reimbursements/", {"kind": "refund"})
    words = followed.page()
    assert f"Order {followed.order['number']} Returned and refunded" in words
    assert "Refunded to you SAR 200.00" in words
    assert "Return items" not in words


def test_goods_sent_instead_of_money_are_one_tap_away() -> None:
    followed = Followed()
    (shipment,) = followed.api.get(f"shipments/?order={followed.order['id']}").json()["data"]
    at = f"shipments/{shipment['id']}"
    contents = [{"sku": "MUG", "quantity": 2}]
    followed.done(f"{at}/releases/")
    followed.done(f"{at}/picks/", {"lines": contents})
    followed.done(f"{at}/packages/", {"packages": [{**BOX, "lines": contents}]})
    followed.done(f"{at}/labels/", {"carrier": "own_fleet", "service": "standard"})
    followed.done(f"{at}/handovers/")
    followed.done(f"{at}/scans/", {"code": "delivered"})
    line = {"id": followed.order["lines"][0]["id"], "quantity": 1, "reason": "defective"}
    asked = followed.done(
        "returns/",
        {"order": followed.order["id"], "lines": [line], "method": "branch", "resolution": "replacement"},
    )
    back = f"returns/{asked['id']}"
    units = {"id": asked["lines"][0]["id"], "quantity": 1}
    followed.done(f"{back}/approvals/")
    followed.done(f"{back}/receipts/", {"location": "RUH", "lines": [units]})
    followed.done(f"{back}/inspections/", {"lines": [{**units, "grade": "C", "disposition": "damaged"}]})
    followed.done(f"{back}/reimbursements/", {"kind": "replacement"})
    assert f"Return {asked['number']} Replaced We send you another item in a new order." in followed.page()
    assert "Refunded to you" not in followed.page()
    (new_page,) = re.findall(r'card-foot"><a class="button block" href="(/t/[^"]+)"', followed.html())
    assert "We have your order" in text_of(followed.browser.get(new_page))
