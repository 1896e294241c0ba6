"""Counts: blind, judged by value, booked as differences; what happens meanwhile does not disturb them."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from fulfillment import counting as floor
from inventory import counting, lots
from inventory.models import CountLine, Location, Lot, Movement, Product, StockCount, StockLevel
from oms.core.errors import IllegalMove, Problem
from oms.core.models import Event, User
from tests import shop
from tests.fulfillment import road
from tests.inventory.test_lots import arrive, lying, milk, soon
from tests.inventory.test_pages import signed_in

__all__ = ["milk", "soon"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> road.Shop:
    shop.location("RUH")
    road.add_rate()
    shop.product("TEE", RUH=10)
    shop.product("MUG", RUH=4)
    shop.product("OUT", RUH=0)
    Product.objects.update(cost=Decimal(10))
    StockLevel.objects.filter(product__sku="TEE").update(bin="A-1")
    return road.open_shop()


def opened(**what: Any) -> StockCount:
    what = {"kind": "full", "actor": "staff:sam", **what}
    return counting.open_count(Location.objects.get(code="RUH"), **what)


def line(count: StockCount, sku: str, lot: str | None = None) -> CountLine:
    found = count.lines.filter(product__sku=sku)
    return found.get(lot__code=lot) if lot is not None else found.get()


def enter(count: StockCount, **figures: int) -> None:
    for sku, counted in figures.items():
        floor.enter(line(count, sku).pk, counted=counted, actor="staff:sam")


def refused(code: str, act: Any) -> None:
    with pytest.raises(Problem) as told:
        act()
    assert told.value.code == code


def test_everything_some_bins_or_some_skus(web: road.Shop) -> None:
    assert sorted(opened().lines.values_list("product__sku", flat=True)) == ["MUG", "TEE"]
    refused("counted_already", lambda: opened(kind="bin", bins=["A-1"]))
    counting.cancel(StockCount.objects.get(), actor="staff:sam")
    by_bin = opened(kind="bin", bins=["A-1"])
    assert list(by_bin.lines.values_list("product__sku", "bin")) == [("TEE", "A-1")]
    assert by_bin.number != ""
    named = opened(kind="sku", products=[Product.objects.get(sku="OUT")])
    assert list(named.lines.values_list("product__sku", flat=True)) == ["OUT"]
    refused("empty", lambda: opened(kind="bin", bins=["Z-9"]))


def test_a_small_difference_is_booked_at_once(web: road.Shop) -> None:
    count = opened()
    enter(count, TEE=8, MUG=5)
    done = counting.submit(count, actor="staff:sam")
    assert done.state == "done"
    assert (road.level("TEE", "RUH"), road.level("MUG", "RUH")) == (road.Level(8, 0), road.Level(5, 0))
    moved = Movement.objects.filter(cause="counted").order_by("change")
    assert list(moved.values_list("change", "reference", "actor")) == [
        (-2, count.ref, "staff:sam"),
        (1, count.ref, "staff:sam"),
    ]
    assert list(count.lines.order_by("adjusted").values_list("adjusted", "unit_cost")) == [(-2, 10), (1, 10)]
    assert Event.objects.get(kind="count.booked").data["value"] == "-10.0000"
    road.prove()


def test_a_large_one_waits_for_a_manager(web: road.Shop, settings: Any) -> None:
    settings.COUNT_APPROVAL_LIMIT = Decimal(25)
    count = opened()
    enter(count, TEE=8, MUG=5)
    assert counting.submit(count, actor="staff:sam").state == "review"
    assert road.level("TEE", "RUH") == road.Level(10, 0)
    with pytest.raises(IllegalMove):
        enter(count, TEE=10)
    assert counting.send_back(count, reason="Look again", actor="staff:noor").state == "counting"
    enter(count, TEE=7)
    counting.submit(count, actor="staff:sam")
    done = counting.approve(count, actor="staff:noor")
    assert (done.state, done.decided_by) == ("done", "staff:noor")
    assert road.level("TEE", "RUH") == road.Level(7, 0)
    with pytest.raises(IllegalMove):
        counting.approve(count, actor="staff:noor")
    road.prove()


def test_without_a_known_cost_a_manager_looks(web: road.Shop) -> None:
    Product.objects.update(cost=None)
    count = opened()
    enter(count, TEE=9)
    assert counting.submit(count, actor="staff:sam").state == "review"
    page = manager_page(count)
    assert '<span class="stat-figure">–</span><small class="stat-note">No cost known</small>' in page


def test_the_value_of_a_count_says_what_it_leaves_out(web: road.Shop) -> None:
    Product.objects.filter(sku="MUG").update(cost=None)
    count = opened()
    enter(count, TEE=9, MUG=1)
    counting.submit(count, actor="staff:sam")
    page = manager_page(count)
    assert "without <bdi>1</bdi> line of unknown cost" in page
    assert ">–<" not in page.partition("<table")[0]


def manager_page(count: StockCount) -> str:
    client = Client()
    client.force_login(User.objects.create_user("noor", role="manager"))
    return client.get(f"/counts/{count.number}/").content.decode()


def test_nothing_counted_is_nothing_submitted_and_what_was_left_out_stays(web: road.Shop) -> None:
    count = opened()
    refused("nothing_counted", lambda: counting.submit(count, actor="staff:sam"))
    enter(count, TEE=10)
    assert counting.submit(count, actor="staff:sam").state == "done"
    assert not Movement.objects.filter(cause="counted").exists()
    assert line(count, "MUG").adjusted is None


def test_picks_packed_parcels_sales_and_hand_overs_change_no_difference(web: road.Shop) -> None:
    """Ten on hand; three picked, so seven lie there. Counted six: one is missing, whatever happens next."""
    count = opened()
    first = web.routed(("TEE", 3))
    parcel = web.pick(web.release(web.shipment(first)))
    enter(count, TEE=6)
    counted = line(count, "TEE")
    assert (counted.expected, counted.difference) == (7, -1)
    web.hand_over(web.label(web.pack(parcel)))
    web.place(("TEE", 2))
    assert counting.submit(count, actor="staff:sam").state == "done"
    assert road.level("TEE", "RUH") == road.Level(6, 2)
    road.prove()


def test_counted_again_the_last_word_counts(web: road.Shop) -> None:
    count = opened()
    enter(count, TEE=3)
    web.up_to(web.shipment(web.routed(("TEE", 2))), "hand_over")
    enter(count, TEE=8)
    assert line(count, "TEE").difference == 0


def test_what_pickers_missed_is_looked_for(web: road.Shop) -> None:
    """Two were not found and set aside; a count finds one of them."""
    order = web.routed(("TEE", 3))
    parcel = web.release(web.shipment(order))
    web.step(parcel, "picks", {"lines": [{"sku": "TEE", "quantity": 1}], "short": True})
    web.cancel(order)
    assert road.level("TEE", "RUH") == road.Level(10, 0, 2)
    count = opened()
    enter(count, TEE=9)
    assert line(count, "TEE").not_found == 2
    counting.submit(count, actor="staff:sam")
    assert road.level("TEE", "RUH") == road.Level(9, 0, 0)
    road.prove()


def test_what_a_checkout_keeps_is_not_taken_away(web: road.Shop) -> None:
    """Booked from below, without anybody making room, it says by how many it does not fit."""
    web.place(("TEE", 9))
    count = opened()
    enter(count, TEE=7)
    counted = line(count, "TEE")
    assert counting.short_of([counted]) == {counted.pk: 2}
    with pytest.raises(Problem) as told:
        counting.submit(count, actor="staff:sam")
    assert told.value.code == "stock_committed"
    assert [fault["short"] for fault in told.value.errors] == [2]
    assert road.level("TEE", "RUH") == road.Level(10, 9)
    assert StockCount.objects.get().state == "counting"


def test_where_less_is_left_than_promised_the_newest_wait_again(web: road.Shop) -> None:
    first = web.routed(("TEE", 5))
    last = web.routed(("TEE", 4))
    count = opened()
    enter(count, TEE=7)
    assert floor.submit(count, actor="staff:sam").state == "done"
    assert road.level("TEE", "RUH") == road.Level(7, 7)
    assert [web.order(order)["lines"][0]["backordered"] for order in (first, last)] == [0, 2]
    road.prove()


def test_lots_are_counted_one_by_one(web: road.Shop, milk: Product) -> None:
    arrive(milk, ("A", 6, 20), ("B", 4, 30))
    lots.take(Location.objects.get(code="RUH").pk, [lots.Wanted(milk, 2, "A")])
    count = opened(kind="sku", products=[milk])
    floor.enter(line(count, "MILK", "A").pk, counted=3, actor="staff:sam")
    floor.enter(line(count, "MILK", "B").pk, counted=4, actor="staff:sam")
    refused("lot_required", lambda: counting.add_line(count, milk, actor="staff:sam"))
    arrive(milk, ("C", 1, 30))
    added = counting.add_line(count, milk, lot="C", actor="staff:sam")
    floor.enter(added.pk, counted=2, actor="staff:sam")
    Product.objects.filter(sku="MILK").update(cost=1)
    counting.submit(count, actor="staff:sam")
    assert (lying("A"), lying("B"), lying("C")) == ((5, 0, 2), (4, 0, 0), (2, 0, 0))
    assert Lot.objects.count() == 3
    assert road.level("MILK", "RUH") == road.Level(11, 0)


def test_on_the_screen_a_counter_sees_no_figure_and_a_manager_approves(web: road.Shop, settings: Any) -> None:
    settings.COUNT_APPROVAL_LIMIT = Decimal(15)
    sam, noor = signed_in("warehouse", locations=["RUH"]), signed_in("manager")
    answer = sam.post("/counts/new/", {"location": "RUH", "kind": "sku", "named": "TEE, MUG"})
    count = StockCount.objects.get()
    assert answer["Location"] == f"/counts/{count.number}/counting/"
    page = sam.get(answer["Location"]).content.decode()
    assert "TEE" in page
    assert not any(word in page for word in ("Expected", ">10<", "Difference"))
    found = sam.get(answer["Location"], {"code": "mug"}).context["current"]
    assert found.product.sku == "MUG"
    for sku, counted in (("TEE", "٨"), ("MUG", "4")):
        sam.post(answer["Location"], {"line": line(count, sku).pk, "counted": counted})
    assert "Expected" not in sam.get(f"/counts/{count.number}/").content.decode()
    assert sam.post(f"/counts/{count.number}/finish/").status_code == 302
    assert sam.post(f"/counts/{count.number}/approve/").status_code == 403
    shown = noor.get(f"/counts/{count.number}/")
    assert [(row.product.sku, row.difference, value) for row, value, _short in shown.context["lines"]] == [
        ("TEE", -2, Decimal(-20))
    ]
    card = re.search(r'<td class="cell-state only-phone dim">(.*?)</td>', shown.content.decode(), re.S)
    assert card
    assert strip_tags(card[1]) == "Bin A-1 · Expected 10 · Counted 8"
    assert noor.post(f"/counts/{count.number}/approve/").status_code == 302
    assert road.level("TEE", "RUH") == road.Level(8, 0)
    assert noor.get("/counts/?state=done").context["list"].rows[0].number == count.number


def test_what_is_typed_is_judged_at_the_field(web: road.Shop) -> None:
    """A scanner types its code where the focus is: it becomes a figure only for who says so twice."""
    shop.product("22624", RUH=3)
    Product.objects.filter(sku="TEE").update(barcode="96385074")
    sam, count = signed_in("warehouse", locations=["RUH"]), opened()
    address = f"/counts/{count.number}/counting/"
    tee = line(count, "TEE")

    def typed(figure: str, sure: str = "") -> Any:
        return sam.post(address, {"line": tee.pk, "counted": figure, "sure": sure})

    for figure, fault in (
        ("abc", "Type a whole number."),
        ("٢٢٦٢٤", "22624\u2069 is a product&#x27;s code. If so many are here, send it again."),
        ("96385074", "96385074\u2069 is very many."),
        ("6281000000017", "2147483647"),
    ):
        answer = typed(figure)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert fault in page
        assert f'value="{figure}"' in page
        assert 'id="counted_error"' in page
        assert line(count, "TEE").counted is None
    assert answer.context["current"] == tee
    assert typed("22624", sure=typed("22624").context["sure"]).status_code == 302
    assert line(count, "TEE").counted == 22624
    assert typed("96385074", sure="22624").status_code == 422


def test_a_line_opens_with_its_figure_or_the_unit_scanned(web: road.Shop) -> None:
    sam, count = signed_in("warehouse", locations=["RUH"]), opened()
    address = f"/counts/{count.number}/counting/"
    assert sam.get(address).context["figure"] == ""
    assert sam.get(address, {"code": "TEE"}).context["figure"] == "1"
    assert sam.get(address, {"line": line(count, "TEE").pk}).context["figure"] == ""
    answer = sam.post(address, {"line": line(count, "TEE").pk, "counted": "8", "then": "MUG"})
    assert answer["Location"] == f"{address}?code=MUG"
    for reopened in ({"code": "TEE"}, {"line": line(count, "TEE").pk}):
        shown = sam.get(address, reopened)
        assert shown.context["figure"] == "8"
        assert "This is counted already." in shown.content.decode()


@pytest.mark.parametrize(
    ("kind", "named", "fault"),
    [
        ("bin", "", "Name at least one bin."),
        ("bin", "A-1, XX-99", "No such bin here: \u2068XX-99\u2069"),
        ("sku", "", "Name at least one SKU."),
        ("sku", "TEE\nNONE", "There is no product \u2068NONE\u2069."),
    ],
)
def test_what_is_to_be_counted_is_named_and_known(web: road.Shop, kind: str, named: str, fault: str) -> None:
    sam = signed_in("warehouse", locations=["RUH"])
    answer = sam.post("/counts/new/", {"location": "RUH", "kind": kind, "named": named})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"named": [fault]}
    assert not StockCount.objects.exists()


def test_a_bin_is_found_in_any_spelling(web: road.Shop) -> None:
    sam = signed_in("warehouse", locations=["RUH"])
    sam.post("/counts/new/", {"location": "RUH", "kind": "bin", "named": "a-١"})
    assert StockCount.objects.get().bins == ["A-1"]


def test_a_product_is_found_in_any_digits(web: road.Shop) -> None:
    shop.product("85099B", RUH=3)
    sam = signed_in("warehouse", locations=["RUH"])
    sam.post("/counts/new/", {"location": "RUH", "kind": "sku", "named": "۸۵۰۹۹B"})
    assert [each.product.sku for each in StockCount.objects.get().lines.all()] == ["85099B"]


def test_warehouse_staff_count_their_own_locations(web: road.Shop) -> None:
    count = opened()
    shop.location("JED")
    elsewhere = signed_in("warehouse", locations=["JED"])
    assert list(elsewhere.get("/counts/").context["list"].rows) == []
    assert elsewhere.get(f"/counts/{count.number}/counting/").status_code == 404
    refusal = elsewhere.post("/counts/new/", {"location": "RUH", "kind": "full"})
    assert refusal.status_code == 422
    assert StockCount.objects.count() == 1


def test_over_the_api(web: road.Shop) -> None:
    api = shop.api(None, "stock:read", "stock:write")
    begun = api.post("counts/", {"location": "RUH", "kind": "sku", "skus": ["TEE"], "note": "Friday"})
    assert begun.status_code == 201, begun.content
    number = begun.json()["number"]
    assert [(row["sku"], row["expected"]) for row in begun.json()["lines"]] == [("TEE", None)]
    entered = api.post(f"counts/{number}/entries/", {"sku": "TEE", "counted": 9})
    assert (entered.status_code, entered.json()["expected"]) == (201, None)
    assert (
        api.post(f"counts/{number}/entries/", {"sku": "NONE", "counted": 9}).json()["code"] == "unknown_sku"
    )
    assert api.post(f"counts/{number}/approvals/").status_code == 403
    done = api.post(f"counts/{number}/submissions/").json()
    assert (done["state"], done["lines"][0]["adjusted"], done["lines"][0]["expected"]) == ("done", -1, 10)
    assert api.post(f"counts/{number}/submissions/").json()["code"] == "illegal_move"
    assert [row["number"] for row in api.get("counts/?state=done&location=RUH").json()["data"]] == [number]
    assert api.get(f"counts/{number}/").json()["version"] == done["version"]
    assert api.get("counts/CN0/").status_code == 404
