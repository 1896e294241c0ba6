"""What a carrier must be able to do. Pure: plain data in, plain data out.

A carrier may call the network, so none of this runs inside a transaction: write the intent, commit,
book with the intent's reference, write the booking. After an unknown outcome `find()` comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from oms.core.papers import Address


class CarrierError(Exception):
    """A carrier said no. `permanent`: asking again with the same facts is useless."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True)
class Parcel:
    """One box. Grams and millimetres; 0 is unknown."""

    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0


@dataclass(frozen=True)
class BookingRequest:
    """A shipment to carry. `reference` names it once and for all: booking it twice books it once."""

    reference: str  # the shipment's id
    shipment_number: str
    order_number: str
    service: str
    sender: Address
    recipient: Address
    parcels: Sequence[Parcel]
    tracking_page: str  # our own page, for carriers that have none
    cash: Decimal | None = None  # to collect at the door
    currency: str = ""
    tracking_number: str = ""  # known already: staff booked it elsewhere


@dataclass(frozen=True)
class Booking:
    """What the carrier answered. `cost` is None when only the invoice will tell."""

    tracking_number: str
    tracking_url: str
    cost: Decimal | None = None
    currency: str = ""


class Carrier(Protocol):
    """One carrier. Methods raise `CarrierError` and nothing else."""

    @property
    def code(self) -> str:
        """The word of the API and the rates table: "own_fleet"."""
        ...

    def book(self, request: BookingRequest) -> Booking:
        """Book the shipment; the same reference gives the same booking."""
        ...

    def find(self, reference: str) -> Booking | None:
        """The booking of a reference, None if the carrier knows of none or cannot tell."""
        ...

    def void(self, tracking_number: str) -> None:
        """Take a booking back; one that is gone already is no error."""
        ...
