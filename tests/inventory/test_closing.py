"""Months closed one after another: what there was, what it was worth, never changed, always worked out again."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from inventory import closing, purchasing, transferring
from inventory.models import Closing, ClosingLine, Location, Product, Supplier
from oms.core import company
from oms.core.errors import Conflict
from tests import shop
from tests.fulfillment import road
from tests.inventory.test_pages import signed_in

pytestmark = pytest.mark.django_db


def later(months: int) -> time_machine.travel:
    """A day of a month to come, by every clock but the database's."""
    day = timezone.now().replace(day=15)
    for _ in range(months):
        day = (day.replace(day=1) + timedelta(days=32)).replace(day=15)
    return time_machine.travel(day, tick=False)


def this_month() -> date:
    return company.today().replace(day=1)


@pytest.fixture
def goods() -> None:
    """Ten TEE bought at 5 and ten at 7, five lost; four on their way to Jeddah. MUG costs what its product says."""
    shop.location("RUH", priority=1)
    shop.location("JED", priority=2)
    tee = shop.product("TEE")
    Product.objects.create(sku="MUG", name={"en": "Mug"}, cost=Decimal("2.5"))
    shop.product("MUG", JED=4)
    supplier = Supplier.objects.create(code="MILLS", name="Mills", currency="SAR")
    for cost in ("5", "7"):
        order = purchasing.draft(
            supplier,
            Location.objects.get(code="RUH"),
            lines=[purchasing.Wanted(tee, 10, Decimal(cost))],
            actor="test",
        )
        purchasing.send(order, actor="test")
        [line] = order.lines.all()
        purchasing.receive(order, came=[purchasing.Came(line.pk, 10)], actor="test")
    shop.product("TEE", RUH=15)
    [transfer] = transferring.request(
        Location.objects.get(code="JED"),
        [transferring.Request(Location.objects.get(code="RUH"), [transferring.Asked(tee, 4)])],
        actor="test",
    )
    transferring.ship(transfer, actor="test")


def lines(month: date) -> dict[tuple[str, str], tuple[int, Decimal]]:
    rows = ClosingLine.objects.filter(closing__month=month)
    names = ("product__sku", "location__code", "closing_quantity", "closing_value")
    return {(sku, place): (units, value) for sku, place, units, value in rows.values_list(*names)}


def test_a_month_is_closed_when_it_is_over_and_in_turn(goods: None) -> None:
    assert closing.next_month() is None
    with pytest.raises(Conflict):
        closing.close(this_month(), actor="test")
    month = this_month()
    with later(1):
        assert closing.next_month() == month
    with later(2), pytest.raises(Conflict):
        closing.close(this_month(), actor="test")


def test_what_there_was_and_what_it_was_worth(goods: None) -> None:
    month = this_month()
    with later(1):
        closing.close(month, actor="staff:noor")
    assert lines(month) == {
        ("TEE", "RUH"): (11, Decimal(66)),
        ("MUG", "JED"): (4, Decimal(10)),
    }
    line = ClosingLine.objects.get(product__sku="TEE")
    assert (line.opening_quantity, line.in_quantity, line.in_value) == (0, 20, Decimal(120))
    assert (line.out_quantity, line.out_value, line.average) == (9, Decimal(54), Decimal(6))
    on_road = Closing.objects.get().road.get()
    assert (on_road.quantity, on_road.value) == (4, Decimal(24))
    with later(2):
        closing.close(closing.next_month(), actor="staff:noor")
    second = ClosingLine.objects.filter(product__sku="TEE").order_by("-closing__month")[0]
    assert (second.opening_quantity, second.opening_value, second.closing_value) == (
        11,
        Decimal(66),
        Decimal(66),
    )
    assert list(closing.compare()) == []
    road.prove()


def test_worked_out_again_it_says_the_same_or_says_what_differs(goods: None, capsys: Any) -> None:
    month = this_month()
    with later(1):
        closing.close(month, actor="test")
    Product.objects.filter(sku="MUG").update(cost=Decimal(99))
    call_command("rebuild_valuation")
    assert "1 closings worked out again, 0 lines differ." in capsys.readouterr().out
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inventory_movement"
            " (at, product_id, location_id, state, change, after, cause, reference, actor, reason)"
            " SELECT now(), product_id, location_id, 'on_hand', -1, 10, 'adjusted', '', 'test', ''"
            " FROM inventory_closingline WHERE out_quantity = 9"
        )
    with pytest.raises(SystemExit):
        call_command("rebuild_valuation")
    assert "TEE at RUH: 11 worth 66.0000 is 10 worth 60.0000" in capsys.readouterr().out


def test_a_closing_is_never_changed(goods: None) -> None:
    month = this_month()
    with later(1):
        closing.close(month, actor="test")
    with pytest.raises(Exception, match="append-only|never|refuse"):
        ClosingLine.objects.update(average=1)


def test_on_the_screen_and_over_the_api(goods: None) -> None:
    month = this_month()
    with later(1):
        manager, warehouse = signed_in("manager"), signed_in("warehouse", locations=["JED"])
        api = shop.api(None, "stock:read", "valuation:write")
        assert warehouse.post("/closings/new/").status_code == 403
        answer = manager.post("/closings/new/")
        assert api.post("closings/", {"month": f"{month:%Y-%m}"}).json()["code"] == "month_out_of_turn"
        path = f"/closings/{month:%Y-%m}/"
        assert answer["Location"] == path
        rows = manager.get(path).context["list"].rows
        assert [(row.product.sku, row.closing_value) for row in rows] == [("TEE", 66), ("MUG", 10)]
        assert [row.product.sku for row in warehouse.get(path).context["list"].rows] == ["MUG"]
        assert "66" in manager.get(f"{path}?export=csv").content.decode()
        shown = api.get("closings/").json()["data"]
        assert [(row["month"], row["units"], row["value"]["amount"]) for row in shown] == [
            (f"{month:%Y-%m}", 15, "76.00")
        ]
        told = api.get(f"closings/{month:%Y-%m}/?location=RUH").json()["data"]
        assert [(row["sku"], row["closing_value"]["amount"], row["in_quantity"]) for row in told] == [
            ("TEE", "66.00", 20)
        ]
        assert api.get("closings/2020-01/").status_code == 404
        assert api.get("closings/none/").status_code == 404
        assert manager.get("/closings/").context["list"].rows[0].value == 76
