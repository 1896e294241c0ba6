"""Units arrive, are corrected, travel between our places, are bought."""

from collections import Counter
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from inventory import lots, purchasing, stock, transferring
from inventory.models import PurchaseOrder, Transfer
from inventory.stock import Correction, Incoming
from oms.core.errors import Conflict, IllegalMove, InsufficientStock, Invalid, Problem, StockCommitted
from tests.inventory.ledger.books import (
    LAST_DAY,
    LOTS,
    PLACES,
    SKUS,
    STATES,
    Books,
    kinds,
    places,
    skus,
    units,
)

lot_codes = st.sampled_from(("", *LOTS))


class GoodsIn(Books):
    def __init__(self) -> None:
        super().__init__()
        self.transfers: list[Transfer] = []
        self.purchases: list[PurchaseOrder] = []

    @initialize(data=st.data())
    def open_with_something(self, data: st.DataObject) -> None:
        """An empty warehouse has little to do."""
        lot = st.sampled_from(LOTS[:2])
        counts = data.draw(st.lists(st.integers(0, 40), min_size=8, max_size=8))
        pairs = [(sku, place) for sku in SKUS for place in PLACES]
        arrivals = [
            (*pair, count, "on_hand", data.draw(lot) if pair[0] in self.tracked else "")
            for pair, count in zip(pairs, counts, strict=True)
            if count
        ]
        if arrivals:
            self.receive(arrivals)

    def kit_among(self, asked: Any) -> bool:
        return any(sku in self.kits for sku in asked)

    # Arriving, and correcting.

    @rule(arrivals=st.lists(st.tuples(skus, places, units, kinds, lot_codes), min_size=1, max_size=4))
    def receive(self, arrivals: list[tuple[str, str, int, str, str]]) -> None:
        incoming = [
            Incoming(self.products[sku].pk, self.locations[place].pk, count, state, lot)
            for sku, place, count, state, lot in arrivals
        ]
        asked = {"cause": "received", "reference": "return/1", "actor": "test"}
        if self.kit_among(sku for sku, *_ in arrivals):
            with self.refused(Conflict, "kit"):
                stock.receive(incoming, **asked)
            return
        stock.receive(incoming, **asked)
        for sku, place, count, state, lot in arrivals:
            self.arrive(sku, place, count, state, lot)

    @rule(
        sku=skus,
        place=places,
        state=st.sampled_from(STATES),
        figure=st.integers(0, 30),
        by=st.booleans(),
        lot=lot_codes,
        missed=st.booleans(),
    )
    def adjust(self, sku: str, place: str, state: str, figure: int, by: bool, lot: str, missed: bool) -> None:
        """To a figure or by one, of a lot or of whichever goes first; or a picker did not find some."""
        asked: dict[str, Any] = {
            "product": self.products[sku],
            "location": self.locations[place],
            "set_to": None if by else figure,
            "change": figure - 15 if by else None,
            "state": state,
            "reason": "corrected",
            "actor": "test",
            "any_lot": True,
        }
        if missed and state == "quality_control" and (asked["change"] or 0) > 0:
            asked["cause"] = "not_found"
        if lot and sku in self.tracked and state != "safety":
            asked["lot"] = lots.named(self.products[sku], lot, expires_on=None, new=lot != "OLD")
        refusal, after = self.corrected(sku, place, asked["set_to"], asked["change"], state)
        if refusal:
            with self.refused(refusal):
                stock.adjust(**asked)
            return
        try:
            with transaction.atomic():
                stock.adjust(**asked)
        except Conflict as problem:
            # A lot may have less than its level.
            if "lot" not in asked or problem.code != "lot_short":
                raise
        else:
            self.level(sku, place)[state] = after

    @rule(
        corrections=st.lists(
            st.tuples(skus, places, st.sampled_from(STATES), st.integers(0, 30), st.booleans(), lot_codes),
            min_size=1,
            max_size=4,
        )
    )
    def adjust_many(self, corrections: list[tuple[str, str, str, int, bool, str]]) -> None:
        """As a list says them; of units in lots by so many of one lot."""
        asked: list[Correction] = []
        expected: list[tuple[str, str, str, Any, int, str]] = []
        for sku, place, state, figure, by, lot in corrections:
            if sku in self.kits:
                continue
            of_lot = lot if sku in self.tracked and state != "safety" else ""
            to, change = (None, figure - 15) if by or of_lot else (figure, None)
            product, location = self.products[sku].pk, self.locations[place].pk
            asked.append(Correction(product, location, "list", to, change, state, "A-1", of_lot))
            refusal, after = self.corrected(sku, place, to, change, state)
            if sku in self.tracked and state != "safety" and not of_lot:
                refusal = Invalid
            said: Any = refusal
            if not refusal and not of_lot:
                said = self.level(sku, place)[state] != after
                self.level(sku, place)[state] = after
            expected.append((sku, place, state, said, after, of_lot))
            if of_lot:
                # A lot may have less than its level: what became of it is told, and nothing goes on from there.
                break
        results = stock.adjust_many(asked, actor="test")
        for result, (sku, place, state, said, after, of_lot) in zip(results, expected, strict=True):
            if not of_lot:
                assert (type(result) if isinstance(result, Problem) else result) == said
            elif isinstance(result, Problem):
                assert said or result.code == "lot_short"
            else:
                assert not said
                self.level(sku, place)[state] = after

    def corrected(
        self, sku: str, place: str, to: int | None, change: int | None, state: str
    ) -> tuple[type[Problem] | None, int]:
        """What it is refused for, if it is, and the figure afterwards."""
        trial = Counter(self.levels.get((sku, place), Counter()))
        after = trial[state] + change if change is not None else int(to or 0)
        trial[state] = after
        if sku in self.kits:
            return Conflict, after
        if after < 0 and state != "on_hand":
            return Invalid, after
        if trial["on_hand"] < trial["committed"] + trial["damaged"] + trial["quality_control"]:
            return StockCommitted, after
        return None, after

    # Between our places.

    @rule(
        asked=st.dictionaries(skus, units, min_size=1, max_size=2),
        source=places,
        second=st.booleans(),
    )
    def ask_for_a_transfer(self, asked: dict[str, int], source: str, second: bool) -> None:
        target = next(place for place in PLACES if place != source)
        lines = [transferring.Asked(self.products[sku], count) for sku, count in asked.items()]
        request = [transferring.Request(self.locations[source], lines)]
        told: dict[str, Any] = {"needs_approval": second, "actor": "test"}
        over = Counter(
            {
                sku: sum(
                    count
                    for owner in self.over
                    for (_line, place, part), count in self.checkouts[owner].items()
                    if (part, place) == (sku, source)
                )
                for sku in asked
            }
        )
        short = any(count > max(0, self.free(sku, source) + over[sku]) for sku, count in asked.items())
        if self.kit_among(asked) or short or source not in self.open_places:
            with self.refused(Invalid if self.kit_among(asked) else InsufficientStock):
                transferring.request(self.locations[target], request, **told)
            return
        self.transfers += transferring.request(self.locations[target], request, **told)
        if any(count > self.available(sku, source) for sku, count in asked.items()):
            self.free_what_is_over(set(asked))
        for sku, count in asked.items():
            self.level(sku, source)["committed"] += count

    @precondition(lambda self: self.transfers)
    @rule(data=st.data(), steps=st.lists(st.booleans(), min_size=1, max_size=4), kind=kinds)
    def move_transfers_on(self, data: st.DataObject, steps: list[bool], kind: str) -> None:
        for goes_on in steps:
            if self.transfers:
                self.move_a_transfer_on(data, not goes_on, kind)

    def move_a_transfer_on(self, data: st.DataObject, stops: bool, kind: str) -> None:
        """It is agreed to, leaves, or is cancelled; on its way it is counted, short or over, or written off."""
        number = data.draw(st.integers(0, len(self.transfers) - 1))
        transfer = self.transfers[number]
        lines = list(transfer.lines.select_related("product").order_by("position"))
        here, there = transfer.source.code, transfer.target.code
        if transfer.state in ("requested", "approved") and stops:
            transfer = transferring.cancel(transfer, reason="", actor="test")
            for line in lines:
                self.level(line.product.sku, here)["committed"] -= line.quantity
        elif transfer.state == "requested" and transfer.needs_approval:
            with self.refused(IllegalMove):
                transferring.ship(transfer, actor="test")
            transfer = transferring.approve(transfer, actor="another")
        elif transfer.state in ("requested", "approved"):
            sent = {line.pk: data.draw(st.integers(1, line.quantity)) for line in lines}
            transfer = transferring.ship(transfer, quantities=sent, actor="test")
            for line in lines:
                source = self.level(line.product.sku, here)
                source.subtract({"committed": line.quantity, "on_hand": sent[line.pk]})
                self.level(line.product.sku, there)["incoming"] += sent[line.pk]
        elif stops:
            transfer = transferring.close(transfer, reason="lost", actor="test")
            for line in lines:
                self.level(line.product.sku, there)["incoming"] -= line.on_the_way
        else:
            came = {line: data.draw(st.integers(1, line.on_the_way + 2)) for line in lines}
            counted = [transferring.Came(line.pk, count, kind) for line, count in came.items()]
            transfer = transferring.receive(transfer, came=counted, note="counted", actor="test")
            for line, count in came.items():
                self.came_by_road(line.product.sku, there, count, kind)
                self.level(line.product.sku, there)["incoming"] -= min(count, line.on_the_way)
        if transfer.state in ("cancelled", "closed"):
            del self.transfers[number]
        else:
            self.transfers[number] = transfer

    def came_by_road(self, sku: str, place: str, count: int, kind: str) -> None:
        """Which lots came is known from those that left: how many may be sold is read, and cannot be more."""
        level = self.level(sku, place)
        level["on_hand"] += count
        if sku in self.tracked and kind == "on_hand":
            assert 0 <= self.read_quality_control(sku) <= count
        elif kind != "on_hand":
            level[kind] += count

    # From suppliers.

    @rule(asked=st.dictionaries(skus, units, min_size=1, max_size=2), place=places, again=st.booleans())
    def draft_a_purchase(self, asked: dict[str, int], place: str, again: bool) -> None:
        lines = [purchasing.Wanted(self.products[sku], count, 5) for sku, count in asked.items()]
        location = self.locations[place]
        if self.kit_among(asked):
            with self.refused(Invalid, "kit"):
                purchasing.draft(self.supplier, location, lines=lines, actor="test")
            return
        order = purchasing.draft(self.supplier, location, lines=lines, actor="test")
        if again:
            order = purchasing.rewrite(
                order, lines=lines[:1], location=location, expected_on=None, note="", actor="test"
            )
        self.purchases.append(order)

    @precondition(lambda self: self.purchases)
    @rule(data=st.data(), steps=st.lists(st.booleans(), min_size=1, max_size=4), kind=kinds, lot=lot_codes)
    def move_purchases_on(self, data: st.DataObject, steps: list[bool], kind: str, lot: str) -> None:
        for goes_on in steps:
            if self.purchases:
                self.move_a_purchase_on(data, not goes_on, kind, lot)

    def move_a_purchase_on(self, data: st.DataObject, stops: bool, kind: str, lot: str) -> None:
        """It is sent or cancelled; then it comes, short, over or in parts, or nothing more comes."""
        number = data.draw(st.integers(0, len(self.purchases) - 1))
        order = self.purchases[number]
        lines = list(order.lines.select_related("product").order_by("position"))
        here = order.location.code
        asked = [line.product.sku for line in lines]
        if order.state == "draft" and not stops and self.kit_among(asked):
            with self.refused(Conflict, "kit"):
                purchasing.send(order, actor="test")
        elif order.state == "draft" and not stops:
            order = purchasing.send(order, actor="test")
            for line in lines:
                self.level(line.product.sku, here)["incoming"] += line.quantity
        elif order.state in ("draft", "sent") and stops:
            sent = order.state == "sent"
            order = purchasing.cancel(order, reason="", actor="test")
            for line in lines if sent else ():
                self.level(line.product.sku, here)["incoming"] -= line.quantity
        elif stops:
            order = purchasing.close(order, reason="no more", actor="test")
            for line in lines:
                self.level(line.product.sku, here)["incoming"] -= line.to_come
        else:
            came = {line: data.draw(st.integers(1, line.to_come + 2)) for line in lines}
            counted = [
                purchasing.Came(line.pk, count, kind, None, lot, LAST_DAY if lot == "OLD" else None)
                for line, count in came.items()
            ]
            order = purchasing.receive(order, came=counted, note="counted", actor="test")
            for line, count in came.items():
                self.arrive(line.product.sku, here, count, kind, lot)
                self.level(line.product.sku, here)["incoming"] -= min(count, line.to_come)
        if order.state in ("cancelled", "closed"):
            del self.purchases[number]
        else:
            self.purchases[number] = order
