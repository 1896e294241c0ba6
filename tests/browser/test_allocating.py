"""Scarce stock given out over waiting orders, in Arabic: seen before it is done, watched, read afterwards."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from fulfillment import allocating
from fulfillment.models import AllocationRun
from inventory.models import Product
from oms.core.models import User
from orders.models import Line
from tests import shop
from tests.browser.conftest import StaffOpener, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


def test_scarce_stock_is_given_out_over_waiting_orders(
    open_staff: StaffOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.conf.settings.BACKORDERS_BY_STAFF", True)
    shop.location("RUH", priority=50, name="الرياض")
    shop.product("TEE", RUH=0)
    Product.objects.update(backorder="allow")
    road.add_rate()
    web = road.open_shop()

    def waiting(units: int, days: int) -> str:
        placed = timezone.now() - timedelta(days=days)
        return str(web.routed(("TEE", units), placed_at=placed.isoformat())["number"])

    big, small = waiting(5, 9), [waiting(2, 3), waiting(3, 2)]
    shop.product("TEE", RUH=5)
    noor = User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role="agent")

    page = open_staff("/orders/waiting/", user=noor, language="ar")
    page.get_by_role("link", name="تخصيص المخزون").click()
    side = page.get_by_role("region", name="جنبًا إلى جنب")
    expect(page.get_by_role("link", name=small[0])).to_be_visible()
    expect(page.get_by_role("link", name=big)).to_have_count(0)
    expect(side).to_have_count(1)
    assert violations(page) == []

    # So many that a worker does it: the page tells how far it is, and opens its result by itself.
    monkeypatch.setattr(allocating, "AT_ONCE", 2)
    page.locator("form button.primary").click()
    page.wait_for_url("**/orders/waiting/allocations/*/")
    expect(page.locator("#allocation-progress progress")).to_be_visible()
    assert not Line.objects.filter(backordered=0).exists()
    assert violations(page) == []
    assert allocating.work_off() == 1
    expect(page.locator("#allocation-progress")).to_have_count(0, timeout=10_000)
    expect(page.locator(".stat-figure").first).to_have_text("2")
    expect(page.locator("#list tbody tr")).to_have_count(3)
    expect(page.get_by_role("row", name=big)).to_contain_text("ذهب المخزون")
    assert violations(page) == []
    served = AllocationRun.objects.get()
    assert (served.served, served.units, served.exact) == (2, 5, True)

    phone = open_staff("/orders/waiting/allocations/", user=noor, language="ar", phone=True)
    phone.locator("#list a.id").click()
    phone.get_by_role("link", name="بقيت في الانتظار").click()
    expect(phone.locator("#list tbody tr")).to_have_count(1)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(phone) == []
    shop.product("TEE", RUH=10)
    monkeypatch.setattr(allocating, "AT_ONCE", 200)
    phone.goto("/orders/waiting/allocate/")
    phone.locator("form button.primary").click()
    phone.wait_for_url("**/orders/waiting/allocations/*/")
    expect(phone.get_by_role("link", name=big)).to_be_visible()
    assert not Line.objects.filter(backordered__gt=0).exists()
    road.prove()
