"""Staff's pages of transfers, buying, alerts and wishes: what they do, for whom, at a fixed cost."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory import lots, purchase_printing, telling
from inventory.models import (
    LotLevel,
    Product,
    PurchaseOrder,
    PurchaseReceiptLine,
    StockAlert,
    StockLevel,
    StockLimit,
    Supplier,
    Transfer,
    Wish,
)
from tests import shop
from tests.fulfillment.road import prove
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def goods() -> Any:
    shop.location("RUH", name="Riyadh", priority=1)
    shop.location("JED", name="Jeddah")
    shop.product("TEE", RUH=10, DMM=4)
    shop.product("MUG", RUH=3)
    yield
    prove()


@pytest.fixture
def staff() -> Client:
    return signed_in("manager")


def rows(*lines: tuple[str, ...]) -> dict[str, list[str]]:
    """A form's rows: (SKU, quantity) or (SKU, quantity, cost), and a blank one."""
    padded = [(*line, *[""] * (3 - len(line))) for line in (*lines, ("", "", ""))]
    sku, quantity, cost = (list(column) for column in zip(*padded, strict=True))
    return {"sku": sku, "quantity": quantity, "cost": cost}


def ask(client: Client, *lines: tuple[str, ...], **facts: Any) -> Any:
    body = {"source": "RUH", "target": "JED", "note": "", "expected_on": "", **facts}
    return client.post("/transfers/new/", {**body, **rows(*lines)})


def level(sku: str, code: str) -> tuple[int, int, int]:
    found = StockLevel.objects.get(product__sku=sku, location__code=code)
    return found.on_hand, found.committed, found.incoming


def supplier(client: Client) -> Supplier:
    body = {
        "code": "NOOR",
        "name": "Al Noor",
        "currency": "sar",
        "language": "ar",
        "lead_days": 9,
        "active": "on",
    }
    assert client.post("/suppliers/new/", body | {"email": "sales@noor.example"}).status_code == 302
    price = {"sku": "tee", "price": "٢١٫٥", "supplier_sku": "N-77", "min_quantity": "10"}
    assert client.post("/suppliers/NOOR/prices/", price).status_code == 302
    return Supplier.objects.get()


def test_a_transfer_from_the_request_to_the_shelf(staff: Client) -> None:
    made = ask(staff, ("tee", "٦"), ("MUG", "2"))
    transfer = Transfer.objects.get()
    assert (made.status_code, made["Location"]) == (302, f"/transfers/{transfer.number}/")
    assert level("TEE", "RUH") == (10, 6, 0)
    page = staff.get(made["Location"]).context
    assert set(page["forms"]) == {"ship", "cancel"}
    tee, mug = transfer.lines.all()
    path = f"/transfers/{transfer.number}"
    assert staff.post(f"{path}/ship/", {f"sent-{tee.pk}": "0", f"sent-{mug.pk}": ""}).status_code == 422
    assert staff.post(f"{path}/ship/", {f"sent-{tee.pk}": "5", f"sent-{mug.pk}": "2"}).status_code == 302
    assert set(staff.get(f"{path}/").context["forms"]) == {"receive", "close"}
    came = {f"came-{tee.pk}": "6", f"damaged-{tee.pk}": "1", "note": ""}
    refused = staff.post(f"{path}/receive/", came)
    assert refused.status_code == 422
    assert "More came than was sent" in refused.content.decode()
    assert staff.post(f"{path}/receive/", came | {"note": "Miscounted"}).status_code == 302
    assert level("TEE", "JED") == (6, 0, 0)
    assert staff.post(f"{path}/close/", {"reason": ""}).status_code == 422
    assert staff.post(f"{path}/close/", {"reason": "Broken on the road"}).status_code == 302
    page = staff.get(f"{path}/").content.decode()
    assert "Broken on the road" in page
    assert "Miscounted" in page
    assert level("MUG", "JED") == (0, 0, 0)


def test_each_wrong_row_says_what_is_wrong(staff: Client) -> None:
    answer = ask(staff, ("NOPE", "1"), ("TEE", "x"), ("TEE", "1"))
    assert answer.status_code == 422
    said = [row.error for row in answer.context["lines"].shown() if row.error]
    assert said == ["There is no such SKU.", "How many?", "This SKU is there twice."]
    too_many = ask(staff, ("MUG", "1"), ("TEE", "11"))
    assert [row.error for row in too_many.context["lines"].shown()][:2] == ["", "Only 10 are there to give."]
    assert ask(staff).status_code == 422
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("page", ["/transfers/new/", "/purchases/new/"])
def test_that_nothing_is_asked_for_is_said_where_it_is_typed(staff: Client, page: str) -> None:
    answer = staff.post(page, {"source": "RUH", "target": "JED", "location": "RUH", **rows()})
    assert answer.status_code == 422
    assert not answer.context["form"].non_field_errors()
    assert [row.error for row in answer.context["lines"].shown()] == ["Say what is needed.", "", "", ""]
    assert 'aria-invalid="true" aria-describedby="row-1-error"' in answer.content.decode()


def test_all_that_is_wrong_is_said_at_once(staff: Client) -> None:
    rows = {"sku": ["NOPE", "", "TEE"], "quantity": ["x", "0", "1"]}
    answer = staff.post("/transfers/new/", {"source": "RUH", "target": "RUH", **rows})
    assert answer.context["form"].errors == {"source": ["From and to are the same location."]}
    said = [row.error for row in answer.context["lines"].shown()][:3]
    assert said == ["There is no such SKU. How many?", "Which SKU? How many?", ""]


def test_all_locations_are_asked_in_one_step(staff: Client) -> None:
    page = staff.get("/transfers/ask/?sku=tee&quantity=12&target=JED")
    assert [(place.code, place.available, units) for place, units in page.context["places"]] == [
        ("RUH", 10, 10),
        ("DMM", 4, 2),
    ]
    short = staff.get("/transfers/ask/?sku=TEE&quantity=20&target=JED").context
    assert (short["missing"], short["there"]) == (6, 14)
    path = "/transfers/ask/?sku=TEE&quantity=12&target=JED"
    assert staff.post(path, {"from-RUH": "10", "from-DMM": "2"})["Location"] == "/transfers/?q=TEE"
    assert sorted(Transfer.objects.values_list("source__code", "target__code")) == [
        ("DMM", "JED"),
        ("RUH", "JED"),
    ]
    assert staff.post(path, {"from-RUH": "1"}).status_code == 302
    assert Transfer.objects.count() == 2


def test_warehouse_staff_see_and_move_what_is_theirs(staff: Client) -> None:
    ask(staff, ("TEE", "2"))
    ask(staff, ("TEE", "1"), source="DMM", target="JED")
    omar = signed_in("warehouse", locations=["DMM"])
    mine, other = Transfer.objects.get(source__code="DMM"), Transfer.objects.get(source__code="RUH")
    assert [row.number for row in omar.get("/transfers/").context["list"].rows] == [mine.number]
    assert omar.get(f"/transfers/{other.number}/").status_code == 404
    page = omar.get(f"/transfers/{mine.number}/").context
    assert set(page["forms"]) == {"ship", "cancel"}
    [line] = mine.lines.all()
    assert omar.post(f"/transfers/{mine.number}/ship/", {f"sent-{line.pk}": "1"}).status_code == 302
    # It arrives elsewhere: counting it there is not for them.
    assert set(omar.get(f"/transfers/{mine.number}/").context["forms"]) == set()
    assert omar.post(f"/transfers/{mine.number}/receive/", {f"came-{line.pk}": "1"}).status_code == 403
    assert ask(omar, ("TEE", "1"), source="RUH", target="JED").status_code == 422


def test_a_purchase_order_from_the_draft_to_the_shelf(staff: Client) -> None:
    supplier(staff)
    body = {"supplier": "NOOR", "location": "RUH", "note": "", "expected_on": ""}
    made = staff.post("/purchases/new/", {**body, **rows(("TEE", "9"), ("MUG", "5", "8.125"))})
    order = PurchaseOrder.objects.get()
    assert made["Location"] == f"/purchases/{order.number}/"
    assert order.total == Decimal("234.13")
    path = f"/purchases/{order.number}/"
    refused = staff.post(f"{path}send/")
    assert refused.status_code == 422
    assert refused.context["lines"].shown()[0].error == "The supplier sends no fewer than their list says."
    assert staff.post(path, {**body, **rows(("TEE", "10"), ("MUG", "5", "8.125"))}).status_code == 302
    assert staff.post(f"{path}send/").status_code == 302
    assert staff.get(f"{path}paper.pdf").status_code == 404
    purchase_printing.print_owed()
    assert staff.get(f"{path}paper.pdf")["Content-Type"] == "application/pdf"
    omar = signed_in("warehouse", locations=["RUH"])
    assert set(omar.get(path).context["forms"]) == {"receive"}
    tee, _mug = order.lines.all()
    came = {f"came-{tee.pk}": "10", "delivery_note": "DN-5", "note": ""}
    assert omar.post(f"{path}receive/", came).status_code == 302
    assert level("TEE", "RUH") == (20, 0, 0)
    assert omar.post(f"{path}close/", {"reason": "x"}).status_code == 403
    assert staff.post(f"{path}close/", {"reason": "No mugs left"}).status_code == 302
    page = staff.get(path).content.decode()
    assert "DN-5" in page
    assert "No mugs left" in page
    assert signed_in("agent").get(path).status_code == 403


def test_a_delivery_names_its_lots(staff: Client) -> None:
    supplier(staff)
    lots.begin_tracking(Product.objects.get(sku="MUG"))
    body = {"supplier": "NOOR", "location": "RUH", "note": "", "expected_on": ""}
    staff.post("/purchases/new/", {**body, **rows(("MUG", "5", "8"))})
    order = PurchaseOrder.objects.get()
    staff.post(f"/purchases/{order.number}/send/")
    [line] = order.lines.all()
    assert f'name="lot-{line.pk}"' in staff.get(f"/purchases/{order.number}/").content.decode()
    here = f"/purchases/{order.number}/receive/"
    nameless = {f"came-{line.pk}": "1", f"expires-{line.pk}": "2027-03-31"}
    assert "Say which lot." in staff.post(here, nameless).content.decode()
    came = {f"came-{line.pk}": "2", f"lot-{line.pk}": "B-77", f"expires-{line.pk}": "2027-03-31"}
    assert staff.post(here, came).status_code == 302
    another = came | {f"expires-{line.pk}": "2027-04-30"}
    assert "known with another last day" in staff.post(here, another).content.decode()
    assert staff.post(here, came | {f"came-{line.pk}": "3", f"expires-{line.pk}": ""}).status_code == 302
    lot = LotLevel.objects.select_related("lot").get(lot__code="B-77")
    assert (lot.on_hand, lot.lot.expires_on) == (5, date(2027, 3, 31))


def test_a_delivery_tells_what_is_damaged_to_be_checked_and_cost_otherwise(staff: Client) -> None:
    supplier(staff)
    body = {"supplier": "NOOR", "location": "RUH", "note": "", "expected_on": ""}
    staff.post("/purchases/new/", {**body, **rows(("MUG", "9", "8"), ("TEE", "10"))})
    order = PurchaseOrder.objects.get()
    staff.post(f"/purchases/{order.number}/send/")
    mug, tee = order.lines.all()
    here = f"/purchases/{order.number}/receive/"
    came = {f"came-{mug.pk}": "6", f"damaged-{mug.pk}": "1", f"checked-{mug.pk}": "6"}
    answer = staff.post(here, came)
    assert answer.status_code == 422
    assert "More are damaged or to be checked than came." in answer.content.decode()
    came |= {f"checked-{mug.pk}": "٢", f"cost-{mug.pk}": "8,x", f"came-{tee.pk}": "10"}
    assert "That is no amount." in staff.post(here, came).content.decode()
    assert not PurchaseReceiptLine.objects.exists()
    assert staff.post(here, came | {f"cost-{mug.pk}": "٧٫٢٥"}).status_code == 302
    kept = PurchaseReceiptLine.objects.order_by("line__position", "quantity")
    assert list(kept.values_list("state", "quantity", "unit_cost")) == [
        ("damaged", 1, Decimal("7.25")),
        ("quality_control", 2, Decimal("7.25")),
        ("on_hand", 3, Decimal("7.25")),
        ("on_hand", 10, Decimal("21.5")),
    ]
    there = StockLevel.objects.get(product__sku="MUG", location__code="RUH")
    assert (there.on_hand, there.damaged, there.quality_control, there.incoming) == (9, 1, 2, 3)


def test_a_supplier_and_their_prices(staff: Client) -> None:
    noor = supplier(staff)
    assert (noor.currency, noor.prices.get().price) == ("SAR", Decimal("21.5"))
    wrong = {
        "name": "Al Noor",
        "currency": "QQQ",
        "language": "ar",
        "lead_days": 9,
        "email": "x",
        "line1": "Street 1",
    }
    refused = staff.post("/suppliers/NOOR/", wrong)
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"city", "country"}
    refused = staff.post("/suppliers/NOOR/", wrong | {"line1": ""})
    assert set(refused.context["form"].errors) == {"currency"}
    assert staff.post("/suppliers/NOOR/prices/", {"sku": "NOPE", "price": "1"}).status_code == 422
    price = noor.prices.get()
    assert staff.post(f"/suppliers/NOOR/prices/{price.pk}/remove/").status_code == 302
    assert not noor.prices.exists()


def test_limits_and_alerts(staff: Client) -> None:
    one = StockLevel.objects.get(product__sku="TEE", location__code="RUH")
    assert staff.post(f"/stock/{one.pk}/limits/", {"minimum": "٥", "maximum": "4"}).status_code == 422
    assert staff.post(f"/stock/{one.pk}/limits/", {"minimum": "", "maximum": "9"}).status_code == 302
    assert StockLimit.objects.values_list("minimum", "maximum").get() == (None, 9)
    telling.tell()
    assert [(row.kind, row.figure) for row in staff.get("/stock/alerts/").context["list"].rows] == [
        ("over", 10)
    ]
    assert signed_in("warehouse", locations=["DMM"]).get("/stock/alerts/").context["list"].rows == []
    assert staff.post(f"/stock/{one.pk}/limits/", {"minimum": "", "maximum": ""}).status_code == 302
    telling.tell()
    assert not StockAlert.objects.exists()


def test_who_waits_and_who_was_called(staff: Client) -> None:
    shop.product("CAP", RUH=0)
    left = shop.api("web").post("back-in-stock/", {"sku": "CAP", "phone": "0501234567", "name": "Omar"})
    assert left.status_code == 201
    shop.product("CAP", RUH=1)
    telling.tell()
    [row] = staff.get("/stock/wishes/?q=٠٥٠١٢٣٤٥٦٧").context["list"].rows
    assert (row.name, row.state) == ("Omar", "to_call")
    assert signed_in("warehouse", locations=["RUH"]).get("/stock/wishes/").status_code == 403
    assert staff.post(f"/stock/wishes/{row.pk}/called/").status_code == 302
    assert Wish.objects.get().state == "told"


@pytest.mark.parametrize(
    "path", ["/transfers/", "/purchases/", "/suppliers/", "/stock/alerts/", "/stock/wishes/"]
)
def test_a_list_costs_the_same_however_long(staff: Client, kept_figures: None, path: str) -> None:
    noor = supplier(staff)
    counts: list[int] = []
    for turn in range(2):
        for n in range(3):
            ask(staff, ("TEE", "1"))
            PurchaseOrder.objects.create(
                number=f"PO{turn}{n}",
                supplier=noor,
                location=shop.location("RUH"),
                currency="SAR",
                language="en",
                created_by="x",
            )
        staff.get(path)
        with CaptureQueriesContext(connection) as seen:
            assert staff.get(path).status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_line_comes_in_two_lots_at_two_costs_in_one_go(staff: Client) -> None:
    supplier(staff)
    lots.begin_tracking(Product.objects.get(sku="MUG"))
    body = {"supplier": "NOOR", "location": "RUH", "note": "", "expected_on": ""}
    staff.post("/purchases/new/", {**body, **rows(("MUG", "8", "7"))})
    order = PurchaseOrder.objects.get()
    [line] = order.lines.all()
    assert staff.post(f"/purchases/{order.number}/send/").status_code == 302
    here = f"/purchases/{order.number}/receive/"
    first = {f"came-{line.pk}": "5", f"lot-{line.pk}": "A", f"expires-{line.pk}": "2027-03-31"}
    second = {
        f"came-{line.pk}-1": "٣",
        f"lot-{line.pk}-1": "B",
        f"expires-{line.pk}-1": "2027-05-31",
        f"cost-{line.pk}-1": "6.5",
        f"damaged-{line.pk}-1": "4",
    }
    refused = staff.post(here, first | second)
    assert refused.status_code == 422
    assert f'name="lot-{line.pk}-1"' in refused.content.decode()
    assert refused.context["forms"]["receive"][f"lot-{line.pk}-1"].value() == "B"
    assert "More are damaged or to be checked than came." in refused.content.decode()
    assert staff.post(here, first | second | {f"damaged-{line.pk}-1": "1"}).status_code == 302
    came = PurchaseReceiptLine.objects.order_by("lot", "state")
    assert [(one.lot, one.quantity, one.state, one.unit_cost) for one in came] == [
        ("A", 5, "on_hand", Decimal(7)),
        ("B", 1, "damaged", Decimal("6.5")),
        ("B", 2, "on_hand", Decimal("6.5")),
    ]
    assert PurchaseOrder.objects.get().state == "closed"
