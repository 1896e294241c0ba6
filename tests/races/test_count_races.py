"""A count while the warehouse sells, picks, sends and receives: the result is what really lies there."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from fulfillment import counting as floor
from fulfillment.models import Shipment
from inventory import counting, levels, stock
from inventory.models import Location, Product, StockCount
from inventory.stock import Incoming
from tests import shop
from tests.fulfillment import road
from tests.races.test_fulfillment_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

LOST = 7


def test_counted_while_everything_moves(web_open: road.Shop) -> None:
    """Seven units are really gone. Counters, each at another moment, find what is on the shelf at theirs."""
    web = web_open
    tee = Product.objects.get()
    place = Location.objects.get()
    count = counting.open_count(place, kind="full", actor="staff:sam")
    line = count.lines.get()
    parcels = [web.release(web.shipment(web.routed(("TEE", 2)))) for _ in range(8)]

    def lies_there() -> int:
        """What a counter would find at this moment: on hand by the books, less what left the shelf, less the lost."""
        level = road.level("TEE", "RUH")
        off = sum(
            row.picked
            for parcel in Shipment.objects.filter(handed_over_at=None).prefetch_related("lines")
            for row in parcel.lines.all()
        )
        return level.on_hand - off - LOST

    def whole_road(parcel: dict[str, Any]) -> Callable[[], Any]:
        return lambda: web.hand_over(web.label(web.pack(web.pick(parcel))))["state"]

    def deliver() -> None:
        incoming = [Incoming(tee.pk, place.pk, 5)]
        stock.receive(incoming, cause="purchased", reference="purchase/PO1", actor="test")

    def count_it() -> None:
        # The shelf is still while it is counted: whoever moves goods waits.
        with transaction.atomic():
            counting.lock(count.pk)
            list(Shipment.objects.select_for_update(no_key=True).order_by("pk"))
            levels.lock([(tee.pk, place.pk)])
            floor.enter(line.pk, counted=lies_there(), actor="staff:sam")

    calls: list[Callable[[], Any]] = [whole_road(parcel) for parcel in parcels]
    calls += [deliver] * 3 + [count_it] * 3
    calls += [lambda: web.post("orders/", shop.order_body(("TEE", 1))).status_code] * 4
    random.Random(4).shuffle(calls)
    at_once(calls)
    counting.submit(count, actor="staff:sam")
    line.refresh_from_db()
    assert line.adjusted == -LOST
    assert road.level("TEE", "RUH").on_hand == 100 + 15 - 16 - LOST
    road.prove()


def test_two_managers_approve_once(web_open: road.Shop, settings: Any) -> None:
    settings.COUNT_APPROVAL_LIMIT = Decimal(0)
    count = counting.open_count(Location.objects.get(), kind="full", actor="staff:sam")
    floor.enter(count.lines.get().pk, counted=95, actor="staff:sam")
    counting.submit(count, actor="staff:sam")

    def approve() -> bool:
        try:
            counting.approve(count, actor="staff:noor")
        except counting.IllegalMove:
            return False
        return True

    assert sorted(at_once([approve] * 4)) == [False, False, False, True]
    assert road.level("TEE", "RUH") == road.Level(95, 0)
    assert StockCount.objects.get().state == "done"
    road.prove()


@pytest.fixture
def web_open() -> road.Shop:
    shop.location("RUH", priority=50)
    road.add_rate()
    shop.product("TEE", RUH=100)
    Product.objects.update(cost=Decimal(1))
    return road.open_shop()
