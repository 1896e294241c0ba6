"""The carriers we can book. To add one: a file beside these, and a line in `CARRIERS`."""

from fulfillment.carriers.manual import Manual
from fulfillment.carriers.names import carrier_name, service_name
from fulfillment.carriers.own_fleet import OwnFleet
from fulfillment.carriers.protocol import Booking, BookingRequest, Carrier, CarrierError, Parcel

CARRIERS: dict[str, Carrier] = {
    carrier.code: carrier
    for carrier in (
        OwnFleet(),
        Manual(),
    )
}


def carrier(code: str) -> Carrier:
    """The carrier of a code, or a permanent `CarrierError`."""
    try:
        return CARRIERS[code]
    except KeyError:
        raise CarrierError(f"No carrier {code!r}: {', '.join(CARRIERS)}", permanent=True) from None


__all__ = [
    "CARRIERS",
    "Booking",
    "BookingRequest",
    "Carrier",
    "CarrierError",
    "Parcel",
    "carrier",
    "carrier_name",
    "service_name",
]
