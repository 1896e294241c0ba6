"""Two people at one return, at the same moment."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from orders.models import Line, Order, Payment
from returns.models import Receipt
from tests.returns.conftest import Shop, level, line, make_shop

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.pgbouncer]

AT_ONCE = 6


def together(call: Callable[[int], Any]) -> list[tuple[int, str]]:
    """The same call from several threads that start as one; (status, code) of each, sorted."""
    gate = threading.Barrier(AT_ONCE)
    answers: list[tuple[int, str]] = []

    def run(place: int) -> None:
        try:
            gate.wait(10)
            answer = call(place)
            answers.append((answer.status_code, answer.json().get("code", "")))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(answers) == AT_ONCE
    return sorted(answers)


@pytest.fixture
def race_shop() -> Shop:
    return make_shop()


def test_one_unit_is_asked_back_once(race_shop: Shop) -> None:
    order = race_shop.order(line())
    asked = {"id": order["lines"][0]["id"], "quantity": 1, "reason": "size"}
    body = {"order": order["id"], "lines": [asked], "method": "courier", "resolution": "refund"}
    answers = together(lambda _: race_shop.post("returns/", body))
    assert answers == [(201, "")] + [(409, "not_returnable")] * (AT_ONCE - 1)
    assert Order.objects.get().returns_open == 1


def test_a_parcel_is_received_inspected_and_paid_back_once(race_shop: Shop) -> None:
    order = race_shop.order(line(quantity=2))
    returned = race_shop.accepted(order, 1)
    units = [{"id": returned["lines"][0]["id"], "quantity": 1}]
    path = f"returns/{returned['id']}/"

    answers = together(lambda _: race_shop.post(path + "receipts/", {"location": "RUH", "lines": units}))
    assert answers == [(201, "")] + [(409, "illegal_move")] * (AT_ONCE - 1)
    assert Receipt.objects.count() == 1

    found = {"lines": [units[0] | {"grade": "A", "disposition": "restock"}]}
    answers = together(lambda _: race_shop.post(path + "inspections/", found))
    assert answers == [(201, "")] + [(400, "too_many")] * (AT_ONCE - 1)
    assert level() == (9, 0, 0, 0)
    assert Line.objects.get().returned == 1

    answers = together(lambda _: race_shop.post(path + "reimbursements/", {"kind": "refund"}))
    assert answers == [(201, "")] + [(409, "illegal_move")] * (AT_ONCE - 1)
    (refund,) = Payment.objects.filter(kind="refund")
    assert refund.amount == 100
    stored = Order.objects.get()
    assert (stored.returns_open, stored.credited, stored.paid) == (0, 100, 100)


def test_two_returns_of_one_order_never_pay_back_more_than_came_in(race_shop: Shop) -> None:
    order = race_shop.order(line(quantity=AT_ONCE, price="10.00"))
    back = []
    for _ in range(AT_ONCE):
        returned = race_shop.accepted(order, 1)
        race_shop.receive(returned, 1)
        race_shop.inspect(returned, (1, "restock"))
        back.append(returned["id"])
    # Each asks for twice what its unit was worth: three fit, whoever comes first.
    sent = {"kind": "refund", "amount": "20.00"}
    answers = together(lambda place: race_shop.post(f"returns/{back[place]}/reimbursements/", sent))
    assert answers == [(201, "")] * 3 + [(409, "over_refund")] * 3
    stored = Order.objects.get()
    assert (stored.paid, stored.returns_open) == (0, 3)
    assert stored.payment_status == "refunded"
