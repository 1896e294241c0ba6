"""Cash on delivery: each parcel asks for its own part, together exactly what is due."""

from decimal import Decimal

import pytest
from django.test import Client

from fulfillment import cash
from oms.core.models import User
from orders import ledger, payments
from orders.models import Order
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

COD = [{"method": "cod", "state": "pending", "amount": "1225.00"}]


def asked(web, order):
    return {s["location"]: s["cod"]["amount"] for s in web.shipments(order) if s["state"] != "cancelled"}


def test_one_parcel_collects_everything(web):
    order = web.routed(("TEE", 2), payments=[{"method": "cod", "state": "pending", "amount": "225.00"}])
    assert order["holds"] == []
    assert asked(web, order) == {"RUH": "225.00"}


def test_two_parcels_share_by_value(web):
    order = web.routed(("TEE", 12), payments=COD)
    amounts = asked(web, order)
    units = {s["location"]: s["lines"][0]["quantity"] for s in web.shipments(order)}
    assert sum(map(Decimal, amounts.values())) == Decimal("1225.00")
    assert amounts == {
        place: str((Decimal(1225) * n / 12).quantize(Decimal("0.01"))) for place, n in units.items()
    }


def test_cancelled_units_are_not_collected(web):
    order = web.routed(("TEE", 4), payments=[{"method": "cod", "state": "pending", "amount": "425.00"}])
    web.cancel(order, ("TEE", 1))
    assert asked(web, order) == {"RUH": "325.00"}


def test_a_printed_amount_stays_and_the_others_follow(web):
    order = web.routed(("TEE", 12), payments=COD)
    first, second = web.shipments(order)
    web.up_to(first, "label")
    before = asked(web, order)
    web.cancel(order, ("TEE", 1))
    after = asked(web, order)
    assert after[first["location"]] == before[first["location"]]
    assert sum(map(Decimal, after.values())) == Decimal("1125.00")


def test_cash_collected_at_the_door_completes_the_order(web):
    order = web.routed(("TEE", 1), payments=[{"method": "cod", "state": "pending", "amount": "125.00"}])
    parcel = web.up_to(web.shipment(order), "hand_over")
    web.scan(parcel, "delivered")
    assert web.order(order)["stage"] == "delivered"
    paid = web.post(
        f"orders/{order['id']}/payments/", {"kind": "capture", "method": "cod", "amount": "125.00"}
    )
    assert paid.status_code == 201
    assert web.order(order)["status"] == "completed"


def pay(web, order, amount, method):
    answer = web.post(
        f"orders/{order['id']}/payments/", {"kind": "capture", "method": method, "amount": amount}
    )
    assert answer.status_code == 201
    shop.work()


@pytest.mark.parametrize("method", ["cod", "bank"])
def test_what_was_paid_before_the_label_is_not_collected(web, method):
    order = web.routed(("TEE", 12), payments=COD)
    pay(web, order, "225.00", method)
    assert sum(map(Decimal, asked(web, order).values())) == Decimal("1000.00")
    pay(web, order, "1000.00", method)
    assert set(asked(web, order).values()) == {"0.00"}
    first = web.shipments(order)[0]
    web.up_to(first, "label")
    assert set(asked(web, order).values()) == {"0.00"}


def test_money_that_goes_back_is_collected_again(web):
    order = web.routed(("TEE", 1), payments=[{"method": "cod", "state": "pending", "amount": "125.00"}])
    pay(web, order, "125.00", "bank")
    payments.refund(Order.objects.get(), Decimal("125.00"), reference="", actor="staff:noor")
    shop.work()
    assert asked(web, order) == {"RUH": "125.00"}


def test_a_booked_label_keeps_asking_and_the_pages_warn(web):
    order = web.routed(("TEE", 12), payments=COD)
    first, second = web.shipments(order)
    web.up_to(first, "label")
    on_label = Decimal(asked(web, order)[first["location"]])
    manager = User.objects.create_user("noor", role="manager")
    client = Client()
    client.force_login(manager)
    pages = [
        f"/orders/{order['number']}/",
        f"/shipments/{first['number']}/",
        f"/shipments/{second['number']}/",
    ]
    warning = "The label still asks for cash that was paid meanwhile"

    def seen():
        return [client.get(page).content.decode() for page in pages]

    assert [page.count(warning) for page in seen()] == [0, 0, 0]
    pay(web, order, str(Decimal("1225.00") - on_label), "cod")
    assert asked(web, order) == {first["location"]: str(on_label), second["location"]: "0.00"}
    assert [page.count(warning) for page in seen()] == [0, 0, 0]
    pay(web, order, str(on_label), "cod")
    assert asked(web, order) == {first["location"]: str(on_label), second["location"]: "0.00"}
    paid = seen()
    assert [page.count(warning) for page in paid] == [1, 1, 0]
    assert "Expected · " not in paid[0]


def test_only_what_is_still_to_come_is_expected(web):
    order = web.routed(("TEE", 2), payments=[{"method": "cod", "state": "pending", "amount": "225.00"}])
    pay(web, order, "25.00", "cod")
    known = Order.objects.get()
    entries = ledger.still_expected(list(known.payments.order_by("at", "id")), known.balance)
    assert [(entry.kind, amount) for entry, amount in entries] == [
        ("pending", Decimal("200.00")),
        ("capture", Decimal("25.00")),
    ]


def test_a_carrier_that_takes_no_cash_is_not_chosen(web):
    road.add_rate(service="noon", cod_limit="0")
    body = {"shipping": {"service": "noon", "price": "25.00", "tax_rate": "0.15"}}
    order = web.routed(
        ("TEE", 1), payments=[{"method": "cod", "state": "pending", "amount": "125.00"}], **body
    )
    assert [hold["reason"] for hold in order["holds"]] == ["no_route"]
    routing = web.get(f"orders/{order['id']}/routing/").json()
    assert {why["code"] for place in routing["locations"] for why in place["why_not"]} == {"cod_above_limit"}
    card = web.routed(("TEE", 1), **body)
    assert card["stage"] == "allocated"
    shop.work()


def test_parts_add_up_in_every_currency():
    thirds = [Decimal(1)] * 3
    assert cash.spread(Decimal("100.00"), thirds, "SAR") == [
        Decimal("33.34"),
        Decimal("33.33"),
        Decimal("33.33"),
    ]
    assert cash.spread(Decimal("10.000"), thirds, "KWD") == [
        Decimal("3.334"),
        Decimal("3.333"),
        Decimal("3.333"),
    ]
    assert cash.spread(Decimal(100), thirds, "JPY") == [Decimal(34), Decimal(33), Decimal(33)]
    assert cash.spread(Decimal("5.00"), [Decimal(0), Decimal(0)], "SAR") == [Decimal("5.00"), Decimal("0.00")]
