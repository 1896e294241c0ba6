"""A location's last place of the day goes to one order, however many are routed at once."""

from collections import Counter
from functools import partial
from uuid import UUID

import pytest

from fulfillment import desk
from fulfillment.models import Shipment
from inventory.models import Location
from orders.models import Hold
from tests import shop
from tests.fulfillment import road
from tests.races.test_fulfillment_races import at_once, deadlocks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pgbouncer]


def test_no_day_is_filled_beyond_its_capacity_and_nobody_is_left_out() -> None:
    shop.location("RUH", priority=1, daily_capacity=3)
    shop.location("JED", priority=50, handling_cost="40")
    road.add_rate()
    web = road.open_shop()
    shop.product("TEE", RUH=20, JED=20)
    orders = [web.place(("TEE", 1)) for _ in range(8)]
    before = deadlocks()
    at_once([partial(route, UUID(order["id"])) for order in orders])
    for order in orders:
        route(UUID(order["id"]))
    there = Counter(Shipment.objects.values_list("location__code", flat=True))
    assert there == {"RUH": 3, "JED": 5}
    assert deadlocks() == before
    assert not Hold.objects.exists()
    road.prove()


def test_where_there_is_no_other_place_the_rest_is_held() -> None:
    shop.location("RUH", daily_capacity=2)
    road.add_rate()
    web = road.open_shop()
    shop.product("TEE", RUH=20)
    orders = [web.place(("TEE", 1)) for _ in range(5)]
    at_once([partial(route, UUID(order["id"])) for order in orders])
    for order in orders:
        route(UUID(order["id"]))
    assert Shipment.objects.count() == 2
    assert Hold.objects.filter(reason="no_route").count() == 3
    assert "RUH has no capacity left today." in Hold.objects.first().note
    assert Location.objects.get().daily_capacity == 2
    road.prove()


def route(order_id: UUID) -> None:
    """As the outbox calls it: who was too late at every attempt comes again."""
    try:
        desk.route(order_id)
    except desk.NoCapacity:
        route(order_id)
