"""The same model for HiGHS: what the search left open, and orders that compete for stock. Pure.

The solver reckons in floating point, so nothing it says is believed as such: its units are whole again, checked
against stock and room, and priced by `price.price`. Its bound counts to `EXACT`. Only what plans in a worker
loads this module; it brings numpy along, some 35 MB.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

import highspy
import numpy as np

from fulfillment.routing import price, score
from fulfillment.routing.price import Sent
from fulfillment.routing.problem import Column, Problem

# Money below this is no difference.
EXACT = 1e-5
UNIT = 1e11
INFINITE: float = highspy.kHighsInf
# Columns and what they send.
Way = tuple[tuple[Column, ...], Sent]


class _Quiet(highspy.Highs):
    """Without the banner that its own start prints, callbacks come with it, which nobody here uses."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)


@dataclass(slots=True)
class Solved:
    """`values` of the best solution (None: none was found in time) and what no solution goes below."""

    values: Sequence[float] | None
    objective: float
    bound: float
    infeasible: bool


@dataclass(slots=True)
class Model:
    """A mixed-integer program put together row by row."""

    cost: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    index: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    row_lower: list[float] = field(default_factory=list)
    row_upper: list[float] = field(default_factory=list)

    def variable(self, cost: float, upper: float, whole: bool = False, lower: float = 0.0) -> int:
        self.cost.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, terms: Sequence[tuple[int, float]], lower: float, upper: float) -> None:
        for column, value in terms:
            self.index.append(column)
            self.value.append(value)
        self.starts.append(len(self.index))
        self.row_lower.append(lower)
        self.row_upper.append(upper)

    def solve(self, seconds: float, start: Mapping[int, float] | None = None) -> Solved:
        """The best within so many seconds; `start` is a solution to begin with, nought where not named."""
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = len(self.cost), len(self.row_lower)
        program.col_cost_ = np.array(self.cost)
        program.col_lower_, program.col_upper_ = np.array(self.lower), np.array(self.upper)
        program.row_lower_, program.row_upper_ = np.array(self.row_lower), np.array(self.row_upper)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = np.array(self.starts)
        program.a_matrix_.index_ = np.array(self.index)
        program.a_matrix_.value_ = np.array(self.value)
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        program.integrality_ = [kinds[whole] for whole in self.whole]
        solver = _Quiet()
        for option, value in (
            ("threads", 1),
            ("time_limit", seconds),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", EXACT / 10),
            ("mip_feasibility_tolerance", 1e-7),
        ):
            solver.setOptionValue(option, value)
        solver.passModel(program)
        if start:
            given = highspy.HighsSolution()
            values = [0.0] * len(self.cost)
            for column, value in start.items():
                values[column] = value
            given.col_value = values
            solver.setSolution(given)
        solver.run()
        status, info = solver.getModelStatus(), solver.getInfo()
        infeasible = status in (
            highspy.HighsModelStatus.kInfeasible,
            highspy.HighsModelStatus.kUnboundedOrInfeasible,
        )
        found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        return Solved(
            list(solver.getSolution().col_value) if found else None,
            info.objective_function_value,
            info.mip_dual_bound,
            infeasible,
        )


@dataclass(slots=True)
class Placed:
    """Where an order's decisions stand in a model: units by (column, item), use by column, and being served."""

    problem: Problem
    units: dict[tuple[int, int], int]
    used: dict[int, int]
    served: int | None


def money(problem: Problem, score: int) -> float:
    return (score >> problem.shift) / UNIT


def place(
    model: Model,
    problem: Problem,
    columns: Sequence[Column],
    optional: bool = False,
    of: Callable[[int], float] | None = None,
) -> Placed:
    """Put an order into a model, sent from these columns; `optional`: whole or not at all. `of` says what a score
    comes to; without it, in money."""
    of = of or (lambda score: score / (1 << problem.shift) / UNIT)
    served = model.variable(0.0, 1.0, whole=True) if optional else None
    used: dict[int, int] = {}
    units: dict[tuple[int, int], int] = {}
    at_site: dict[int, list[tuple[int, float]]] = {}
    at_risk = problem.score.unit_at_risk
    risk = of(at_risk << problem.shift)
    for k, column in enumerate(columns):
        use = used[k] = model.variable(of(column.fixed >> problem.shift << problem.shift), 1.0, whole=True)
        at_site.setdefault(column.site, []).append((use, 1.0))
        grams: list[tuple[int, float]] = []
        for n, cap in enumerate(column.caps):
            if cap:
                units[k, n] = sent = model.variable(of(column.goods[n]), float(cap), whole=True)
                model.row([(sent, 1.0), (use, -float(cap))], -INFINITE, 0.0)
                if column.weights[n]:
                    grams.append((sent, float(column.weights[n])))
                if column.risk and at_risk:
                    for each, free in column.risk[n]:
                        beyond = model.variable(risk, INFINITE)
                        model.row([(sent, float(each)), (beyond, -1.0)], -INFINITE, float(free))
        for row, (_, takers, _) in enumerate(problem.shared):
            takes = [(units[k, n], float(each)) for n, each in takers if (k, n) in units]
            if takes:
                model.row([*takes, (use, -float(column.spare[row]))], -INFINITE, 0.0)
                if column.risk_shared and at_risk:
                    beyond = model.variable(risk, INFINITE)
                    model.row([*takes, (beyond, -1.0)], -INFINITE, float(column.risk_shared[row]))
        _curve(model, column, use, grams, of)
    for uses in at_site.values():
        if len(uses) > 1:
            model.row(uses, 0.0, 1.0)
    for n, item in enumerate(problem.items):
        terms = [(units[k, n], 1.0) for k in range(len(columns)) if (k, n) in units]
        if served is not None:
            terms.append((served, -float(item.units)))
        target = 0.0 if served is not None else float(item.units)
        model.row(terms, target, target)
    shipment = of(problem.score.shipment << problem.shift)
    if served is not None:
        model.cost[served] -= shipment
        model.row([*[(use, 1.0) for use in used.values()], (served, -float(len(columns)))], -INFINITE, 0.0)
    if problem.score.day:
        last = model.variable(of(problem.score.day << problem.shift), INFINITE)
        for k, column in enumerate(columns):
            model.row([(last, 1.0), (used[k], -float(column.days))], 0.0, INFINITE)
    return Placed(problem, units, used, served)


def _curve(
    model: Model, column: Column, use: int, grams: list[tuple[int, float]], of: Callable[[int], float]
) -> None:
    """One piece of the curve a used column; grams within it, in kilograms for the solver's sake."""
    curve, most, start = column.curve, column.most, 0
    pieces: list[tuple[int, float]] = []
    room: list[tuple[int, float]] = [(sent, weight / 1000) for sent, weight in grams]
    for end, const, slope in zip(curve.ends, curve.consts, curve.slopes, strict=True):
        if start > most:
            break
        end = min(end, most)
        piece = model.variable(of(const), 1.0, whole=True)
        pieces.append((piece, 1.0))
        if slope:
            held = model.variable(of(slope * 1000), INFINITE)
            model.row([(held, 1.0), (piece, -end / 1000)], -INFINITE, 0.0)
            model.row([(held, 1.0), (piece, -start / 1000)], 0.0, INFINITE)
            room.append((held, -1.0))
        else:
            room.append((piece, -end / 1000))
        start = end + 1
    model.row([*pieces, (use, -1.0)], 0.0, 0.0)
    model.row(room, -INFINITE, 0.0)


def sent_of(
    placed: Placed, columns: Sequence[Column], values: Sequence[float]
) -> tuple[tuple[Column, ...], Sent] | None:
    """A solution in whole units, priced by what it really costs; None where it breaks a limit."""
    problem = placed.problem
    sent: dict[int, dict[int, int]] = {}
    for (k, n), at in placed.units.items():
        if count := round(values[at]):
            sent.setdefault(k, {})[n] = count
    chosen = tuple(columns[k] for k in sorted(sent))
    units = [sent[k] for k in sorted(sent)]
    if len({column.site for column in chosen}) < len(chosen):
        return None
    for n, item in enumerate(problem.items):
        if sum(one.get(n, 0) for one in units) != item.units:
            return None
    for column, one in zip(chosen, units, strict=True):
        if any(count > column.caps[n] for n, count in one.items()):
            return None
        for row, (_, takers, _) in enumerate(problem.shared):
            if sum(each * one.get(n, 0) for n, each in takers) > column.spare[row]:
                return None
    score = price.constant(problem, chosen)
    score += sum(price.price(problem, column, one) for column, one in zip(chosen, units, strict=True))
    return chosen, Sent(score, units)


def bounded(
    problem: Problem, columns: Sequence[Column], seconds: float, units: Sequence[int] = (10**11,)
) -> tuple[Way | None, int | None]:
    """The best way to send an order from these columns the solver finds, and what none goes below (None: there
    is no way at all).

    `units` as `score.units` has them: level after level is solved, each with what the levels before came to.
    """
    until = monotonic() + seconds
    model, placed = Model(), None
    costs: list[list[float]] = []
    for level in range(len(units)):
        one = Model()
        placed = place(one, problem, columns, of=_level(problem, level, units))
        costs.append(one.cost)
        model = one
    if placed is None or not all(map(_plain, (c for column in columns for c in column.curve.slopes))):
        return None, 0
    shipment = score.digits(problem.score.shipment, len(units))
    parts, way = [0] * len(units), None
    for level, unit in enumerate(units):
        model.cost = costs[level]
        solved = model.solve(max(0.05, until - monotonic()))
        if solved.infeasible and not level:
            return None, None
        # A count is whole, so its bound is rounded up; money counts to EXACT.
        least = solved.bound * unit - shipment[level]
        parts[level] = max(0, ceil(least - 1e-3) if unit == 1 else int(least - EXACT * unit))
        if solved.values is None:
            break
        way = sent_of(placed, columns, solved.values) or way
        slack = 0.5 if unit == 1 else EXACT
        if solved.objective - solved.bound > slack:
            break
        model.row(
            [(at, cost) for at, cost in enumerate(costs[level]) if cost], -INFINITE, solved.objective + slack
        )
    return way, score.joined(parts) << problem.shift


def _level(problem: Problem, level: int, units: Sequence[int]) -> Callable[[int], float]:
    """What a score comes to in one level."""
    return lambda whole: score.digits(whole >> problem.shift, len(units))[level] / units[level]


def _plain(slope: int) -> bool:
    """Whether a price a gram is one of each level, and no share of a whole parcel's."""
    return all(abs(part) < score.BASE // 10**7 for part in score.digits(slope, 12))
