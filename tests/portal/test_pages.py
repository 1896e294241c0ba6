"""The customer's pages through their address, as a browser without scripts asks for them."""

import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client

from oms.core.models import Event
from orders.models import Order
from returns.models import Return
from tests.portal import road

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with time_machine.travel(road.NOW, tick=False):
        yield


def text_of(answer: Any) -> str:
    """The words of a page, without tags and with single spaces."""
    html = answer.content.decode()
    body = re.sub(r"(?s)<svg.*?</svg>|<[^>]+>", " ", html[html.index("<body") :])
    return re.sub(r"\s+", " ", body)


def get(path: str, **headers: str) -> Any:
    return Client(headers={"Accept-Language": "en", **headers}).get(path)


def test_the_page_tells_order_parcels_items_and_money() -> None:
    told = road.in_two_parcels()
    words = text_of(get(told.path))
    assert "Part of your order is on the way Tuesday, 24 November, between 10:00 and 13:00" in words
    assert "Parcel 1 of 2 On the way Aramex · 351288401177" in words
    assert (
        "On the way Dubai 16:12 Collected by the carrier 14:40 Parcel packed 11:05 Order placed 09:27"
        in words
    )
    assert "Parcel 2 of 2 Being packed" in words
    assert "Wireless headphones Quantity: 1 AED\xa0219.00".replace("\xa0", " ") in words
    assert "Items AED 290.00 Delivery AED 15.00 Total AED 305.00" in words
    assert 'href="https://carrier.example/t/1"' in get(told.path).content.decode()
    assert "Return items" not in words


def test_nothing_personal_beyond_first_name_and_city() -> None:
    told = road.in_two_parcels()
    html = get(told.path).content.decode()
    assert "پریسا" in html
    assert "دبی" in html
    for secret in ("احمدی", "parisa@example.com", "971507274197", "Al Wasl"):
        assert secret not in html


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("?lang=ar", "fa", "ar"),
        ("?lang=xx", "fa-IR,en;q=0.5", "fa"),
        ("", "de-DE,ar-SA;q=0.8", "ar"),
        ("", "de", "fa"),
        ("", "", "fa"),
    ],
)
def test_language_is_asked_for_else_accepted_else_the_orders(
    query: str, accepted: str, language: str
) -> None:
    told = road.order(language="fa")
    answer = Client(headers={"Accept-Language": accepted}).get(told.path + query)
    direction = "rtl" if language in ("ar", "fa") else "ltr"
    assert f'<html lang="{language}" dir="{direction}"' in answer.content.decode()
    assert answer.headers["Content-Language"] == language


def test_a_wrong_or_revoked_link_is_a_plain_404() -> None:
    told = road.order()
    Order.objects.filter(pk=told.order.pk).update(tracking_token=None)
    for path in (
        told.path,
        "/t/nothing-of-ours/",
        "/t/nothing-of-ours/return/",
        "/t/a%00b/",
        f"/t/{'x' * 400}/",
    ):
        answer = get(path)
        assert answer.status_code == 404
        assert "There is nothing at this address" in text_of(answer)
        assert "20479" not in text_of(answer)


def test_pages_stay_out_of_caches_indexes_and_referrers_and_carry_no_inline_code() -> None:
    told = road.delivered()
    for path in (told.path, f"{told.path}return/"):
        answer = get(path)
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in policy
        assert "script-src 'self'" in policy
        html = answer.content.decode()
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", html)


def test_hostile_names_stay_text() -> None:
    told = road.order(customer_name="<script>alert(1)</script> x")
    product = told.lines["HPH-WL-900"].product
    product.name = {"en": '"><img src=x onerror=alert(1)>'}
    product.save()
    told.parcel("HPH-WL-900", state="in_transit", scans=[("in_transit", 5, "<b>Dubai</b>")])
    parcel = told.order.shipments.get()
    parcel.tracking_url = "javascript:alert(1)"
    parcel.save()
    html = get(told.path).content.decode()
    assert "<script>" not in html
    assert "<img" not in html
    assert "<b>Dubai" not in html
    assert "javascript:" not in html


@pytest.mark.parametrize(
    ("carrier", "has_a_page"), [("aramex", True), ("manual", False), ("own_fleet", False)]
)
def test_a_link_to_the_carrier_leads_away_from_this_page(carrier: str, has_a_page: bool) -> None:
    told = road.order()
    told.parcel("HPH-WL-900", state="in_transit", carrier=carrier)
    assert ("https://carrier.example/t/1" in get(told.path).content.decode()) == has_a_page


def test_only_a_list_of_quantities_looks_like_one() -> None:
    few, many = road.delivered(number=1), road.delivered(number=2)
    many.order.lines.update(quantity=40, shipped=40, delivered=40)
    many.order.shipments.get().lines.update(quantity=40)
    rows = [
        re.findall(
            r'<label for="id_quantity-[^"]*">[^<]*</label>\s*<(div|input)',
            get(f"{told.path}return/").content.decode(),
        )
        for told in (few, many)
    ]
    assert "div" in rows[0]
    assert "input" in rows[1]


def test_as_many_queries_for_five_parcels_as_for_one(django_assert_num_queries: Any) -> None:
    one = road.delivered(number=1)
    many = road.delivered(number=2)
    for place in range(4):
        many.parcel("HPH-WL-900", state="delivered", scans=[("delivered", 400 + place, "Dubai")])
    many.asked_back("MUG-STN-350")
    one.asked_back("MUG-STN-350")
    for told in (one, many):
        with django_assert_num_queries(13):
            get(told.path)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"stage": "held"}, "We are checking your order"),
        ({"stage": "cancelled", "status": "cancelled", "far": "cancelled"}, "Your order was cancelled"),
        ({"stage": "backordered", "far": "backordered"}, "Waiting for stock"),
    ],
)
def test_states_without_a_parcel_are_told_too(facts: dict[str, Any], said: str) -> None:
    told = road.order(**facts)
    if facts["stage"] == "held":
        told.hold("risk")
    assert said in text_of(get(told.path))


def test_cash_on_delivery_is_named_with_its_amount() -> None:
    told = road.order(paid=Decimal(0), payment_status="unpaid")
    told.paid("pending", "cod", told.order.total)
    assert "Cash to pay on delivery AED 305.00" in text_of(get(told.path))


def test_a_refund_and_its_return_are_told_together() -> None:
    told = road.delivered(
        credited=Decimal("219.00"), paid=Decimal("86.00"), payment_status="partially_refunded"
    )
    told.paid("refund", "card", Decimal("219.00"))
    told.asked_back(
        "HPH-WL-900",
        reception="received",
        acceptance="accepted",
        reimbursement="done",
        refunded=Decimal("219.00"),
    )
    words = text_of(get(told.path))
    assert "Return R20479-1 Refunded" in words
    assert "Refunded to you AED 219.00" in words
    assert "Still to be paid back" not in words


def form_of(told: road.Told, sku: str = "MUG-STN-350", **changes: str) -> dict[str, str]:
    line = told.lines[sku].pk
    body = {
        f"take-{line}": "on",
        f"quantity-{line}": "۲",
        f"reason-{line}": "size",
        "method": "courier",
        "resolution": "refund",
        "note": "",
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def test_a_return_is_asked_for_and_confirmed_with_its_number() -> None:
    told = road.delivered()
    browser = Client(headers={"Accept-Language": "en"})
    answer = browser.post(f"{told.path}return/?lang=en", form_of(told))
    asked = Return.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{told.path}return/{asked.number}/?lang=en"
    assert (asked.requested_by, asked.method, asked.resolution) == ("customer", "courier", "refund")
    assert list(asked.lines.values_list("line__sku", "quantity", "reason")) == [("MUG-STN-350", 2, "size")]
    assert Event.objects.filter(kind="return.requested").count() == 1
    words = text_of(browser.get(answer.headers["Location"]))
    assert f"Your return number is {asked.number}" in words
    assert "a courier will collect them" in words
    assert f"Return {asked.number} Requested" in text_of(browser.get(told.path))


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_written() -> None:
    told = road.delivered()
    line = told.lines["MUG-STN-350"].pk
    body = {f"take-{line}": "on", f"quantity-{line}": "3", f"reason-{line}": ""}
    answer = Client(headers={"Accept-Language": "en"}).post(f"{told.path}return/", body)
    html = answer.content.decode()
    assert answer.status_code == 422
    for field, error in [
        (f"id_quantity-{line}", "You can send back at most 2."),
        (f"id_reason-{line}", "Tell us why you send it back."),
        ("id_method", "Choose how the items come back."),
        ("id_resolution", "Choose what you would like instead."),
    ]:
        assert re.search(rf'id="{field}_error">.*?{re.escape(error)}', html, re.S)
        assert f'href="#{field}"' in html
        assert f'id="{field}"' in html
    assert re.search(rf'name="reason-{line}"[^>]*aria-invalid="true"', html)
    assert Return.objects.count() == 0


def test_nothing_chosen_is_refused() -> None:
    told = road.delivered()
    answer = Client(headers={"Accept-Language": "en"}).post(
        f"{told.path}return/", {"method": "courier", "resolution": "refund"}
    )
    assert answer.status_code == 422
    assert "Choose at least one item to send back." in text_of(answer)
    assert Return.objects.count() == 0


def test_what_is_asked_back_already_is_not_offered_again() -> None:
    told = road.delivered()
    for sku, units in road.UNITS.items():
        told.asked_back(sku, units=units)
    answer = get(f"{told.path}return/")
    assert "There is nothing to return now" in text_of(answer)
    refused = Client().post(f"{told.path}return/", form_of(told))
    assert refused.status_code in (200, 422)
    assert Return.objects.count() == 3


def test_a_return_needs_the_forms_own_token() -> None:
    told = road.delivered()
    browser = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    answer = browser.post(f"{told.path}return/", form_of(told))
    assert answer.status_code == 403
    assert "Please send it again" in text_of(answer)
    assert Return.objects.count() == 0


def test_another_orders_return_is_not_shown() -> None:
    mine, other = road.delivered(number=1), road.delivered(number=2)
    other.asked_back("MUG-STN-350")
    assert get(f"{mine.path}return/R2-1/").status_code == 404
