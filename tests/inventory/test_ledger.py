"""Whatever is done to stock, in whatever order: figures, ledger and reservations agree after every step.

Hypothesis plays the warehouse by every public write of `inventory` (`tests/inventory/ledger/`). A plain dictionary is
the truth beside it: each step is done to both, what must be refused is refused, and afterwards nothing differs.
`make prove` plays sixteen times as long.
"""

import ast
import inspect
import os
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from inventory.models import Lot, Product, Supplier
from tests import shop
from tests.inventory.ledger import books, goods_in, promises, quiet, shelf_work, writes
from tests.inventory.ledger.books import KITS, LAST_DAY, PLACES, SKUS, Books

RUNS, STEPS = (int(os.environ.get(f"PROVE_{name}", usual)) for name, usual in (("RUNS", 50), ("STEPS", 30)))

UNDERNEATH = "a part of the functions that are played, called by nobody else"
# What is written and not played by name, and why.
NOT_PLAYED = {
    "closing.close": "its month must be over: tests/inventory/test_closing.py plays months",
    "counting.price": "a part of `submit`, which is played; it writes what a unit costs",
    "kits.give_up_own_stock": UNDERNEATH,
    "levels.apply": UNDERNEATH,
    "levels.lock": UNDERNEATH,
    "levels.name_bins": UNDERNEATH,
    "lot_levels.follow": UNDERNEATH,
    "lot_levels.lock": UNDERNEATH,
    "lot_levels.make": UNDERNEATH,
    "lot_levels.write": UNDERNEATH,
    "lots.begin_tracking": "what `change_product` and `put_products` do, which are played",
    "lots.track": "what `change_product` and `put_products` do, which are played",
    "news.touch_all_at": "what opening and closing a location does, which is played",
    "numbering.next_numbers": UNDERNEATH,
    "purchase_printing.print_owed": "draws papers in a worker: tests/inventory/test_purchase_paper.py",
    "purchase_printing.print_paper": "draws a paper in a worker: tests/inventory/test_purchase_paper.py",
    "rushes.start": "says that a product is hot; the machine keeps stock of a hot one without being told",
    "rushes.stop": "says that a product is hot no more; its slots are folded by whoever needs the level",
    "rushes.watch": "starts and stops rushes by what is sold: tests/inventory/test_rushes.py",
    "slots.deal": UNDERNEATH,
    "slots.fold": UNDERNEATH,
    "slots.take": UNDERNEATH,
    "stock.arriving_lots.made": UNDERNEATH,
    "stock.arriving_lots.named": UNDERNEATH,
    "stock.keeping.become": UNDERNEATH,
    "stock.keeping.write": UNDERNEATH,
    "stock.travelling.expect": "what sending, closing and cancelling a purchase order do, which are played",
    "stock.travelling.send_away": "what shipping a transfer does, which is played",
    "storing.insert_new": UNDERNEATH,
    "storing.write_over": UNDERNEATH,
}


class Warehouse(promises.Promises, goods_in.GoodsIn, shelf_work.ShelfWork, quiet.Quiet, Books):
    """Everything that can be done to stock."""


@pytest.mark.django_db(transaction=True)
def test_stock_is_never_wrong() -> None:
    for priority, place in enumerate(PLACES, start=1):
        shop.location(place, priority=priority)
    for sku in SKUS:
        shop.product(sku)
    parts = [{"sku": sku, "quantity": count} for sku, count in KITS["BOX"].items()]
    Product.objects.create(sku="BOX", name={"en": "BOX"}, components=parts)
    Product.objects.filter(sku="MILK").update(tracks_lots=True)
    Product.objects.filter(sku="TEE").update(cost=Decimal(7))
    Lot.objects.bulk_create(
        Lot(product=product, code="OLD", expires_on=LAST_DAY)
        for product in Product.objects.exclude(sku="BOX")
    )
    Supplier.objects.create(code="MILL", name="Mill", currency="SAR")
    run_state_machine_as_test(
        Warehouse,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )


def test_every_public_write_of_inventory_is_played() -> None:
    """A new one is named by the machine, or stands in `NOT_PLAYED` with its reason."""
    known = writes.public_writes()
    played = {
        writes.name_of(function)
        for module in (books, goods_in, promises, quiet, shelf_work)
        for function in writes.named_in(ast.parse(inspect.getsource(module)), vars(module))
    }
    assert sorted(known.keys() - played - NOT_PLAYED.keys()) == []
    assert sorted(NOT_PLAYED.keys() - known.keys()) == [], "no write any more"
    assert sorted(NOT_PLAYED.keys() & played) == [], "played after all"
