"""Holds stop an order, the ledger counts its money; both decide its status."""

import pytest

from oms.core.models import Event
from orders.models import Payment
from tests import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> shop.Api:
    shop.product("TEE", RUH=100)
    return shop.api()


def place(web: shop.Api, **changes):
    answer = web.post("orders/", shop.order_body(("TEE", 1), **changes))
    assert answer.status_code == 201, answer.content
    return answer.json()


def pay(web: shop.Api, order, kind: str, amount: str, method: str = "card"):
    return web.post(f"orders/{order['id']}/payments/", {"kind": kind, "method": method, "amount": amount})


def status(web: shop.Api, order) -> tuple[str, str, str]:
    now = web.get(f"orders/{order['id']}/").json()
    return now["stage"], now["payment_status"], now["totals"]["balance"]["amount"]


def test_several_holds_stand_and_each_is_released_on_its_own(web):
    order = place(web)
    risk = web.post(f"orders/{order['number']}/holds/", {"reason": "risk", "note": "two cards"})
    manual = web.post(f"orders/{order['id']}/holds/", {"reason": "manual"})
    assert (risk.status_code, manual.status_code) == (201, 201)
    assert status(web, order)[0] == "held"
    assert web.delete(f"orders/{order['id']}/holds/{risk.json()['id']}/").status_code == 204
    assert status(web, order)[0] == "held"
    assert web.delete(f"orders/{order['id']}/holds/{manual.json()['id']}/").status_code == 204
    assert status(web, order)[0] == "placed"
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [
        "order.placed",
        "payment.captured",
        "order.held",
        "order.held",
        "order.released",
        "order.released",
    ]


def test_a_hold_is_released_once_and_placed_once_for_a_reason(web):
    order = place(web)
    hold = web.post(f"orders/{order['id']}/holds/", {"reason": "risk"}).json()
    again = web.post(f"orders/{order['id']}/holds/", {"reason": "risk"})
    assert (again.status_code, again.json()["code"]) == (409, "already_held")
    url = f"orders/{order['id']}/holds/{hold['id']}/"
    assert web.delete(url).status_code == 204
    assert (web.delete(url).status_code, web.delete(url).json()["code"]) == (409, "illegal_move")


def test_capture_in_parts_and_no_further(web):
    order = place(web, payments=[{"method": "card", "state": "authorized", "amount": "125.00"}])
    assert status(web, order) == ("placed", "authorized", "125.00")
    assert pay(web, order, "capture", "100.00").status_code == 201
    assert status(web, order) == ("placed", "partially_paid", "25.00")
    over = pay(web, order, "capture", "25.01")
    assert (over.status_code, over.json()["code"]) == (409, "over_capture")
    assert pay(web, order, "capture", "25.00").status_code == 201
    assert status(web, order) == ("placed", "paid", "0.00")


def test_refund_in_parts_and_no_further(web):
    order = place(web)
    assert pay(web, order, "refund", "25.00").status_code == 201
    assert status(web, order) == ("placed", "partially_refunded", "25.00")
    over = pay(web, order, "refund", "100.01")
    assert (over.status_code, over.json()["code"]) == (409, "over_refund")
    assert pay(web, order, "refund", "100.00").status_code == 201
    assert status(web, order) == ("placed", "refunded", "125.00")
    assert Payment.objects.count() == 3


def test_void_lets_go_of_an_authorisation(web):
    order = place(web, payments=[{"method": "card", "state": "authorized", "amount": "125.00"}])
    assert pay(web, order, "void", "125.01").json()["code"] == "over_void"
    assert pay(web, order, "void", "125.00").status_code == 201
    assert status(web, order) == ("held", "voided", "125.00")
    assert [hold["reason"] for hold in web.get(f"orders/{order['id']}/holds/").json()["data"]] == [
        "awaiting_payment"
    ]
    assert pay(web, order, "capture", "125.00", method="bank").status_code == 201
    assert status(web, order) == ("placed", "paid", "0.00")


def test_an_authorisation_let_go_stops_nothing_that_is_paid_for(web):
    order = place(web, payments=[{"method": "card", "state": "authorized", "amount": "150.00"}])
    assert pay(web, order, "void", "25.00").status_code == 201
    assert status(web, order) == ("placed", "authorized", "125.00")


def test_an_authorisation_that_covers_ends_the_wait(web):
    order = place(web, payments=[])
    assert status(web, order)[0] == "held"
    pay(web, order, "authorization", "124.99")
    assert status(web, order)[0] == "held"
    pay(web, order, "authorization", "0.01", method="wallet")
    assert status(web, order)[0] == "placed"


@pytest.mark.parametrize("amount", ["0", "0.00", "1.001", "-1", "1e3", "", "٥", "9999999999999"])
def test_an_amount_that_is_none_is_refused(web, amount):
    order = place(web)
    answer = pay(web, order, "capture", amount)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/amount"
    assert Payment.objects.count() == 1


def test_patch_needs_the_version_that_was_read(web):
    order = place(web, metadata={"a": 1, "b": {"c": 2}})
    url = f"orders/{order['id']}/"
    etag = web.get(url)["ETag"]
    assert web.patch(url, {"note": "x"}).status_code == 428
    assert web.patch(url, {"note": "x"}, '"0"').status_code == 412
    changed = web.patch(url, {"note": "Ring", "tags": ["vip"], "metadata": {"a": None, "b": {"d": 3}}}, etag)
    assert changed.status_code == 200
    now = changed.json()
    assert (now["note"], now["tags"], now["metadata"]) == ("Ring", ["vip"], {"b": {"c": 2, "d": 3}})
    assert web.patch(url, {"note": "y"}, etag).status_code == 412
    assert web.patch(url, {"total": 1}, changed["ETag"]).json()["code"] == "unknown_field"
    kinds = Event.objects.filter(kind="order.changed").values_list("data__fields", flat=True)
    assert list(kinds) == [["note", "tags", "metadata"]]


def test_the_timeline_tells_what_happened_page_by_page(web):
    order = place(web)
    web.post(f"orders/{order['id']}/holds/", {"reason": "risk"})
    first = web.get(f"orders/{order['id']}/events/?limit=2").json()
    rest = web.get(f"orders/{order['id']}/events/?limit=2&cursor={first['next_cursor']}").json()
    assert [e["type"] for e in first["data"] + rest["data"]] == [
        "order.placed",
        "payment.captured",
        "order.held",
    ]
    assert (first["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)


def test_a_refusal_of_money_speaks_in_the_currencys_decimals(web):
    order = web.post("orders/", shop.order_body(("TEE", 1))).json()
    entry = {"kind": "refund", "method": "card", "amount": "500.00"}
    refused = web.post(f"orders/{order['id']}/payments/", entry)
    assert (refused.status_code, refused.json()["code"]) == (409, "over_refund")
    assert refused.json()["detail"] == "125.00 can be paid back, not 500.00."


def test_the_ledger_is_a_list_like_every_other(web):
    order = place(web, payments=[{"method": "card", "state": "authorized", "amount": "125.00"}])
    for amount in ("25.00", "40.00"):
        assert pay(web, order, "capture", amount).status_code == 201
    path = f"orders/{order['id']}/payments/"
    whole = web.get(path).json()
    assert [entry["amount"]["amount"] for entry in whole["data"]] == ["125.00", "25.00", "40.00"]
    assert (whole["has_more"], whole["next_cursor"]) == (False, None)
    first = web.get(f"{path}?limit=2")
    assert (first.json()["data"], first.json()["has_more"]) == (whole["data"][:2], True)
    assert 'rel="next"' in first["Link"]
    rest = web.get(f"{path}?limit=2&cursor={first.json()['next_cursor']}").json()
    assert (rest["data"], rest["has_more"], rest["next_cursor"]) == (whole["data"][2:], False, None)
    for wrong in ("limit=0", "limit=251", "cursor=x", "cursor=WzBd"):
        assert web.get(f"{path}?{wrong}").status_code == 400, wrong
