"""From the approval to the money: stock, counters, credit and events, exactly."""

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from channels import message_facts
from channels.models import Message
from inventory.models import Movement
from oms.core import outbox
from oms.core.models import Event, User
from orders.models import Order, Payment
from returns import labelling, requests, tasks
from returns.models import Inspection
from tests import paper_scanner
from tests.returns.conftest import deliver, events, level, line


def totals(shop, order) -> dict[str, str]:
    return {name: value["amount"] for name, value in shop.read(order)["totals"].items()}


def test_the_whole_way_back(shop):
    order = shop.order(line(quantity=2), line("MUG", 1, "50.00"))
    assert level() == (8, 0, 0, 0)
    returned = shop.accepted(order, 1)
    assert shop.receive(returned, 1)["return"]["reception"] == "received"
    assert level() == (8, 0, 0, 0)
    answer = shop.inspect(returned, (1, "restock"))
    assert answer["lines"][0]["disposition"] == "restock"
    assert level() == (9, 0, 0, 0)
    between = shop.read(order)
    assert between["lines"][0]["returned"] == 1
    assert between["return_status"] == "partially_returned"
    assert totals(shop, order)["balance"] == "-100.00"

    answer = shop.step(returned, "reimbursements", {"kind": "refund"})
    assert answer["amount"] == {"amount": "100.00", "currency": "SAR"}
    assert answer["return"]["reimbursement"] == "done"

    after = shop.read(order)
    assert (after["status"], after["stage"], after["payment_status"]) == (
        "completed",
        "completed",
        "partially_refunded",
    )
    money = totals(shop, order)
    assert (money["total"], money["credited"], money["paid"], money["balance"]) == (
        "250.00",
        "100.00",
        "150.00",
        "0.00",
    )
    document = shop.read(returned, "returns")
    assert (document["credited"]["amount"], document["refunded"]["amount"]) == ("100.00", "100.00")
    assert Order.objects.get().returns_open == 0
    kinds = [e.kind for e in Event.objects.filter(subject=f"return/{returned['number']}").order_by("id")]
    assert kinds == [
        "return.requested",
        "return.accepted",
        "return.received",
        "return.inspected",
        "return.reimbursed",
    ]
    assert [event.data["version"] for event in events("return.reimbursed")] == [document["version"]]
    (refund,) = Payment.objects.filter(kind="refund")
    assert (refund.method, str(refund.amount), refund.reference) == ("card", "100.0000", returned["number"])
    back = Movement.objects.get(cause="returned")
    assert (back.state, back.change, back.after, back.reference) == (
        "on_hand",
        1,
        9,
        f"return/{returned['number']}",
    )


def test_verdicts_divide_a_line_and_stock_follows_each(shop):
    order = shop.order(line(quantity=5))
    returned = shop.accepted(order, 5)
    shop.receive(returned, 5, at="JED")
    shop.inspect(returned, (1, "restock"), (1, "refurbish"), (1, "damaged"), (1, "missing"), (1, "send_back"))
    # In Jeddah three units came to stay: one to sell, one damaged, one to look at again.
    assert level(at="JED") == (3, 0, 1, 1)
    assert level() == (5, 0, 0, 0)
    after = shop.read(order)
    assert after["lines"][0]["returned"] == 3
    assert totals(shop, order)["credited"] == "300.00"
    document = shop.read(returned, "returns")
    assert [seen["disposition"] for seen in document["lines"][0]["inspections"]] == [
        "restock",
        "refurbish",
        "damaged",
        "missing",
        "send_back",
    ]
    assert shop.step(returned, "reimbursements", {"kind": "refund"})["amount"]["amount"] == "300.00"


def test_partial_returns_one_after_another_add_up_to_the_line(shop):
    # 3 units for 100.00: no unit is worth a whole number of halalas.
    order = shop.order(
        line(quantity=3, price="33.3333"),
        payments=[{"method": "card", "state": "captured", "amount": "100.00"}],
    )
    paid_back = []
    for _ in range(3):
        returned = shop.accepted(order, 1)
        shop.receive(returned, 1)
        shop.inspect(returned, (1, "restock"))
        paid_back.append(shop.step(returned, "reimbursements", {"kind": "refund"})["amount"]["amount"])
    assert sorted(paid_back) == ["33.33", "33.33", "33.34"]
    money = totals(shop, order)
    assert (money["credited"], money["paid"], money["balance"]) == ("100.00", "0.00", "0.00")
    after = shop.read(order)
    assert (after["return_status"], after["payment_status"]) == ("returned", "refunded")
    assert level() == (10, 0, 0, 0)


def test_three_decimals_and_none(shop):
    for currency, price, whole in (("KWD", "1.0005", "3.002"), ("IRR", "333333.5", "1000001")):
        order = shop.order(
            line(quantity=3, price=price),
            currency=currency,
            payments=[{"method": "card", "state": "captured", "amount": whole}],
        )
        for units in (1, 2):
            returned = shop.accepted(order, units)
            shop.receive(returned, units)
            shop.inspect(returned, (units, "restock"))
            shop.step(returned, "reimbursements", {"kind": "refund"})
        money = totals(shop, order)
        assert (money["credited"], money["balance"]) == (whole, "0.000" if currency == "KWD" else "0")


def test_goods_that_come_later_open_the_return_again(shop):
    order = shop.order(line(quantity=3))
    returned = shop.accepted(order, 3)
    assert shop.receive(returned, 1)["return"]["reception"] == "partially_received"
    shop.inspect(returned, (1, "restock"))
    assert shop.step(returned, "reimbursements", {"kind": "refund"})["amount"]["amount"] == "100.00"
    assert Order.objects.get().returns_open == 0
    answer = shop.receive(returned, 2)
    assert (answer["return"]["reception"], answer["return"]["reimbursement"]) == ("received", "pending")
    assert Order.objects.get().returns_open == 1
    shop.inspect(returned, (2, "restock"))
    assert shop.step(returned, "reimbursements", {"kind": "refund"})["amount"]["amount"] == "200.00"
    assert Order.objects.get().returns_open == 0
    assert shop.read(returned, "returns")["refunded"]["amount"] == "300.00"
    assert [event.data["complete"] for event in events("return.received")] == [False, True]


def test_a_receipt_may_carry_the_verdict(shop):
    order = shop.order(line(quantity=2))
    returned = shop.accepted(order, 2)
    line_id = returned["lines"][0]["id"]
    lines = [
        {"id": line_id, "quantity": 1, "disposition": "restock"},
        {"id": line_id, "quantity": 1, "grade": "reject", "disposition": "damaged"},
    ]
    answer = shop.step(returned, "receipts", {"location": "RUH", "lines": lines})
    assert [seen["grade"] for seen in answer["inspections"]] == ["A", "reject"]
    assert level() == (10, 0, 1, 0)


def test_the_customer_is_told_of_the_request_and_of_the_decision(shop):
    def told():
        rows = Message.objects.filter(kind__startswith="return_").order_by("created_at")
        return [(row.kind, row.subject_ref, row.language) for row in rows]

    order = shop.order(line(quantity=2), language="ar")
    yes, no = shop.request(order, 1, method="branch"), shop.request(order, 1)
    shop.step(yes, "approvals", {})
    shop.step(no, "approvals", {"decision": "rejected", "note": "Worn for weeks"})
    outbox.drain()
    assert sorted(told()) == [
        ("return_accepted", f"return/{yes['number']}", "ar"),
        ("return_rejected", f"return/{no['number']}", "ar"),
        ("return_requested", f"return/{yes['number']}", "ar"),
        ("return_requested", f"return/{no['number']}", "ar"),
    ]
    accepted = message_facts.read(Message.objects.get(kind="return_accepted"))
    rejected = message_facts.read(Message.objects.get(kind="return_rejected"))
    assert (accepted.return_number, rejected.note) == (yes["number"], "Worn for weeks")
    assert "فروع" in accepted.next_step
    # From an Arabic mail the page opens in Arabic, on a phone set to English too.
    assert accepted.page_url.endswith("/?lang=ar")
    page = Client().get(
        "/" + accepted.page_url.partition("//")[2].partition("/")[2], headers={"Accept-Language": "en"}
    )
    assert page.headers["Content-Language"] == "ar"
    assert [(one.name, one.quantity, one.total) for one in accepted.lines] == [("TEE", 1, None)]


def test_nobody_is_told_of_a_return_of_what_never_reached_them(shop):
    order = shop.place(line())
    deliver(order["number"], None, "returned_to_sender")
    shop.accepted(shop.read(order), 1)
    outbox.drain()
    assert not Message.objects.filter(kind__startswith="return_").exists()


def test_what_is_not_acceptable_is_not_restocked(shop):
    returned = shop.accepted(shop.order(line()), 1)
    found = {"id": returned["lines"][0]["id"], "quantity": 1, "grade": "reject", "disposition": "restock"}
    for step, more in (("receipts", {"location": "RUH"}), ("inspections", {})):
        refused = shop.step(returned, step, more | {"lines": [found]}, status=400)
        assert [(fault["pointer"], fault["code"]) for fault in refused["errors"]] == [
            ("/lines/0/disposition", "unfit")
        ]
        if step == "receipts":
            assert shop.read(returned, "returns")["reception"] == "awaiting"
            shop.receive(returned, 1)
    assert (level(), shop.read(returned, "returns")["lines"][0]["inspected"]) == ((9, 0, 0, 0), 0)


def test_an_empty_box_ends_the_return_without_money(shop):
    order = shop.order(line())
    returned = shop.accepted(order, 1)
    shop.receive(returned, 1)
    answer = shop.inspect(returned, (1, "missing"))
    assert answer["return"]["reimbursement"] == "none"
    assert level() == (9, 0, 0, 0)
    after = shop.read(order)
    assert (after["return_status"], after["lines"][0]["returned"]) == ("none", 0)
    assert Order.objects.get().returns_open == 0
    refused = shop.post(f"returns/{returned['id']}/reimbursements/", {"kind": "refund"})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")


def test_kept_goods_are_credited_without_a_parcel(shop):
    order = shop.order(line(quantity=2))
    returned = shop.accepted(order, 1, method="keep")
    assert level() == (8, 0, 0, 0)
    assert totals(shop, order)["credited"] == "100.00"
    body = {"location": "RUH", "lines": [{"id": returned["lines"][0]["id"], "quantity": 1}]}
    for step, sent in (("receipts", body), ("labels", {})):
        refused = shop.post(f"returns/{returned['id']}/{step}/", sent)
        assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")
    assert shop.step(returned, "reimbursements", {"kind": "refund"})["amount"]["amount"] == "100.00"
    assert totals(shop, order)["balance"] == "0.00"


def test_store_credit_is_recorded_as_such(shop):
    order = shop.order(line())
    returned = shop.accepted(order, 1, resolution="store_credit")
    shop.receive(returned, 1)
    shop.inspect(returned, (1, "restock"))
    shop.step(returned, "reimbursements", {"kind": "store_credit"})
    (refund,) = Payment.objects.filter(kind="refund")
    assert (refund.method, str(refund.amount)) == ("store_credit", "100.0000")
    assert totals(shop, order)["balance"] == "0.00"


def test_money_goes_back_the_way_it_came(shop):
    payments = [
        {"method": "wallet", "state": "captured", "amount": "60.00"},
        {"method": "card", "state": "captured", "amount": "40.00"},
    ]
    order = shop.order(line(), payments=payments)
    returned = shop.accepted(order, 1)
    shop.receive(returned, 1)
    shop.inspect(returned, (1, "restock"))
    shop.step(returned, "reimbursements", {"kind": "refund"})
    assert {(p.method, str(p.amount)) for p in Payment.objects.filter(kind="refund")} == {
        ("wallet", "60.0000"),
        ("card", "40.0000"),
    }


def test_cash_that_was_never_taken_is_not_paid_back(shop):
    payments = [
        {"method": "card", "state": "captured", "amount": "50.00"},
        {"method": "cod", "state": "pending", "amount": "150.00"},
    ]
    order = shop.order(line(quantity=2), payments=payments)
    returned = shop.accepted(order, 2)
    shop.receive(returned, 2)
    shop.inspect(returned, (2, "restock"))
    assert shop.step(returned, "reimbursements", {"kind": "refund"})["amount"]["amount"] == "50.00"
    assert totals(shop, order)["balance"] == "0.00"


@pytest.mark.parametrize(
    ("amount", "status", "code"),
    [
        ("200.01", 409, "over_refund"),
        ("-1.00", 400, "invalid"),
        ("0.00", 400, "invalid"),
        ("1.005", 400, "invalid"),
        ("١٠", 400, "invalid"),
        ("1e2", 400, "invalid"),
    ],
)
def test_an_amount_beyond_the_ledger_or_no_amount_is_refused(shop, amount, status, code):
    order = shop.order(line(quantity=2))
    returned = shop.accepted(order, 1)
    shop.receive(returned, 1)
    shop.inspect(returned, (1, "restock"))
    refused = shop.post(f"returns/{returned['id']}/reimbursements/", {"kind": "refund", "amount": amount})
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert not Payment.objects.filter(kind="refund").exists()
    assert shop.read(returned, "returns")["reimbursement"] == "pending"
    assert Order.objects.get().returns_open == 1


def test_staff_may_give_less_than_the_goods_were_worth(shop):
    order = shop.order(line())
    returned = shop.accepted(order, 1)
    shop.receive(returned, 1)
    shop.inspect(returned, (1, "damaged"))
    assert (
        shop.step(returned, "reimbursements", {"kind": "refund", "amount": "70"})["amount"]["amount"]
        == "70.00"
    )
    assert totals(shop, order)["balance"] == "-30.00"


def test_steps_out_of_turn_are_refused_and_change_nothing(shop):
    order = shop.order(line(quantity=2))
    returned = shop.request(order, 2)
    units = [{"id": returned["lines"][0]["id"], "quantity": 1}]
    bodies = {
        "labels": {},
        "receipts": {"location": "RUH", "lines": units},
        "inspections": {"lines": [units[0] | {"grade": "A", "disposition": "restock"}]},
        "reimbursements": {"kind": "refund"},
    }

    def refused(*steps: str) -> None:
        before = (Event.objects.count(), level(), shop.read(returned, "returns"))
        for step in steps:
            answer = shop.post(f"returns/{returned['id']}/{step}/", bodies.get(step, {}))
            assert (answer.status_code, answer.json()["code"]) == (409, "illegal_move"), step
        assert (Event.objects.count(), level(), shop.read(returned, "returns")) == before

    refused("labels", "receipts", "inspections", "reimbursements")
    shop.step(returned, "approvals", {})
    refused("approvals", "inspections", "reimbursements")
    shop.receive(returned, 2)
    refused("labels", "receipts", "reimbursements")
    shop.inspect(returned, (2, "restock"))
    shop.step(returned, "reimbursements", {"kind": "refund"})
    refused("approvals", "labels", "receipts", "reimbursements")


def test_a_rejected_return_is_over(shop):
    order = shop.order(line())
    returned = shop.request(order, 1)
    answer = shop.step(returned, "approvals", {"decision": "rejected", "note": "Worn <b>outdoors</b>"})
    assert (answer["decision"], answer["note"]) == ("rejected", "Worn <b>outdoors</b>")
    after = shop.read(returned, "returns")
    states = ("reception", "acceptance", "reimbursement", "decision_note")
    assert [after[name] for name in states] == ["cancelled", "rejected", "none", "Worn <b>outdoors</b>"]
    assert shop.read(order)["return_status"] == "none"
    assert [e.kind for e in Event.objects.filter(kind__startswith="return.").order_by("id")] == [
        "return.requested",
        "return.rejected",
    ]
    assert "Worn" not in str(events("return.rejected")[0].data)


def test_more_than_came_is_neither_received_nor_inspected(shop):
    order = shop.order(line(quantity=3))
    returned = shop.accepted(order, 2)
    line_id = returned["lines"][0]["id"]
    too_many = {"location": "RUH", "lines": [{"id": line_id, "quantity": 1}, {"id": line_id, "quantity": 2}]}
    refused = shop.post(f"returns/{returned['id']}/receipts/", too_many)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/lines/1/quantity")
    shop.receive(returned, 1)
    found = [{"id": line_id, "quantity": 1, "grade": "A", "disposition": d} for d in ("restock", "damaged")]
    refused = shop.post(f"returns/{returned['id']}/inspections/", {"lines": found})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/lines/1/quantity")
    assert Inspection.objects.count() == 0
    assert level() == (7, 0, 0, 0)


@pytest.mark.parametrize("code", ["NOPE", "ruh", ""])
def test_an_unknown_location_is_named(shop, code):
    returned = shop.accepted(shop.order(line()), 1)
    lines = [{"id": returned["lines"][0]["id"], "quantity": 1}]
    refused = shop.post(f"returns/{returned['id']}/receipts/", {"location": code, "lines": lines})
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_location")


def test_a_label_has_its_number_at_once_and_its_paper_later(shop):
    returned = shop.accepted(shop.order(line()), 1)
    assert shop.get(f"returns/{returned['id']}/label.pdf").status_code == 404
    answer = shop.step(returned, "labels", {})
    assert answer["tracking_number"].startswith("RB")
    waiting = shop.get(f"returns/{returned['id']}/label.pdf")
    assert (waiting.status_code, waiting["Retry-After"]) == (404, "2")
    refused = shop.post(f"returns/{returned['id']}/labels/", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_move")


def test_warehouse_staff_receive_at_their_own_locations_alone(shop, client):
    user = User.objects.create_user("sam", password="x", role="warehouse", locations=["JED"])
    client.force_login(user)
    returned = shop.accepted(shop.order(line(quantity=2)), 2)
    line_id = returned["lines"][0]["id"]

    def post(step, body, key):
        return client.post(
            f"/api/v1/returns/{returned['number']}/{step}/",
            body,
            "application/json",
            headers={"Idempotency-Key": key},
        )

    lines = [{"id": line_id, "quantity": 1}]
    assert post("receipts", {"location": "RUH", "lines": lines}, "1").json()["code"] == "unknown_location"
    assert post("receipts", {"location": "JED", "lines": lines}, "2").status_code == 201
    shop.receive(returned, 1, at="RUH")
    found = [{"id": line_id, "quantity": 2, "grade": "A", "disposition": "restock"}]
    assert post("inspections", {"lines": found}, "3").json()["code"] == "too_many"
    found[0]["quantity"] = 1
    assert post("inspections", {"lines": found}, "4").status_code == 201
    assert (level(at="JED"), level()) == ((1, 0, 0, 0), (8, 0, 0, 0))
    shop.inspect(returned, (1, "restock"))
    assert (level(at="JED"), level()) == ((1, 0, 0, 0), (9, 0, 0, 0))


def test_the_clock_of_a_return_is_ours(shop):
    order = shop.order(line())
    with time_machine.travel("2026-11-24T08:00:00Z", tick=False):
        now = timezone.now()
        returned = shop.request(order, 1)
    assert returned["requested_at"] == now.isoformat().replace("+00:00", "Z")


def test_the_label_is_drawn_in_a_worker_and_scans_back(shop):
    returned = shop.accepted(shop.order(line(), language="fa"), 1)
    number = shop.step(returned, "labels", {})["tracking_number"]
    tasks.print_owed()
    assert labelling.print_owed() == 0
    paper = shop.get(f"returns/{returned['number']}/label.pdf", Accept="text/html")
    assert (paper.status_code, paper["Content-Type"]) == (200, "application/pdf")
    (codes,) = paper_scanner.scan_pdf(paper.content)
    assert number in codes
    assert "King Fahd Road 1" in paper_scanner.text(paper.content)


@pytest.mark.parametrize(("state", "method"), [("returned_to_sender", "courier"), ("lost", "keep")])
def test_a_parcel_that_never_arrived_is_settled_by_a_return(shop, state, method):
    order = shop.place(line(quantity=2))
    deliver(order["number"], None, state=state)
    assert [found.rule for found in requests.returnable(Order.objects.get())] == ["not_delivered"]
    returned = shop.accepted(shop.read(order), 2, method=method)
    if method == "courier":
        shop.receive(returned, 2)
        shop.inspect(returned, (2, "restock"))
    assert level() == ((10, 0, 0, 0) if method == "courier" else (8, 0, 0, 0))
    shop.step(returned, "reimbursements", {"kind": "refund"})
    after = shop.read(order)
    assert (after["stage"], after["return_status"], after["payment_status"]) == (
        "completed",
        "returned",
        "refunded",
    )
