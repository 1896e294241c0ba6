"""The list of orders offers the reasons that orders stand for now, each once."""

import pytest
from django.core.cache import cache
from django.utils import timezone

from oms.backoffice.order_filters import seen
from orders.models import Hold, Order
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


def test_each_reason_that_stands_is_offered_once() -> None:
    assert seen("hold") == []
    cache.clear()
    road.add_rate()
    shop.product("TEE", RUH=20)
    road.open_shop().routed(("TEE", 1))
    road.open_shop().routed(("TEE", 1))
    for order in Order.objects.all():
        for reason in ("risk", "address"):
            Hold.objects.create(order=order, reason=reason, placed_by="staff:noor")
        Hold.objects.create(order=order, reason="manual", placed_by="x", released_at=timezone.now())
    assert Hold.objects.filter(released_at=None).count() == 4
    assert seen("hold") == ["address", "risk"]
