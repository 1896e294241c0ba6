"""What the papers say, as plain facts. Pure: no row of the database reaches a template."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from oms.core.papers import Address


@dataclass(frozen=True)
class LabelData:
    """One parcel's label. `tracking_number` is printable ASCII of at most 30 characters."""

    brand: str
    sender: Address
    recipient: Address
    order_number: str
    shipment_number: str
    tracking_number: str
    carrier: str
    service: str
    language: str = "en"
    parcel: int = 1
    parcels: int = 1
    weight_g: int | None = None
    cash: Decimal | None = None  # to collect with this parcel, None or 0: nothing
    currency: str = ""
    routing_code: str = ""  # sorting hub or zone; the city stands in for it
    tracking_url: str = ""
    shipped_on: date | None = None


@dataclass(frozen=True)
class SlipLine:
    """One product in the parcel."""

    sku: str
    name: str
    quantity: int
    note: str = ""  # a personalisation, shown under the name


@dataclass(frozen=True)
class SlipData:
    """A packing slip in the customer's language; it carries no prices, since it travels with gifts."""

    brand: str
    sender: Address
    recipient: Address
    order_number: str
    shipment_number: str
    lines: Sequence[SlipLine]
    language: str = "en"
    ordered_on: date | None = None
    carrier: str = ""
    service: str = ""
    tracking_number: str = ""
    tracking_url: str = ""  # the customer's page: follow the parcel, send something back
    parcels: int = 1
    weight_g: int | None = None
    gift_message: str = ""
    later: Sequence[SlipLine] = field(default=())  # of the same order, in another parcel


@dataclass(frozen=True)
class ManifestRow:
    """One shipment a driver takes."""

    number: str
    tracking_number: str
    service: str
    city: str
    parcels: int
    weight_g: int
    cash: Decimal | None
    currency: str


@dataclass(frozen=True)
class ManifestData:
    """The hand-over list: what one driver takes from one place at one moment. `at` on the place's clocks."""

    location: str
    carrier: str
    at: datetime
    rows: Sequence[ManifestRow]
    reference: str
    language: str = "en"
