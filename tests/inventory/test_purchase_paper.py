"""The paper a supplier gets, scanned and read back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from inventory.purchase_paper import PaperData, PaperLine, purchase_pdf
from oms.core.papers import Address
from tests import paper_scanner

ENGLISH = PaperData(
    company="Relay Store",
    number="PO1042",
    supplier=Address(
        name="Al Noor Textiles",
        line1="12 Industrial Area 3",
        city="Dubai",
        country="AE",
        phone="+97141234567",
    ),
    contact="Huda Salem",
    deliver_to=Address(
        name="Riyadh Warehouse",
        line1="Exit 18, Al Kharj Rd",
        city="Riyadh",
        postal_code="12214",
        country="SA",
    ),
    ordered_on=date(2026, 11, 25),
    expected_on=date(2026, 12, 4),
    currency="KWD",
    total=Decimal("1234.560"),
    lines=[
        PaperLine("TEE-RED-M", "N-77", "Cotton T-shirt, red", 1200, Decimal("1.0288")),
        PaperLine("MUG-350", "", "Mug <b>350 ml</b>", 5, Decimal("2.000")),
    ],
    note="Please pack by colour.\nNo plastic.",
)
ARABIC = replace(
    ENGLISH,
    language="ar",
    company="متجر ريلاي",
    supplier=replace(ENGLISH.supplier, name="مصنع النور للنسيج"),
    lines=[replace(ENGLISH.lines[0], name="قميص قطني أحمر")],
)
PERSIAN = replace(
    ENGLISH, language="fa", company="فروشگاه ریلی", lines=[replace(ENGLISH.lines[0], name="تی‌شرت نخی قرمز")]
)


@pytest.mark.parametrize("data", [ENGLISH, ARABIC, PERSIAN], ids=["en", "ar", "fa"])
def test_its_number_scans_and_it_is_one_page_of_a4(data: PaperData) -> None:
    paper = purchase_pdf(data)
    assert paper_scanner.page_sizes_mm(paper) == [(210, 297)]
    assert paper_scanner.scan_pdf(paper) == [{"PO1042"}]


def test_it_says_what_at_which_price() -> None:
    text = paper_scanner.text(purchase_pdf(ENGLISH))
    for said in ("N-77", "TEE-RED-M", "1,200", "1.0288", "1,234.560", "Mug <b>350 ml</b>", "No plastic."):
        assert said in text
    assert "KWD" in text


def test_a_long_order_goes_on_over_pages() -> None:
    paper = purchase_pdf(replace(ENGLISH, lines=[ENGLISH.lines[0]] * 60))
    assert len(paper_scanner.page_sizes_mm(paper)) > 1
