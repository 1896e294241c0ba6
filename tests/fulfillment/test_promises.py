"""What is promised before the sale, and that routing keeps it."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inventory.models import Location, StockLevel
from orders.models import Order
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # 11:00 in Riyadh, before the cut-off at 14:00
RIYADH = {"country": "SA", "city": "Riyadh"}


def promised(web, *lines, address=RIYADH, **more):
    body = {"lines": [{"sku": sku, "quantity": n} for sku, n in lines], "address": address, **more}
    answer = web.client.post(
        "/api/v1/promises/",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {web.secret}"},
    )
    assert answer.status_code == 200, answer.content
    return answer.json()


@time_machine.travel(MONDAY, tick=False)
def test_every_service_with_a_rate_is_promised_with_its_price_and_window(web):
    road.add_rate(service="next_day", base="20.00", days=[1, 1])
    road.add_rate(service="same_day", base="30.00", days=None, hours=[2, 6])
    road.add_rate(service="express", to={"country": "AE"})
    found = promised(web, ("TEE", 2))
    assert found["options"] == [
        {
            "service": "same_day",
            "price": {"amount": "32.00", "currency": "SAR"},
            "earliest": "2026-11-23T10:00:00Z",
            "latest": "2026-11-23T14:00:00Z",
            "splits": 0,
            "in_time": True,
        },
        {
            "service": "next_day",
            "price": {"amount": "22.00", "currency": "SAR"},
            "earliest": "2026-11-24T06:00:00Z",
            "latest": "2026-11-24T18:00:00Z",
            "splits": 0,
            "in_time": True,
        },
        {
            "service": "standard",
            "price": {"amount": "14.00", "currency": "SAR"},
            "earliest": "2026-11-24T06:00:00Z",
            "latest": "2026-11-26T18:00:00Z",
            "splits": 0,
            "in_time": True,
        },
    ]
    assert [(one["location"], one["ready_at"]) for one in found["pickup"]] == [
        ("RUH", "2026-11-23T12:00:00Z"),
        ("JED", "2026-11-23T12:00:00Z"),
    ]


@time_machine.travel(MONDAY + timedelta(hours=9), tick=False)
def test_a_service_says_when_it_cannot_keep_its_name(web):
    road.add_rate(service="same_day", days=None, hours=[2, 6])
    same_day, standard = promised(web, ("TEE", 1))["options"]
    assert (same_day["in_time"], same_day["latest"]) == (False, "2026-11-24T12:00:00Z")
    assert standard["in_time"] is True


def test_a_basket_over_two_locations_is_split(web):
    shop.product("HAT", JED=1)
    Location.objects.filter(code="JED").update(handling_cost=0)
    (option,) = promised(web, ("MUG", 1), ("HAT", 1))["options"]
    assert option["splits"] == 1
    assert promised(web, ("MUG", 1), ("HAT", 1))["pickup"] == []


def test_what_is_not_there_or_not_served_is_not_promised(web):
    assert promised(web, ("TEE", 16)) == {"options": [], "pickup": []}
    assert promised(web, ("TEE", 1), address={"country": "KW"}) == {"options": [], "pickup": []}


def test_a_location_that_may_not_send_there_does_not(web):
    Location.objects.update(ships_to=["AE"])
    assert promised(web, ("TEE", 1))["options"] == []
    assert [one["location"] for one in promised(web, ("TEE", 1))["pickup"]] == []


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"lines": [], "address": RIYADH}, "/lines", "invalid"),
        ({"lines": [{"sku": "NO", "quantity": 1}], "address": RIYADH}, "/lines/0/sku", "unknown_sku"),
        ({"lines": [{"sku": "TEE", "quantity": 0}], "address": RIYADH}, "/lines/0/quantity", "invalid"),
        (
            {"lines": [{"sku": "TEE", "quantity": 1}], "address": {"country": "ZZ"}},
            "/address/country",
            "invalid",
        ),
        ({"lines": [{"sku": "TEE", "quantity": 1}]}, "/address", "required"),
    ],
)
def test_a_wrong_basket_is_named(web, body, pointer, code):
    answer = web.post("promises/", body)
    assert answer.status_code == 400
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [(pointer, code)]


def test_as_many_queries_for_many_locations_and_services_as_for_few(web):
    counts = []
    for more in (0, 6):
        for n in range(more):
            shop.product("TEE", **{f"X{n}": 5})
            road.add_rate(service=f"service-{n}")
        promised(web, ("TEE", 1))
        with CaptureQueriesContext(connection) as queries:
            promised(web, ("TEE", 1))
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    hour=st.integers(0, 167),
    units=st.integers(1, 8),
    stock=st.tuples(st.integers(0, 8), st.integers(0, 8)),
    service=st.sampled_from(["standard", "same_day", "next_day"]),
)
def test_an_order_of_the_same_moment_is_routed_as_it_was_promised(web, hour, units, stock, service):
    if not hasattr(web, "rates"):
        web.rates = [
            road.add_rate(service="same_day", base="30.00", days=None, hours=[2, 6], **{"from": ["RUH"]}),
            road.add_rate(service="next_day", base="20.00", days=[1, 1], **{"from": ["JED"]}),
            road.add_rate(service="next_day", base="26.00", days=[1, 2], **{"from": ["RUH"]}),
        ]
    for code, there in zip(("RUH", "JED"), stock, strict=True):
        committed = StockLevel.objects.get(product__sku="TEE", location__code=code).committed
        shop.product("TEE", **{code: there + committed})
    with time_machine.travel(MONDAY + timedelta(hours=hour), tick=False):
        options = {option["service"]: option for option in promised(web, ("TEE", units))["options"]}
        if sum(stock) < units:
            assert options == {}
            return
        shipping = {"service": service, "price": "25.00", "tax_rate": "0.15"}
        order = web.routed(("TEE", units), shipping=shipping)
        parcels = web.shipments(order)
        option = options.get(service)
        assert (option is not None) == bool(parcels)
        if option is not None:
            assert min(one["promised"]["earliest"] for one in parcels) == option["earliest"]
            assert max(one["promised"]["latest"] for one in parcels) == option["latest"]
            assert len(parcels) - 1 == option["splits"]
            assert sum(float(one["cost"]["amount"]) for one in parcels) == float(option["price"]["amount"])
        web.cancel(Order.objects.get(pk=order["id"]) and order)


def test_a_carrier_that_collects_less_cash_is_not_promised(web):
    road.add_rate(service="next_day", base="20.00", days=[1, 1], cod_limit="200.00")
    road.add_rate(service="express", base="30.00", cod_limit="0")

    def services(**more):
        return [one["service"] for one in promised(web, ("TEE", 1), **more)["options"]]

    assert services() == ["next_day", "express", "standard"]
    assert services(cash_on_delivery="200.00") == ["next_day", "standard"]
    assert services(cash_on_delivery="200.01") == ["standard"]
    assert len(promised(web, ("TEE", 1), cash_on_delivery="900")["pickup"]) == 2, "a counter takes any sum"
