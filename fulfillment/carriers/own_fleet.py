"""Our own drivers: numbers of our own, followed on our own page. No network."""

from fulfillment.carriers.numbers import is_number, tracking_number
from fulfillment.carriers.protocol import Booking, BookingRequest

PREFIX = "RL"


class OwnFleet:
    """Books nothing with anybody: the number comes from the shipment itself."""

    code = "own_fleet"

    def book(self, request: BookingRequest) -> Booking:
        """A number of ours and our tracking page."""
        return Booking(tracking_number(PREFIX, request.reference), request.tracking_page)

    def find(self, reference: str) -> Booking | None:
        """Nothing to ask: `book()` gives the same number again."""
        return None

    def void(self, tracking_number: str) -> None:
        """Nothing was promised to anybody."""

    def knows(self, text: str) -> bool:
        """True for one of our numbers, mistyped ones excluded."""
        return is_number(PREFIX, text)
