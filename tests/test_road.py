"""One order's whole road, through the public doors alone: REST, the workers, the customer's page."""

import re

import pytest
from django.test import Client

from inventory.models import StockLevel
from oms.core.models import Event
from tests import shop

pytestmark = [pytest.mark.django_db, pytest.mark.pgbouncer]


@pytest.fixture
def web() -> shop.Api:
    shop.location("RUH")
    shop.product("TEE", RUH=10)
    company = shop.api(None)
    rate = {
        "carrier": "own_fleet",
        "service": "standard",
        "from": [],
        "to": {"country": "SA"},
        "base": "12.00",
        "per_kg": "2.00",
        "days": [1, 2],
    }
    assert company.post("shipping-rates/", rate).status_code == 201
    return shop.api()


def step(web: shop.Api, path: str, body=None):
    answer = web.post(path, body)
    assert answer.status_code == 201, (path, answer.content)
    return answer.json()


def stock() -> tuple[int, int]:
    level = StockLevel.objects.get()
    return level.on_hand, level.committed


def page(order, path: str = "?lang=en") -> str:
    token = re.search(r"/t/([^/]+)/", order["tracking_url"])[1]
    answer = Client().get(f"/t/{token}/{path}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_from_rest_to_delivered_and_refunded(web):
    order = step(web, "orders/", shop.order_body(("TEE", 2)))
    assert stock() == (10, 2)
    shop.work()
    order = web.get(f"orders/{order['id']}/").json()
    assert order["stage"] == "allocated"
    (shipment,) = web.get(f"shipments/?order={order['id']}").json()["data"]
    assert (shipment["state"], shipment["location"]) == ("planned", "RUH")
    at = f"shipments/{shipment['id']}"
    step(web, f"{at}/releases/")
    step(web, f"{at}/picks/", {"lines": [{"sku": "TEE", "quantity": 2}]})
    box = {"weight_g": 900, "length_mm": 300, "width_mm": 200, "height_mm": 100}
    step(web, f"{at}/packages/", {"packages": [{**box, "lines": [{"sku": "TEE", "quantity": 2}]}]})
    step(web, f"{at}/labels/", {"carrier": "own_fleet", "service": "standard"})
    shop.work()
    step(web, f"{at}/handovers/")
    assert stock() == (8, 0)
    shop.work()
    assert web.get(f"orders/{order['id']}/").json()["stage"] == "shipped"
    for code in ("picked_up", "in_transit", "out_for_delivery", "delivered"):
        step(web, f"{at}/scans/", {"code": code})
    order = web.get(f"orders/{order['id']}/").json()
    assert (order["stage"], order["fulfillment_status"]) == ("completed", "fulfilled")
    assert "Delivered" in page(order)

    line = order["lines"][0]["id"]
    asked = {"id": line, "quantity": 1, "reason": "size"}
    rma = step(
        web, "returns/", {"order": order["id"], "lines": [asked], "method": "branch", "resolution": "refund"}
    )
    back = f"returns/{rma['id']}"
    step(web, f"{back}/approvals/")
    returned = rma["lines"][0]["id"]
    step(web, f"{back}/receipts/", {"location": "RUH", "lines": [{"id": returned, "quantity": 1}]})
    found = {"id": returned, "quantity": 1, "grade": "A", "disposition": "restock"}
    step(web, f"{back}/inspections/", {"lines": [found]})
    assert stock() == (9, 0)
    step(web, f"{back}/reimbursements/", {"kind": "refund"})
    order = web.get(f"orders/{order['id']}/").json()
    assert (order["payment_status"], order["return_status"]) == ("partially_refunded", "partially_returned")
    assert order["totals"]["credited"]["amount"] == "100.00"
    assert order["totals"]["balance"]["amount"] == "0.00"
    shop.work()
    kinds = set(Event.objects.filter(thread=f"order/{order['number']}").values_list("kind", flat=True))
    assert {
        "order.placed",
        "order.checked",
        "order.allocated",
        "shipment.created",
        "shipment.handed_over",
        "shipment.delivered",
        "return.requested",
        "return.received",
        "return.reimbursed",
        "payment.refunded",
    } <= kinds
