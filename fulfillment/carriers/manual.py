"""Any carrier staff deal with themselves: they type its number, or we make one up. No network."""

from fulfillment.carriers.numbers import tracking_number
from fulfillment.carriers.protocol import Booking, BookingRequest, CarrierError

PREFIX = "MX"
LONGEST = 30  # what a label's barcode holds


class Manual:
    """Takes the number as it was given; the parcel is followed on our own page."""

    code = "manual"

    def book(self, request: BookingRequest) -> Booking:
        """The given number, or one of ours. A number no scanner reads is refused."""
        number = request.tracking_number.strip() or tracking_number(PREFIX, request.reference)
        if not (number.isascii() and number.isprintable() and len(number) <= LONGEST):
            raise CarrierError(f"No barcode can carry the number {number[:40]!r}", permanent=True)
        return Booking(number, request.tracking_page)

    def find(self, reference: str) -> Booking | None:
        """Nobody to ask."""
        return None

    def void(self, tracking_number: str) -> None:
        """Staff tell the carrier."""
