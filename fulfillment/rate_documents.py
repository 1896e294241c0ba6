"""Shipping rates and zones as the API takes and shows them."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from django.conf import settings
from msgspec import Meta

from fulfillment.models import Rate, RateZone
from orders.documents import Money, amount

Sku = Annotated[str, Meta(min_length=1, max_length=64)]
Quantity = Annotated[int, Meta(ge=1, le=1_000_000)]
Code = Annotated[str, Meta(min_length=1, max_length=64)]
Grams = Annotated[int, Meta(ge=0, le=10_000_000)]
Millimetres = Annotated[int, Meta(ge=0, le=100_000)]
AmountText = Annotated[str, Meta(max_length=24, pattern=r"^[0-9]+(\.[0-9]+)?$", examples=["18.00"])]
Ends = Annotated[list[Annotated[int, Meta(ge=0, le=1000)]], Meta(min_length=2, max_length=2)]


class MoneyIn(msgspec.Struct, forbid_unknown_fields=True):
    amount: AmountText
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class DestinationIn(msgspec.Struct, forbid_unknown_fields=True):
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    region: Annotated[str, Meta(max_length=100)] | None = None


class TierIn(msgspec.Struct, forbid_unknown_fields=True):
    """A parcel of up to so many grams costs so much beside the base."""

    up_to_g: Annotated[int, Meta(ge=1, le=10_000_000)]
    price: MoneyIn | AmountText


class RateIn(msgspec.Struct, forbid_unknown_fields=True, rename={"from_": "from"}):
    """A carrier's price: `base` and `per_kg` as Money or bare strings in the company's currency, `days` or `hours`.

    With `tiers` the step a parcel falls in costs its price, and `per_kg` counts beyond the last. `step_g` rounds a
    parcel's weight up; what is heavier than `max_parcel_g` goes as several parcels; with `divisor` (mm³ a gram) a
    bulky unit weighs what its volume counts for. `zone` is one of the carrier's (`/rate-zones/`), `km` [from, below].
    It counts from `valid_from` to `valid_until`, both days with it, by the company's clocks.
    """

    carrier: Code
    service: Code
    to: DestinationIn
    base: MoneyIn | AmountText
    per_kg: MoneyIn | AmountText
    from_: Annotated[list[Code], Meta(max_length=250)] = []
    days: Ends | None = None
    hours: Ends | None = None
    weekdays: Annotated[list[Annotated[int, Meta(ge=0, le=6)]], Meta(max_length=7)] | None = None
    cod_limit: MoneyIn | AmountText | None = None
    zone: Annotated[str, Meta(max_length=64)] | None = None
    km: Annotated[list[Annotated[int, Meta(ge=0, le=50_000)]], Meta(min_length=2, max_length=2)] | None = None
    tiers: Annotated[list[TierIn], Meta(max_length=50)] = []
    step_g: Grams = 0
    max_parcel_g: Annotated[int, Meta(ge=1, le=10_000_000)] | None = None
    divisor: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    valid_from: date | None = None
    valid_until: date | None = None


class ZoneIn(msgspec.Struct, forbid_unknown_fields=True):
    """A carrier's name for places of a country: cities, districts or regions, or the beginnings of postcodes."""

    carrier: Code
    name: Code
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    places: Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=2000)] = []
    postcodes: Annotated[list[Annotated[str, Meta(min_length=1, max_length=16)]], Meta(max_length=2000)] = []


class ZoneOut(msgspec.Struct):
    id: UUID
    carrier: str
    name: str
    country: str
    places: list[str]
    postcodes: list[str]


class DestinationOut(msgspec.Struct):
    country: str
    region: str


class TierOut(msgspec.Struct):
    up_to_g: int
    price: Money


class RateOut(msgspec.Struct, rename={"from_": "from"}):
    id: UUID
    carrier: str
    service: str
    from_: list[str]
    to: DestinationOut
    base: Money
    per_kg: Money
    days: list[int] | None
    hours: list[int] | None
    weekdays: list[int]
    cod_limit: Money | None
    zone: str
    km: list[int] | None
    tiers: list[TierOut]
    step_g: int
    max_parcel_g: int | None
    divisor: int | None
    valid_from: date | None
    valid_until: date | None


class RatePage(msgspec.Struct):
    data: list[RateOut]
    has_more: bool
    next_cursor: str | None


def rate_out(rate: Rate) -> RateOut:
    currency = settings.COMPANY_CURRENCY
    in_hours = rate.hours_max is not None
    return RateOut(
        id=rate.uid,
        carrier=rate.carrier,
        service=rate.service,
        from_=list(rate.from_locations),
        to=DestinationOut(rate.to_country, rate.to_region),
        base=amount(rate.base, currency),
        per_kg=amount(rate.per_kg, currency),
        days=None if in_hours else [rate.days_min or 0, rate.days_max or 0],
        hours=[rate.hours_min or 0, rate.hours_max or 0] if in_hours else None,
        weekdays=list(rate.weekdays),
        cod_limit=None if rate.cod_limit is None else amount(rate.cod_limit, currency),
        zone=rate.zone,
        km=None if rate.km_to is None else [rate.km_from or 0, rate.km_to],
        tiers=[TierOut(grams, amount(Decimal(price), currency)) for grams, price in rate.tiers],
        step_g=rate.step_g,
        max_parcel_g=rate.max_parcel_g,
        divisor=rate.divisor,
        valid_from=rate.valid_from,
        valid_until=rate.valid_until,
    )


def zone_out(zone: RateZone) -> ZoneOut:
    return ZoneOut(zone.pk, zone.carrier, zone.name, zone.country, list(zone.places), list(zone.postcodes))
