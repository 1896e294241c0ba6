"""Lots: named when they arrive, first out what expires first, locked up and let go, set aside when no longer good."""

from datetime import date, timedelta
from typing import Any

import pytest

from inventory import lots, stock, transferring
from inventory.models import Location, Lot, LotLevel, LotMovement, Movement, Product
from inventory.stock import Incoming
from oms.core import company
from oms.core.errors import IllegalMove, Invalid, Problem
from oms.core.models import Event
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db


def soon(days: int) -> date:
    return company.today() + timedelta(days=days)


@pytest.fixture
def milk() -> Product:
    shop.location("RUH", priority=1)
    shop.location("JED", priority=2)
    product = shop.product("MILK")
    Product.objects.filter(pk=product.pk).update(tracks_lots=True, shelf_life_days=30)
    return Product.objects.get(pk=product.pk)


def arrive(product: Product, *units: tuple[str, int, int | None], at: str = "RUH", **more: Any) -> None:
    """(lot, units, days it is good) arrive from a supplier."""
    place = Location.objects.get(code=at).pk
    incoming = [
        Incoming(product.pk, place, count, lot=code, expires_on=None if days is None else soon(days))
        for code, count, days in units
    ]
    stock.receive(incoming, **{"cause": "purchased", "reference": "purchase/PO1", "actor": "test", **more})


def lying(code: str, at: str = "RUH") -> tuple[int, int, int]:
    """on hand, quality control and picked of a lot."""
    row = LotLevel.objects.get(lot__code=code, location__code=at)
    return row.on_hand, row.quality_control, row.picked


def refused(code: str, act: Any) -> None:
    with pytest.raises(Problem) as told:
        act()
    assert told.value.code == code


def test_what_arrives_names_its_lot(milk: Product) -> None:
    arrive(milk, ("A", 6, 20), ("B", 4, None))
    assert (lying("A"), lying("B")) == ((6, 0, 0), (4, 0, 0))
    assert Lot.objects.get(code="B").expires_on == soon(30)
    assert road.level("MILK", "RUH") == road.Level(10, 0)
    moved = LotMovement.objects.order_by("id").values_list("state", "change", "after", "cause", "reference")
    assert list(moved) == [("on_hand", n, n, "purchased", "purchase/PO1") for n in (6, 4)]
    road.prove()


def test_without_a_lot_it_waits_in_quality_control(milk: Product) -> None:
    arrive(milk, ("", 5, None))
    assert lying("") == (5, 5, 0)
    assert road.level("MILK", "RUH") == road.Level(5, 0, 5)
    road.prove()


def test_a_known_lot_has_one_last_day(milk: Product) -> None:
    arrive(milk, ("A", 6, 20))
    refused("lot_expiry_differs", lambda: arrive(milk, ("A", 1, 21)))
    arrive(milk, ("A", 1, None), ("A", 2, 20))
    assert lying("A") == (9, 0, 0)


def test_more_of_a_lot_in_quarantine_joins_it_there(milk: Product) -> None:
    arrive(milk, ("A", 6, 20), ("OLD", 2, -1))
    assert lying("OLD") == (2, 2, 0)
    lots.quarantine(Lot.objects.get(code="A"), reason="smell", actor="test")
    arrive(milk, ("A", 3, 20))
    assert lying("A") == (9, 9, 0)
    road.prove()


def test_pickers_are_shown_what_goes_first_and_take_it(milk: Product) -> None:
    arrive(milk, ("LATE", 5, 90), ("SOON", 3, 9), ("OPEN", 2, 40))
    place = Location.objects.get(code="RUH").pk
    shown = lots.choices(place, [milk.pk])[milk.pk]
    assert [(one.code, one.free) for one in shown] == [("SOON", 3), ("OPEN", 2), ("LATE", 5)]
    taken = lots.take(place, [lots.Wanted(milk, 4)])
    assert [one.quantity for one in taken] == [3, 1]
    assert (lying("SOON"), lying("OPEN")) == ((3, 0, 3), (2, 0, 1))
    assert [(one.code, one.free) for one in lots.choices(place, [milk.pk])[milk.pk]] == [
        ("OPEN", 1),
        ("LATE", 5),
    ]
    lots.take(place, [lots.Wanted(milk, 2, "LATE")])
    lots.put_back(place, {Lot.objects.get(code="SOON").pk: 2})
    assert (lying("SOON"), lying("LATE")) == ((3, 0, 1), (5, 0, 2))


def test_what_nobody_may_pick(milk: Product) -> None:
    arrive(milk, ("A", 5, 90), ("B", 3, 9))
    place = Location.objects.get(code="RUH").pk
    lots.quarantine(Lot.objects.get(code="A"), reason="smell", actor="test")
    Lot.objects.filter(code="B").update(expires_on=soon(-1))
    assert lots.choices(place, [milk.pk]) == {}
    refused("lot_quarantined", lambda: lots.take(place, [lots.Wanted(milk, 1, "A")]))
    refused("lot_expired", lambda: lots.take(place, [lots.Wanted(milk, 1, "B")]))
    refused("unknown_lot", lambda: lots.take(place, [lots.Wanted(milk, 1, "C")]))
    refused("lot_short", lambda: lots.take(place, [lots.Wanted(milk, 1)]))


def test_quarantine_and_back(milk: Product) -> None:
    arrive(milk, ("A", 6, 20), ("B", 4, 30))
    arrive(milk, ("A", 2, 20), at="JED")
    lot = Lot.objects.get(code="A")
    assert lots.quarantine(lot, reason="Recall by the dairy", actor="staff:noor") == 8
    assert (lying("A"), lying("A", "JED"), lying("B")) == ((6, 6, 0), (2, 2, 0), (4, 0, 0))
    assert road.level("MILK", "RUH") == road.Level(10, 0, 6)
    told = Event.objects.get(kind="lot.quarantined")
    assert (told.actor, told.data["number"], told.data["units"]) == ("staff:noor", "A", 8)
    moved = Movement.objects.order_by("-id").first()
    assert moved is not None
    assert (moved.cause, moved.reference, moved.reason) == ("quarantined", lot.ref, "Recall by the dairy")
    with pytest.raises(IllegalMove):
        lots.quarantine(lot, reason="again", actor="test")
    assert lots.release(lot, reason="Tested", actor="test") == 8
    assert (lying("A"), lying("A", "JED")) == ((6, 0, 0), (2, 0, 0))
    with pytest.raises(IllegalMove):
        lots.release(lot, reason="again", actor="test")
    road.prove()


def test_release_leaves_alone_what_was_set_aside_for_another_reason(milk: Product) -> None:
    arrive(milk, ("A", 6, 20))
    lot = Lot.objects.get(code="A")
    stock.adjust(
        product=milk,
        location=Location.objects.get(code="RUH"),
        set_to=None,
        change=2,
        state="quality_control",
        reason="Dented",
        lot=lot,
        actor="test",
    )
    assert lots.quarantine(lot, reason="smell", actor="test") == 4
    assert lots.release(lot, reason="fine", actor="test") == 4
    assert lying("A") == (6, 2, 0)


def test_past_its_last_day_it_is_set_aside_once(milk: Product) -> None:
    arrive(milk, ("A", 6, 20), ("B", 4, 30))
    Lot.objects.filter(code="A").update(expires_on=soon(-1))
    Lot.objects.filter(code="B").update(expires_on=soon(0))
    assert lots.set_aside_due() == 6
    assert lots.set_aside_due() == 0
    assert (lying("A"), lying("B")) == ((6, 6, 0), (4, 0, 0))
    assert Event.objects.filter(kind="lot.set_aside").count() == 1
    road.prove()


def test_what_is_promised_stays_until_nobody_waits_for_it(milk: Product) -> None:
    """Quarantine takes what the level can spare; the rest follows when its order lets go."""
    arrive(milk, ("A", 6, 20))
    web = road.open_shop()
    order = web.place(("MILK", 4))
    lot = Lot.objects.get(code="A")
    assert lots.quarantine(lot, reason="smell", actor="test") == 2
    assert lots.promised(lot) == 4
    web.cancel(order)
    assert road.level("MILK", "RUH") == road.Level(6, 0, 2)
    assert lots.set_aside_due() == 4
    assert road.level("MILK", "RUH") == road.Level(6, 0, 6)
    road.prove()


def test_a_correction_says_which_lot(milk: Product) -> None:
    arrive(milk, ("A", 6, 20), ("B", 4, 30))
    api = shop.api(None)
    body = {"location": "RUH", "sku": "MILK", "change": -2, "reason": "Broken"}
    answer = api.post("stock/adjustments/", body)
    assert answer.status_code == 400
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [("/lot", "lot_required")]
    assert api.post("stock/adjustments/", body | {"lot": "C"}).json()["code"] == "unknown_lot"
    assert api.post("stock/adjustments/", body | {"lot": "B"}).status_code == 201
    assert (lying("A"), lying("B")) == ((6, 0, 0), (2, 0, 0))
    assert api.post("stock/adjustments/", body | {"lot": "B", "change": -3}).json()["code"] == "lot_short"
    shop.product("TEE", RUH=1)
    plain = {"location": "RUH", "sku": "TEE", "change": 1, "reason": "Found", "lot": "B"}
    assert api.post("stock/adjustments/", plain).json()["code"] == "unknown_lot"
    assert road.level("MILK", "RUH") == road.Level(8, 0)
    road.prove()


def test_lots_travel_with_a_transfer(milk: Product) -> None:
    """What left under a transfer's number is what arrives under it."""
    arrive(milk, ("A", 6, 20), ("B", 4, 30))
    arrive(milk, ("", 1, None), at="JED", cause="returned", reference="return/1")
    from_place, to_place = (Location.objects.get(code=code) for code in ("RUH", "JED"))
    [transfer] = transferring.request(
        to_place,
        [transferring.Request(from_place, [transferring.Asked(milk, 8)])],
        actor="test",
    )
    transferring.ship(transfer, actor="test")
    assert (lying("A"), lying("B")) == ((0, 0, 0), (2, 0, 0))
    [row] = transfer.lines.all()
    transferring.receive(transfer, came=[transferring.Came(row.pk, 7)], actor="test")
    assert (lying("A", "JED"), lying("B", "JED")) == ((6, 0, 0), (1, 0, 0))
    transferring.receive(transfer, came=[transferring.Came(row.pk, 3)], note="Two more", actor="test")
    assert (lying("B", "JED"), lying("", "JED")) == ((2, 0, 0), (3, 3, 0))
    road.prove()


def test_tracking_begins_with_what_is_there_and_ends_only_when_it_is_gone() -> None:
    shop.product("TEE", RUH=10)
    api = shop.api(None)
    stock.receive(
        [Incoming(Product.objects.get().pk, Location.objects.get().pk, 2, "damaged")],
        cause="returned",
        reference="return/1",
        actor="test",
    )
    tag = api.get("products/TEE/")["ETag"]
    answer = api.patch("products/TEE/", {"tracks_lots": True, "shelf_life_days": 90}, tag)
    assert answer.status_code == 200, answer.content
    assert (answer.json()["tracks_lots"], answer.json()["shelf_life_days"]) == (True, 90)
    row = LotLevel.objects.get(lot__code="")
    assert (row.on_hand, row.damaged) == (12, 2)
    road.prove()
    refusal = api.patch("products/TEE/", {"tracks_lots": False}, answer["ETag"])
    assert (refusal.status_code, refusal.json()["code"]) == (409, "lots_in_stock")


def test_what_is_written_off_comes_out_of_the_lots_it_lies_in(milk: Product) -> None:
    """Nobody names a lot: what is set aside goes from where it was set aside, the rest from what goes first."""
    arrive(milk, ("A", 6, 20), ("B", 4, 30))
    place = Location.objects.get(code="RUH")
    facts = {"product": milk, "location": place, "set_to": None, "reason": "-", "actor": "t", "any_lot": True}
    stock.adjust(**facts, change=7, state="quality_control")
    assert (lying("A"), lying("B")) == ((6, 6, 0), (4, 1, 0))
    stock.adjust(**facts, change=-2, state="on_hand")
    assert (lying("A"), lying("B")) == ((6, 6, 0), (2, 1, 0))
    stock.adjust(**facts, change=-7, state="quality_control")
    assert (lying("A"), lying("B")) == ((6, 0, 0), (2, 0, 0))
    road.prove()


def test_a_movement_of_a_lot_is_never_changed(milk: Product) -> None:
    arrive(milk, ("A", 6, 20))
    with pytest.raises(Exception, match="append-only|never"):
        LotMovement.objects.update(change=1)


def test_costs_are_in_the_companys_currency() -> None:
    api = shop.api(None)
    body = {"sku": "TEE", "name": {"en": "T"}, "cost": {"amount": "12.50", "currency": "SAR"}}
    answer = api.post("products/", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["cost"] == {"amount": "12.50", "currency": "SAR"}
    wrong = body | {"sku": "CAP", "cost": {"amount": "12.50", "currency": "USD"}}
    refusal = api.post("products/", wrong)
    assert [(e["pointer"], e["code"]) for e in refusal.json()["errors"]] == [
        ("/cost/currency", "company_currency")
    ]
    assert api.post("products/", wrong | {"cost": "-1"}).json()["errors"][0]["pointer"] == "/cost"


def test_a_lot_is_named_only_where_there_are_lots() -> None:
    shop.product("TEE", RUH=3)
    with pytest.raises(Invalid, match="no lots"):
        stock.adjust(
            product=Product.objects.get(),
            location=Location.objects.get(),
            set_to=4,
            change=None,
            state="on_hand",
            reason="-",
            lot=Lot(pk=1),
            actor="test",
        )
