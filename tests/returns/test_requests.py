"""Asking to send something back."""

import pytest
from django.utils import timezone

from oms.core.models import Channel, Event
from orders.models import Order
from returns.models import Return, ReturnLine
from tests.returns.conftest import Shop, deliver, events, line


def errors_of(response) -> list[tuple[str, str]]:
    assert response["Content-Type"] == "application/problem+json", response.content
    return [(error["pointer"], error["code"]) for error in response.json()["errors"]]


def body(order, quantity=1, **more):
    asked = {"id": order["lines"][0]["id"], "quantity": quantity, "reason": "size", "note": "Too small"}
    return {"order": order["number"], "lines": [asked], "method": "courier", "resolution": "refund"} | more


def test_a_request_is_registered_and_told(shop):
    order = shop.order(line(quantity=3))
    response = shop.post("returns/", body(order, 2))
    assert response.status_code == 201
    returned = response.json()
    assert response["Location"].endswith(f"/api/v1/returns/{returned['id']}/")
    assert returned["number"] == f"R{order['number']}-1"
    assert (returned["reception"], returned["acceptance"], returned["reimbursement"]) == (
        "awaiting",
        "pending",
        "pending",
    )
    (asked,) = returned["lines"]
    assert asked["id"] != order["lines"][0]["id"]
    assert (asked["line"], asked["sku"], asked["quantity"], asked["reason"], asked["note"]) == (
        order["lines"][0]["id"],
        "TEE",
        2,
        "size",
        "Too small",
    )
    after = shop.read(order)
    assert after["return_status"] == "requested"
    assert after["lines"][0]["returned"] == 0
    assert after["totals"] == order["totals"]
    (event,) = events("return.requested")
    assert (event.subject, event.thread) == (f"return/{returned['number']}", f"order/{order['number']}")
    assert event.data["id"] == returned["id"]
    assert event.data["version"] == 1


def test_it_is_found_by_id_and_number_and_order_with_an_etag(shop):
    order = shop.order(line())
    returned = shop.request(order, 1)
    by_number = shop.get(f"returns/{returned['number']}/")
    assert by_number.json() == returned
    again = shop.get(f"returns/{returned['id']}/", **{"If-None-Match": by_number["ETag"]})
    assert again.status_code == 304
    for ref in (order["id"], order["number"]):
        listed = shop.get("returns/", {"order": ref}).json()
        assert [row["id"] for row in listed["data"]] == [returned["id"]]
        assert "lines" not in listed["data"][0]
    assert shop.get("returns/", {"order": "nothing"}).json()["data"] == []


def test_the_list_filters_and_pages_with_fixed_queries(shop, django_assert_num_queries):
    order = shop.order(line(quantity=6))
    made = [shop.request(order, 1) for _ in range(5)]
    shop.step(made[0], "approvals", {"decision": "rejected"})
    shop.step(made[1], "approvals", {})
    pending = shop.get("returns/", {"acceptance": "pending,accepted", "limit": 3}).json()
    assert [row["number"] for row in pending["data"]] == [made[n]["number"] for n in (4, 3, 2)]
    assert pending["has_more"] is True
    rest = shop.get("returns/", {"acceptance": "pending,accepted", "cursor": pending["next_cursor"]}).json()
    assert [row["number"] for row in rest["data"]] == [made[1]["number"]]
    assert rest["next_cursor"] is None
    shop.get("returns/")  # the key is known for some seconds
    with django_assert_num_queries(1):
        assert len(shop.get("returns/").json()["data"]) == 5
    assert errors_of(shop.get("returns/", {"acceptance": "maybe"})) == [("acceptance", "invalid")]
    assert shop.get("returns/", {"cursor": "bm90"}).json()["code"] == "invalid_cursor"
    assert shop.get("returns/", {"colour": "red"}).json()["code"] == "unknown_parameter"


def test_numbers_count_within_the_order(shop):
    order = shop.order(line(quantity=2))
    numbers = [shop.request(order, 1)["number"] for _ in range(2)]
    assert numbers == [f"R{order['number']}-1", f"R{order['number']}-2"]


def test_units_on_their_way_back_cannot_be_asked_twice(shop):
    order = shop.order(line(quantity=3))
    shop.request(order, 2)
    refused = shop.post("returns/", body(order, 2))
    assert refused.status_code == 409
    assert refused.json()["code"] == "not_returnable"
    assert refused.json()["rule"] == "quantity"
    assert errors_of(refused) == [("/lines/0", "quantity")]
    assert shop.post("returns/", body(order, 1)).status_code == 201


def test_units_of_a_rejected_return_may_be_asked_again(shop):
    order = shop.order(line(quantity=1))
    shop.step(shop.request(order, 1), "approvals", {"decision": "rejected"})
    assert shop.request(order, 1)["number"].endswith("-2")


def test_one_line_may_be_named_twice_but_not_beyond_its_units(shop):
    order = shop.order(line(quantity=3))
    line_id = order["lines"][0]["id"]
    twice = [
        {"id": line_id, "quantity": 2, "reason": "size"},
        {"id": line_id, "quantity": 2, "reason": "late"},
    ]
    refused = shop.post("returns/", body(order) | {"lines": twice})
    assert (refused.status_code, errors_of(refused)) == (409, [("/lines/1", "quantity")])
    twice[1]["quantity"] = 1
    made = shop.post("returns/", body(order) | {"lines": twice}).json()
    assert [asked["reason"] for asked in made["lines"]] == ["size", "late"]


def test_what_was_not_delivered_does_not_come_back(shop):
    order = shop.place(line())
    refused = shop.post("returns/", body(order))
    assert (refused.status_code, refused.json()["rule"]) == (409, "not_delivered")
    assert Return.objects.count() == 0
    assert Order.objects.get().returns_open == 0
    assert events("return.requested") == []


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"lines": []}, 400, "/lines"),
        ({"method": "balloon"}, 400, "/method"),
        ({"resolution": "hug"}, 400, "/resolution"),
        ({"resolution": "exchange"}, 400, "/exchange_sku"),
        ({"resolution": "exchange", "exchange_sku": "NOPE"}, 400, "/exchange_sku"),
        ({"exchange_sku": "MUG"}, 400, "/exchange_sku"),
        ({"colour": "red"}, 400, "/colour"),
    ],
)
def test_a_body_that_makes_no_sense_is_named(shop, change, status, pointer):
    order = shop.order(line())
    refused = shop.post("returns/", body(order) | change)
    assert (refused.status_code, errors_of(refused)[0][0]) == (status, pointer)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"quantity": 0}, "/lines/0/quantity"),
        ({"quantity": -1}, "/lines/0/quantity"),
        ({"quantity": 1.5}, "/lines/0/quantity"),
        ({"quantity": "1"}, "/lines/0/quantity"),
        ({"reason": "because"}, "/lines/0/reason"),
        ({"id": "not-an-id"}, "/lines/0/id"),
        ({"id": "01890000-0000-7000-8000-000000000000"}, "/lines/0/id"),
        ({"note": "a\x07b"}, "/lines/0/note"),
        ({"note": "x" * 1001}, "/lines/0/note"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(shop, change, pointer):
    order = shop.order(line())
    sent = body(order)
    sent["lines"][0] |= change
    refused = shop.post("returns/", sent)
    assert (refused.status_code, errors_of(refused)[0][0]) == (400, pointer)
    assert Return.objects.count() == 0


def test_hostile_text_stays_text_and_stays_out_of_events(shop):
    order = shop.order(line())
    hostile = "<script>alert(1)</script> {{7*7}} ‮ file:///etc/passwd\nمقاس صغير"
    sent = body(order)
    sent["lines"][0]["note"] = hostile
    returned = shop.post("returns/", sent).json()
    assert returned["lines"][0]["note"] == hostile.replace("‮", "")
    assert ReturnLine.objects.get().note == hostile.replace("‮", "")
    assert not any("script" in str(event.data) for event in Event.objects.all())


@pytest.mark.parametrize(
    "ref", ["nothing", "R1-1", "a%00b", "01890000-0000-7000-8000-000000000000", "x" * 300]
)
def test_an_unknown_return_is_404(shop, ref):
    for path in ("", "label.pdf"):
        response = shop.get(f"returns/{ref}/{path}")
        assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_another_channel_sees_neither_the_order_nor_the_return(shop):
    order = shop.order(line(quantity=2))
    returned = shop.request(order, 1)
    other = Shop("other")
    assert other.post("returns/", body(order)).status_code == 404
    assert other.get(f"returns/{returned['id']}/").status_code == 404
    assert other.get(f"returns/{returned['number']}/label.pdf").status_code == 404
    for step, sent in (
        ("approvals", {}),
        ("labels", {}),
        ("receipts", {"location": "RUH", "lines": [{"id": returned["lines"][0]["id"], "quantity": 1}]}),
        ("reimbursements", {"kind": "refund"}),
    ):
        assert other.post(f"returns/{returned['id']}/{step}/", sent).status_code == 404
    assert other.get("returns/").json()["data"] == []
    assert Channel.objects.count() == 2


def test_the_same_key_answers_again_and_registers_once(shop):
    order = shop.order(line(quantity=2))
    first, again = (shop.post("returns/", body(order), key="once") for _ in range(2))
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Return.objects.count() == 1


def test_each_delivered_unit_counts_not_each_ordered_one(shop):
    order = shop.place(line(quantity=2), line("MUG"))
    deliver(order["number"], timezone.now())
    refused = shop.post("returns/", body(order, 3))
    assert refused.json()["rule"] == "quantity"


@pytest.mark.parametrize(
    ("days", "reason", "rule"),
    [(13.9, "size", ""), (14.1, "size", "window"), (29.9, "damaged", ""), (30.1, "damaged", "window")],
)
def test_the_window_closes_after_the_delivery_by_reason(shop, days, reason, rule):
    order = shop.order(line(), days_ago=days)
    sent = body(order)
    sent["lines"][0]["reason"] = reason
    answer = shop.post("returns/", sent)
    assert answer.status_code == (409 if rule else 201)
    assert answer.json().get("rule", "") == rule


def test_a_final_sale_comes_back_only_where_the_fault_is_ours(shop):
    order = shop.order(line(quantity=2), tags=["final_sale"])
    refused = shop.post("returns/", body(order))
    assert (refused.status_code, refused.json()["rule"]) == (409, "final_sale")
    sent = body(order)
    sent["lines"][0]["reason"] = "defective"
    assert shop.post("returns/", sent).status_code == 201
