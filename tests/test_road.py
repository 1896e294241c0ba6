"""One order's whole road, through the public doors alone: REST, the workers, the customer's page."""

import re

import pytest
from django.core import mail
from django.test import Client

from channels import notifications
from fulfillment import tasks as fulfillment_tasks
from inventory.models import StockLevel
from oms.core.models import Event
from returns import tasks as return_tasks
from tests import paper_scanner, shop

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


def heading(order) -> str:
    """What the customer's page says first."""
    return re.search(r"<h1[^>]*>(.*?)</h1>", page(order), re.S)[1].strip()


def test_from_rest_to_delivered_and_refunded(web):
    order = step(web, "orders/", shop.order_body(("TEE", 2)))
    assert stock() == (10, 2)
    assert heading(order) == "We have your order"
    shop.work()
    order = web.get(f"orders/{order['id']}/").json()
    assert order["stage"] == "allocated"
    (shipment,) = web.get(f"shipments/?order={order['id']}").json()["data"]
    assert (shipment["state"], shipment["location"]) == ("planned", "RUH")
    at = f"shipments/{shipment['id']}"
    step(web, f"{at}/releases/")
    step(web, f"{at}/picks/", {"lines": [{"sku": "TEE", "quantity": 2}]})
    assert heading(order) == "We are packing your order"
    box = {"weight_g": 900, "length_mm": 300, "width_mm": 200, "height_mm": 100}
    step(web, f"{at}/packages/", {"packages": [{**box, "lines": [{"sku": "TEE", "quantity": 2}]}]})
    labelled = step(web, f"{at}/labels/", {"carrier": "own_fleet", "service": "standard"})
    assert heading(order) == "Packed and ready to go"
    fulfillment_tasks.print_owed()
    (codes,) = paper_scanner.scan_pdf(web.get(f"{at}/label.pdf").content)
    assert {labelled["tracking_number"], order["tracking_url"]} <= codes
    (printed,) = paper_scanner.print_zpl(web.get(f"{at}/label.zpl").content)
    assert labelled["tracking_number"] in paper_scanner.scan(printed)
    step(web, f"{at}/handovers/")
    assert stock() == (8, 0)
    shop.work()
    assert web.get(f"orders/{order['id']}/").json()["stage"] == "shipped"
    assert heading(order).startswith("On the way")
    for code in ("picked_up", "in_transit", "out_for_delivery"):
        step(web, f"{at}/scans/", {"code": code})
    assert heading(order) == "Out for delivery"
    step(web, f"{at}/scans/", {"code": "delivered"})
    order = web.get(f"orders/{order['id']}/").json()
    assert (order["stage"], order["fulfillment_status"]) == ("completed", "fulfilled")
    assert heading(order) == "Delivered"

    asked = {"id": order["lines"][0]["id"], "quantity": 2, "reason": "size"}
    rma = step(
        web, "returns/", {"order": order["id"], "lines": [asked], "method": "courier", "resolution": "refund"}
    )
    back = f"returns/{rma['id']}"
    step(web, f"{back}/approvals/")
    way_back = step(web, f"{back}/labels/")["tracking_number"]
    return_tasks.print_owed()
    (codes,) = paper_scanner.scan_pdf(web.get(f"{back}/label.pdf").content)
    assert way_back in codes
    returned = {"id": rma["lines"][0]["id"], "quantity": 2}
    step(web, f"{back}/receipts/", {"location": "RUH", "lines": [returned]})
    step(web, f"{back}/inspections/", {"lines": [{**returned, "grade": "A", "disposition": "restock"}]})
    assert stock() == (10, 0)
    step(web, f"{back}/reimbursements/", {"kind": "refund"})
    order = web.get(f"orders/{order['id']}/").json()
    # The goods are paid back; the shipping was done.
    assert (order["payment_status"], order["return_status"]) == ("partially_refunded", "returned")
    assert order["totals"]["credited"]["amount"] == "200.00"
    assert order["totals"]["balance"]["amount"] == "0.00"
    assert heading(order) == "Returned and refunded"
    shop.work()
    papers = web.get(f"orders/{order['id']}/invoices/").json()["data"]
    assert [(paper["kind"], paper["totals"]["total"]["amount"]) for paper in papers] == [
        ("invoice", "225.00"),
        ("credit_note", "200.00"),
    ]
    told = {"order.placed", "shipment.handed_over", "shipment.delivered", "payment.refunded"}
    told |= {"return.requested", "return.accepted"}
    notifications.send_due()
    assert len(mail.outbox) == len(told)
    kinds = set(Event.objects.filter(thread=f"order/{order['number']}").values_list("kind", flat=True))
    assert (
        told
        | {
            "order.checked",
            "order.allocated",
            "shipment.created",
            "invoice.issued",
            "return.requested",
            "return.received",
            "return.reimbursed",
        }
        <= kinds
    )
