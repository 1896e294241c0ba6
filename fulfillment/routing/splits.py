"""The ways to take an item's units from those who hold it. Pure."""

from collections.abc import Sequence
from itertools import permutations

# Units by holder.
Way = tuple[int, ...]


def every(units: int, caps: Sequence[int], most: int) -> list[Way] | None:
    """Every way to take so many units; None where there are more than `most`."""
    found: list[Way] = [()]
    for place, cap in enumerate(caps):
        later = sum(caps[place + 1 :])
        found = [
            (*way, take)
            for way in found
            for take in range(max(0, units - sum(way) - later), min(cap, units - sum(way)) + 1)
        ]
        if len(found) > most:
            return None
    return found


def likely(units: int, caps: Sequence[int]) -> list[Way]:
    """As much as possible from each in turn, and in halves."""
    found: set[Way] = set()
    orders = permutations(range(len(caps))) if len(caps) <= 4 else [range(len(caps))]
    for order in orders:
        taken, left = [0] * len(caps), units
        for k in order:
            taken[k] = min(caps[k], left)
            left -= taken[k]
        found.add(tuple(taken))
    for way in list(found):
        for a in range(len(caps)):
            for b in range(len(caps)):
                half = min(way[a] // 2, caps[b] - way[b])
                if a != b and half > 0:
                    moved = list(way)
                    moved[a] -= half
                    moved[b] += half
                    found.add(tuple(moved))
    return sorted(found)
