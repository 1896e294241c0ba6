"""A day at the bench with a keyboard-wedge scanner: fast typing and Enter, wrong items, empty shelves, no network."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from fulfillment import manifests, printing
from fulfillment.models import FloorScan, Shipment
from inventory.models import Product, StockLevel
from oms.core.models import Role, User
from tests import shop
from tests.browser.conftest import StaffOpener, arabic_keyboard, spoken
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)

BARCODES = {"TEE": "6281000000017", "MUG": "6281000000024"}
NAMES = {
    "TEE": {"en": "Oversized cotton tee", "ar": "تيشيرت قطن واسع", "fa": "تی‌شرت نخی گشاد"},
    "MUG": {"en": "Stoneware mug 350 ml", "ar": "كوب حجري ٣٥٠ مل", "fa": "ماگ سرامیکی ۳۵۰ میلی‌لیتر"},
}
BINS = {"TEE": "A-04-2", "MUG": "A-02-1"}


@pytest.fixture
def web(transactional_db: Any) -> Iterator[road.Shop]:
    shop.location("RUH", priority=50)
    shop.product("TEE", RUH=10, JED=5)
    shop.product("MUG", RUH=3)
    for sku, barcode in BARCODES.items():
        Product.objects.filter(sku=sku).update(barcode=barcode, name=NAMES[sku])
        StockLevel.objects.filter(product__sku=sku, location__code="RUH").update(bin=BINS[sku])
    road.add_rate()
    yield road.open_shop()
    shop.work()
    road.prove()


@pytest.fixture
def picker(web: road.Shop) -> User:
    return User.objects.create_user(
        "salma", "salma@example.com", "relay-demo-2026", role=Role.WAREHOUSE, locations=["RUH"]
    )


def gun(page: Page, code: str, *, busy: float = 0) -> None:
    """A scanner types wherever the focus is, a few milliseconds a letter, and ends with Enter.

    `busy`: the seconds after which the page comes to each letter.
    """
    devtools = page.context.new_cdp_session(page)
    at = time.time()
    for letter in code:
        at += 0.003
        place = f"Digit{letter}" if letter.isdecimal() else f"Key{letter.upper()}"
        key = {"key": letter, "timestamp": at, "modifiers": 8 * letter.isupper()}
        if letter.isalnum() and letter.isascii():
            key["code"] = place
        devtools.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": letter, **key})
        devtools.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})
        time.sleep(busy)
    devtools.detach()
    page.keyboard.press("Enter")


def settled(page: Page) -> None:
    """The server has every scan."""
    expect(page.locator("[data-pick]")).to_have_attribute("data-waiting", "0")


# At a desk in one direction, in the hand in the other.
BOTH = pytest.mark.parametrize(("language", "phone"), [("en", False), ("ar", True)])


@BOTH
def test_an_order_from_the_list_to_handed_over(
    web: road.Shop, open_staff: StaffOpener, language: str, phone: bool
) -> None:
    """Every step by what the page offers next; nothing is known but the order's number."""
    manager = User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role=Role.MANAGER)
    order = web.routed(("TEE", 2), ("MUG", 1))
    page = open_staff("/orders/", user=manager, language=language, phone=phone)
    page.locator("tbody .id", has_text=str(order["number"])).click()
    page.wait_for_url("**/orders/*/")
    step = page.locator(".order-head .button.primary")
    expect(step).to_contain_text(spoken(language, "Release to the warehouse"))
    step.click()
    expect(step).to_contain_text(spoken(language, "Start picking"))
    step.click()
    page.wait_for_url("**/picking/**")
    for code in (BARCODES["MUG"], BARCODES["TEE"], "tee"):
        gun(page, code)
    page.locator("[data-finished] .primary").click()
    page.wait_for_url("**/packing/**")
    page.locator("#weight-0").fill("١٫٣٥" if language == "ar" else "1.35")
    page.locator(".pick-acts button[name=label]").click()
    expect(page.locator("#papers .spin")).to_be_visible()
    printing.print_owed()
    expect(page.locator("#papers .primary")).to_be_visible()
    page.locator("main a[href='/handover/']").click()
    page.wait_for_url("**/handover/")
    shipment = Shipment.objects.get(order__number=order["number"])
    gun(page, shipment.number)
    expect(page.locator("[data-told]")).to_have_attribute("data-tone", "ok")
    page.locator("[data-confirm]").click()
    expect(page.locator(".toast.ok")).to_be_visible()
    shipment.refresh_from_db()
    assert shipment.state == "handed_over"
    assert shipment.packages.get().weight_g == 1350


@BOTH
def test_from_release_to_handed_over(
    web: road.Shop, picker: User, open_staff: StaffOpener, language: str, phone: bool
) -> None:
    number = web.shipment(web.routed(("TEE", 2), ("MUG", 1)))["number"]
    page = open_staff(f"/shipments/{number}/", user=picker, language=language, phone=phone)
    page.locator(".bar .button.primary").click()
    page.goto("/picking/", wait_until="load")
    gun(page, number)
    expect(page.locator(".pick-bin")).to_have_text("A-02-1")
    gun(page, BARCODES["MUG"])
    expect(page.locator(".pick-bin")).to_have_text("A-04-2")
    gun(page, BARCODES["TEE"])
    gun(page, "tee")
    page.locator("[data-finished] .primary").click()
    page.wait_for_url("**/packing/**")
    assert Shipment.objects.get(number=number).state == "picked"

    page.locator("#weight-0").fill("1.35")
    page.locator(".pick-acts button[name=label]").click()
    expect(page.locator("#papers .spin")).to_be_visible()
    printing.print_owed()
    expect(page.locator("#papers .primary")).to_be_visible()

    page.goto("/handover/", wait_until="load")
    gun(page, "999-9")
    expect(page.locator("[data-told]")).to_have_attribute("data-tone", "bad")
    assert page.locator("[data-confirm]").is_disabled()
    gun(page, number)
    expect(page.locator("[data-told]")).to_have_attribute("data-tone", "ok")
    page.locator("[data-confirm]").click()
    expect(page.locator(".toast.ok")).to_be_visible()
    assert Shipment.objects.get(number=number).state == "handed_over"
    manifests.print_owed()
    expect(page.locator("#manifests a.button")).to_be_visible()
    assert page.request.get(page.locator("#manifests a.button").get_attribute("href") or "").ok


@BOTH
def test_a_wrong_scan_stops_until_the_right_item_comes(
    web: road.Shop, picker: User, open_staff: StaffOpener, language: str, phone: bool
) -> None:
    shipment = web.release(web.shipment(web.routed(("TEE", 2))))
    page = open_staff(f"/picking/{shipment['number']}/", user=picker, language=language, phone=phone)
    expect(page.locator("[data-next]")).to_be_hidden()
    gun(page, BARCODES["MUG"])
    told = page.locator("[data-told]")
    expect(told).to_have_attribute("data-tone", "bad")
    wrong = "Stop: {code} is not in this shipment. Put it back."
    expect(told).to_contain_text(spoken(language, wrong, code=BARCODES["MUG"]))
    expect(told).to_contain_text(spoken(language, "Needed: {sku} from {bin}", sku="TEE", bin="A-04-2"))
    expect(page.locator("[data-have]")).to_have_text("0")
    assert FloorScan.objects.count() == 0

    gun(page, BARCODES["TEE"])
    expect(told).to_have_attribute("data-tone", "ok")
    expect(told).to_contain_text(spoken(language, "Right item. Still to take: {n}", n=1))
    gun(page, BARCODES["TEE"])
    expect(page.locator("[data-finished]")).to_be_visible()
    settled(page)
    assert FloorScan.objects.count() == 2


def test_a_scanner_is_read_under_an_arabic_keyboard(
    web: road.Shop, picker: User, open_staff: StaffOpener
) -> None:
    shipment = web.shipment(web.routed(("TEE", 1)))
    web.release(shipment)
    page = open_staff(f"/picking/{shipment['number']}/", user=picker, language="ar")
    press = arabic_keyboard(page)
    for letter, place in (("لإ", "KeyT"), ("ُ", "KeyE"), ("ُ", "KeyE")):
        press(letter, place, shift=True)
    expect(page.locator("[data-scan-field]")).to_have_value("TEE")
    page.keyboard.press("Enter")
    settled(page)
    assert list(FloorScan.objects.values_list("sku", "quantity")) == [("TEE", 1)]


@BOTH
def test_a_short_pick_sends_the_order_elsewhere(
    web: road.Shop, picker: User, open_staff: StaffOpener, language: str, phone: bool
) -> None:
    order = web.routed(("TEE", 3))
    shipment = web.release(web.shipment(order))
    page = open_staff(f"/picking/{shipment['number']}/", user=picker, language=language, phone=phone)
    gun(page, "TEE")
    settled(page)
    page.locator("[data-open=short]").click()
    expect(page.locator("#short strong")).to_have_text("2 × TEE")
    page.locator("#short .danger").click()
    expect(page.locator(".toast.ok")).to_contain_text("TEE")
    expect(page.locator("[data-finished]")).to_be_visible()
    shop.work()
    assert [one["location"] for one in web.shipments(order)] == ["RUH", "JED"]


def test_no_scan_is_lost_on_a_bad_network(web: road.Shop, picker: User, open_staff: StaffOpener) -> None:
    shipment = web.release(web.shipment(web.routed(("TEE", 3))))
    page = open_staff(f"/picking/{shipment['number']}/", user=picker)
    answered = 0

    def drop(route: Any) -> None:
        nonlocal answered
        answered += 1
        if answered == 1:
            route.fetch()  # The server has it; the answer never arrives.
        route.abort()

    page.route("**/scans/", drop)
    for _ in range(3):
        gun(page, BARCODES["TEE"])
    expect(page.locator("[data-have]")).to_have_text("3")
    expect(page.locator("[data-unsent]")).to_contain_text("Not sent yet: 3")
    page.unroute_all(behavior="ignoreErrors")
    settled(page)
    expect(page.locator("[data-finished]")).to_be_visible()
    assert Shipment.objects.get(number=shipment["number"]).state == "picked"
    assert FloorScan.objects.count() == 3


@BOTH
def test_undo_by_hand_and_units_typed(
    web: road.Shop, picker: User, open_staff: StaffOpener, language: str, phone: bool
) -> None:
    shipment = web.release(web.shipment(web.routed(("TEE", 3))))
    page = open_staff(f"/picking/{shipment['number']}/", user=picker, language=language, phone=phone)
    page.locator("[data-open=manual]").click()
    page.locator("#manual-quantity").fill("٢" if language == "ar" else "2")
    page.locator("#manual .primary").click()
    expect(page.locator("[data-have]")).to_have_text("2")
    settled(page)
    page.locator("[data-undo]:visible").click()
    expect(page.locator("[data-have]")).to_have_text("0")
    expect(page.locator("[data-told]")).to_have_attribute("data-tone", "warn")
    gun(page, "TEE")
    settled(page)
    assert list(FloorScan.objects.filter(undone_at=None).values_list("quantity", flat=True)) == [1]


@BOTH
def test_enter_packs_and_labels_and_a_typed_weight_replaces_the_reckoned(
    web: road.Shop, picker: User, open_staff: StaffOpener, language: str, phone: bool
) -> None:
    shipment = web.shipment(web.routed(("TEE", 2)))
    web.up_to(shipment, "pick")
    page = open_staff(f"/packing/{shipment['number']}/", user=picker, language=language, phone=phone)
    weight = page.locator("#weight-0")
    expect(weight).to_have_value("1")
    expect(weight).to_be_focused()
    gun(page, BARCODES["TEE"])
    expect(weight).to_have_attribute("aria-invalid", "true")
    expect(page.locator("fieldset")).to_have_count(1)
    assert Shipment.objects.get().state == "picked"
    page.locator("#length-0").click()
    weight.click()
    page.keyboard.type("1.25")
    expect(weight).to_have_value("1.25")
    page.locator("#width-0").press("Enter")
    expect(page.locator("#papers")).to_be_visible()
    assert Shipment.objects.get().state == "labelled"
    assert Shipment.objects.get().packages.get().weight_g == 1250


@BOTH
def test_by_hand_what_is_wrong_is_said_at_the_field(
    web: road.Shop, picker: User, open_staff: StaffOpener, language: str, phone: bool
) -> None:
    shipment = web.release(web.shipment(web.routed(("TEE", 2))))
    page = open_staff(f"/picking/{shipment['number']}/", user=picker, language=language, phone=phone)
    page.locator("[data-open=manual]").click()
    field, fault = page.locator("#manual-quantity"), page.locator("#manual .field-error")
    whole = spoken(language, "Type a whole number from 1.")
    many = spoken(language, "At most {n}: no more of it are left to take.", n=2)
    for typed, said in (
        ("99", many),
        ("0", whole),
        ("abc", whole),
        ("-1", whole),
        ("1.5", whole),
        (BARCODES["TEE"], many),
    ):
        gun(page, typed)
        expect(field).to_have_value(typed)
        expect(fault).to_have_text(said)
        expect(page.locator("#manual")).to_be_visible()
    assert not FloorScan.objects.exists()
    page.locator("#manual [data-close]").first.click()
    page.locator("[data-open=manual]").click()
    expect(fault).to_have_count(0)
    gun(page, "1")
    expect(page.locator("[data-have]")).to_have_text("1")
    settled(page)
    assert FloorScan.objects.get().quantity == 1


def test_on_a_phone_on_its_side_what_is_said_of_a_scan_is_in_sight(
    web: road.Shop, picker: User, open_staff: StaffOpener
) -> None:
    shipment = web.release(web.shipment(web.routed(("TEE", 2), ("MUG", 1))))
    page = open_staff("about:blank", user=picker, language="ar", phone=True)
    page.set_viewport_size({"width": 844, "height": 390})
    page.goto(f"/picking/{shipment['number']}/", wait_until="load")
    gun(page, "NONE-1")
    told = page.locator("[data-told]")
    expect(told).to_have_attribute("data-tone", "bad")
    bar = page.locator(".phone-bar").bounding_box()
    assert bar is not None
    for part in (told, page.locator("form.scan"), page.locator(".pick-card"), page.locator("[data-next]")):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= bar["y"]
    shown = """node => {
        const { x, y, width, height } = node.getBoundingClientRect();
        return node.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    }"""
    for selector in ("[data-told]", "form.scan", ".pick-card"):
        assert page.locator(selector).evaluate(shown), selector


def test_at_the_door_fingers_find_what_they_touch_and_numbers_stay_whole(
    web: road.Shop, picker: User, open_staff: StaffOpener
) -> None:
    shipment = web.shipment(web.routed(("TEE", 1)))
    web.up_to(shipment, "label")
    web.up_to(web.shipment(web.routed(("MUG", 1))), "pack")
    page = open_staff("/handover/", user=picker, language="ar", phone=True)
    for selector, least in ((".door-row .tick", 24), (".door-row .id", 32), (".door-link", 32)):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= least, selector
    lines = "node => node.getClientRects().length"
    assert page.locator(".door-row .cell-who bdi").evaluate(lines) == 1
    assert page.locator(".door-row .cell-who").evaluate("node => node.scrollWidth <= node.clientWidth")
    gun(page, "XX-1")
    told = page.locator("[data-told]")
    expect(told).to_contain_text(spoken("ar", "Stop: there is no shipment %(code)s.").partition("%")[0])
    gun(page, Shipment.objects.get(state="packed").number)
    expect(told).to_contain_text(
        spoken("ar", "Stop: %(code)s is not ready to be handed over.").rpartition("s")[2]
    )
    page.locator(".door-row .door-tick").click()
    assert "/handover/" in page.url
    expect(page.locator(".door-row .tick")).to_be_checked()


def test_at_the_door_the_scan_field_stays_over_the_lists_that_pass_beneath(
    web: road.Shop, picker: User, open_staff: StaffOpener
) -> None:
    for _ in range(8):
        web.up_to(web.shipment(web.routed(("TEE", 1))), "label")
    page = open_staff("/handover/", user=picker, language="fa")
    page.set_viewport_size({"width": 1366, "height": 340})
    covered = """node => {
        const { x, y, width, height } = node.getBoundingClientRect();
        return !node.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    }"""
    field, head = page.locator("form.scan"), page.locator(".table th").nth(1)
    page.mouse.move(600, 300)
    page.mouse.wheel(0, 1000)
    page.wait_for_timeout(200)
    # The head of the first list is pushed back up to where the field stands.
    place = "node => node.getBoundingClientRect().y"
    page.mouse.wheel(0, head.evaluate(place) - field.evaluate(place) - 10)
    page.wait_for_timeout(200)
    assert abs(head.evaluate(place) - field.evaluate(place)) < 30
    assert not field.evaluate(covered)


def test_on_pages_from_the_right_a_number_keeps_its_sign_before_it(
    web: road.Shop, picker: User, open_staff: StaffOpener
) -> None:
    shipment = web.shipment(web.routed(("TEE", 1)))
    web.up_to(shipment, "pick")
    page = open_staff(f"/packing/{shipment['number']}/", user=picker, language="ar", phone=True)
    style = page.locator("#weight-0").evaluate(
        "node => [getComputedStyle(node).direction, getComputedStyle(node).textAlign]"
    )
    assert style == ["ltr", "right"]
