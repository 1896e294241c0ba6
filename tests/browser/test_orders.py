"""Whole tasks on the list of orders, in Chromium: many at once, and one found by what the customer read out."""

import threading
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Page, expect

from oms.backoffice import bulk
from oms.backoffice.models import BulkJob
from oms.core.access import principal_of_user
from oms.core.models import User
from oms.core.selecting import Selection
from orders import holds
from orders.models import Order
from tests import shop
from tests.browser.conftest import StaffOpener, spoken, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def agent() -> User:
    cache.clear()
    return User.objects.create_user("noor", password="x", role="agent", first_name="Noor")


@pytest.fixture
def web() -> road.Shop:
    road.add_rate()
    shop.product("TEE", RUH=1000)
    return road.open_shop()


@pytest.fixture
def worker() -> Iterator[None]:
    """What `make run` has beside the web: someone who answers the bell."""
    leave = threading.Event()

    def work() -> None:
        while not leave.wait(0.2):
            bulk.run_due(0.5)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    leave.set()
    thread.join()


def faults(page: Page) -> list[str]:
    """What the browser complains of: a refused style, a script's error."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("console", lambda said: heard.append(said.text) if said.type in ("error", "warning") else None)
    return heard


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("ar", False), ("ar", True)])
def test_two_hundred_orders_held_and_the_three_refusals_named(
    web: road.Shop, agent: User, open_staff: StaffOpener, worker: None, language: str, phone: bool
) -> None:
    def words(sentence: str) -> str:
        return spoken(language, sentence)

    batch = [shop.order_body(("TEE", 1), tags=["eid"]) for _ in range(200)]
    placed = web.post("orders/batch/", {"items": batch}).json()["results"]
    assert {result["status"] for result in placed} == {201}
    numbers = [result["number"] for result in placed]
    other = web.place(("TEE", 1))
    holds.place(Order.objects.get(number=numbers[7]), reason="risk", actor="staff:maha")
    for number in (numbers[30], numbers[170]):
        order = Order.objects.get(number=number)
        assert web.cancel({"id": order.pk, "lines": []}).status_code == 201

    page = open_staff("/orders/?tag=eid", user=agent, language=language, phone=phone)
    heard = faults(page)
    if phone:
        page.get_by_role("button", name=words("Select"), exact=True).click()
        page.get_by_label(words("Everything on this page")).check()
    else:
        page.get_by_label(words("Select the page")).check()
    page.locator("[data-everything]").click()
    expect(page.locator(".bulk [data-count]")).to_have_text("200")
    page.get_by_role("button", name=words("Put on hold")).first.click()
    dialog = page.get_by_role("dialog", name=words("Put on hold"))
    dialog.locator("select").select_option("risk")
    dialog.get_by_role("button", name=words("Put on hold")).click()

    panel = page.locator("#jobs")
    expect(panel).to_contain_text(words("Orders put on hold"), timeout=120_000)
    expect(panel.locator(".job-count > :first-child")).to_contain_text("197")
    expect(panel.locator(".job-refused")).to_contain_text("3")
    for number in (numbers[7], numbers[30], numbers[170]):
        expect(panel.get_by_role("link", name=number)).to_be_visible()
    expect(panel).to_contain_text(words("It is on hold for this reason already."))
    # The rows and the tabs behind it say so too, without a reload.
    expect(page.locator("tbody .badge", has_text=words("On hold"))).to_have_count(25)
    tabs = page.get_by_role("navigation", name=words("Views"))
    expect(tabs.get_by_text(words("On hold")).locator(".tab-count")).to_have_text("198")
    assert violations(page) == []

    panel.get_by_role("link", name=words("See every refusal")).click()
    expect(page.locator(".job-failures li")).to_have_count(3)
    assert heard == []
    assert BulkJob.objects.get().succeeded == 197
    assert Order.objects.filter(stage="held").count() == 198
    assert Order.objects.get(number=other["number"]).stage != "held"


def test_a_finished_act_renews_every_figure_and_its_panel_goes_by_itself(
    web: road.Shop, agent: User, open_staff: StaffOpener, worker: None
) -> None:
    for _ in range(5):
        web.place(("TEE", 1))
    page = open_staff("/orders/", user=agent)
    heard = faults(page)
    figures = [
        page.locator("#count-order-list"),
        page.locator("#stat-to-fulfil .stat-figure"),
        page.locator("#tabs .tab", has_text="To fulfil").locator(".tab-count"),
    ]
    for figure in figures:
        expect(figure).to_have_text("5")
    for tick in page.locator("tbody .row-tick").all()[:3]:
        tick.check()
    page.get_by_role("button", name="More actions").click()
    page.locator("[data-open=bulk-order-bulk-cancel]").click()
    dialog = page.locator("#bulk-order-bulk-cancel")
    dialog.locator("[type=submit]").click()
    panel = page.locator("#jobs .job")
    expect(panel).to_contain_text("Orders cancelled", timeout=120_000)
    for figure in figures:
        expect(figure).to_have_text("2")
    expect(panel).to_have_count(0, timeout=15_000)
    page.goto("/orders/")
    expect(panel).to_have_count(0)
    assert heard == []


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("ar", False), ("ar", True)])
def test_an_order_is_found_by_a_phone_typed_in_arabic_digits(
    web: road.Shop, agent: User, open_staff: StaffOpener, language: str, phone: bool
) -> None:
    hers = {"name": "سارة العتيبي", "email": "sara@example.com", "phone": "+966501234567"}
    wanted = web.place(("TEE", 1), customer=hers)["number"]
    for n in range(3):
        web.place(
            ("TEE", 1), customer={"name": "Omar", "email": f"o{n}@example.com", "phone": f"+97150111223{n}"}
        )
    page = open_staff("/orders/", user=agent, language=language, phone=phone)
    heard = faults(page)
    expect(page.locator("tbody tr")).to_have_count(4)
    if phone:
        page.locator("[data-filter]").click()
    else:
        page.keyboard.press("/")
    page.keyboard.type("٠٥٠١٢٣٤٥٦٧")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody .id")).to_have_text(wanted)
    assert "q=%D9%A0" in page.url, "the address shows the same list again"
    page.reload()
    expect(page.locator("tbody .id")).to_have_text(wanted)
    assert heard == []


def test_several_orders_are_chosen_and_held_on_a_phone(
    web: road.Shop, agent: User, open_staff: StaffOpener, worker: None
) -> None:
    for _ in range(3):
        web.place(("TEE", 1))
    page = open_staff("/orders/", user=agent, language="ar", phone=True)
    heard = faults(page)
    cards, bar = page.locator("tbody tr"), page.locator(".bulk")
    select = page.get_by_role("button", name="تحديد", exact=True)
    select.click()
    # A touch anywhere on a card ticks it and opens nothing.
    cards.nth(0).click()
    cards.nth(2).click()
    expect(bar.locator("[data-count]")).to_have_text("2")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_label("كل ما في هذه الصفحة").check()
    expect(bar.locator("[data-count]")).to_have_text("3")
    cards.nth(1).click()
    assert violations(page) == []
    bar.get_by_role("button", name="تعليق").first.click()
    dialog = page.get_by_role("dialog", name="تعليق")
    dialog.locator("select").select_option("risk")
    dialog.locator("button[type=submit]").click()
    expect(page.locator("#jobs")).to_contain_text("2", timeout=120_000)
    expect(page.locator("tbody .badge.bad")).to_have_count(2)
    expect(bar).to_be_hidden()
    assert heard == []
    assert sorted(Order.objects.values_list("stage", flat=True)).count("held") == 2


def test_the_dialog_says_how_many_and_every_hold_of_them_ends(
    web: road.Shop, agent: User, open_staff: StaffOpener, worker: None
) -> None:
    batch = [shop.order_body(("TEE", 1)) for _ in range(30)]
    web.post("orders/batch/", {"items": batch})
    for order in Order.objects.all():
        holds.place(order, reason="risk", actor="staff:maha")
    page = open_staff("/orders/", user=agent)
    heard = faults(page)
    page.get_by_label("Select the page").check()
    page.get_by_role("button", name="Release hold").first.click()
    dialog = page.locator("#bulk-order-bulk-release")
    expect(dialog.locator("[data-count]")).to_have_text("25")
    dialog.get_by_role("button", name="Cancel").click()
    page.locator("[data-everything]").click()
    page.get_by_role("button", name="Release hold").first.click()
    expect(dialog.locator("[data-count]")).to_have_text("30")
    # What the dialog of another act says by default is none of its business.
    dialog.locator("[type=submit]").click()
    expect(page.locator("#jobs")).to_contain_text("Orders released", timeout=120_000)
    assert not Order.objects.filter(holds__released_at=None).exists()
    assert heard == []


SIDEWAYS = {"width": 844, "height": 390}


def test_a_phone_shows_one_result_whole_and_every_way_out(
    web: road.Shop, agent: User, open_staff: StaffOpener
) -> None:
    order = Order.objects.get(pk=web.place(("TEE", 1))["id"])
    holds.place(order, reason="risk", actor="staff:maha")
    one, asked = Selection((str(order.pk),), False, ""), {"reason": "risk", "note": ""}
    for _ in range(2):
        bulk.ask("hold", one, asked, user=agent, principal=principal_of_user(agent))
    while bulk.run_due(60):
        pass
    page = open_staff("/orders/", user=agent, language="ar", phone=True)
    for size in ({"width": 390, "height": 844}, SIDEWAYS):
        page.set_viewport_size(size)
        cards = page.locator("#jobs .job")
        expect(cards.nth(0).locator(".job-count")).to_be_visible()
        expect(cards.nth(1).locator(".job-count")).to_be_hidden()
        for card in cards.all():
            out = card.get_by_role("button", name="إغلاق").bounding_box()
            assert out
            assert out["y"] >= 0


def test_rows_scroll_between_head_and_foot_and_keep_their_numbers_in_sight(
    web: road.Shop, agent: User, open_staff: StaffOpener
) -> None:
    for _ in range(10):
        web.place(("TEE", 1))
    page = open_staff("/orders/", user=agent, language="fa")
    page.set_viewport_size({"width": 1000, "height": 640})
    rows = page.locator(".list > .table-wrap")
    # As wide as with every column.
    page.evaluate("document.querySelectorAll('td').forEach(cell => (cell.style.paddingInline = '1.5rem'))")
    rows.evaluate("e => e.scrollBy(-150, 100)")
    assert rows.evaluate("e => [e.scrollLeft < -50, e.scrollTop > 50]") == [True, True]
    place, head, number, foot = (
        found.bounding_box()
        for found in (
            rows,
            page.locator("thead th").nth(1),
            page.locator("tbody .cell-id").last,
            page.locator(".pager"),
        )
    )
    assert place
    assert head
    assert number
    assert foot
    end = place["x"] + place["width"]
    assert head["y"] == pytest.approx(place["y"], abs=1)
    assert [head["x"] + head["width"], number["x"] + number["width"]] == pytest.approx([end, end], abs=1)
    assert foot["y"] == pytest.approx(place["y"] + place["height"], abs=1)
    assert page.evaluate("(e => e.scrollHeight - e.clientHeight)(document.querySelector('.sheet'))") == 0


def test_the_menu_of_an_order_ends_on_the_screen(
    web: road.Shop, agent: User, open_staff: StaffOpener
) -> None:
    order = web.place(("TEE", 1))
    page = open_staff("about:blank", user=agent, language="ar", phone=True)
    for size in ({"width": 390, "height": 560}, SIDEWAYS):
        page.set_viewport_size(size)
        page.goto(f"/orders/{order['number']}/")
        page.locator("[popovertarget=order-menu]").click()
        box = page.locator("#order-menu").bounding_box()
        assert box
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size["height"]
        last = page.locator("#order-menu [data-open=cancel]")
        last.scroll_into_view_if_needed()
        expect(last).to_be_in_viewport()


def test_a_queue_left_open_shows_what_came_and_never_under_a_hand(
    web: road.Shop, agent: User, open_staff: StaffOpener
) -> None:
    web.routed(("TEE", 1))
    manager = User.objects.create_user("mona", password="x", role="manager")
    page = open_staff("about:blank", user=manager)
    page.clock.install()
    page.goto("/release/")
    heard = faults(page)
    expect(page.locator("tbody tr")).to_have_count(1)
    web.routed(("TEE", 1))
    page.locator("tbody .row-tick").first.check()
    page.locator("h1").click()
    page.clock.run_for(61_000)
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("tbody .row-tick").first.uncheck()
    page.locator("tbody .row-tick").first.blur()
    page.clock.run_for(61_000)
    expect(page.locator("tbody tr")).to_have_count(2)
    # It follows a search made meanwhile.
    page.keyboard.press("/")
    page.keyboard.type("no such shipment")
    page.clock.run_for(1_000)
    expect(page.locator("tbody tr")).to_have_count(0)
    page.locator("[data-filter]").blur()
    page.clock.run_for(61_000)
    expect(page.locator("tbody tr")).to_have_count(0)
    assert heard == []
