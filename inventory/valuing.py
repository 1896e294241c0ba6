"""What stock is worth by its moving average, worked out from its movements alone.

Plain data in, plain data out: run over the same movements it says the same, whenever. Each location has its own
average. What comes from a supplier comes at what was paid; what comes from another location brings what it was worth
there; what else comes in is worth what already lies there. What leaves takes the average along.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
EXACT = Decimal("0.0001")

Pair = tuple[int, int]  # product and location
Road = tuple[str, int]  # document and product


@dataclass(frozen=True, slots=True)
class Move:
    """One change of what is on hand. `unit_cost`: what was paid, where somebody was."""

    product_id: int
    location_id: int
    change: int
    cause: str
    reference: str
    unit_cost: Decimal | None = None


@dataclass(slots=True)
class Held:
    """Units and what they are worth. `last`: what one was worth when there were some."""

    quantity: int = 0
    value: Decimal = ZERO
    last: Decimal | None = None

    @property
    def average(self) -> Decimal | None:
        return self.value / self.quantity if self.quantity > 0 else None

    def take(self, units: int) -> Decimal:
        """Units leave at the average; the last one takes what is left, so that nothing is worth nothing."""
        units_here = min(units, self.quantity)
        gone = self.value if units_here == self.quantity else _round(self.value * units_here / self.quantity)
        self.quantity -= units
        self.value -= gone
        return gone


@dataclass(slots=True)
class Flow:
    """A product at a location over a period."""

    opening: Held
    now: Held
    in_quantity: int = 0
    in_value: Decimal = ZERO
    out_quantity: int = 0
    out_value: Decimal = ZERO


@dataclass(slots=True)
class Books:
    """What is held where and on the road, carried from one period to the next."""

    held: dict[Pair, Held] = field(default_factory=dict)
    road: dict[Road, Held] = field(default_factory=dict)


def run(books: Books, moves: Iterable[Move], known_costs: Mapping[int, Decimal]) -> dict[Pair, Flow]:
    """Carry the books over a period's movements, in their order; what flowed at each place that holds or held anything.

    `known_costs`: what a unit of a product costs where neither a purchase nor what lies there says it.
    """
    flows = {
        pair: Flow(Held(held.quantity, held.value), held)
        for pair, held in books.held.items()
        if held.quantity or held.value or held.last is not None
    }
    for move in moves:
        pair = (move.product_id, move.location_id)
        held = books.held.setdefault(pair, Held())
        flow = flows.get(pair)
        if flow is None:
            flow = flows[pair] = Flow(Held(held.quantity, held.value), held)
        if move.change < 0:
            worth = held.take(-move.change)
            flow.out_quantity -= move.change
            flow.out_value += worth
            if move.cause == "transfer_out":
                road = books.road.setdefault((move.reference, move.product_id), Held())
                road.quantity -= move.change
                road.value += worth
        else:
            worth = _arrives(books, move, held, known_costs)
            held.quantity += move.change
            held.value += worth
            flow.in_quantity += move.change
            flow.in_value += worth
        if held.average is not None:
            held.last = _round(held.average)
    books.road = {key: held for key, held in books.road.items() if held.quantity > 0}
    return flows


def _arrives(books: Books, move: Move, held: Held, known_costs: Mapping[int, Decimal]) -> Decimal:
    """What arriving units are worth."""
    if move.unit_cost is not None:
        return _round(move.unit_cost * move.change)
    worth, left = ZERO, move.change
    road = books.road.get((move.reference, move.product_id)) if move.cause == "transfer_in" else None
    if road is not None and road.quantity > 0:
        came = min(left, road.quantity)
        worth = road.take(came)
        left -= came
    average = held.last if held.average is None else held.average
    if average is None:
        average = known_costs.get(move.product_id, ZERO)
    return worth + _round(average * left)


def _round(value: Decimal) -> Decimal:
    return value.quantize(EXACT, rounding=ROUND_HALF_UP)
