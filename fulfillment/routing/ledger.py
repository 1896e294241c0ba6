"""What a batch has taken so far from each level and each location's day. Pure."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from fulfillment.routing import calendar
from fulfillment.routing.plan import Read
from fulfillment.routing.price import Sent
from fulfillment.routing.problem import Column, Problem
from fulfillment.routing.search import Found
from fulfillment.routing.types import LocationState

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)

# A location and a SKU; with "" for a SKU, the orders its day can still take.
Level = tuple[str, str]


@dataclass(slots=True)
class Waiting:
    """One order of the batch: what is known of it, its plan alone, and its plan among the others."""

    place: int
    seen: Read
    alone: Found
    chosen: tuple[Column, ...] | None = None
    sent: Sent | None = None

    @property
    def rank(self) -> tuple[int, datetime, str, int]:
        order = self.seen.order
        return order.priority, order.promised or _NEVER, order.key, self.place

    @property
    def weighted(self) -> bool:
        """Whether its score is money."""
        return self.seen.strategy.kind == "weighted"

    def take(self, chosen: tuple[Column, ...] | None, sent: Sent | None) -> None:
        self.chosen, self.sent = chosen, sent


class Ledger:
    """Units by level and order. A lot's units count until its day, so takes carry the day they arrive."""

    def __init__(self, locations: Sequence[LocationState]) -> None:
        self.locations = {location.code: location for location in locations}
        self.taken: dict[Level, dict[int, tuple[int, date]]] = defaultdict(dict)
        self.used: dict[Level, int] = defaultdict(int)
        self.of_order: dict[int, list[Level]] = {}

    def limited(self, code: str) -> bool:
        return self.locations[code].capacity_left is not None

    def have(self, level: Level) -> int:
        code, sku = level
        location = self.locations[code]
        if not sku:
            return location.capacity_left or 0
        return max(0, location.stock.get(sku, 0) - location.safety.get(sku, 0))

    def takes(self, seen: Read, chosen: Sequence[Column], sent: Sent) -> dict[Level, tuple[int, date]]:
        found: dict[Level, tuple[int, date]] = {}
        for column, units in zip(chosen, sent.units, strict=True):
            code = column.location.code
            arrives = calendar.local_day(column.location, column.window.latest)
            if self.limited(code):
                found[code, ""] = 1, arrives
            for item, count in units.items():
                for sku, each in seen.items[item].needs:
                    before = found.get((code, sku), (0, arrives))[0]
                    found[code, sku] = before + each * count, arrives
        return found

    def take(self, place: int, seen: Read, chosen: Sequence[Column], sent: Sent) -> None:
        takes = self.takes(seen, chosen, sent)
        self.of_order[place] = list(takes)
        for level, (units, arrives) in takes.items():
            self.taken[level][place] = units, arrives
            self.used[level] += units

    def give_back(self, place: int) -> None:
        for level in self.of_order.pop(place, ()):
            units, _ = self.taken[level].pop(place)
            self.used[level] -= units

    def takers(self, level: Level) -> list[int]:
        return sorted(self.taken[level])

    def left(self, level: Level, arrives: date) -> int:
        """Units of a level that one more order could take, given when they would arrive."""
        code, sku = level
        left = self.have(level) - self.used[level]
        for until, _ in self.locations[code].lots.get(sku, ()) if sku else ():
            if until < arrives:
                good = self.have(level) - sum(
                    units for day, units in self.locations[code].lots[sku] if day <= until
                )
                taken = sum(units for units, day in self.taken[level].values() if day > until)
                left = min(left, good - taken)
        return max(0, left)

    def _holds(self, level: Level) -> bool:
        """Whether all that was taken is there, and good when it arrives."""
        if self.used[level] > self.have(level):
            return False
        lots = self.locations[level[0]].lots.get(level[1]) if level[1] else None
        if not lots:
            return True
        takes = self.taken[level].values()
        return all(
            sum(units for units, day in takes if day > until)
            <= self.have(level) - sum(units for day, units in lots if day <= until)
            for until, _ in lots
        )

    def overdrawn(self) -> list[Level]:
        return [level for level in self.used if not self._holds(level)]

    def fits(self, seen: Read, chosen: Sequence[Column] | None, sent: Sent | None) -> bool:
        """Whether one more order can take this."""
        if chosen is None or sent is None:
            return False
        return all(
            units <= self.left(level, arrives)
            for level, (units, arrives) in self.takes(seen, chosen, sent).items()
        )

    def contested(self, level: Level, places: Sequence[int], waiting: Mapping[int, Waiting]) -> bool:
        """Whether the orders that could take from a level could together want more than it has."""
        have = self.have(level)
        if len(places) < 2:
            return False
        if not level[1]:
            return len(places) > have
        wanted = 0
        for place in places:
            wanted += wants(waiting[place], level[1])
            if wanted > have:
                return True
        return bool(self.locations[level[0]].lots.get(level[1]))


def wants(one: object, sku: str) -> int:
    seen: Read = one.seen  # type: ignore[attr-defined]
    return sum(each * item.units for item in seen.items for needed, each in item.needs if needed == sku)


def reduced(seen: Read, ledger: Ledger) -> Problem | None:
    """The order's problem with what is left; None where that does not suffice."""
    asked = seen.problem
    columns = []
    for column in asked.columns:
        code = column.location.code
        arrives = calendar.local_day(column.location, column.window.latest)
        if ledger.limited(code) and not ledger.left((code, ""), arrives):
            continue
        stock = {
            sku: min(have, ledger.left((code, sku), arrives)) if have else 0
            for sku, have in column.stock.items()
        }
        caps = [
            min(cap, *[stock[sku] // each for sku, each in item.needs]) if cap else 0
            for cap, item in zip(column.caps, asked.items, strict=True)
        ]
        if any(caps):
            spare = [
                min(have, stock[sku]) for have, (sku, _, _) in zip(column.spare, asked.shared, strict=True)
            ]
            columns.append(replace(column, caps=caps, spare=spare, stock=stock, lines={}, steps={}))
    left = Problem(asked.items, columns, asked.score, asked.shift, asked.shared)
    return None if left.short(left.columns) else left


def standing(members: Sequence[Waiting]) -> tuple[list[tuple[int, int]], int]:
    """By priority (served, how soon they were promised), and the score where it is money."""
    soon = sooner(members)
    tiers: dict[int, tuple[int, int]] = {one.seen.order.priority: (0, 0) for one in members}
    score = 0
    for one in members:
        if one.sent is not None:
            count, early = tiers[one.seen.order.priority]
            tiers[one.seen.order.priority] = count + 1, early + soon[one.place]
            score += one.sent.score >> one.seen.problem.shift if one.weighted else 0
    return [tiers[priority] for priority in sorted(tiers)], score


def sooner(members: Sequence[Waiting]) -> dict[int, int]:
    """By order, how many of the promised moments come later than its own."""
    moments: dict[int, set[datetime]] = defaultdict(set)
    for one in members:
        moments[one.rank[0]].add(one.rank[1])
    in_order = {priority: sorted(found) for priority, found in moments.items()}
    return {
        one.place: len(in_order[one.rank[0]]) - bisect_right(in_order[one.rank[0]], one.rank[1])
        for one in members
    }


def worse(now: tuple[list[tuple[int, int]], int], before: tuple[list[tuple[int, int]], int]) -> bool:
    return now[0] < before[0] or (now[0] == before[0] and now[1] > before[1])


def restore(
    members: Sequence[Waiting],
    before: Sequence[tuple[tuple[Column, ...] | None, Sent | None]],
    ledger: Ledger,
) -> bool:
    """As it was before; False, for nothing came of it."""
    for one, (chosen, sent) in zip(members, before, strict=True):
        ledger.give_back(one.place)
        one.take(chosen, sent)
        if chosen is not None and sent is not None:
            ledger.take(one.place, one.seen, chosen, sent)
    return False
