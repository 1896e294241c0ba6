"""`manage.py verify` finds nothing on a shop that was only used, and names each rule that is broken by hand."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from inventory.models import Movement
from tests import shop
from tests.fulfillment import road

pytestmark = pytest.mark.django_db

# Deferred foreign keys first, or PostgreSQL refuses to alter a table with work still owed to them.
FREE = "SET CONSTRAINTS ALL IMMEDIATE; "
UNSEAL = (
    "ALTER TABLE orders_invoice DISABLE TRIGGER invoice_append_only;"
    "ALTER TABLE orders_invoiceline DISABLE TRIGGER invoice_line_append_only;"
)


def verify(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, list[str]]:
    """The exit code and the names of the rules broken or noted."""
    capsys.readouterr()
    code = 0
    try:
        call_command("verify", *options)
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr().out.splitlines()
    return code, [line.split(" s  ", 1)[1] for line in said if line.startswith(("FAIL", "NOTE"))]


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(FREE + sql)


@pytest.fixture
def used_shop() -> dict[str, Any]:
    """A delivered order with one unit given back, a packed one, a cancelled one and a waiting one."""
    shop.location("RUH", priority=50)
    shop.product("TEE", RUH=10, JED=5)
    shop.product("MUG", RUH=3)
    road.add_rate()
    web = road.open_shop()
    delivered = web.routed(("TEE", 2), ("MUG", 1))
    parcel = web.up_to(web.shipment(delivered), "hand_over")
    web.scan(parcel, "delivered")
    line = web.order(delivered)["lines"][0]
    asked = {"id": line["id"], "quantity": 1, "reason": "size"}
    body = {"order": delivered["id"], "lines": [asked], "method": "courier", "resolution": "refund"}
    back = web.post("returns/", body).json()
    web.post(f"returns/{back['id']}/approvals/", {})
    units = [{"id": back["lines"][0]["id"], "quantity": 1}]
    web.post(f"returns/{back['id']}/receipts/", {"location": "RUH", "lines": units})
    found = [units[0] | {"grade": "A", "disposition": "restock"}]
    web.post(f"returns/{back['id']}/inspections/", {"lines": found})
    assert web.post(f"returns/{back['id']}/reimbursements/", {"kind": "refund"}).status_code == 201
    packed = web.routed(("TEE", 1))
    web.up_to(web.shipment(packed), "pack")
    gone = web.routed(("TEE", 3))
    assert web.cancel(gone, ("TEE", 1)).status_code == 201
    assert web.cancel(gone).status_code == 201
    waiting = web.place(("TEE", 4))
    shop.work()
    return {"delivered": delivered, "packed": packed, "gone": gone, "waiting": waiting}


def test_a_shop_that_was_only_used_breaks_no_rule(
    used_shop: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(capsys) == (0, [])
    assert verify(capsys) == (0, [])


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        (
            "ALTER TABLE inventory_stocklevel DROP CONSTRAINT level_covers_promises;"
            "UPDATE inventory_stocklevel SET damaged = on_hand + 1",
            "stock: nothing is below zero, and committed + damaged + quality control fit into on hand",
        ),
        (
            "UPDATE inventory_stocklevel SET on_hand = on_hand + 1",
            "stock: on hand is the sum of its movements",
        ),
        (
            "UPDATE inventory_stocklevel SET damaged = 1 WHERE on_hand > 8",
            "stock: damaged is the sum of its movements",
        ),
        (
            "UPDATE inventory_stocklevel SET quality_control = 1 WHERE on_hand > 8",
            "stock: quality control is the sum of its movements",
        ),
        ("UPDATE inventory_stocklevel SET safety = 2", "stock: safety is the sum of its movements"),
        (
            "ALTER TABLE inventory_movement DISABLE TRIGGER movement_append_only;"
            "DELETE FROM inventory_movement WHERE id = (SELECT min(id) FROM inventory_movement)",
            "stock: each movement goes on from the one before it",
        ),
        (
            "UPDATE inventory_stocklevel SET committed = committed - 1 WHERE committed > 0",
            "stock: committed is the sum of open reservations",
        ),
        (
            "DELETE FROM inventory_reservation WHERE quantity = 4",
            "orders: a line's reserved units are the sum of its reservations, of each part of a kit",
        ),
        (
            "UPDATE inventory_reservation SET owner = gen_random_uuid()",
            "orders: a reservation is of its line's order, and a kit's unit lies whole at one location",
        ),
        (
            "ALTER TABLE orders_line DROP CONSTRAINT line_units_add_up;"
            "UPDATE orders_line SET cancelled = cancelled + 1 WHERE quantity = 3",
            "orders: ordered = reserved + backordered + shipped + cancelled",
        ),
        (
            "ALTER TABLE orders_line DROP CONSTRAINT line_progress_ordered;"
            "UPDATE orders_line SET packed = packed + 1 WHERE reserved > 0",
            "orders: packed ≤ picked ≤ allocated ≤ reserved",
        ),
        (
            "ALTER TABLE orders_line DROP CONSTRAINT line_after_shipping;"
            "UPDATE orders_line SET returned = shipped + 1 WHERE shipped > 0",
            "orders: delivered ≤ shipped and returned ≤ shipped",
        ),
        ("DELETE FROM orders_ordersource", "orders: each has lines, its source and the event of its placing"),
        (
            "ALTER TABLE core_event DISABLE TRIGGER USER; DELETE FROM core_event WHERE kind = 'order.placed'",
            "orders: each has lines, its source and the event of its placing",
        ),
        (
            "ALTER TABLE orders_payment DISABLE TRIGGER payment_append_only;"
            "UPDATE orders_payment SET amount = 1000 WHERE kind = 'refund'",
            "money: refunded ≤ captured",
        ),
        (
            "INSERT INTO orders_payment (id, order_id, kind, method, provider, amount, reference, at, actor)"
            "SELECT gen_random_uuid(), id, 'void', 'card', 'manual', 5, '', now(), 'x' FROM orders_order",
            "money: voided ≤ authorised",
        ),
        ("UPDATE orders_order SET paid = paid + 1", "money: paid = captured − refunded"),
        (
            "UPDATE orders_line SET packed = 0, picked = 0, allocated = 0 WHERE packed > 0",
            "shipments: allocated units are those of parcels in the house",
        ),
        (
            "UPDATE orders_line SET packed = 0, picked = 0 WHERE packed > 0",
            "shipments: picked units are those of parcels in the house",
        ),
        (
            "UPDATE orders_line SET packed = 0 WHERE packed > 0",
            "shipments: packed units are those of parcels in the house",
        ),
        (
            "UPDATE fulfillment_shipment SET handed_over_at = NULL",
            "shipments: shipped units are those of parcels that left",
        ),
        (
            "UPDATE orders_line SET delivered = 0",
            "shipments: units of delivered parcels are delivered",
        ),
        (
            "UPDATE fulfillment_shipment SET location_id = (SELECT id FROM inventory_location WHERE code = 'JED')",
            "shipments: what a parcel in the house holds is kept at its location",
        ),
        (
            "UPDATE fulfillment_shipment SET order_id = (SELECT id FROM orders_order ORDER BY number LIMIT 1)",
            "shipments: a line is of its shipment's order",
        ),
        (
            "UPDATE orders_order SET credited = credited + 1",
            "returns: an order's credit is the sum of its returns'",
        ),
        ("UPDATE orders_order SET returns_open = 1", "returns: an order's count of open returns is right"),
        (
            "UPDATE orders_invoiceseries SET last = last + 1",
            "invoices: each series is numbered from 1 to its last without a gap",
        ),
        (
            f"{UNSEAL} UPDATE orders_invoice SET total = total + 1, net = net + 1 WHERE kind = 'invoice'",
            "invoices: each is the sum of its lines",
        ),
        (
            f"{UNSEAL} UPDATE orders_invoiceline SET quantity = quantity + 1",
            "invoices: no more units are invoiced than left, nor credited than came back",
        ),
        (
            f"{UNSEAL} UPDATE orders_invoice SET total = total + 1, net = net + 1 WHERE kind = 'invoice'",
            "invoices: those of an order all of which left are its total, less what it was credited",
        ),
        (
            f"{UNSEAL} UPDATE orders_invoiceline SET quantity = 0;"
            "UPDATE fulfillment_shipment SET handed_over_at = handed_over_at - interval '2 hours'",
            "invoices: what left is invoiced in time",
        ),
        (
            "UPDATE core_idempotencykey SET body = convert_to(json_build_object('id', gen_random_uuid())::text, 'UTF8')"
            " WHERE route = '/api/v1/orders/'",
            "answers: every kept answer to a new order names an order that stands",
        ),
        ("UPDATE core_idempotencykey SET status = 409", "answers: only good ones are kept"),
        (
            "INSERT INTO core_outbox (event_id, event_at, kind, handler, attempts, next_try_at, last_error)"
            "VALUES (0, now(), 'x', '', 0, now(), '')",
            "events: every delivery still owed is of an event that stands",
        ),
        (
            "INSERT INTO core_outbox (event_id, event_at, kind, handler, attempts, next_try_at, last_error)"
            "SELECT id, at - interval '2 hours', kind, '', 0, now(), '' FROM core_event LIMIT 1",
            "events: all are delivered in time",
        ),
        (
            "UPDATE orders_order SET stage = 'picking'",
            "orders: totals and statuses are what lines, holds and payments say",
        ),
        (
            "UPDATE orders_order SET total = total + 1",
            "orders: totals and statuses are what lines, holds and payments say",
        ),
    ],
)
def test_a_rule_broken_by_hand_is_named(
    used_shop: dict[str, Any], capsys: pytest.CaptureFixture[str], sql: str, rule: str
) -> None:
    run(sql)
    code, broken = verify(capsys)
    assert code == 1
    assert rule in broken


def test_a_dead_letter_is_told_of_and_breaks_nothing(
    used_shop: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run(
        "INSERT INTO core_outbox (event_id, event_at, kind, handler, attempts, next_try_at, last_error, dead_at)"
        "SELECT id, at, kind, 'x', 8, now(), 'no', now() FROM core_event LIMIT 1"
    )
    assert verify(capsys) == (0, ["events: dead letters wait for staff"])


def test_it_writes_nothing(used_shop: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    before = Movement.objects.count()
    verify(capsys, "--minutes", "0")
    assert Movement.objects.count() == before


def test_a_customer_no_longer_found_by_a_word_is_named(
    used_shop: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run("DELETE FROM orders_nameword")
    assert verify(capsys) == (1, ["customers: each is found by every word of the names they ordered under"])
