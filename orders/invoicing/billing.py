"""What is to be invoiced and what to be credited of an order, from its counters and what its papers say. Pure.

Goods are invoiced as they leave and credited as they are taken back. Everything is the difference between what
is true now and what was written before, so it may be asked at any time, in any order, as often as one likes.
Amounts are what the customer pays, tax included (`orders.totals`), and parts add up to the line's total exactly:
shipped and returned units both count from the end of a line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from oms.core import money
from orders.totals import LineIn, ShippingIn, compute, share

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Facts:
    """A line as it stands: `total` for all its units, tax included, `discount` as priced."""

    id: UUID
    quantity: int
    total: Decimal
    discount: Decimal
    tax_rate: Decimal
    shipped: int
    returned: int


@dataclass(frozen=True, slots=True)
class Billed:
    """What papers say of a line so far: units and money invoiced, units credited and what those were worth."""

    units: int = 0
    amount: Decimal = ZERO
    back: int = 0
    worth: Decimal = ZERO


NOTHING = Billed()


@dataclass(frozen=True, slots=True)
class Part:
    """A row to be: `line` None is shipping. `fee` is kept of what came back, and not in `amount`."""

    line: UUID | None
    units: int
    amount: Decimal
    tax_rate: Decimal
    discount: Decimal = ZERO
    fee: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Tax:
    """One rate's sum: `taxable` without the tax. Rounded once, as EN 16931 asks."""

    rate: Decimal
    taxable: Decimal
    tax: Decimal


def to_invoice(
    lines: Sequence[Facts],
    billed: Mapping[UUID, Billed],
    currency: str,
    *,
    shipping: Part,
    shipping_billed: Decimal,
) -> list[Part]:
    """Rows of the next invoice, none when nothing left since the last. Shipping goes with the first goods."""
    parts = []
    for line in lines:
        before = billed.get(line.id, NOTHING)
        units = line.shipped - before.units
        # What the units of earlier papers are worth now: more than they say where a price went up.
        worth = _from_end(line.total, before.units, line, currency)
        amount = _from_end(line.total, line.shipped, line, currency) - min(worth, before.amount)
        if units > 0 or amount > 0:
            discount = _from_end(line.discount, line.shipped, line, currency) - _from_end(
                line.discount, before.units, line, currency
            )
            parts.append(Part(line.id, units, amount, line.tax_rate, discount=discount))
    left = shipping.amount - shipping_billed
    if left > 0 and any(line.shipped for line in lines):
        parts.append(Part(None, 0, left, shipping.tax_rate))
    return parts


def to_credit(
    lines: Sequence[Facts],
    billed: Mapping[UUID, Billed],
    currency: str,
    *,
    credited: Decimal,
    credited_before: Decimal,
) -> list[Part]:
    """Rows of the next credit note: what was taken back since the last, and prices that came down since.

    `credited` is what the order was credited in all; what it is less than the goods' worth is a fee, shared
    over them by their worth.
    """
    worths: list[tuple[Facts, int, Decimal]] = []
    parts = []
    for line in lines:
        before = billed.get(line.id, NOTHING)
        down = before.amount - _from_end(line.total, before.units, line, currency)
        if down > 0:
            parts.append(Part(line.id, 0, down, line.tax_rate))
        units = line.returned - before.back
        if units > 0:
            worth = _from_end(line.total, line.returned, line, currency) - before.worth
            worths.append((line, units, max(ZERO, worth)))
    value = sum((worth for _, _, worth in worths), ZERO)
    fees = _spread(
        max(ZERO, value - (credited - credited_before)), [worth for _, _, worth in worths], currency
    )
    for (line, units, worth), fee in zip(worths, fees, strict=True):
        parts.append(Part(line.id, units, worth - fee, line.tax_rate, fee=fee))
    return parts


def taxed(parts: Sequence[Part], currency: str) -> tuple[list[Decimal], list[Tax]]:
    """The tax within each part, and each rate's sums; the parts' taxes add up to them."""
    priced = [LineIn(1, part.amount, ZERO, part.tax_rate) for part in parts]
    sums = compute(currency, priced, ShippingIn(ZERO, ZERO), prices_include_tax=True)
    taxes = [line.tax for line in sums.lines]
    by_rate: dict[Decimal, list[Decimal]] = {}
    for part, tax in zip(parts, taxes, strict=True):
        row = by_rate.setdefault(part.tax_rate.normalize(), [ZERO, ZERO])
        row[0] += part.amount - tax
        row[1] += tax
    return taxes, [Tax(rate, *row) for rate, row in sorted(by_rate.items(), reverse=True)]


def _from_end(amount: Decimal, units: int, line: Facts, currency: str) -> Decimal:
    return share(amount, units, line.quantity, currency, from_end=True)


def _spread(amount: Decimal, worths: Sequence[Decimal], currency: str) -> list[Decimal]:
    """The amount over the worths in proportion: each takes its part of what is left, so that they add up."""
    parts = []
    left, of = amount, sum(worths, ZERO)
    for worth in worths:
        part = money.rounded(left * worth / of, currency) if of else ZERO
        parts.append(part)
        left, of = left - part, of - worth
    return parts
