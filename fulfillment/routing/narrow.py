"""An order of objectives decided as far as it can be told at once: what cannot be best any more is left out. Pure.

As long as the objectives that come first are days or stock-out, their best is known without a search: the
soonest day by which locations hold enough, and nobody giving what they will miss where others can spare it.
"""

from collections.abc import Sequence
from dataclasses import replace

from fulfillment.routing.problem import Column, Problem


def narrowed(problem: Problem, objectives: Sequence[str]) -> Problem:
    """The same best by these objectives, among fewer ways."""
    for name in objectives:
        sites = _sites(problem)
        if sites is None:
            return problem
        if name == "days":
            found = _soonest(problem)
        elif name == "stockout":
            found = _spared(problem, sites)
        else:
            found = None
        if found is None:
            return problem
        problem = found
    return problem


def _sites(problem: Problem) -> list[Column] | None:
    """One column of each location; None where it is not all the same which one."""
    if problem.shared:
        return None
    found: dict[int, Column] = {}
    for column in problem.columns:
        if found.setdefault(column.site, column).caps != column.caps:
            return None
    return list(found.values())


def _soonest(problem: Problem) -> Problem | None:
    for days in sorted({column.days for column in problem.columns}):
        soon = [replace(column, days=days) for column in problem.columns if column.days <= days]
        if not problem.short(list({column.site: column for column in soon}.values())):
            return _with(problem, soon)
    return None


def _spared(problem: Problem, sites: Sequence[Column]) -> Problem | None:
    """Only what each location can spare, if that is enough of everything."""
    spare = {column.site: _spare(column) for column in sites}
    for n, item in enumerate(problem.items):
        if sum([units[n] for units in spare.values()]) < item.units:
            return None
    return _with(
        problem,
        [replace(column, caps=spare[column.site], risk=[], lines={}, steps={}) for column in problem.columns],
    )


def _spare(column: Column) -> list[int]:
    if not column.risk:
        return column.caps
    return [
        min([cap, *[have // each for each, have in rows]])
        for cap, rows in zip(column.caps, column.risk, strict=True)
    ]


def _with(problem: Problem, columns: list[Column]) -> Problem:
    kept = [column for column in columns if any(column.caps)]
    return Problem(problem.items, kept, problem.score, problem.shift, problem.shared)
