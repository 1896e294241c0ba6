"""Real invoices as orders of our company: people, currency, payment and fate drawn by the fixed seed. Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from channels.demo import company, dice, fates, people
from channels.demo.sources import City, Invoice

# Five weeks of invoices become the ten days before the demo was made.
DAYS = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """One order to place (`body`, as the API takes it), how far it goes, and the units undone by SKU."""

    external_id: str
    body: dict[str, Any]
    fate: str
    undone: dict[str, int]


def plans(invoices: list[Invoice], cities: list[City], now: datetime) -> tuple[list[Plan], frozenset[str]]:
    """Every order, oldest first, and the SKUs that are sold out on purpose. Only `placed_at` depends on `now`."""
    customers = sorted({invoice.customer for invoice in invoices})
    home = {c: people.person(c, place, cities) for place, c in enumerate(customers)}
    going = fates.fates([bool(invoice.undone) for invoice in invoices])
    sold_out = _sold_out(invoices, going)
    first, last = invoices[0].at, invoices[-1].at
    found = []
    for invoice, fate in zip(invoices, going, strict=True):
        age = (last - invoice.at) / (last - first) * timedelta(days=DAYS)
        placed = (now - age - timedelta(hours=2)).replace(microsecond=0)
        person = home[invoice.customer]
        body = order(invoice, person, fate, placed, sold_out)
        found.append(Plan(body["external_id"], body, fate, _summed(invoice.undone)))
    return found, sold_out


def order(
    invoice: Invoice, person: people.Person, fate: str, placed: datetime, sold_out: frozenset[str]
) -> dict[str, Any]:
    """One invoice as the body of `POST /orders/`."""
    currency = company.CURRENCIES[person.country]
    vat = company.VAT[person.country]
    pickup = fate in fates.COLLECTED
    lines = []
    total = Decimal(0)
    for sold in invoice.lines:
        price = company.price(sold.price, currency)
        total += price * sold.quantity
        lines.append(
            {
                "sku": sold.sku,
                "quantity": sold.quantity,
                "unit_price": str(price),
                "tax_rate": vat,
                "backorder": sold.sku in sold_out,
            }
        )
    shipping = {"service": _service(fate), "price": "0", "tax_rate": vat}
    if not pickup:
        shipping["price"] = company.SHIPPING[currency]
        total += Decimal(company.SHIPPING[currency])
    address = dict(person.address)
    if fate == "bad_address":
        # What people type: a short address cut off, half a phone number.
        address |= {"short_address": "RRRD29"} if person.country == "SA" else {"phone": address["phone"][:6]}
    return {
        "external_id": f"UCI-{invoice.number}",
        "channel": dice.weighted([(code, weight) for code, weight, _ in company.CHANNELS], invoice.number),
        "placed_at": placed.isoformat(),
        "currency": currency,
        "language": person.language,
        "customer": {"name": person.name, "email": person.email, "phone": person.phone},
        "shipping_address": address,
        "lines": lines,
        "shipping": shipping,
        "prices_include_tax": True,
        "payments": [_payment(invoice, fate, str(total))],
        "delivery": {"kind": "pickup", "location": company.HOME[person.country]}
        if pickup
        else {"kind": "ship", "location": None},
        "metadata": {"source": "UCI Online Retail", "invoice": invoice.number},
    }


def _service(fate: str) -> str:
    """Nobody offers same-day delivery yet: such an order waits for a route."""
    return "same_day" if fate == "no_rate" else "standard"


def _payment(invoice: Invoice, fate: str, total: str) -> dict[str, Any]:
    if fate == "unpaid":
        return {"method": "bank", "state": "pending", "amount": total}
    options = [("card", 45), ("authorized", 20), ("cod", 22), ("wallet", 8), ("bank", 5)]
    if fate in fates.COLLECTED or fate.startswith("return_"):
        options = [("card", 70), ("wallet", 20), ("bank", 10)]
    method = dice.weighted(options, invoice.number, "payment")
    if method == "cod":
        return {"method": "cod", "state": "pending", "amount": total}
    state = "authorized" if method == "authorized" else "captured"
    method = "card" if method == "authorized" else method
    return {"method": method, "state": state, "amount": total, "reference": f"demo-{invoice.number}"}


def _sold_out(invoices: list[Invoice], going: list[str]) -> frozenset[str]:
    """Of each order meant to wait, a SKU hardly anyone else asks for."""
    asked = Counter(sku for invoice in invoices for sku in {sold.sku for sold in invoice.lines})
    waiting = [invoice for invoice, fate in zip(invoices, going, strict=True) if fate == "backordered"]
    rarest = [
        min((sold.sku for sold in invoice.lines), key=lambda sku: (asked[sku], sku)) for invoice in waiting
    ]
    return frozenset(sku for sku in rarest if asked[sku] <= 2)


def _summed(undone: tuple[tuple[str, int], ...]) -> dict[str, int]:
    units: dict[str, int] = {}
    for sku, quantity in undone:
        units[sku] = units.get(sku, 0) + quantity
    return units
