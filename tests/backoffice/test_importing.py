"""The import wizard through its pages: every kind, the report of each refused row, and nothing half done."""

import csv
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext as _

from inventory.documents import ProductIn
from inventory.models import Location, Lot, LotLevel, Movement, Product, StockLevel
from oms.backoffice.importing import asking, running
from oms.backoffice.importing.kinds import KINDS, products
from oms.backoffice.importing.models import Import, ImportFault, ImportPiece
from oms.backoffice.importing.tables_out import faults_by_row
from oms.core import company
from oms.core.models import Event, User
from orders.models import Customer, Order
from tests import shop

pytestmark = pytest.mark.django_db


def signed_in(name: str = "noor", role: str = "manager", **facts: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(name, password="x", role=role, **facts))
    return client


@pytest.fixture
def staff() -> Client:
    return signed_in()


def bring(staff: Client, kind: str, content: str | bytes, name: str = "list.csv") -> Any:
    raw = content.encode() if isinstance(content, str) else content
    return staff.post("/imports/new/", {"kind": kind, "file": SimpleUploadedFile(name, raw)})


def brought(staff: Client, kind: str, content: str | bytes, name: str = "list.csv") -> Import:
    answer = bring(staff, kind, content, name)
    assert answer.status_code == 302, answer.context["form"].errors
    work()
    return Import.objects.latest("created_at")


def work() -> None:
    while running.run_due(60):
        pass


def checked(staff: Client, job: Import, **options: str) -> Import:
    mapping = {f"column-{place}": key for place, key in enumerate(job.mapping)}
    answer = staff.post(f"/imports/{job.pk}/check/", {**mapping, **options})
    assert answer.status_code == 302, (answer.context["missing"], answer.context["options"].errors)
    work()
    job.refresh_from_db()
    assert (job.state, job.stopped) == ("checked", "")
    return job


def run(staff: Client, job: Import) -> Import:
    staff.post(f"/imports/{job.pk}/start/")
    work()
    job.refresh_from_db()
    assert (job.state, job.stopped) == ("done", "")
    return job


def imported(
    staff: Client, kind: str, content: str | bytes, name: str = "list.csv", **options: str
) -> Import:
    return run(staff, checked(staff, brought(staff, kind, content, name), **options))


def figures(job: Import) -> tuple[int, int, int, int]:
    return job.created, job.changed, job.unchanged, job.refused


def faults(job: Import) -> list[tuple[int, str, str]]:
    return list(ImportFault.objects.filter(of=job).order_by("row", "pk").values_list("row", "field", "code"))


def mended(staff: Client, job: Import) -> list[dict[str, str]]:
    answer = staff.get(f"/imports/{job.pk}/refused/")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def workbook(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


PRODUCTS = """SKU,Name,الاسم,السعر,Weight (kg),Low stock
TEE,T-shirt,تيشيرت,٩٩٫٥٠,٠٫٢٥ كجم,5
MUG,Mug,,"1,234.50",0.4,
,No number,,1,1,
CAP,Cap,,ten,1 stone,
TEE,Again,,1,1,
"""


def test_products_from_a_dirty_list_to_the_shelf_and_again(staff: Client) -> None:
    job = brought(staff, "products", PRODUCTS)
    assert job.mapping == ["sku", "name.en", "name.ar", "price.amount", "weight_g", "low_stock_at"]
    checked(staff, job)
    assert figures(job) == (2, 0, 0, 3)
    assert not Product.objects.exists()
    assert faults(job) == [
        (4, "sku", "required"),
        (5, "price.amount", "not_a_number"),
        (5, "weight_g", "unknown_unit"),
        (6, "sku", "repeated"),
    ]
    run(staff, job)
    assert figures(job) == (2, 0, 0, 3)
    tee = Product.objects.get(sku="TEE")
    assert (str(tee.price), tee.price_currency, tee.weight_g, tee.low_stock_at) == ("99.5000", "SAR", 250, 5)
    assert tee.name == {"en": "T-shirt", "ar": "تيشيرت"}
    assert Product.objects.get(sku="MUG").weight_g == 400
    again = imported(staff, "products", "sku,price\nTEE,120\nMUG,1234.5\n")
    assert figures(again) == (0, 1, 1, 0)
    tee.refresh_from_db()
    assert (str(tee.price), tee.weight_g) == ("120.0000", 250)
    told = Event.objects.filter(kind__startswith="import.").order_by("id")
    assert list(told.values_list("kind", "data__created")) == [
        ("import.brought", None),
        ("import.started", None),
        ("import.finished", 2),
        ("import.brought", None),
        ("import.started", None),
        ("import.finished", 0),
    ]


def test_the_refused_rows_come_back_as_a_file_and_go_in_once_mended(staff: Client) -> None:
    job = imported(staff, "products", "SKU,Name,Price\nTEE,T-shirt,10\nMUG,=2+3,ten\nCAP,Cap,\n")
    rows = mended(staff, job)
    assert rows == [
        {"SKU": "MUG", "Name": "'=2+3", "Price": "ten", "Error": "Price: \u2068ten\u2069 is not a number."}
    ]
    rows[0]["Price"] = "12"
    text = ",".join(rows[0]) + "\n" + ",".join(rows[0].values()) + "\n"
    again = imported(staff, "products", text)
    assert (figures(again), again.mapping) == ((1, 0, 0, 0), ["sku", "name.en", "price.amount", ""])
    assert Product.objects.get(sku="MUG").name == {"en": "=2+3"}


def test_what_the_product_refuses_is_told_in_the_reader_s_language() -> None:
    text = (
        "sku,name,price,weight,hs code\n"
        f"{'X' * 70},Long,1,1,\nTEE,Tee,1.23456,1,\nMUG,Mug,1,99999999999,\nCAP,Cap,1,1,{'9' * 40}\n"
    )
    told = {}
    for language in ("en", "ar", "fa"):
        staff = signed_in(language, language=language)
        job = checked(staff, brought(staff, "products", text))
        assert faults(job) == [
            (2, "sku", "invalid"),
            (3, "price.amount", "invalid"),
            (4, "weight_g", "invalid"),
            (5, "hs_code", "invalid"),
        ]
        with translation.override(language):
            told[language] = [
                row[0].replace("\u2068", "").replace("\u2069", "") for row in faults_by_row(job).values()
            ]
            words = _("It has at most %(most)s characters.").partition("%")[0]
        assert words in staff.get(f"/imports/{job.pk}/").content.decode()
    assert told["en"] == [
        "sku: It has at most 64 characters.",
        "price: Too many decimals: a unit price has at most 4 decimals.",
        "weight: It is at most 2147483647.",
        "hs code: It has at most 32 characters.",
    ]
    assert told["ar"] == [
        "sku: عدد أحرفه 64 على الأكثر.",
        "price: منازل عشرية كثيرة: لسعر الوحدة 4 على الأكثر.",
        "weight: القيمة 2147483647 على الأكثر.",
        "hs code: عدد أحرفه 32 على الأكثر.",
    ]
    assert not any(re.search("[A-Z]", line) for line in told["fa"])


def test_a_bundle_may_stand_before_its_parts_however_far(staff: Client) -> None:
    small("products", 2)
    lines = ["SET,Set,MUG:2;BOX", "A,A,", "B,B,", "C,C,", "MUG,Mug,", "BOX,Box,"]
    job = imported(staff, "products", "sku,name,components\n" + "\n".join(lines) + "\n")
    assert figures(job) == (6, 0, 0, 0)
    assert Product.objects.get(sku="SET").components == [
        {"sku": "MUG", "quantity": 2},
        {"sku": "BOX", "quantity": 1},
    ]


def test_stock_is_set_and_changed_with_its_reason(staff: Client) -> None:
    shop.product("TEE", RUH=10)
    shop.product("MUG", RUH=1)
    StockLevel.objects.filter(product__sku="TEE").update(committed=4)
    rows = ["TEE;12;;A-1;", "MUG;;-3;;Lost", "MUG;;2;;", "TEE;3;;;", "XXX;1;;;", "TEE;1;1;;", "MUG;1.5;;;"]
    text = "SKU;Quantity;Change;Bin;Reason\n" + "\n".join(rows)
    job = checked(staff, brought(staff, "stock", text), location="RUH", reason="Counted")
    assert StockLevel.objects.get(product__sku="TEE").on_hand == 10
    run(staff, job)
    assert figures(job) == (0, 2, 0, 5)
    assert faults(job) == [
        (3, "", "stock_committed"),
        (5, "", "stock_committed"),
        (6, "sku", "unknown_sku"),
        (7, "set_to", "one_figure"),
        (8, "set_to", "not_whole"),
    ]
    moved = Movement.objects.filter(actor="staff:noor").order_by("id")
    assert list(moved.values_list("change", "after", "reason", "cause")) == [
        (2, 12, "Counted", "adjusted"),
        (2, 3, "Counted", "adjusted"),
    ]
    assert StockLevel.objects.get(product__sku="TEE").bin == "A-1"


def test_a_lot_has_one_last_day_wherever_the_file_names_it(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its rows are decided piece by piece: the check says what the run does."""
    monkeypatch.setitem(KINDS, "stock", replace(KINDS["stock"], piece=1))
    Product.objects.filter(pk=shop.product("MILK").pk).update(tracks_lots=True)
    shop.location("RUH")
    shop.location("JED")
    rows = ["MILK,JED,1,L-2,", "MILK,RUH,1,L-2,2030-01-31"]
    job = checked(
        staff,
        brought(staff, "stock", "sku,location,quantity,batch,expiry\n" + "\n".join(rows)),
        reason="Counted",
    )
    assert faults(job) == []
    run(staff, job)
    assert (figures(job), faults(job)) == ((0, 2, 0, 0), [])
    assert Lot.objects.get().expires_on == date(2030, 1, 31)


def test_lots_are_counted_one_by_one_and_new_ones_made(staff: Client) -> None:
    milk = shop.product("MILK")
    Product.objects.filter(pk=milk.pk).update(tracks_lots=True, shelf_life_days=30)
    shop.product("TEE", RUH=1)
    rows = [
        "MILK,RUH,10,L-1,2030-01-31",
        "MILK,RUH,5,L-2,",
        "MILK,RUH,7,,",
        "TEE,RUH,2,L-9,",
        "MILK,RUH,4,L-1,2030-02-28",
        "MILK,JED,3,L-1,",
        "MILK,RUH,12,L-1,31/01/2030",
    ]
    text = "sku,location,quantity,batch,expiry\n" + "\n".join(rows) + "\n"
    shop.location("JED")
    job = checked(staff, brought(staff, "stock", text), reason="Counted")
    assert job.mapping == ["sku", "location", "set_to", "lot", "expires_on"]
    assert (Lot.objects.count(), StockLevel.objects.count()) == (0, 1)
    tried = faults(job)
    assert tried == [
        (4, "lot", "lot_required"),
        (5, "lot", "lot_not_tracked"),
        (6, "expires_on", "lot_expiry_differs"),
    ]
    run(staff, job)
    assert (figures(job), faults(job)) == ((0, 4, 0, 3), tried)
    assert dict(Lot.objects.values_list("code", "expires_on")) == {
        "L-1": date(2030, 1, 31),
        "L-2": company.today() + timedelta(days=30),
    }
    held = LotLevel.objects.values_list("lot__code", "location__code", "on_hand")
    assert set(held) == {("L-1", "RUH", 12), ("L-2", "RUH", 5), ("L-1", "JED", 3)}
    levels = StockLevel.objects.filter(product=milk).values_list("location__code", "on_hand")
    assert dict(levels) == {"RUH": 17, "JED": 3}
    moved = Movement.objects.filter(product_id=milk.pk).order_by("id").values_list("change", "after")
    assert set(moved) == {(10, 10), (5, 15), (2, 17), (3, 3)}
    again = imported(
        staff,
        "stock",
        "sku,location,change,lot\nMILK,RUH,-6,L-2\nMILK,RUH,-5,L-2\nMILK,RUH,-1,L-7\n",
        reason="Sold",
    )
    assert faults(again) == [(2, "", "lot_short"), (4, "", "lot_short")]
    assert LotLevel.objects.get(lot__code="L-2").on_hand == 0
    assert not Lot.objects.filter(code="L-7").exists()


def test_a_kit_among_counted_products_is_refused_alone(staff: Client) -> None:
    shop.product("MUG", RUH=1)
    shop.api(None).post(
        "products/", {"sku": "SET", "name": {"en": "Set"}, "components": [{"sku": "MUG", "quantity": 2}]}
    )
    job = imported(staff, "stock", "sku,location,quantity,reason\nSET,RUH,5,Count\nMUG,RUH,4,Count\n")
    assert (figures(job), faults(job)) == ((0, 1, 0, 1), [(2, "sku", "kit_has_no_stock")])
    assert StockLevel.objects.get().on_hand == 4


def test_products_have_a_column_for_every_field_of_the_api(staff: Client) -> None:
    columns = {field.key.partition(".")[0] for field in products.FIELDS}
    assert columns == {field.name for field in msgspec.structs.fields(ProductIn)}
    text = "sku,name,cost,lots,shelf life,available from\nMILK,Milk,4.5,نعم,30,1405/09/10\n"
    job = imported(staff, "products", text)
    assert (figures(job), faults(job)) == ((1, 0, 0, 0), [])
    milk = Product.objects.get()
    assert (milk.cost, milk.tracks_lots, milk.shelf_life_days) == (Decimal("4.5"), True, 30)
    assert milk.available_from == date(2026, 12, 1)


def test_warehouse_staff_count_their_own_location_alone() -> None:
    shop.product("TEE", RUH=1, JED=1)
    warehouse = signed_in("ali", "warehouse", locations=["RUH"])
    job = imported(warehouse, "stock", "sku,location,quantity,reason\nTEE,RUH,5,Count\nTEE,JED,5,Count\n")
    assert (figures(job), faults(job)) == ((0, 1, 0, 1), [(3, "location", "unknown_location")])
    for kind in ("products", "locations", "customers", "orders"):
        assert bring(warehouse, kind, "sku\nx\n").status_code == 422


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("/orders/", "orders"),
        ("/customers/", "customers"),
        ("/products/", "products"),
        ("/stock/", "stock"),
        ("/settings/locations/", "locations"),
    ],
)
def test_each_list_leads_to_its_import_for_who_may(address: str, kind: str) -> None:
    shop.product("TEE", RUH=1)
    button = f'href="/imports/new/?kind={kind}"'
    may = {
        role: button in signed_in(role, role, locations=["RUH"]).get(address).content.decode()
        for role in ("manager", "agent", "warehouse")
    }
    agents, warehouse = kind in ("orders", "customers"), kind == "stock"
    assert may == {"manager": True, "agent": agents, "warehouse": warehouse}


def test_locations_are_opened_and_changed(staff: Client) -> None:
    shop.location("RUH", priority=1)
    text = (
        "code,name,kind,address,city,country,cutoff,working days,active\n"
        "JED,Jeddah,متجر,Port Rd,Jeddah,السعودية,15:30:00,0-4,نعم\n"
        "RUH,Riyadh,,,,,,,\n"
        "DMM,Dammam,castle,x,y,SA,,,\n"
        "ABH,,store,x,y,Atlantis,,,\n"
    )
    job = imported(staff, "locations", text)
    assert figures(job) == (1, 1, 0, 2)
    assert faults(job) == [(4, "kind", "not_a_choice"), (5, "address.country", "unknown_country")]
    jed = Location.objects.get(code="JED")
    assert (jed.kind, jed.address["country"], str(jed.cutoff), jed.working_days) == (
        "store",
        "SA",
        "15:30:00",
        [0, 1, 2, 3, 4],
    )
    assert Location.objects.get(code="RUH").name == "Riyadh"


def test_customers_are_found_by_e_mail_or_phone_over_the_whole_file(staff: Client) -> None:
    small("customers", 1)
    text = "الاسم,البريد,الجوال\nSara,sara@example.com,٠٥٠١٢٣٤٥٦٧\nOmar,omar@example.com,\nSara,,0501234567\nHuda,,\n"
    job = imported(staff, "customers", text, country="SA")
    assert (figures(job), faults(job)) == ((2, 0, 1, 1), [(5, "email", "no_contact")])
    assert set(Customer.objects.values_list("name", "phone_key")) == {
        ("Sara", "+966501234567"),
        ("Omar", None),
    }


def test_customers_come_with_tags_and_what_they_said_about_marketing(staff: Client) -> None:
    small("customers", 2)
    text = (
        "Name,E-mail,Tags,Accepts marketing\nSara,sara@example.com,VIP; Riyadh,yes\nOmar,omar@example.com,,لا\n"
        "Huda,huda@example.com,,perhaps\nOmar,omar@example.com,late,نعم\n"
    )
    job = imported(staff, "customers", text)
    assert faults(job) == [(4, "marketing", "not_a_choice"), (5, "marketing", "refused_marketing")]
    assert list(Customer.objects.order_by("name").values_list("name", "tags", "marketing")) == [
        ("Omar", [], "refused"),
        ("Sara", ["VIP", "Riyadh"], "agreed"),
    ]
    report = staff.get(f"/imports/{job.pk}/").content.decode()
    assert "They refused marketing; only they take that back." in report


ORDERS = """Order,Date,Customer,E-mail,Address,City,Country,SKU,Qty,Price,Payment method
1001,22/11/2026,Sara,sara@example.com,King Rd 1,Riyadh,SA,TEE,2,100,card
1002,1405/09/02,Omar,omar@example.com,King Rd 2,Riyadh,السعودية,TEE,7,100,COD
1001,,,,,,,MUG,1,50,
1003,2026-11-22,Huda,huda@example.com,King Rd 3,Riyadh,SA,TEE,2,100,card
1004,2026-11-22,Ali,ali@example.com,King Rd 4,Riyadh,SA,NONE,1,100,card
1004,2026-11-22,Aly,ali@example.com,King Rd 4,Riyadh,SA,TEE,1,100,card
"""


def test_orders_are_placed_whole_on_the_chosen_channel(staff: Client) -> None:
    small("orders", 2)
    shop.channel("web")
    shop.product("TEE", RUH=10)
    shop.product("MUG", RUH=1)
    options = {"channel": "web", "currency": "SAR"}
    job = checked(staff, brought(staff, "orders", ORDERS), **options)
    tried = faults(job)
    assert (figures(job), Order.objects.count()) == ((2, 0, 0, 2), 0)
    assert tried == [
        (5, "quantity", "insufficient_stock"),
        (6, "", "same_order"),
        (7, "customer.name", "differs"),
    ]
    run(staff, job)
    assert (figures(job), faults(job)) == ((2, 0, 0, 2), tried)
    first, second = Order.objects.order_by("external_id")
    assert (first.external_id, first.lines.count(), str(first.total), first.payment_status) == (
        "1001",
        2,
        "250.0000",
        "paid",
    )
    assert (second.placed_at.date().isoformat(), second.country) == ("2026-11-22", "SA")
    assert list(first.holds.all()) == list(second.holds.all()) == []
    again = imported(staff, "orders", ORDERS.replace("Omar,omar", "Umar,umar"), **options)
    assert (figures(again), faults(again)[0]) == ((0, 0, 1, 3), (3, "external_id", "duplicate_external_id"))
    assert len(mended(staff, job)) == 3


def test_a_check_of_orders_uses_up_no_order_number(staff: Client) -> None:
    shop.channel("web")
    shop.product("TEE", RUH=20)
    shop.product("MUG", RUH=5)
    options = {"channel": "web", "currency": "SAR"}
    first = imported(staff, "orders", ORDERS.replace("NONE", "TEE").replace("Aly", "Ali"), **options)
    latest = Order.objects.order_by("number").last()
    assert (figures(first), Order.objects.filter(number__lt=0).count()) == ((4, 0, 0, 0), 0)
    job = checked(staff, brought(staff, "orders", ORDERS.replace("\n10", "\n20")), **options)
    assert job.created == 2
    key = {"external_id": "next", "currency": "SAR", "customer": {"name": "Ali"}}
    lines = [{"sku": "TEE", "quantity": 1, "unit_price": "1"}]
    answer = shop.api().post("orders/", key | {"shipping_address": shop.ADDRESS, "lines": lines})
    assert latest is not None
    assert (answer.status_code, answer.json()["number"]) == (201, str(latest.number + 1))


def small(kind: str, rows: int) -> None:
    """Pieces of so few rows that a short file has several."""
    object.__setattr__(running.KINDS[kind], "piece", rows)


@pytest.fixture(autouse=True)
def _pieces_as_they_were() -> Any:
    kept = {kind.key: kind.piece for kind in running.KINDS.values()}
    yield
    for kind in running.KINDS.values():
        object.__setattr__(kind, "piece", kept[kind.key])


def test_excel_cells_are_read_as_a_person_reads_them(staff: Client) -> None:
    shop.location("RUH")
    content = workbook(
        ["Products of the shop", None],
        [None],
        ["SKU", "Name", "Price", "Weight", "Backorder"],
        [12345.0, "Mug", 99.5, "250 جم", True],
        [None],
        ["TEE", "=A1", "=1/0", 200, 0],
    )
    job = imported(staff, "products", content, "list.xlsx")
    assert job.columns == ["SKU", "Name", "Price", "Weight", "Backorder"]
    assert (figures(job), faults(job)) == (
        (1, 0, 0, 1),
        [(6, "name.en", "formula_uncounted"), (6, "price.amount", "formula_uncounted")],
    )
    mug = Product.objects.get(sku="12345")
    assert (mug.weight_g, str(mug.price), mug.backorder) == (250, "99.5000", "allow")


def test_a_missing_column_is_told_before_anything_is_tried(staff: Client) -> None:
    job = brought(staff, "stock", "article,pieces\nTEE,5\n")
    assert job.mapping == ["", ""]
    answer = staff.post(f"/imports/{job.pk}/check/", {"column-0": "", "column-1": "", "reason": ""})
    assert answer.status_code == 422
    assert [one["label"] for one in answer.context["missing"]] == ["SKU", "New figure", "Location", "Reason"]
    answer = staff.post(f"/imports/{job.pk}/check/", {"column-0": "sku", "column-1": "sku", "reason": "x"})
    assert "Two columns are chosen for it." in [one["words"] for one in answer.context["missing"]]
    job.refresh_from_db()
    assert job.state == "mapping"


def test_columns_are_remembered_for_the_next_file_of_that_kind(staff: Client) -> None:
    shop.product("TEE", RUH=1)
    job = brought(staff, "stock", "article,pieces\nTEE,5\n")
    chosen = {"column-0": "sku", "column-1": "set_to", "location": "RUH", "reason": "Count"}
    assert staff.post(f"/imports/{job.pk}/check/", chosen).status_code == 302
    assert brought(staff, "stock", "Pieces;ARTICLE\n7;TEE\n").mapping == ["set_to", "sku"]
    assert brought(signed_in("omar"), "stock", "article,pieces\nTEE,5\n").mapping == ["", ""]


def test_the_very_same_file_is_recognised(staff: Client) -> None:
    imported(staff, "products", "sku,name\nTEE,Tee\n")
    job = brought(signed_in("omar"), "products", "sku,name\nTEE,Tee\n", "other.csv")
    page = signed_in("huda", "admin").get(f"/imports/{job.pk}/").content.decode()
    assert "The very same file was imported before" in page


def test_arabic_excel_s_encoding_is_found_and_another_may_be_chosen(staff: Client) -> None:
    job = brought(staff, "products", "رمز المنتج;الاسم\nTEE;تيشيرت\n".encode("cp1256"))
    assert (job.reading["encoding"], job.mapping, job.samples) == (
        "windows-1256",
        ["sku", "name.ar"],
        [["TEE", "تيشيرت"]],
    )
    assert brought(staff, "products", "sku;name\nTEE;Café crème\n".encode("cp1252")).samples == [
        ["TEE", "Café crème"]
    ]
    staff.post(f"/imports/{job.pk}/reading/", {"encoding": "windows-1252", "delimiter": ";"})
    job.refresh_from_db()
    assert (job.state, job.reading["encoding"], job.mapping) == ("mapping", "windows-1252", ["", ""])


def test_a_killed_worker_repeats_no_row_and_forgets_none(staff: Client) -> None:
    small("stock", 2)
    for n in range(8):
        shop.product(f"S{n}", RUH=1)
    text = "sku,change\n" + "".join(f"S{n},1\n" for n in range(8))
    job = checked(staff, brought(staff, "stock", text), location="RUH", reason="Arrived")
    staff.post(f"/imports/{job.pk}/start/")
    write, calls = running.KINDS["stock"].write, []

    def killed_in_the_third(rows: Any, context: Any) -> Any:
        decided = write(rows, context)
        calls.append(1)
        if len(calls) == 3:
            raise SystemExit
        return decided

    object.__setattr__(running.KINDS["stock"], "write", killed_in_the_third)
    try:
        with pytest.raises(SystemExit):
            running.run_due(60)
        job.refresh_from_db()
        assert (job.place, job.decided, job.changed) == (2, 4, 4)
        assert running.run_due(60) is False, "its lease still stands"
        Import.objects.update(claimed_until=job.created_at)
        work()
    finally:
        object.__setattr__(running.KINDS["stock"], "write", write)
    job.refresh_from_db()
    assert (job.state, figures(job)) == ("done", (0, 8, 0, 0))
    assert set(StockLevel.objects.values_list("on_hand", flat=True)) == {2}
    assert Movement.objects.filter(reason="Arrived").count() == 8


def test_stopped_in_the_middle_it_goes_on_where_it_was(staff: Client) -> None:
    small("products", 2)
    text = "sku,name\n" + "".join(f"P{n},P\n" for n in range(6))
    job = checked(staff, brought(staff, "products", text))
    staff.post(f"/imports/{job.pk}/start/")
    running.run_due(0.000001)
    staff.post(f"/imports/{job.pk}/stop/")
    job.refresh_from_db()
    assert job.state == "stopped"
    done = Product.objects.count()
    work()
    assert Product.objects.count() == done
    assert "It was stopped by hand." in staff.get(f"/imports/{job.pk}/").content.decode()
    staff.post(f"/imports/{job.pk}/go-on/")
    work()
    job.refresh_from_db()
    assert (job.state, figures(job)) == ("done", (6, 0, 0, 0))


def test_a_role_taken_away_meanwhile_stops_it(staff: Client) -> None:
    job = checked(staff, brought(staff, "products", "sku,name\nTEE,Tee\n"))
    staff.post(f"/imports/{job.pk}/start/")
    User.objects.update(role="agent")
    work()
    job.refresh_from_db()
    assert (job.state, job.stopped, Product.objects.count()) == ("stopped", "scope", 0)
    assert Event.objects.filter(kind="import.stopped").count() == 1


def test_steps_out_of_turn_change_nothing(staff: Client) -> None:
    job = brought(staff, "products", "sku,name\nTEE,Tee\n")
    for step in ("start", "stop", "go-on", "columns"):
        staff.post(f"/imports/{job.pk}/{step}/")
        job.refresh_from_db()
        assert job.state == "mapping", step
    run(staff, checked(staff, job))
    staff.post(f"/imports/{job.pk}/start/")
    job.refresh_from_db()
    assert job.state == "done"


def test_an_import_is_its_owner_s_and_an_admin_s(staff: Client) -> None:
    job = brought(staff, "products", "sku,name\nTEE,\n")
    other, admin = signed_in("omar"), signed_in("maha", "admin")
    for path in ("", "refused/"):
        assert other.get(f"/imports/{job.pk}/{path}").status_code == 404
    assert admin.get(f"/imports/{job.pk}/").status_code == 200
    assert "list.csv" in admin.get("/imports/").content.decode()
    assert "list.csv" not in other.get("/imports/").content.decode()


def test_templates_come_in_the_reader_s_language_and_are_understood(staff: Client) -> None:
    User.objects.update(language="ar")
    for kind in running.KINDS.values():
        for ending in ("csv", "xlsx"):
            answer = staff.get(f"/imports/templates/{kind.key}.{ending}")
            job = brought(staff, kind.key, answer.content, f"t.{ending}")
            shown = [one.key for one in kind.fields if one.example or one.required]
            assert job.mapping == shown, (kind.key, ending, job.columns)


def test_what_was_in_a_file_is_forgotten_after_a_month(staff: Client) -> None:
    job = imported(staff, "products", "sku,name\nTEE,Tee\n,x\n")
    Import.objects.update(created_at=job.created_at - asking.KEPT * 2)
    assert asking.forget_old() == 1
    job.refresh_from_db()
    assert (job.content, job.samples, figures(job)) == (None, [], (1, 0, 0, 1))
    assert not ImportPiece.objects.exists()
    assert not ImportFault.objects.exists()
    assert staff.get(f"/imports/{job.pk}/").status_code == 200
    staff.post(f"/imports/{job.pk}/check/", {"column-0": "sku"})
    job.refresh_from_db()
    assert job.state == "done"
