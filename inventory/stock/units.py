"""What callers of `inventory.stock` ask for and are told."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from inventory.models import Movement, State, StockLevel

INT_MAX = 2_147_483_647


# Product ids, each with its units in one unit of a line.
Recipe = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Want:
    """Units a line asks for. `backorder`: what is not there may wait instead of refusing the order.

    `parts` are a kit's components (empty: the product itself); a kit's unit is kept whole at one location.
    `later`: all of it waits, whatever there is.
    """

    line: UUID
    product_id: int
    quantity: int
    backorder: bool = False
    parts: Recipe = ()
    later: bool = False

    @property
    def recipe(self) -> Recipe:
        return self.parts or ((self.product_id, 1),)


@dataclass(frozen=True, slots=True)
class Keep:
    """Units of a line kept at a location."""

    line: UUID
    location_id: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Free:
    """Units of a line to let go, wherever they are kept."""

    line: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """Units that arrive. `state` other than on hand also counts them as damaged or in quality control.

    `lot` and the last day it is good are read for products that track lots.
    """

    product_id: int
    location_id: int
    quantity: int
    state: str = State.ON_HAND
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Short:
    """A line that cannot be kept: what was asked and what there is for it."""

    line: UUID
    asked: int
    available: int


@dataclass(slots=True)
class Outcome:
    """What became of one owner's wants: shortages refuse all of them; else units kept and units waiting."""

    short: list[Short] = field(default_factory=list)
    kept: list[Keep] = field(default_factory=list)
    backordered: dict[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A level after an adjustment and the movement that did it (None where nothing changed)."""

    level: StockLevel
    movement: Movement | None


@dataclass(frozen=True, slots=True)
class Correction:
    """One line of a list of corrections. Exactly one of `set_to` and `change`; `bin_name` None: as it was.

    With a `lot` the figure is that lot's at the location; `expires_on` is its last day (None: as known).
    """

    product_id: int
    location_id: int
    reason: str
    set_to: int | None = None
    change: int | None = None
    state: str = State.ON_HAND
    bin_name: str | None = None
    lot: str = ""
    expires_on: date | None = None

    @property
    def pair(self) -> tuple[int, int]:
        return self.product_id, self.location_id
