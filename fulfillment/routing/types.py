"""What routing is told: orders, locations, rates. Plain frozen data; money is in the company's currency. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

# Why something was left out. Stable: pages and reports count them.
BAD_ADDRESS = "bad_address"
INACTIVE = "inactive"
NOT_PICKUP_LOCATION = "not_pickup_location"
NO_CAPACITY = "no_capacity"
CLOSED = "closed"
CAPABILITY_MISSING = "capability_missing"
NO_STOCK = "no_stock"
SAFETY_STOCK = "safety_stock"
EXPIRES = "expires"
NO_CARRIER = "no_carrier"
COD_ABOVE_LIMIT = "cod_above_limit"
TOO_HEAVY = "too_heavy"
AFTER_CUTOFF = "after_cutoff"
TOO_SLOW = "too_slow"
NOT_NEEDED = "not_needed"
DEARER = "dearer"
NOT_SERVED = "not_served"


@dataclass(frozen=True, slots=True)
class Demand:
    """Units of one order line to send. Lines of one SKU have one weight and one volume.

    A kit names its `parts`, (component, units in one kit); weight and volume are the whole kit's. A kit
    leaves whole from one location, and its components are the same units other lines ask for.
    """

    line_id: str
    sku: str
    quantity: int
    weight_g: int = 0
    requires: frozenset[str] = frozenset()
    parts: tuple[tuple[str, int], ...] = ()
    volume_mm3: int = 0

    @property
    def needs(self) -> tuple[tuple[str, int], ...]:
        """What one unit takes off the shelf, by SKU."""
        return self.parts or ((self.sku, 1),)


@dataclass(frozen=True, slots=True)
class Address:
    """`zones` are the carriers' names of the destination, as far as a rate card knows it by zone."""

    country: str
    region: str = ""
    city: str = ""
    postal_code: str = ""
    short_address: str = ""
    latitude: float | None = None
    longitude: float | None = None
    zones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Order:
    """`now` is aware; `cod_amount` is the cash to collect, `promised` the latest moment the customer heard.

    With `pickup_at` (a location's code) the customer comes for the goods and no carrier is needed. What
    arrives after `deadline` is no way to send it at all (same day, this weekend). `key` and `priority`
    (lower first) matter to `allocate`, which weighs orders against each other.
    """

    lines: Sequence[Demand]
    address: Address
    service: str
    now: datetime
    cod_amount: Decimal = Decimal(0)
    promised: datetime | None = None
    pickup_at: str | None = None
    deadline: datetime | None = None
    key: str = ""
    priority: int = 100


@dataclass(frozen=True, slots=True)
class LocationState:
    """`stock`: units by SKU this order may take, its own reservation here included.

    `safety`: units of `stock` that must stay (leave it empty where `stock` is without them already).
    `lots`: of `stock`, units by the last day they may arrive, (day, units); the rest does not expire.
    `weekly_demand`: units a week the location itself sells, for the risk of running out; `unit_cost` what a
    unit stands in the books at. `handling`: what packing a parcel costs here, None: the strategy's figure.
    `capacity_left`: orders it can still take today, None without a limit. `working_days`: 0 = Monday; empty:
    every day; `closed_on` are its holidays. What is ready by `cutoff` (local time) leaves that day.
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
    closed_on: frozenset[date] = frozenset()
    handling: Decimal | None = None
    safety: Mapping[str, int] = field(default_factory=dict)
    lots: Mapping[str, Sequence[tuple[date, int]]] = field(default_factory=dict)
    weekly_demand: Mapping[str, Decimal] = field(default_factory=dict)
    unit_cost: Mapping[str, Decimal] = field(default_factory=dict)
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """A carrier's price of a parcel: base + its weight step's price + per_kg × the weight beyond the steps.

    `tiers` are the steps (up to and including so many grams, price), ascending; without any, per_kg counts
    from the first gram. `step_g` rounds a parcel's weight up first; a parcel weighs at most `max_parcel_g`,
    and what is heavier goes as several. With `divisor` (mm³ a gram; 5000 is the usual one) a unit weighs what
    its volume counts for, where that is more. `days` or `hours` is (least, most).

    `from_locations` empty: from everywhere; `to_region` empty: the whole country; `zone` empty: every zone;
    `km` (from, below): only places so far from the location; `weekdays` it delivers on (0 = Monday), empty:
    every day; `cod_limit` None: no limit, 0: no cash on delivery.
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
    zone: str = ""
    km: tuple[int, int] | None = None
    tiers: tuple[tuple[int, Decimal], ...] = ()
    step_g: int = 0
    max_parcel_g: int | None = None
    divisor: int | None = None
