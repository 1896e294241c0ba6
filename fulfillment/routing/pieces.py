"""Which piece of each column's curve is used: combinations from the cheapest on, one at a time. Pure.

A combination is worth a search only if the pieces have room: for every part of the columns, what must be sent
from within that part weighs no more than its pieces hold. For items that could be divided at will that is all
there is to it (a flow has room where every cut has); whole units are seen to afterwards.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush

from fulfillment.routing.boxes import Box, Outside
from fulfillment.routing.problem import Column, Problem

Pieces = tuple[int, ...]
# A bound, minus the columns fixed, their places, what those cost, and what units outside their boxes add.
_Open = tuple[int, int, Pieces, int, int]
# Columns up to which every part of them is looked at.
_CUTS = 6


def leasts(problem: Problem, chosen: Sequence[Column]) -> list[int]:
    """Grams each column has to send whatever the others do."""
    found = [0] * len(chosen)
    once = twice = 0
    for column in chosen:
        twice |= once & column.full
        once |= column.full
    for n, item in enumerate(problem.items):
        if twice >> n & 1:  # each of two has it all
            continue
        caps = [column.caps[n] for column in chosen]
        left = item.units - sum(caps)
        for k, cap in enumerate(caps):
            if left + cap > 0:
                found[k] += (left + cap) * chosen[k].weights[n]
    return found


def musts(problem: Problem, chosen: Sequence[Column]) -> list[int]:
    """By part of the columns (a bit each): grams that part has to send whatever the others do."""
    parts = 1 << len(chosen)
    found = [0] * parts
    alike = all(
        column.weights is chosen[0].weights or column.weights == chosen[0].weights for column in chosen
    )
    for n, item in enumerate(problem.items):
        need = item.units
        caps = [column.caps[n] for column in chosen]
        held = [0]
        for cap in caps:
            held += [before + cap for before in held]
        spare = held[-1] - need
        grams = (
            chosen[0].weights[n]
            if alike
            else min(c.weights[n] for c, cap in zip(chosen, caps, strict=True) if cap)
        )
        for part in range(1, parts):
            left = held[part] - spare
            if left > 0:
                found[part] += (left if left < need else need) * grams
    return found


def floor(problem: Problem, chosen: Sequence[Column], least: Sequence[int]) -> int:
    """What the columns' curves come to at least, each sending no less than it has to."""
    places = [bisect_left(column.curve.ends, grams) for column, grams in zip(chosen, least, strict=True)]
    best = 0
    for slope in problem.slopes:
        total = slope * problem.grams
        for column, place in zip(chosen, places, strict=True):
            line = column.line(slope)
            total += line[place] if place < len(line) else line[-1]
        best = total if total > best else best
    return best


class Combinations:
    """Walks the combinations below an upper bound that may sink while they are walked."""

    def __init__(
        self,
        problem: Problem,
        chosen: Sequence[Column],
        base: int,
        free: Sequence[int] = (),
        boxes: Sequence[Box] = (),
    ) -> None:
        """`boxes` are the cheapest ways of the `free` items, which may be too heavy for cheap pieces."""
        self.chosen = chosen
        self.base = base
        self.upper: int | None = None  # what costs as much is of no interest any more
        count = len(chosen)
        self.must = musts(problem, chosen) if count <= _CUTS else []
        self.least = [self.must[1 << k] for k in range(count)] if self.must else leasts(problem, chosen)
        self.grams = self.must[-1] if self.must else problem.grams
        self.outside = (
            Outside(problem, chosen, free, boxes, self.must)
            if self.must and any(one.step for one in boxes)
            else None
        )
        # By column: (floor, piece, its end).
        self.rows = [_rows(column, least) for column, least in zip(chosen, self.least, strict=True)]
        self.slopes = problem.slopes
        # By column, what it and all after it cost at least, as straight lines over what they carry.
        self.lines = [[0] * len(self.slopes) for _ in range(count + 1)]
        self.room = [0] * (count + 1)
        for k in range(count - 1, -1, -1):
            self.room[k] = self.room[k + 1] + chosen[k].most
            place = self.rows[k][0][1]
            for n, slope in enumerate(self.slopes):
                line = chosen[k].line(slope)
                self.lines[k][n] = self.lines[k + 1][n] + line[place if place < len(line) else -1]

    def _rest(self, k: int, grams: int) -> int:
        return max([line + slope * grams for line, slope in zip(self.lines[k], self.slopes, strict=True)])

    def floor(self) -> int:
        """No combination costs less."""
        return self.base + self._rest(0, self.grams)

    def walk(self) -> Iterator[tuple[int, Pieces]]:
        """(bound, piece by column) with room for everything, the cheapest first; () now and then for nothing."""
        last = len(self.rows) - 1
        heap: list[_Open] = []
        heappush(heap, (self.floor(), 0, (), self.base, 0))
        while heap:
            bound, fixed, places, cost, more = heappop(heap)
            k = -fixed
            if k <= last:
                self._push(heap, places, cost, more, 0)
                yield bound, ()
                continue
            if k == last + 1:
                before = cost - self.rows[last][places[-1]][0]
                self._push(heap, places[:-1], before, more, places[-1] + 1)
                if (outside := self._outside(places)) > more:
                    heappush(heap, (cost + outside, -k - 1, places, cost, outside))
                    yield bound, ()
                    continue
            yield bound, tuple([self.rows[n][at][1] for n, at in enumerate(places)])

    def _push(self, heap: list[_Open], places: Pieces, cost: int, more: int, start: int) -> None:
        """The next column's pieces; of the last one only the first with room, the dearer ones follow it."""
        k, rows = len(places), self.rows[len(places)]
        last = k == len(self.rows) - 1
        ends = [self.rows[n][at][2] for n, at in enumerate(places)]
        rest = [] if last else self._left(k, ends)
        own = max(self._own(k, ends), default=0)
        after = self._rest(k + 1, 0)
        for at in range(start, len(rows)):
            floor, _, end = rows[at]
            if end < own:
                continue
            with_it = cost + floor
            if self.upper is not None and with_it + more + after >= self.upper:
                break
            if last:
                heappush(heap, (with_it + more, -k - 1, (*places, at), with_it, more))
                break
            later = max([0, *[grams - (end if mine else 0) for mine, grams in rest]])
            if later <= self.room[k + 1]:
                low = with_it + self._rest(k + 1, later)
                outside = max(more, self._outside((*places, at)))
                if self.upper is None or low + outside < self.upper:
                    heappush(heap, (low + outside, -k - 1, (*places, at), with_it, outside))

    def _outside(self, places: Pieces) -> int:
        """What units cost more at least than by their cheapest ways, in the room of these pieces: told by the
        parts with the last column, the others were told before."""
        if self.outside is None:
            return 0
        ends = [self.rows[n][at][2] for n, at in enumerate(places)]
        last, own = 1 << len(ends) - 1, ends.pop()
        return max([self.outside.price(part | last, room + own) for part, room in _parts(ends)])

    def _own(self, k: int, ends: Sequence[int]) -> list[int]:
        """Grams column k has to take, by each part of the columns fixed before it."""
        if not self.must:
            return [self.grams - sum(ends)] if k == len(self.rows) - 1 else []
        return [self.must[part | 1 << k] - room for part, room in _parts(ends)]

    def _left(self, k: int, ends: Sequence[int]) -> list[tuple[bool, int]]:
        """Grams the columns after k have to take: (column k helps, grams) by each part of the fixed ones."""
        after = ((1 << len(self.rows)) - 1) >> (k + 1) << (k + 1)
        if not self.must:
            return [(True, self.grams - sum(ends))]
        found = []
        for part, room in _parts(ends):
            found.append((False, self.must[after | part] - room))
            found.append((True, self.must[after | part | 1 << k] - room))
        return found


def _parts(ends: Sequence[int]) -> list[tuple[int, int]]:
    """(part, room) of every part of these columns."""
    found = [(0, 0)]
    for k, end in enumerate(ends):
        found += [(part | 1 << k, room + end) for part, room in found]
    return found


def _rows(column: Column, least: int) -> list[tuple[int, int, int]]:
    curve, most = column.curve, column.most
    rows = []
    start = least
    for piece in range(bisect_left(curve.ends, least), len(curve.ends)):
        end = curve.ends[piece]
        rows.append((curve.consts[piece] + curve.slopes[piece] * start, piece, end if end < most else most))
        if end >= most:
            break
        start = end + 1
    return rows
