"""An order comes in by REST: what is answered, what is stored, what is refused."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Reservation, StockLevel
from oms.core.models import Event
from orders.models import Customer, Order
from tests import shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> shop.Api:
    shop.product("TEE", RUH=10, JED=5)
    shop.product("MUG", RUH=3)
    return shop.api()


def available(sku: str, code: str) -> int:
    level = StockLevel.objects.get(product__sku=sku, location__code=code)
    return level.on_hand - level.committed


@pytest.mark.pgbouncer
def test_an_order_is_stored_and_its_stock_is_kept(web):
    answer = web.post("orders/", shop.order_body(("TEE", 2), ("MUG", 1)))
    assert answer.status_code == 201, answer.content
    order = answer.json()
    assert order["status"] == "open"
    assert order["stage"] == "placed"
    assert order["payment_status"] == "paid"
    assert order["holds"] == []
    assert order["channel"] == "web"
    assert order["totals"]["total"] == {"amount": "325.00", "currency": "SAR"}
    assert order["totals"]["tax"] == {"amount": "42.39", "currency": "SAR"}
    assert order["totals"]["balance"]["amount"] == "0.00"
    assert [(line["sku"], line["quantity"], line["reserved"]) for line in order["lines"]] == [
        ("TEE", 2, 2),
        ("MUG", 1, 1),
    ]
    assert available("TEE", "RUH") == 8
    assert available("MUG", "RUH") == 2
    assert answer["Location"].endswith(f"/orders/{order['id']}/")


def test_the_answer_is_what_a_read_shows(web):
    placed = web.post(
        "orders/", shop.order_body(("TEE", 2), note="Ring\ntwice", tags=["vip"], metadata={"a": [1, None]})
    )
    read = web.get(f"orders/{placed.json()['id']}/")
    assert read.json() == placed.json()
    assert read["ETag"] == placed["ETag"]
    assert web.get(f"orders/{placed.json()['number']}/").json() == placed.json()
    assert web.get(f"orders/{placed.json()['id']}/", **{"If-None-Match": read["ETag"]}).status_code == 304


@pytest.mark.pgbouncer
def test_as_many_statements_for_700_lines_as_for_2(web):
    web.post("orders/", shop.order_body(("TEE", 1)))
    shop.product("BULK", RUH=1000)
    counts = []
    for count in (2, 700):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = web.post("orders/", shop.order_body(*[("BULK", 1)] * count))
        assert answer.status_code == 201
        counts.append([q["sql"] for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))])
    assert len(counts[0]) == len(counts[1])
    assert len(counts[0]) <= 12


@pytest.mark.pgbouncer
def test_not_enough_stock_names_each_line_and_stores_nothing(web):
    answer = web.post("orders/", shop.order_body(("TEE", 16), ("MUG", 4), ("TEE", 1)))
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "insufficient_stock"
    assert [(e["pointer"], e["sku"], e["asked"], e["available"]) for e in problem["errors"]] == [
        ("/lines/0/quantity", "TEE", 16, 15),
        ("/lines/1/quantity", "MUG", 4, 3),
        ("/lines/2/quantity", "TEE", 1, 0),
    ]
    assert Order.objects.count() == Reservation.objects.count() == Customer.objects.count() == 0
    assert Event.objects.count() == 0
    assert available("TEE", "RUH") == 10


def test_a_line_may_wait_where_backorders_are_allowed(web):
    body = shop.order_body(("MUG", 5))
    body["lines"][0]["backorder"] = True
    order = web.post("orders/", body).json()
    assert order["stage"] == "backordered"
    assert (order["lines"][0]["reserved"], order["lines"][0]["backordered"]) == (3, 2)
    assert web.get(f"orders/{order['id']}/").json() == order


def test_stock_is_taken_by_priority_of_locations(web):
    shop.location("NEAR", priority=1)
    shop.product("TEE", NEAR=1)
    web.post("orders/", shop.order_body(("TEE", 3)))
    assert [available("TEE", code) for code in ("NEAR", "RUH", "JED")] == [0, 8, 5]


def test_an_unpaid_order_keeps_its_stock_and_waits_for_its_money(web):
    order = web.post("orders/", shop.order_body(("TEE", 1), payments=[])).json()
    assert order["stage"] == "held"
    assert [hold["reason"] for hold in order["holds"]] == ["awaiting_payment"]
    assert order["payment_status"] == "unpaid"
    assert available("TEE", "RUH") == 9
    paid = web.post(
        f"orders/{order['id']}/payments/",
        {"kind": "capture", "method": "bank", "amount": "125.00", "reference": "b1"},
    )
    assert paid.status_code == 201
    order = web.get(f"orders/{order['id']}/").json()
    assert (order["stage"], order["payment_status"], order["holds"]) == ("placed", "paid", [])


def test_cash_on_delivery_needs_no_hold(web):
    cod = [{"method": "cod", "state": "pending", "amount": "125.00"}]
    order = web.post("orders/", shop.order_body(("TEE", 1), payments=cod)).json()
    assert (order["stage"], order["payment_status"]) == ("placed", "unpaid")


def test_an_address_no_carrier_can_use_is_held(web):
    address = {**shop.ADDRESS, "short_address": "12345678"}
    order = web.post("orders/", shop.order_body(("TEE", 1), shipping_address=address)).json()
    assert [hold["reason"] for hold in order["holds"]] == ["bad_address"]


@pytest.mark.pgbouncer
def test_the_same_facts_again_find_the_order_that_stands(web):
    body = shop.order_body(("TEE", 1), placed_at="2026-11-22T10:00:00Z")
    first = web.post("orders/", body)
    body["placed_at"] = "2026-11-22T13:00:00.000+03:00"
    body["lines"][0] |= {"unit_price": "100.0", "discount": "0.00", "personalisation": None}
    body["delivery"] = {"kind": "ship", "location": None}
    body["note"] = ""
    again = web.post("orders/", body)
    assert (again.status_code, again.json()) == (200, first.json())
    body["lines"][0]["quantity"] = 2
    other = web.post("orders/", body)
    assert (other.status_code, other.json()["code"]) == (409, "duplicate_external_id")
    assert Order.objects.count() == 1
    assert available("TEE", "RUH") == 9


@pytest.mark.pgbouncer
def test_the_same_key_gives_the_first_answer_again(web):
    body = shop.order_body(("TEE", 1))
    first = web.post("orders/", body, key="k1")
    again = web.post("orders/", body, key="k1")
    assert again["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    other = web.post("orders/", shop.order_body(("TEE", 2)), key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert Order.objects.count() == 1


def test_a_refused_call_may_be_repeated_with_its_key(web):
    body = shop.order_body(("MUG", 4))
    assert web.post("orders/", body, key="k2").status_code == 409
    shop.product("MUG", RUH=4)
    assert web.post("orders/", body, key="k2").status_code == 201


def test_one_person_by_any_spelling_is_one_customer(web):
    web.post("orders/", shop.order_body(("TEE", 1)))
    web.post("orders/", shop.order_body(("TEE", 1), customer={"name": "Sara", "email": "SARA@example.com"}))
    web.post("orders/", shop.order_body(("TEE", 1), customer={"name": "S", "phone": "+966 50 123 4567"}))
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"lines": []}, "/lines", "invalid"),
        ({"lines": [{"sku": "TEE", "quantity": 0, "unit_price": "1"}]}, "/lines/0/quantity", "invalid"),
        ({"lines": [{"sku": "TEE", "quantity": -3, "unit_price": "1"}]}, "/lines/0/quantity", "invalid"),
        ({"lines": [{"sku": "TEE", "quantity": 1, "unit_price": "-1"}]}, "/lines/0/unit_price", "invalid"),
        (
            {"lines": [{"sku": "TEE", "quantity": 1, "unit_price": "1.00001"}]},
            "/lines/0/unit_price",
            "invalid",
        ),
        (
            {"lines": [{"sku": "TEE", "quantity": 1, "unit_price": "1", "colour": "red"}]},
            "/lines/0/colour",
            "unknown_field",
        ),
        ({"lines": [{"sku": "TEE", "quantity": 1}]}, "/lines/0/unit_price", "required"),
        ({"lines": [{"sku": "NONE", "quantity": 1, "unit_price": "1"}]}, "/lines/0/sku", "unknown_sku"),
        ({"currency": "XXX"}, "/currency", "invalid"),
        ({"shipping_address": None}, "/shipping_address", "required"),
        ({"customer": {"name": " "}}, "/customer/name", "invalid"),
        ({"payments": [{"method": "card", "amount": "1.001"}]}, "/payments/0/amount", "invalid"),
        ({"channel": "web"}, "/channel", "invalid"),
        ({"placed_at": "2026-11-22T10:00:00"}, "/placed_at", "invalid"),
        ({"reservation": "r1"}, "/reservation", "unknown_reservation"),
    ],
)
def test_bad_input_names_its_field(web, change, pointer, code):
    answer = web.post("orders/", shop.order_body(("TEE", 1), **change))
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    error = answer.json()["errors"][0]
    assert (error["pointer"], error["code"]) == (pointer, code)
    assert Order.objects.count() == 0


def test_a_nul_character_is_refused(web):
    answer = web.post("orders/", shop.order_body(("TEE", 1), note="a\x00b"))
    assert (answer.status_code, answer.json()["code"]) == (400, "nul_character")


@pytest.mark.pgbouncer
def test_a_batch_places_each_on_its_own(web):
    good = shop.order_body(("TEE", 1))
    items = [
        good,
        shop.order_body(("MUG", 9)),
        {"external_id": "broken"},
        shop.order_body(("NONE", 1)),
        dict(good),
        {**shop.order_body(("TEE", 2)), "external_id": good["external_id"]},
        shop.order_body(("MUG", 3)),
    ]
    answer = web.post("orders/batch/", {"items": items})
    assert answer.status_code == 207, answer.content
    results = answer.json()["results"]
    assert [r["index"] for r in results] == list(range(7))
    assert [r["status"] for r in results] == [201, 409, 400, 400, 200, 409, 201]
    assert results[4]["id"] == results[0]["id"]
    assert [r["error"]["code"] for r in results if "error" in r] == [
        "insufficient_stock",
        "required",
        "unknown_sku",
        "duplicate_external_id",
    ]
    assert Order.objects.count() == 2
    assert available("TEE", "RUH") == 9
    assert available("MUG", "RUH") == 0
    assert Event.objects.filter(kind="order.placed").count() == 2


def test_in_a_batch_a_refused_order_keeps_its_number_from_no_other(web):
    refused = shop.order_body(("MUG", 9))
    mended = {**shop.order_body(("MUG", 3)), "external_id": refused["external_id"]}
    answer = web.post("orders/batch/", {"items": [refused, refused, mended, mended]})
    results = answer.json()["results"]
    assert [r["status"] for r in results] == [409, 409, 201, 200]
    assert results[1]["error"]["code"] == "insufficient_stock"
    assert results[2]["id"] == results[3]["id"]
    assert Order.objects.count() == 1
    assert available("MUG", "RUH") == 0


def test_a_pickup_is_kept_at_its_location(web):
    body = shop.order_body(("TEE", 1), delivery={"kind": "pickup", "location": "JED"}, shipping_address=None)
    order = web.post("orders/", body).json()
    assert order["delivery"] == {"kind": "pickup", "location": "JED", "slot": None}
    assert available("TEE", "JED") == 4
    none = web.post(
        "orders/", {**body, "external_id": "p2", "delivery": {"kind": "pickup", "location": "NOWHERE"}}
    )
    assert none.json()["code"] == "unknown_location"


def test_another_channels_order_does_not_exist(web):
    order = web.post("orders/", shop.order_body(("TEE", 1))).json()
    other = shop.api("till")
    assert other.get(f"orders/{order['id']}/").status_code == 404
    assert other.get("orders/").json()["data"] == []
    assert shop.api(None).get(f"orders/{order['id']}/").status_code == 200
    assert shop.api("web", "stock:read").get("orders/").status_code == 403


def test_money_with_three_and_no_decimals(web):
    kwd = shop.order_body(
        ("TEE", 1), currency="KWD", payments=[{"method": "card", "state": "captured", "amount": "125.000"}]
    )
    kwd["lines"][0]["unit_price"] = "100.0005"
    order = web.post("orders/", kwd).json()
    assert order["lines"][0]["unit_price"] == {"amount": "100.0005", "currency": "KWD"}
    assert order["totals"]["items"]["amount"] == "100.001"
    assert [hold["reason"] for hold in order["holds"]] == ["awaiting_payment"]
    irr = shop.order_body(("TEE", 1), currency="IRR", payments=[])
    assert web.post("orders/", irr).json()["totals"]["total"] == {"amount": "125", "currency": "IRR"}


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_no_clock_reads_back_is_refused(web, moment):
    answer = web.post("orders/", shop.order_body(("TEE", 1), placed_at=moment))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/placed_at")
    assert web.get("orders/").json()["data"] == []


def test_an_empty_string_is_the_same_as_absent(web):
    body = shop.order_body(("TEE", 1))
    order = web.post("orders/", body).json()
    body |= {"language": "", "reservation": "", "note": ""}
    again = web.post("orders/", body)
    assert (again.status_code, again.json()["id"]) == (200, order["id"])
