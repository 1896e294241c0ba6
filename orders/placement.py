"""What a door hands to placing, and what comes back."""

from dataclasses import dataclass

from orders.models import Hold, Line, Order, Payment
from orders.new_order import Checked


@dataclass(frozen=True, slots=True)
class Channel:
    """What placing needs of a channel."""

    id: int
    code: str
    language: str


@dataclass(frozen=True, slots=True)
class Placement:
    """One order to place: checked facts, its channel, and the text it came as."""

    order: Checked
    channel: Channel
    source: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A stored order with its rows as they are now. `new` is False for a repeat of the same facts."""

    order: Order
    lines: list[Line]
    holds: list[Hold]
    payments: list[Payment]
    channel: str
    new: bool = True
