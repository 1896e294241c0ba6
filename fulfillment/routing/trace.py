"""What routing answers: the plan, what it costs, and why. Plain frozen data. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

PARTS = ("shipping", "handling", "split", "lateness", "stockout", "distance", "days", "priority", "goods")
ALWAYS = PARTS[:4]
_NOUGHT = Decimal("0.0000")

Outcome = Literal["planned", "no_route", "no_stock"]

# How the choice was made: everything that could be better was tried or ruled out by a bound; the solver did
# that; or it is only the greedy answer.
How = Literal["tried", "solver", "greedy"]


@dataclass(frozen=True, slots=True)
class Window:
    """When a parcel leaves and when it arrives, in UTC. `leave_by`: what leaves later arrives after `latest`."""

    dispatch: datetime
    earliest: datetime
    latest: datetime
    leave_by: datetime

    def as_json(self) -> dict[str, str]:
        return {
            "dispatch": _stamp(self.dispatch),
            "earliest": _stamp(self.earliest),
            "latest": _stamp(self.latest),
        }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not: a stable code and a sentence."""

    code: str
    detail: str

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Package:
    """One real parcel: `weight_g` as the carrier bills it, its price, and its units by SKU."""

    weight_g: int
    price: Decimal
    units: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one location sends. `lines` is (line id, quantity); `shipping` what the carrier asks for all of
    its packages together, `km` how far it goes where both ends are known."""

    location: str
    carrier: str
    service: str
    lines: tuple[tuple[str, int], ...]
    weight_g: int
    shipping: Decimal
    late_days: int
    window: Window
    packages: tuple[Package, ...] = ()
    km: int | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """The parts of a candidate's score; the later ones are nought unless the strategy weighs them."""

    shipping: Decimal
    handling: Decimal
    split: Decimal
    lateness: Decimal
    stockout: Decimal = _NOUGHT
    distance: Decimal = _NOUGHT
    days: Decimal = _NOUGHT
    priority: Decimal = _NOUGHT
    goods: Decimal = _NOUGHT

    @property
    def total(self) -> Decimal:
        return sum((getattr(self, name) for name in PARTS), _NOUGHT)

    def as_json(self) -> dict[str, str]:
        shown = {name: getattr(self, name) for name in PARTS}
        return {
            **{name: str(amount) for name, amount in shown.items() if name in ALWAYS or amount},
            "total": str(self.total),
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """A set of locations: its cost, or why not. `figures` are the objectives of a lexicographic strategy."""

    locations: tuple[str, ...]
    cost: Cost | None = None
    refusal: Refusal | None = None
    chosen: bool = False
    parcels: tuple[dict[str, Any], ...] = ()
    figures: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "locations": list(self.locations),
            "chosen": self.chosen,
            "cost": self.cost.as_json() if self.cost else None,
            "why_not": self.refusal.as_json() if self.refusal else None,
            "parcels": list(self.parcels),
            **({"figures": dict(self.figures)} if self.figures else {}),
        }


@dataclass(frozen=True, slots=True)
class LocationTrace:
    """What the hard filters said of one location; `usable` ones took part in the choice."""

    code: str
    usable: bool
    refusals: tuple[Refusal, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "usable": self.usable,
            "why_not": [refusal.as_json() for refusal in self.refusals],
        }


@dataclass(frozen=True, slots=True)
class Trace:
    """Every location and the candidates looked at, the chosen one first, then by cost, then the refused.

    `exact`: no way of sending is better. Otherwise one may be, by at most `gap` of the cost (None: not
    known). `left_out` counts candidates looked at that are not listed. `refusals` are about the order itself.
    """

    outcome: Outcome
    reason: str
    locations: tuple[LocationTrace, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    left_out: int = 0
    exact: bool = True
    gap: Decimal | None = Decimal(0)
    how: How = "tried"
    strategy: str = ""
    refusals: tuple[Refusal, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain JSON: {outcome, reason, exact, gap, how, strategy, why_not, locations, candidates, left_out}."""
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "exact": self.exact,
            "gap": None if self.gap is None else str(self.gap),
            "how": self.how,
            "strategy": self.strategy,
            "why_not": [refusal.as_json() for refusal in self.refusals],
            "locations": [location.as_json() for location in self.locations],
            "candidates": [candidate.as_json() for candidate in self.candidates],
            "left_out": self.left_out,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """The decision. Not `planned`: no parcels, and `reason` says why in a sentence."""

    outcome: Outcome
    parcels: tuple[Parcel, ...]
    cost: Decimal
    reason: str
    trace: Trace = field(repr=False)


@dataclass(frozen=True, slots=True)
class Contest:
    """Orders that wanted the same stock and were decided together: their keys, and how well that was proven."""

    orders: tuple[str, ...]
    served: int
    exact: bool
    gap: Decimal
    how: How

    def as_json(self) -> dict[str, Any]:
        return {
            "orders": list(self.orders),
            "served": self.served,
            "exact": self.exact,
            "gap": str(self.gap),
            "how": self.how,
        }


@dataclass(frozen=True, slots=True)
class Allocation:
    """`plans[n]` is what becomes of order n; together they fit stock and capacity. `gap` is of the whole."""

    plans: tuple[Plan, ...]
    contests: tuple[Contest, ...]
    cost: Decimal
    gap: Decimal

    @property
    def served(self) -> int:
        return sum(plan.outcome == "planned" for plan in self.plans)
