"""What routing is told and what it answers. Plain frozen data; money is in the company's currency. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Literal

Outcome = Literal["planned", "no_route", "no_stock"]

# Why something was left out. Stable: pages and reports count them.
INACTIVE = "inactive"
NOT_PICKUP_LOCATION = "not_pickup_location"
NO_CAPACITY = "no_capacity"
CAPABILITY_MISSING = "capability_missing"
NO_STOCK = "no_stock"
NO_CARRIER = "no_carrier"
COD_ABOVE_LIMIT = "cod_above_limit"
NOT_NEEDED = "not_needed"
DEARER = "dearer"


@dataclass(frozen=True, slots=True)
class Demand:
    """Units of one order line to send. Lines of one SKU have one weight."""

    line_id: str
    sku: str
    quantity: int
    weight_g: int = 0
    requires: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Address:
    country: str
    region: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """`now` is aware; `cod_amount` is the cash to collect, `promised` the latest moment the customer heard.

    With `pickup_at` (a location's code) the customer comes for the goods and no carrier is needed.
    """

    lines: Sequence[Demand]
    address: Address
    service: str
    now: datetime
    cod_amount: Decimal = Decimal(0)
    promised: datetime | None = None
    pickup_at: str | None = None


@dataclass(frozen=True, slots=True)
class LocationState:
    """`stock`: units by SKU this order may take, its own reservation here included, safety stock left out.

    `capacity_left`: orders it can still take today, None without a limit. `working_days`: 0 = Monday; empty:
    every day. What is ready by `cutoff` (local time) leaves that day.
    """

    code: str
    stock: Mapping[str, int]
    priority: int = 100
    active: bool = True
    capabilities: frozenset[str] = frozenset()
    capacity_left: int | None = None
    cutoff: time = time(14, 0)
    timezone: str = "Asia/Riyadh"
    working_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rate:
    """A carrier's price: base + per_kg × the exact weight. `days` or `hours` is (least, most).

    `from_locations` empty: from everywhere; `to_region` empty: the whole country; `weekdays` it delivers on
    (0 = Monday), empty: every day; `cod_limit` None: no limit, 0: no cash on delivery.
    """

    carrier: str
    service: str
    to_country: str
    base: Decimal
    per_kg: Decimal
    days: tuple[int, int] | None = None
    hours: tuple[int, int] | None = None
    to_region: str = ""
    from_locations: frozenset[str] = frozenset()
    weekdays: frozenset[int] = frozenset()
    cod_limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """When a parcel leaves and when it arrives, in UTC."""

    dispatch: datetime
    earliest: datetime
    latest: datetime

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
class Parcel:
    """What one location sends. `lines` is (line id, quantity); `shipping` what the carrier asks."""

    location: str
    carrier: str
    service: str
    lines: tuple[tuple[str, int], ...]
    weight_g: int
    shipping: Decimal
    late_days: int
    window: Window


@dataclass(frozen=True, slots=True)
class Cost:
    """The parts of a candidate's score."""

    shipping: Decimal
    handling: Decimal
    split: Decimal
    lateness: Decimal

    @property
    def total(self) -> Decimal:
        return self.shipping + self.handling + self.split + self.lateness

    def as_json(self) -> dict[str, str]:
        parts = {name: str(getattr(self, name)) for name in ("shipping", "handling", "split", "lateness")}
        return {**parts, "total": str(self.total)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A set of locations: its cost, or why not."""

    locations: tuple[str, ...]
    cost: Cost | None = None
    refusal: Refusal | None = None
    chosen: bool = False
    parcels: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "locations": list(self.locations),
            "chosen": self.chosen,
            "cost": self.cost.as_json() if self.cost else None,
            "why_not": self.refusal.as_json() if self.refusal else None,
            "parcels": list(self.parcels),
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
    """Every location and every candidate, the chosen one first, then by cost, then the refused."""

    outcome: Outcome
    reason: str
    locations: tuple[LocationTrace, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    left_out: int = 0
    exact: bool = True

    def as_json(self) -> dict[str, Any]:
        """Plain JSON: {outcome, reason, exact, locations, candidates, left_out}."""
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "exact": self.exact,
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
