"""A figure below what is promised, in Arabic and typed in Arabic digits: the orders are read, then agreed to."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inventory.models import StockLevel
from oms.core.models import Role, User
from orders.models import Line
from tests import shop
from tests.browser.conftest import StaffOpener
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_newest_orders_wait_once_that_is_agreed_to(open_staff: StaffOpener) -> None:
    shop.location("RUH", priority=50, name="الرياض")
    road.add_rate()
    shop.product("TEE", RUH=10)
    web = road.open_shop()
    placed = (timezone.now() - timedelta(days=2)).isoformat()
    old, new = web.place(("TEE", 4), placed_at=placed), web.place(("TEE", 5))
    shop.work()
    noor = User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role=Role.MANAGER)
    page = open_staff("/stock/", user=noor, language="ar", phone=False)
    page.locator("[data-figure]").first.click()
    page.locator("#stock-form [name=set_to]").fill("٣")
    page.locator("#stock-form [name=reason]").fill("جرد")
    page.keyboard.press("Enter")
    asked = page.locator(".stock-waits")
    expect(asked).to_be_focused()
    expect(asked.locator("li")).to_have_count(2)
    expect(asked.locator("li").first).to_contain_text(f"#{new['number']}")
    expect(asked.locator("li").first).to_contain_text("5 × TEE")
    expect(asked.locator("li").last).to_contain_text(f"#{old['number']}")
    # A second Enter agrees to nothing.
    page.keyboard.press("Enter")
    assert StockLevel.objects.get().on_hand == 10
    page.locator("#stock-form .danger").click()
    expect(page.locator("#stock-dialog")).to_be_hidden()
    expect(page.locator("[data-figure]").first).to_have_text("3")
    lines = Line.objects.order_by("order__placed_at").values_list("reserved", "backordered")
    assert list(lines) == [(3, 1), (0, 5)]
    road.prove()
