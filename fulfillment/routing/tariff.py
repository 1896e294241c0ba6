"""What a carrier asks for weight: real parcels, each by its step, and a bound on what any packing can cost. Pure.

Prices are whole numbers of 10⁻⁷ of the currency (4 decimals a kilogram, grams): no rounding, no floats.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import gcd

from fulfillment.routing.reach import Reach
from fulfillment.routing.types import Rate
from oms.core.money import CONTEXT

_FINE = Decimal("0.0001")
# A curve of more pieces than this ends in one straight line below all that follows; a table of more entries
# is not reckoned.
_PIECES = 256
# Most curves are as long as this in grams, unless that takes more steps of a table than this.
_USUAL = 32_767
_STEPS = 400
_TABLE = 300_000
# Sets of parcels tried with ever more room.
_TRIES = 12


def fine(amount: Decimal) -> int:
    """An amount of at most 4 decimals in 10⁻⁷."""
    return int(CONTEXT.scaleb(CONTEXT.quantize(amount, _FINE), 7))


def money(price: int) -> Decimal:
    """10⁻⁷ as an amount of 4 decimals, half up."""
    return CONTEXT.quantize(Decimal(price).scaleb(-7), _FINE)


@dataclass(frozen=True, slots=True)
class Tariff:
    """One carrier's price of one parcel by its weight. `ends[n]` is the last gram of step n."""

    base: int
    per_gram: int
    ends: tuple[int, ...]
    prices: tuple[int, ...]
    step_g: int
    limit: int | None

    def price(self, grams: int) -> int:
        if self.step_g:
            grams = -(-grams // self.step_g) * self.step_g
        n = bisect_left(self.ends, grams)
        if n < len(self.ends):
            return self.base + self.prices[n]
        if not self.ends:
            return self.base + self.per_gram * grams
        return self.base + self.prices[-1] + self.per_gram * (grams - self.ends[-1])


def of(rate: Rate) -> Tariff:
    """The rate's tariff. Raises ValueError for steps that do not ascend in weight and price."""
    return _tariff(rate.base, rate.per_kg, rate.tiers, rate.step_g, rate.max_parcel_g)


@lru_cache(maxsize=4096)
def _tariff(
    base: Decimal, per_kg: Decimal, tiers: tuple[tuple[int, Decimal], ...], step_g: int, limit: int | None
) -> Tariff:
    ends, prices = tuple(end for end, _ in tiers), tuple(fine(price) for _, price in tiers)
    if any(a >= b for a, b in zip(ends, ends[1:], strict=False)) or any(
        a > b for a, b in zip(prices, prices[1:], strict=False)
    ):
        raise ValueError("Weight steps ascend in weight and in price.")
    return Tariff(fine(base), fine(per_kg) // 1000, ends, prices, step_g, limit)


def billed(rate: Rate, weight_g: int, volume_mm3: int) -> int:
    """What a unit weighs to this carrier: its weight, or what its volume counts for."""
    return max(weight_g, -(-volume_mm3 // rate.divisor)) if rate.divisor else weight_g


def asked(rate: Rate, grams: int) -> Decimal:
    """What the carrier asks for one parcel, to 4 decimals."""
    return money(of(rate).price(grams))


class Curve:
    """The least a strategy puts down for so many grams from one location by one rate, in the best real parcels
    they could be divided into.

    Piece n holds up to and including `ends[n]`: `consts[n] + slopes[n] × grams`. A tariff of steps alone is
    reckoned parcel by parcel (two light parcels may be cheaper than a heavy one): then `parcels` are a
    parcel's steps, (most grams, price), and `choice[s]` the step of the next one when s × `unit` are left.
    A tariff with a price a gram has one parcel up to the limit and beyond it a straight line below them all.
    """

    __slots__ = ("alone", "choice", "consts", "ends", "flat", "parcels", "slopes", "unit")

    def __init__(self, tariff: Tariff, factor: int, each: int, most: int) -> None:
        """`factor` on the price, `each` for every parcel; good for up to `most` grams (1 or more)."""
        self.ends, self.consts, self.slopes = _parcel(tariff, factor, each, most)
        self.parcels: list[tuple[int, int]] = []
        self.choice: list[int] = []
        self.unit = 1
        if any(self.slopes):
            self._line(tariff.limit, most)
        else:
            self._divide(most)
        self.flat = not any(self.slopes)
        # Up to so many grams all goes in one parcel, at what the curve says; None: always.
        self.alone = self._alone() if self.choice else tariff.limit

    def _alone(self) -> int:
        for left in range(1, len(self.choice)):
            if self.parcels[self.choice[left]][0] < left * self.unit:
                return (left - 1) * self.unit
        return self.ends[-1]

    def packs_like(self, other: "Curve") -> bool:
        """Whether `pack` divides the same content alike, at the same limit."""
        return (self.unit, self.choice, self.ends if self.choice else ()) == (
            other.unit,
            other.choice,
            other.ends if other.choice else (),
        ) and [end for end, _ in self.parcels] == [end for end, _ in other.parcels]

    def _line(self, limit: int | None, most: int) -> None:
        if limit is None or most <= limit:
            return
        const, slope = self.consts[-1], self.slopes[-1]
        if const >= 0 and all(
            low + piece * at >= const + slope * at
            for end, low, piece in zip(self.ends, self.consts, self.slopes, strict=True)
            for at in (0, end)
        ):
            parcels = 2
            while self.ends[-1] < most and parcels <= _PIECES:
                self.ends.append(parcels * limit)
                self.consts.append(parcels * const)
                self.slopes.append(slope)
                parcels += 1
        if self.ends[-1] < most:
            self._cheapest_gram(most)

    def _cheapest_gram(self, most: int) -> None:
        """One last piece: no parcel costs less a gram than the cheapest one does."""
        least = min(
            (const + slope * end) // end
            for end, const, slope in zip(self.ends, self.consts, self.slopes, strict=True)
            if end
        )
        self.ends.append(most)
        self.consts.append(0)
        self.slopes.append(least)

    def _divide(self, most: int) -> None:
        steps = [(end, const) for end, const in zip(self.ends, self.consts, strict=True) if end]
        self.unit = gcd(*[end for end, _ in steps if end < most]) or 1
        count = -(-most // self.unit)
        if not steps or count * len(steps) > _TABLE:
            if self.ends[-1] < most:
                self._cheapest_gram(most)
            return
        sizes = [(-(-end // self.unit), const, n) for n, (end, const) in enumerate(steps)]
        best, choice = [0] * (count + 1), [0] * (count + 1)
        for left in range(1, count + 1):
            cost, n = min(
                [((best[left - size] if left > size else 0) + const, n) for size, const, n in sizes]
            )
            best[left], choice[left] = cost, n
        self.parcels, self.choice = steps, choice
        zero = self.consts[0]
        self.ends, self.consts = [], []
        for left in range(1, count + 1):
            if left == count or best[left + 1] != best[left]:
                self.ends.append(min(left * self.unit, most))
                self.consts.append(best[left])
        if zero < self.consts[0]:
            self.ends.insert(0, 0)
            self.consts.insert(0, zero)
        self.slopes = [0] * len(self.ends)

    def low(self, grams: int) -> int:
        n = bisect_left(self.ends, grams)
        return self.consts[n] + self.slopes[n] * grams

    def intercept(self, slope: int, most: int) -> int:
        """The greatest a with low(w) ≥ a + slope × w for all 0 ≤ w ≤ most."""
        if not self.flat:
            return self.intercepts(slope, most)[0]
        last = bisect_left(self.ends, most)
        found = self.consts[last] - slope * most
        if last:
            found = min(
                found, min([c - slope * end for c, end in zip(self.consts[:last], self.ends, strict=False)])
            )
        return found

    def intercepts(self, slope: int, most: int) -> list[int]:
        """By piece, the greatest a with low(w) ≥ a + slope × w from the piece's beginning on, up to `most`."""
        found: list[int] = []
        start = 0
        for end, const, piece in zip(self.ends, self.consts, self.slopes, strict=True):
            if start > most:
                break
            last = end if end < most else most
            found.append(const + (piece - slope) * (last if piece < slope else start))
            start = end + 1
        for n in range(len(found) - 2, -1, -1):
            if found[n + 1] < found[n]:
                found[n] = found[n + 1]
        return found

    def rooms(self, grams: int) -> list[int]:
        """The most grams of each of the cheapest parcels for so many, the largest first."""
        left, found = -(-grams // self.unit), []
        while left > 0:
            end = self.parcels[self.choice[left]][0]
            found.append(end)
            left -= -(-end // self.unit)
        return sorted(found, reverse=True)


def curve(tariff: Tariff, factor: int, each: int, grams: int) -> Curve:
    """The curve up to so many grams at least; orders of like weight share one."""
    most = (2 << grams.bit_length()) - 1
    unit = gcd(*tariff.ends, tariff.step_g, tariff.limit or 0)
    return _curve(tariff, factor, each, max(most, min(_USUAL, _STEPS * unit)))


@lru_cache(maxsize=16384)
def _curve(tariff: Tariff, factor: int, each: int, most: int) -> Curve:
    return Curve(tariff, factor, each, most)


def _parcel(tariff: Tariff, factor: int, each: int, most: int) -> tuple[list[int], list[int], list[int]]:
    """The pieces of a single parcel, up to its limit or `most`."""
    top = most if tariff.limit is None else tariff.limit
    ends: list[int] = []
    consts: list[int] = []
    slopes: list[int] = []
    for end in tariff.ends:
        grams = min(end // tariff.step_g * tariff.step_g if tariff.step_g else end, top)
        if ends and grams <= ends[-1]:
            continue
        ends.append(grams)
        consts.append(factor * tariff.price(grams) + each)
        slopes.append(0)
        if grams >= top:
            return ends, consts, slopes
    per_gram = factor * tariff.per_gram
    if tariff.step_g and per_gram and top // tariff.step_g < _PIECES:
        grams = ends[-1] if ends else -1
        while grams < top:
            grams = min(top, (grams // tariff.step_g + 1) * tariff.step_g) if grams >= 0 else 0
            ends.append(grams)
            consts.append(factor * tariff.price(grams) + each)
            slopes.append(0)
        return ends, consts, slopes
    last, paid = (tariff.ends[-1], tariff.prices[-1]) if tariff.ends else (0, 0)
    ends.append(top)
    consts.append(factor * (tariff.base + paid) - per_gram * last + each)
    slopes.append(per_gram)
    return ends, consts, slopes


@dataclass(slots=True)
class Packed:
    """One real parcel: its weight and its units by the place of their item in what was packed."""

    grams: int
    units: dict[int, int]


def pack(tariff: Tariff, curve: Curve, content: Sequence[tuple[int, int, int]]) -> list[Packed]:
    """(item, grams a unit, units) into parcels of at most the limit, the heaviest units first.

    Into the cheapest parcels of that weight; where whole units do not fit those, into the next cheapest with
    more room, and in the end as they come.
    """
    total = sum([grams * units for _, grams, units in content])
    if curve.choice:
        rooms = curve.rooms(total)
        if len(rooms) <= 1:
            return [Packed(total, {item: units for item, _, units in content if units})]
    elif tariff.limit is None or total <= tariff.limit:
        return [Packed(total, {item: units for item, _, units in content if units})]
    else:
        rooms = []
    ordered = sorted(content, key=lambda one: -one[1])
    if rooms:
        place, tries = bisect_left(curve.ends, total), 0
        while rooms and tries < _TRIES:
            if found := _fill(ordered, list(rooms), None) or _fill_tight(ordered, rooms):
                return found
            place, tries = place + 1, tries + 1
            rooms = curve.rooms(curve.ends[place]) if place < len(curve.ends) else []
    if tariff.limit is None:
        return [Packed(total, {item: units for item, _, units in content if units})]
    return _fill(ordered, [], tariff.limit) or []


def _fill(content: Sequence[tuple[int, int, int]], room: list[int], more: int | None) -> list[Packed] | None:
    """First fit; `more` is the room of another parcel, None: there is none."""
    found = [Packed(0, {}) for _ in room]
    first = 0
    for item, grams, units in content:
        place = first
        while units:
            if place == len(room):
                if more is None or grams > more:
                    return None
                room.append(more)
                found.append(Packed(0, {}))
            take = units if not grams else min(units, room[place] // grams)
            if take:
                room[place] -= take * grams
                found[place].grams += take * grams
                found[place].units[item] = found[place].units.get(item, 0) + take
                units -= take
            if place == first and not room[place]:
                first += 1
            place += 1
    return [parcel for parcel in found if parcel.units]


def _fill_tight(content: Sequence[tuple[int, int, int]], rooms: Sequence[int]) -> list[Packed] | None:
    """Each parcel as full as whole units make it; more than first fit where there is little room to spare."""
    left = [[item, grams, units] for item, grams, units in content]
    found = []
    for room in rooms:
        reach = Reach([(grams, min(units, room // grams) if grams else 0) for _, grams, units in left])
        grams = reach.between(0, room) or 0
        taken = reach.units(grams)
        units = {}
        for row, count in zip(left, taken, strict=True):
            if not row[1]:
                count = row[2]  # what weighs nothing goes with the first
            if count:
                units[row[0]] = count
                row[2] -= count
        if units:
            found.append(Packed(grams, units))
    return None if any(units for _, _, units in left) else found
