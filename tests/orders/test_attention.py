"""What surfaces by itself: orders stuck at a stage, important ones, parcels that are due."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from fulfillment import clocks
from fulfillment.models import Shipment
from inventory.models import Location, Product
from oms.core import company
from oms.core.errors import Invalid
from oms.core.models import Event, User
from orders import attention, backorders, describing
from orders.models import Attention, Customer, Line, Order
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> Any:
    cache.clear()
    attention.forget_rules()
    yield
    cache.clear()
    attention.forget_rules()


@pytest.fixture
def web() -> road.Shop:
    road.add_rate()
    shop.product("TEE", RUH=20)
    return road.open_shop()


@pytest.fixture
def agent() -> Client:
    return signed_in("agent")


def signed_in(role: str, **facts: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"the-{role}", password="x", role=role, **facts))
    return client


def set_rules(**changes: Any) -> None:
    attention.set_rules(changes, actor="staff:1")
    attention.forget_rules()


def lamp() -> None:
    """One that is sold before it is there."""
    shop.product("LAMP", RUH=0)
    Product.objects.filter(sku="LAMP").update(backorder="allow")


def stands(order: dict[str, Any], since: timedelta) -> None:
    Order.objects.filter(pk=order["id"]).update(stage_since=timezone.now() - since)


def stuck() -> set[str]:
    return set(attention.stuck(Order.objects.all()).values_list("external_id", flat=True))


def listed(client: Client, query: str) -> set[str]:
    return {row.external_id for row in client.get(f"/orders/?{query}").context["list"].rows}


# --- the clock of a stage ------------------------------------------------------------------------------------


def test_a_stages_clock_begins_with_the_stage_and_with_nothing_else(web: road.Shop) -> None:
    order = web.routed(("TEE", 1))
    stands(order, timedelta(hours=5))
    before = Order.objects.get(pk=order["id"]).stage_since
    etag = web.get(f"orders/{order['id']}/")["ETag"]
    assert web.patch(f"orders/{order['id']}/", {"note": "by the gate"}, etag).status_code == 200
    assert Order.objects.get(pk=order["id"]).stage_since == before
    assert web.post(f"orders/{order['id']}/holds/", {"reason": "manual"}).status_code == 201
    held = Order.objects.get(pk=order["id"])
    assert (held.stage, timezone.now() - held.stage_since < timedelta(minutes=1)) == ("held", True)


def test_an_order_is_stuck_from_the_hour_its_stage_allows(web: road.Shop) -> None:
    order = web.routed(("TEE", 1), external_id="W-1")
    stands(order, timedelta(hours=23, minutes=59))
    assert stuck() == set()
    stands(order, timedelta(hours=24, minutes=1))
    assert stuck() == {"W-1"}
    assert attention.count_stuck(1000) == {stage: int(stage == "allocated") for stage in attention.STANDS}
    set_rules(allocated=48)
    assert stuck() == set()
    set_rules(allocated=None)
    stands(order, timedelta(days=900))
    assert stuck() == set()
    assert attention.count_stuck(1000)["placed"] == 0


def test_what_has_ended_is_never_stuck(web: road.Shop) -> None:
    order = web.routed(("TEE", 1))
    assert web.cancel(order).status_code == 201
    stands(order, timedelta(days=900))
    assert stuck() == set()


def test_a_back_order_is_stuck_only_once_its_goods_should_have_come(web: road.Shop) -> None:
    lamp()
    order = web.routed(("LAMP", 1), external_id="W-1")
    stands(order, timedelta(days=30))
    line = Line.objects.get(order=order["id"])
    Line.objects.filter(pk=line.pk).update(expected_at=company.today() + timedelta(days=3))
    assert (stuck(), attention.count_stuck(1000)["backordered"]) == (set(), 0)
    Line.objects.filter(pk=line.pk).update(expected_at=company.today() - timedelta(days=1))
    assert (stuck(), attention.count_stuck(1000)["backordered"]) == ({"W-1"}, 1)
    Line.objects.filter(pk=line.pk).update(expected_at=None)
    assert stuck() == {"W-1"}


def test_the_page_says_where_it_stands_and_how_long_it_may(web: road.Shop, agent: Client) -> None:
    order = web.routed(("TEE", 1), external_id="W-1")
    assert "hourglass" not in agent.get(f"/orders/{order['number']}/").content.decode()
    stands(order, timedelta(hours=30))
    page = agent.get(f"/orders/{order['number']}/").content.decode()
    assert "To pick for <bdi>30 hr</bdi>" in page
    assert "It may stand so for <bdi>24 hr</bdi>." in page
    assert listed(agent, "stuck=true") == {"W-1"}
    tabs = {str(tab.label): tab.count for tab in agent.get("/orders/").context["list"].tabs}
    assert (tabs["Stuck"], tabs["Important"]) == (1, 0)


# --- important orders ----------------------------------------------------------------------------------------


def test_the_rules_call_new_orders_important_and_say_why(web: road.Shop) -> None:
    set_rules(value=Decimal(500), services=["same_day"], tags=["VIP"])
    road.add_rate(service="same_day", days=[0, 0])
    plain = web.routed(("TEE", 1))
    dear = web.routed(("TEE", 5))
    fast = web.routed(("TEE", 1), shipping={"service": "same_day", "price": "25.00"})
    liked = web.routed(("TEE", 1), tags=["VIP"])
    assert {
        each["id"]: Order.objects.get(pk=each["id"]).importance for each in (plain, dear, fast, liked)
    } == {
        plain["id"]: [],
        dear["id"]: ["value"],
        fast["id"]: ["service"],
        liked["id"]: ["tag"],
    }
    told = Event.objects.filter(kind="order.important").order_by("id")
    assert [(event.thread, event.data["reasons"], event.actor) for event in told] == [
        (f"order/{dear['number']}", ["value"], "system"),
        (f"order/{fast['number']}", ["service"], "system"),
        (f"order/{liked['number']}", ["tag"], "system"),
    ]


def test_an_important_customers_next_order_is_important(web: road.Shop) -> None:
    set_rules(tags=["VIP"])
    first = web.routed(("TEE", 1))
    describing.set_tags(Customer.objects.get(), ["VIP"], actor="staff:1")
    second = web.routed(("TEE", 1))
    marked = Order.objects.exclude(importance=[]).values_list("pk", flat=True)
    assert [str(pk) for pk in marked] == [second["id"]]
    assert Order.objects.get(pk=first["id"]).importance == []


def test_a_value_counts_in_the_companys_own_currency_only(web: road.Shop) -> None:
    set_rules(value=Decimal(500))
    order = Order.objects.get(pk=web.place(("TEE", 5))["id"])
    order.currency = "IRR"
    assert attention.judge(order, []) == []


def test_staff_mark_an_order_and_unmark_what_a_rule_marked(web: road.Shop, agent: Client) -> None:
    set_rules(value=Decimal(500))
    order = web.routed(("TEE", 5), external_id="W-1")
    address = f"/orders/{order['number']}/important/"
    version = Order.objects.get(pk=order["id"]).version
    for said, importance in (("no", []), ("no", []), ("yes", ["staff"]), ("yes", ["staff"])):
        assert agent.post(address, {"important": said}).status_code == 302
        assert Order.objects.get(pk=order["id"]).importance == importance
    assert road.kinds(order)[-2:] == ["order.unimportant", "order.important"]
    assert Order.objects.get(pk=order["id"]).version == version
    assert listed(agent, "important=true") == {"W-1"}
    assert "Important: Marked by hand" in agent.get("/orders/").content.decode()
    assert web.cancel(order).status_code == 201
    assert listed(agent, "important=true") == set()


def test_a_warehouse_marks_nothing(web: road.Shop) -> None:
    order = web.routed(("TEE", 1))
    picker = signed_in("warehouse", locations=["RUH"])
    assert picker.post(f"/orders/{order['number']}/important/", {"important": "yes"}).status_code == 403
    assert Order.objects.get(pk=order["id"]).importance == []


# --- the clock of a parcel -----------------------------------------------------------------------------------


def test_a_parcels_clock_runs_to_its_cut_off_then_to_its_promise_then_not_at_all(web: road.Shop) -> None:
    # A Sunday; the warehouse closes its day at 14:00 in Riyadh.
    with time_machine.travel(datetime(2026, 11, 22, 6, 0, tzinfo=UTC), tick=False):
        order = web.routed(("TEE", 1))
        shipment = web.shipment(order)
        parcel = Shipment.objects.get(pk=shipment["id"])
        assert parcel.ship_by == parcel.due_at == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
        found = clocks.clock(parcel)
        assert found is not None
        assert (found.leaving, found.pace) == (True, "on_time")
    with time_machine.travel(datetime(2026, 11, 22, 8, 0, tzinfo=UTC), tick=False):
        assert clocks.due_soon(Shipment.objects.all()).count() == 1
        assert clocks.late(Shipment.objects.all()).count() == 0
    with time_machine.travel(datetime(2026, 11, 22, 11, 1, tzinfo=UTC), tick=False):
        assert clocks.due_soon(Shipment.objects.all()).count() == 0
        assert clocks.late(Shipment.objects.all()).count() == 1
        web.up_to(shipment, "hand_over")
        parcel.refresh_from_db()
        assert parcel.due_at == parcel.promised_latest
        assert clocks.late(Shipment.objects.all()).count() == 0
        web.scan(shipment, "delivered")
        parcel.refresh_from_db()
        assert parcel.due_at is None
        assert clocks.clock(parcel) is None


def test_a_clock_says_whether_it_is_of_leaving_or_of_arriving(web: road.Shop, agent: Client) -> None:
    order = web.routed(("TEE", 1))
    shipment = web.shipment(order)
    parcel = Shipment.objects.filter(pk=shipment["id"])
    pages = (f"/orders/{order['number']}/", f"/shipments/{shipment['number']}/", "/orders/")

    def told(left: timedelta, promise: str, words: str) -> None:
        parcel.update(**{promise: timezone.now() + left + timedelta(seconds=5)})
        texts = {address: agent.get(address).content.decode() for address in pages}
        assert [address for address, text in texts.items() if words not in text] == []

    told(timedelta(hours=3), "ship_by", "Ship within 3 hr")
    told(timedelta(hours=-2), "ship_by", "Shipping 2 hr late")
    assert "deliver by" in agent.get(pages[0]).content.decode()
    web.up_to(shipment, "hand_over")
    told(timedelta(hours=5), "promised_latest", "Deliver within 5 hr")
    assert "Shipping 2 hr late" not in agent.get(pages[0]).content.decode()
    told(timedelta(hours=-3), "promised_latest", "Delivery 3 hr late")
    web.scan(shipment, "delivered")
    text = agent.get(pages[0]).content.decode()
    assert ("delivered <time" in text, "Delivery 3 hr late" in text) == (True, False)


def test_the_queue_is_worked_by_the_clock(web: road.Shop) -> None:
    picker = signed_in("warehouse", locations=["RUH"])
    first, second, third = (web.shipment(web.routed(("TEE", 1))) for _ in range(3))
    now = timezone.now()
    hours = {first["number"]: 6, second["number"]: -4, third["number"]: 3}
    for number, left in hours.items():
        Shipment.objects.filter(number=number).update(ship_by=now + timedelta(hours=left, minutes=1))
    page = picker.get("/release/")
    assert [row.number for row in page.context["list"].rows] == [
        second["number"],
        third["number"],
        first["number"],
    ]
    text = page.content.decode()
    told = ("Shipping 4 hr late", "Ship within 3 hr", "Ship within 6 hr")
    assert [words for words in told if words in text] == list(told)
    late = picker.get("/release/?late=true").context["list"]
    assert [row.number for row in late.rows] == [second["number"]]
    assert {str(tab.label): tab.count for tab in late.tabs} == {"To release": 3, "Late": 1}
    soon = picker.get("/release/?late=soon").context["list"]
    assert [row.number for row in soon.rows] == [third["number"]]
    for shipment in (first, second, third):
        web.release(shipment)
    assert picker.get("/picking/next/", {"after": second["number"]}).url == f"/picking/{third['number']}/"


def test_units_that_join_a_parcel_after_its_cut_off_move_its_clock(web: road.Shop) -> None:
    lamp()
    with time_machine.travel(datetime(2026, 11, 22, 6, 0, tzinfo=UTC), tick=False):
        order = web.routed(("TEE", 1), ("LAMP", 1))
        shipment = Shipment.objects.get()
        assert shipment.ship_by == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 11, 22, 12, 0, tzinfo=UTC), tick=False):
        shop.product("LAMP", RUH=1)
        backorders.fill_due()
        shop.work()
        later = {each.ship_by for each in Shipment.objects.filter(order=order["id"])}
        assert datetime(2026, 11, 23, 11, 0, tzinfo=UTC) in later


# --- the rules -----------------------------------------------------------------------------------------------


def test_the_company_says_what_needs_attention(web: road.Shop) -> None:
    manager = signed_in("manager")
    body = dict.fromkeys(attention.STANDS, "") | {
        "picking": "۶", "soon": "2", "value": "٥٠٠", "services": ["same_day"], "tags": "VIP، Press",
    }  # fmt: skip
    answer = manager.post("/settings/attention/", body)
    assert (answer.status_code, answer.url) == (302, "/settings/")
    kept = Attention.objects.get()
    assert (kept.picking, kept.placed, kept.soon, kept.value) == (6, None, 2, Decimal(500))
    assert (kept.services, kept.tags) == (["same_day"], ["VIP", "Press"])
    event = Event.objects.get(kind="attention.changed")
    assert "picking" in event.data["fields"]
    assert manager.post("/settings/attention/", body).status_code == 302
    assert Event.objects.filter(kind="attention.changed").count() == 1


def test_a_wrong_rule_is_refused_beside_its_field(web: road.Shop) -> None:
    manager = signed_in("manager")
    answer = manager.post("/settings/attention/", {"picking": "0", "soon": "", "value": "-1"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"picking", "soon", "value"}
    assert not Attention.objects.exists()
    with pytest.raises(Invalid):
        attention.set_rules({"held": 10_001}, actor="staff:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Attention.objects.create(pk=1, held=0)


def test_the_rules_are_not_an_agents_to_change(agent: Client) -> None:
    assert agent.get("/settings/attention/").status_code == 403


# --- the start -----------------------------------------------------------------------------------------------


def test_the_start_shows_what_needs_attention_and_each_opens_its_list(web: road.Shop, agent: Client) -> None:
    set_rules(tags=["VIP"])
    waiting = web.routed(("TEE", 1), external_id="stuck")
    web.routed(("TEE", 1), external_id="vip", tags=["VIP"])
    now = timezone.now()
    Shipment.objects.update(ship_by=now + timedelta(hours=9))
    Shipment.objects.filter(order=waiting["id"]).update(ship_by=now - timedelta(hours=1))
    stands(waiting, timedelta(hours=30))
    page = agent.get("/")
    known = page.context["figures"]
    assert (known.late, known.due_soon, known.important, page.context["stuck"]["count"]) == (1, 0, 1, 1)
    lists = page.context["lists"]
    for name, found in (("stuck", {"stuck"}), ("important", {"vip"})):
        assert listed(agent, lists[name].partition("?")[2]) == found
    for name, count in (("late", 1), ("soon", 0)):
        assert len(agent.get(lists[name]).context["list"].rows) == count


def test_the_start_renews_itself_without_its_frame(web: road.Shop, agent: Client) -> None:
    part = agent.get("/", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div class="columns" id="dashboard"')
    assert "<html" not in part
    assert 'hx-trigger="every 30s"' in part


def test_a_warehouses_start_shows_its_own_parcels_alone(web: road.Shop) -> None:
    shop.location("JED")
    web.routed(("TEE", 1))
    Shipment.objects.update(ship_by=timezone.now() - timedelta(hours=1))
    here = signed_in("warehouse", locations=["RUH"])
    assert here.get("/").context["figures"].late == 1
    Shipment.objects.update(location=Location.objects.get(code="JED"))
    known = here.get("/").context["figures"]
    assert (known.late, known.stuck, known.important) == (0, None, None)
