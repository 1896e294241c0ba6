from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.status import STAGES, Counters, Money, derive, public_stage, stages_of

D = Decimal
PAID = Money(total=D(100), captured=D(100))


def stage(*lines: Counters, holds: bool = False, money: Money = PAID) -> str:
    return derive(lines, holds, money).stage


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([Counters(2, reserved=2)], "placed"),
        ([Counters(2, reserved=2, allocated=1)], "placed"),
        ([Counters(2, reserved=2, allocated=2)], "allocated"),
        ([Counters(2, reserved=2, allocated=2, picked=1)], "partially_picked"),
        (
            [Counters(1, reserved=1, allocated=1), Counters(1, reserved=1, allocated=1, picked=1)],
            "partially_picked",
        ),
        ([Counters(2, reserved=1, allocated=1, shipped=1)], "allocated"),
        ([Counters(2, reserved=2, allocated=2, picked=2)], "picking"),
        ([Counters(2, reserved=2, allocated=2, picked=2, packed=2)], "packed"),
        ([Counters(2, reserved=1, allocated=1, picked=1, packed=1, shipped=1)], "packed"),
        ([Counters(2, shipped=2)], "shipped"),
        ([Counters(2, shipped=2, delivered=1)], "shipped"),
        ([Counters(2, shipped=1, delivered=1, cancelled=1)], "completed"),
        ([Counters(2, shipped=2, delivered=2)], "completed"),
        ([Counters(2, cancelled=2)], "cancelled"),
        ([Counters(2, cancelled=2), Counters(1, reserved=1, allocated=1)], "allocated"),
        ([Counters(2, reserved=1, backordered=1, allocated=1)], "backordered"),
        ([Counters(2, backordered=2), Counters(1, shipped=1, delivered=1)], "backordered"),
        ([Counters(1, reserved=1), Counters(1, shipped=1, delivered=1)], "placed"),
        ([], "placed"),
    ],
)
def test_stage_is_the_least_advanced_unit(lines: list[Counters], expected: str) -> None:
    assert stage(*lines) == expected


def test_the_public_api_calls_every_stage_by_a_promised_word() -> None:
    promised = (
        "placed held backordered allocated picking packed shipped delivered completed cancelled".split()
    )
    assert list(dict.fromkeys(public_stage(stage) for stage in STAGES)) == promised
    assert stages_of(["allocated", "packed"]) == ["allocated", "partially_picked", "packed"]


def test_a_hold_comes_before_everything_but_the_end() -> None:
    assert stage(Counters(1, reserved=1), holds=True) == "held"
    assert stage(Counters(1, backordered=1), holds=True) == "held"
    assert stage(Counters(1, shipped=1, delivered=1), holds=True) == "completed"
    assert stage(Counters(1, cancelled=1), holds=True) == "cancelled"


def test_completed_means_delivered_and_nothing_owed_either_way() -> None:
    done = Counters(1, shipped=1, delivered=1)
    assert derive([done], False, PAID).status == "completed"
    assert stage(done, money=Money(total=D(100), captured=D(60))) == "delivered"
    owed = derive([done], False, Money(total=D(100), credited=D(30), captured=D(100)))
    assert (owed.status, owed.stage) == ("open", "delivered")
    assert stage(done, money=Money(D(100), credited=D(30), captured=D(100), refunded=D(30))) == "completed"


@pytest.mark.parametrize(
    ("money", "expected"),
    [
        (Money(D(100)), "unpaid"),
        (Money(D(100), authorized_open=D(100)), "authorized"),
        (Money(D(100), captured=D(40), authorized_open=D(60)), "partially_paid"),
        (PAID, "paid"),
        (Money(D(100), captured=D(120)), "paid"),
        (Money(D(60), captured=D(100), refunded=D(40)), "partially_refunded"),
        (Money(D(100), credited=D(100), captured=D(100), refunded=D(100)), "refunded"),
        (Money(D(100), voided=D(100)), "voided"),
        (Money(D(100), voided=D(100), authorized_open=D(100)), "authorized"),
        (Money(D(0)), "paid"),
    ],
)
def test_payment_status(money: Money, expected: str) -> None:
    assert derive([Counters(1, reserved=1)], False, money).payment_status == expected


def test_payment_of_a_cancelled_order() -> None:
    gone = [Counters(1, cancelled=1)]
    assert derive(gone, False, Money(D(0))).payment_status == "unpaid"
    assert derive(gone, False, Money(D(0), voided=D(100))).payment_status == "voided"
    assert derive(gone, False, Money(D(0), captured=D(9), refunded=D(9))).payment_status == "refunded"


def test_fulfillment_counts_units_that_are_not_cancelled() -> None:
    def of(*lines: Counters) -> str:
        return derive(lines, False, PAID).fulfillment_status

    assert of(Counters(2, reserved=2)) == "unfulfilled"
    assert of(Counters(2, cancelled=2)) == "unfulfilled"
    assert of(Counters(2, reserved=1, shipped=1)) == "partially_fulfilled"
    assert of(Counters(1, shipped=1), Counters(1, backordered=1)) == "partially_fulfilled"
    assert of(Counters(2, shipped=1, cancelled=1)) == "fulfilled"


def test_return_status() -> None:
    def of(*lines: Counters, requested: bool = False) -> str:
        return derive(lines, False, PAID, requested).return_status

    sold = Counters(2, shipped=2, delivered=2)
    assert of(sold) == "none"
    assert of(sold, requested=True) == "requested"
    assert of(Counters(2, shipped=2, delivered=2, returned=1), requested=True) == "partially_returned"
    assert of(Counters(2, shipped=2, delivered=2, returned=2), sold) == "partially_returned"
    assert of(Counters(2, shipped=1, delivered=1, returned=1, reserved=1)) == "partially_returned"
    assert of(Counters(2, shipped=1, delivered=1, returned=1, cancelled=1)) == "returned"
    assert of(Counters(2, shipped=2, delivered=2, returned=2), Counters(1, cancelled=1)) == "returned"


@st.composite
def counters(draw: st.DrawFn) -> Counters:
    reserved, backordered, shipped, cancelled = (draw(st.integers(0, 3)) for _ in range(4))
    allocated = draw(st.integers(0, reserved))
    picked = draw(st.integers(0, allocated))
    line = Counters(
        max(1, reserved + backordered + shipped + cancelled),
        reserved,
        backordered,
        allocated,
        picked,
        draw(st.integers(0, picked)),
        shipped,
        draw(st.integers(0, shipped)),
        cancelled or int(reserved + backordered + shipped == 0),
        draw(st.integers(0, shipped)),
    )
    assert line.broken() == ""
    return line


def units(line: Counters) -> list[str]:
    """Every unit's own stage, written out."""
    return (
        ["backordered"] * line.backordered
        + ["placed"] * (line.reserved - line.allocated)
        + ["allocated"] * (line.allocated - line.picked)
        + ["picking"] * (line.picked - line.packed)
        + ["packed"] * line.packed
        + ["shipped"] * (line.shipped - line.delivered)
        + ["delivered"] * line.delivered
    )


@given(st.lists(counters(), min_size=1, max_size=4))
def test_stage_against_every_unit_written_out(lines: list[Counters]) -> None:
    road = ["backordered", "placed", "allocated", "picking", "packed", "shipped", "delivered"]
    open_units = [unit for line in lines for unit in units(line)]
    expected = min(open_units, key=road.index) if open_units else "cancelled"
    if expected == "allocated" and any(line.picked for line in lines):
        expected = "partially_picked"
    got = stage(*lines, money=Money(D(1)))
    assert got == expected
    assert got in STAGES


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (Counters(2, reserved=1), "quantity ="),
        (Counters(2, reserved=2, picked=1), "packed ≤ picked"),
        (Counters(1, shipped=1, delivered=2), "delivered ≤ shipped"),
        (Counters(1, shipped=1, returned=2), "returned ≤ shipped"),
        (Counters(0), "quantity ≥ 1"),
    ],
)
def test_broken_counters_are_named(line: Counters, rule: str) -> None:
    assert rule in line.broken()
