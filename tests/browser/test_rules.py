"""A routing rule written and tried on an order before it is kept; then it decides."""

import pytest
from playwright.sync_api import Route, expect

from fulfillment import replaying
from fulfillment.models import RoutingRuleVersion
from oms.core.models import User
from tests import shop
from tests.browser.conftest import StaffOpener, spoken, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_rule_is_tried_as_it_is_edited_and_decides_once_kept(open_staff: StaffOpener) -> None:
    shop.location("RUH", priority=50, name="Riyadh")
    shop.location("JED", priority=90, name="Jeddah")
    shop.product("TEE", RUH=10, JED=10)
    road.add_rate()
    road.add_rate(base="5.00", **{"from": ["JED"]})
    web = road.open_shop()
    cheap = web.routed(("TEE", 2))
    assert web.shipment(cheap)["location"] == "JED"
    noor = User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role="manager")

    page = open_staff("/settings/routing/", user=noor)
    page.get_by_role("link", name="New rule").click()
    page.wait_for_load_state("networkidle")
    trace = page.locator("#rule-trace")
    expect(trace.get_by_text("the cheapest of 2 ways to send it.")).to_be_visible()
    page.locator("[name=kind]").select_option("lexicographic")
    page.locator("[name=objective_0]").select_option("priority")
    expect(trace.get_by_text("this rule decides")).to_be_visible()
    expect(trace.get_by_text("the best of 2 ways to send it.")).to_be_visible()
    page.locator("[name=tags]").fill("vip")
    expect(trace.get_by_text("this rule does not fit")).to_be_visible()
    assert violations(page) == []
    assert not RoutingRuleVersion.objects.exists()

    page.locator("[name=name]").fill("Riyadh for guests of honour")
    page.get_by_role("button", name="Save the rule").click()
    expect(page.get_by_text("The rule is kept. New orders are routed by it.")).to_be_visible()
    order = web.routed(("TEE", 2), tags=["vip"])
    assert web.shipment(order)["location"] == "RUH"

    page.goto(f"/orders/{order['number']}/")
    expect(page.get_by_text("By the rule")).to_contain_text("Riyadh for guests of honour")

    phone = open_staff("/settings/routing/", user=noor, language="fa", phone=True)
    phone.get_by_role("link", name="Riyadh for guests of honour").click()
    phone.locator("[name=tags]").fill("vip, gold")
    phone.locator("button.primary[form=rule-form]").click()
    kept = spoken("fa", "Version %(version)s is kept. New orders are routed by it.")
    expect(phone.get_by_text(kept.rpartition("%(version)s")[2])).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert [v.version for v in RoutingRuleVersion.objects.order_by("version")] == [1, 2]


def test_an_answer_that_comes_late_does_not_stand_over_a_newer_one(open_staff: StaffOpener) -> None:
    shop.location("RUH", priority=50, name="Riyadh")
    shop.product("TEE", RUH=10)
    road.add_rate()
    road.open_shop().routed(("TEE", 2))
    noor = User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role="manager")
    page = open_staff("/settings/routing/new/", user=noor)
    page.wait_for_load_state("networkidle")
    held: list[Route] = []
    page.route("**/settings/routing/try/", lambda route: route.continue_() if held else held.append(route))
    trace, tags = page.locator("#rule-trace"), page.locator("[name=tags]")
    tags.fill("vip")
    while not held:
        page.wait_for_timeout(50)
    tags.fill("")
    expect(trace.get_by_text("this rule decides")).to_be_visible()
    with page.expect_response("**/settings/routing/try/"):
        page.locator("[name=objective_0]").select_option("priority")
    [late] = held
    late.fulfill(body="this rule does not fit")
    page.wait_for_timeout(200)
    expect(trace.get_by_text("this rule decides")).to_be_visible()
    expect(trace.get_by_text("this rule does not fit")).to_have_count(0)


def test_past_orders_are_replayed_side_by_side(open_staff: StaffOpener) -> None:
    shop.location("RUH", priority=50, name="Riyadh")
    shop.location("JED", priority=90, name="Jeddah")
    shop.product("TEE", RUH=10, JED=10)
    road.add_rate()
    road.add_rate(base="5.00", **{"from": ["JED"]})
    order = road.open_shop().routed(("TEE", 2))
    noor = User.objects.create_user("noor", "noor@example.com", "relay-demo-2026", role="manager")

    page = open_staff("/settings/routing/replays/", user=noor)
    page.locator("[name=rules]").select_option("priority")
    page.locator("button", has_text="Replay").click()
    expect(page.get_by_text("The replay begins.")).to_be_visible()
    replaying.work_off()
    # The page asks again by itself.
    expect(page.get_by_role("row", name="Carriers and packing")).to_be_visible()
    expect(page.get_by_role("row", name="Jeddah").first).to_contain_text("1")
    expect(page.get_by_role("link", name=order["number"])).to_be_visible()
    assert violations(page) == []
    phone = open_staff(page.url, user=noor, language="ar", phone=True)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
