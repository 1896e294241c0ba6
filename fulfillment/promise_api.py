"""The door of promises: what could be delivered when and for how much, before anything is bought."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from django.conf import settings
from django.utils import timezone
from msgspec import Meta
from rest_framework.request import Request

from fulfillment import promising
from fulfillment.documents import Quantity, Sku
from fulfillment.strategies import About, Amount
from inventory.models import Product
from oms.core import address, errors
from oms.core.api import Answer, Endpoint, Op
from orders.documents import Money, amount


class BasketLineIn(msgspec.Struct, forbid_unknown_fields=True):
    sku: Sku
    quantity: Quantity


class PlaceIn(msgspec.Struct, forbid_unknown_fields=True):
    """An address as far as it is known yet; only the country must be."""

    country: Annotated[str, Meta(pattern="^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2.")]
    city: address.Text = None
    region: address.Text = None
    district: address.Text = None
    postal_code: address.Short = None
    short_address: address.Short = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    name: address.Text = None
    company: address.Text = None
    line1: address.Text = None
    line2: address.Text = None
    phone: Annotated[str, Meta(max_length=64)] | None = None


class PromiseIn(msgspec.Struct, forbid_unknown_fields=True):
    """`cash_on_delivery`: what the carrier collects, in the company's currency; carriers that do not collect so
    much are left out."""

    lines: Annotated[list[BasketLineIn], Meta(min_length=1, max_length=1000)]
    address: PlaceIn
    cash_on_delivery: Amount | None = None


class OptionOut(msgspec.Struct):
    """`price` is what carriers ask; `splits`: parcels beyond the first; `in_time`: on the day the service names."""

    service: str
    price: Money
    earliest: datetime
    latest: datetime
    splits: int
    in_time: bool


class PickupOut(msgspec.Struct):
    """Ready between `earliest` and `ready_at`."""

    location: str
    name: str
    city: str
    earliest: datetime
    ready_at: datetime


class PromiseOut(msgspec.Struct):
    options: list[OptionOut]
    pickup: list[PickupOut]


class Promises(Endpoint):
    post_op = Op(
        scope="stock:read",
        body=PromiseIn,
        answer=PromiseOut,
        idempotent=False,
        summary="Services, prices and windows for a basket and an address, and where it could be collected",
    )

    def post(self, request: Request, body: PromiseIn) -> Answer:
        now = timezone.now()
        given = _address(body.address)
        units = _units(body)
        basket = promising.read(units, given, now, cash=Decimal(body.cash_on_delivery or 0))
        about = About(
            channel=request.user.channel_code,
            country=given["country"],
            value=sum((_price(product) * n for product, n in units.items()), Decimal(0)),
            currency=settings.COMPANY_CURRENCY,
        )
        found = promising.promise(basket, about, now)
        return Answer(
            PromiseOut(
                [
                    OptionOut(
                        option.service,
                        amount(option.price, settings.COMPANY_CURRENCY),
                        option.earliest,
                        option.latest,
                        option.parcels - 1,
                        option.in_time,
                    )
                    for option in found.options
                ],
                [
                    PickupOut(
                        place.location.code,
                        place.location.name,
                        place.location.address.get("city", ""),
                        place.earliest,
                        place.latest,
                    )
                    for place in found.pickup
                ],
            ),
            200,
        )


def _address(place: PlaceIn) -> dict[str, Any]:
    """As an order's is stored; what is not known yet is left open."""
    whole = address.Address(
        **{
            **msgspec.structs.asdict(place),
            "line1": place.line1 or "-",
            "city": place.city or "-",
        }
    )
    stored = address.normalise(whole)
    return {field: value for field, value in stored.items() if value != "-"}


def _units(body: PromiseIn) -> dict[Product, int]:
    asked = Counter[str]()
    for line in body.lines:
        asked[line.sku] += line.quantity
    known = {product.sku: product for product in Product.objects.filter(sku__in=asked)}
    unknown = [
        {"pointer": f"/lines/{n}/sku", "code": "unknown_sku", "detail": f"There is no product {line.sku}."}
        for n, line in enumerate(body.lines)
        if line.sku not in known
    ]
    if unknown:
        raise errors.Invalid(unknown[0]["detail"], code="unknown_sku", errors=unknown)
    return {known[sku]: units for sku, units in asked.items()}


def _price(product: Product) -> Decimal:
    if product.price is None or product.price_currency not in ("", settings.COMPANY_CURRENCY):
        return Decimal(0)
    return product.price
