"""Stock from a file with mistakes in it: brought, checked, corrected, imported and seen, by someone in a browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from inventory.models import Movement, StockLevel
from oms.backoffice.importing import running
from oms.core.models import User
from orders.models import Order
from tests import shop
from tests.browser.conftest import StaffOpener, spoken

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COUNT = "SKU,Counted,Bin\nTEE,١٢,A-04-2\nMUG,seven,A-04-3\nCAP,3,B-01-1\n"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_count_with_mistakes_ends_as_stock(open_staff: StaffOpener, tmp_path: Path, language: str) -> None:
    for sku in ("TEE", "MUG"):
        shop.product(sku, RUH=1)
    ali = User.objects.create_user("ali", password="x", role="warehouse", locations=["RUH"])
    page = open_staff("/stock/", user=ali, language=language)
    page.locator("a[href$='/imports/new/?kind=stock']").click()
    expect(page.locator("[name=kind][value=stock]")).to_be_checked()

    file = tmp_path / "count.csv"
    file.write_bytes(COUNT.encode("utf-8-sig"))
    page.locator("[name=file]").set_input_files(file)
    page.locator("main form button.primary").click()
    expect(page.locator("[name=column-0]")).to_have_value("sku")
    expect(page.locator("[name=column-1]")).to_have_value("set_to")
    expect(page.locator("[name=column-2]")).to_have_value("bin")
    page.locator("[name=reason]").fill("Year-end count")
    page.locator("form[action$='/check/'] button.primary").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    expect(page.locator("[data-figure=refused]")).to_have_text("2")
    faults = page.locator(".import-faults tbody tr")
    expect(faults).to_have_count(2)
    # In the reader's words; the codes are in the file of refused rows.
    not_a_number = spoken(language, "%(detail)s is not a number.") % {"detail": "\u2068seven\u2069"}
    expect(faults.nth(0)).to_contain_text(not_a_number)
    expect(faults.nth(1)).to_contain_text(spoken(language, "There is no product with this SKU."))
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {1}

    with page.expect_download() as download:
        page.locator("a[href$='/refused/']").click()
    mended = tmp_path / "mended.csv"
    rows = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert rows.count("\n") == 3
    mended.write_text(rows.replace("seven", "7").replace("CAP,3", "TEE,13"), encoding="utf-8-sig")

    page.locator("form[action$='/start/'] button").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    expect(page.locator("[data-figure=changed]")).to_have_text("1")
    page.locator("a[href$='/imports/new/?kind=stock']").click()
    page.locator("[name=file]").set_input_files(mended)
    page.locator("main form button.primary").click()
    expect(page.locator("[name=column-1]")).to_have_value("set_to")
    page.locator("form[action$='/check/'] button.primary").click()
    work()
    expect(page.locator(".notice.ok")).to_be_visible()
    page.locator("form[action$='/start/'] button").click()
    work()
    page.locator("main a.primary[href='/stock/']").click()
    expect(page.locator("[data-figure]").first).to_be_visible()
    assert dict(StockLevel.objects.values_list("product__sku", "on_hand")) == {"TEE": 13, "MUG": 7}
    moved = Movement.objects.filter(actor="staff:ali").order_by("id").values_list("after", "reason")
    assert [after for after, _ in moved] == [12, 7, 13]
    assert moved[0][1] == "Year-end count"


def test_orders_are_imported_on_a_phone_in_persian(open_staff: StaffOpener, tmp_path: Path) -> None:
    shop.channel("web")
    shop.product("TEE", RUH=5)
    noor = User.objects.create_user("noor", password="x", role="manager")
    file = tmp_path / "سفارش‌ها.csv"
    rows = [
        "۱۰۰۱,سارا,خیابان یکم,تهران,IR,TEE,۲,۱۰۰",
        "۱۰۰۲,امیر,خیابان دوم,تهران,IR,TEE,۱,1.23456",
        "۱۰۰۳,مینا,خیابان سوم,,IR,TEE,1,100",
    ]
    head = "شماره سفارش,نام مشتری,آدرس,شهر,کشور,شناسه کالا,تعداد,قیمت واحد"
    file.write_bytes("\n".join([head, *rows]).encode("utf-8-sig"))
    page = open_staff("/imports/new/?kind=orders", user=noor, language="fa", phone=True)
    expect(page.locator("[name=kind][value=orders]")).to_be_checked()
    expect(page.locator(".file-face")).to_contain_text("انتخاب فایل")
    page.locator("[name=file]").set_input_files(file)
    expect(page.locator(".file-name")).to_have_text(file.name)
    page.locator("main form button.primary").click()
    keys = "external_id shipping_address.name shipping_address.line1 shipping_address.city shipping_address.country"
    for place, key in enumerate([*keys.split(), "sku", "quantity", "unit_price"]):
        page.locator(f"[name=column-{place}]").select_option(key)
    page.locator("form[action$='/check/'] button.primary").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    faults = page.locator(".import-faults tbody tr")
    expect(faults).to_have_count(2)
    expect(faults.nth(0)).to_contain_text("رقم اعشار زیاد است")
    expect(faults.nth(0)).to_contain_text("قیمت واحد")
    expect(faults.nth(1)).to_contain_text("مقدار ندارد")
    expect(faults.nth(1)).to_contain_text("شهر")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("form[action$='/start/'] button").click()
    expect(page.locator("progress")).to_be_visible()
    work()
    expect(page.locator("[data-figure=created]")).to_have_text("۱")
    placed = Order.objects.get()
    assert (placed.external_id, placed.customer_name, placed.status) == ("1001", "سارا", "open")


def work() -> None:
    """What the worker would do meanwhile."""
    while running.run_due(60):
        pass
