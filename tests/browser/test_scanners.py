"""Scanners press keys by their place: every field that takes a scan reads them under an Arabic keyboard."""

import pytest
from playwright.sync_api import Page, expect

from fulfillment import printing
from fulfillment.models import Package
from inventory.models import CountLine, Product, StockCount
from oms.core import display
from oms.core.models import User
from returns.models import Return
from tests import shop
from tests.browser.conftest import StaffOpener, arabic_keyboard
from tests.browser.test_floor import gun
from tests.fulfillment import road
from tests.returns.conftest import line, make_shop

pytestmark = pytest.mark.django_db(transaction=True)

# What those keys write with Shift down; two of them write two letters at once.
CAPITALS = {"A": "ِ", "B": "لآ", "G": "لأ", "L": "/", "M": "’", "R": "ٌ", "U": "‘"}
DIGITS = "٠١٢٣٤٥٦٧٨٩"


def written(figure: str, language: str) -> str:
    return display.digits(figure, language)


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
    page.locator(".pick-acts button[name=label]").click()
    expect(page.locator("#papers .spin")).to_be_visible()
    printing.print_owed()
    assert list(Package.objects.order_by("weight_g").values_list("weight_g", flat=True)) == [400, 1200]

    page.goto("/handover/", wait_until="load")
    scan(page, number)
    told, tick = page.locator("[data-told]"), page.locator(".door-row .tick")
    expect(told).to_have_attribute("data-tone", "warn")
    expect(told).to_contain_text("الصندوق 1 من 2")
    expect(tick).not_to_be_checked()
    page.reload(wait_until="load")
    expect(tick).not_to_be_checked()
    scan(page, number)
    expect(told).to_have_attribute("data-tone", "ok")
    expect(tick).to_be_checked()
    everything = page.locator("[data-all-of-group]")
    everything.uncheck()
    scan(page, number)
    expect(told).to_contain_text("الصندوق 1 من 2")
    expect(tick).not_to_be_checked()


@pytest.mark.parametrize(("language", "phone"), [("ar", False), ("fa", True)])
def test_a_return_at_the_door(manager: User, open_staff: StaffOpener, language: str, phone: bool) -> None:
    asked = make_shop()
    number = asked.request(asked.order(line("MUG", price="30.00", quantity=2)), 2)["number"]
    page = open_staff("/returns/", user=manager, language=language, phone=phone)
    scan(page, number)
    page.wait_for_url(f"**/returns/{number}/")
    page.locator("form[action$='/accept/'] button").click()
    expect(page.locator("[data-scan]")).to_be_focused()
    scan(page, "MUG")
    scan(page, "MUG")
    assert [box.input_value() for box in page.locator(".return-units input").all()] == [
        written("2", language)
    ]
    page.locator("form[data-receive] button[type=submit]").click()
    expect(page.locator("form[action$='/inspect/']")).to_be_visible()
    assert [row.received for row in Return.objects.get().lines.all()] == [2]


def test_the_field_is_focused_before_the_first_picture(manager: User, open_staff: StaffOpener) -> None:
    page = open_staff("about:blank", user=manager)
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.first = document.activeElement.name })"
    )
    for _ in range(5):
        page.goto("/returns/", wait_until="load")
        assert page.evaluate("window.first") == "code"


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


@pytest.mark.parametrize("language", ["ar", "fa"])
def test_every_scan_counts_one(manager: User, open_staff: StaffOpener, language: str) -> None:
    shop.location("RUH", priority=50)
    for sku in ("22624", "BAG", "MUG"):
        shop.product(sku, RUH=3)
    Product.objects.filter(sku="BAG").update(barcode="6281000000017")
    page = open_staff("/counts/new/", user=manager, language=language, phone=True)
    page.locator("main form button.primary").click()
    page.wait_for_url("**/counting/")
    figure, card = page.locator("#counted"), page.locator(".pick-card")

    def counted() -> dict[str, int | None]:
        return dict(CountLine.objects.order_by("product__sku").values_list("product__sku", "counted"))

    gun(page, "6281000000017")
    page.wait_for_url("**/?code=*")
    expect(card).to_contain_text("BAG")
    expect(figure).to_have_value(written("1", language))
    expect(figure).to_be_focused()
    gun(page, "6281000000017")
    scan(page, "BAG")
    expect(figure).to_have_value(written("3", language))
    page.keyboard.type("7")
    gun(page, "6281000000017")
    expect(figure).to_have_value(written("8", language))
    assert counted() == {"22624": None, "BAG": None, "MUG": None}

    gun(page, "22624")
    expect(card).to_contain_text("22624")
    assert counted() == {"22624": None, "BAG": 8, "MUG": None}
    gun(page, "22624", busy=0.15)
    expect(figure).to_have_value(written("2", language))
    page.locator(".pick-acts .primary").click()
    expect(card).to_contain_text("MUG")
    assert counted() == {"22624": 2, "BAG": 8, "MUG": None}

    # Counted again by hand: the figure stands, and only a figure of another kind is kept.
    gun(page, "BAG")
    expect(figure).to_have_value(written("8", language))
    gun(page, "MUG")
    expect(card).to_contain_text("MUG")
    page.keyboard.type("22624", delay=150)
    page.keyboard.press("Enter")
    expect(page.locator("#counted_error")).to_contain_text("22624")
    assert counted() == {"22624": 2, "BAG": 8, "MUG": None}
    page.keyboard.press("Enter")
    expect(page.locator(".pick-done")).to_be_visible()
    assert counted() == {"22624": 2, "BAG": 8, "MUG": 22624}
