"""Lots, counts and closings as people use them: a scanner at the shelf, a phone in the aisle, a manager at a desk."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from inventory import stock
from inventory.models import Closing, Location, LotLevel, Product, StockCount, StockLevel
from inventory.stock import Incoming
from oms.core import company
from oms.core.models import Role, User
from tests import shop
from tests.browser.conftest import StaffOpener
from tests.browser.test_floor import gun, settled
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


def staff(role: str, name: str) -> User:
    places = ["RUH"] if role == Role.WAREHOUSE else []
    return User.objects.create_user(
        name, f"{name}@example.com", "relay-demo-2026", role=role, locations=places
    )


def test_from_the_shelf_to_a_recall_a_count_and_a_closing(open_staff: StaffOpener) -> None:
    shop.location("RUH", priority=50)
    milk = shop.product("MILK")
    Product.objects.filter(pk=milk.pk).update(tracks_lots=True, name={"en": "Milk 1 l"}, cost=Decimal(4))
    today = company.today()
    stock.receive(
        [
            Incoming(
                milk.pk, Location.objects.get().pk, units, lot=code, expires_on=today + timedelta(days=days)
            )
            for code, units, days in (("LATE", 5, 90), ("SOON", 3, 9))
        ],
        cause="purchased",
        reference="purchase/PO1",
        actor="test",
    )
    StockLevel.objects.update(bin="C-01")
    road.add_rate()
    web = road.open_shop()
    picker, manager = staff(Role.WAREHOUSE, "salma"), staff(Role.MANAGER, "noor")
    parcel = web.release(web.shipment(web.routed(("MILK", 2))))

    page = open_staff(f"/picking/{parcel['number']}/", user=picker, language="en", phone=True)
    expect(page.locator("[data-lot]")).to_contain_text("SOON")
    gun(page, "MILK")
    gun(page, "late")
    settled(page)
    taken = dict(LotLevel.objects.values_list("lot__code", "picked"))
    assert taken == {"LATE": 1, "SOON": 1}
    page.context.close()

    page = open_staff("/lots/?state=soon", user=manager, language="en", phone=False)
    page.locator("a.id", has_text="SOON").click()
    page.locator("[data-open=quarantine]").click()
    page.locator("#quarantine-reason").fill("Recall by the dairy")
    page.locator("#quarantine .danger").click()
    expect(page.locator(".notice.bad")).to_contain_text("Recall by the dairy")
    page.get_by_role("link", name="Which orders got it").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.context.close()

    page = open_staff("/counts/new/", user=picker, language="ar", phone=True)
    page.locator("button[type=submit].primary").click()
    page.wait_for_url("**/counting/")
    for _ in range(2):
        gun(page, "MILK")
        page.locator("#counted").fill("٢")
        page.locator(".pick-acts .primary").click()
        page.wait_for_url("**/counting/")
        expect(page.locator(".toast.ok")).to_be_visible()
        if page.locator("#counted").count():
            page.locator(".pick-acts .primary").click()
            expect(page.locator(".field-error")).to_be_visible()
            assert page.locator(".toast").count() == 0
    page.locator(".pick-done .primary").click()
    page.wait_for_url(f"**/counts/{StockCount.objects.get().number}/")
    assert StockCount.objects.get().state == "done"
    assert dict(LotLevel.objects.values_list("lot__code", "on_hand")) == {"LATE": 3, "SOON": 3}
    page.context.close()

    with time_machine.travel(timezone.now() + timedelta(days=40), tick=True):
        page = open_staff("/closings/", user=manager, language="fa", phone=False)
        page.locator(".bar .primary").click()
        page.wait_for_url("**/closings/2*/")
        expect(page.locator("tbody tr")).to_have_count(2)
    assert Closing.objects.get().lines.get().closing_quantity == 6
    road.prove()
