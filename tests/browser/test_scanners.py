"""Scanners press keys by their place: every field that takes a scan reads them under an Arabic keyboard."""

import pytest
from playwright.sync_api import Page, expect

from fulfillment import printing
from fulfillment.models import Package
from inventory.models import StockCount
from oms.core.models import User
from returns.models import Return
from tests import shop
from tests.browser.conftest import StaffOpener, arabic_keyboard
from tests.fulfillment import road
from tests.returns.conftest import line, make_shop

pytestmark = pytest.mark.django_db(transaction=True)

# What those keys write with Shift down; two of them write two letters at once.
CAPITALS = {"A": "ِ", "B": "لآ", "G": "لأ", "L": "/", "M": "’", "R": "ٌ", "U": "‘"}
DIGITS = "٠١٢٣٤٥٦٧٨٩"


@pytest.fixture
def manager(transactional_db: None) -> User:
    return User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role="manager")


def scan(page: Page, code: str) -> None:
    press = arabic_keyboard(page)
    for sign in code:
        if sign.isdigit():
            press(DIGITS[int(sign)], f"Digit{sign}")
        elif sign == "-":
            press("-", "Minus")
        else:
            press(CAPITALS[sign], f"Key{sign}", shift=True)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("phone", [False, True])
def test_a_parcel_from_the_shelf_to_the_carrier(manager: User, open_staff: StaffOpener, phone: bool) -> None:
    shop.location("RUH", priority=50)
    shop.product("BAG", RUH=10)
    road.add_rate()
    web = road.open_shop()
    number = web.release(web.shipment(web.routed(("BAG", 2))))["number"]
    page = open_staff("/picking/", user=manager, language="ar", phone=phone)
    page.locator("h1").click()
    scan(page, number)
    page.wait_for_url(f"**/picking/{number}/")
    page.locator("h1").click()
    scan(page, "BAG")
    scan(page, "BAG")
    expect(page.locator("[data-finished]")).to_be_visible()
    expect(page.locator("[data-pick]")).to_have_attribute("data-waiting", "0")

    page.goto("/packing/", wait_until="load")
    scan(page, number)
    page.wait_for_url("**/packing/**")
    page.locator("#weight-0").fill("١٫٢")
    page.get_by_role("button", name="إضافة صندوق").click()
    page.locator("#weight-1").fill("٠٫٤")
    expect(page.locator("#weight-0")).to_have_value("١٫٢")
    for box in page.locator(".box-line input").all():
        box.fill("١")
    page.locator("button[name=label]").click()
    expect(page.locator("#papers .spin")).to_be_visible()
    printing.print_owed()
    assert list(Package.objects.order_by("weight_g").values_list("weight_g", flat=True)) == [400, 1200]

    page.goto("/handover/", wait_until="load")
    scan(page, number)
    expect(page.locator("[data-told]")).to_have_attribute("data-tone", "ok")


@pytest.mark.parametrize("phone", [False, True])
def test_a_return_at_the_door(manager: User, open_staff: StaffOpener, phone: bool) -> None:
    asked = make_shop()
    number = asked.request(asked.order(line("MUG", price="30.00", quantity=2)), 2)["number"]
    page = open_staff("/returns/", user=manager, language="ar", phone=phone)
    scan(page, number)
    page.wait_for_url(f"**/returns/{number}/")
    page.locator("form[action$='/accept/'] button").click()
    expect(page.locator("[data-scan]")).to_be_focused()
    scan(page, "MUG")
    scan(page, "MUG")
    assert [box.input_value() for box in page.locator(".return-units input").all()] == ["2"]
    page.locator("form[data-receive] button[type=submit]").click()
    expect(page.locator("form[action$='/inspect/']")).to_be_visible()
    assert [row.received for row in Return.objects.get().lines.all()] == [2]


@pytest.mark.parametrize("phone", [False, True])
def test_a_shelf_is_counted(manager: User, open_staff: StaffOpener, phone: bool) -> None:
    shop.location("RUH", priority=50)
    for sku in ("ARM", "BAG"):
        shop.product(sku, RUH=3)
    page = open_staff("/counts/new/", user=manager, language="ar", phone=phone)
    page.locator("main form button.primary").click()
    page.wait_for_url("**/counting/")
    page.locator("h1").click()
    scan(page, "BAG")
    expect(page.locator(".pick-card")).to_contain_text("BAG")
    page.locator("input[name=code]").focus()
    scan(page, "ARM")
    expect(page.locator(".pick-card")).to_contain_text("ARM")
    assert StockCount.objects.count() == 1
