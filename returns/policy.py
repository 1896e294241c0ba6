"""What may come back, until when, and what is given for it. Pure: `now` is an argument.

Sentences are templates with values, so that a page can say them in the customer's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

from oms.core import money
from oms.core.saying import Said
from orders import totals

FINAL_SALE = "final_sale"  # a tag of the order or the product

OUR_FAULT = frozenset({"damaged", "defective", "wrong_item"})


def gettext_noop(template: str) -> str:
    """Marks a sentence for translation under the name the extraction looks for; a pure file has no Django."""
    return template


CANCELLED = gettext_noop("%(sku)s was cancelled.")
NOT_DELIVERED = gettext_noop("%(sku)s has not been delivered.")
SOLD_FINALLY = gettext_noop("%(sku)s was sold as final and cannot come back.")
TOO_LATE = gettext_noop("%(sku)s could be sent back until %(until)s.")
NONE_LEFT = gettext_noop("All units of %(sku)s have been sent back or asked for.")
TOO_MANY = gettext_noop("Only %(left)s more of %(sku)s can be sent back.")
TOO_FEW = gettext_noop("At least one of %(sku)s is sent back.")


@dataclass(frozen=True, slots=True)
class Policy:
    """`days` after delivery, longer for some reasons; `fees` is the part of the value kept, by reason.

    Goods sold as final still come back where the fault is ours.
    """

    days: int = 14
    days_by_reason: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType(dict.fromkeys(OUR_FAULT, 30))
    )
    fees: Mapping[str, Decimal] = field(default_factory=lambda: MappingProxyType({}))


DEFAULT = Policy()


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One order line: units `delivered` (the last at `delivered_at`), `returned`, and `asked` for but not yet
    taken back; `tags` of the order and the product. `cancelled`: nothing of it was sent, and nothing will be."""

    sku: str
    delivered: int
    delivered_at: datetime | None
    returned: int = 0
    asked: int = 0
    tags: frozenset[str] = frozenset()
    cancelled: bool = False

    @property
    def left(self) -> int:
        """Units that are at the customer's and not spoken for."""
        return max(0, self.delivered - self.returned - self.asked)


@dataclass(frozen=True, slots=True)
class Refusal:
    """The rule that says no. `code`: cancelled, not_delivered, final_sale, window or quantity."""

    code: str
    template: str
    values: Mapping[str, str | int]

    @property
    def detail(self) -> Said:
        """The sentence in English, which knows its pattern."""
        return Said(self.template % self.values, self.template, self.values)


def until(facts: LineFacts, reason: str | None, policy: Policy = DEFAULT) -> datetime | None:
    """The last moment for this reason; without one, for the reason with the longest window."""
    if facts.delivered_at is None:
        return None
    longest = max([policy.days, *policy.days_by_reason.values()])
    days = longest if reason is None else policy.days_by_reason.get(reason, policy.days)
    return facts.delivered_at + timedelta(days=days)


def check(
    facts: LineFacts, reason: str | None, now: datetime, policy: Policy = DEFAULT, *, quantity: int = 1
) -> Refusal | None:
    """The first rule against sending back `quantity` units for this reason, or None: they may.

    Without a reason it answers whether any reason would do, as a page asks before the customer has chosen.
    """
    last = until(facts, reason, policy)
    if facts.cancelled:
        return Refusal("cancelled", CANCELLED, {"sku": facts.sku})
    if not facts.delivered or last is None:
        return Refusal("not_delivered", NOT_DELIVERED, {"sku": facts.sku})
    if FINAL_SALE in facts.tags and reason is not None and reason not in OUR_FAULT:
        return Refusal("final_sale", SOLD_FINALLY, {"sku": facts.sku})
    if now > last:
        return Refusal("window", TOO_LATE, {"sku": facts.sku, "until": f"{last:%Y-%m-%d}"})
    if quantity < 1:
        return Refusal("quantity", TOO_FEW, {"sku": facts.sku})
    if not facts.left:
        return Refusal("quantity", NONE_LEFT, {"sku": facts.sku})
    if quantity > facts.left:
        return Refusal("quantity", TOO_MANY, {"sku": facts.sku, "left": facts.left})
    return None


def value(line_total: Decimal, quantity: int, of: int, currency: str, *, returned_before: int = 0) -> Decimal:
    """What `quantity` units of a line of `of` are worth, tax included: parts add up to the line's total."""
    return totals.share(line_total, quantity, of, currency, before=returned_before, from_end=True)


def fee(value: Decimal, reason: str, currency: str, policy: Policy = DEFAULT) -> Decimal:
    """What is kept of a value for this reason, half up, never more than the value."""
    return min(value, money.rounded(value * policy.fees.get(reason, Decimal(0)), currency))
