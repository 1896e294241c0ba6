"""What a customer sees of an order: order, parcels and returns told together, in plain data.

Nothing personal beyond the first name and the city: whoever holds the link may be somebody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zlib import crc32
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Badge:
    """A status: words, colour (`ok`, `info`, `warn`, `bad`, `prog` or empty) and icon."""

    text: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Notice:
    """What the customer must not miss; `tone` as in `Badge`."""

    title: str
    text: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Step:
    """A stop on the road. `state`: reached, current or ahead; `look`: final, waiting, stopped or empty."""

    text: str
    icon: str
    state: str
    look: str = ""


@dataclass(frozen=True)
class Happening:
    """A line of a parcel's history. `place` is a town, never an address."""

    text: str
    at: datetime
    icon: str
    place: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Day:
    """The history of one day on the customer's clocks, newest first."""

    date: date
    happenings: Sequence[Happening]


@dataclass(frozen=True)
class Content:
    name: str
    quantity: int


@dataclass(frozen=True)
class Parcel:
    """One shipment. `url` is the carrier's page, empty where there is none."""

    position: int
    badge: Badge
    days: Sequence[Day]
    contents: Sequence[Content]
    when: str = ""
    carrier: str = ""
    number: str = ""
    url: str = ""


def hue_of(sku: str) -> int:
    """1 to 5, the same for a SKU everywhere: its colour until there is a picture."""
    return crc32(sku.encode()) % 5 + 1


@dataclass(frozen=True)
class Item:
    """A line of the order. `notes` say what is not simply on its way: cancelled, on back-order, returned."""

    name: str
    sku: str
    quantity: int
    amount: Decimal
    notes: Sequence[str] = ()

    @property
    def hue(self) -> int:
        return hue_of(self.sku)


@dataclass(frozen=True)
class Sum:
    text: str
    amount: Decimal
    strong: bool = False


@dataclass(frozen=True)
class ReturnView:
    """A return, with what happens next in words; `new_order` is what was sent instead of money."""

    number: str
    badge: Badge
    text: str
    contents: Sequence[Content]
    refund: Decimal | None = None
    in_credit: bool = False
    new_order: str = ""
    new_order_token: str = ""


@dataclass(frozen=True)
class TrackingPage:
    """Everything the page shows; `timezone` is the clock its hours are told on."""

    token: str
    order_number: str
    brand: str
    first_name: str
    city: str
    placed_at: datetime
    timezone: str
    currency: str
    title: str
    when: str
    steps: Sequence[Step]
    parcels: Sequence[Parcel]
    items: Sequence[Item]
    sums: Sequence[Sum]
    returns: Sequence[ReturnView] = ()
    notices: Sequence[Notice] = field(default_factory=tuple)
    can_return: bool = False

    @property
    def placed_on(self) -> date:
        """The day it was placed, on the customer's clocks."""
        return self.placed_at.astimezone(ZoneInfo(self.timezone)).date()
