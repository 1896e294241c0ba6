"""Cells as people write them, in three scripts and Excel's habits."""

from contextlib import suppress
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.backoffice.importing import values
from oms.backoffice.importing.countries import country
from oms.backoffice.importing.values import Unreadable

RIYADH = ZoneInfo("Asia/Riyadh")
CELLS = st.text(st.characters(codec="utf-8"), max_size=30) | st.text(
    "0123456789٫٬.,-+eE ٪%/:كجم", max_size=12
)


@pytest.mark.parametrize(
    ("cell", "figure"),
    [
        ("12", "12"),
        ("١٢٫٥", "12.5"),
        ("۱۲٬۳۴۵٫۵۰", "12345.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1 234,5", "1234.5"),
        ("12,5", "12.5"),
        ("1,234", "1234"),
        ("0,250", "0.250"),
        ("1.250", "1.250"),
        ("-3", "-3"),
        ("−3", "-3"),  # noqa: RUF001  the minus sign that word processors write
        (".5", "0.5"),
        ("1.5E3", "1500"),
    ],
)
def test_figures(cell: str, figure: str) -> None:
    assert values.number(cell) == Decimal(figure)


@pytest.mark.parametrize(
    "cell", ["", "ten", "1,23,4", "1.2.3", "12 kg", "SAR 5", "--5", "1e999", "1,234.5.6", "٠٫"]
)
def test_what_is_no_figure(cell: str) -> None:
    if cell == "٠٫":
        assert values.number(cell) == 0
        return
    with pytest.raises(Unreadable):
        values.number(cell)


@pytest.mark.parametrize(
    ("cell", "count"), [("40", 40), ("٤٠", 40), ("40.0", 40), ("1,000", 1000), ("-3", -3)]
)
def test_whole_numbers(cell: str, count: int) -> None:
    assert values.whole(cell) == count


@pytest.mark.parametrize(
    ("cell", "code"), [("1.000", "ambiguous_number"), ("1.5", "not_whole"), ("x", "not_a_number")]
)
def test_what_is_no_whole_number(cell: str, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        values.whole(cell)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("heading", "cell", "grams"),
    [
        ("Weight", "٠٫٢٥ كجم", 250),
        ("Weight", "0.25kg", 250),
        ("وزن", "۲۵۰ گرم", 250),
        ("وزن", "۱٫۵ کیلوگرم", 1500),
        ("Weight", "250", 250),
        ("Weight (kg)", "0.25", 250),
        ("weight_kg", "0.25", 250),
        ("Weight (kg)", "300 g", 300),
        ("Weight", "1 lb", 454),
    ],
)
def test_weights_by_their_own_unit_else_the_headings(heading: str, cell: str, grams: int) -> None:
    assert values.measure(values.WEIGHT, heading)(cell) == grams


def test_lengths_and_unknown_units() -> None:
    assert values.measure(values.LENGTH, "Length")("30 سم") == 300
    assert values.measure(values.LENGTH, "Height cm")("2,5") == 25
    for cell, code in (("1 stone", "unknown_unit"), ("-1 kg", "negative"), ("heavy", "not_a_number")):
        with pytest.raises(Unreadable) as refused:
            values.measure(values.WEIGHT, "Weight")(cell)
        assert refused.value.code == code


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("2026-11-22", "2026-11-21T21:00:00Z"),
        ("2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"),
        ("22/11/2026 14:30", "2026-11-22T11:30:00Z"),
        ("٢٢/١١/٢٠٢٦", "2026-11-21T21:00:00Z"),
        ("22.11.26", "2026-11-21T21:00:00Z"),
        ("11/22/2026", "2026-11-21T21:00:00Z"),
        ("۱۴۰۵/۰۹/۰۱", "2026-11-21T21:00:00Z"),
        ("46348.5", "2026-11-22T09:00:00Z"),
        ("03/04/2026", "2026-04-02T21:00:00Z"),
        ("22/11/2026 2:30 م", "2026-11-22T11:30:00Z"),
    ],
)
def test_moments(cell: str, told: str) -> None:
    assert values.moment(RIYADH, month_first=False)(cell) == told


def test_month_first_where_it_was_chosen_and_dates_that_are_none() -> None:
    assert values.moment(RIYADH, month_first=True)("03/04/2026") == "2026-03-03T21:00:00Z"
    for cell in ("soon", "31/02/2026", "0/0/2026", "99999999"):
        with pytest.raises(Unreadable):
            values.moment(RIYADH, month_first=False)(cell)


def test_yes_no_rates_lists_parts_countries() -> None:
    assert [values.yes_or_no(cell) for cell in ("1", "نعم", "بله", "TRUE", "0", "لا", "خیر")] == [
        True
    ] * 4 + [False] * 3
    assert [values.rate(cell) for cell in ("15%", "0.15", "١٥٪")] == ["0.15"] * 3
    assert values.several("engraving، gift wrap; x") == ["engraving", "gift wrap", "x"]
    assert values.parts("MUG:2; BOX") == [{"sku": "MUG", "quantity": 2}, {"sku": "BOX", "quantity": 1}]
    assert [country(cell) for cell in ("sa", "KSA", "السعودية", "Saudi Arabia", "ایران")] == ["SA"] * 4 + [
        "IR"
    ]


def test_codes_keep_their_zeros_and_what_excel_shortened_is_refused() -> None:
    assert values.code("00123") == "00123"
    assert values.code("۸۵۰۹۹B") == "85099B"
    with pytest.raises(Unreadable) as refused:
        values.code("6.28102E+12")
    assert refused.value.code == "shortened"


def test_cells_are_tidied() -> None:
    assert values.tidy("\u200f '=2+3\u00a0".strip()) == "=2+3"
    assert values.tidy("\u00a0TEE\u200e ") == "TEE"
    for cell, code in (("#N/A", "formula_error"), (values.UNCOUNTED, "formula_uncounted")):
        with pytest.raises(Unreadable) as refused:
            values.tidy(cell)
        assert refused.value.code == code


@given(cell=CELLS)
def test_no_cell_brings_a_reader_down(cell: str) -> None:
    readers = [
        values.code,
        values.number,
        values.whole,
        values.amount,
        values.rate,
        values.yes_or_no,
        values.several,
        values.parts,
        values.measure(values.WEIGHT, "Weight"),
        values.one_of({"deny": "no", "allow": "yes"}),
        values.moment(RIYADH, month_first=False),
        country,
    ]
    for reader in readers:
        with suppress(Unreadable):
            reader(values.tidy(cell))
