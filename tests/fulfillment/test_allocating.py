"""Scarce stock over waiting orders: who is served is planned together, and done exactly so."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fulfillment import allocating, previewing, ruling, serving, tasks
from fulfillment.models import AllocationRow, AllocationRun, Rerouting, RoutingDecision, Shipment
from fulfillment.ruling import RuleForm
from fulfillment.strategies import Aim, Conditions
from inventory import telling
from inventory.models import Location, Product, Reservation
from oms.core import company
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


def allocate():
    """A run to its end."""
    run = allocating.start(actor="user:noor", at_once=True)
    assert allocating.advance(run.pk)
    run.refresh_from_db()
    return run


def came(run, outcome="served"):
    """The orders of one outcome as (number, code), who comes first first."""
    rows = run.rows.filter(outcome=outcome).select_related("order").order_by("position")
    return [(str(row.order.number), row.code) for row in rows]


def got(run):
    return [number for number, _ in came(run)]


def everything():
    return [
        model.objects.count() for model in (Event, Reservation, Shipment, RoutingDecision, AllocationRun)
    ], list(Order.objects.order_by("pk").values_list("version", flat=True))


def test_two_later_small_orders_together_beat_the_older_big_one(web):
    big = place(web, ("TEE", 5), days_ago=9)
    small = [place(web, ("TEE", 2), days_ago=3), place(web, ("TEE", 3), days_ago=2)]
    shop.product("TEE", RUH=5)
    work()
    assert backorders.fill_due() == 0, "it waits for somebody to allocate it"
    before = everything()
    seen = previewing.preview()
    assert everything() == before, "looking writes nothing"
    assert numbers(seen) == [order["number"] for order in small]
    assert (seen.waiting, seen.chosen.orders, seen.chosen.units) == (3, 2, 5)
    assert (seen.oldest.orders, seen.oldest.units) == (1, 5)
    assert seen.chosen.cost > seen.oldest.cost > 0
    assert (seen.exact, seen.gap) == (True, Decimal(0))

    done = allocate()
    assert got(done) == numbers(seen)
    assert came(done, "left") == [(big["number"], "not_served")]
    assert (done.waiting, done.planned, done.served, done.skipped, done.left) == (3, 2, 2, 0, 1)
    assert (done.units, done.cost) == (5, seen.chosen.cost)
    assert (done.contests, done.proven, done.exact, done.gap) == (1, 1, True, Decimal(0))
    assert (done.running, done.due_at, done.stopped) == (False, None, "")
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
    assert (told.thread, told.data["served"], told.data["waiting"]) == (f"allocation/{done.pk}", 2, 3)
    assert web.shipments(big) == []


def test_an_order_tagged_priority_comes_before_any_number_of_others(web):
    big = place(web, ("TEE", 5), tags=["priority"])
    small = [place(web, ("TEE", 2), days_ago=3), place(web, ("TEE", 3), days_ago=2)]
    shop.product("TEE", RUH=5)
    allocate()
    assert [waits(web, order) for order in (big, *small)] == [[0], [2], [3]]


def test_among_equals_the_older_promise_is_served(web):
    new, old = place(web, ("TEE", 3), days_ago=1), place(web, ("TEE", 3), days_ago=6)
    shop.product("TEE", RUH=3)
    assert numbers(previewing.preview()) == [old["number"]]
    allocate()
    assert (waits(web, new), waits(web, old)) == ([3], [0])


def test_an_order_gets_all_it_waits_for_or_nothing(web):
    both = place(web, ("TEE", 1), ("MUG", 2), days_ago=6)
    shop.product("TEE", RUH=1)
    seen = previewing.preview()
    assert (seen.waiting, seen.served, seen.oldest.units, seen.oldest.orders) == (1, [], 1, 0)
    shop.product("MUG", RUH=2)
    assert numbers(previewing.preview()) == [both["number"]]


def test_who_is_held_cancelled_or_robbed_in_between_is_passed_by(web, monkeypatch):
    held, gone, changed, fine = (place(web, ("TEE", 2), days_ago=9 - n) for n in range(4))
    robbed = place(web, ("MUG", 2))
    shop.product("TEE", RUH=8)
    shop.product("MUG", RUH=2)
    answer = serving.weigh

    def and_then_things_happen(queue, seconds):
        found = answer(queue, seconds)
        assert found.served == 5
        assert web.post(f"orders/{held['id']}/holds/", {"reason": "manual"}).status_code == 201
        assert web.cancel(gone).status_code == 201
        assert web.cancel(changed, ("TEE", 1)).status_code == 201
        shop.product("MUG", RUH=1)
        return found

    monkeypatch.setattr(serving, "weigh", and_then_things_happen)
    done = allocate()
    assert got(done) == [fine["number"]]
    assert (done.planned, done.served, done.skipped) == (5, 1, 4)
    assert came(done, "skipped") == [
        (held["number"], "on_hold"),
        (gone["number"], "illegal_move"),
        (changed["number"], "changed"),
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
    assert previewing.preview().served == []
    other = place(web, ("TEE", 2))
    assert numbers(previewing.preview()) == [], "what is there was free for the new one"
    assert waits(web, other) == [0]
    shop.product("TEE", DMM=2)
    assert previewing.preview().oldest.orders == 1
    allocate()
    assert road.kept(order) == {("TEE", "RUH"): 1, ("TEE", "DMM"): 2}
    trace = RoutingDecision.objects.filter(order=order["id"]).latest("at").trace
    assert [(place["code"], [why["code"] for why in place["why_not"]]) for place in trace["locations"]] == [
        ("RUH", ["left_out"]),
        ("DMM", []),
        ("JED", ["left_out"]),
    ]


def test_what_is_collected_held_or_for_a_later_day_is_not_weighed(web):
    soon = company.today() + timedelta(days=4)
    pickup = place(web, ("TEE", 1), delivery={"kind": "pickup", "location": "RUH"}, shipping_address=None)
    held = place(web, ("TEE", 1))
    web.post(f"orders/{held['id']}/holds/", {"reason": "manual"})
    Product.objects.filter(sku="MUG").update(available_from=soon)
    later = place(web, ("TEE", 1), ("MUG", 1))
    shop.product("TEE", RUH=9)
    assert previewing.preview().waiting == 0
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
    assert previewing.preview().oldest.orders == 2
    assert allocate().served == 2
    assert road.kept(gift) == {("CUP", "RUH"): 4, ("MUG", "RUH"): 2}
    assert road.kept(split) == {("TEE", "RUH"): 2, ("TEE", "JED"): 3}


def test_as_many_queries_for_nine_orders_as_for_two(web):
    counted = []
    for more in (2, 7):
        for _ in range(more):
            place(web, ("TEE", 1))
        shop.product("TEE", RUH=3)
        with CaptureQueriesContext(connection) as queries:
            previewing.preview()
        counted.append(len(queries))
    assert counted[0] == counted[1] < 20


def test_each_order_is_routed_by_its_own_rule(web):
    """Two orders of one batch: by cost from the near place, by priority from the far one that comes first."""
    road.add_rate(base="5.00", **{"from": ["JED"]})
    aim = Aim(kind="lexicographic", objectives=["priority"])
    ruling.add_rule(RuleForm("By priority", Conditions(tags=["vip"]), aim), actor="staff:noor")
    plain, vip = place(web, ("TEE", 2)), place(web, ("TEE", 2), tags=["vip"])
    shop.product("TEE", RUH=2, JED=2)
    assert previewing.preview().oldest.orders == 2
    run = allocate()
    assert run.served == 2
    assert road.kept(plain) == {("TEE", "JED"): 2}
    assert road.kept(vip) == {("TEE", "RUH"): 2}
    named = {
        str(one.order.number): (one.trace["rule"] or {}).get("name")
        for one in RoutingDecision.objects.select_related("order")
        if one.order.number in (int(plain["number"]), int(vip["number"]))
    }
    assert named[vip["number"]] == "By priority"
    assert named[plain["number"]] != "By priority"


def test_who_asks_while_one_runs_gets_that_one(web):
    place(web, ("TEE", 1))
    first = allocating.start(actor="user:noor")
    assert allocating.start(actor="user:omar") == first
    assert Event.objects.filter(kind="allocation.asked").count() == 1
    assert allocating.work_off() == 1
    assert allocating.start(actor="user:omar") != first


def test_a_run_whose_worker_dies_half_way_goes_on_and_serves_nobody_twice(web, monkeypatch):
    orders = [place(web, ("TEE", 1), days_ago=9 - n) for n in range(4)]
    shop.product("TEE", RUH=4)
    run, served, serve = allocating.start(actor="user:noor"), [], serving.serve

    def killed_in_the_third(queue, n, plan, actor):
        serve(queue, n, plan, actor)
        served.append(queue.orders[n].number)
        if len(served) == 3:
            raise SystemExit

    monkeypatch.setattr(serving, "serve", killed_in_the_third)
    with pytest.raises(SystemExit):
        allocating.work_off()
    run.refresh_from_db()
    assert (run.running, run.planned, run.served, run.units) == (True, 4, 2, 2)
    assert [waits(web, order) for order in orders] == [[0], [0], [1], [1]], "the third was not half served"
    assert web.shipments(orders[2]) == []
    assert allocating.work_off() == 0, "its lease still stands"

    AllocationRun.objects.update(due_at=run.asked_at)
    assert allocating.work_off() == 1
    run.refresh_from_db()
    assert (run.running, run.waiting, run.planned, run.served, run.units) == (False, 4, 4, 4, 4)
    assert sorted(got(run)) == sorted(order["number"] for order in orders)
    assert [road.kinds(order).count("order.allocated") for order in orders] == [1, 1, 1, 1]
    assert len(served) == len({*served}) + 1 == 5


def test_a_run_that_kills_every_worker_ends_and_says_so(web, monkeypatch):
    place(web, ("TEE", 1))

    def fatal(queue, seconds):
        raise SystemExit

    monkeypatch.setattr(serving, "weigh", fatal)
    run = allocating.start(actor="user:noor")
    for _ in range(allocating.TRIES):
        with pytest.raises(SystemExit):
            allocating.work_off()
        AllocationRun.objects.update(due_at=run.asked_at)
    assert allocating.work_off() == 0
    run.refresh_from_db()
    assert (run.running, run.stopped) == (False, "error")


def test_one_stopped_serves_nobody_more(web, monkeypatch):
    orders = [place(web, ("TEE", 1), days_ago=9 - n) for n in range(3)]
    shop.product("TEE", RUH=3)
    run, one, begun = allocating.start(actor="user:noor"), allocating._one, []

    def and_somebody_stops_it(*args):
        begun.append(args)
        if len(begun) == 2:
            allocating.stop(run)
        return one(*args)

    monkeypatch.setattr(allocating, "_one", and_somebody_stops_it)
    assert allocating.work_off() == 0
    run.refresh_from_db()
    assert (run.running, run.stopped, run.served) == (False, "asked", 1)
    assert [waits(web, order) for order in orders] == [[0], [1], [1]]
    assert (len(begun), allocating.work_off()) == (2, 0)
    assert Event.objects.get(kind="allocation.done").data["stopped"] == "asked"


def test_one_order_that_goes_wrong_spoils_no_other(web, monkeypatch):
    orders = [place(web, ("TEE", 1), days_ago=9 - n) for n in range(3)]
    shop.product("TEE", RUH=3)
    serve = serving.serve

    def wrong_for_the_second(queue, n, plan, actor):
        serve(queue, n, plan, actor)
        if n == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(serving, "serve", wrong_for_the_second)
    run = allocate()
    assert (run.served, run.skipped) == (2, 1)
    assert came(run, "skipped") == [(orders[1]["number"], "error")]
    assert [waits(web, order) for order in orders] == [[0], [1], [0]]


def test_what_came_of_each_order_goes_after_three_months(web):
    place(web, ("TEE", 1))
    shop.product("TEE", RUH=1)
    run = allocate()
    assert allocating.forget_old() == 0
    AllocationRun.objects.update(finished_at=run.finished_at - timedelta(days=91))
    assert allocating.forget_old() == 1
    assert not AllocationRow.objects.exists()
    assert AllocationRun.objects.count() == 1


def test_staff_see_it_beside_the_oldest_first_and_do_it(web, monkeypatch):
    big = place(web, ("TEE", 5), days_ago=9)
    small = [place(web, ("TEE", 2), days_ago=3), place(web, ("TEE", 3), days_ago=2)]
    agent = signed_in("agent")
    assert "Nothing can be given out" in agent.get("/orders/waiting/allocate/").content.decode()
    shop.product("TEE", RUH=5)
    assert "/orders/waiting/allocate/" in agent.get("/orders/waiting/").content.decode()
    page = agent.get("/orders/waiting/allocate/").content.decode()
    assert "No allocation is better." in page
    assert all(order["number"] in page for order in small)
    assert signed_in("warehouse").post("/orders/waiting/allocate/").status_code == 403

    monkeypatch.setattr(allocating, "AT_ONCE", 2)
    assert "A worker" in agent.get("/orders/waiting/allocate/").content.decode()
    answer = agent.post("/orders/waiting/allocate/")
    run = AllocationRun.objects.get()
    assert answer.url == f"/orders/waiting/allocations/{run.pk}/"
    assert not Line.objects.filter(backordered=0).exists()
    assert "Weighing the orders" in agent.get(answer.url).content.decode()
    assert "HX-Refresh" not in agent.get(answer.url + "?progress=1").headers
    tasks.allocate_owed()
    assert agent.get(answer.url + "?progress=1").headers["HX-Refresh"] == "true"
    page = agent.get(answer.url + "?outcome=left").content.decode()
    assert big["number"] in page
    assert "The stock went to orders that come first." in page
    assert not any(order["number"] in page for order in small)
    table = agent.get(answer.url + "?export=csv").getvalue().decode()
    assert [line.split(",")[0] for line in table.splitlines()[1:]] == [
        small[0]["number"],
        small[1]["number"],
        big["number"],
    ]
    assert str(run.pk) in agent.get("/orders/waiting/allocations/").content.decode()

    monkeypatch.setattr(allocating, "AT_ONCE", 200)
    shop.product("TEE", RUH=10)
    done = agent.post("/orders/waiting/allocate/", follow=True)
    assert big["number"] in done.content.decode()
    assert not Line.objects.filter(backordered__gt=0).exists()
    assert AllocationRun.objects.filter(running=False, served__gt=0).count() == 2


def test_over_the_api_a_company_asks_and_watches(web):
    orders = [place(web, ("TEE", 2), days_ago=9), place(web, ("TEE", 2), days_ago=3)]
    shop.product("TEE", RUH=3)
    refused = web.post("allocations/", {})
    assert (refused.status_code, web.get("allocations/").status_code) == (403, 403)
    assert not AllocationRun.objects.exists()

    company = road.open_shop(None)
    asked = company.post("allocations/", {})
    assert asked.status_code == 201, asked.content
    run = asked.json()
    assert (run["state"], run["waiting"], run["served"]) == ("owed", 0, 0)
    assert company.post("allocations/", {}).json()["id"] == run["id"]
    allocating.work_off()
    now = company.get(f"allocations/{run['id']}/").json()
    assert {key: now[key] for key in ("state", "waiting", "planned", "served", "skipped", "units")} == {
        "state": "done",
        "waiting": 2,
        "planned": 1,
        "served": 1,
        "skipped": 0,
        "units": 2,
    }
    assert (now["exact"], now["gap"], now["contests"], now["proven"]) == (True, "0.000000", 1, 1)
    path = f"allocations/{run['id']}/orders/"
    first = company.get(path + "?limit=1").json()
    assert [(row["order"], row["outcome"], row["locations"]) for row in first["data"]] == [
        (orders[0]["number"], "served", ["RUH"])
    ]
    rest = company.get(f"{path}?limit=1&cursor={first['next_cursor']}").json()
    assert [(row["order"], row["outcome"], row["code"]) for row in rest["data"]] == [
        (orders[1]["number"], "left", "not_served")
    ]
    assert not rest["has_more"]
    assert [row["order"] for row in company.get(path + "?outcome=left").json()["data"]] == [
        orders[1]["number"]
    ]
    assert company.get(path + "?outcome=happy").status_code == 400
    assert [one["id"] for one in company.get("allocations/").json()["data"]] == [run["id"]]
    again = company.post("allocations/", {}).json()
    stopped = company.post(f"allocations/{again['id']}/stops/", {})
    assert (stopped.status_code, stopped.json()["state"]) == (201, "stopped")


def test_an_answer_that_is_not_proven_says_so(web, monkeypatch):
    for n in range(3):
        place(web, ("TEE", 2), days_ago=n)
    shop.product("TEE", RUH=4)
    monkeypatch.setattr(allocating, "SECONDS_AT_ONCE", 0)
    assert len(previewing.preview().served) == 2
    assert not previewing.preview().exact
    page = signed_in("agent").get("/orders/waiting/allocate/").content.decode()
    assert "It is not proven that none is better." in page
