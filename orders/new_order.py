"""An order as a door hands it in: one frozen form for REST, hooks and files, checked and priced."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from oms.core import address as addresses
from oms.core import money, text
from oms.core.address import Address
from oms.core.errors import Invalid, Problem
from oms.core.saying import said
from orders import totals

MAX_LINES = 1000
MAX_METADATA = 16_384
T = TypeVar("T")

Amount = Annotated[str, Meta(max_length=24, pattern=r"^[0-9]+(\.[0-9]+)?$", examples=["99.00"])]
Words = Annotated[str, Meta(max_length=200)]
Code = Annotated[str, Meta(max_length=64)]


class CustomerIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
    email: Annotated[str, Meta(max_length=254)] | None = None
    phone: Code | None = None


class LineIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sku: Annotated[str, Meta(min_length=1, max_length=64)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]
    unit_price: Amount
    discount: Amount = "0"
    tax_rate: Amount = "0"
    personalisation: dict[str, Any] | None = None
    backorder: bool = False


class ShippingIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    service: Annotated[str, Meta(min_length=1, max_length=64)] = "standard"
    price: Amount = "0"
    tax_rate: Amount = "0"


class PaymentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    method: Literal["card", "cod", "bank", "cheque", "wallet", "store_credit"]
    amount: Amount
    state: Literal["authorized", "captured", "pending"] = "pending"
    provider: Annotated[str, Meta(max_length=32)] = "manual"
    reference: Words | None = None


class DeliveryIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: Literal["ship", "pickup"] = "ship"
    location: Code | None = None
    slot: Code | None = None


class NewOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`POST /orders/`. Amounts are bare strings in the order's currency; `channel` is for company keys alone."""

    external_id: Annotated[str, Meta(min_length=1, max_length=128, pattern=r"\S")]
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    customer: CustomerIn
    lines: Annotated[list[LineIn], Meta(min_length=1, max_length=MAX_LINES)]
    channel: Code | None = None
    placed_at: Annotated[datetime, Meta(tz=True)] | None = None
    language: Annotated[str, Meta(pattern="^([A-Za-z]{2}(-[A-Za-z0-9]{2,4})?)?$")] | None = None
    shipping_address: Address | None = None
    billing_address: Address | None = None
    shipping: ShippingIn = ShippingIn()
    prices_include_tax: bool = True
    payments: Annotated[list[PaymentIn], Meta(max_length=20)] = []
    delivery: DeliveryIn = DeliveryIn()
    reservation: Code | None = None
    note: Annotated[str, Meta(max_length=2000)] | None = None
    gift_message: Annotated[str, Meta(max_length=1000)] | None = None
    tags: Annotated[list[Annotated[str, Meta(min_length=1, max_length=64)]], Meta(max_length=50)] = []
    metadata: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class PaymentFact:
    method: str
    provider: str
    state: str
    amount: Decimal
    reference: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A NewOrder understood: texts cleaned, amounts parsed, totals reckoned, addresses ready to store."""

    body: NewOrder
    fingerprint: bytes
    external_id: str
    name: str
    email: str
    phone: str
    email_key: str
    phone_key: str
    shipping_address: dict[str, Any] | None
    billing_address: dict[str, Any] | None
    lines: tuple[totals.LineIn, ...]
    shipping: totals.ShippingIn
    totals: totals.Totals
    payments: tuple[PaymentFact, ...]
    note: str
    gift_message: str
    tags: list[str]

    def covered(self) -> bool:
        """What is authorised, captured or promised in cash at the door reaches the total."""
        counted = [p.amount for p in self.payments if p.state != "pending" or p.method == "cod"]
        return sum(counted, Decimal(0)) >= self.totals.total


def check(body: NewOrder) -> Checked:
    """The order's facts, or the Problem that names every field at fault."""
    wrong: list[dict[str, Any]] = []

    def read(pointer: str, parse: Callable[[], T], default: T) -> T:
        try:
            return parse()
        except ValueError as error:
            wrong.append({"pointer": pointer, "code": "invalid", "detail": str(error)})
        except Problem as error:
            wrong.extend(error.errors)
        return default

    if not money.known(body.currency):
        raise Invalid.at(
            "/currency", said("%(currency)s is no currency code of ISO 4217.", currency=body.currency)
        )
    zero = Decimal(0)
    lines = tuple(_line(index, line, body.currency, read) for index, line in enumerate(body.lines))
    shipping = totals.ShippingIn(
        read(
            "/shipping/price",
            lambda: money.parse_amount(body.shipping.price, body.currency),
            zero,
        ),
        read("/shipping/tax_rate", lambda: money.parse_rate(body.shipping.tax_rate), zero),
    )
    payments = [_payment(index, paid, body.currency, read) for index, paid in enumerate(body.payments)]
    payments = [paid for paid in payments if paid.amount]
    shipping_address = _address(body.shipping_address, "/shipping_address", read)
    if body.shipping_address is None and body.delivery.kind == "ship":
        wrong.append(
            {
                "pointer": "/shipping_address",
                "code": "required",
                "detail": said("An order that is shipped needs an address."),
            }
        )
    if body.placed_at is not None and not 2000 <= body.placed_at.year < 2100:
        # The calendar's ends fit the column, but not every time zone that reads it back.
        wrong.append(
            {"pointer": "/placed_at", "code": "invalid", "detail": said("A year from 2000 to 2099.")}
        )
    if body.delivery.kind == "pickup" and not body.delivery.location:
        wrong.append(
            {
                "pointer": "/delivery/location",
                "code": "required",
                "detail": said("A pickup names its location."),
            }
        )
    if len(msgspec.json.encode(body.metadata)) > MAX_METADATA:
        wrong.append(
            {
                "pointer": "/metadata",
                "code": "too_large",
                "detail": said("At most %(most)s bytes as JSON.", most=MAX_METADATA),
            }
        )
    email = read("/customer/email", lambda: text.clean(body.customer.email or "", 254), "")
    if email and "@" not in email[1:-1]:
        wrong.append(
            {
                "pointer": "/customer/email",
                "code": "invalid",
                "detail": said("This is no e-mail address."),
            }
        )
    phone = read(
        "/customer/phone",
        lambda: text.digits(text.clean(body.customer.phone or "", 64)),
        "",
    )
    country = (shipping_address or {}).get("country", "")
    billing_address = _address(body.billing_address, "/billing_address", read)
    checked = {
        "external_id": read("/external_id", lambda: text.clean(body.external_id, 128), ""),
        "name": read("/customer/name", lambda: text.clean(body.customer.name, 200), ""),
        "note": read("/note", lambda: text.clean(body.note or "", 2000, lines=True), ""),
        "gift_message": read(
            "/gift_message",
            lambda: text.clean(body.gift_message or "", 1000, lines=True),
            "",
        ),
        "tags": [
            read(f"/tags/{index}", lambda t=tag: text.clean(t, 64), "")  # type: ignore[misc]
            for index, tag in enumerate(body.tags)
        ],
    }
    priced = None
    if not wrong:
        try:
            priced = totals.compute(
                body.currency,
                lines,
                shipping,
                prices_include_tax=body.prices_include_tax,
            )
        except totals.LineError as error:
            wrong.append(
                {
                    "pointer": f"/lines/{error.line}/{error.field}",
                    "code": "invalid",
                    "detail": error.detail,
                }
            )
        except ValueError as error:
            wrong.append({"pointer": "/lines", "code": "invalid", "detail": str(error)})
    if wrong or priced is None:
        raise Invalid(
            wrong[0]["detail"],
            code=wrong[0]["code"] if len(wrong) == 1 else "invalid",
            errors=wrong,
        )
    return Checked(
        body=body,
        fingerprint=_fingerprint(body, shipping_address, billing_address, lines, shipping, payments),
        email=email,
        phone=phone,
        email_key=text.email_key(email) if email else "",
        phone_key=text.phone_key(phone, country) if phone else "",
        shipping_address=shipping_address,
        billing_address=billing_address,
        lines=lines,
        shipping=shipping,
        totals=priced,
        payments=tuple(payments),
        **checked,  # type: ignore[arg-type]
    )


def _line(index: int, line: LineIn, currency: str, read: Callable[..., Any]) -> totals.LineIn:
    at = f"/lines/{index}"
    zero = Decimal(0)
    return totals.LineIn(
        line.quantity,
        read(f"{at}/unit_price", lambda: money.parse_price(line.unit_price), zero),
        read(f"{at}/discount", lambda: money.parse_amount(line.discount, currency), zero),
        read(f"{at}/tax_rate", lambda: money.parse_rate(line.tax_rate), zero),
    )


def _payment(index: int, paid: PaymentIn, currency: str, read: Callable[..., Any]) -> PaymentFact:
    at = f"/payments/{index}"
    return PaymentFact(
        paid.method,
        read(f"{at}/provider", lambda: text.clean(paid.provider or "manual", 32), "manual"),
        paid.state,
        read(f"{at}/amount", lambda: money.parse_amount(paid.amount, currency), Decimal(0)),
        read(f"{at}/reference", lambda: text.clean(paid.reference or "", 200), ""),
    )


def _address(given: Address | None, pointer: str, read: Callable[..., Any]) -> dict[str, Any] | None:
    if given is None:
        return None
    stored: dict[str, Any] = read(pointer, lambda: addresses.normalise(given, pointer), {})
    return stored


def _fingerprint(
    body: NewOrder,
    shipping_address: dict[str, Any] | None,
    billing_address: dict[str, Any] | None,
    lines: tuple[totals.LineIn, ...],
    shipping: totals.ShippingIn,
    payments: list[PaymentFact],
) -> bytes:
    """The same facts give the same bytes: defaults filled in, amounts as numbers (99.0 = 99.00), addresses folded."""
    facts = [
        body.external_id,
        body.currency,
        body.placed_at and body.placed_at.astimezone(UTC),
        body.language or None,
        (body.customer.name, body.customer.email or "", body.customer.phone or ""),
        shipping_address,
        billing_address,
        [
            (
                asked.sku,
                asked.quantity,
                line.unit_price,
                line.discount,
                line.tax_rate,
                asked.personalisation,
                asked.backorder,
            )
            for asked, line in zip(body.lines, lines, strict=True)
        ],
        (body.shipping.service, shipping.price, shipping.tax_rate),
        body.prices_include_tax,
        [(p.method, p.provider, p.state, p.amount, p.reference) for p in payments],
        (body.delivery.kind, body.delivery.location or "", body.delivery.slot or ""),
        body.note or "",
        body.gift_message or "",
        body.tags,
        body.metadata,
    ]
    return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).digest()
