"""A parcel sent from elsewhere, on the order page by an agent and on the floor by a store that cannot send it."""

import pytest
from playwright.sync_api import expect

from fulfillment.models import Shipment
from oms.core.models import User
from orders.models import Order
from tests import shop
from tests.browser.conftest import StaffOpener, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_parcel_is_moved_and_then_refused(open_staff: StaffOpener) -> None:
    shop.location("RUH", priority=50, name="Riyadh")
    shop.location("JED", name="Jeddah")
    shop.product("TEE", RUH=10, JED=5)
    road.add_rate()
    order = Order.objects.get(pk=road.open_shop().routed(("TEE", 3))["id"])
    noor = User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role="manager")

    page = open_staff(f"/orders/{order.number}/", user=noor)
    page.get_by_role("link", name="Send from elsewhere").click()
    expect(page.get_by_role("radio", name="Jeddah")).to_be_checked()
    assert violations(page) == []
    page.get_by_role("textbox", name="TEE").fill("1")
    page.get_by_label("Reason").fill("Near the customer")
    page.get_by_role("button", name="Send from there").click()
    expect(page.get_by_text("The items are sent from elsewhere now.")).to_be_visible()
    expect(page.locator("#timeline").get_by_text("Items are sent from elsewhere")).to_be_visible()
    held = Shipment.objects.order_by("number").values_list("location__code", "lines__quantity")
    assert list(held) == [("RUH", 2), ("JED", 1)]

    phone = open_staff(f"/shipments/{order.number}-2/", user=noor, language="ar", phone=True)
    phone.locator("[data-open=refuse]").click()
    phone.locator("#refuse select[name=code]").select_option("closed")
    phone.locator("#refuse button[type=submit]").click()
    expect(phone.get_by_text("تم الرفض. سيرسلها موقع آخر.")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert Shipment.objects.get(number=f"{order.number}-2").state == "cancelled"
    assert order.reroutings.order_by("-at")[0].code == "closed"
    road.prove()
