"""A small demo over HTTP: the last invoices, with the worker's part played by the test."""

import pytest
from django.utils import timezone

from channels.demo import playing
from channels.demo.door import Door
from inventory.models import Movement, PurchaseOrder, StockLevel, Transfer
from oms.core import access, outbox
from oms.core.models import Channel, Event
from orders.models import Order
from returns.models import Return

pytestmark = pytest.mark.django_db(transaction=True)
SOME = 14


def test_the_demo_fills_a_company_and_a_second_run_adds_nothing(live_server):
    for code in ("web", "app", "marketplace"):
        Channel.objects.create(code=code, name=code)
    access.forget_cached_keys()
    _, secret = access.create_key(channel=None, scopes=["*"], rate=0)
    door = Door(live_server.url, secret)
    said: list[str] = []

    def play():
        return playing.play(
            door, say=said.append, now=timezone.now(), only=SOME, threads=2, idle=outbox.drain
        )

    stages = play()
    assert sum(stages.values()) == SOME
    assert Order.objects.count() == SOME
    assert {"held", "allocated", "shipped", "completed"} <= set(stages)
    assert stages["placed"] == 0
    (returned,) = Return.objects.all()
    assert (returned.reception, returned.acceptance, returned.reimbursement) == (
        "received",
        "accepted",
        "done",
    )
    assert Order.objects.filter(lines__cancelled__gt=0).distinct().count() == 1
    assert not StockLevel.objects.filter(committed__gt=0, on_hand=0).exists()

    assert sorted(PurchaseOrder.objects.values_list("state", flat=True)) == ["draft", "partly_received"]
    assert "shipped" in Transfer.objects.values_list("state", flat=True)

    outbox.drain()
    before = (Event.objects.count(), Movement.objects.count(), StockLevel.objects.count())
    assert play() == stages
    outbox.drain()
    assert (Event.objects.count(), Movement.objects.count(), StockLevel.objects.count()) == before
    door.close()
    assert "6 locations, 11 rates" in said[0]
