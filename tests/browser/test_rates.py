"""A carrier's zone and its rate card, typed by somebody in a browser; then an order is priced by it."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from fulfillment.models import Rate, RateZone, Shipment
from oms.core.models import User
from tests import shop
from tests.browser.conftest import StaffOpener, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_zone_and_its_steps_price_a_parcel(open_staff: StaffOpener) -> None:
    shop.location("RUH", name="Riyadh")
    shop.product("TEE", RUH=10)
    noor = User.objects.create_user("noor", password="x", role="manager")
    page = open_staff("/settings/rates/", user=noor)
    page.get_by_role("link", name="Zones").click()
    page.get_by_role("link", name="New zone").first.click()
    page.locator("[name=name]").fill("A")
    page.locator("[name=places]").fill("Riyadh\nJeddah")
    assert violations(page) == []
    page.get_by_role("button", name="Add the zone").click()
    expect(page.get_by_text("The zone is added.")).to_be_visible()
    zone = RateZone.objects.get()
    assert (zone.carrier, zone.country, zone.places) == ("manual", "SA", ["Riyadh", "Jeddah"])

    page.goto(page.url.replace("zones", "rates") + "new/")
    for name, typed in {
        "service": "standard",
        "base": "10",
        "per_kg": "1",
        "least": "1",
        "most": "2",
    }.items():
        page.locator(f"[name={name}]").fill(typed)
    page.locator("[name=carrier]").select_option("manual")
    page.locator("[name=zone]").select_option(str(zone.pk))
    page.get_by_role("button", name="One more row").click()
    for place, (grams, price) in enumerate([("500", "1"), ("1000", "3"), ("5000", "2")]):
        page.locator("[name=up_to]").nth(place).fill(grams)
        page.locator("[name=step_price]").nth(place).fill(price)
    page.get_by_role("button", name="Add the rate").click()
    expect(page.locator(".supply-row .field-error")).to_have_text(
        "A heavier parcel costs no less than a lighter one."
    )
    assert violations(page) == []
    page.locator("[name=step_price]").nth(2).fill("7")
    page.get_by_role("button", name="Add the rate").click()
    expect(page.get_by_text("The rate is added.")).to_be_visible()
    rate = Rate.objects.get()
    assert (rate.zone, rate.tiers) == ("A", [[500, "1.00"], [1000, "3.00"], [5000, "7.00"]])

    order = road.open_shop().routed(("TEE", 2))
    shipment = Shipment.objects.get(order__number=order["number"])
    assert (shipment.carrier, shipment.cost) == ("manual", Decimal(13))

    phone = open_staff(f"/settings/rates/{rate.pk}/", user=noor, language="fa", phone=True)
    expect(phone.locator("[name=up_to]").nth(1)).to_have_value("۱۰۰۰")
    phone.locator("[name=valid_until]").fill("2026-01-01")
    phone.locator("[name=valid_from]").fill("2026-02-01")
    phone.locator("button.primary[form=rate-form]").click()
    expect(phone.get_by_text("پایان پس از آغاز است")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
