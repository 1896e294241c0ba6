from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns.policy import LineFacts, Policy, check, fee, until, value

D = Decimal
DELIVERED = datetime(2026, 11, 1, 10, 0, tzinfo=UTC)
SOLD = LineFacts("TEE", delivered=3, delivered_at=DELIVERED)


def code(facts: LineFacts, reason: str | None, days: float, quantity: int = 1) -> str | None:
    refusal = check(facts, reason, DELIVERED + timedelta(days=days), quantity=quantity)
    return refusal.code if refusal else None


@pytest.mark.parametrize("reason", ["size", "late", "changed_mind", "not_as_described", "other"])
def test_fourteen_days_after_delivery(reason: str) -> None:
    assert code(SOLD, reason, 14) is None
    assert code(SOLD, reason, 14.001) == "window"


@pytest.mark.parametrize("reason", ["damaged", "defective", "wrong_item"])
def test_thirty_days_where_the_fault_is_ours(reason: str) -> None:
    assert code(SOLD, reason, 30) is None
    assert code(SOLD, reason, 30.001) == "window"


def test_a_page_asks_before_the_reason_is_known() -> None:
    assert until(SOLD, None) == DELIVERED + timedelta(days=30)
    assert code(SOLD, None, 29) is None
    assert code(SOLD, None, 31) == "window"


def test_only_what_was_delivered_and_is_not_spoken_for() -> None:
    assert code(LineFacts("TEE", 0, None), "size", 1) == "not_delivered"
    assert until(LineFacts("TEE", 0, None), "size") is None
    assert code(SOLD, "size", 1, quantity=3) is None
    assert code(SOLD, "size", 1, quantity=4) == "quantity"
    assert code(SOLD, "size", 1, quantity=0) == "quantity"
    asked = LineFacts("TEE", 3, DELIVERED, returned=1, asked=1)
    assert code(asked, "size", 1) is None
    assert code(asked, "size", 1, quantity=2) == "quantity"
    assert code(LineFacts("TEE", 3, DELIVERED, returned=1, asked=2), "size", 1) == "quantity"


def test_what_was_cancelled_says_so() -> None:
    refused = check(LineFacts("TEE", 0, None, cancelled=True), None, DELIVERED)
    assert refused is not None
    assert (refused.code, refused.detail) == ("cancelled", "TEE was cancelled.")


def test_final_sale_comes_back_only_where_the_fault_is_ours() -> None:
    final = LineFacts("TEE", 1, DELIVERED, tags=frozenset({"final_sale"}))
    assert code(final, "changed_mind", 1) == "final_sale"
    assert code(final, "damaged", 1) is None
    assert code(final, None, 1) is None


def test_the_sentence_says_what_stands_against_it() -> None:
    late = check(SOLD, "size", DELIVERED + timedelta(days=20))
    assert late is not None
    assert late.detail == "TEE could be sent back until 2026-11-15."
    many = check(LineFacts("100% WOOL", 2, DELIVERED), "size", DELIVERED, quantity=5)
    assert many is not None
    assert many.detail == "Only 2 more of 100% WOOL can be sent back."


def test_another_policy() -> None:
    policy = Policy(days=7, days_by_reason={}, fees={"changed_mind": D("0.10")})
    assert check(SOLD, "damaged", DELIVERED + timedelta(days=8), policy) is not None
    assert fee(D("10.05"), "changed_mind", "SAR", policy) == D("1.01")
    assert fee(D("10.05"), "damaged", "SAR", policy) == 0
    assert fee(D("10.05"), "changed_mind", "SAR") == 0
    assert fee(D("10.05"), "changed_mind", "SAR", Policy(fees={"changed_mind": D(3)})) == D("10.05")


@given(st.integers(0, 10**6), st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_values_of_successive_returns_add_up(cents: int, parts: list[int]) -> None:
    total, before, given_back = D(cents).scaleb(-2), 0, D(0)
    for part in parts:
        given_back += value(total, part, sum(parts), "SAR", returned_before=before)
        before += part
    assert given_back == total
