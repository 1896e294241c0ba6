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
                left, chunk = room, 1
                while left:
                    take = min(chunk, left)
                    bits |= bits << (take * grams)
                    left -= take
                    chunk *= 2
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
