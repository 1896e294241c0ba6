"""Whole tasks about customers, in Chromium: one is blocked and let go, a segment is tagged, exported, written to."""

import csv
import io
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from channels import campaigns, notifications
from oms.backoffice import bulk
from oms.core.models import SavedView, User
from orders import describing, histories, segments
from orders.models import Customer, Order
from tests import shop
from tests.browser.conftest import Opener, StaffOpener, spoken, violations
from tests.fulfillment import road

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.now().date()


@pytest.fixture
def manager() -> User:
    cache.clear()
    return User.objects.create_user(
        "noor", "noor@example.com", "relay-demo-2026", role="manager", first_name="Noor"
    )


@pytest.fixture
def web() -> road.Shop:
    road.add_rate()
    shop.product("TEE", RUH=1000)
    return road.open_shop()


@pytest.fixture
def worker() -> Iterator[None]:
    """What `make run` has beside the web: someone who answers the bells."""
    leave = threading.Event()

    def work() -> None:
        while not leave.wait(0.2):
            bulk.run_due(0.5)
            campaigns.run_due()
            notifications.send_due(seconds=0.5)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    leave.set()
    thread.join()


def buys(web: road.Shop, name: str, *, days_ago: int = 0, language: str = "en") -> Customer:
    """Somebody who ordered once."""
    hers = {"name": f"{name} Aziz", "email": f"{name.lower()}@example.com", "phone": ""}
    at = (timezone.now() - timedelta(days=days_ago)).isoformat()
    web.place(("TEE", 1), customer=hers, placed_at=at, language=language)
    shop.work()
    histories.catch_up()
    return Customer.objects.get(email_key=hers["email"])


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("ar", False), ("ar", True)])
def test_a_customer_is_blocked_from_an_order_their_next_waits_and_then_goes(
    web: road.Shop, manager: User, open_staff: StaffOpener, language: str, phone: bool
) -> None:
    def words(sentence: str) -> str:
        return spoken(language, sentence)

    hers = {"name": "سارة العتيبي", "email": "sara@example.com", "phone": "+966501234567"}
    first = web.routed(("TEE", 1), customer=hers)
    page = open_staff(f"/orders/{first['number']}/", user=manager, language=language, phone=phone)
    page.locator("[popovertarget=order-menu]").click()
    page.get_by_role("link", name=words("Block the customer")).click()
    dialog = page.locator("dialog#block")
    expect(dialog).to_be_visible()
    dialog.locator("[name=reason]").fill("ثلاثة طرود مرفوضة")
    assert violations(page) == []
    dialog.locator("button[type=submit]").click()
    expect(page.locator(".notice.bad").first).to_contain_text("ثلاثة طرود مرفوضة")

    # The same phone in other digits, another e-mail.
    again = web.routed(
        ("TEE", 1), customer={"name": "S. Otaibi", "email": "new@example.com", "phone": "٠٥٠١٢٣٤٥٦٧"}
    )
    assert again["stage"] == "held"
    page.goto("/orders/?stage=held")
    # The open one was held by the block itself, as its dialog offers.
    expect(page.locator("tbody .id")).to_have_text([again["number"], first["number"]])
    page.locator("tbody .id").first.click()
    expect(page.locator(".order-held")).to_contain_text(words("Blocked customer"))
    expect(page.locator(".order-held")).to_contain_text("ثلاثة طرود مرفوضة")

    page.goto("/customers/lists/?q=0501234567")
    expect(page.locator("tbody tr")).to_have_count(1)
    # Her e-mail is on the list as well: both are taken off.
    page.goto("/customers/lists/?standing=blocked")
    expect(page.locator("tbody tr")).to_have_count(2)
    if phone:
        page.get_by_role("button", name=words("Select"), exact=True).click()
        page.get_by_label(words("Everything on this page")).check()
    else:
        page.get_by_label(words("Select the page")).check()
    page.locator(".bulk button[formaction], .bulk button[data-open]").first.click()
    expect(page.locator("tbody tr")).to_have_count(0)
    page.goto(f"/orders/{again['number']}/")
    expect(page.locator(".order-held")).to_have_count(0)
    third = web.routed(
        ("TEE", 1), customer={"name": "S. Otaibi", "email": "new@example.com", "phone": "٠٥٠١٢٣٤٥٦٧"}
    )
    shop.work()
    assert third["stage"] == "allocated"
    assert Order.objects.get(pk=again["id"]).stage == "allocated"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_who_lapsed_is_kept_as_a_segment_tagged_and_taken_away_as_a_file(
    web: road.Shop, manager: User, open_staff: StaffOpener, worker: None, tmp_path: Path, language: str
) -> None:
    def words(sentence: str) -> str:
        return spoken(language, sentence)

    for name, days in (("Sara", 100), ("Ali", 120), ("Huda", 3)):
        buys(web, name, days_ago=days)
    page = open_staff("/customers/", user=manager, language=language)
    expect(page.locator("tbody tr")).to_have_count(3)
    page.get_by_role("button", name=words("Add filter")).click()
    page.get_by_role("button", name=words("No order for")).last.click()
    asked = page.locator("#filter-lapsed")
    asked.locator("input[value='90']").check()
    asked.get_by_role("button", name=words("Apply")).click()
    expect(page.locator("tbody tr")).to_have_count(2)

    page.locator("[popovertarget=save-view]").click()
    page.locator("#view-label").fill("غائبون")
    page.locator("#save-view").get_by_role("button", name=words("Save this view")).click()
    expect(page.get_by_role("navigation", name=words("Views"))).to_contain_text("غائبون")
    assert SavedView.objects.get().query == "lapsed=90"

    page.get_by_label(words("Select the page")).check()
    page.locator(".bulk [data-open=bulk-customer-bulk-tag]").click()
    page.locator("#bulk-customer-bulk-tag #tags-add").fill("اشتقنا لكم")
    page.locator("#bulk-customer-bulk-tag button[type=submit]").click()
    expect(page.locator("tbody .tag", has_text="اشتقنا لكم")).to_have_count(2, timeout=30_000)
    assert violations(page) == []
    tagged = Customer.objects.filter(tags=["اشتقنا لكم"]).values_list("name", flat=True)
    assert sorted(tagged) == ["Ali Aziz", "Sara Aziz"]

    page.reload()
    page.locator("[popovertarget=export]").click()
    page.locator("#export [value=csv]").click()
    file = page.locator("#jobs a[href*='/file/']").first
    expect(file).to_be_visible(timeout=30_000)
    with page.expect_download() as taken:
        file.click()
    kept = tmp_path / "customers.csv"
    taken.value.save_as(kept)
    rows = list(csv.reader(io.StringIO(kept.read_text(encoding="utf-8-sig"))))
    assert sorted(row[0] for row in rows[1:]) == ["Ali Aziz", "Sara Aziz"]


def test_a_day_of_the_last_order_narrows_customers_in_the_readers_calendar(
    web: road.Shop, manager: User, open_staff: StaffOpener
) -> None:
    for name, days in (("Sara", 100), ("Huda", 3)):
        buys(web, name, days_ago=days)
    since = TODAY - timedelta(days=10)
    page = open_staff(f"/customers/?last_after={since.isoformat()}", user=manager, language="ar")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("Huda Aziz")
    page.goto(f"/customers/?last_before={since.isoformat()}")
    expect(page.locator("tbody tr")).to_contain_text("Sara Aziz")
    expect(page.locator(".chip-set")).to_contain_text(spoken("ar", "Last order"))


@pytest.mark.parametrize(("language", "phone"), [("en", False), ("ar", False), ("ar", True)])
def test_a_campaign_is_written_tried_sent_once_each_and_left_by_its_reader(
    web: road.Shop,
    manager: User,
    open_staff: StaffOpener,
    open_page: Opener,
    worker: None,
    language: str,
    phone: bool,
) -> None:
    def words(sentence: str) -> str:
        return spoken(language, sentence)

    for name, spoken_by, answer in (
        ("Sara", "ar", "agreed"),
        ("Ali", "en", "agreed"),
        ("Huda", "ar", "refused"),
    ):
        describing.agree(buys(web, name, language=spoken_by), answer, actor="customer")
    notifications.send_due()
    mail.outbox.clear()

    page = open_staff("/customers/campaigns/new/", user=manager, language=language, phone=phone)
    page.locator("[name=name]").fill("شتاء")
    page.locator("[name=to]").select_option("everyone")
    page.locator("[name=subject_ar]").fill("أهلًا {first_name}")
    page.locator("[name=body_ar]").fill("تشكيلة الشتاء وصلت.")
    page.locator("[name=subject_en]").fill("Hello {first_name}")
    page.locator("[name=body_en]").fill("Winter is here.")
    assert violations(page) == []
    page.get_by_role("button", name=words("Save the draft and preview it")).click()
    expect(page.locator(".campaign-reached dd")).to_have_text("2")
    assert violations(page) == []
    page.get_by_role("button", name=words("Send it to me first")).click()
    expect(page.locator(".toast").first).to_be_visible()

    page.locator("[data-open=send]").click()
    page.locator("dialog#send button[type=submit]").click()
    expect(page.locator("#progress .campaign-reached dd")).to_have_text("2", timeout=30_000)
    # What is told about an order goes when it goes.
    letters = [letter for letter in mail.outbox if "· web" not in letter.subject]
    told = sorted((letter.to[0], letter.subject) for letter in letters)
    mine = [each for each in told if each[0] == "noor@example.com"]
    assert len(mine) == 2
    assert [each for each in told if each[0] != "noor@example.com"] == [
        ("ali@example.com", "Hello Ali"),
        ("sara@example.com", "أهلًا Sara"),
    ]

    letter = next(each for each in mail.outbox if each.to == ["sara@example.com"])
    found = re.search(r"https?://[^\s/]+(/t/news/\S+)", str(letter.body))
    assert found is not None
    reader = open_page(found[1], language="ar", scripts=False)
    assert reader.locator("html").get_attribute("dir") == "rtl"
    reader.locator("form[method=post] button").first.click()
    expect(reader.locator("main")).to_be_visible()
    assert Customer.objects.get(email_key="sara@example.com").marketing == "refused"
    assert campaigns.audience(segments.Conditions(), widened=False).reached == 1
