"""What is known of an order's road, in plain data: enough to choose every word the customer reads of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

ON_THE_ROAD = frozenset(
    {
        "handed_over",
        "in_transit",
        "out_for_delivery",
        "ready_for_pickup",
        "delivery_failed",
    }
)
GONE_WRONG = frozenset({"lost", "returning", "returned_to_sender"})


@dataclass(frozen=True)
class ParcelFacts:
    """`state` as in the contract; the promise and the end of the road, where known."""

    state: str
    earliest: datetime | None = None
    latest: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class OrderFacts:
    """`place`: where it is collected; `waiting`: units that have not left; `backordered`: without stock."""

    stage: str
    timezone: str
    pickup: bool = False
    place: str = ""
    holds: frozenset[str] = frozenset()
    parcels: Sequence[ParcelFacts] = ()
    waiting: int = 0
    backordered: int = 0
    all_returned: bool = False
    refunded: bool = False

    def states(self) -> set[str]:
        return {parcel.state for parcel in self.parcels} - {"cancelled"}

    def arrived(self) -> bool:
        """Nothing is on the road or still to be sent."""
        return self.stage in ("delivered", "completed") or (
            self.states() == {"delivered"} and not self.waiting
        )
