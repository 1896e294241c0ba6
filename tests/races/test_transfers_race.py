"""Transfers and orders at the last units at the same moment: never more than there is, nobody waits in a circle."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection

from inventory.models import StockLevel, Transfer
from orders.models import Order
from tests import shop
from tests.fulfillment.road import prove

pytestmark = pytest.mark.django_db(transaction=True)


def together(calls: Sequence[Callable[[], Any]]) -> list[int]:
    """All of the calls from threads that start as one; their statuses."""
    gate = threading.Barrier(len(calls))
    answers: list[int] = []

    def run(call: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            answers.append(call().status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == len(calls)
    return sorted(answers)


def level(code: str) -> tuple[int, int, int]:
    found = StockLevel.objects.get(product__sku="TEE", location__code=code)
    return found.on_hand, found.committed, found.incoming


def test_the_last_units_go_to_transfers_or_orders_and_to_no_two() -> None:
    shop.location("JED", priority=1)
    shop.product("TEE", RUH=7)
    web, house = shop.api(), shop.api(None)
    request = {"source": "RUH", "target": "JED", "lines": [{"sku": "TEE", "quantity": 2}]}
    calls: list[Callable[[], Any]] = []
    for _ in range(4):
        calls.append(lambda: house.post("transfers/", request))
        calls.append(lambda: web.post("orders/", shop.order_body(("TEE", 2))))
    answers = together(calls)
    assert answers == [201] * 3 + [409] * 5
    assert Transfer.objects.count() + Order.objects.count() == 3
    assert level("RUH") == (7, 6, 0)
    prove()


def test_one_transfer_leaves_once_and_is_counted_once() -> None:
    shop.location("JED")
    shop.product("TEE", RUH=10)
    house = shop.api(None)
    body = {"source": "RUH", "target": "JED", "lines": [{"sku": "TEE", "quantity": 6}]}
    transfer = house.post("transfers/", body).json()
    path = f"transfers/{transfer['id']}/"
    cancel = [lambda: house.post(f"{path}cancellations/", {})]
    ships = [lambda: house.post(f"{path}shipments/", {})] * 4
    assert together([*ships, *cancel]) == [201] + [409] * 4
    if Transfer.objects.get().state == "cancelled":
        assert level("RUH") == (10, 0, 0)
        prove()
        return
    assert (level("RUH"), level("JED")) == ((4, 0, 0), (0, 0, 6))
    came = {"lines": [{"id": transfer["lines"][0]["id"], "quantity": 6}]}
    assert together([lambda: house.post(f"{path}receipts/", came)] * 4) == [201] + [409] * 3
    assert level("JED") == (6, 0, 0)
    prove()


def test_goods_sent_both_ways_at_once_wait_for_each_other_in_one_order() -> None:
    """Every shipment locks its source and its target together, whichever way it goes."""
    shop.product("TEE", RUH=20, JED=20)
    shop.product("MUG", RUH=20, JED=20)
    house = shop.api(None)
    paths = []
    for turn in range(8):
        source, target = ("RUH", "JED") if turn % 2 else ("JED", "RUH")
        lines = [{"sku": sku, "quantity": 2} for sku in ("TEE", "MUG")]
        made = house.post("transfers/", {"source": source, "target": target, "lines": lines})
        paths.append(f"transfers/{made.json()['id']}/shipments/")
    answers = together([lambda path=path: house.post(path, {}) for path in paths])  # type: ignore[misc]
    assert answers == [201] * 8
    assert (level("RUH"), level("JED")) == ((12, 0, 8), (12, 0, 8))
    prove()
