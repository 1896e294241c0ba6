"""Scarce stock over waiting orders: who is served is planned together, and done exactly so."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fulfillment import allocating, tasks
from fulfillment.models import Rerouting, RoutingDecision, Shipment
from inventory import telling
from inventory.models import Location, Product, Reservation
from oms.core.models import Event
from orders import backorders
from orders.models import Line, Order
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level
from tests.inventory.test_pages import signed_in


@pytest.fixture
def web(db, settings):
    """A shop whose arrivals wait to be allocated; nothing of TEE or MUG is there yet."""
    settings.BACKORDERS_BY_STAFF = True
    shop.location("RUH", priority=50)
    shop.location("JED")
    shop.product("TEE", RUH=0, JED=0)
    shop.product("MUG", RUH=0)
    Product.objects.update(backorder="allow")
    road.add_rate()
    yield road.open_shop()
    shop.work()
    road.prove()


def place(web, *lines, days_ago=0, **more):
    placed = timezone.now() - timedelta(days=days_ago)
    return web.routed(*lines, placed_at=placed.isoformat(), **more)


def work():
    for _ in range(3):
        telling.tell()
        shop.work()


def waits(web, order):
    return [line["backordered"] for line in web.order(order)["lines"]]


def numbers(preview):
    return [str(one.order.number) for one in preview.served]


def everything():
    return [model.objects.count() for model in (Event, Reservation, Shipment, RoutingDecision)], list(
        Order.objects.order_by("pk").values_list("version", flat=True)
    )


def test_two_later_small_orders_together_beat_the_older_big_one(web):
    big = place(web, ("TEE", 5), days_ago=9)
    small = [place(web, ("TEE", 2), days_ago=3), place(web, ("TEE", 3), days_ago=2)]
    shop.product("TEE", RUH=5)
    work()
    assert backorders.fill_due() == 0, "it waits for somebody to allocate it"
    before = everything()
    seen = allocating.preview()
    assert everything() == before, "looking writes nothing"
    assert numbers(seen) == [order["number"] for order in small]
    assert (seen.waiting, seen.chosen.orders, seen.chosen.units) == (3, 2, 5)
    assert (seen.oldest.orders, seen.oldest.units) == (1, 5)
    assert seen.chosen.cost > seen.oldest.cost > 0
    assert (seen.exact, seen.gap) == (True, Decimal(0))

    done = allocating.allocate(actor="user:noor")
    assert [str(order.number) for order in done.served] == numbers(seen)
    assert done.skipped == []
    assert [waits(web, order) for order in (big, *small)] == [[5], [0], [0]]
    assert [road.kept(order) for order in small] == [{("TEE", "RUH"): 2}, {("TEE", "RUH"): 3}]
    shop.work()
    for order in small:
        (parcel,) = web.shipments(order)
        assert parcel["lines"][0]["quantity"] == order["lines"][0]["quantity"]
        kinds = road.kinds(order)
        assert kinds.count("order.backorder_filled") == kinds.count("order.allocated") == 1
        decision = RoutingDecision.objects.get(order=order["id"])
        assert decision.trace["candidates"][0]["locations"] == ["RUH"]
        assert decision.cost == next(
            one.plan.cost for one in seen.served if str(one.order.number) == order["number"]
        )
    told = Event.objects.get(kind="allocation.done")
    assert told.data["served"] == numbers(seen)
    assert web.shipments(big) == []


def test_an_order_tagged_priority_comes_before_any_number_of_others(web):
    big = place(web, ("TEE", 5), tags=["priority"])
    small = [place(web, ("TEE", 2), days_ago=3), place(web, ("TEE", 3), days_ago=2)]
    shop.product("TEE", RUH=5)
    allocating.allocate(actor="user:noor")
    assert [waits(web, order) for order in (big, *small)] == [[0], [2], [3]]


def test_among_equals_the_older_promise_is_served(web):
    new, old = place(web, ("TEE", 3), days_ago=1), place(web, ("TEE", 3), days_ago=6)
    shop.product("TEE", RUH=3)
    assert numbers(allocating.preview()) == [old["number"]]
    allocating.allocate(actor="user:noor")
    assert (waits(web, new), waits(web, old)) == ([3], [0])


def test_an_order_gets_all_it_waits_for_or_nothing(web):
    both = place(web, ("TEE", 1), ("MUG", 2), days_ago=6)
    shop.product("TEE", RUH=1)
    seen = allocating.preview()
    assert (seen.waiting, seen.served, seen.oldest.units, seen.oldest.orders) == (1, [], 1, 0)
    shop.product("MUG", RUH=2)
    assert numbers(allocating.preview()) == [both["number"]]


def test_who_is_held_cancelled_or_robbed_in_between_is_passed_by(web, monkeypatch):
    held, gone, changed, fine = (place(web, ("TEE", 2), days_ago=9 - n) for n in range(4))
    robbed = place(web, ("MUG", 2))
    shop.product("TEE", RUH=8)
    shop.product("MUG", RUH=2)
    answer = allocating._answer

    def and_then_things_happen(queue, seconds):
        found = answer(queue, seconds)
        assert found.served == 5
        assert web.post(f"orders/{held['id']}/holds/", {"reason": "manual"}).status_code == 201
        assert web.cancel(gone).status_code == 201
        assert web.cancel(changed, ("TEE", 1)).status_code == 201
        shop.product("MUG", RUH=1)
        return found

    monkeypatch.setattr(allocating, "_answer", and_then_things_happen)
    done = allocating.allocate(actor="user:noor")
    assert [str(order.number) for order in done.served] == [fine["number"]]
    assert [(str(order.number), problem.code) for order, problem in done.skipped] == [
        (held["number"], "on_hold"),
        (gone["number"], "illegal_move"),
        (changed["number"], "illegal_move"),
        (robbed["number"], "insufficient_stock"),
    ]
    assert [waits(web, one) for one in (held, gone, changed, fine, robbed)] == [[2], [0], [1], [0], [2]]
    assert road.level("MUG", "RUH") == Level(1, 0)
    assert [web.shipments(one) for one in (held, gone, changed, robbed)] == [[]] * 4


def test_a_location_that_may_not_send_it_gives_nothing(web):
    """One refused the order before, the other does not send to its country; a location without either serves it."""
    shop.product("TEE", RUH=1)
    order = place(web, ("TEE", 3))
    (parcel,) = Shipment.objects.filter(order=order["id"])
    Rerouting.objects.create(order_id=order["id"], shipment=parcel, cause="rejected", lines=[], actor="test")
    Location.objects.filter(code="JED").update(ships_to=["AE"])
    shop.product("TEE", RUH=9, JED=9)
    assert allocating.preview().served == []
    other = place(web, ("TEE", 2))
    assert numbers(allocating.preview()) == [], "what is there was free for the new one"
    assert waits(web, other) == [0]
    shop.product("TEE", DMM=2)
    assert allocating.preview().oldest.orders == 1
    allocating.allocate(actor="user:noor")
    assert road.kept(order) == {("TEE", "RUH"): 1, ("TEE", "DMM"): 2}
    trace = RoutingDecision.objects.filter(order=order["id"]).latest("at").trace
    assert [(place["code"], [why["code"] for why in place["why_not"]]) for place in trace["locations"]] == [
        ("RUH", ["left_out"]),
        ("DMM", []),
        ("JED", ["left_out"]),
    ]


def test_what_is_collected_held_or_for_a_later_day_is_not_weighed(web):
    soon = backorders.today() + timedelta(days=4)
    pickup = place(web, ("TEE", 1), delivery={"kind": "pickup", "location": "RUH"}, shipping_address=None)
    held = place(web, ("TEE", 1))
    web.post(f"orders/{held['id']}/holds/", {"reason": "manual"})
    Product.objects.filter(sku="MUG").update(available_from=soon)
    later = place(web, ("TEE", 1), ("MUG", 1))
    shop.product("TEE", RUH=9)
    assert allocating.preview().waiting == 0
    work()
    assert [waits(web, order) for order in (pickup, held, later)] == [[0], [1], [1, 1]]


def test_kits_take_their_parts_and_split_orders_come_from_both_places(web):
    shop.product("CUP", RUH=0)
    kit = shop.product("GIFT")
    kit.components, kit.backorder = [{"sku": "CUP", "quantity": 2}, {"sku": "MUG", "quantity": 1}], "allow"
    kit.save()
    gift, split = place(web, ("GIFT", 2)), place(web, ("TEE", 5))
    shop.product("CUP", RUH=4)
    shop.product("MUG", RUH=2)
    shop.product("TEE", RUH=2, JED=3)
    assert allocating.preview().oldest.orders == 2
    assert len(allocating.allocate(actor="user:noor").served) == 2
    assert road.kept(gift) == {("CUP", "RUH"): 4, ("MUG", "RUH"): 2}
    assert road.kept(split) == {("TEE", "RUH"): 2, ("TEE", "JED"): 3}


def test_as_many_queries_for_nine_orders_as_for_two(web):
    counted = []
    for more in (2, 7):
        for _ in range(more):
            place(web, ("TEE", 1))
        shop.product("TEE", RUH=3)
        with CaptureQueriesContext(connection) as queries:
            allocating.preview()
        counted.append(len(queries))
    assert counted[0] == counted[1] < 20


def test_staff_see_it_beside_the_oldest_first_and_do_it(web, monkeypatch):
    place(web, ("TEE", 5), days_ago=9)
    small = [place(web, ("TEE", 2), days_ago=3), place(web, ("TEE", 3), days_ago=2)]
    agent = signed_in("agent")
    assert "Nothing can be given out" in agent.get("/orders/waiting/allocate/").content.decode()
    shop.product("TEE", RUH=5)
    assert "/orders/waiting/allocate/" in agent.get("/orders/waiting/").content.decode()
    page = agent.get("/orders/waiting/allocate/").content.decode()
    assert "No allocation is better." in page
    assert all(order["number"] in page for order in small)
    assert signed_in("warehouse").post("/orders/waiting/allocate/").status_code == 403

    asked = []
    monkeypatch.setattr(allocating, "AT_ONCE", 2)
    monkeypatch.setattr(allocating, "ask", lambda *, actor: asked.append(actor))
    assert "A worker" in agent.get("/orders/waiting/allocate/").content.decode()
    assert agent.post("/orders/waiting/allocate/").status_code == 302
    assert len(asked) == 1
    assert Line.objects.filter(backordered=0).count() == 0
    tasks.allocate_waiting(asked[0])
    assert Event.objects.get(kind="allocation.done").actor == asked[0]

    monkeypatch.setattr(allocating, "AT_ONCE", 200)
    shop.product("TEE", RUH=10)
    done = agent.post("/orders/waiting/allocate/", follow=True)
    assert "1 order has its stock." in done.content.decode()
    assert not Line.objects.filter(backordered__gt=0).exists()


def test_an_answer_that_is_not_proven_says_so(web, monkeypatch):
    for n in range(3):
        place(web, ("TEE", 2), days_ago=n)
    shop.product("TEE", RUH=4)
    monkeypatch.setattr(allocating, "SECONDS_AT_ONCE", 0)
    assert len(allocating.preview().served) == 2
    assert not allocating.preview().exact
    page = signed_in("agent").get("/orders/waiting/allocate/").content.decode()
    assert "It is not proven that none is better." in page
