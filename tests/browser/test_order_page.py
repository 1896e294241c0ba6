"""The order page in Chromium: two agents on one order, and a part of it cancelled, as people do it."""

import pytest
from playwright.sync_api import expect

from oms.core.models import User
from orders.models import Order
from tests import shop
from tests.browser.conftest import StaffOpener, spoken, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


def routed_order() -> Order:
    shop.location("RUH", priority=50)
    shop.product("TEE", RUH=10)
    shop.product("MUG", RUH=3)
    road.add_rate()
    web = road.open_shop()
    placed = web.routed(
        ("TEE", 3), ("MUG", 1), payments=[{"method": "card", "state": "authorized", "amount": "999.00"}]
    )
    return Order.objects.get(pk=placed["id"])


def agent(name: str) -> User:
    return User.objects.create_user(
        name.lower(), f"{name.lower()}@example.com", "relay-demo-2026", role="agent", first_name=name
    )


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("ar", True)])
def test_two_agents_on_one_order(open_staff: StaffOpener, language: str, phone: bool) -> None:
    """The second save of a stale note is refused with what changed; nothing typed is lost; then it goes."""
    order = routed_order()
    path = f"/orders/{order.number}/"
    noor = open_staff(path, user=agent("Noor"), language=language, phone=phone)
    sami = open_staff(path, user=agent("Sami"), language=language, phone=phone)

    def words(sentence: str) -> str:
        return spoken(language, sentence)

    for page in (noor, sami):
        page.get_by_role("button", name=words("Edit notes")).first.click()

    noor.locator("#notes textarea[name=note]").fill("Leave at the door")
    noor.locator("#notes").get_by_role("button", name=words("Save")).click()
    expect(noor.get_by_text(words("The notes are saved."))).to_be_visible()

    sami.locator("#notes textarea[name=note]").fill("Ring twice")
    sami.locator("#notes").get_by_role("button", name=words("Save")).click()
    dialog = sami.locator("#notes")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_text(words("It changed since you opened it. Nothing was saved."))).to_be_visible()
    expect(dialog.get_by_text("Noor")).to_be_visible()
    expect(dialog.get_by_text("Leave at the door")).to_be_visible()
    expect(dialog.locator("textarea[name=note]")).to_have_value("Ring twice")
    assert violations(sami) == []
    assert sami.url.endswith(path)
    order.refresh_from_db()
    assert order.note == "Leave at the door"

    dialog.get_by_role("button", name=words("Save")).click()
    expect(sami.get_by_text(words("The notes are saved."))).to_be_visible()
    order.refresh_from_db()
    assert order.note == "Ring twice"


def test_a_part_is_cancelled_in_arabic_on_a_phone(open_staff: StaffOpener) -> None:
    order = routed_order()
    page = open_staff(f"/orders/{order.number}/", user=agent("Noor"), language="ar", phone=True)
    page.locator("[popovertarget=order-menu]").click()
    page.locator("#order-menu [data-open=cancel-items]").click()
    dialog = page.locator("#cancel-items")
    submit = dialog.locator("button[type=submit]")

    submit.click()
    expect(dialog.locator("[role=alert]")).to_be_visible()
    line = order.lines.get(sku="TEE")
    dialog.locator(f"[name='units-{line.pk}']").fill("2")
    expect(dialog.locator(".sum")).to_be_in_viewport()
    expect(submit).to_be_in_viewport()
    dialog.locator("input[name=reason]").fill("العميل غيّر رأيه")
    submit.click()

    expect(page.locator("details.order-fold")).to_be_visible()
    line.refresh_from_db()
    assert (line.cancelled, line.reserved) == (2, 1)
    assert order.cancellations.get().reason == "العميل غيّر رأيه"
    order.refresh_from_db()
    assert order.status == "open"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
