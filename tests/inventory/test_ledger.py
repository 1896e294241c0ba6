"""Whatever is done to stock, in whatever order: figures, ledger and reservations agree after every step.

Hypothesis plays the warehouse. A plain dictionary is the truth beside it: each step is done to both, what must be
refused is refused, and afterwards nothing differs. `make prove` plays ten times as long.
"""

import itertools
import os
from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from inventory import lots, stock, transferring
from inventory.lot_levels import OfLot
from inventory.models import Location, Lot, Product, StockLevel, Transfer
from inventory.stock import Free, Incoming, Keep, Want, rebuilding
from oms.core.errors import Conflict, InsufficientStock, Invalid, StockCommitted
from oms.verifying import CHECKS
from tests import shop

RUNS, STEPS = (int(os.environ.get(f"PROVE_{name}", usual)) for name, usual in (("RUNS", 50), ("STEPS", 30)))

SKUS = ("TEE", "MUG", "MILK")
TRACKED = "MILK"
LOTS = ("A", "B")
PLACES = ("RUH", "JED")
STATES = ("on_hand", "damaged", "quality_control", "safety")
FIGURES = (*STATES, "committed", "incoming")

[LOTS_ADD_UP, LOTS_MOVED] = [
    check for check in CHECKS if check.name.startswith("lots:") and "parcels" not in check.name
]

units = st.integers(1, 12)
skus = st.sampled_from(SKUS)
places = st.sampled_from(PLACES)


class Warehouse(RuleBasedStateMachine):
    """`levels` is what each figure must be; `kept` what each order line keeps where."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.transfers: list[Transfer] = []
        self.products = {product.sku: product for product in Product.objects.filter(sku__in=SKUS)}
        self.locations = {place.code: place for place in Location.objects.order_by("priority")}
        self.levels: dict[tuple[str, str], Counter[str]] = {}
        self.kept: dict[UUID, Counter[tuple[UUID, str]]] = {}
        self.sku_of: dict[UUID, str] = {}
        self.picked: dict[tuple[UUID, str], Counter[int]] = {}
        self.locked_up: set[str] = set()
        self.serial = itertools.count(1)

    def teardown(self) -> None:
        self.every_rule_holds()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    # --- the model ---------------------------------------------------------------------------------------------

    def level(self, sku: str, place: str) -> Counter[str]:
        return self.levels.setdefault((sku, place), Counter())

    def available(self, sku: str, place: str) -> int:
        level = self.levels.get((sku, place), Counter())
        return max(0, level["on_hand"] - sum(level[name] for name in (*STATES[1:], "committed")))

    def some_of(self, data: st.DataObject, owner: UUID) -> list[Keep]:
        """Some of what an owner keeps, at least one unit."""
        taken = []
        for (line, place), quantity in sorted(self.kept[owner].items(), key=str):
            if count := data.draw(st.integers(0, quantity)):
                taken.append(Keep(line, self.locations[place].pk, count))
        return taken

    def let_go(self, owner: UUID, line: UUID, place: str, quantity: int) -> None:
        self.kept[owner][line, place] -= quantity
        self.kept[owner] = +self.kept[owner]
        self.level(self.sku_of[line], place)["committed"] -= quantity
        if not self.kept[owner]:
            del self.kept[owner]

    def surplus(self, owner: UUID, line: UUID, place: str) -> None:
        """What was picked and is no longer kept goes back to its shelf."""
        picked = self.picked.get((line, place), Counter())
        over = picked.total() - self.kept.get(owner, Counter())[line, place]
        back: Counter[int] = Counter()
        for lot, count in picked.items():
            step = min(max(0, over), count)
            back[lot] += step
            over -= step
        if +back:
            lots.put_back(self.locations[place].pk, +back)
            self.picked[line, place] = picked - back

    def new_id(self) -> UUID:
        return UUID(int=next(self.serial))

    def code(self, location_id: int) -> str:
        return next(code for code, place in self.locations.items() if place.pk == location_id)

    # --- what a warehouse does ---------------------------------------------------------------------------------

    @rule(
        arrivals=st.lists(
            st.tuples(
                skus,
                places,
                units,
                st.sampled_from(("on_hand", "damaged", "quality_control")),
                st.sampled_from(("", *LOTS)),
            ),
            min_size=1,
            max_size=4,
        )
    )
    def receive(self, arrivals: list[tuple[str, str, int, str, str]]) -> None:
        incoming = [
            Incoming(self.products[sku].pk, self.locations[place].pk, count, state, lot)
            for sku, place, count, state, lot in arrivals
        ]
        stock.receive(incoming, cause="received", reference="purchase/1", actor="test")
        for sku, place, count, state, lot in arrivals:
            if sku == TRACKED and state == "on_hand" and (not lot or lot in self.locked_up):
                state = "quality_control"
            self.level(sku, place).update(
                {"on_hand": count, **({} if state == "on_hand" else {state: count})}
            )

    @rule(sku=skus, place=places, state=st.sampled_from(STATES), figure=st.integers(0, 30), by=st.booleans())
    def adjust(self, sku: str, place: str, state: str, figure: int, by: bool) -> None:
        level = self.level(sku, place)
        change = figure - 15 if by else None
        after = level[state] + (figure - 15) if by else figure
        trial = Counter(level)
        trial[state] = after
        kept_back = trial["committed"] + trial["damaged"] + trial["quality_control"]
        asked: dict[str, Any] = {
            "product": self.products[sku],
            "location": self.locations[place],
            "set_to": None if by else figure,
            "change": change,
            "state": state,
            "reason": "counted",
            "actor": "test",
            "any_lot": True,
        }
        if after < 0 and state != "on_hand":
            with pytest.raises(Invalid), transaction.atomic():
                stock.adjust(**asked)
        elif after < 0 or trial["on_hand"] < kept_back:
            with pytest.raises(StockCommitted), transaction.atomic():
                stock.adjust(**asked)
        else:
            stock.adjust(**asked)
            level[state] = after

    @rule(
        asked=st.lists(st.tuples(skus, units), min_size=1, max_size=3),
        backorder=st.booleans(),
        only_at=st.none() | places,
    )
    def reserve(self, asked: list[tuple[str, int]], backorder: bool, only_at: str | None) -> None:
        owner = self.new_id()
        wants = [Want(self.new_id(), self.products[sku].pk, count, backorder) for sku, count in asked]
        bound = {owner: self.locations[only_at].pk} if only_at else {}
        outcome = stock.reserve({owner: wants}, only_at=bound)[owner]
        left = {
            (sku, place): self.available(sku, place)
            for sku in SKUS
            for place in PLACES
            if only_at in (None, place)
        }
        expected: Counter[tuple[UUID, str]] = Counter()
        waiting: dict[UUID, int] = {}
        short = False
        for want, (sku, count) in zip(wants, asked, strict=True):
            missing = count
            for place in PLACES:
                took = min(missing, left.get((sku, place), 0))
                if took:
                    left[sku, place] -= took
                    expected[want.line, place] += took
                    missing -= took
            if missing and backorder:
                waiting[want.line] = missing
            elif missing:
                short = True
        if short:
            assert outcome.short
            assert not outcome.kept
            return
        assert not outcome.short
        assert outcome.backordered == waiting
        assert {(keep.line, self.code(keep.location_id)): keep.quantity for keep in outcome.kept} == expected
        for want, (sku, _count) in zip(wants, asked, strict=True):
            self.sku_of[want.line] = sku
        for (line, place), took in expected.items():
            self.level(self.sku_of[line], place)["committed"] += took
        if expected:
            self.kept[owner] = expected

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from(sorted(self.kept)))
        gone = self.some_of(data, owner)
        stock.release(owner, gone)
        for keep in gone:
            place = self.code(keep.location_id)
            self.let_go(owner, keep.line, place, keep.quantity)
            self.surplus(owner, keep.line, place)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def release_more_than_is_kept(self, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from(sorted(self.kept)))
        line = data.draw(st.sampled_from(sorted({line for line, _place in self.kept[owner]})))
        held = sum(count for (mine, _place), count in self.kept[owner].items() if mine == line)
        with pytest.raises(ValueError, match="less than are let go"), transaction.atomic():
            stock.release(owner, [Free(line, held + 1)])

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from(sorted(self.kept)))
        gone = self.some_of(data, owner)
        leaving = []
        for keep in gone:
            picked = self.picked.get((keep.line, self.code(keep.location_id)), Counter())
            left = keep.quantity
            for lot in list(picked):
                step = min(left, picked[lot])
                picked[lot] -= step
                left -= step
                leaving.append(OfLot(lot, keep.location_id, on_hand=-step, picked=-step))
        stock.ship_out(owner, gone, reference="10001-1", actor="test", lots=leaving)
        for keep in gone:
            place = self.code(keep.location_id)
            self.level(self.sku_of[keep.line], place)["on_hand"] -= keep.quantity
            self.let_go(owner, keep.line, place, keep.quantity)
            self.surplus(owner, keep.line, place)

    @precondition(lambda self: TRACKED in self.sku_of.values() and self.kept)
    @rule(data=st.data(), lot=st.sampled_from(("", *LOTS)))
    def pick(self, data: st.DataObject, lot: str) -> None:
        """Some of what is kept and not picked yet comes off the shelf, of any lot or of one."""
        waiting = {
            (line, place): count - self.picked.get((line, place), Counter()).total()
            for kept in self.kept.values()
            for (line, place), count in kept.items()
            if self.sku_of[line] == TRACKED
        }
        waiting = {key: count for key, count in waiting.items() if count}
        if not waiting:
            return
        line, place = data.draw(st.sampled_from(sorted(waiting)))
        count = data.draw(st.integers(1, waiting[line, place]))
        asked = [lots.Wanted(self.products[TRACKED], count, lot)]
        try:
            with transaction.atomic():
                taken = lots.take(self.locations[place].pk, asked)
        except (Conflict, Invalid):
            return
        assert sum(one.quantity for one in taken) == count
        mine = self.picked.setdefault((line, place), Counter())
        for one in taken:
            mine[one.lot_id] += one.quantity

    @rule(code=st.sampled_from(LOTS))
    def lock_up_or_let_go(self, code: str) -> None:
        """A lot in quarantine takes what its levels can spare into quality control, and gives it back."""
        lot = Lot.objects.filter(product=self.products[TRACKED], code=code).first()
        if lot is None:
            return
        before = {place: self.level(TRACKED, place)["quality_control"] for place in PLACES}
        if code in self.locked_up:
            changed = -lots.release(lot, reason="fine", actor="test")
            self.locked_up.remove(code)
        else:
            changed = lots.quarantine(lot, reason="smell", actor="test")
            self.locked_up.add(code)
        for row in StockLevel.objects.filter(product=self.products[TRACKED]):
            self.level(TRACKED, self.code(row.location_id))["quality_control"] = row.quality_control
        after = {place: self.level(TRACKED, place)["quality_control"] for place in PLACES}
        assert sum(after.values()) - sum(before.values()) == changed

    @rule()
    def the_day_begins(self) -> None:
        set_aside = lots.set_aside_due()
        for row in StockLevel.objects.filter(product=self.products[TRACKED]):
            level = self.level(TRACKED, self.code(row.location_id))
            set_aside -= row.quality_control - level["quality_control"]
            level["quality_control"] = row.quality_control
        assert set_aside == 0

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), place=places)
    def move(self, data: st.DataObject, place: str) -> None:
        """Everything an owner keeps of one line goes to one place, if there is room."""
        owner = data.draw(st.sampled_from(sorted(self.kept)))
        line = data.draw(st.sampled_from(sorted({line for line, _place in self.kept[owner]})))
        sku = self.sku_of[line]
        mine = {at: count for (kept, at), count in self.kept[owner].items() if kept == line}
        total = sum(mine.values())
        target = [Keep(line, self.locations[place].pk, total)]
        fits = total - mine.get(place, 0) <= self.available(sku, place)
        if not fits:
            with pytest.raises(InsufficientStock), transaction.atomic():
                stock.move(owner, target, {line: self.products[sku].pk})
            return
        stock.move(owner, target, {line: self.products[sku].pk})
        for at, count in mine.items():
            del self.kept[owner][line, at]
            self.level(sku, at)["committed"] -= count
        self.kept[owner][line, place] += total
        self.level(sku, place)["committed"] += total
        for at in mine:
            self.surplus(owner, line, at)

    # --- what is true after every step -------------------------------------------------------------------------

    @rule(sku=st.sampled_from([sku for sku in SKUS if sku != TRACKED]), source=places, count=units)
    def ask_for_a_transfer(self, sku: str, source: str, count: int) -> None:
        target = next(place for place in PLACES if place != source)
        lines = [transferring.Asked(self.products[sku], count)]
        asked = [transferring.Request(self.locations[source], lines)]
        if count > self.available(sku, source):
            with pytest.raises(InsufficientStock), transaction.atomic():
                transferring.request(self.locations[target], asked, actor="test")
            return
        self.transfers += transferring.request(self.locations[target], asked, actor="test")
        self.level(sku, source)["committed"] += count

    @precondition(lambda self: self.transfers)
    @rule(data=st.data(), stops=st.booleans())
    def move_a_transfer_on(self, data: st.DataObject, stops: bool) -> None:
        """It leaves, or is cancelled; on its way it is counted, short or over, or written off."""
        place = data.draw(st.integers(0, len(self.transfers) - 1))
        transfer = self.transfers[place]
        line = transfer.lines.select_related("product").get()
        here = self.level(line.product.sku, transfer.source.code)
        there = self.level(line.product.sku, transfer.target.code)
        if transfer.state == "requested" and stops:
            transfer = transferring.cancel(transfer, reason="", actor="test")
            here["committed"] -= line.quantity
        elif transfer.state == "requested":
            sent = data.draw(st.integers(1, line.quantity))
            transfer = transferring.ship(transfer, quantities={line.pk: sent}, actor="test")
            here.subtract({"committed": line.quantity, "on_hand": sent})
            there["incoming"] += sent
        elif stops:
            transfer = transferring.close(transfer, reason="lost", actor="test")
            there["incoming"] -= line.on_the_way
        else:
            came = data.draw(st.integers(1, line.on_the_way + 2))
            counted = [transferring.Came(line.pk, came)]
            transfer = transferring.receive(transfer, came=counted, note="counted", actor="test")
            there["on_hand"] += came
            there["incoming"] -= min(came, line.on_the_way)
        if transfer.state in ("cancelled", "closed"):
            del self.transfers[place]
        else:
            self.transfers[place] = transfer

    @invariant()
    def figures_are_what_was_done(self) -> None:
        stored = {
            (row["product__sku"], row["location__code"]): Counter({name: row[name] for name in FIGURES})
            for row in StockLevel.objects.values("product__sku", "location__code", *FIGURES)
        }
        expected = {
            pair: level for pair, level in self.levels.items() if pair in stored or any(level.values())
        }
        assert {pair: +level for pair, level in stored.items()} == {
            pair: +level for pair, level in expected.items()
        }

    @invariant()
    def the_ledger_says_the_same(self) -> None:
        assert rebuilding.compare() == []
        with connection.cursor() as cursor:
            cursor.execute(LOTS_ADD_UP.sql)
            assert cursor.fetchall() == []

    def every_rule_holds(self) -> None:
        """What `manage.py verify` asks of stock, at the end of each run."""
        with connection.cursor() as cursor:
            for check in CHECKS:
                if check.name.startswith(("stock:", "transfers:")) or check in (LOTS_ADD_UP, LOTS_MOVED):
                    cursor.execute(check.sql)
                    assert cursor.fetchall() == [], check.name


@pytest.mark.django_db
def test_stock_is_never_wrong() -> None:
    for priority, place in enumerate(PLACES, start=1):
        shop.location(place, priority=priority)
    for sku in SKUS:
        shop.product(sku)
    Product.objects.filter(sku=TRACKED).update(tracks_lots=True)
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
