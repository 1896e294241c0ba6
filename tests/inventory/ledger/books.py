"""The plain dictionary beside the warehouse: what each figure must be, and what is true after every step."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant

from inventory import lots
from inventory.models import Location, Product, StockLevel, Supplier
from inventory.slots import IN_SLOTS
from inventory.stock import Keep, Recipe, rebuilding
from oms.verifying import CHECKS

# Stocked products, of which one always has lots, one begins and stops having them, one becomes a kit and back.
SKUS = ("TEE", "MUG", "MILK", "BAG")
KITS = {"BOX": {"TEE": 2, "MUG": 1}, "BAG": {"TEE": 1, "MILK": 1}}
LOTS = ("A", "B", "OLD")
LAST_DAY = date(2020, 1, 1)  # of lot OLD
PLACES = ("RUH", "JED")
STATES = ("on_hand", "damaged", "quality_control", "safety")
FIGURES = (*STATES, "committed", "incoming")

[LOTS_ADD_UP, LOTS_MOVED] = [
    check for check in CHECKS if check.name.startswith("lots:") and "parcels" not in check.name
]
OF_STOCK = [
    check
    for check in CHECKS
    if check.name.startswith(("stock:", "transfers:", "purchases:")) or check in (LOTS_ADD_UP, LOTS_MOVED)
]

SWEEP = 10  # runs
# What slots hold is committed on the level, and promised to nobody.
_FIGURES = f"""
SELECT product_id, location_id, on_hand, damaged, quality_control, safety, committed - {IN_SLOTS}, incoming
FROM inventory_stocklevel AS level
"""

units = st.integers(1, 12)
skus = st.sampled_from(SKUS)
places = st.sampled_from(PLACES)
kinds = st.sampled_from(STATES[:3])

Pair = tuple[str, str]


class Books(RuleBasedStateMachine):
    """`levels` is what each figure must be; `kept` what each order line keeps where, in units of the line.

    `checkouts` keep for a time: units by line, place and SKU. `over`: whose time has passed.
    """

    runs = itertools.count(1)

    def __init__(self) -> None:
        super().__init__()
        if next(self.runs) % SWEEP == 0:
            # What runs leave behind, rolled back, makes the next ones slower and slower.
            with connection.cursor() as cursor:
                cursor.execute("VACUUM")
        self.undo = transaction.atomic(durable=True)
        self.undo.__enter__()
        self.products = {product.sku: product for product in Product.objects.all()}
        self.locations = {place.code: place for place in Location.objects.order_by("priority")}
        self.supplier = Supplier.objects.get()
        self.levels: dict[Pair, Counter[str]] = {}
        self.kept: dict[UUID, Counter[tuple[UUID, str]]] = {}
        self.checkouts: dict[UUID, Counter[tuple[UUID, str, str]]] = {}
        self.over: set[UUID] = set()
        self.recipe_of: dict[UUID, dict[str, int]] = {}
        self.picked: dict[tuple[UUID, str, str], Counter[int]] = {}
        self.locked_up: set[tuple[str, str]] = set()
        self.tracked = {"MILK"}
        self.kits = {"BOX"}
        self.open_places = set(PLACES)
        self.serial = itertools.count(1)

    def teardown(self) -> None:
        self.every_rule_holds()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # What is known of the warehouse.

    def level(self, sku: str, place: str) -> Counter[str]:
        return self.levels.setdefault((sku, place), Counter())

    def free(self, sku: str, place: str) -> int:
        """Units nobody was promised, below zero where safety stock is short."""
        level = self.levels.get((sku, place), Counter())
        return level["on_hand"] - sum(level[name] for name in (*STATES[1:], "committed"))

    def available(self, sku: str, place: str) -> int:
        return max(0, self.free(sku, place))

    def recipe(self, sku: str) -> dict[str, int]:
        """Units of stocked products in one unit of what is sold."""
        return KITS[sku] if sku in self.kits else {sku: 1}

    def parts(self, recipe: Mapping[str, int]) -> Recipe:
        return tuple(sorted((self.products[sku].pk, per) for sku, per in recipe.items()))

    def new_id(self) -> UUID:
        return UUID(int=next(self.serial))

    def code(self, location_id: int) -> str:
        return next(code for code, place in self.locations.items() if place.pk == location_id)

    def sku(self, product_id: int) -> str:
        return next(sku for sku, product in self.products.items() if product.pk == product_id)

    @contextmanager
    def refused(self, problem: type[Exception], match: str | None = None) -> Iterator[Any]:
        """What is done inside is refused, and leaves nothing behind."""
        with pytest.raises(problem, match=match) as told, transaction.atomic():
            yield told

    # What is done to it in more than one place.

    def some_of(self, data: st.DataObject, owner: UUID) -> list[Keep]:
        """Some of what an owner keeps."""
        taken = []
        for (line, place), quantity in sorted(self.kept[owner].items(), key=str):
            if count := data.draw(st.integers(0, quantity)):
                taken.append(Keep(line, self.locations[place].pk, count))
        return taken

    def let_go(self, owner: UUID, line: UUID, place: str, quantity: int, *, shipped: bool = False) -> None:
        self.kept[owner][line, place] -= quantity
        self.kept[owner] = +self.kept[owner]
        for sku, per in self.recipe_of[line].items():
            self.level(sku, place)["committed"] -= quantity * per
            if shipped:
                self.level(sku, place)["on_hand"] -= quantity * per
        self.put_back(line, place, self.kept[owner][line, place])
        if not self.kept[owner]:
            del self.kept[owner]

    def put_back(self, line: UUID, place: str, still: int) -> None:
        """What was picked and is no longer kept goes back to its shelf."""
        for sku, per in self.recipe_of[line].items():
            picked = self.picked.get((line, place, sku), Counter())
            over = picked.total() - still * per
            back: Counter[int] = Counter()
            for lot, count in picked.items():
                step = min(max(0, over), count)
                back[lot] += step
                over -= step
            if +back:
                lots.put_back(self.locations[place].pk, +back)
                self.picked[line, place, sku] = picked - back

    def arrive(self, sku: str, place: str, count: int, state: str = "on_hand", lot: str = "") -> None:
        """Units whose lot is known, or that have none."""
        if sku in self.tracked and state == "on_hand":
            if lot in ("", "OLD") or (sku, lot) in self.locked_up:
                state = "quality_control"
        self.level(sku, place)["on_hand"] += count
        if state != "on_hand":
            self.level(sku, place)[state] += count

    def free_what_is_over(self, skus: set[str], *, but: UUID | None = None) -> bool:
        """Who finds too little looks for what is kept past its end where it looked, and takes it off."""
        looked = self.open_places | {place for _line, place, _sku in self.checkouts.get(but, ())}
        freed = False
        for owner in sorted(self.over - {but}):
            for (line, place, sku), count in list(self.checkouts[owner].items()):
                if sku in skus and place in looked:
                    freed = True
                    self.level(sku, place)["committed"] -= count
                    del self.checkouts[owner][line, place, sku]
        return freed

    def read_quality_control(self, sku: str) -> int:
        """Which lots stand where is the lots' own affair, proved by `LOTS_ADD_UP`; units more than before."""
        change = 0
        for row in StockLevel.objects.filter(product=self.products[sku]):
            level = self.level(sku, self.code(row.location_id))
            change += row.quality_control - level["quality_control"]
            level["quality_control"] = row.quality_control
        return change

    # What is true after every step.

    @invariant()
    def figures_ledger_and_lots_agree(self) -> None:
        """Each figure is what was done, what the ledger says, and what the lots add up to. One round trip."""
        with connection.cursor() as cursor:
            cursor.execute(f"{_FIGURES}; {rebuilding.DIFFERING}; {LOTS_ADD_UP.sql}")
            stored = {
                (self.sku(product), self.code(place)): Counter(dict(zip(FIGURES, figures, strict=True)))
                for product, place, *figures in cursor.fetchall()
            }
            expected = {
                pair: level for pair, level in self.levels.items() if pair in stored or any(level.values())
            }
            assert {pair: +level for pair, level in stored.items()} == {
                pair: +level for pair, level in expected.items()
            }
            for _each in ("the ledger", "the lots"):
                cursor.nextset()
                assert cursor.fetchall() == []

    def every_rule_holds(self) -> None:
        """What `manage.py verify` asks of stock, at the end of each run."""
        with connection.cursor() as cursor:
            for check in OF_STOCK:
                cursor.execute(check.sql)
                assert cursor.fetchall() == [], check.name
