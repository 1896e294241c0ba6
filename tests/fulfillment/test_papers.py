"""Every paper printed here is rendered and scanned back."""

import logging
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby

import pytest

from fulfillment.papers import Address, LabelData, SlipData, SlipLine, label_pdf, label_zpl, slip_pdf
from tests import paper_scanner

TRACKING_PAGE = "https://shop.example.com/t/9fK2LmQx7Zr4Tn1bVw0pYA/"

ENGLISH = LabelData(
    brand="Relay Store",
    sender=Address(company="Riyadh Warehouse", line1="Exit 18, Al Kharj Rd", city="Riyadh", country="SA"),
    recipient=Address(
        name="Sara Al-Otaibi",
        line1="7421 King Fahd Branch Road",
        line2="Building 12, Apartment 26",
        district="Al Olaya",
        city="Riyadh",
        region="Riyadh Region",
        postal_code="12214",
        country="SA",
        phone="+966 50 123 4567",
        short_address="RRRD2929",
    ),
    order_number="10042",
    shipment_number="10042-1",
    tracking_number="RL2611247K3M9Q",
    carrier="Own fleet",
    service="Standard",
    weight_g=1400,
    cash=Decimal("1223.50"),
    currency="SAR",
    routing_code="RUH-03",
    tracking_url=TRACKING_PAGE,
    shipped_on=date(2026, 11, 24),
)
ARABIC = replace(
    ENGLISH,
    language="ar",
    brand="متجر ريلاي",
    recipient=Address(
        name="عبد الرحمن بن محمد القحطاني",
        line1="شارع الأمير سلطان 7421، مبنى 12",
        city="جدة",
        postal_code="23434",
        country="SA",
        phone="+966 55 987 6543",
    ),
    routing_code="",
    cash=Decimal("349.00"),
)
PERSIAN = replace(
    ENGLISH,
    language="fa",
    brand="فروشگاه ریلِی",
    recipient=Address(
        name="پریسا احمدی‌نژاد",
        line1="خیابان ولیعصر، کوچهٔ نیلوفر، پلاک ۲۶",
        city="تهران",
        postal_code="1969833114",
        country="IR",
        phone="+98 912 345 6789",
    ),
    routing_code="",
    cash=Decimal("45800000"),
    currency="IRR",
)
EMPTY = LabelData(
    brand="",
    sender=Address(),
    recipient=Address(),
    order_number="",
    shipment_number="",
    tracking_number="X1",
    carrier="",
    service="",
)
LONG = replace(
    ENGLISH,
    brand="A brand whose name would never end if nobody stopped it in time",
    cash=Decimal("999999999999.99"),
    recipient=Address(
        *[("Maximiliana Featherstonehaugh-Cholmondeley " * 6)[:200]] * 8, country="SA", phone="1" * 40
    ),
    tracking_number="MX-" + "Q" * 27,
)
HOSTILE_TEXTS = [
    "<img src=file:///etc/passwd>",
    '<link rel="attachment" href="file:///etc/passwd">',
    "</style><style>@page{size:1mm}body{background:url(file:///etc/passwd)}",
    '"><svg><image href="http://127.0.0.1:1/"/></svg>',
    "<script>app.alert(1)</script>javascript:alert(1)",
    "{% include '/etc/passwd' %}{{ settings.SECRET_KEY }}",
    "\u202e\u2066\u2067gro.live\u0000\u001b]0;x\u0007",
    "ا" * 3000,
]


def hostile(text: str) -> LabelData:
    address = Address(*[text] * 8, "SA", text, text)
    return replace(
        ENGLISH, brand=text, sender=address, recipient=address, order_number=text, shipment_number=text,
        carrier=text, service=text, routing_code=text,
    )  # fmt: skip


def slip(label: LabelData, **changes) -> SlipData:
    return SlipData(
        **{
            "brand": label.brand,
            "sender": label.sender,
            "recipient": label.recipient,
            "order_number": label.order_number,
            "shipment_number": label.shipment_number,
            "lines": [
                SlipLine("TEE-RED-M", "T-shirt, red", 2),
                SlipLine("85123A", "HEART T-LIGHT", 6, "For Sara"),
            ],
            "language": label.language,
            "tracking_number": label.tracking_number,
            "tracking_url": label.tracking_url,
            **changes,
        }
    )


@pytest.mark.parametrize("label", [ENGLISH, ARABIC, PERSIAN, LONG], ids=["en", "ar", "fa", "long"])
def test_a_label_is_100_by_150_mm_and_scans(label):
    document = label_pdf([label])
    assert paper_scanner.page_sizes_mm(document) == [(100, 150)]
    assert paper_scanner.scan_pdf(document) == [{label.tracking_number, TRACKING_PAGE}]
    assert paper_scanner.fonts(document) == {"Relay"}


def test_a_label_says_what_the_driver_needs():
    words = paper_scanner.text(label_pdf([replace(ENGLISH, parcel=1, parcels=2)]))
    for word in ("RUH-03", "Sara Al-Otaibi", "7421 King Fahd", "+966 50 123 4567", "RRRD2929", "1,223.50"):
        assert word in words
    for word in ("1 of 2", "10042-1", "1.4 kg", "24 November 2026", "RL26 1124 7K3M 9Q", "Saudi Arabia"):
        assert word in words.replace("\u00a0", " ")


def test_a_paid_parcel_names_no_amount():
    words = paper_scanner.text(label_pdf([replace(ENGLISH, cash=Decimal("0.00"))]))
    assert "Nothing to collect" in words
    assert "SAR" not in words


def test_a_label_of_empty_fields_still_scans():
    assert paper_scanner.scan_pdf(label_pdf([EMPTY])) == [{"X1"}]


def test_each_parcel_has_its_page():
    parcels = [replace(ENGLISH, parcel=n, parcels=3, tracking_number=f"RL00000000{n}") for n in (1, 2, 3)]
    assert paper_scanner.scan_pdf(label_pdf(parcels)) == [
        {parcel.tracking_number, TRACKING_PAGE} for parcel in parcels
    ]


@pytest.mark.parametrize(
    "number", ["", "ABC ۱۲۳", "A\n1", "9" * 200], ids=["empty", "persian", "control", "long"]
)
def test_what_no_scanner_can_read_is_refused(number):
    with pytest.raises(ValueError, match=r"barcode|Too long"):
        label_pdf([replace(ENGLISH, tracking_number=number)])


@pytest.mark.parametrize("label", [ENGLISH, ARABIC, PERSIAN, LONG], ids=["en", "ar", "fa", "long"])
def test_a_thermal_label_prints_the_same_codes(label):
    [printed] = paper_scanner.print_zpl(label_zpl(label_pdf([label])))
    assert printed.size == (800, 1200)
    assert paper_scanner.scan(printed) == {label.tracking_number, TRACKING_PAGE}


def test_the_bars_stand_on_the_printers_dots():
    """Each bar and gap is a whole number of the same width, so none thickens on paper."""
    [printed] = paper_scanner.print_zpl(label_zpl(label_pdf([ENGLISH])))
    row = [printed.getpixel((x, 880)) for x in range(800)]
    runs = [len(list(run)) for _, run in groupby(row)][1:-1]
    module = min(runs)
    assert len(runs) > 60
    assert {width % module for width in runs} == {0}


def test_a_thermal_job_holds_a_label_for_each_parcel():
    commands = label_zpl(label_pdf([ENGLISH, replace(ENGLISH, tracking_number="RL000000002")]))
    assert [paper_scanner.scan(label) for label in paper_scanner.print_zpl(commands)] == [
        {"RL2611247K3M9Q", TRACKING_PAGE},
        {"RL000000002", TRACKING_PAGE},
    ]
    assert len(commands) < 40_000


def test_a_slip_is_no_label():
    with pytest.raises(ValueError, match="Not a label"):
        label_zpl(slip_pdf(slip(ENGLISH)))


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=range(len(HOSTILE_TEXTS)))
def test_hostile_text_stays_text(text, caplog):
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        documents = [
            label_pdf([hostile(text)]),
            slip_pdf(
                slip(
                    hostile(text),
                    order_number="10042",
                    gift_message=text,
                    lines=[SlipLine(text, text, 1, text)],
                )
            ),
        ]
    assert [record.message for record in caplog.records] == []  # nothing even tried to load
    assert paper_scanner.scan_pdf(documents[0]) == [{"RL2611247K3M9Q", TRACKING_PAGE}]
    assert paper_scanner.page_sizes_mm(documents[0]) == [(100, 150)]
    for document in documents:
        assert paper_scanner.active_parts(document) == 0
        assert "root:x:0" not in paper_scanner.text(document)
    if text.startswith("<"):
        assert text[:12] in paper_scanner.text(documents[1])


@pytest.mark.parametrize("label", [ENGLISH, ARABIC, PERSIAN], ids=["en", "ar", "fa"])
def test_a_slip_is_a4_and_leads_back_to_the_order(label):
    document = slip_pdf(slip(label))
    assert paper_scanner.page_sizes_mm(document) == [(210, 297)]
    assert paper_scanner.scan_pdf(document, scale=4) == [{"10042", TRACKING_PAGE}]
    words = paper_scanner.text(document)
    assert "TEE-RED-M" in words
    assert "85123A" in words


def test_a_slip_shows_no_prices_and_says_what_comes_later():
    words = paper_scanner.text(
        slip_pdf(slip(ENGLISH, gift_message="Happy birthday!\nMum", later=[SlipLine("HPH", "Headphones", 1)]))
    )
    assert "SAR" not in words
    for word in (
        "Happy birthday!",
        "Mum",
        "For Sara",
        "Coming separately",
        "Headphones",
        "send something back",
    ):
        assert word in words


def test_a_slip_of_700_lines_keeps_them_all():
    lines = [SlipLine(f"SKU-{n:04}", f"Product {n}", 1) for n in range(700)]
    document = slip_pdf(slip(ENGLISH, lines=lines))
    words = paper_scanner.text(document)
    assert all(line.sku in words for line in lines)
    assert len(paper_scanner.page_sizes_mm(document)) > 10


def test_a_slip_without_a_page_or_an_address_prints():
    document = slip_pdf(slip(replace(EMPTY, order_number="10042"), tracking_url="", lines=[]))
    assert paper_scanner.scan_pdf(document, scale=4) == [{"10042"}]
