"""What is to be invoiced and credited: differences that add up, in whatever steps goods leave and come back."""

import base64
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from orders.invoicing.billing import NOTHING, Billed, Facts, Part, taxed, to_credit, to_invoice
from orders.invoicing.zatca import qr_text
from orders.totals import share

D = Decimal
RATE = D("0.15")
ZERO = D(0)
SHIPPING = Part(None, 0, D("25.00"), RATE)


def facts(quantity=3, total="100.00", shipped=0, returned=0, line: UUID | None = None) -> Facts:
    return Facts(line or uuid4(), quantity, D(total), D(0), RATE, shipped, returned)


def invoice(lines, billed=None, shipping_billed=ZERO):
    return to_invoice(lines, billed or {}, "SAR", shipping=SHIPPING, shipping_billed=shipping_billed)


def test_nothing_is_invoiced_before_something_leaves():
    assert invoice([facts()]) == []


def test_shipping_goes_with_the_first_goods_alone():
    line = facts(shipped=1)
    first = invoice([line])
    assert first == [Part(line.id, 1, D("33.33"), RATE), SHIPPING]
    rest = facts(shipped=3, line=line.id)
    assert invoice([rest], {line.id: Billed(1, D("33.33"))}, D("25.00")) == [
        Part(line.id, 2, D("66.67"), RATE)
    ]
    assert invoice([rest], {line.id: Billed(3, D("100.00"))}, D("25.00")) == []


def test_a_price_that_came_down_is_credited_and_one_that_went_up_invoiced():
    line = facts(quantity=2, total="80.00", shipped=2)
    before = {line.id: Billed(1, D("50.00"))}
    assert invoice([line], before, D("25.00")) == [Part(line.id, 1, D("40.00"), RATE)]
    assert to_credit([line], before, "SAR", credited=D(0), credited_before=D(0)) == [
        Part(line.id, 0, D("10.00"), RATE)
    ]
    dearer = facts(quantity=2, total="120.00", shipped=1, line=line.id)
    assert invoice([dearer], before, D("25.00")) == [Part(line.id, 0, D("10.00"), RATE)]


def test_a_fee_is_kept_of_what_comes_back_in_proportion():
    lines = [facts(1, "100.00", 1, 1), facts(1, "50.00", 1, 1)]
    parts = to_credit(
        lines,
        {line.id: Billed(1, line.total) for line in lines},
        "SAR",
        credited=D("135.00"),
        credited_before=D(0),
    )
    assert [(part.amount, part.fee) for part in parts] == [(D("90.00"), D("10.00")), (D("45.00"), D("5.00"))]


def test_tax_is_rounded_once_a_rate_and_shared():
    parts = [Part(uuid4(), 1, D("0.10"), RATE) for _ in range(3)] + [Part(None, 0, D("5.00"), D("0.050000"))]
    taxes, rates = taxed(parts, "SAR")
    assert sum(taxes[:3]) == D("0.04")
    assert [(rate.rate, rate.taxable, rate.tax) for rate in rates] == [
        (RATE, D("0.26"), D("0.04")),
        (D("0.05"), D("4.76"), D("0.24")),
    ]


@given(st.data())
def test_steps_add_up_to_the_line(data):
    quantity = data.draw(st.integers(1, 40))
    total = data.draw(st.integers(0, 10_000)) / D(100)
    cancelled = data.draw(st.integers(0, quantity - 1))
    most = quantity - cancelled
    steps = sorted(data.draw(st.sets(st.integers(1, most), max_size=5)) | {most})
    line = uuid4()
    was, paid, back = NOTHING, D(0), D(0)
    for shipped in steps:
        for part in invoice([facts(quantity, str(total), shipped, was.back, line)], {line: was}, D("25.00")):
            was = Billed(was.units + part.units, was.amount + part.amount, was.back, was.worth)
            paid += part.amount
        returned = data.draw(st.integers(was.back, shipped))
        worth = share(total, returned, quantity, "SAR", from_end=True)
        now = facts(quantity, str(total), shipped, returned, line)
        for part in to_credit([now], {line: was}, "SAR", credited=worth, credited_before=back):
            was = Billed(was.units, was.amount, was.back + part.units, was.worth + part.amount)
            back += part.amount
        assert back == worth
    assert paid == total - share(total, cancelled, quantity, "SAR")
    assert back <= paid


def test_the_zatca_code_is_tags_lengths_and_values():
    at = datetime(2026, 11, 25, 20, 30, tzinfo=UTC)
    text = qr_text("شركة متجر ريلاي", "399999999900003", at, D("115"), D("15.0000"))
    raw, found = base64.b64decode(text), []
    while raw:
        tag, length = raw[0], raw[1]
        found.append((tag, raw[2 : 2 + length].decode()))
        raw = raw[2 + length :]
    assert found == [
        (1, "شركة متجر ريلاي"),
        (2, "399999999900003"),
        (3, "2026-11-25T20:30:00Z"),
        (4, "115.00"),
        (5, "15.00"),
    ]
    long = base64.b64decode(qr_text("ش" * 200, "3", at, D(1), D(0)))
    assert long[1] == 254
