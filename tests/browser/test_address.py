"""An order that is held for its address is put right where it is read, at a desk and on a phone."""

import pytest
from playwright.sync_api import expect

from oms.core.models import User
from orders.models import Order
from tests import shop
from tests.browser.conftest import StaffOpener, spoken, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("ar", True)])
def test_a_wrong_short_address_is_corrected(open_staff: StaffOpener, language: str, phone: bool) -> None:
    def words(sentence: str) -> str:
        return spoken(language, sentence)

    shop.location("RUH", priority=50)
    shop.product("TEE", RUH=10)
    road.add_rate()
    web = road.open_shop()
    wrong = {"line1": "طريق الملك فهد", "city": "الرياض", "country": "SA", "short_address": "RRRD29"}
    order = web.place(("TEE", 1), shipping_address=wrong)
    agent = User.objects.create_user("noor", password="x", role="agent")
    page = open_staff(f"/orders/{order['number']}/", user=agent, language=language, phone=phone)
    page.locator(".order-head .button.primary").click()
    dialog = page.get_by_role("dialog", name=words("Correct the address"))
    dialog.get_by_label(words("Short address")).fill("RRRD 29")
    dialog.get_by_role("button", name=words("Save")).click()
    # Refused, the dialog is open again with what was typed and what is wrong with it.
    expect(dialog.get_by_label(words("Short address"))).to_have_value("RRRD 29")
    expect(dialog.locator(".field-error")).to_contain_text(
        words("A Saudi short address is four letters and four digits.")
    )
    assert violations(page) == []
    dialog.get_by_label(words("Short address")).fill("RRRD٢٩٢٩")
    dialog.get_by_role("button", name=words("Save")).click()
    expect(page.locator(".toast.ok")).to_be_visible()
    expect(page.locator(".order-held")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
    now = Order.objects.get(pk=order["id"])
    assert now.shipping_address == {**wrong, "short_address": "RRRD2929"}
    shop.work()
    assert [one["state"] for one in web.shipments(order)] == ["planned"]
