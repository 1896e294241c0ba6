"""What the page says of each point of the road, in English; no database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from oms.portal import headlines, promises, wording
from oms.portal.facts import OrderFacts, ParcelFacts
from oms.portal.steps import steps as steps_of

NOW = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
TOMORROW = (datetime(2026, 11, 24, 6, 0, tzinfo=UTC), datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


def facts(stage: str = "placed", *states: str, **more: object) -> OrderFacts:
    parcels = [ParcelFacts(state, *TOMORROW) for state in states]
    return OrderFacts(stage=stage, timezone="Asia/Dubai", parcels=parcels, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("order", "title"),
    [
        (facts("placed"), "We have your order"),
        (facts("held", holds=frozenset({"risk"})), "We are checking your order"),
        (facts("held", holds=frozenset({"duplicate"})), "We are checking your order"),
        (facts("held", holds=frozenset({"awaiting_payment", "risk"})), "Waiting for your payment"),
        (facts("held", holds=frozenset({"bad_address"})), "We need your full address"),
        (facts("backordered", waiting=2, backordered=2), "Waiting for stock"),
        (facts("picking", "picking", waiting=1), "We are packing your order"),
        (facts("packed", "labelled", waiting=1), "Packed and ready to go"),
        (facts("shipped", "in_transit"), "On the way, arriving tomorrow"),
        (facts("picking", "in_transit", "picking", waiting=1), "Part of your order is on the way"),
        (facts("shipped", "out_for_delivery", "in_transit"), "Out for delivery"),
        (facts("shipped", "delivery_failed"), "We could not deliver your parcel"),
        (facts("packed", "ready_for_pickup", pickup=True, waiting=1), "Ready to collect"),
        (facts("shipped", "lost"), "We are searching for your parcel"),
        (facts("shipped", "returning"), "Your parcel is coming back to us"),
        (facts("shipped", "delivered", "planned", waiting=1), "Part of your order was delivered"),
        (facts("completed", "delivered"), "Delivered"),
        (facts("completed", "delivered", pickup=True), "Collected"),
        (facts("completed", "delivered", all_returned=True, refunded=True), "Returned and refunded"),
        (facts("cancelled", "cancelled"), "Your order was cancelled"),
    ],
)
def test_the_headline_is_true_of_the_state(order: OrderFacts, title: str) -> None:
    with translation.override("en"):
        assert headlines.headline(order, NOW)[0] == title


@pytest.mark.parametrize(
    ("order", "current", "look"),
    [
        (facts("placed"), "Placed", ""),
        (facts("held", holds=frozenset({"risk"})), "Placed", "waiting"),
        (facts("backordered", backordered=1, waiting=1), "Placed", "waiting"),
        (facts("packed", "packed", waiting=1), "Packed", ""),
        (facts("shipped", "in_transit"), "On the way", ""),
        (facts("shipped", "delivery_failed"), "On the way", "stopped"),
        (facts("completed", "delivered"), "Delivered", "final"),
        (facts("packed", "ready_for_pickup", pickup=True, waiting=1), "Ready to collect", ""),
        (facts("cancelled"), "Cancelled", "stopped"),
        (facts("delivered", "delivered", all_returned=True), "Sent back", ""),
        (facts("completed", "delivered", all_returned=True, refunded=True), "Refunded", "final"),
    ],
)
def test_one_step_is_current_and_those_before_it_are_reached(
    order: OrderFacts, current: str, look: str
) -> None:
    with translation.override("en"):
        steps = steps_of(order)
    states = [step.state for step in steps]
    place = states.index("current")
    assert (steps[place].text, steps[place].look) == (current, look)
    assert states == ["reached"] * place + ["current"] + ["ahead"] * (len(states) - place - 1)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Tuesday, 24 November, between 10:00 and 13:00"),
        ("ar", "الثلاثاء، 24 نوفمبر، بين 10:00 و13:00"),
        ("fa", "سه‌شنبه ۳ آذر، بین ساعت ۱۰:۰۰ تا ۱۳:۰۰"),
    ],
)
def test_a_promise_is_told_on_the_customers_clocks_and_calendar(language: str, said: str) -> None:
    with translation.override(language):
        assert promises.promise([ParcelFacts("in_transit", *TOMORROW)], "Asia/Dubai", NOW) == said


def test_a_promise_of_days_names_the_first_and_the_last() -> None:
    span = ParcelFacts("planned", NOW + timedelta(days=1), NOW + timedelta(days=3))
    with translation.override("en"):
        assert promises.promise([span], "Asia/Riyadh", NOW) == "Tuesday, 24 November to Thursday, 26 November"


def test_a_broken_promise_is_owned_and_not_repeated() -> None:
    late = OrderFacts(
        stage="shipped", timezone="UTC", parcels=[ParcelFacts("in_transit", None, NOW - timedelta(hours=1))]
    )
    with translation.override("en"):
        assert headlines.headline(late, NOW) == ("On the way", "")
        assert [notice.title for notice in headlines.notices(late, NOW)] == ["Later than planned"]


def test_why_an_order_is_checked_is_never_said() -> None:
    with translation.override("en"):
        said = {
            headlines.headline(facts("held", holds=frozenset({why})), NOW)
            for why in ("risk", "blocked_customer")
        }
    assert len(said) == 1
    assert "risk" not in str(said).lower()


def test_one_line_says_only_what_is_not_simply_on_its_way() -> None:
    with translation.override("fa"):
        assert wording.item_notes(quantity=3, cancelled=1, backordered=2, returned=0) == [
            "۱ عدد لغو شد",
            "۲ عدد در انتظار موجودی",
        ]
    with translation.override("en"):
        assert wording.item_notes(quantity=3, cancelled=0, backordered=0, returned=3) == ["Returned"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["On back-order", "Expected Tuesday, 1 December"]),
        ("ar", ["بانتظار توفّره", "متوقَّع الثلاثاء، 1 ديسمبر"]),
        ("fa", ["در انتظار موجودی", "موعد تقریبی: سه‌شنبه ۱۰ آذر"]),
    ],
)
def test_a_waiting_line_says_when_it_is_expected(language: str, expected: list[str]) -> None:
    day = date(2026, 12, 1)
    with translation.override(language):
        assert (
            wording.item_notes(quantity=2, cancelled=0, backordered=2, returned=0, expected_on=day)
            == expected
        )
        # Nothing waits: nothing is expected.
        assert wording.item_notes(quantity=2, cancelled=0, backordered=0, returned=0, expected_on=day) == []
