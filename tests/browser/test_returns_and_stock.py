"""Whole tasks in Chromium with a scanner's input: a return from the door to the refund, a figure corrected."""

from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from inventory.models import Movement, Product, StockLevel
from oms.core import display
from oms.core.models import User
from returns.models import Return
from tests.browser.conftest import StaffOpener
from tests.returns.conftest import line, make_shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agent(transactional_db: None) -> User:
    return User.objects.create_user("mina", password="relay-demo-2026", role="manager", first_name="Mina")


def scan(page: Page, code: str) -> None:
    """A keyboard wedge: the code as keys, then Enter."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def asked_for() -> dict[str, Any]:
    shop = make_shop()
    Product.objects.filter(sku="TEE").update(barcode="6281000000017")
    return shop.request(shop.order(line(quantity=2), line("MUG", price="30.00")), 2, 1)


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("ar", False), ("ar", True), ("fa", True)])
def test_a_return_to_refund(agent: User, open_staff: StaffOpener, language: str, phone: bool) -> None:
    def shown(figure: str) -> str:
        return display.digits(figure, language)

    number = asked_for()["number"]
    page = open_staff("/returns/", user=agent, language=language, phone=phone)
    expect(page.locator(".scan-box input")).to_be_focused()
    scan(page, number)
    page.wait_for_url(f"**/returns/{number}/")
    page.locator("form[action$='/accept/'] button").click()

    field = page.locator("[data-scan]")
    expect(field).to_be_focused()
    said = page.locator("[data-said]")
    scan(page, "6281000000999")
    expect(said).to_have_class("return-said bad")
    expect(said).to_have_css("min-height", "72px")
    expect(said).to_contain_text("6281000000999")
    scan(page, "6281000000017")
    scan(page, "tee")
    expect(said).to_have_class("return-said ok")
    scan(page, "TEE")
    expect(said).to_have_class("return-said bad")
    scan(page, "MUG")
    assert [box.input_value() for box in page.locator(".return-units input").all()] == [
        shown("2"),
        shown("1"),
    ]
    page.reload()
    assert [box.input_value() for box in page.locator(".return-units input").all()] == [
        shown("2"),
        shown("1"),
    ]
    page.locator("[data-all-came]").click()
    expect(said).to_contain_text(shown(": 3"))
    page.locator("form[data-receive] button[type=submit]").click()

    inspect = page.locator("form[action$='/inspect/']")
    expect(inspect.locator(".sum")).to_contain_text(shown("230"))
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('receiving:'))") == []
    # Where goods go follows their grade, until somebody chooses.
    grade, way = (inspect.locator(".return-inspected").first.locator("select").nth(nth) for nth in (0, 1))
    grade.select_option("reject")
    expect(way).to_have_value("send_back")
    expect(inspect.locator(".sum")).to_contain_text(shown("30"))
    grade.select_option("A")
    expect(way).to_have_value("restock")
    expect(inspect.locator(".sum")).to_contain_text(shown("230"))
    way.select_option("restock")
    grade.select_option("C")
    expect(way).to_have_value("restock")
    # One of the two shirts never was in the box.
    inspect.locator("summary").click()
    inspect.locator(".return-inspected").first.locator(".return-group input").nth(0).fill("1")
    inspect.locator(".return-inspected").first.locator(".return-group input").nth(1).fill("1")
    inspect.locator(".return-inspected").first.locator("select").nth(3).select_option("missing")
    expect(inspect.locator(".sum")).to_contain_text(shown("130"))
    inspect.locator("button[type=submit]").click()

    refund = page.locator("form[action$='/refund/']")
    expect(refund.locator(".sum")).to_contain_text(shown("130"))
    refund.locator("[name=amount]").fill("١٠٠")
    expect(refund.locator(".sum")).to_contain_text(shown("100"))
    refund.locator("button[type=submit]").click()
    expect(page.locator(".toast.ok")).to_be_visible()
    expect(refund).to_have_count(0)
    settled = Return.objects.get(number=number)
    assert (settled.refunded, settled.reimbursement) == (Decimal("100.00"), "done")
    assert StockLevel.objects.get(product__sku="TEE", location__code="RUH").on_hand == 9


def test_a_figure_is_corrected_in_the_grid_with_the_keyboard(agent: User, open_staff: StaffOpener) -> None:
    make_shop()
    level = StockLevel.objects.get(product__sku="TEE", location__code="RUH")
    StockLevel.objects.filter(pk=level.pk).update(committed=4)
    page = open_staff("/stock/", user=agent)
    figures = page.locator("[data-figure]")
    figures.first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"#level-{level.pk} [data-figure]").first).to_be_focused()
    page.keyboard.press("Enter")
    field = page.locator("#stock-form [name=set_to]")
    expect(field).to_be_focused()
    page.keyboard.type("2")
    page.locator("#stock-form [name=reason]").fill("Counted again")
    page.keyboard.press("Enter")
    expect(page.locator("#stock-form .field-error")).to_contain_text("4 promised to orders")
    expect(field).to_be_focused()
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(page.locator("#stock-dialog")).to_be_hidden()
    expect(page.locator(".toast.ok")).to_contain_text("The figure is corrected.")
    expect(page.locator(f"#level-{level.pk} [data-figure]").first).to_have_text("12")
    moved = Movement.objects.order_by("-id").first()
    assert moved is not None
    assert (moved.change, moved.reason, moved.actor) == (2, "Counted again", "staff:mina")
