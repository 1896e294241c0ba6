"""An order's status, derived from its lines' counters and its payment ledger; never set by hand. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

OrderStatus = Literal["open", "completed", "cancelled"]
Stage = Literal[
    "placed",
    "held",
    "backordered",
    "allocated",
    "partially_picked",
    "picking",
    "packed",
    "shipped",
    "delivered",
    "completed",
    "cancelled",
]
PaymentStatus = Literal[
    "unpaid",
    "authorized",
    "partially_paid",
    "paid",
    "partially_refunded",
    "refunded",
    "voided",
]
FulfillmentStatus = Literal["unfulfilled", "partially_fulfilled", "fulfilled"]
ReturnStatus = Literal["none", "requested", "partially_returned", "returned"]

STATUSES: tuple[str, ...] = get_args(OrderStatus)
STAGES: tuple[str, ...] = get_args(Stage)
# Stages only the house tells apart, and what the public API calls them: its words are promised.
PUBLIC_STAGES = {"partially_picked": "allocated"}
PAYMENT_STATUSES: tuple[str, ...] = get_args(PaymentStatus)
FULFILLMENT_STATUSES: tuple[str, ...] = get_args(FulfillmentStatus)
RETURN_STATUSES: tuple[str, ...] = get_args(ReturnStatus)


@dataclass(frozen=True, slots=True)
class Counters:
    """One line. quantity = reserved + backordered + shipped + cancelled.

    `reserved` units are open and have stock; 0 ≤ packed ≤ picked ≤ allocated ≤ reserved says how far those
    have come. `delivered` and `returned` are parts of `shipped`; a parcel that came back to us unopened
    counts as delivered too once its goods are returned, since its road has ended.
    """

    quantity: int
    reserved: int = 0
    backordered: int = 0
    allocated: int = 0
    picked: int = 0
    packed: int = 0
    shipped: int = 0
    delivered: int = 0
    cancelled: int = 0
    returned: int = 0

    def broken(self) -> str:
        """The rule these counters break, in words, or nothing."""
        if self.quantity != self.reserved + self.backordered + self.shipped + self.cancelled:
            return "quantity = reserved + backordered + shipped + cancelled"
        if not 0 <= self.packed <= self.picked <= self.allocated <= self.reserved:
            return "0 ≤ packed ≤ picked ≤ allocated ≤ reserved"
        if not (0 <= self.delivered <= self.shipped and 0 <= self.returned <= self.shipped):
            return "delivered ≤ shipped and returned ≤ shipped"
        if self.quantity < 1 or self.backordered < 0 or self.cancelled < 0:
            return "quantity ≥ 1, nothing below 0"
        return ""


@dataclass(frozen=True, slots=True)
class Money:
    """Sums in the order's currency. `total` is what is not cancelled, `credited` what was taken back,
    `authorized_open` what may still be captured, `voided` authorizations let go."""

    total: Decimal
    credited: Decimal = Decimal(0)
    captured: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    authorized_open: Decimal = Decimal(0)
    voided: Decimal = Decimal(0)

    @property
    def paid(self) -> Decimal:
        return self.captured - self.refunded

    @property
    def balance(self) -> Decimal:
        """What the customer owes; below zero: owed to the customer."""
        return self.total - self.credited - self.paid


@dataclass(frozen=True, slots=True)
class Status:
    status: OrderStatus
    stage: Stage
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus
    return_status: ReturnStatus


def derive(
    lines: Sequence[Counters],
    holds: bool,
    money: Money,
    returns_requested: bool = False,
) -> Status:
    """The five axes of an order. `holds`: one is open; `returns_requested`: some return awaits its end."""
    stage = _stage(lines, holds, money)
    status: OrderStatus = "open"
    if stage == "completed" or stage == "cancelled":
        status = stage
    return Status(
        status=status,
        stage=stage,
        payment_status=_payment(money, cancelled=stage == "cancelled"),
        fulfillment_status=_fulfillment(lines),
        return_status=_returned(lines, returns_requested),
    )


def public_stage(stage: str) -> str:
    """What the public API calls a stage."""
    return PUBLIC_STAGES.get(stage, stage)


def stages_of(public: Collection[str]) -> list[str]:
    """Every stage that the public API calls by one of these names."""
    return [stage for stage in STAGES if public_stage(stage) in public]


def _stage(lines: Sequence[Counters], holds: bool, money: Money) -> Stage:
    """The first that fits of cancelled, completed, held, backordered, then the least advanced unit's."""
    if lines and all(line.cancelled == line.quantity for line in lines):
        return "cancelled"
    progress = _least_advanced(lines)
    if progress == "delivered" and money.balance == 0:
        return "completed"
    if holds:
        return "held"
    return progress


def _least_advanced(lines: Sequence[Counters]) -> Stage:
    if any(line.backordered for line in lines):
        return "backordered"
    if not lines or any(line.allocated < line.reserved for line in lines):
        return "placed"
    if any(line.picked < line.allocated for line in lines):
        return "partially_picked" if any(line.picked for line in lines) else "allocated"
    if any(line.packed < line.picked for line in lines):
        return "picking"
    if any(line.packed for line in lines):
        return "packed"
    if any(line.delivered < line.shipped for line in lines):
        return "shipped"
    return "delivered"


def _payment(money: Money, *, cancelled: bool) -> PaymentStatus:
    if money.captured > 0:
        if money.refunded > 0:
            return "partially_refunded" if money.paid > 0 else "refunded"
        return "partially_paid" if money.balance > 0 else "paid"
    if money.authorized_open > 0:
        return "authorized"
    if money.voided > 0:
        return "voided"
    # Nothing to pay is paid (a gift, a replacement); an order cancelled before any money moved is not.
    return "paid" if money.balance <= 0 and not cancelled else "unpaid"


def _fulfillment(lines: Sequence[Counters]) -> FulfillmentStatus:
    if not any(line.shipped for line in lines):
        return "unfulfilled"
    waiting = any(line.reserved or line.backordered for line in lines)
    return "partially_fulfilled" if waiting else "fulfilled"


def _returned(lines: Sequence[Counters], requested: bool) -> ReturnStatus:
    if any(line.returned for line in lines):
        whole = all(line.returned == line.quantity - line.cancelled for line in lines)
        return "returned" if whole else "partially_returned"
    return "requested" if requested else "none"
