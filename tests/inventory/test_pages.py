"""Staff's pages of stock and products: what they show, find and correct, for whom, at a fixed cost."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from inventory import lots, stock
from inventory.models import Location, Lot, LotLevel, Movement, Product, StockLevel
from oms.core.models import User
from tests import shop

pytestmark = pytest.mark.django_db


def signed_in(role: str, **facts: Any) -> Client:
    client = Client()
    name = f"the-{role}"
    facts = {"first_name": "Noor", "last_name": "Aziz", **facts}
    client.force_login(User.objects.create_user(name, password="x", role=role, **facts))
    return client


@pytest.fixture
def staff() -> Client:
    return signed_in("manager")


@pytest.fixture
def goods() -> None:
    shop.location("RUH", name="Riyadh")
    shop.location("JED", name="Jeddah")
    shop.product("TEE", RUH=10, JED=4)
    shop.product("MUG", RUH=3)
    shop.product("OUT", JED=0)
    Product.objects.filter(sku="TEE").update(
        name={"en": "Cotton T-shirt", "ar": "قميص قُطنيّ أزرق", "fa": "تی‌شرت"},
        barcode="6281000000017",
        low_stock_at=3,
    )
    Product.objects.filter(sku="MUG").update(low_stock_at=3)


def level(sku: str = "TEE", code: str = "RUH") -> StockLevel:
    return StockLevel.objects.get(product__sku=sku, location__code=code)


def listed(answer: Any) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer
    return [(row.product.sku, row.location.code) for row in answer.context["list"].rows]


def correct(client: Client, one: StockLevel, to: object, seen: int, **more: Any) -> Any:
    body = {"state": "on_hand", "seen": seen, "set_to": to, "reason": "Counted again"}
    return client.post(f"/stock/{one.pk}/adjust/", body | more)


def test_each_sku_at_each_location_with_every_state(goods: None, staff: Client) -> None:
    one = level()
    StockLevel.objects.filter(pk=one.pk).update(
        committed=2, damaged=1, quality_control=1, safety=3, incoming=12, bin="A-04-2"
    )
    answer = staff.get("/stock/")
    assert sorted(listed(answer)) == [("MUG", "RUH"), ("OUT", "JED"), ("TEE", "JED"), ("TEE", "RUH")]
    assert [sku for sku, _ in listed(answer)] == ["MUG", "OUT", "TEE", "TEE"]
    row = next(row for row in answer.context["list"].rows if row.pk == one.pk)
    assert (row.available, row.everywhere) == (3, 7)
    assert "Cotton T-shirt" in answer.content.decode()


@pytest.mark.parametrize(
    "typed",
    ["TEE", "tee", "te", "cotton", "Shirt", "6281000000017", "٦٢٨١٠٠٠٠٠٠٠١٧", "قميص", "قطني", "ازرق", "قميص ازرق",
     "تي شرت"],
)  # fmt: skip
def test_stock_is_found_by_code_or_name_in_any_letters(goods: None, staff: Client, typed: str) -> None:
    if typed == "تي شرت":
        Product.objects.filter(sku="TEE").update(name={"fa": "تی شرت"})
    assert {sku for sku, _ in listed(staff.get("/stock/", {"q": typed}))} == {"TEE"}
    products = staff.get("/products/", {"q": typed}).context["list"].rows
    assert [product.sku for product in products] == ["TEE"]


@pytest.mark.parametrize("typed", ["no such", "%", "_", "en", "\x00nothing", "'; --"])
def test_nonsense_finds_nothing(goods: None, staff: Client, typed: str) -> None:
    assert listed(staff.get("/stock/", {"q": typed})) == []


def test_filters(goods: None, staff: Client) -> None:
    assert set(listed(staff.get("/stock/?location=JED"))) == {("TEE", "JED"), ("OUT", "JED")}
    assert listed(staff.get("/stock/?state=out")) == [("OUT", "JED")]
    assert listed(staff.get("/stock/?state=low")) == [("MUG", "RUH")]
    assert listed(staff.get("/stock/?state=low&location=JED")) == []


def test_a_figure_is_corrected_with_its_reason(goods: None, staff: Client) -> None:
    one = level()
    answer = correct(staff, one, "١٢", 10)
    assert answer.status_code == 302
    assert answer["Location"] == f"/stock/{one.pk}/"
    assert level().on_hand == 12
    moved = Movement.objects.order_by("-id").first()
    assert moved is not None
    assert (moved.state, moved.change, moved.after, moved.cause) == ("on_hand", 2, 12, "adjusted")
    assert (moved.reason, moved.actor) == ("Counted again", "staff:the-manager")


def test_in_the_grid_the_row_alone_is_answered(goods: None, staff: Client) -> None:
    one = level()
    form = staff.get(f"/stock/{one.pk}/adjust/?state=safety&row=1", headers={"HX-Request": "true"})
    assert "<html" not in form.content.decode()
    body = {"state": "safety", "seen": 0, "set_to": 4, "reason": "Ramadan", "row": 1}
    answer = staff.post(f"/stock/{one.pk}/adjust/", body, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer["HX-Retarget"] == f"#level-{one.pk}"
    assert answer["HX-Trigger-After-Swap"] == "stock-saved"
    assert "The figure is corrected." in answer["HX-Trigger"]
    assert answer.content.decode().lstrip().startswith(f'<tr id="level-{one.pk}">')
    assert level().safety == 4


def test_where_there_are_lots_a_correction_says_which(goods: None, staff: Client) -> None:
    lots.begin_tracking(Product.objects.get(sku="MUG"))
    mug = level("MUG")
    here = f"/stock/{mug.pk}/adjust/"
    assert "lot" not in staff.get(here, {"state": "safety"}).context["form"].fields
    assert list(staff.get(here).context["form"].fields) == [
        "state", "seen", "set_to", "lot", "new_lot", "expires_on", "reason",
    ]  # fmt: skip

    def told(**said: object) -> dict[str, list[str]]:
        answer = correct(staff, mug, 5, 3, **said)
        assert answer.status_code == 422
        return dict(answer.context["form"].errors)

    assert told() == {"lot": ["Say which lot."]}
    assert told(lot="B-77") == {"lot": ["There is no such lot here."]}
    assert (level("MUG").on_hand, Lot.objects.filter(code="B-77").exists()) == (3, False)
    made = {"lot": "B-77", "new_lot": "on", "expires_on": "2030-03-31"}
    assert correct(staff, mug, 5, 3, **made).status_code == 302
    lot = LotLevel.objects.select_related("lot").get(lot__code="B-77")
    assert (lot.on_hand, lot.lot.expires_on) == (2, date(2030, 3, 31))
    assert '<option value="B-77">2 · 2030-03-31</option>' in staff.get(here).content.decode()

    mug = level("MUG")
    other_day = correct(staff, mug, 6, 5, lot="B-77", expires_on="2030-04-01")
    assert dict(other_day.context["form"].errors) == {
        "expires_on": ["This lot is known with another last day."]
    }
    too_few = correct(staff, mug, 2, 5, lot="B-77")
    assert dict(too_few.context["form"].errors) == {"lot": ["There are not that many of this lot."]}
    assert correct(staff, mug, 4, 5, lot="B-77", row=1).status_code == 302
    lot.refresh_from_db()
    assert (lot.on_hand, level("MUG").on_hand) == (1, 4)
    assert correct(staff, mug, 1, 0, state="damaged", lot="B-77").status_code == 302
    lot.refresh_from_db()
    assert lot.damaged == 1


def test_less_than_is_promised_is_refused_in_words(goods: None, staff: Client) -> None:
    one = level()
    StockLevel.objects.filter(pk=one.pk).update(committed=6, damaged=1)
    answer = correct(staff, one, 5, 10)
    assert answer.status_code == 422
    told = "6 promised to orders, %s damaged and 0 in quality control do not fit into %s on hand."
    assert told % (1, 5) in answer.content.decode()
    assert told % (9, 10) in correct(staff, one, 9, 1, state="damaged").content.decode()
    assert level().on_hand == 10


def test_a_figure_someone_changed_meanwhile_is_looked_at_again(goods: None, staff: Client) -> None:
    one = level()
    stock.adjust(
        product=one.product,
        location=one.location,
        set_to=8,
        change=None,
        state="on_hand",
        reason="",
        actor="x",
    )
    answer = correct(staff, one, 12, 10)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "It is 8 now" in page
    assert 'name="seen" value="8"' in page
    assert level().on_hand == 8


@pytest.mark.parametrize(
    "wrong",
    [{"set_to": "-1"}, {"set_to": ""}, {"set_to": "99999999999"}, {"reason": ""}, {"reason": "\x01"},
     {"state": "committed"}],
)  # fmt: skip
def test_a_form_that_is_not_right_changes_nothing(goods: None, staff: Client, wrong: dict[str, str]) -> None:
    before = Movement.objects.count()
    assert correct(staff, level(), 12, 10, **wrong).status_code == 422
    assert (level().on_hand, Movement.objects.count()) == (10, before)


def test_the_movements_of_a_level_tell_cause_document_and_people(goods: None, staff: Client) -> None:
    one = level()
    correct(staff, one, 12, 10)
    Movement.objects.create(
        product_id=one.product_id,
        location_id=one.location_id,
        state="on_hand",
        change=-2,
        after=10,
        cause="shipped",
        reference="shipment/10001-1",
        actor="system",
    )
    answer = staff.get(f"/stock/{one.pk}/")
    rows = answer.context["list"].rows
    assert [(row.change, row.after) for row in rows] == [(-2, 10), (2, 12), (10, 10)]
    told = answer.context["told"]
    assert [told[row.pk].who for row in rows] == ["System", "Noor Aziz", "test"]
    assert (told[rows[0].pk].number, told[rows[0].pk].href) == ("10001-1", "/shipments/10001-1/")
    page = answer.content.decode()
    assert "Counted again" in page
    for query in ("q=10001-1", "q=١٠٠٠١-١"):
        assert [row.change for row in staff.get(f"/stock/{one.pk}/?{query}").context["list"].rows] == [-2]
    assert [row.change for row in staff.get(f"/stock/{one.pk}/?q=counted").context["list"].rows] == [2]
    assert [row.change for row in staff.get(f"/stock/{one.pk}/?cause=shipped").context["list"].rows] == [-2]


def test_warehouse_staff_see_and_correct_their_locations_alone(goods: None) -> None:
    client = signed_in("warehouse", locations=["JED"])
    answer = client.get("/stock/")
    assert set(listed(answer)) == {("TEE", "JED"), ("OUT", "JED")}
    assert "Riyadh" not in answer.content.decode()
    foreign = level()
    assert client.get(f"/stock/{foreign.pk}/").status_code == 404
    assert client.get(f"/stock/{foreign.pk}/adjust/").status_code == 404
    correct(client, foreign, 1, 10)
    assert level().on_hand == 10
    assert correct(client, level("TEE", "JED"), 5, 4).status_code == 302
    assert level("TEE", "JED").on_hand == 5
    asked = client.get("/stock/availability/?sku=TEE").context["found"]
    assert [(one["total"], one["places"]) for one in asked] == [(5, [("Jeddah", 5)])]
    [tee] = [row for row in client.get("/products/").context["list"].rows if row.sku == "TEE"]
    assert tee.available == 5
    assert "Riyadh" not in client.get("/products/TEE/").content.decode()


def test_agents_read_and_do_not_correct(goods: None) -> None:
    client = signed_in("agent")
    assert client.get("/stock/").status_code == 200
    assert "/adjust/" not in client.get("/stock/").content.decode()
    assert correct(client, level(), 1, 10).status_code == 403
    assert level().on_hand == 10


def test_availability_puts_the_nearest_first_and_names_the_unknown(goods: None, staff: Client) -> None:
    Location.objects.filter(code="JED").update(address={"city": "جدة", "country": "SA"})
    answer = staff.get("/stock/availability/", {"sku": "TEE, OUT\nNOPE", "country": "SA", "city": "جده"})
    found = answer.context["found"]
    assert [(one["product"].sku, one["state"], one["total"]) for one in found] == [
        ("TEE", "in_stock", 14),
        ("OUT", "out", 0),
    ]
    assert found[0]["places"] == [("Jeddah", 4), ("Riyadh", 10)]
    assert answer.context["unknown"] == ["NOPE"]


@pytest.mark.parametrize(
    ("kept", "typed"), [("Jeddah", "جدة"), ("جدة", "JIDDAH"), ("Jeddah", "جدّه"), ("جده", "Jeddah")]
)
def test_a_city_is_near_in_any_spelling(goods: None, staff: Client, kept: str, typed: str) -> None:
    Location.objects.filter(code="JED").update(address={"city": kept, "country": "SA"})
    answer = staff.get("/stock/availability/", {"sku": "TEE", "country": "SA", "city": typed})
    assert answer.context["found"][0]["places"] == [("Jeddah", 4), ("Riyadh", 10)]
    assert answer.context["nowhere"] == ""


def test_a_city_without_a_location_is_said_to_be_one(goods: None, staff: Client) -> None:
    said = staff.get(
        "/stock/availability/", {"sku": "TEE", "country": "SA", "city": "Tabuk"}
    ).content.decode()
    assert "No location is in <bdi>Tabuk</bdi>: those of the country come first." in said
    said = staff.get("/stock/availability/", {"sku": "TEE", "city": "Tabuk"}).content.decode()
    assert "Choose the country too, so that <bdi>Tabuk</bdi> counts." in said


def test_a_product_in_the_readers_language_with_its_stock(goods: None) -> None:
    Product.objects.filter(sku="TEE").update(price="99.5", price_currency="SAR", weight_g=250)
    client = signed_in("manager", language="ar")
    page = client.get("/products/").content.decode()
    assert "قميص" in page
    assert "Cotton" not in page
    answer = client.get("/products/TEE/")
    assert answer.context["available"] == 14
    assert [(one.location.code, one.available) for one in answer.context["levels"]] == [
        ("JED", 4),
        ("RUH", 10),
    ]
    assert client.get("/products/NOPE/").status_code == 404


def written(client: Client, path: str, **said: str) -> Any:
    """The form as it was opened, with these fields typed anew."""
    form = client.get(path).context["form"]
    held = {field.name: field.value() for field in form if field.value() not in (None, False, "")}
    return client.post(path, held | said)


def test_every_field_of_a_product_is_changed(goods: None, staff: Client) -> None:
    path = "/product-change/TEE/"
    before = Product.objects.values().get(sku="TEE")
    assert f'href="{path}"' in staff.get("/products/TEE/").content.decode()
    assert written(staff, path).status_code == 302
    assert Product.objects.values().get(sku="TEE") == before
    said = {
        "cost": "٢١٫٥", "price": "99.5", "currency": "aed", "shelf_life_days": "٩٠", "backorder": "on",
        "available_from": "2030-03-01", "low_stock_at": "", "requires": "engraving، gift", "weight_g": "250",
        "barcode": "", "hs_code": "6109.10", "tracks_lots": "on",
    }  # fmt: skip
    answer = written(staff, path, **said)
    assert (answer.status_code, answer["Location"]) == (302, "/products/TEE/")
    tee = Product.objects.get(sku="TEE")
    assert (tee.cost, tee.price, tee.price_currency) == (Decimal("21.5"), Decimal("99.5"), "AED")
    assert (tee.tracks_lots, tee.shelf_life_days, tee.backorder) == (True, 90, "allow")
    assert (tee.available_from, tee.low_stock_at, tee.barcode) == (date(2030, 3, 1), None, "")
    assert (tee.requires, tee.weight_g, tee.hs_code) == (["engraving", "gift"], 250, "6109.10")
    assert LotLevel.objects.get(lot__code="", location__code="RUH").on_hand == 10
    page = staff.get("/products/TEE/").content.decode()
    for shown in ("Unit cost", "21.50", "Kept in lots", "Shelf life in days", "engraving", "Available from"):
        assert shown in page, shown


def test_a_product_form_refuses_beside_its_field(goods: None, staff: Client) -> None:
    lots.begin_tracking(Product.objects.get(sku="MUG"))
    path = "/product-change/MUG/"
    form = staff.get(path).context["form"]
    held = {field.name: field.value() for field in form if field.value() not in (None, False, "")}
    before = Product.objects.values().get(sku="MUG")

    def refused(**said: str) -> dict[str, list[str]]:
        answer = staff.post(path, {k: v for k, v in (held | said).items() if v != "off"})
        assert answer.status_code == 422
        assert Product.objects.values().get(sku="MUG") == before
        return dict(answer.context["form"].errors)

    assert refused(tracks_lots="off") == {"tracks_lots": ["There are units in lots still."]}
    assert refused(components="TEE:2\nNOPE") == {"components": ["There is no such SKU."]}
    assert refused(components="TEE:2") == {"components": ["There is stock of it: a kit has none of its own."]}
    assert refused(components="TEE:x") == {"components": ["Write SKU:quantity, one a line."]}
    assert refused(currency="XXY") == {"currency": ["There is no such currency."]}
    assert refused(cost="much") == {"cost": ["That is no amount."]}
    assert set(refused(shelf_life_days="36501", name_en="")) == {"shelf_life_days", "name_en"}
    assert refused(seen="old") == {"__all__": ["It changed since you opened it. Look again, then repeat."]}


def test_a_product_is_added_and_who_may(goods: None, staff: Client) -> None:
    said = {"sku": "GIFT", "name_en": "Gift box", "name_ar": "علبة هدايا", "components": "TEE:1\nMUG"}
    assert staff.post("/product-new/", said)["Location"] == "/products/GIFT/"
    gift = Product.objects.get(sku="GIFT")
    assert gift.name == {"en": "Gift box", "ar": "علبة هدايا"}
    assert gift.components == [{"sku": "TEE", "quantity": 1}, {"sku": "MUG", "quantity": 1}]
    again = staff.post("/product-new/", said)
    assert dict(again.context["form"].errors) == {"sku": ["This SKU is there already."]}
    omar = signed_in("warehouse")
    assert omar.get("/product-new/").status_code == 403
    assert omar.get("/product-change/TEE/").status_code == 403
    assert "/product-change/" not in omar.get("/products/TEE/").content.decode()
    assert staff.get("/product-change/NOPE/").status_code == 404


def test_the_grid_as_a_file(goods: None, staff: Client) -> None:
    answer = staff.get("/stock/?export=csv&location=RUH")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["SKU"], row["Location"], row["On hand"], row["Available"]) for row in rows] == [
        ("MUG", "Riyadh", "3", "3"),
        ("TEE", "Riyadh", "10", "10"),
    ]


def test_pages_follow_each_other_without_gap_or_repeat(goods: None, staff: Client) -> None:
    for n in range(30):
        shop.product(f"P{n:02}", RUH=n % 4)
    for sort in ("sku", "-on_hand"):
        first = staff.get(f"/stock/?sort={sort}")
        second = staff.get(first.context["list"].next)
        seen = listed(first) + listed(second)
        assert len(seen) == len(set(seen)) == 34


@pytest.mark.parametrize(
    ("path", "queries"), [("/stock/?location=RUH", 8), ("/products/", 6), ("/stock/{}/", 9)]
)
def test_a_page_costs_the_same_queries_for_few_rows_and_for_many(
    kept_figures: None, goods: None, staff: Client, path: str, queries: int
) -> None:
    path = path.format(level().pk)
    counts = []
    for _ in range(2):
        for n in range(5):
            shop.product(f"P{n}-{len(counts)}", RUH=5)
            stock.adjust(
                product=level().product,
                location=level().location,
                set_to=None,
                change=1,
                state="on_hand",
                reason="more",
                actor="staff:the-manager",
            )
        _queries(staff, path)
        counts.append(_queries(staff, path))
    assert counts == [queries, queries]


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        assert client.get(path).status_code == 200
    return len(counted)
