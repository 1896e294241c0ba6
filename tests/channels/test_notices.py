"""What is told about no order, by a real SMTP server: a product is back, a purchase order for its supplier."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from channels import notifications
from channels.models import Message
from inventory import purchase_printing, purchasing, suppliers, telling
from inventory.models import Product, PurchaseOrder, Supplier, Wish
from tests import paper_scanner, shop
from tests.channels.test_notifications import Postman, postman, web

__all__ = ["postman", "web"]

pytestmark = pytest.mark.django_db

HANDLERS = {
    "wish.told": [notifications.on_wish_told],
    "purchase.drawn": [notifications.on_purchase_drawn],
    "purchase.cancelled": [notifications.on_purchase_cancelled],
}


@pytest.fixture(autouse=True)
def ours(postman: Postman, settings: Any) -> None:
    settings.EVENT_HANDLERS = f"{__name__}.HANDLERS"
    settings.COMPANY_NAME = "Relay Trading"
    shop.product("TEE", RUH=0)
    Product.objects.update(name={"en": "Cotton T-shirt", "ar": "قميص قطني"})


def wish(**changes: str) -> Wish:
    body = {"sku": "TEE", "email": "sara@example.com", "name": "سارة العتيبي", "language": "ar"} | changes
    answer = shop.api("web").post("back-in-stock/", body)
    assert answer.status_code == 201
    return Wish.objects.get(pk=answer.json()["id"])


def come_back() -> None:
    shop.product("TEE", RUH=3)
    telling.tell()
    shop.work()


def order(email: str = "sales@alnoor.example") -> PurchaseOrder:
    made = suppliers.clean(
        Supplier(code="NOOR"),
        name="Al Noor Textiles",
        contact="Huda",
        email=email,
        phone="",
        address=None,
        currency="SAR",
        language="en",
        lead_days=9,
        active=True,
    )
    lines = [purchasing.Wanted(Product.objects.get(sku="TEE"), 20, Decimal(21))]
    drafted = purchasing.draft(suppliers.add(made, actor="x"), shop.location("RUH"), lines=lines, actor="x")
    return purchasing.send(drafted, actor="x")


def test_a_wish_is_answered_once_in_the_customer_s_language(web: Any, postman: Postman) -> None:
    left = wish(url="https://shop.example/tee")
    assert notifications.send_due() == 0
    come_back()
    assert notifications.send_due() == 1
    come_back()
    assert notifications.send_due() == 0
    [(to, letter)] = postman.letters
    assert to == ["sara@example.com"]
    assert letter["Subject"].strip() == "متوفر من جديد: قميص قطني · Al-Noor"
    stop = f"https://relay.example/t/wish/{left.token}/"
    assert letter["List-Unsubscribe"] == f"<{stop}>"
    html = letter.get_body(("html",)).get_content()  # type: ignore[union-attr]
    plain = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "https://shop.example/tee" in html
    assert "سارة" in html
    assert stop in plain
    assert "None" not in plain
    message = Message.objects.get()
    assert (message.order_id, message.subject_ref, message.state) == (None, f"wish/{left.pk}", "sent")


def test_no_more_such_messages(web: Any, postman: Postman) -> None:
    left = wish()
    client = Client(enforce_csrf_checks=True)
    path = f"/t/wish/{left.token}/"
    page = client.get(path, headers={"Accept-Language": "ar"})
    assert (page.status_code, page["Content-Language"]) == (200, "ar")
    assert Wish.objects.get().state == "waiting"
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Wish.objects.get().state == "cancelled"
    come_back()
    assert notifications.send_due() == 0
    assert client.get(path).status_code == 200
    assert client.get("/t/wish/nothing/").status_code == 404


def test_the_supplier_gets_the_paper_once_it_is_drawn(postman: Postman) -> None:
    sent = order()
    shop.work()
    assert notifications.send_due() == 0
    purchase_printing.print_owed()
    shop.work()
    assert notifications.send_due() == 1
    [(to, letter)] = postman.letters
    assert to == ["sales@alnoor.example"]
    assert letter["Subject"] == f"Purchase order {sent.number} · Relay Trading"
    assert letter["From"] == "Relay Trading <orders@relay.example>"
    [paper] = letter.iter_attachments()
    assert (paper.get_filename(), paper.get_content_type()) == (f"{sent.number}.pdf", "application/pdf")
    assert paper_scanner.scan_pdf(paper.get_content()) == [{sent.number}]
    purchasing.cancel(sent, reason="Too late", actor="x")
    shop.work()
    assert notifications.send_due() == 1
    assert postman.letters[1][1]["Subject"] == f"Purchase order {sent.number} is cancelled · Relay Trading"


def test_a_supplier_without_an_address_is_left_to_staff(postman: Postman) -> None:
    order(email="")
    purchase_printing.print_owed()
    shop.work()
    assert notifications.send_due() == 0
    assert Message.objects.values_list("state", "last_error").get() == (
        "skipped",
        "There is no e-mail address.",
    )
