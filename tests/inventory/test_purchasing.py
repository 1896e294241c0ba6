"""Goods from suppliers: drafts, what is on order, deliveries in parts, short and over, at what cost."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from inventory import incoming, purchasing, suppliers
from inventory.models import Movement, Product, PurchaseOrder, PurchaseReceiptLine, StockLevel, Supplier
from inventory.purchasing import Came, Wanted
from oms.core import company
from oms.core.errors import Conflict, IllegalMove, Invalid
from oms.core.models import Event
from tests import shop
from tests.fulfillment.road import prove

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def goods() -> Any:
    shop.location("RUH")
    shop.product("TEE", RUH=1)
    shop.product("MUG")
    yield
    prove()


def supplier(**facts: Any) -> Supplier:
    given = {
        "name": "Al Noor Textiles",
        "contact": "Huda",
        "email": "sales@alnoor.example",
        "phone": "٠١١٢٣٤٥٦٧",
        "address": None,
        "currency": "SAR",
        "language": "ar",
        "lead_days": 9,
        "active": True,
    }
    made = suppliers.clean(Supplier(code=facts.pop("code", "NOOR")), **{**given, **facts})
    return suppliers.add(made, actor="test")


def priced(**facts: Any) -> Supplier:
    """Shirts at 21.50 from ten pieces on, mugs at 8."""
    one = supplier(**facts)
    suppliers.set_price(
        one,
        Product.objects.get(sku="TEE"),
        price=Decimal("21.50"),
        supplier_sku="N-77",
        min_quantity=10,
        actor="test",
    )
    suppliers.set_price(one, Product.objects.get(sku="MUG"), price=Decimal(8), actor="test")
    return one


def draft(*lines: tuple[str, int], of: Supplier | None = None, **facts: Any) -> PurchaseOrder:
    wanted = [Wanted(Product.objects.get(sku=sku), quantity) for sku, quantity in lines]
    return purchasing.draft(of or priced(), shop.location("RUH"), lines=wanted, actor="staff:sara", **facts)


def level(sku: str) -> tuple[int, int]:
    found = StockLevel.objects.filter(product__sku=sku).first()
    return (found.on_hand, found.incoming) if found else (0, 0)


def came(order: PurchaseOrder, sku: str, quantity: int, **facts: Any) -> Came:
    return Came(order.lines.get(product__sku=sku).pk, quantity, **facts)


def test_from_the_draft_to_the_last_delivery() -> None:
    order = draft(("TEE", 20), ("MUG", 5))
    assert (order.state, order.currency, order.language) == ("draft", "SAR", "ar")
    assert order.total == Decimal("470.00")
    assert order.lines.get(product__sku="TEE").supplier_sku == "N-77"
    assert level("TEE") == (1, 0)
    order = purchasing.send(order, actor="staff:sara")
    due = company.today() + timedelta(days=9)
    assert (order.expected_on, level("TEE"), level("MUG")) == (due, (1, 20), (0, 5))
    tee = Product.objects.get(sku="TEE")
    assert incoming.expected([tee.pk]) == {tee.pk: [(due, 20)]}
    order = purchasing.receive(
        order,
        came=[
            came(order, "TEE", 11, lot="L7", expires_on=date(2027, 1, 1)),
            came(order, "TEE", 1, state="quality_control", unit_cost=Decimal("20.25")),
        ],
        delivery_note="DN-5",
        actor="staff:omar",
    )
    assert (order.state, level("TEE")) == ("partly_received", (13, 8))
    order = purchasing.receive(order, came=[came(order, "TEE", 8), came(order, "MUG", 5)], actor="staff:omar")
    assert (order.state, level("TEE"), level("MUG")) == ("closed", (21, 0), (5, 0))
    assert incoming.expected([tee.pk]) == {}
    costs = PurchaseReceiptLine.objects.filter(line__product=tee).order_by("receipt__at", "-quantity")
    assert list(costs.values_list("quantity", "unit_cost", "currency", "lot", "state")) == [
        (11, Decimal("21.5"), "SAR", "L7", "on_hand"),
        (1, Decimal("20.25"), "SAR", "", "quality_control"),
        (8, Decimal("21.5"), "SAR", "", "on_hand"),
    ]
    moved = Movement.objects.filter(cause="purchased", reference=order.ref, product_id=tee.pk).order_by("id")
    assert list(moved.values_list("state", "change", "reason")) == [
        ("on_hand", 12, "DN-5"),
        ("quality_control", 1, "DN-5"),
        ("on_hand", 8, ""),
    ]


def test_a_draft_is_rewritten_until_it_is_sent() -> None:
    order = draft(("TEE", 20))
    mug = Product.objects.get(sku="MUG")
    facts: dict[str, Any] = {"location": order.location, "expected_on": None, "note": "", "actor": "x"}
    order = purchasing.rewrite(order, lines=[Wanted(mug, 2, Decimal("7.5"))], **facts)
    assert (order.total, order.lines.count(), order.version) == (Decimal(15), 1, 2)
    order = purchasing.send(order, actor="x")
    with pytest.raises(IllegalMove):
        purchasing.rewrite(order, lines=[], **facts)


@pytest.mark.parametrize(
    ("units", "cost"), [(9, "21.50"), (10, "21.50"), (99, "21.50"), (100, "18"), (5000, "18")]
)
def test_the_price_is_that_of_the_tier_the_quantity_reaches(units: int, cost: str) -> None:
    one, tee = priced(), Product.objects.get(sku="TEE")
    suppliers.set_price(one, tee, price=Decimal(19), min_quantity=100, actor="test")
    suppliers.set_price(one, tee, price=Decimal(18), supplier_sku="N-77", min_quantity=100, actor="test")
    order = draft(("TEE", units), of=one)
    [line] = order.lines.all()
    assert (line.unit_cost, line.supplier_sku) == (Decimal(cost), "N-77")
    if units < 10:
        with pytest.raises(Conflict, match="at least 10"):
            purchasing.send(order, actor="test")


def test_less_than_the_supplier_sends_is_refused() -> None:
    order = draft(("MUG", 1), ("TEE", 9))
    with pytest.raises(Conflict) as refused:
        purchasing.send(order, actor="x")
    assert [(e["pointer"], e["code"]) for e in refused.value.errors] == [
        ("/lines/1/quantity", "below_minimum")
    ]
    assert level("TEE") == (1, 0)
    assert not Event.objects.filter(kind="purchase.sent").exists()


@pytest.mark.parametrize(
    ("lines", "code"),
    [([("TEE", 1), ("TEE", 2)], "sku_twice"), ([("NEW", 1)], "no_price"), ([("BOX", 1)], "kit")],
)
def test_a_draft_that_makes_no_sense(lines: Any, code: str) -> None:
    shop.product("NEW")
    shop.product("BOX")
    Product.objects.filter(sku="BOX").update(components=[{"sku": "TEE", "quantity": 2}])
    with pytest.raises(Invalid) as refused:
        draft(*lines)
    assert refused.value.code == code
    assert not PurchaseOrder.objects.exists()


def test_closing_short_gives_up_what_is_missing() -> None:
    order = purchasing.send(draft(("TEE", 20)), actor="x")
    purchasing.receive(order, came=[came(order, "TEE", 15)], actor="x")
    order = purchasing.close(order, reason="Out of production", actor="x")
    assert (order.state, level("TEE")) == ("closed", (16, 0))
    assert order.lines.get().dropped == 5
    with pytest.raises(IllegalMove):
        purchasing.receive(order, came=[came(order, "TEE", 1)], actor="x")


def test_more_than_was_ordered_needs_a_word() -> None:
    order = purchasing.send(draft(("TEE", 20)), actor="x")
    with pytest.raises(Invalid) as refused:
        purchasing.receive(order, came=[came(order, "TEE", 24)], actor="x")
    assert refused.value.code == "reason_required"
    order = purchasing.receive(order, came=[came(order, "TEE", 24)], note="Gift of the house", actor="x")
    assert (order.state, level("TEE")) == ("closed", (25, 0))


def test_cancelling_before_anything_came() -> None:
    order = purchasing.cancel(draft(("TEE", 20)), reason="", actor="x")
    assert order.state == "cancelled"
    second = purchasing.send(draft(("TEE", 20), of=Supplier.objects.get()), actor="x")
    second = purchasing.cancel(second, reason="Too late", actor="x")
    assert (second.state, level("TEE"), second.paper_due_at) == ("cancelled", (1, 0), None)
    third = purchasing.send(draft(("TEE", 20), of=Supplier.objects.get()), actor="x")
    purchasing.receive(third, came=[came(third, "TEE", 1)], actor="x")
    with pytest.raises(IllegalMove):
        purchasing.cancel(third, reason="", actor="x")


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"code": "a b"}, "/code"),
        ({"currency": "XXQ"}, "/currency"),
        ({"language": "de"}, "/language"),
        ({"email": "no mail"}, "/email"),
        ({"name": "  "}, "/name"),
    ],
)
def test_a_supplier_that_is_not_right(facts: dict[str, str], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        supplier(**facts)
    assert refused.value.errors[0]["pointer"] == pointer


def test_a_code_is_taken_once_and_one_that_is_off_gets_no_orders() -> None:
    one = priced()
    with pytest.raises(Conflict):
        supplier()
    one.active = False
    suppliers.change(one, actor="x")
    with pytest.raises(Invalid) as refused:
        draft(("TEE", 20), of=one)
    assert refused.value.code == "supplier_inactive"
