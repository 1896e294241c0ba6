"""Many hands on the same lots: nobody takes what another has, and lots still add up to their level."""

from datetime import timedelta

import pytest

from inventory import lots, stock
from inventory.models import Location, Lot, LotLevel, Product
from inventory.stock import Incoming
from oms.core import company
from tests import shop
from tests.fulfillment import road
from tests.races.test_fulfillment_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH", priority=50)
    road.add_rate()
    milk = shop.product("MILK")
    Product.objects.filter(pk=milk.pk).update(tracks_lots=True)
    today = company.today()
    stock.receive(
        [
            Incoming(
                milk.pk, Location.objects.get().pk, units, lot=code, expires_on=today + timedelta(days=days)
            )
            for code, units, days in (("A", 10, 9), ("B", 10, 90))
        ],
        cause="purchased",
        reference="purchase/PO1",
        actor="test",
    )
    return road.open_shop()


def picked(code: str) -> int:
    return LotLevel.objects.get(lot__code=code).picked


def test_a_lot_picked_by_many_is_given_out_once(web: road.Shop) -> None:
    """Ten parcels of two units all name a lot of ten: five get it, the others are told."""
    parcels = [web.release(web.shipment(web.routed(("MILK", 2)))) for _ in range(10)]
    body = {"lines": [{"sku": "MILK", "quantity": 2, "lot": "A"}]}
    answers = at_once([lambda p=p: web.post(f"shipments/{p['id']}/picks/", body) for p in parcels])
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 5
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"lot_short"}
    assert (picked("A"), picked("B")) == (10, 0)
    road.prove()


def test_a_quarantine_meets_pickers_and_a_driver(web: road.Shop) -> None:
    """Whoever is first: a unit is picked or locked up, never both, and none of the lot leaves after."""
    waiting = [web.release(web.shipment(web.routed(("MILK", 1)))) for _ in range(6)]
    ready = [web.up_to(web.shipment(web.routed(("MILK", 1))), "label") for _ in range(3)]
    lot = Lot.objects.get(code="A")
    body = {"lines": [{"sku": "MILK", "quantity": 1, "lot": "A"}]}
    calls = [lambda p=p: web.post(f"shipments/{p['id']}/picks/", body).status_code for p in waiting]
    calls += [lambda p=p: web.post(f"shipments/{p['id']}/handovers/").status_code for p in ready]
    calls.insert(3, lambda: lots.quarantine(lot, reason="smell", actor="test"))
    answers = at_once(calls)
    answers.pop(3)
    assert set(answers) <= {201, 409}
    row = LotLevel.objects.get(lot=lot)
    level = road.level("MILK", "RUH")
    assert row.on_hand == 10 - sum(code == 201 for code in answers[6:])
    assert row.picked == sum(code == 201 for code in answers[:6]) + sum(code == 409 for code in answers[6:])
    assert row.quality_control == level.quality_control
    road.prove()
