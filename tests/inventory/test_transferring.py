"""Goods between our locations: what is kept, what is on its way, what is written off; stock proved after each."""

from datetime import date, timedelta
from typing import Any

import pytest

from inventory import incoming, stock, transferring
from inventory.models import Movement, Product, Reservation, StockLevel, Transfer, TransferVariance
from inventory.transferring import Asked, Came, Request
from oms.core import company
from oms.core.errors import Conflict, IllegalMove, InsufficientStock, Invalid
from oms.core.models import Event
from tests import shop
from tests.fulfillment.road import prove

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def goods() -> Any:
    """Ten shirts and four mugs in Riyadh; Jeddah has nothing. Every test ends with the books proved."""
    shop.location("JED")
    shop.product("TEE", RUH=10)
    shop.product("MUG", RUH=4)
    yield
    prove()


def ask(*lines: tuple[str, int], source: str = "RUH", target: str = "JED", **facts: Any) -> Transfer:
    asked = [Asked(Product.objects.get(sku=sku), quantity) for sku, quantity in lines]
    facts = {"actor": "staff:jed", **facts}
    [made] = transferring.request(shop.location(target), [Request(shop.location(source), asked)], **facts)
    return made


def figures(sku: str, code: str) -> tuple[int, int, int]:
    """On hand, committed, incoming."""
    level = StockLevel.objects.filter(product__sku=sku, location__code=code).first()
    return (level.on_hand, level.committed, level.incoming) if level else (0, 0, 0)


def line_of(transfer: Transfer, sku: str) -> Any:
    return transfer.lines.get(product__sku=sku)


def kinds() -> list[str]:
    return list(Event.objects.order_by("id").values_list("kind", flat=True))


def test_from_the_request_to_the_last_unit() -> None:
    transfer = ask(("TEE", 6), ("MUG", 2))
    assert transfer.number.startswith("TR")
    assert figures("TEE", "RUH") == (10, 6, 0)
    transfer = transferring.ship(transfer, actor="staff:ruh")
    assert (figures("TEE", "RUH"), figures("TEE", "JED")) == ((4, 0, 0), (0, 0, 6))
    assert not Reservation.objects.exists()
    tee, mug = line_of(transfer, "TEE"), line_of(transfer, "MUG")
    transfer = transferring.receive(
        transfer, came=[Came(tee.pk, 3), Came(tee.pk, 1, "damaged")], actor="staff:jed"
    )
    assert transfer.state == "partly_received"
    assert figures("TEE", "JED") == (4, 0, 2)
    assert StockLevel.objects.get(product__sku="TEE", location__code="JED").damaged == 1
    transfer = transferring.receive(transfer, came=[Came(tee.pk, 2), Came(mug.pk, 2)], actor="staff:jed")
    assert transfer.state == "closed"
    assert (figures("TEE", "JED"), figures("MUG", "JED")) == ((6, 0, 0), (2, 0, 0))
    moved = Movement.objects.filter(product_id=tee.product_id, reference=transfer.ref).order_by("id")
    assert list(moved.values_list("state", "change", "cause")) == [
        ("on_hand", -6, "transfer_out"),
        ("on_hand", 4, "transfer_in"),
        ("damaged", 1, "transfer_in"),
        ("on_hand", 2, "transfer_in"),
    ]
    assert kinds()[-4:] == [
        "transfer.requested",
        "transfer.shipped",
        "transfer.received",
        "transfer.received",
    ]


def test_what_is_asked_cannot_be_sold_and_is_free_again_when_it_stays() -> None:
    transfer = ask(("TEE", 8))
    [outcome] = stock.reserve(
        {transfer.pk: [stock.Want(transfer.pk, line_of(transfer, "TEE").product_id, 3)]}
    ).values()
    assert outcome.short[0].available == 2
    transferring.ship(transfer, quantities={line_of(transfer, "TEE").pk: 5}, actor="staff:ruh")
    assert (figures("TEE", "RUH"), figures("TEE", "JED")) == ((5, 0, 0), (0, 0, 5))


def test_a_cancelled_request_gives_back_what_it_kept() -> None:
    transfer = ask(("TEE", 8), ("MUG", 1))
    transferring.cancel(transfer, reason="Sold here", actor="staff:ruh")
    assert (figures("TEE", "RUH"), figures("MUG", "RUH")) == ((10, 0, 0), (4, 0, 0))
    with pytest.raises(IllegalMove):
        transferring.ship(transfer, actor="staff:ruh")
    assert kinds()[-1] == "transfer.cancelled"


def test_more_than_there_is_refuses_every_request_at_once() -> None:
    shop.product("MUG", DMM=1)
    mug = Product.objects.get(sku="MUG")
    asked = [Request(shop.location(code), [Asked(mug, 2)]) for code in ("RUH", "DMM")]
    with pytest.raises(InsufficientStock) as refused:
        transferring.request(shop.location("JED"), asked, actor="staff:jed")
    assert [(e["pointer"], e["location"], e["available"]) for e in refused.value.errors] == [
        ("/lines/0/quantity", "DMM", 1)
    ]


def test_what_came_short_is_written_off_with_its_reason() -> None:
    transfer = transferring.ship(ask(("TEE", 6)), actor="staff:ruh")
    line = line_of(transfer, "TEE")
    transferring.receive(transfer, came=[Came(line.pk, 4)], actor="staff:jed")
    transferring.close(transfer, reason="Two were missing in the box", actor="staff:jed")
    assert (figures("TEE", "RUH"), figures("TEE", "JED")) == ((4, 0, 0), (4, 0, 0))
    [variance] = TransferVariance.objects.all()
    assert (variance.change, variance.reason) == (-2, "Two were missing in the box")
    with pytest.raises(IllegalMove):
        transferring.receive(transfer, came=[Came(line.pk, 1)], actor="staff:jed")


def test_more_than_was_sent_needs_a_reason_and_is_stock() -> None:
    transfer = transferring.ship(ask(("TEE", 6)), actor="staff:ruh")
    line = line_of(transfer, "TEE")
    with pytest.raises(Invalid) as refused:
        transferring.receive(transfer, came=[Came(line.pk, 7)], actor="staff:jed")
    assert refused.value.code == "reason_required"
    transfer = transferring.receive(transfer, came=[Came(line.pk, 7)], note="Miscounted", actor="staff:jed")
    assert transfer.state == "closed"
    assert figures("TEE", "JED") == (7, 0, 0)
    assert list(TransferVariance.objects.values_list("change", "reason")) == [(1, "Miscounted")]


def test_a_second_person_approves() -> None:
    transfer = ask(("TEE", 1), needs_approval=True)
    with pytest.raises(IllegalMove):
        transferring.ship(transfer, actor="staff:ruh")
    with pytest.raises(Conflict) as refused:
        transferring.approve(transfer, actor="staff:jed")
    assert refused.value.code == "own_request"
    transfer = transferring.approve(transfer, actor="staff:ruh")
    assert transferring.ship(transfer, actor="staff:ruh").state == "shipped"
    with pytest.raises(IllegalMove):
        transferring.approve(ask(("TEE", 1)), actor="staff:ruh")


@pytest.mark.parametrize(
    ("lines", "facts", "code"),
    [
        ([("TEE", 1)], {"target": "RUH"}, "same_location"),
        ([], {}, "no_lines"),
        ([("TEE", 1), ("TEE", 2)], {}, "sku_twice"),
        ([("BOX", 1)], {}, "kit"),
    ],
)
def test_a_request_that_makes_no_sense(lines: Any, facts: dict[str, str], code: str) -> None:
    shop.product("BOX")
    Product.objects.filter(sku="BOX").update(components=[{"sku": "TEE", "quantity": 2}])
    with pytest.raises(Invalid) as refused:
        ask(*lines, **facts)
    assert refused.value.code == code
    assert not Transfer.objects.exists()


def test_what_is_on_the_way_has_its_day_and_sold_out_goods_say_so() -> None:
    tee = Product.objects.get(sku="TEE")
    day = company.today() + timedelta(days=3)
    assert incoming.expected([tee.pk]) == {}
    ask(("TEE", 4))
    transferring.ship(Transfer.objects.get(), expected_on=day, actor="staff:ruh")
    assert incoming.expected([tee.pk]) == {tee.pk: [(day, 4)]}
    late = day + timedelta(days=9)
    assert incoming.expected([tee.pk], today=late) == {tee.pk: [(late, 4)]}
    api = shop.api(None)
    [row] = api.get("availability/?sku=TEE").json()["data"]
    assert (row["available"], row["restock_at"]) == (6, None)
    stock.adjust(
        product=tee,
        location=shop.location("RUH"),
        set_to=0,
        change=None,
        state="on_hand",
        reason="gone",
        actor="x",
    )
    [row] = api.get("availability/?sku=TEE").json()["data"]
    assert row["status"] == "out"
    assert date.fromisoformat(row["restock_at"][:10]) in (day, day - timedelta(days=1))
