"""Every weight some units could come to, at once. Pure.

Bit w of a whole number says that w grams can be reached; an item's units shift it. That is exact, and some
hundred operations on one long number instead of a search.
"""

from collections.abc import Sequence
from math import gcd


class Reach:
    """Weights reached by taking between nothing and `room` units of each (grams, room)."""

    def __init__(self, items: Sequence[tuple[int, int]]) -> None:
        self.unit = gcd(*[grams for grams, _ in items]) or 1
        self.items = [(grams // self.unit, room) for grams, room in items]
        self.steps = [1]
        for grams, room in self.items:
            bits = self.steps[-1]
            if grams:
                for take in _chunks(room):
                    bits |= bits << (take * grams)
            self.steps.append(bits)

    def between(self, low: int, high: int) -> int | None:
        """The most grams reached in this range (both ends included), None where none is."""
        first, last = max(0, -(-low // self.unit)), high // self.unit
        if last < first:
            return None
        bits = self.steps[-1] >> first & ((1 << (last - first + 1)) - 1)
        return (first + bits.bit_length() - 1) * self.unit if bits else None

    def units(self, grams: int) -> list[int]:
        """Units of each item that make up a weight that is reached."""
        left = grams // self.unit
        found = []
        for n in range(len(self.items) - 1, -1, -1):
            each, room = self.items[n]
            before = self.steps[n]
            take = 0
            while not (left >= take * each and before >> (left - take * each) & 1):
                take += 1
                if take > room or not each:
                    raise ValueError("This weight is not reached.")
            found.append(take)
            left -= take * each
        return found[::-1]


# (grams, least, low, high, most): units between low and high cost nothing more, each beyond one step.
Span = tuple[int, int, int, int, int]


class Layers:
    """Weights reached by taking between `least` and `most` of each, by how many units lie outside low and high.

    Layer u holds what is reached with u such units or fewer, up to `top`.
    """

    def __init__(self, items: Sequence[Span], top: int) -> None:
        self.unit = gcd(*[grams for grams, *_ in items]) or 1
        self.items = [(grams // self.unit, *span) for grams, *span in items]
        self.sure = sum([grams * least for grams, least, *_ in self.items])
        self.steps = [[1] * (top + 1)]
        for grams, least, low, high, most in self.items:
            layers = list(self.steps[-1])
            if grams:
                layers = [bits << (low - least) * grams for bits in layers]
                for take in _chunks(high - low):
                    layers = [bits | bits << take * grams for bits in layers]
                for take in _chunks(most - high):
                    for at in range(top, take - 1, -1):
                        layers[at] |= layers[at - take] << take * grams
                for take in _chunks(low - least):
                    for at in range(top, take - 1, -1):
                        layers[at] |= layers[at - take] >> take * grams
            self.steps.append(layers)

    def between(self, outside: int, low: int, high: int) -> int | None:
        """The most grams reached in this range (both ends included) with so many units outside, None: none."""
        first = max(0, -(-low // self.unit) - self.sure)
        last = high // self.unit - self.sure
        if last < first:
            return None
        bits = self.steps[-1][outside] >> first & ((1 << (last - first + 1)) - 1)
        return (first + bits.bit_length() - 1 + self.sure) * self.unit if bits else None

    def units(self, outside: int, grams: int) -> list[int]:
        """Units of each item that make up a weight that is reached with so many outside."""
        left, at = grams // self.unit - self.sure, outside
        found = []
        for n in range(len(self.items) - 1, -1, -1):
            each, least, low, high, most = self.items[n]
            before = self.steps[n]
            for take in (low, *range(low + 1, most + 1), *range(low - 1, least - 1, -1)):
                beyond = max(0, low - take, take - high)
                rest = left - (take - least) * each
                if beyond <= at and rest >= 0 and before[at - beyond] >> rest & 1:
                    break
            else:
                raise ValueError("This weight is not reached.")
            found.append(take)
            left, at = rest, at - beyond
        return found[::-1]


def _chunks(units: int) -> list[int]:
    """Numbers whose sums are all up to so many units."""
    found, chunk = [], 1
    while units > 0:
        take = min(chunk, units)
        found.append(take)
        units -= take
        chunk *= 2
    return found
