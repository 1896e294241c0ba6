"""What an order costs. Pure.

Amounts are *as priced*: with `prices_include_tax` they hold the tax, else they are before it.

* a line's `items` is quantity × unit price, rounded half up to the currency; `discount` is the line's whole
  discount; items − discount is what tax is reckoned on;
* tax is reckoned once per rate on the order's sum of that rate (lines and shipping) and rounded once, as
  EN 16931 asks; the rounded sum is then shared over the lines and shipping by largest remainder;
* with tax included: total = items − discount + shipping, and tax is the part within;
  else: total = items − discount + shipping + tax. Line totals are what the customer pays, tax included:
  they, shipping and (when prices exclude tax) its tax add up to the order's total exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from oms.core import money
from oms.core.saying import said


class LineError(ValueError):
    """A line that cannot be priced: `line` is its place (from 0), `field` what is wrong with it."""

    def __init__(self, line: int, field: str, detail: str) -> None:
        super().__init__(f"Line {line + 1}: {detail}")
        self.line = line
        self.field = field
        self.detail = detail


@dataclass(frozen=True, slots=True)
class LineIn:
    """`discount` is the whole line's; `tax_rate` 0.15 is 15 %."""

    quantity: int
    unit_price: Decimal
    discount: Decimal
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class ShippingIn:
    price: Decimal
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class LineOut:
    """`items` and `discount` as priced; `tax` this line's share; `total` what the customer pays for it."""

    items: Decimal
    discount: Decimal
    tax: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """`items`, `discount` and `shipping` as priced; `tax` holds `shipping_tax`; `total` is what is paid."""

    items: Decimal
    discount: Decimal
    shipping: Decimal
    tax: Decimal
    total: Decimal
    lines: tuple[LineOut, ...]
    shipping_tax: Decimal

    @property
    def shipping_total(self) -> Decimal:
        """What the customer pays for shipping, tax included: the total without the lines'."""
        return self.total - sum((line.total for line in self.lines), Decimal(0))


@lru_cache(maxsize=1_000)
def _fraction(rate: Decimal, within: bool) -> tuple[int, int]:
    """The tax in one unit of an amount as (numerator, denominator): r, or r / (1 + r) where it is within."""
    top, bottom = rate.as_integer_ratio()
    return top, bottom + top if within else bottom


def _half_up(top: int, bottom: int) -> int:
    """top / bottom to the nearest whole, the half upwards; neither is negative."""
    return (2 * top + bottom) // (2 * bottom)


def _shared_tax(bases: Sequence[int], rates: Sequence[Decimal], within: bool) -> list[int]:
    """Each base's tax: per rate the sum is rounded once, then shared by largest remainder, then order."""
    groups: dict[Decimal, list[int]] = {}
    for place, rate in enumerate(rates):
        if rate and bases[place]:
            groups.setdefault(rate, []).append(place)
    taxes = [0] * len(bases)
    for rate, places in groups.items():
        top, bottom = _fraction(rate, within)
        left = _half_up(sum([bases[place] for place in places]) * top, bottom)
        remainders = []
        for place in places:
            taxes[place], remainder = divmod(bases[place] * top, bottom)
            left -= taxes[place]
            remainders.append((-remainder, place))
        if left:
            remainders.sort()
            for _, place in remainders[:left]:
                taxes[place] += 1
    return taxes


def compute(
    currency: str,
    lines: Sequence[LineIn],
    shipping: ShippingIn,
    *,
    prices_include_tax: bool,
) -> Totals:
    """The order's totals. LineError where a line makes no sense; ValueError for the rest.

    Works in whole minor units (halalas, fils): exact, and fast enough for 700 lines in one request.
    """
    step = money.step(currency)
    places = money.decimals(currency)
    quantize, scaleb = money.CONTEXT.quantize, money.CONTEXT.scaleb
    items: list[int] = []
    discounts: list[int] = []
    for place, line in enumerate(lines):
        if line.quantity < 1:
            raise LineError(place, "quantity", said("the quantity is at least 1."))
        if line.unit_price < 0:
            raise LineError(place, "unit_price", said("the unit price is not negative."))
        if not 0 <= line.tax_rate <= 1:
            raise LineError(place, "tax_rate", said("the tax rate is between 0 and 1."))
        amount = int(scaleb(quantize(line.unit_price * line.quantity, step), places))
        discount = int(scaleb(quantize(line.discount, step), places)) if line.discount else 0
        if discount < 0:
            raise LineError(place, "discount", said("the discount is not negative."))
        if discount > amount:
            raise LineError(
                place,
                "discount",
                said("the discount is more than its %(amount)s.", amount=scaleb(amount, -places)),
            )
        items.append(amount)
        discounts.append(discount)
    if shipping.price < 0 or not 0 <= shipping.tax_rate <= 1:
        raise ValueError(said("Shipping: the price is not negative and the tax rate is between 0 and 1."))
    carriage = int(scaleb(quantize(shipping.price, step), places))

    nets = [amount - discount for amount, discount in zip(items, discounts, strict=True)]
    rates = [line.tax_rate for line in lines]
    taxes = _shared_tax([*nets, carriage], [*rates, shipping.tax_rate], prices_include_tax)
    tax = sum(taxes)
    total = sum(nets) + carriage + (0 if prices_include_tax else tax)
    if max(sum(items), total) >= scaleb(money.LIMIT, places):
        raise ValueError(said("The order's total is too large."))
    return Totals(
        items=scaleb(Decimal(sum(items)), -places),
        discount=scaleb(Decimal(sum(discounts)), -places),
        shipping=scaleb(Decimal(carriage), -places),
        tax=scaleb(Decimal(tax), -places),
        total=scaleb(Decimal(total), -places),
        lines=tuple(
            [
                LineOut(
                    scaleb(Decimal(amount), -places),
                    scaleb(Decimal(discount), -places),
                    scaleb(Decimal(part), -places),
                    scaleb(Decimal(net if prices_include_tax else net + part), -places),
                )
                for amount, discount, net, part in zip(items, discounts, nets, taxes[:-1], strict=True)
            ]
        ),
        shipping_tax=scaleb(Decimal(taxes[-1]), -places),
    )


def share(
    amount: Decimal,
    quantity: int,
    of: int,
    currency: str,
    *,
    before: int = 0,
    from_end: bool = False,
) -> Decimal:
    """The value of `quantity` units of a line's `amount` for `of` units, after `before` units were taken.

    k units from the start are worth round(amount × k / of), so parts taken one after another add up to the
    whole, whatever their sizes. Cancelled units count from the start and returned ones from the end: then
    both values follow from the counters alone, in any order of events, and together never pass the amount.
    """
    after = before + quantity
    if not 0 <= before <= after <= of or of < 1:
        raise ValueError(f"{quantity} of {of} units after {before} cannot be taken.")
    if from_end:
        before, after = of - after, of - before
    places = money.decimals(currency)
    units = int(money.CONTEXT.scaleb(money.rounded(amount, currency), places))
    if units < 0:
        raise ValueError("An amount to share is not negative.")
    part = _half_up(units * after, of) - _half_up(units * before, of)
    return money.CONTEXT.scaleb(Decimal(part), -places)
