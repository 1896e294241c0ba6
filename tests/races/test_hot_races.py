"""A hot SKU sold from slots by many at once: exactly what there is, nobody told sold out while units are left."""

import random
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from inventory import stock
from inventory.models import Product, Reservation, Rush, Slot
from inventory.stock import Want
from oms.verifying import CHECKS
from tests import shop
from tests.fulfillment import road
from tests.fulfillment.road import Level
from tests.races.test_fulfillment_races import at_once, deadlocks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50)
    road.add_rate()
    return road.open_shop()


def hot(sku: str, **units: int) -> Product:
    product = shop.product(sku, **units)
    Rush.objects.create(product=product, until=timezone.now() + timedelta(hours=1), started_by="test")
    return product


def buy(product: Product, units: int = 1) -> int:
    """Units kept for a new owner: all or none."""
    owner = uuid.uuid4()
    with transaction.atomic():
        outcome = stock.reserve({owner: [Want(uuid.uuid4(), product.pk, units)]}, hot={product.pk})[owner]
    return sum(keep.quantity for keep in outcome.kept)


def broken() -> dict[str, Any]:
    """Rules of `verify` about stock that do not hold; who keeps units here is no order."""
    found = {}
    with connection.cursor() as cursor:
        for check in (check for check in CHECKS if check.name.startswith("stock:")):
            cursor.execute(check.sql)
            if rows := cursor.fetchall():
                found[check.name] = rows
    return found


def test_64_buyers_of_100_units_take_exactly_100(web):
    product = hot("TEE", RUH=100)
    before = deadlocks()
    sold = at_once([lambda: sum(buy(product) for _ in range(3))] * 64)
    assert sum(sold) == 100
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == 100
    assert road.level("TEE", "RUH") == Level(100, 100)
    assert sum(Slot.objects.values_list("free", flat=True)) == 0
    assert deadlocks() == before
    assert broken() == {}


def test_orders_of_many_sizes_at_two_locations_leave_less_than_the_smallest_refused(web):
    product = hot("TEE", RUH=150, JED=110)
    before = deadlocks()

    def buyer(seed: int) -> Callable[[], tuple[int, int]]:
        def call() -> tuple[int, int]:
            rng, took, refused = random.Random(seed), 0, 99
            for _ in range(4):
                asked = rng.choice((1, 1, 2, 5))
                got = buy(product, asked)
                took += got
                refused = refused if got else min(refused, asked)
            return took, refused

        return call

    answers = at_once([buyer(seed) for seed in range(48)])
    left = 260 - sum(took for took, _ in answers)
    assert left < min(refused for _, refused in answers) or left == 0
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == 260 - left
    assert deadlocks() == before
    assert broken() == {}
