"""Invoices: written as goods leave, credited as they come back, numbered without gaps, printed and scanned."""

import base64
import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from inventory.models import StockLevel
from oms.core import company
from oms.core.models import Event
from orders import invoicing, tasks
from orders.invoicing import printing
from orders.models import Invoice, InvoiceLine, InvoiceSeries
from tests import paper_scanner, shop

pytestmark = pytest.mark.django_db
SELLER = {
    "COMPANY_NAME": "Relay Trading Co.",
    "COMPANY_NAME_AR": "شركة ريلاي التجارية",
    "COMPANY_VAT_NUMBER": "399999999900003",
    "COMPANY_CITY": "Riyadh",
}


@pytest.fixture
def web(settings) -> shop.Api:
    for name, value in SELLER.items():
        setattr(settings, name, value)
    shop.location("RUH")
    shop.product("TEE", RUH=20)
    rate = {"carrier": "own_fleet", "service": "standard", "from": [], "to": {"country": "SA"}}
    everyone = shop.api(None)
    assert everyone.post("shipping-rates/", {**rate, "base": "12.00", "per_kg": "2.00", "days": [1, 2]})
    return shop.api()


def step(web, path, body=None):
    answer = web.post(path, body)
    assert answer.status_code == 201, (path, answer.content)
    return answer.json()


def placed(web, *lines, **changes):
    order = step(web, "orders/", shop.order_body(*lines, **changes))
    shop.work()
    return order


def handed_over(web, *lines, **changes):
    """An order whose one parcel is on its way."""
    order = placed(web, *lines, **changes)
    (shipment,) = web.get(f"shipments/?order={order['id']}").json()["data"]
    at = f"shipments/{shipment['id']}"
    step(web, f"{at}/releases/")
    held = [{"sku": line["sku"], "quantity": line["quantity"]} for line in shipment["lines"]]
    step(web, f"{at}/picks/", {"lines": held})
    box = {"weight_g": 900, "length_mm": 300, "width_mm": 200, "height_mm": 100, "lines": held}
    step(web, f"{at}/packages/", {"packages": [box]})
    step(web, f"{at}/labels/", {"carrier": "own_fleet", "service": "standard"})
    step(web, f"{at}/handovers/")
    shop.work()
    return order, at


def invoices(web, order):
    answer = web.get(f"orders/{order['id']}/invoices/")
    assert answer.status_code == 200
    assert answer.json()["has_more"] is False
    return answer.json()["data"]


def sums(invoice):
    return [invoice["totals"][name]["amount"] for name in ("net", "tax", "total")]


def send_back(web, order, at, units=1):
    step(web, f"{at}/scans/", {"code": "delivered"})
    line = {"id": order["lines"][0]["id"], "quantity": units, "reason": "size"}
    asked = {"order": order["id"], "lines": [line], "method": "branch", "resolution": "refund"}
    rma = step(web, "returns/", asked)
    back = f"returns/{rma['id']}"
    step(web, f"{back}/approvals/")
    row = {"id": rma["lines"][0]["id"], "quantity": units}
    step(web, f"{back}/receipts/", {"location": "RUH", "lines": [row]})
    step(web, f"{back}/inspections/", {"lines": [{**row, "grade": "A", "disposition": "restock"}]})
    shop.work()


def test_nothing_before_the_goods_leave(web):
    order = placed(web, ("TEE", 2))
    assert invoices(web, order) == []
    assert web.get(f"invoices/{uuid.uuid4()}.pdf").status_code == 404
    assert Invoice.objects.count() == InvoiceSeries.objects.count() == 0


def test_an_invoice_is_the_order_that_left(web):
    order, _ = handed_over(web, ("TEE", 2))
    (invoice,) = invoices(web, order)
    year = company.today().year
    assert (invoice["kind"], invoice["number"]) == ("invoice", f"INV-{year}-000001")
    assert sums(invoice) == ["195.65", "29.35", "225.00"]
    assert [(row["sku"], row["quantity"], row["total"]["amount"]) for row in invoice["lines"]] == [
        ("TEE", 2, "200.00"),
        ("", 0, "25.00"),
    ]
    assert invoice["taxes"] == [
        {
            "rate": "0.15",
            "taxable": {"amount": "195.65", "currency": "SAR"},
            "tax": {"amount": "29.35", "currency": "SAR"},
        }
    ]
    assert (invoice["seller"]["name"], invoice["buyer"]["name"]) == ("Relay Trading Co.", "Sara Al-Otaibi")
    assert invoice["links"]["order"].endswith(f"/orders/{order['id']}/")
    assert web.get(f"invoices/{invoice['number']}/").json() == invoice
    event = Event.objects.get(kind="invoice.issued")
    assert (event.thread, event.data["total"]) == (f"order/{order['number']}", "225.00")


def test_asking_twice_writes_nothing_twice(web):
    order, at = handed_over(web, ("TEE", 2))
    step(web, f"{at}/scans/", {"code": "delivered"})
    shop.work()
    assert invoicing.settle(uuid.UUID(order["id"]), actor="test") == []
    assert Invoice.objects.count() == 1


@pytest.mark.pgbouncer
def test_what_comes_back_is_credited_and_names_its_invoice(web):
    order, at = handed_over(web, ("TEE", 3))
    send_back(web, order, at)
    first, credit = invoices(web, order)
    year = company.today().year
    assert (credit["kind"], credit["number"]) == ("credit_note", f"CN-{year}-000001")
    assert (credit["corrects"], sums(credit)) == ([first["number"]], ["86.96", "13.04", "100.00"])
    read = web.get(f"orders/{order['id']}/").json()
    assert read["totals"]["credited"]["amount"] == "100.00"


def test_a_cancelled_rest_is_not_invoiced(web):
    order = placed(web, ("TEE", 3))
    line = {"id": order["lines"][0]["id"], "quantity": 1}
    step(web, f"orders/{order['id']}/cancellations/", {"lines": [line], "reason": "asked"})
    (shipment,) = web.get(f"shipments/?order={order['id']}").json()["data"]
    at = f"shipments/{shipment['id']}"
    step(web, f"{at}/releases/")
    step(web, f"{at}/picks/", {"lines": [{"sku": "TEE", "quantity": 2}]})
    box = {"weight_g": 900, "length_mm": 300, "width_mm": 200, "height_mm": 100}
    step(web, f"{at}/packages/", {"packages": [{**box, "lines": [{"sku": "TEE", "quantity": 2}]}]})
    step(web, f"{at}/labels/", {"carrier": "own_fleet", "service": "standard"})
    step(web, f"{at}/handovers/")
    shop.work()
    (invoice,) = invoices(web, order)
    assert invoice["totals"]["total"] == web.get(f"orders/{order['id']}/").json()["totals"]["total"]


@pytest.mark.pgbouncer
def test_numbers_have_no_gaps_when_a_transaction_fails(web):
    order, at = handed_over(web, ("TEE", 1))
    with transaction.atomic():
        invoicing._next(invoicing.InvoiceKind.INVOICE, timezone.now())
        transaction.set_rollback(True)
    other, _ = handed_over(web, ("TEE", 1))
    assert [invoices(web, one)[0]["number"][-6:] for one in (order, other)] == ["000001", "000002"]


def test_a_paper_is_never_edited(web):
    handed_over(web, ("TEE", 1))
    for model in (Invoice, InvoiceLine):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            model.objects.update(tax=0)
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            model.objects.all()._raw_delete(model.objects.db)
    assert Invoice.objects.count() == 1


@pytest.mark.parametrize("language", ["en", "ar", "fa"])
def test_the_paper_is_drawn_in_a_worker_and_its_code_scans_back(web, language):
    order, _ = handed_over(web, ("TEE", 2), language=language)
    (invoice,) = invoices(web, order)
    waiting = web.get(f"invoices/{invoice['id']}.pdf")
    assert (waiting.status_code, waiting["Retry-After"]) == (404, "2")
    tasks.print_owed_invoices()
    assert printing.print_owed() == 0
    paper = web.get(f"invoices/{invoice['number']}.pdf", Accept="text/html")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    assert paper_scanner.page_sizes_mm(paper.content) == [(210, 297)]
    assert paper_scanner.scan_pdf(paper.content) == [{invoice["qr"]}]
    raw = base64.b64decode(invoice["qr"])
    assert raw[2 : 2 + raw[1]].decode() == SELLER["COMPANY_NAME_AR"]
    assert raw.endswith(b"\x04\x06225.00\x05\x0529.35")
    assert paper_scanner.active_parts(paper.content) == 0
    assert paper_scanner.fonts(paper.content) == {"Relay"}
    words = paper_scanner.text(paper.content)
    assert invoice["number"] in words
    assert ("SAR" in words) == (language != "fa")


def test_without_a_vat_number_it_is_a_plain_invoice(web, settings):
    settings.COMPANY_VAT_NUMBER = ""
    order, _ = handed_over(web, ("TEE", 1))
    tasks.print_owed_invoices()
    (invoice,) = invoices(web, order)
    paper = web.get(f"invoices/{invoice['id']}.pdf").content
    assert (invoice["qr"], paper_scanner.scan_pdf(paper)) == ("", [set()])
    words = paper_scanner.text(paper)
    assert "Invoice" in words
    assert "tax invoice" not in words


def test_another_channel_sees_none(web):
    order, _ = handed_over(web, ("TEE", 1))
    (invoice,) = invoices(web, order)
    other = shop.api("other")
    for path in (
        f"orders/{order['id']}/invoices/",
        f"invoices/{invoice['id']}/",
        f"invoices/{invoice['id']}.pdf",
    ):
        assert other.get(path).status_code == 404
    assert web.get("invoices/%00/").status_code == 404
    assert StockLevel.objects.get().on_hand == 19
