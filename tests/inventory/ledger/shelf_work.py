"""Stock is counted while everything goes on; lots are locked up, let go and set aside."""

from collections import defaultdict
from uuid import UUID

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from inventory import counting, lots
from inventory.models import CountLine, Lot, LotLevel, StockCount
from oms.core.errors import Conflict, IllegalMove, Invalid
from tests.inventory.ledger.books import LOTS, PLACES, Books, places, skus


class ShelfWork(Books):
    def __init__(self) -> None:
        super().__init__()
        self.counts: list[StockCount] = []
        self.not_found: dict[UUID, int] = {}

    # Counting.

    @precondition(lambda self: len(self.counts) < 2)
    @rule(place=places, sku=skus, whole=st.booleans())
    def open_a_count(self, place: str, sku: str, whole: bool) -> None:
        products = [] if whole or sku in self.kits else [self.products[sku]]
        try:
            with transaction.atomic():
                count = counting.open_count(
                    self.locations[place],
                    kind="sku" if products else "full",
                    products=products,
                    actor="test",
                )
        except Conflict:
            assert any(count.location.code == place for count in self.counts)
        except Invalid:
            assert not any(level["on_hand"] for (_sku, at), level in self.levels.items() if at == place)
        else:
            self.counts.append(count)

    @precondition(lambda self: self.counts)
    @rule(data=st.data(), sku=skus, lot=st.sampled_from(LOTS))
    def something_lies_there_too(self, data: st.DataObject, sku: str, lot: str) -> None:
        count = data.draw(st.sampled_from(self.counts))
        try:
            with transaction.atomic():
                counting.add_line(count, self.products[sku], lot=lot, actor="test")
        except IllegalMove:
            assert count.state == "review"
        except Invalid:
            assert sku in self.kits or not Lot.objects.filter(product=self.products[sku], code=lot).exists()
        except Conflict:
            assert len(self.counts) > 1

    @precondition(lambda self: self.counts)
    @rule(data=st.data(), more=st.integers(-4, 3))
    def count_some_lines(self, data: st.DataObject, more: int) -> None:
        """What is off the shelf is in pickers' hands; now and then the count is not what should be there."""
        count = data.draw(st.sampled_from(self.counts))
        if count.state != "counting":
            with self.refused(IllegalMove):
                counting.enter(count.lines.all()[0].pk, counted=1, off_shelf=0, actor="test")
            return
        for line in count.lines.select_related("product").order_by("pk")[:3]:
            level = self.levels.get((line.product.sku, count.location.code), {})
            if line.lot_id:
                at = LotLevel.objects.filter(lot=line.lot_id, location=count.location).first()
                off, there = 0, at.on_hand - at.picked if at else 0
            else:
                off = data.draw(st.integers(0, level.get("committed", 0)))
                there = level.get("on_hand", 0) - off
            entered = counting.enter(line.pk, counted=max(0, there + more), off_shelf=off, actor="test")
            assert entered.expected == there
            assert entered.not_found <= level.get("quality_control", 0)

    @precondition(lambda self: self.counts)
    @rule(data=st.data(), what=st.sampled_from(("on", "on", "back", "cancel")))
    def settle_a_count(self, data: st.DataObject, what: str) -> None:
        """It is handed in, agreed to, sent back or given up; whatever was sold meanwhile."""
        number = data.draw(st.integers(0, len(self.counts) - 1))
        count = self.counts[number]
        lines = list(count.lines.select_related("product").filter(counted__isnull=False))
        if what == "cancel":
            count = counting.cancel(count, actor="test")
        elif what == "back" and count.state == "review":
            count = counting.send_back(count, reason="look again", actor="test")
        elif count.state == "counting" and not lines:
            with self.refused(Invalid, "Nothing is counted"):
                counting.submit(count, actor="test")
        else:
            step = counting.approve if count.state == "review" else counting.submit
            try:
                with transaction.atomic():
                    count = step(count, actor="test")
            except Conflict as problem:
                if not self.cannot_be_booked(lines, count.location.code, problem):
                    raise
                count.refresh_from_db()
            else:
                if count.state == "done":
                    self.booked(lines, count.location.code)
        if count.state in ("done", "cancelled"):
            del self.counts[number]
        else:
            self.counts[number] = count

    def booked(self, lines: list[CountLine], place: str) -> None:
        for line in lines:
            level = self.level(line.product.sku, place)
            level["quality_control"] -= min(line.not_found, level["quality_control"])
            level["on_hand"] += line.difference or 0

    def cannot_be_booked(self, lines: list[CountLine], place: str, problem: Conflict) -> bool:
        """Too little would be left for what is promised or set aside, of a level or of a lot; or it is a kit now."""
        if problem.code == "lot_short":
            return any(line.lot_id and (line.difference or 0) < 0 for line in lines)
        change: dict[str, int] = defaultdict(int)
        found: dict[str, int] = defaultdict(int)
        for line in lines:
            change[line.product.sku] += line.difference or 0
            found[line.product.sku] += line.not_found
        if problem.code == "kit_has_no_stock":
            return any(sku in self.kits for sku in change)
        return any(
            level["on_hand"] + change[sku]
            < level["committed"] + level["damaged"] + max(0, level["quality_control"] - found[sku])
            for sku in change
            if (level := self.level(sku, place))
        )

    # Lots.

    @rule(sku=skus, code=st.sampled_from(LOTS))
    def lock_up_or_let_go(self, sku: str, code: str) -> None:
        """A lot in quarantine takes what its levels can spare into quality control, and gives it back."""
        lot = Lot.objects.filter(product=self.products[sku], code=code).first()
        if lot is None or sku not in self.tracked:
            return
        if (sku, code) in self.locked_up and code == "OLD":
            with self.refused(Conflict, "past its last day"):
                lots.release(lot, reason="fine", actor="test")
            return
        if (sku, code) in self.locked_up:
            changed = -lots.release(lot, reason="fine", actor="test")
            self.locked_up.remove((sku, code))
        else:
            changed = lots.quarantine(lot, reason="smell", actor="test")
            self.locked_up.add((sku, code))
        assert self.read_quality_control(sku) == changed

    @precondition(lambda self: self.locked_up or self.kept)
    @rule()
    def the_day_begins(self) -> None:
        """What should be in quality control and could not be spared before goes there now."""
        set_aside = lots.set_aside_due()
        assert set_aside == sum(self.read_quality_control(sku) for sku in sorted(self.tracked))
        for (sku, place), level in self.levels.items():
            if sku in self.tracked and place in PLACES and set_aside:
                assert level["on_hand"] >= level["quality_control"]
