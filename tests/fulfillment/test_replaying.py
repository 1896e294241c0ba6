"""Past orders decided again: with the stock as it was, beside what happened, slice by slice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from fulfillment import replaying
from fulfillment.models import RoutingReplay
from fulfillment.strategies import Aim, Conditions, Rule
from oms.core.errors import Invalid
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

PRIORITY = [
    Rule("By priority", Conditions(), Aim("lexicographic", {}, ["priority", "cost"]), is_default=True)
]


def asked(rules=PRIORITY, **more):
    now = timezone.now()
    window = {"since": now - timedelta(days=1), "until": now + timedelta(minutes=1), **more}
    return replaying.start("By priority", rules, actor="staff:noor", **window)


@pytest.fixture
def routed(web):
    """Three orders sent from Jeddah, which is cheaper, though Riyadh comes first; then Riyadh is emptied."""
    road.add_rate(base="4.00", **{"from": ["JED"]})
    orders = [web.routed(("TEE", 1)) for _ in range(3)]
    assert {web.shipment(order)["location"] for order in orders} == {"JED"}
    shop.product("TEE", RUH=0)
    return orders


def test_the_same_rules_change_nothing(routed):
    replay = asked([])
    replaying.work_off()
    replay.refresh_from_db()
    assert replay.result["was"] == replay.result["then"]
    assert "changed" not in replay.result
    assert (replay.done, replay.due_at) == (3, None)


def test_other_rules_are_set_beside_what_happened(routed):
    replay = asked()
    assert replay.total == 3
    replaying.work_off()
    replay.refresh_from_db()
    was, then = replay.result["was"], replay.result["then"]
    assert (was["load"], then["load"]) == ({"JED": 3}, {"RUH": 3})
    # 4.00 or 12.00, 2.00 a kilogram of half a kilogram, packing for 3.00
    assert (was["money"], then["money"]) == ("24.0000", "48.0000")
    assert list(replay.result["days"].values()) == [{"sent": 3, "was": "24.0000", "then": "48.0000"}]
    assert replay.result["changed"] == 3
    assert replay.result["orders"][0]["then"] == {"places": ["RUH"], "money": "16.0000"}


def test_it_goes_on_after_a_slice_and_can_be_stopped(routed, monkeypatch):
    monkeypatch.setattr(replaying, "SLICE", 2)
    replay = asked()
    assert replaying.advance(replay.pk) is True
    replay.refresh_from_db()
    assert (replay.done, replay.result["was"]["decisions"], replay.due_at is None) == (2, 2, False)
    assert replaying.advance(replay.pk) is True
    replay.refresh_from_db()
    assert (replay.done, replay.result["was"]["decisions"], replay.due_at) == (3, 3, None)
    again = asked()
    replaying.stop(again)
    assert replaying.advance(again.pk) is False
    again.refresh_from_db()
    assert (again.done, again.stopped, again.result) == (0, True, {})


def test_it_takes_the_orders_asked_for(routed):
    assert asked(channel="app").total == 0
    assert asked(country="SA").total == 3
    assert asked(country="AE").total == 0
    with pytest.raises(Invalid):
        asked(until=timezone.now() - timedelta(days=2))
    assert RoutingReplay.objects.count() == 3
