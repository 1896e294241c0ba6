"""Stock kept for a checkout: until it expires, is given up, or an order takes it over."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inventory.models import Product, Reservation, StockLevel
from oms.core.models import Event
from orders.checkouts import keeping
from orders.models import Checkout, Order
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> shop.Api:
    shop.product("TEE", RUH=10, JED=5)
    shop.product("MUG", RUH=3)
    return shop.api()


def keep(web: shop.Api, *lines: tuple[str, int], minutes: int = 15, **more):
    body = {"lines": [{"sku": sku, "quantity": n} for sku, n in lines], "minutes": minutes, **more}
    return web.post("reservations/", body)


def expire(reservation) -> None:
    """Its time passes, and no worker has noticed yet."""
    # Before the test's own transaction began, by whose clock `verify` reads.
    past = timezone.now() - timedelta(hours=1)
    Checkout.objects.filter(pk=reservation["id"]).update(expires_at=past)
    Reservation.objects.filter(owner=reservation["id"]).update(expires_at=past)


def committed(sku: str) -> dict[str, int]:
    return dict(StockLevel.objects.filter(product__sku=sku).values_list("location__code", "committed"))


def code_of(answer) -> tuple[int, str, str]:
    problem = answer.json()
    return answer.status_code, problem["code"], problem["errors"][0]["pointer"]


def test_what_is_kept_nobody_else_can_buy(web):
    answer = keep(web, ("TEE", 12), ("MUG", 3))
    assert answer.status_code == 201, answer.content
    kept = answer.json()
    assert kept["state"] == "open"
    assert kept["order"] is None
    assert kept["lines"] == [
        {
            "sku": "TEE",
            "quantity": 12,
            "reserved": 12,
            "backordered": 0,
            "locations": [{"code": "RUH", "quantity": 10}, {"code": "JED", "quantity": 2}],
        },
        {
            "sku": "MUG",
            "quantity": 3,
            "reserved": 3,
            "backordered": 0,
            "locations": [{"code": "RUH", "quantity": 3}],
        },
    ]
    assert answer["Location"].endswith(f"/reservations/{kept['id']}/")
    assert web.get(f"reservations/{kept['id']}/").json() == kept
    refused = web.post("orders/", shop.order_body(("TEE", 4)))
    assert (refused.status_code, refused.json()["errors"][0]["available"]) == (409, 3)
    assert [e.kind for e in Event.objects.filter(subject=f"reservation/{kept['id']}")] == ["reservation.made"]
    road.prove()


def test_an_order_takes_it_over_and_the_rest_is_reserved_as_usual(web):
    kept = keep(web, ("TEE", 12)).json()
    order = web.post("orders/", shop.order_body(("TEE", 13), ("MUG", 1), reservation=kept["id"]))
    assert order.status_code == 201, order.content
    assert [line["reserved"] for line in order.json()["lines"]] == [13, 1]
    assert committed("TEE") == {"RUH": 10, "JED": 3}
    read = web.get(f"reservations/{kept['id']}/").json()
    assert (read["state"], read["order"]) == ("consumed", order.json()["id"])
    assert read["lines"][0]["locations"] == []
    again = web.post("orders/", shop.order_body(("MUG", 1), reservation=kept["id"]))
    assert code_of(again) == (409, "reservation_consumed", "/reservation")
    assert Order.objects.count() == 1
    road.prove()


def test_what_an_order_does_not_need_goes_back(web):
    kept = keep(web, ("TEE", 12), ("MUG", 3)).json()
    assert web.post("orders/", shop.order_body(("TEE", 11), reservation=kept["id"])).status_code == 201
    assert committed("TEE") == {"RUH": 10, "JED": 1}
    assert committed("MUG") == {"RUH": 0}
    road.prove()


def test_the_same_stock_even_where_another_location_is_asked_first(web):
    kept = keep(web, ("TEE", 2)).json()
    shop.location("NEAR", priority=1)
    shop.product("TEE", NEAR=9)
    web.post("orders/", shop.order_body(("TEE", 3), reservation=kept["id"]))
    assert committed("TEE") == {"RUH": 2, "JED": 0, "NEAR": 1}
    road.prove()


def test_a_refused_order_leaves_the_reservation_as_it_was(web):
    kept = keep(web, ("TEE", 12)).json()
    body = shop.order_body(("TEE", 12), ("MUG", 4), reservation=kept["id"])
    batch = web.post("orders/batch/", {"items": [body, shop.order_body(("TEE", 4))]}).json()["results"]
    assert [row["status"] for row in batch] == [409, 409]
    assert web.get(f"reservations/{kept['id']}/").json() == kept
    road.prove()
    repaired = body | {"lines": body["lines"][:1]}
    assert web.post("orders/", repaired).status_code == 201
    assert web.post("orders/", repaired).status_code == 200, "the same order again is the same order"
    road.prove()


def test_two_orders_of_one_batch_cannot_share_it(web):
    kept = keep(web, ("TEE", 2)).json()
    items = [shop.order_body(("TEE", 1), reservation=kept["id"]) for _ in range(2)]
    results = web.post("orders/batch/", {"items": items}).json()["results"]
    assert [(row["status"], row.get("error", {}).get("code")) for row in results] == [
        (201, None),
        (409, "reservation_consumed"),
    ]
    road.prove()


def test_expired_is_free_at_once_and_cannot_be_used(web):
    kept = keep(web, ("TEE", 15), ("MUG", 2)).json()
    expire(kept)
    assert web.get(f"reservations/{kept['id']}/").json()["state"] == "expired"
    late = web.post("orders/", shop.order_body(("TEE", 1), reservation=kept["id"]))
    assert code_of(late) == (409, "reservation_expired", "/reservation")
    assert web.post("orders/", shop.order_body(("TEE", 11))).status_code == 201
    road.prove()
    assert keeping.end_due() == 1
    assert keeping.end_due() == 0
    assert committed("TEE") == {"RUH": 10, "JED": 1}
    assert committed("MUG") == {"RUH": 0}
    assert Event.objects.filter(kind="reservation.expired").count() == 1
    road.prove()


def test_its_time_ends_while_an_order_takes_it_over(web):
    """Locked in time, and past its end when the stock is looked at: its units are the order's, once."""
    Product.objects.update(backorder="allow")
    kept = keep(web, ("TEE", 15)).json()
    Reservation.objects.filter(owner=kept["id"]).update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = web.post("orders/", shop.order_body(("TEE", 17), reservation=kept["id"]))
    assert answer.status_code == 201, answer.content
    [line] = answer.json()["lines"]
    assert (line["reserved"], line["backordered"]) == (15, 2)
    assert committed("TEE") == {"RUH": 10, "JED": 5}
    road.prove()


def test_given_up(web):
    kept = keep(web, ("TEE", 15)).json()
    assert web.delete(f"reservations/{kept['id']}/").status_code == 204
    assert web.delete(f"reservations/{kept['id']}/").status_code == 204
    assert committed("TEE") == {"RUH": 0, "JED": 0}
    used = web.post("orders/", shop.order_body(("TEE", 1), reservation=kept["id"]))
    assert code_of(used) == (409, "reservation_released", "/reservation")
    assert Event.objects.filter(kind="reservation.released").count() == 1
    road.prove()


def test_an_order_is_not_taken_back_by_deleting_its_reservation(web):
    kept = keep(web, ("TEE", 2)).json()
    web.post("orders/", shop.order_body(("TEE", 2), reservation=kept["id"]))
    answer = web.delete(f"reservations/{kept['id']}/")
    assert (answer.status_code, answer.json()["code"]) == (409, "reservation_consumed")
    road.prove()


def test_another_channel_does_not_know_it(web):
    kept = keep(web, ("TEE", 2)).json()
    other = shop.api("souq")
    assert other.get(f"reservations/{kept['id']}/").status_code == 404
    assert other.delete(f"reservations/{kept['id']}/").status_code == 404
    for ref in (kept["id"], "no-such-thing", "0199c7a0-0000-7000-8000-000000000000"):
        used = other.post("orders/", shop.order_body(("TEE", 1), reservation=ref))
        assert code_of(used) == (400, "unknown_reservation", "/reservation")
    company = shop.api(None)
    assert code_of(keep(company, ("TEE", 1))) == (400, "required", "/channel")
    assert keep(company, ("TEE", 1), channel="web").json()["channel"] == "web"
    assert Order.objects.count() == 0


def test_cash_on_delivery_never_expires(web):
    """An order's own stock has no end, paid or not."""
    body = shop.order_body(("TEE", 2), payments=[{"method": "cod", "amount": "225.00"}])
    web.post("orders/", body)
    assert list(Reservation.objects.values_list("expires_at", flat=True)) == [None]


def test_not_enough_stock_names_the_lines_and_keeps_nothing(web):
    answer = keep(web, ("TEE", 16), ("MUG", 1), ("NONE", 1))
    assert code_of(answer) == (400, "unknown_sku", "/lines/2/sku")
    answer = keep(web, ("TEE", 16), ("MUG", 1))
    assert code_of(answer) == (409, "insufficient_stock", "/lines/0/quantity")
    assert Checkout.objects.count() == Reservation.objects.count() == 0
    Product.objects.filter(sku="TEE").update(backorder="allow")
    line = keep(web, ("TEE", 16)).json()["lines"][0]
    assert (line["reserved"], line["backordered"]) == (15, 1)
    road.prove()


def test_kept_for_a_pickup_at_its_location(web):
    kept = keep(web, ("TEE", 2), location="JED").json()
    assert kept["lines"][0]["locations"] == [{"code": "JED", "quantity": 2}]
    assert code_of(keep(web, ("TEE", 2), location="MOON")) == (400, "unknown_location", "/location")


def test_a_fixed_few_statements_more(web):
    web.post("orders/", shop.order_body(("TEE", 1)))
    shop.product("BULK", RUH=3000)
    counts = []
    for lines in (2, 500):
        kept = keep(web, *[("BULK", 1)] * lines).json()
        with CaptureQueriesContext(connection) as queries:
            web.post("orders/", shop.order_body(*[("BULK", 1)] * lines, reservation=kept["id"]))
        counts.append(len([q for q in queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]))
    assert counts[0] == counts[1] <= 12
