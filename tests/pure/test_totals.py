from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import money
from orders.totals import LineError, LineIn, LineOut, ShippingIn, compute, share

D = Decimal
FREE = ShippingIn(D(0), D(0))


def line(quantity: int, price: str, discount: str = "0", rate: str = "0.15") -> LineIn:
    return LineIn(quantity, D(price), D(discount), D(rate))


def test_the_contracts_example_tax_within() -> None:
    totals = compute("SAR", [line(2, "99.00")], ShippingIn(D("25.00"), D("0.15")), prices_include_tax=True)
    assert str(totals.items) == "198.00"
    assert str(totals.discount) == "0.00"
    assert str(totals.shipping) == "25.00"
    assert str(totals.total) == "223.00"
    assert str(totals.tax) == "29.09"  # 223 × 0.15 / 1.15 = 29.0869…
    assert totals.lines == (LineOut(D("198.00"), D("0.00"), D("25.83"), D("198.00")),)
    assert str(totals.shipping_tax) == "3.26"
    assert totals.shipping_total == D("25.00")


def test_tax_on_top() -> None:
    totals = compute(
        "SAR", [line(2, "99.00", "10.00")], ShippingIn(D("25.00"), D("0.15")), prices_include_tax=False
    )
    assert totals.tax == D("31.95")  # 213 × 0.15
    assert totals.total == D("244.95")
    assert totals.lines[0].total == D("216.20")
    assert totals.shipping_total == D("28.75")


def test_tax_is_rounded_once_on_the_orders_sum_not_per_line() -> None:
    # 0.07 × 15 % is 0.0105 a line: line by line 0.03, on the sum 0.0315 -> 0.03; with 0.10: 0.045 -> 0.05.
    totals = compute("SAR", [line(1, "0.10")] * 3, FREE, prices_include_tax=False)
    assert totals.tax == D("0.05")
    assert [out.tax for out in totals.lines] == [D("0.02"), D("0.02"), D("0.01")]


def test_each_rate_has_its_own_sum() -> None:
    totals = compute(
        "AED",
        [line(1, "10.10", rate="0.05"), line(1, "10.10", rate="0"), line(1, "10.10", rate="0.05")],
        ShippingIn(D("5.00"), D("0.05")),
        prices_include_tax=False,
    )
    assert totals.tax == D("1.26")  # 25.20 × 0.05
    assert totals.lines[1].tax == 0


def test_unit_prices_with_four_decimals_round_on_the_line() -> None:
    totals = compute("SAR", [line(3, "0.3350", rate="0")], FREE, prices_include_tax=True)
    assert totals.total == D("1.01")  # 1.005 half up


def test_kuwait_has_fils_and_japan_no_decimals() -> None:
    kuwait = compute("KWD", [line(1, "1.2345", rate="0")], FREE, prices_include_tax=True)
    assert str(kuwait.total) == "1.235"
    japan = compute("JPY", [line(3, "33.5", rate="0.10")], FREE, prices_include_tax=False)
    assert (str(japan.items), str(japan.tax), str(japan.total)) == ("101", "10", "111")


def test_what_makes_no_sense_is_refused_and_names_the_line() -> None:
    with pytest.raises(LineError, match=r"Line 2: the discount is more than its 3.00\.") as caught:
        compute("SAR", [line(1, "5"), line(1, "3", "3.01")], FREE, prices_include_tax=True)
    assert (caught.value.line, caught.value.field) == (1, "discount")
    for bad in (line(0, "1"), line(1, "-1"), line(1, "1", "-1"), line(1, "1", rate="1.5")):
        with pytest.raises(LineError, match="Line 1"):
            compute("SAR", [bad], FREE, prices_include_tax=True)
    with pytest.raises(ValueError, match="Shipping"):
        compute("SAR", [], ShippingIn(D(-1), D(0)), prices_include_tax=True)
    with pytest.raises(ValueError, match="too large"):
        compute("SAR", [line(1_000_000, "999999999999.9999")], FREE, prices_include_tax=True)
    with pytest.raises(ValueError, match="ISO 4217"):
        compute("XXX", [line(1, "1")], FREE, prices_include_tax=True)


def test_a_discount_may_take_the_whole_line() -> None:
    assert compute("SAR", [line(1, "3", "3")], FREE, prices_include_tax=True).total == 0


RATES = st.sampled_from([D("0"), D("0.05"), D("0.15"), D("0.150000"), D("0.08875"), D("0.20"), D("1")])
PRICES = st.decimals(min_value=0, max_value=100_000, places=4)
CURRENCIES = st.sampled_from(["SAR", "KWD", "JPY", "IRR"])


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, list[LineIn], ShippingIn]:
    currency = draw(CURRENCIES)
    lines = []
    for _ in range(draw(st.integers(0, 8))):
        quantity = draw(st.integers(1, 50))
        price = draw(PRICES)
        part = draw(st.sampled_from([Fraction(n, 10) for n in (0, 0, 3, 9, 10)]))
        amount = money.rounded(price * quantity, currency)
        discount = D(floor(Fraction(amount / money.step(currency)) * part)) * money.step(currency)
        lines.append(LineIn(quantity, price, discount, draw(RATES)))
    return currency, lines, ShippingIn(draw(PRICES), draw(RATES))


def half_up(value: Fraction, step: Fraction) -> Fraction:
    return floor(value / step + Fraction(1, 2)) * step


@given(orders(), st.booleans())
def test_against_plain_fractions(order: tuple[str, list[LineIn], ShippingIn], within: bool) -> None:
    currency, lines, shipping = order
    totals = compute(currency, lines, shipping, prices_include_tax=within)
    step = Fraction(money.step(currency))
    by_rate: dict[Fraction, Fraction] = {}
    parts = [
        (half_up(Fraction(ln.unit_price) * ln.quantity - Fraction(ln.discount), step), Fraction(ln.tax_rate))
        for ln in lines
    ] + [(half_up(Fraction(shipping.price), step), Fraction(shipping.tax_rate))]
    for net, rate in parts:
        by_rate[rate] = by_rate.get(rate, Fraction(0)) + net
    tax = sum(
        half_up(net * rate / (1 + rate) if within else net * rate, step) for rate, net in by_rate.items()
    )
    assert totals.tax == tax
    net = sum((part for part, _ in parts), Fraction(0))
    assert totals.total == (net if within else net + tax)
    assert totals.items - totals.discount + totals.shipping == net
    assert totals.tax == sum(out.tax for out in totals.lines) + totals.shipping_tax
    assert totals.total == sum(out.total for out in totals.lines) + totals.shipping_total
    for out, (part, rate) in zip(totals.lines, parts, strict=False):
        assert out.items - out.discount == part
        exact = part * rate / (1 + rate) if within else part * rate
        assert abs(out.tax - D(exact.numerator) / D(exact.denominator)) < money.step(currency)
        assert out.total == (part if within else part + Fraction(out.tax))
        assert 0 <= out.tax <= out.total


@given(
    st.decimals(min_value=0, max_value=10**9, places=4),
    st.lists(st.integers(1, 9), min_size=1, max_size=6),
    CURRENCIES,
    st.booleans(),
)
def test_successive_parts_add_up_to_the_whole(
    amount: Decimal, parts: list[int], currency: str, from_end: bool
) -> None:
    whole, taken, got = sum(parts), 0, D(0)
    for part in parts:
        got += share(amount, part, whole, currency, before=taken, from_end=from_end)
        taken += part
    assert got == money.rounded(amount, currency)


@given(st.integers(0, 10**7), st.integers(1, 60), st.data())
def test_cancelled_and_returned_units_never_pass_the_whole(cents: int, of: int, data: st.DataObject) -> None:
    amount = D(cents).scaleb(-2)
    cancelled = data.draw(st.integers(0, of))
    returned = data.draw(st.integers(0, of - cancelled))
    kept = share(amount, of - cancelled - returned, of, "SAR", before=cancelled)
    back = share(amount, returned, of, "SAR", from_end=True)
    assert share(amount, cancelled, of, "SAR") + kept + back == amount
    assert kept >= 0


def test_shares_of_ten_riyals_in_three() -> None:
    assert [share(D("10.00"), 1, 3, "SAR", before=k) for k in range(3)] == [D("3.33"), D("3.34"), D("3.33")]
    assert share(D("10.00"), 0, 3, "SAR") == 0
    for quantity, of, before in ((4, 3, 0), (1, 3, 3), (-1, 3, 1), (0, 0, 0), (1, 3, -1)):
        with pytest.raises(ValueError, match="cannot be taken"):
            share(D("10.00"), quantity, of, "SAR", before=before)
