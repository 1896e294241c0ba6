"""Whole tasks in Chromium: every location asked, goods sent and counted on a phone; goods bought and received."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from inventory import purchase_printing
from inventory.models import Product, PurchaseOrder, PurchaseReceiptLine, StockLevel, Transfer
from oms.core.models import User
from tests import shop
from tests.browser.conftest import StaffOpener
from tests.fulfillment.road import prove

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def manager(transactional_db: None) -> User:
    shop.location("JED", name="Jeddah", priority=1)
    shop.product("TEE", RUH=10, DMM=4)
    shop.product("MUG", RUH=3)
    Product.objects.filter(sku="TEE").update(barcode="6281000000017")
    return User.objects.create_user("mina", password="relay-demo-2026", role="manager", first_name="Mina")


def scan(page: Page, code: str) -> None:
    """A keyboard wedge: the code as keys, then Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def level(code: str) -> tuple[int, int, int]:
    found = StockLevel.objects.get(product__sku="TEE", location__code=code)
    return found.on_hand, found.committed, found.incoming


@pytest.mark.parametrize(("language", "five"), [("ar", "5"), ("fa", "۵")])
def test_all_locations_are_asked_and_the_goods_counted_on_a_phone(
    manager: User, open_staff: StaffOpener, language: str, five: str
) -> None:
    page = open_staff("/transfers/ask/", user=manager, language=language)
    page.locator("[name=sku]").fill("٦٢٨١٠٠٠٠٠٠٠١٧")
    page.locator("[name=quantity]").fill("٥")
    page.locator("[name=target]").select_option("JED")
    page.locator("form[action='/transfers/ask/'] button[type=submit]").click()
    expect(page.locator("#from-RUH")).to_have_value(five)
    expect(page.locator("#from-DMM")).to_have_value("")
    page.locator("form.card button.primary").first.click()
    page.wait_for_url("**/transfers/TR*/")
    transfer = Transfer.objects.get()

    # What leaves is proposed whole; a scanner counts from nothing and stops at what was asked.
    said = page.locator("[data-said]")
    expect(page.locator("[data-scan]")).to_be_focused()
    for _ in range(5):
        scan(page, "6281000000017")
    expect(said).to_have_class("supply-said ok")
    expect(said).to_contain_text(f"TEE · {five}")
    scan(page, "TEE")
    expect(said).to_have_class("supply-said bad")
    page.locator("form[data-counting] button[type=submit]").click()
    expect(page.locator(".toast.ok")).to_be_visible()
    assert level("JED") == (0, 0, 5)

    phone = open_staff(f"/transfers/{transfer.number}/", user=manager, language=language, phone=True)
    expect(phone.locator("[data-scan]")).to_be_focused()
    scan(phone, "MUG")
    expect(phone.locator("[data-said]")).to_have_class("supply-said bad")
    scan(phone, transfer.number.lower())
    expect(phone.locator("[data-line] [data-most]")).to_have_value(five)
    phone.locator(".supply-damaged summary").click()
    phone.locator(".supply-damaged input").fill("١")
    phone.locator("form[data-counting] button[type=submit]").click()
    expect(phone.locator("form[data-counting]")).to_have_count(0)
    assert level("JED") == (5, 0, 0)
    assert Transfer.objects.get().state == "closed"
    prove()


def test_goods_are_bought_sent_and_received(manager: User, open_staff: StaffOpener) -> None:
    page = open_staff("/suppliers/new/", user=manager)
    for name, value in (("code", "NOOR"), ("name", "Al Noor"), ("email", "sales@noor.example")):
        page.locator(f"[name={name}]").fill(value)
    page.locator("form.card button.primary").click()
    page.wait_for_url("**/suppliers/NOOR/")
    prices = page.locator(".supply-add")
    prices.locator("[name=sku]").fill("tee")
    prices.locator("[name=price]").fill("21.5")
    prices.locator("[name=min_quantity]").fill("10")
    prices.locator("button[type=submit]").click()
    expect(page.locator(".supply-price")).to_contain_text("21.50")

    # A second tier: from twenty pieces on it is cheaper.
    for name, value in (("sku", "TEE"), ("price", "19"), ("min_quantity", "20")):
        page.locator(f".supply-add [name={name}]").fill(value)
    page.locator(".supply-add button[type=submit]").click()
    expect(page.locator(".supply-price")).to_have_count(2)

    page.locator("header a.primary").click()
    page.locator("[name=location]").select_option("RUH")
    # The cost follows the quantity from tier to tier, until somebody writes another.
    first = page.locator("[data-row]").first
    first.locator("[name=sku]").fill("tee")
    first.locator("[name=quantity]").fill("25")
    expect(first.locator("[name=cost]")).to_have_value("19.00")
    first.locator("[name=quantity]").fill("12")
    expect(first.locator("[name=cost]")).to_have_value("21.50")
    first.locator("[name=cost]").fill("20")
    first.locator("[name=quantity]").fill("25")
    expect(first.locator("[name=cost]")).to_have_value("20")
    for name in ("sku", "quantity", "cost"):
        first.locator(f"[name={name}]").fill("")
    rows = page.locator("[data-row]")
    before = rows.count()
    rows.nth(0).locator("[name=sku]").focus()
    # Enter leads from field to field and from row to row, as a scanner expects.
    for typed in ("6281000000017", "9", "", "MUG", "5", "8"):
        scan(page, typed)
    page.locator("[data-more-rows]").click()
    assert rows.count() == before + 1
    page.locator("form button.primary").click()
    page.wait_for_url("**/purchases/PO*/")
    page.locator("form[action$='/send/'] button").click()
    expect(page.locator("#draft .field-error")).to_be_visible()
    page.locator("#draft [name=quantity]").first.fill("10")
    page.locator("#draft button[type=submit].push-end").click()
    expect(page.locator(".toast.ok")).to_be_visible()
    page.locator("form[action$='/send/'] button").click()
    expect(page.locator("form[data-counting]")).to_be_visible()
    assert level("RUH") == (10, 0, 10)
    purchase_printing.print_owed()

    page.reload()
    expect(page.locator("a[href$='/paper.pdf']")).to_be_visible()
    scan(page, PurchaseOrder.objects.get().number)
    # Mugs came at two costs: the line is counted in two parts.
    page.locator("[data-more-parts]").nth(1).click()
    page.locator("[data-line] [data-most]").nth(1).fill("4")
    page.locator("[data-line] [data-most]").nth(2).fill("2")
    page.locator("[data-line] details").nth(2).locator("summary").click()
    page.locator("[data-line]").nth(2).locator("[name^=cost-]").fill("7.5")
    page.locator("form[data-counting] button[type=submit]").click()
    expect(page.locator("form[data-counting] .field-error")).to_be_in_viewport()
    expect(page.locator("form[data-counting] [name=note]")).to_be_focused()
    expect(page.locator("[data-line]")).to_have_count(3)
    page.locator("form[data-counting] [name=note]").fill("One as a gift")
    page.locator("form[data-counting] button[type=submit]").click()
    expect(page.locator("form[data-counting]")).to_have_count(0)
    assert level("RUH") == (20, 0, 0)
    assert PurchaseOrder.objects.get().state == "closed"
    came = PurchaseReceiptLine.objects.filter(line__product__sku="MUG").order_by("unit_cost")
    assert [(one.quantity, one.unit_cost) for one in came] == [(2, Decimal("7.5")), (4, Decimal(8))]
    prove()
