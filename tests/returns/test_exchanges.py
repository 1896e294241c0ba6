"""Goods instead of money: another SKU, or the same again."""

from decimal import Decimal

import pytest

from orders.models import Order, Payment
from returns.exchanging import Swap, priced
from returns.models import Return
from tests.returns.conftest import events, level, line


def back(shop, order, *units, **more):
    returned = shop.accepted(order, *units, **more)
    shop.receive(returned, *units)
    for place, quantity in enumerate(units):
        if quantity:
            shop.inspect(returned, (quantity, "restock"), line=place)
    return returned


def test_an_exchange_sends_the_other_sku_for_what_came_back(shop):
    order = shop.order(
        line(quantity=3, price="33.3333"),
        payments=[{"method": "card", "state": "captured", "amount": "100.00"}],
    )
    returned = back(shop, order, 3, resolution="exchange", exchange_sku="MUG")
    answer = shop.step(returned, "reimbursements", {"kind": "exchange"})
    sent = shop.get(f"orders/{answer['new_order']}/").json()
    assert [(unit["sku"], unit["quantity"], unit["total"]["amount"]) for unit in sent["lines"]] == [
        ("MUG", 3, "100.00")
    ]
    assert (sent["payment_status"], sent["totals"]["balance"]["amount"], sent["holds"]) == (
        "paid",
        "0.00",
        [],
    )
    assert (sent["customer"]["name"], sent["tags"]) == ("Sara Al-Otaibi", ["exchange"])
    assert sent["metadata"] == {"return": returned["number"], "order": order["number"]}
    assert level("MUG") == (10, 3, 0, 0)
    assert level() == (10, 0, 0, 0)
    before = shop.read(order)
    assert (before["stage"], before["totals"]["balance"]["amount"]) == ("completed", "0.00")
    entries = Payment.objects.filter(method="store_credit").order_by("id")
    assert sorted((entry.kind, str(entry.amount)) for entry in entries) == [
        ("capture", "100.0000"),
        ("refund", "100.0000"),
    ]
    document = shop.read(returned, "returns")
    assert (document["reimbursement"], document["new_order"]) == ("done", sent["number"])
    assert events("return.reimbursed")[0].data["new_order"] == sent["number"]


def test_a_replacement_sends_the_same_again(shop):
    order = shop.order(line(quantity=2), line("MUG", 1, "50.00"))
    returned = back(shop, order, 1, 1, resolution="replacement")
    answer = shop.step(returned, "reimbursements", {"kind": "replacement"})
    sent = shop.get(f"orders/{answer['new_order']}/").json()
    assert [(unit["sku"], unit["quantity"], unit["total"]["amount"]) for unit in sent["lines"]] == [
        ("TEE", 1, "100.00"),
        ("MUG", 1, "50.00"),
    ]
    assert sent["totals"]["balance"]["amount"] == "0.00"


def test_nothing_to_send_refuses_and_changes_nothing(shop):
    order = shop.order(line(quantity=5))
    shop.place(line("MUG", 10))
    returned = back(shop, order, 5, resolution="exchange", exchange_sku="MUG")
    refused = shop.post(f"returns/{returned['id']}/reimbursements/", {"kind": "exchange"})
    assert (refused.status_code, refused.json()["code"]) == (409, "insufficient_stock")
    assert Order.objects.count() == 2
    assert Return.objects.get().reimbursement == "pending"
    assert not Payment.objects.filter(method="store_credit").exists()
    assert shop.step(returned, "reimbursements", {"kind": "refund"})["amount"]["amount"] == "500.00"


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [({"kind": "exchange"}, "/kind"), ({"kind": "replacement", "amount": "5.00"}, "/amount")],
)
def test_an_exchange_that_makes_no_sense_is_named(shop, sent, pointer):
    returned = back(shop, shop.order(line()), 1)
    refused = shop.post(f"returns/{returned['id']}/reimbursements/", sent)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize("currency", ["SAR", "KWD", "IRR"])
@pytest.mark.parametrize("value", ["0", "1", "7", "100", "99999"])
def test_lines_cost_exactly_the_value(currency, value):
    rate = Decimal("0.15")
    swaps = [
        Swap("A", 3, Decimal(10), rate),
        Swap("B", 7, Decimal("3.33"), rate),
        Swap("C", 1, Decimal(1), rate),
    ]
    lines = priced(swaps, Decimal(value), currency)
    step = {"SAR": "0.01", "KWD": "0.001", "IRR": "1"}[currency]
    cost = [
        (Decimal(unit.unit_price) * unit.quantity).quantize(Decimal(step), "ROUND_HALF_UP")
        - Decimal(unit.discount)
        for unit in lines
    ]
    assert sum(cost) == Decimal(value)
    assert all(Decimal(unit.discount) >= 0 for unit in lines)
    assert all(part >= 0 for part in cost)
