from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core import money


@pytest.mark.parametrize(
    ("currency", "places"),
    [("SAR", 2), ("AED", 2), ("USD", 2), ("KWD", 3), ("BHD", 3), ("OMR", 3), ("JOD", 3), ("IQD", 3)]
    + [("TND", 3), ("LYD", 3), ("JPY", 0), ("KRW", 0), ("IRR", 0), ("VND", 0)],
)
def test_decimals_of_a_currency(currency: str, places: int) -> None:
    assert money.known(currency)
    assert money.decimals(currency) == places
    assert money.zero(currency).as_tuple().exponent == -places


@pytest.mark.parametrize("currency", ["", "sar", "XXX", "BTC", "SAR ", "ر.س"])
def test_an_unknown_currency_is_refused(currency: str) -> None:
    assert not money.known(currency)
    for refuse in (money.decimals, money.zero, money.step):
        with pytest.raises(ValueError, match="ISO 4217"):
            refuse(currency)
    with pytest.raises(ValueError, match="ISO 4217"):
        money.rounded(Decimal(1), currency)
    with pytest.raises(ValueError, match="ISO 4217"):
        money.parse_amount("1", currency)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("10", "KWD", "10.000"),
        ("0.0005", "KWD", "0.001"),
        ("2.675", "SAR", "2.68"),
        ("2.665", "SAR", "2.67"),
        ("-2.665", "SAR", "-2.67"),
        ("-0.001", "SAR", "0.00"),
        ("1E+3", "SAR", "1000.00"),
        ("1E+3", "JPY", "1000"),
        ("0.5", "JPY", "1"),
        ("4500000.4", "IRR", "4500000"),
        ("99999999999999.99", "SAR", "99999999999999.99"),
    ],
)
def test_amounts_round_half_up_and_print_plainly(amount: str, currency: str, text: str) -> None:
    assert money.as_json(Decimal(amount), currency) == {"amount": text, "currency": currency}


@pytest.mark.parametrize(
    ("price", "currency", "text"),
    [
        ("99", "SAR", "99.00"),
        ("99.0000", "SAR", "99.00"),
        ("0.0125", "SAR", "0.0125"),
        ("0.1250", "SAR", "0.125"),
        ("1.2", "KWD", "1.200"),
        ("1.23456", "KWD", "1.2346"),
        ("12.5", "JPY", "12.5"),
        ("0.00004", "SAR", "0.00"),
    ],
)
def test_unit_prices_keep_the_decimals_they_need(price: str, currency: str, text: str) -> None:
    assert money.price_as_json(Decimal(price), currency) == {"amount": text, "currency": currency}


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [("10", "KWD", "10.000"), ("10.5", "SAR", "10.50"), ("500.00", "JPY", "500"), ("0", "SAR", "0.00")]
    + [("007.10", "SAR", "7.10"), ("999999999999.99", "SAR", "999999999999.99"), ("99.0", "SAR", "99.00")],
)
def test_a_sent_amount_comes_out_in_one_form(text: str, currency: str, amount: str) -> None:
    assert str(money.parse_amount(text, currency)) == amount


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1.005", "SAR has 2 decimals"),
        ("1.00000000", "Too many decimals"),
        ("-1", "not negative"),
        ("-0.01", "not negative"),
        ("1000000000000", "12 digits"),
        ("", "digits 0-9"),
        (".5", "digits 0-9"),
        ("5.", "digits 0-9"),
        ("+5", "digits 0-9"),
        (" 5", "digits 0-9"),
        ("5\n", "digits 0-9"),
        ("1_000", "digits 0-9"),
        ("1,5", "digits 0-9"),
        ("1e3", "digits 0-9"),
        ("NaN", "digits 0-9"),
        ("Infinity", "digits 0-9"),
        ("1.2.3", "digits 0-9"),
        ("١٢", "digits 0-9"),
        ("۱۲.۵", "digits 0-9"),
        ("²", "digits 0-9"),
        (5, "is a string"),
        (5.5, "is a string"),
        (True, "is a string"),
        (None, "is a string"),
        ([], "is a string"),
    ],
)
def test_anything_else_is_refused_in_words(text: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        money.parse_amount(text, "SAR")


def test_no_decimals_is_said_so() -> None:
    with pytest.raises(ValueError, match="JPY has no decimals"):
        money.parse_amount("5.5", "JPY")


def test_prices_take_four_decimals_and_rates_six() -> None:
    assert str(money.parse_price("0.0125")) == "0.0125"
    assert str(money.parse_price("99")) == "99.0000"
    with pytest.raises(ValueError, match="at most 4 decimals"):
        money.parse_price("0.01255")
    assert money.parse_rate("0.08875") == Decimal("0.08875")
    assert money.parse_rate("1") == 1
    with pytest.raises(ValueError, match="between 0 and 1"):
        money.parse_rate("15")
    with pytest.raises(ValueError, match="at most 6 decimals"):
        money.parse_rate("0.0000001")


@given(st.text(max_size=20))
def test_parsing_any_text_answers_or_says_value_error(text: str) -> None:
    try:
        amount = money.parse_amount(text, "KWD")
    except ValueError:
        return
    assert amount.is_finite()
    assert 0 <= amount < 10**12
    assert amount == Decimal(text)


@given(
    st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 2, places=7),
    st.sampled_from(["JPY", "SAR", "KWD", "IRR"]),
)
def test_rounding_is_the_nearest_amount_half_up(amount: Decimal, currency: str) -> None:
    out = money.rounded(amount, currency)
    assert abs(out - amount) * 2 <= money.step(currency)
    assert out == amount.quantize(money.step(currency), ROUND_HALF_UP)
    assert money.rounded(out, currency) == out
    if out >= 0:
        assert money.parse_amount(money.as_json(out, currency)["amount"], currency) == out
