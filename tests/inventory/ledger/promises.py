"""Stock is promised to orders and kept for checkouts, moved, let go, picked and shipped."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from inventory import lots, stock
from inventory.lot_levels import OfLot
from inventory.models import Lot, Reservation, StockLevel
from inventory.stock import Free, Keep, Want
from oms.core.errors import Conflict, InsufficientStock, Invalid
from tests.inventory.ledger.books import LOTS, PLACES, SKUS, Books, places, units
from tests.inventory.ledger.sharing import Shelf

sold = st.sampled_from((*SKUS, "BOX"))
asked_lines = st.lists(st.tuples(sold, units), min_size=1, max_size=3)


class Promises(Books):
    # Keeping.

    @rule(
        asked=st.lists(asked_lines, min_size=1, max_size=2),
        backorder=st.booleans(),
        later=st.booleans(),
        only_at=st.none() | places,
        owed=st.none() | st.tuples(st.sampled_from(SKUS), units),
        time=st.sampled_from(("", "", "kept", "over")),
        hot=st.booleans(),
    )
    def reserve(
        self,
        asked: list[list[tuple[str, int]]],
        backorder: bool,
        later: bool,
        only_at: str | None,
        owed: tuple[str, int] | None,
        time: str,
        hot: bool,
    ) -> None:
        """For orders, or for checkouts whose time is not over yet, or is over the next moment; of a hot SKU too."""
        wants = {
            self.new_id(): self.wants(lines, backorder=backorder, later=later and backorder)
            for lines in asked
        }
        self.share(wants, only_at=only_at, owed=owed, time=time, hot=hot)

    @precondition(lambda self: self.checkouts)
    @rule(data=st.data(), asked=asked_lines, only_at=st.none() | places, same=st.booleans())
    def take_a_checkout_over(
        self, data: st.DataObject, asked: list[tuple[str, int]], only_at: str | None, same: bool
    ) -> None:
        """An order comes for what a checkout keeps, or for something else; its time may just have passed."""
        checkout = data.draw(st.sampled_from(sorted(self.checkouts)))
        if same:
            kept = {line for line, _place, _sku in self.checkouts[checkout]}
            lines = [(self.recipe_of[line], 3) for line in sorted(kept)]
            wants = [
                Want(self.new_id(), parts[0][0], count, True, parts if len(parts) > 1 else ())
                for recipe, count in lines
                if (parts := self.parts(recipe))
            ]
        else:
            wants = self.wants(asked, backorder=True)
        if wants:
            self.share({self.new_id(): wants}, only_at=only_at, instead_of=checkout)

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), backorder=st.booleans())
    def keep_more(self, data: st.DataObject, backorder: bool) -> None:
        """Stock came for a line that waits: it keeps some already."""
        owner = data.draw(st.sampled_from(sorted(self.kept)))
        line = data.draw(st.sampled_from(sorted({line for line, _place in self.kept[owner]})))
        parts = self.parts(self.recipe_of[line])
        want = Want(line, parts[0][0], data.draw(units), backorder, parts if len(parts) > 1 else ())
        self.share({owner: [want]}, more=True)

    def wants(self, asked: list[tuple[str, int]], *, backorder: bool, later: bool = False) -> list[Want]:
        made = []
        for sku, count in asked:
            recipe = self.recipe(sku)
            parts = self.parts(recipe) if sku in self.kits else ()
            made.append(Want(self.new_id(), self.products[sku].pk, count, backorder, parts, later))
        return made

    def share(
        self,
        wants: dict[UUID, list[Want]],
        *,
        only_at: str | None = None,
        owed: tuple[str, int] | None = None,
        time: str = "",
        instead_of: UUID | None = None,
        more: bool = False,
        hot: bool = False,
    ) -> None:
        skus = {self.sku(part) for lines in wants.values() for want in lines for part, _ in want.recipe}
        skus |= {sku for _line, _place, sku in self.checkouts.get(instead_of, ())}
        in_slots = hot or StockLevel.objects.filter(slots__gt=0).exists()
        bound = dict.fromkeys(wants, self.locations[only_at].pk) if only_at else {}
        minutes = {"kept": 15, "over": -1}.get(time)
        outcomes = stock.reserve(
            wants,
            only_at=bound,
            owed={self.products[owed[0]].pk: owed[1]} if owed else None,
            until=timezone.now() + timedelta(minutes=minutes) if minutes else None,
            instead_of=dict.fromkeys(wants, instead_of) if instead_of else None,
            more=more,
            hot=[self.products["TEE"].pk] if hot else (),
        )
        if in_slots and not any(one.short or one.backordered for one in outcomes.values()):
            # From slots it comes from where there is one; all of it is there, which the figures prove.
            if self.somebodys_time_was_seen(self.over - {instead_of}):
                self.free_what_is_over(skus, but=instead_of)
            for owner in wants:
                self.book(wants[owner], owner, outcomes[owner].kept, time=time, instead_of=instead_of)
            return
        expected = self.shelf(owed).share(wants, only_at, self.checkouts.get(instead_of))
        if any(one.short or one.waiting for one in expected.values()) and self.free_what_is_over(
            skus, but=instead_of
        ):
            expected = self.shelf(owed).share(wants, only_at, self.checkouts.get(instead_of))
        for owner, one in expected.items():
            outcome = outcomes[owner]
            assert bool(outcome.short) == one.short
            if one.short:
                assert not outcome.kept
                continue
            assert outcome.backordered == one.waiting
            kept = {(keep.line, self.code(keep.location_id)): keep.quantity for keep in outcome.kept}
            assert kept == +one.kept
            self.book(wants[owner], owner, outcome.kept, time=time, instead_of=instead_of)

    def book(
        self, wants: list[Want], owner: UUID, keeps: list[Keep], *, time: str, instead_of: UUID | None
    ) -> None:
        """What an owner keeps from now on."""
        for want in wants:
            self.recipe_of[want.line] = {self.sku(part): per for part, per in want.recipe}
        if instead_of:
            self.end(instead_of)
        for keep in keeps:
            place = self.code(keep.location_id)
            for sku, per in self.recipe_of[keep.line].items():
                self.level(sku, place)["committed"] += keep.quantity * per
                if time:
                    mine = self.checkouts.setdefault(owner, Counter())
                    mine[keep.line, place, sku] += keep.quantity * per
            if not time:
                self.kept.setdefault(owner, Counter())[keep.line, place] += keep.quantity
        if keeps and time == "over":
            self.over.add(owner)

    def somebodys_time_was_seen(self, over: set[UUID]) -> bool:
        """Slots leave room where the plain shelves have none, so whether anybody looked is for the rows to say."""
        there = Reservation.objects.filter(owner__in=over).count()
        return there < sum(len(self.checkouts[owner]) for owner in over)

    def shelf(self, owed: tuple[str, int] | None) -> Shelf:
        left = {(sku, place): self.free(sku, place) for sku in SKUS for place in self.open_places}
        ids = {self.products[sku].pk: sku for sku in SKUS}
        order = [place for place in PLACES if place in self.open_places]
        return Shelf(left, ids, order, dict([owed]) if owed else {})

    def end(self, checkout: UUID) -> None:
        for (_line, place, sku), count in self.checkouts.pop(checkout).items():
            self.level(sku, place)["committed"] -= count
        self.over.discard(checkout)

    @precondition(lambda self: self.checkouts)
    @rule(data=st.data())
    def drop(self, data: st.DataObject) -> None:
        """Checkouts are given up, or their end is noticed."""
        gone = data.draw(st.sets(st.sampled_from(sorted(self.checkouts)), min_size=1))
        stock.drop(gone)
        for checkout in gone:
            self.end(checkout)

    @rule(data=st.data(), sku=sold, place=places, count=units)
    def keep_exactly_there(self, data: st.DataObject, sku: str, place: str, count: int) -> None:
        owner = data.draw(st.sampled_from([self.new_id(), *sorted(self.kept)]))
        line, recipe = self.new_id(), self.recipe(sku)
        asked = [Keep(line, self.locations[place].pk, count)]
        told = {line: self.parts(recipe)}
        if any(count * per > self.available(part, place) for part, per in recipe.items()):
            with self.refused(InsufficientStock):
                stock.keep(owner, asked, told)
            return
        stock.keep(owner, asked, told)
        self.recipe_of[line] = recipe
        self.kept.setdefault(owner, Counter())[line, place] += count
        for part, per in recipe.items():
            self.level(part, place)["committed"] += count * per

    # Moving and letting go.

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), place=places)
    def move(self, data: st.DataObject, place: str) -> None:
        """Everything an owner keeps of one line goes to one place, if there is room."""
        owner = data.draw(st.sampled_from(sorted(self.kept)))
        line = data.draw(st.sampled_from(sorted({line for line, _place in self.kept[owner]})))
        recipe = self.recipe_of[line]
        mine = {at: count for (kept, at), count in self.kept[owner].items() if kept == line}
        total = sum(mine.values())
        target = [Keep(line, self.locations[place].pk, total)]
        more = total - mine.get(place, 0)
        if any(more * per > self.available(sku, place) for sku, per in recipe.items() if more):
            with self.refused(InsufficientStock):
                stock.move(owner, target, {line})
            return
        stock.move(owner, target, {line})
        for at, count in mine.items():
            del self.kept[owner][line, at]
            for sku, per in recipe.items():
                self.level(sku, at)["committed"] -= count * per
        self.kept[owner][line, place] += total
        for sku, per in recipe.items():
            self.level(sku, place)["committed"] += total * per
        for at in mine:
            self.put_back(line, at, self.kept[owner][line, at])
        self.kept[owner] = +self.kept[owner]

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), many=st.booleans())
    def release(self, data: st.DataObject, many: bool) -> None:
        owners = data.draw(st.lists(st.sampled_from(sorted(self.kept)), min_size=1, max_size=2, unique=True))
        gone = {owner: self.some_of(data, owner) for owner in (owners if many else owners[:1])}
        if many:
            stock.release_many(gone)
        else:
            stock.release(owners[0], gone[owners[0]])
        for owner, units_gone in gone.items():
            for keep in units_gone:
                self.let_go(owner, keep.line, self.code(keep.location_id), keep.quantity)

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def release_more_than_is_kept(self, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from(sorted(self.kept)))
        line = data.draw(st.sampled_from(sorted({line for line, _place in self.kept[owner]})))
        held = sum(count for (mine, _place), count in self.kept[owner].items() if mine == line)
        with self.refused(ValueError, "less than are let go"):
            stock.release(owner, [Free(line, held + 1)])

    # Picking and shipping.

    @precondition(
        lambda self: any(
            self.tracked & self.recipe_of[line].keys() for kept in self.kept.values() for line, _ in kept
        )
    )
    @rule(data=st.data(), lot=st.sampled_from(("", *LOTS)))
    def pick(self, data: st.DataObject, lot: str) -> None:
        """Some of what is kept and not picked yet comes off the shelf, of any lot or of one."""
        waiting = {
            (line, place, sku): left
            for kept in self.kept.values()
            for (line, place), count in kept.items()
            for sku, per in self.recipe_of[line].items()
            if sku in self.tracked
            and (left := count * per - self.picked.get((line, place, sku), Counter()).total())
        }
        if not waiting:
            return
        line, place, sku = data.draw(st.sampled_from(sorted(waiting)))
        count = data.draw(st.integers(1, waiting[line, place, sku]))
        try:
            with transaction.atomic():
                taken = lots.take(self.locations[place].pk, [lots.Wanted(self.products[sku], count, lot)])
        except (Conflict, Invalid):
            return
        assert sum(one.quantity for one in taken) == count
        mine = self.picked.setdefault((line, place, sku), Counter())
        for one in taken:
            mine[one.lot_id] += one.quantity

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        owner = data.draw(st.sampled_from(sorted(self.kept)))
        gone = self.some_of(data, owner)
        leaving: list[OfLot] = []
        left_over: dict[tuple[UUID, str, str], Counter[int]] = {}
        for keep in gone:
            place = self.code(keep.location_id)
            for sku, per in self.recipe_of[keep.line].items():
                picked = Counter(self.picked.get((keep.line, place, sku), Counter()))
                left = keep.quantity * per
                for lot in list(picked):
                    step = min(left, picked[lot])
                    picked[lot] -= step
                    left -= step
                    if step:
                        leaving.append(OfLot(lot, keep.location_id, on_hand=-step, picked=-step))
                left_over[keep.line, place, sku] = +picked
        named = Lot.objects.filter(pk__in=[one.lot_id for one in leaving])
        if any((self.sku(lot.product_id), lot.code) in self.locked_up for lot in named):
            with self.refused(Conflict, "is in quarantine"):
                stock.ship_out(owner, gone, reference="10001-1", actor="test", lots=leaving)
            return
        stock.ship_out(owner, gone, reference="10001-1", actor="test", lots=leaving)
        self.picked.update(left_over)
        for keep in gone:
            self.let_go(owner, keep.line, self.code(keep.location_id), keep.quantity, shipped=True)
