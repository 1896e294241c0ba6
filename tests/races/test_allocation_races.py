"""Allocating while others buy, cancel and allocate too: nobody gets what is not there, nobody deadlocks."""

import pytest

from fulfillment import allocating
from fulfillment.models import AllocationRun
from inventory.models import Product, StockLevel
from oms.core.models import Event
from orders.models import Line
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level
from tests.races.test_fulfillment_races import at_once, deadlocks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pgbouncer]


def test_waiting_orders_are_served_whoever_buys_or_allocates_meanwhile(settings):
    settings.BACKORDERS_BY_STAFF = True
    shop.location("RUH", priority=50)
    road.add_rate()
    web = road.open_shop()
    for sku in ("TEE", "MUG"):
        shop.product(sku, RUH=0)
    Product.objects.update(backorder="allow")
    waiting = [web.routed(("TEE", 1), ("MUG", 2)) for _ in range(8)]
    Product.objects.update(backorder="deny")
    shop.product("TEE", RUH=12)
    shop.product("MUG", RUH=20)
    before = deadlocks()

    def buy() -> int:
        return web.post("orders/", shop.order_body(("MUG", 1), ("TEE", 1))).status_code

    def cancel() -> int:
        return web.cancel(waiting[0]).status_code

    def allocate() -> set[str]:
        run = allocating.start(actor="test", at_once=True)
        if not allocating.advance(run.pk):
            return set()
        rows = run.rows.filter(outcome="served").select_related("order")
        return {str(row.order.number) for row in rows}

    answers = at_once([*[buy] * 12, *[allocate] * 3, cancel, shop.work])
    shop.work()
    assert 4 <= answers[:12].count(201) <= 5, (
        "what is owed to who waits cannot be bought; a cancelled wait is free"
    )
    assert answers[15] == 201
    served = [number for numbers in [*answers[12:15], allocate()] for number in numbers]
    assert len(served) == len(set(served)), "each was served by one of them"
    assert {order["number"] for order in waiting[1:]} <= set(served)
    assert not AllocationRun.objects.filter(running=True).exists()
    assert not Line.objects.filter(backordered__gt=0).exists()
    kept = Level(12, 7 + answers[:12].count(201))
    assert road.level("TEE", "RUH") == kept
    assert all(level.committed <= level.on_hand for level in StockLevel.objects.all())
    assert Event.objects.filter(kind="order.backorder_filled").count() == len(served)
    assert deadlocks() == before
    road.prove()
