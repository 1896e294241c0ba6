"""What callers of `inventory.stock` ask for and are told."""

from dataclasses import dataclass, field
from uuid import UUID

from inventory.models import Movement, State, StockLevel

INT_MAX = 2_147_483_647


@dataclass(frozen=True, slots=True)
class Want:
    """Units an order line asks for. `backorder`: what is not there may wait instead of refusing the order."""

    line: UUID
    product_id: int
    quantity: int
    backorder: bool = False


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
    """Units that arrive. `state` other than on hand also counts them as damaged or in quality control."""

    product_id: int
    location_id: int
    quantity: int
    state: str = State.ON_HAND


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
    """One line of a list of corrections. Exactly one of `set_to` and `change`; `bin_name` None: as it was."""

    product_id: int
    location_id: int
    reason: str
    set_to: int | None = None
    change: int | None = None
    state: str = State.ON_HAND
    bin_name: str | None = None

    @property
    def pair(self) -> tuple[int, int]:
        return self.product_id, self.location_id
