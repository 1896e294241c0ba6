"""The staff's list of orders: what it shows, finds, narrows and exports, at a fixed cost."""

import csv
import io
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fulfillment.models import Shipment
from oms.backoffice.order_list import LISTING
from oms.core.badges import badge
from oms.core.models import Channel, SavedView, User
from orders import holds
from orders.models import Order
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_seen_before() -> None:
    cache.clear()


@pytest.fixture
def web() -> road.Shop:
    road.add_rate()
    shop.product("TEE", RUH=1000)
    return road.open_shop()


@pytest.fixture
def staff() -> Client:
    return signed_in("agent")


def signed_in(role: str, **facts: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"the-{role}", password="x", role=role, **facts))
    return client


def listed(answer: Any) -> list[str]:
    """External numbers of the rows, in order."""
    assert answer.status_code == 200, answer
    return [row.external_id for row in answer.context["list"].rows]


def test_newest_first_with_what_a_row_must_say(web: road.Shop, staff: Client) -> None:
    web.place(("TEE", 2), external_id="old", placed_at="2026-11-20T10:00:00Z", tags=["VIP"])
    web.place(("TEE", 1), external_id="new", placed_at="2026-11-21T10:00:00Z", payments=[])
    answer = staff.get("/orders/")
    assert listed(answer) == ["new", "old"]
    page = answer.content.decode()
    assert "سارة العتيبي" in page
    assert "SAR\xa0225.00" in page
    assert "Unpaid" in page
    assert "VIP" in page
    (units,) = [row.units for row in answer.context["list"].rows if row.external_id == "old"]
    assert units == 2


def test_an_order_being_picked_is_told_apart_from_one_to_pick_and_one_picked(
    web: road.Shop, staff: Client
) -> None:
    untouched, begun, picked = (
        web.routed(("TEE", 2), external_id=name) for name in ("to-do", "begun", "done")
    )
    for order, units in ((begun, 1), (picked, 2)):
        shipment = web.shipment(order)
        web.release(shipment)
        web.pick(shipment, TEE=units)
    words = {
        order["external_id"]: badge("stage", Order.objects.get(pk=order["id"]).stage).text
        for order in (untouched, begun, picked)
    }
    assert words == {"to-do": "To pick", "begun": "Picking", "done": "Picked"}
    assert listed(staff.get("/orders/?stage=allocated")) == ["to-do"]
    assert listed(staff.get("/orders/?stage=partially_picked")) == ["begun"]
    assert listed(staff.get("/orders/?stage=picking")) == ["done"]
    to_fulfil = next(view.query for view in LISTING.views if view.key == "to_fulfil")
    page = staff.get(f"/orders/?{to_fulfil}")
    assert sorted(listed(page)) == ["begun", "done", "to-do"]
    assert [tab.count for tab in page.context["list"].tabs if tab.current] == [3]
    # The public API's words are promised: whatever is not wholly picked is allocated.
    asked = {
        stage: {row["external_id"]: row["stage"] for row in web.get(f"orders/?stage={stage}").json()["data"]}
        for stage in ("allocated", "picking")
    }
    assert asked == {
        "allocated": {"to-do": "allocated", "begun": "allocated"},
        "picking": {"done": "picking"},
    }
    assert web.get("orders/?stage=partially_picked").status_code == 400


@pytest.mark.parametrize(
    "typed",
    ["W-77", "sara@example.com", "SARA@Example.com ", "0501234567", "٠٥٠١٢٣٤٥٦٧", "۰۵۰۱۲۳۴۵۶۷", "+966 50 123 4567",
     "سارة", "ساره", "TEE", "tee"],
)  # fmt: skip
def test_an_order_is_found_by_whatever_is_known_of_it(web: road.Shop, staff: Client, typed: str) -> None:
    web.place(("TEE", 1), external_id="W-77")
    shop.product("MUG", RUH=10)
    web.place(
        ("MUG", 1),
        external_id="other",
        customer={"name": "Omar", "email": "omar@example.com", "phone": "+971501112233"},
    )
    assert listed(staff.get("/orders/", {"q": typed})) == ["W-77"]


def test_an_order_is_found_by_its_number_in_any_digits(web: road.Shop, staff: Client) -> None:
    number = web.place(("TEE", 1), external_id="W-77")["number"]
    web.place(("TEE", 1))
    arabic = number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert listed(staff.get("/orders/", {"q": number})) == ["W-77"]
    assert listed(staff.get("/orders/", {"q": arabic})) == ["W-77"]


@pytest.mark.parametrize("typed", ["\x00", "%", "'; drop table", "٩" * 300, "@", "+", "no such thing"])
def test_nonsense_finds_nothing_and_says_so(web: road.Shop, staff: Client, typed: str) -> None:
    web.place(("TEE", 1))
    answer = staff.get("/orders/", {"q": typed})
    assert listed(answer) == []
    assert "Nothing matches" in answer.content.decode()


def test_filters(web: road.Shop, staff: Client) -> None:
    web.place(("TEE", 1), external_id="paid", placed_at="2026-11-20T10:00:00Z", tags=["VIP", "Gift"])
    web.place(("TEE", 9), external_id="unpaid", placed_at="2026-11-21T21:30:00Z", payments=[])
    abroad = dict(shop.ADDRESS, country="AE", city="Dubai", short_address="")
    road.open_shop("insta").place(
        ("TEE", 2), external_id="abroad", placed_at="2026-11-22T10:00:00Z", shipping_address=abroad
    )
    shop.work()
    sent = Shipment.objects.get(order__external_id="paid")
    Shipment.objects.filter(pk=sent.pk).update(ship_by=timezone.now() - timedelta(days=1))

    def found(query: str) -> set[str]:
        return set(listed(staff.get(f"/orders/?{query}")))

    assert found("channel=insta") == {"abroad"}
    assert found("channel=insta&channel=web") == {"paid", "unpaid", "abroad"}
    assert found("payment_status=unpaid") == {"unpaid"}
    assert found("stage=allocated") == {"paid"}
    assert found("stage=held") == {"unpaid", "abroad"}
    assert found("hold=awaiting_payment") == {"unpaid"}
    assert found("hold=no_route") == {"abroad"}
    assert found("location=RUH") == {"paid"}
    assert found("country=AE") == {"abroad"}
    assert found("country=FR") == set()
    assert found("tag=VIP") == {"paid"}
    assert found("value_min=900") == {"unpaid"}
    assert found("value_min=200&value_max=300") == {"abroad"}
    assert found("late=true") == {"paid"}
    assert found("channel=web&payment_status=paid") == {"paid"}
    # A day is a day on the reader's clocks: 21:30 in Greenwich is half past midnight in Riyadh.
    assert found("placed_after=2026-11-22&placed_before=2026-11-22") == {"unpaid", "abroad"}
    assert found("channel=nobody") == set()


def test_views_count_and_open_their_orders(web: road.Shop, staff: Client) -> None:
    for n in range(3):
        web.place(("TEE", 1), external_id=f"p{n}")
    web.place(("TEE", 1), external_id="u", payments=[])
    shop.work()
    answer = staff.get("/orders/?stage=held")
    tabs = {str(tab.label): tab for tab in answer.context["list"].tabs}
    assert {name: tab.count for name, tab in tabs.items()} == {
        "All": 4, "To fulfil": 4, "On hold": 1, "Ready to ship": 0, "Late": 0, "Stuck": 0, "Important": 0, "Unpaid": 1,
    }  # fmt: skip
    assert [name for name, tab in tabs.items() if tab.current] == ["On hold"]
    for tab in tabs.values():
        assert len(listed(staff.get(tab.href))) == tab.count


def test_a_saved_view_is_a_tab_of_its_own_and_a_shared_one_everyones(web: road.Shop, staff: Client) -> None:
    body = {"label": "Dubai", "state": "country=AE&sort=-total", "shared": "on"}
    staff.post("/lists/orders/views/", body, headers={"referer": "http://testserver/orders/?country=AE"})
    assert SavedView.objects.get().query == "country=AE&sort=-total"
    tabs = signed_in("manager").get("/orders/?country=AE&sort=-total").context["list"].tabs
    assert [(str(tab.label), tab.current) for tab in tabs][-1] == ("Dubai", True)


def test_pages_by_value_follow_each_other_without_gap_or_repeat(web: road.Shop, staff: Client) -> None:
    for n in range(30):
        web.place(("TEE", 1 + n % 3), external_id=f"o{n}")
    first = staff.get("/orders/?sort=-total")
    second = staff.get(first.context["list"].next)
    seen = listed(first) + listed(second)
    assert sorted(seen) == sorted(f"o{n}" for n in range(30))
    totals = [row.total for page in (first, second) for row in page.context["list"].rows]
    assert totals == sorted(totals, reverse=True)
    assert listed(staff.get(second.context["list"].previous)) == listed(first)


def test_the_page_costs_the_same_queries_for_one_row_and_for_many(
    kept_figures: None, web: road.Shop, staff: Client
) -> None:
    web.place(("TEE", 1))
    shop.work()
    counts = []
    for _ in range(2):
        for _ in range(6):
            web.place(("TEE", 1), payments=[])
        shop.work()
        staff.get("/orders/")
        with CaptureQueriesContext(connection) as queries:
            staff.get("/orders/?channel=web")
        counts.append(len(queries))
    # Session, user, columns, views, jobs; channels, which one filters by; tabs;
    # count; rows, their two kinds.
    assert counts == [11, 11]


def test_a_file_holds_what_matches_and_no_formula(web: road.Shop, staff: Client) -> None:
    evil = {"name": '=HYPERLINK("http://x","y")', "email": "e@example.com", "phone": "+966501234567"}
    web.place(("TEE", 1), external_id="@cmd", customer=evil, placed_at="2026-11-20T10:00:00Z", tags=["-1+1"])
    web.place(("TEE", 2), external_id="fine", placed_at="2026-11-21T10:00:00Z", payments=[])
    answer = staff.get("/orders/?export=csv")
    assert answer["Content-Disposition"].startswith('attachment; filename="orders-')
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["External number"] for row in rows] == ["fine", "'@cmd"]
    assert rows[1]["Customer"] == '\'=HYPERLINK("http://x","y")'
    assert rows[1]["Tags"] == "'-1+1"
    assert (rows[1]["Total"], rows[1]["Currency"], rows[1]["Payment"]) == ("125.00", "SAR", "Paid")
    sheet = openpyxl.load_workbook(
        io.BytesIO(staff.get("/orders/?export=xlsx&payment_status=paid").content)
    ).active
    assert sheet is not None
    # A workbook knows text from formulas: there the mark would be a letter of the name.
    name = sheet["C2"]
    assert (name.value, name.data_type, name.quotePrefix) == ('=HYPERLINK("http://x","y")', "s", True)
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_sheet_reads_from_the_right_with_real_days_and_exact_amounts(web: road.Shop) -> None:
    reader = User.objects.create_user(
        "noura", email="noura@oms.example", role="agent", language="ar", time_zone="Asia/Dubai"
    )
    staff = Client()
    staff.force_login(reader)
    web.place(("TEE", 1), external_id="one", placed_at="2026-11-20T10:00:00Z")
    Order.objects.update(total=Decimal("795.32"))
    file = staff.get("/orders/?export=xlsx").content
    sheet = openpyxl.load_workbook(io.BytesIO(file))["orders"]
    head = [cell.value for cell in sheet[1]]
    date, total, delivery = (sheet[2][head.index(name)] for name in ("التاريخ", "الإجمالي", "التوصيل"))
    assert sheet.sheet_view.rightToLeft
    assert (date.value, date.number_format) == (
        datetime.fromisoformat("2026-11-20T13:00"),
        "yyyy-mm-dd hh:mm",
    )
    assert (total.value, total.number_format) == (795.32, "#,##0.00")
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        assert b"<v>795.32</v>" in parts.read("xl/worksheets/sheet1.xml")
    assert delivery.value == "عادي"
    reader.language = "en"
    reader.save()
    left = openpyxl.load_workbook(io.BytesIO(staff.get("/orders/?export=xlsx").content))["orders"]
    assert not left.sheet_view.rightToLeft


def test_a_search_by_htmx_answers_with_the_rows_alone(web: road.Shop, staff: Client) -> None:
    web.place(("TEE", 1), external_id="W-77")
    answer = staff.get("/orders/?q=W-77", headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert listed(answer) == ["W-77"]


def test_a_filters_form_comes_alone_when_its_chip_is_opened(web: road.Shop, staff: Client) -> None:
    web.place(("TEE", 1))
    page = staff.get("/orders/?stage=held&q=Sara&sort=-total").content.decode()
    assert 'name="location"' not in page
    assert 'hx-vals=\'{"chip": "location"}\'' in page
    asked = "/orders/?stage=held&q=Sara&sort=-total&chip=location"
    form = staff.get(asked, headers={"HX-Request": "true"}).content.decode()
    assert 'name="location" class="tick" value="RUH"' in form
    for name, value in (("stage", "held"), ("q", "Sara"), ("sort", "-total")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in form
    assert "chip" not in form.replace("checks", "")
    assert "<table" not in form


def test_warehouse_staff_have_no_list_of_orders() -> None:
    assert signed_in("warehouse", locations=["RUH"]).get("/orders/").status_code == 403


def test_channels_are_called_by_their_names(web: road.Shop, staff: Client) -> None:
    Channel.objects.filter(code="web").update(name="متجر الرياض")
    web.place(("TEE", 1))
    assert "متجر الرياض" in staff.get("/orders/").content.decode()


def test_an_open_hold_names_its_reason(web: road.Shop) -> None:
    placed = web.place(("TEE", 1))
    holds.place(Order.objects.get(pk=placed["id"]), reason="risk", actor="staff:me")
    client = signed_in("agent")
    client.post("/lists/orders/columns/", {"columns": ["hold", "total"]})
    page = client.get("/orders/").content.decode()
    assert "Risk to check" in page
