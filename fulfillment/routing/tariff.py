"""What a carrier asks for weight: real parcels, each by its step, and a bound on what any packing can cost. Pure.

Prices are whole numbers of 10⁻⁷ of the currency (4 decimals a kilogram, grams): no rounding, no floats.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from fulfillment.routing.types import Rate
from oms.core.money import CONTEXT

_FINE = Decimal("0.0001")
# A curve of more pieces than this ends in one straight line below all that follows.
_PIECES = 256


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
    """The least a strategy can put down for so many grams from one location by one rate, parcels packed
    included: up to one parcel's limit the price itself, beyond it a bound that a good packing reaches.

    Piece n holds up to and including `ends[n]`: `consts[n] + slopes[n] × grams`.
    """

    __slots__ = ("consts", "ends", "slopes")

    def __init__(self, tariff: Tariff, factor: int, each: int, most: int) -> None:
        """`factor` on the price, `each` for every parcel; good for up to `most` grams."""
        self.ends, self.consts, self.slopes = _parcel(tariff, factor, each, most)
        limit = tariff.limit
        if limit is not None and most > limit:
            full = factor * tariff.price(limit) + each
            ends, consts, slopes = self.ends[:], self.consts[:], self.slopes[:]
            sound = _sums_up(self, limit)
            parcels = 1
            while sound and parcels * limit < most and len(self.ends) + len(ends) <= _PIECES:
                offset = parcels * limit
                for end, const, slope in zip(ends, consts, slopes, strict=True):
                    self.ends.append(offset + end)
                    self.consts.append(parcels * full + const - slope * offset)
                    self.slopes.append(slope)
                parcels += 1
            if self.ends[-1] < most:  # no parcel costs less a gram than the cheapest one does
                least = min(
                    (const + slope * end) // end
                    for end, const, slope in zip(ends, consts, slopes, strict=True)
                    if end
                )
                self.ends.append(most)
                self.consts.append(0)
                self.slopes.append(least)

    def low(self, grams: int) -> int:
        n = bisect_left(self.ends, grams)
        return self.consts[n] + self.slopes[n] * grams

    def intercept(self, slope: int, most: int) -> int:
        """The greatest a with low(w) ≥ a + slope × w for all 0 ≤ w ≤ most."""
        found = self.low(0)
        start = 0
        for end, const, piece in zip(self.ends, self.consts, self.slopes, strict=True):
            if start > most:
                break
            for grams in (start, min(end, most)):
                found = min(found, const + (piece - slope) * grams)
            start = end + 1
        return found


@lru_cache(maxsize=16384)
def curve(tariff: Tariff, factor: int, each: int, most: int) -> Curve:
    return Curve(tariff, factor, each, most)


def _parcel(tariff: Tariff, factor: int, each: int, most: int) -> tuple[list[int], list[int], list[int]]:
    """The pieces of a single parcel."""
    top = most if tariff.limit is None else min(most, tariff.limit)
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
        if grams == top:
            return ends, consts, slopes
    per_gram = factor * tariff.per_gram
    if tariff.step_g and per_gram and (top // tariff.step_g) < _PIECES:
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


def _sums_up(pieces: Curve, limit: int) -> bool:
    """Whether two parcels never cost less than the same weight in full parcels and a rest."""
    full = pieces.low(limit)
    marks = sorted({0, limit, *pieces.ends, *[end + 1 for end in pieces.ends if end < limit]})
    lows = [pieces.low(mark) for mark in marks]
    for one, (x, low_x) in enumerate(zip(marks, lows, strict=True)):
        for y, low_y in zip(marks[one:], lows[one:], strict=True):
            together = pieces.low(x + y) if x + y <= limit else full + pieces.low(x + y - limit)
            if low_x + low_y < together:
                return False
    return True


@dataclass(slots=True)
class Packed:
    """One real parcel: its weight and its units by the place of their item in what was packed."""

    grams: int
    units: dict[int, int]


def pack(tariff: Tariff, content: Sequence[tuple[int, int, int]]) -> list[Packed]:
    """(item, grams a unit, units) into parcels of at most the limit, the heaviest units first.

    First as full parcels and one that stays in the step of what is left over; where whole units do not fit
    that, as they come.
    """
    total = sum(grams * units for _, grams, units in content)
    limit = tariff.limit
    if limit is None or total <= limit:
        return [Packed(total, {item: units for item, _, units in content if units})]
    full = -(-total // limit) - 1
    rest = total - full * limit
    step = next((end for end in tariff.ends if end >= rest), limit)
    if tariff.step_g:
        step = max(rest, min(step, -(-rest // tariff.step_g) * tariff.step_g))
    ordered = sorted(content, key=lambda one: -one[1])
    return _fill(ordered, [limit] * full + [min(step, limit)], None) or _fill(ordered, [], limit) or []


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
