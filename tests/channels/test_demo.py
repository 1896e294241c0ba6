"""A small demo over HTTP: the last invoices, with the worker's part played by the test."""

from types import SimpleNamespace

import pytest
from django.utils import timezone

from channels.demo import knowing, playing, supplying
from channels.demo.door import Door
from channels.models import Campaign
from inventory.models import Movement, PurchaseOrder, StockLevel, StockLimit, SupplierPrice, Transfer
from oms.core import access, outbox
from oms.core.models import Channel, Event, User
from orders.models import CustomerNote, ListedContact, Order
from returns.models import Return
from tests import shop

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

    User.objects.create_user("manager", role="manager")
    for _again in range(2):
        knowing.know()
    assert sorted(Campaign.objects.values_list("name", "state")) == [
        ("Thank you, VIP", "sending"),
        ("White Friday", "draft"),
    ]
    assert ListedContact.objects.filter(standing="blocked").count() == 2
    assert CustomerNote.objects.count() == 3


class CutOff(Door):
    """Hangs up after one write, and counts them."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key)
        self.left, self.written = 1, 0

    def post(self, path, body=None):
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        self.written += 1
        return super().post(path, body)


def test_a_demo_cut_off_at_any_step_of_its_supply_is_continued_by_the_next_run(live_server):
    skus = [f"SKU-{n}" for n in range(8)]
    for sku in skus:
        shop.product(sku, RUH=10)
    shop.location("JED")
    access.forget_cached_keys()
    _, secret = access.create_key(channel=None, scopes=["*"], rate=0)
    lines = [{"sku": sku, "quantity": 9 - place} for place, sku in enumerate(skus)]
    plans = [SimpleNamespace(body={"lines": lines})]
    door = CutOff(live_server.url, secret)
    runs = 0
    while True:
        runs, door.left = runs + 1, 1
        try:
            supplying.supply(door, plans)
        except KeyboardInterrupt:
            continue
        break
    # Two suppliers with four prices each, two orders, one sent and received, two transfers, one sent, three limits.
    assert (runs, door.written) == (20, 20)
    assert [(one.supplier.code, one.state) for one in PurchaseOrder.objects.order_by("number")] == [
        ("NOOR", "partly_received"),
        ("HEARTH", "draft"),
    ]
    assert SupplierPrice.objects.count() == 8
    assert list(Transfer.objects.order_by("number").values_list("state", flat=True)) == [
        "shipped",
        "requested",
    ]
    assert StockLimit.objects.count() == 3
    supplying.supply(door, plans)
    assert door.written == 20
    door.close()
