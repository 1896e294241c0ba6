"""What the search left open, settled by the solver as far as the time goes. Pure."""

from collections.abc import Sequence
from time import monotonic

from fulfillment.routing import score
from fulfillment.routing.milp import EXACT, bounded
from fulfillment.routing.price import Sent
from fulfillment.routing.problem import Column, Problem
from fulfillment.routing.search import Found, Looked


def settle(problem: Problem, found: Found, seconds: float, units: Sequence[int]) -> Found:
    """Every open set of columns by itself, or all columns together where the search was cut short.

    The answer is never worse than `found`. Its bound is the least of what is still open.
    """
    until = monotonic() + seconds
    best, chosen = found.sent, found.chosen
    open_sets = [(found.low or 0, problem.columns)] if found.cut else _open(found)
    low: int | None = None
    for least, columns in open_sets:
        if best is not None and least >= best.score:
            break
        left = until - monotonic()
        if left <= 0:
            return Found(chosen, best, found.low, found.looked, problem.shift)
        answer, bound = bounded(problem, columns, left, units)
        if answer is not None and (best is None or answer[1].score < best.score):
            chosen, best = answer
            found.looked.append(Looked(answer[0], answer[1], bound))
        if bound is not None:
            low = bound if low is None else min(low, bound)
    if best is not None and (low is None or _reached(problem, best, low, units)):
        low = best.score
    elif low is not None and found.low is not None:
        low = max(low, found.low)
    return Found(chosen, best, low, found.looked, problem.shift)


def _reached(problem: Problem, best: Sent, low: int, units: Sequence[int]) -> bool:
    """Whether a bound is met in every level, money to the solver's precision."""
    mine = score.digits(best.score >> problem.shift, len(units))
    least = score.digits(low >> problem.shift, len(units))
    for has, bound, unit in zip(mine, least, units, strict=True):
        tolerance = 0 if unit == 1 else int(2 * EXACT * unit)
        if has != bound and not bound <= has <= bound + tolerance:
            return has < bound
    return True


def _open(found: Found) -> list[tuple[int, list[Column]]]:
    """What a set costs at least, and its columns, the most promising first."""
    if found.sent is None:
        return []
    best = found.sent.score
    rows = [
        (one.low, list(one.chosen))
        for one in found.looked
        if one.low is not None and one.low < best and (one.sent is None or one.low < one.sent.score)
    ]
    return sorted(rows, key=lambda row: row[0])
