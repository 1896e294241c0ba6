"""Half past one at night in Riyadh is half past ten of the day before in a worker: goods, papers and promises go by
the company's day, whoever works and whoever reads."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client

from channels import campaigns, notifications
from fulfillment import deadlines, manifests, short_lived
from fulfillment import tasks as fulfillment_tasks
from fulfillment.models import Manifest, Shipment
from inventory import incoming, lots, purchase_printing, purchasing, stock, suppliers, transferring
from inventory.lots import Wanted
from inventory.models import Location, Lot, LotLevel, Product, PurchaseOrder, Supplier
from oms.backoffice import bulk
from oms.backoffice.models import BulkJob
from oms.core.errors import Conflict
from oms.core.models import User
from orders import attention, describing, segments
from orders import tasks as order_tasks
from orders.models import Customer, Line, Order
from tests import shop
from tests.fulfillment import road
from tests.paper_scanner import text

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)
YESTERDAY, TODAY = date(2026, 11, 27), date(2026, 11, 28)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Any:
    cache.clear()
    attention.forget_rules()
    yield
    cache.clear()
    attention.forget_rules()


@pytest.fixture
def at_night() -> Any:
    with time_machine.travel(NIGHT, tick=False):
        yield


def at_noon() -> time_machine.travel:
    return time_machine.travel(NOON, tick=False)


def open_shop() -> road.Shop:
    road.add_rate()
    shop.product("TEE", RUH=20)
    return road.open_shop()


def in_london(role: str = "admin") -> Client:
    """Signed in as somebody whose own clocks are still on the day before."""
    client = Client()
    client.force_login(User.objects.create_user("jo", password="x", role=role, time_zone="Europe/London"))
    return client


def words(paper: bytes) -> str:
    return " ".join(text(paper).split())


def test_the_papers_of_a_parcel_carry_the_companys_day(at_night: None) -> None:
    web = open_shop()
    road.add_rate(to={"country": "AE"}, base="40.00")
    address = {**shop.ADDRESS, "city": "Dubai", "country": "AE", "short_address": ""}
    order = web.routed(("TEE", 1), shipping_address=address, language="en")
    parcel = web.up_to(web.shipment(order), "label")
    fulfillment_tasks.print_owed()
    for name in ("packing-slip", "customs", "label"):
        said = words(web.get(f"shipments/{parcel['id']}/{name}.pdf").content)
        assert ("28 November 2026" in said, "27 November 2026" in said) == (True, False), name


def test_a_purchase_order_is_dated_and_due_by_the_companys_day(at_night: None) -> None:
    order = purchasing.send(drafted(lead_days=9), actor="staff:sara")
    assert order.expected_on == date(2026, 12, 7)
    assert purchase_printing.print_owed() == 1
    said = words(purchase_printing.drawn(order) or b"")
    assert ("28 November 2026" in said, "7 December 2026" in said) == (True, True)
    assert "27 November 2026" not in said


def test_an_invoice_shows_the_day_its_hour_belongs_to(at_night: None) -> None:
    web = open_shop()
    order = web.routed(("TEE", 1), language="en")
    web.up_to(web.shipment(order), "hand_over")
    shop.work()
    order_tasks.print_owed_invoices()
    (invoice,) = web.get(f"orders/{order['id']}/invoices/").json()["data"]
    assert "28 November 2026 01:30" in words(web.get(f"invoices/{invoice['number']}.pdf").content)


def test_a_hand_over_list_is_called_after_the_day_of_its_location() -> None:
    place = shop.location("RUH")
    paper = Manifest.objects.create(
        location=place, carrier="own_fleet", at=NIGHT, language="en", shipments=[], content=b"%PDF"
    )
    answer = in_london().get(f"/handover/lists/{paper.pk}.pdf")
    assert answer["Content-Disposition"] == 'inline; filename="handover-2026-11-28.pdf"'
    assert manifests.data_of(paper).at.date() == TODAY


@pytest.fixture
def milk() -> Product:
    """Four units whose last day was yesterday, four good for one day more; no clock had come to that at noon."""
    shop.location("RUH")
    product = shop.product("MILK")
    Product.objects.filter(pk=product.pk).update(tracks_lots=True, shelf_life_days=30)
    with at_noon():
        arrive("OLD", YESTERDAY)
        arrive("LAST", TODAY)
    return Product.objects.get(pk=product.pk)


def arrive(code: str, expires_on: date | None) -> None:
    product, place = Product.objects.get(sku="MILK"), Location.objects.get(code="RUH")
    coming = stock.Incoming(product.pk, place.pk, 4, lot=code, expires_on=expires_on)
    stock.receive([coming], cause="purchased", reference="purchase/PO1", actor="test")


def lying(code: str) -> tuple[int, int]:
    """On hand and in quality control."""
    row = LotLevel.objects.get(lot__code=code)
    return row.on_hand, row.quality_control


def test_no_picker_takes_a_lot_whose_last_day_is_over_for_the_company(milk: Product, at_night: None) -> None:
    place = Location.objects.get(code="RUH").pk
    found = lots.choices(place, [milk.pk])[milk.pk]
    assert [(one.code, one.free) for one in found] == [("LAST", 4)]
    with pytest.raises(Conflict) as told:
        lots.take(place, [Wanted(milk, 1, "OLD")])
    assert told.value.code == "lot_expired"
    (taken,) = lots.take(place, [Wanted(milk, 1)])
    assert taken.lot_id == Lot.objects.get(code="LAST").pk


def test_a_lot_is_set_aside_once_the_companys_day_is_over(milk: Product) -> None:
    with at_noon():
        assert lots.set_aside_due() == 0
    with time_machine.travel(NIGHT, tick=False):
        assert lots.set_aside_due() == 4
    assert (lying("OLD"), lying("LAST")) == ((4, 4), (4, 0))


def test_a_lot_locked_up_is_not_let_go_after_its_last_day(milk: Product, at_night: None) -> None:
    lot = Lot.objects.get(code="OLD")
    lots.quarantine(lot, reason="smells", actor="test")
    with pytest.raises(Conflict) as told:
        lots.release(lot, reason="fine", actor="test")
    assert told.value.code == "lot_expired"


def test_what_arrives_at_night_is_good_from_the_companys_day_on(milk: Product, at_night: None) -> None:
    arrive("NEW", None)
    arrive("LATE", YESTERDAY)
    assert Lot.objects.get(code="NEW").expires_on == date(2026, 12, 28)
    assert (lying("NEW"), lying("LATE")) == ((4, 0), (4, 4))


def test_a_picker_is_asked_for_lots_good_on_the_companys_day_of_arrival() -> None:
    assert short_lived.good_until(Shipment(promised_latest=NIGHT), NOON) == TODAY


def test_the_list_of_lots_is_the_same_on_everybodys_clocks(milk: Product, at_night: None) -> None:
    page = in_london()
    expired = page.get("/lots/?state=expired").context["list"].rows
    soon = page.get("/lots/?state=soon").context["list"].rows
    assert ([lot.code for lot in expired], [lot.code for lot in soon]) == (["OLD"], ["LAST"])


def drafted(**facts: Any) -> PurchaseOrder:
    """Twenty shirts asked of a supplier."""
    given = {
        "name": "Al Noor Textiles",
        "contact": "Huda",
        "email": "sales@alnoor.example",
        "phone": "",
        "address": None,
        "currency": "SAR",
        "language": "en",
        "lead_days": 0,
        "active": True,
    }
    supplier = suppliers.add(suppliers.clean(Supplier(code="NOOR"), **{**given, **facts}), actor="test")
    tee = shop.product("TEE")
    suppliers.set_price(supplier, tee, price=Decimal(8), actor="test")
    wanted = [purchasing.Wanted(tee, 20)]
    return purchasing.draft(supplier, shop.location("RUH"), lines=wanted, actor="staff:sara")


def test_a_delivery_expected_yesterday_counts_as_coming_on_the_companys_day() -> None:
    with at_noon():
        order = purchasing.send(drafted(), actor="staff:sara")
        page = in_london()
        assert order.expected_on == YESTERDAY
        assert list(page.get("/purchases/?step=late").context["list"].rows) == []
    with time_machine.travel(NIGHT, tick=False):
        tee = Product.objects.get(sku="TEE")
        assert incoming.expected([tee.pk]) == {tee.pk: [(TODAY, 20)]}
        assert list(page.get("/purchases/?step=late").context["list"].rows) == [order]


def test_a_transfer_that_leaves_at_night_leaves_on_the_companys_day(at_night: None) -> None:
    tee = shop.product("TEE", RUH=10)
    asked = transferring.Request(shop.location("RUH"), [transferring.Asked(tee, 4)])
    (transfer,) = transferring.request(
        shop.location("JED"), [asked], expected_on=YESTERDAY, actor="staff:jed"
    )
    assert transferring.ship(transfer, actor="staff:ruh").expected_on == TODAY


def test_a_back_order_is_stuck_once_the_companys_day_it_waits_for_is_over() -> None:
    with at_noon():
        web = open_shop()
        shop.product("LAMP", RUH=0)
        Product.objects.filter(sku="LAMP").update(backorder="allow")
        placed = web.routed(("LAMP", 1))
        Order.objects.filter(pk=placed["id"]).update(stage_since=datetime(2026, 10, 1, tzinfo=UTC))
        Line.objects.filter(order=placed["id"]).update(expected_at=YESTERDAY)
        page = in_london("agent")
        assert not attention.stuck(Order.objects.all()).exists()
        assert page.get(f"/orders/{placed['number']}/").context.get("stuck") is None
    with time_machine.travel(NIGHT, tick=False):
        assert attention.stuck(Order.objects.all()).count() == 1
        assert attention.count_stuck(1000)["backordered"] == 1
        assert page.get(f"/orders/{placed['number']}/").context.get("stuck") is not None


def test_a_promise_to_where_we_do_not_know_the_clocks_ends_with_the_companys_day() -> None:
    promised = deadlines.deadline("next_day", "US", NIGHT)
    assert promised == datetime(2026, 11, 29, 20, 59, 59, tzinfo=UTC)


def test_a_refused_return_names_the_last_day_on_the_receivers_clocks() -> None:
    with time_machine.travel(NIGHT, tick=False):
        web = open_shop()
        order = web.routed(("TEE", 1))
        parcel = web.up_to(web.shipment(order), "hand_over")
        web.scan(parcel, "delivered")
    with time_machine.travel(datetime(2026, 12, 13, 9, 0, tzinfo=UTC), tick=False):
        line = {"id": order["lines"][0]["id"], "quantity": 1, "reason": "size"}
        asked = {"order": order["id"], "lines": [line], "method": "branch", "resolution": "refund"}
        answer = web.post("returns/", asked)
    assert (answer.status_code, answer.json()["rule"]) == (409, "window")
    assert answer.json()["errors"][0]["detail"] == "TEE could be sent back until 2026-12-12."


@pytest.fixture
def sara() -> Customer:
    """Who bought something at night and agreed to hear more."""
    with time_machine.travel(NIGHT, tick=False):
        open_shop().routed(("TEE", 1))
        return describing.agree(Customer.objects.get(), "agreed", actor="staff:maha")


def test_a_campaign_says_the_companys_day_of_the_last_order(sara: Customer) -> None:
    told = {"en": {"subject": "Since {last_order_day}", "body": "Come back."}}
    draft = campaigns.draft(
        name="Winter", channel=shop.channel(), texts=told, fallback="en", actor="staff:maha"
    )
    campaigns.start(draft, actor="staff:maha")
    mail.outbox.clear()
    while campaigns.run_due():
        pass
    notifications.send_due()
    assert "Since Saturday, 28 November 2026" in [letter.subject for letter in mail.outbox]


def test_a_segment_means_the_same_customers_on_a_page_and_in_a_worker(sara: Customer) -> None:
    Customer.objects.update(last_order_at=NIGHT)
    everyone, page = Customer.objects.all(), in_london("agent")
    since, until = (segments.Conditions(last_after=TODAY), segments.Conditions(last_before=YESTERDAY))
    assert (segments.members(since, everyone).count(), segments.members(until, everyone).count()) == (1, 0)
    for asked, rows in ((f"last_after={TODAY}", [sara]), (f"last_before={YESTERDAY}", [])):
        assert list(page.get(f"/customers/?{asked}").context["list"].rows) == rows


def test_a_customers_page_dates_what_happened_by_its_readers_clocks(sara: Customer) -> None:
    client = Client()
    client.force_login(User.objects.create_user("noor", password="x", role="agent"))
    page = client.get(f"/customers/{sara.pk}/").content.decode()
    assert "First order <bdi>28 November 2026</bdi>" in page
    page = in_london("agent").get(f"/customers/{sara.pk}/").content.decode()
    assert "First order <bdi>27 November 2026</bdi>" in page


def test_an_export_is_called_after_the_day_of_who_asked_for_it(sara: Customer, at_night: None) -> None:
    page = in_london("agent")
    page.post("/orders/bulk/export/", {"all": "1", "state": "", "next": "/orders/", "format": "csv"})
    while bulk.run_due(60):
        pass
    assert BulkJob.objects.get().filename == "orders-2026-11-27.csv"
