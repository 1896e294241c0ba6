"""A customer, or staff for them, asks to send goods back."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Q, Sum
from django.utils import timezone

from fulfillment.models import ShipmentLine, ShipmentState
from inventory.models import Product
from oms.core import company, text
from oms.core.errors import Conflict, Invalid
from oms.core.events import record
from oms.core.saying import said
from orders import progress
from orders.models import Line, Order
from returns import policy
from returns.models import Acceptance, Reception, Resolution, Return, ReturnLine

NOTE_LENGTH = 1000
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Asked:
    """Units of one order line somebody wants to send back. `line` is the order line's id."""

    line: UUID
    quantity: int
    reason: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Returnable:
    """How much of a line may come back, and until when for the most patient reason.

    Where nothing may, `quantity` is 0 and `refusal` is the rule that says no, a sentence ready to translate.
    """

    line: Line
    quantity: int
    facts: policy.LineFacts
    refusal: policy.Refusal | None = None
    until: datetime | None = None

    @property
    def rule(self) -> str:
        """cancelled, not_delivered, final_sale, window or quantity; empty when nothing stands against it."""
        return self.refusal.code if self.refusal else ""


def returnable(order: Order, *, stranded: bool = False, now: datetime | None = None) -> list[Returnable]:
    """What of each line may be asked back now, in the order's line order. Reads only, without a lock.

    `stranded` counts units of parcels that came back to us or were lost too: staff settle those by a return,
    a customer has nothing to send.
    """
    now = now or timezone.now()
    asked = Counter(
        dict(
            ReturnLine.objects.filter(_still_asked(), return_order__order=order)
            .values_list("line_id")
            .annotate(units=Sum(F("quantity") - F("inspected")))
        )
    )
    delivered: dict[UUID, datetime | None] = dict(
        ShipmentLine.objects.filter(line__order=order, shipment__delivered_at__isnull=False)
        .values_list("line_id")
        .annotate(last=Max("shipment__delivered_at"))
    )
    adrift = _stranded(order) if stranded else {}
    # A refusal names the last day; it is one on the receiver's clocks.
    clocks = company.clocks_in(order.country)
    found = []
    for line in order.lines.order_by("position"):
        came = now if line.pk in adrift else delivered.get(line.pk)
        known = policy.LineFacts(
            sku=line.sku,
            delivered=min(line.shipped, line.delivered + adrift.get(line.pk, 0)),
            delivered_at=came and came.astimezone(clocks),
            returned=line.returned,
            asked=asked[line.pk],
            tags=frozenset(order.tags),
            cancelled=line.cancelled == line.quantity,
        )
        refusal = policy.check(known, None, now)
        found.append(
            Returnable(line, 0 if refusal else known.left, known, refusal, policy.until(known, None))
        )
    return found


@transaction.atomic
def request_return(
    order: Order,
    *,
    lines: Sequence[Asked],
    method: str,
    resolution: str,
    exchange_sku: str = "",
    stranded: bool = False,
    actor: str,
    now: datetime | None = None,
) -> Return:
    """Register a wish to return; the order then says `requested`. `stranded` is as in `returnable`.

    Raises Invalid for an unknown line or SKU, Conflict `not_returnable` with the `rule` that says no.
    """
    asked = _checked(lines)
    _check_exchange(resolution, exchange_sku)
    order = progress.lock(order.pk)
    _refuse_what_may_not(order, asked, stranded, now)
    place = Return.objects.filter(order=order).count() + 1
    returned = Return.objects.create(
        number=f"R{order.number}-{place}",
        order=order,
        method=method,
        resolution=resolution,
        exchange_sku=exchange_sku,
        credited=ZERO,
        fee=ZERO,
        refunded=ZERO,
        requested_by=actor,
    )
    ReturnLine.objects.bulk_create(
        [
            ReturnLine(
                return_order=returned, line_id=a.line, quantity=a.quantity, reason=a.reason, note=a.note
            )
            for a in asked
        ]
    )
    order.returns_open += 1
    progress.refresh(order)
    record(
        "return.requested",
        returned.ref,
        actor=actor,
        channel_id=order.channel_id,
        thread=order.ref,
        data={**facts(returned), "quantity": sum(a.quantity for a in asked)},
    )
    return returned


def facts(returned: Return) -> dict[str, object]:
    """What every event of a return carries: ids and figures."""
    return {
        "id": str(returned.pk),
        "number": returned.number,
        "version": returned.version,
        "order": str(returned.order.number),
        "method": returned.method,
        "resolution": returned.resolution,
    }


def _still_asked() -> Q:
    """Returns whose units not yet inspected are spoken for."""
    return ~Q(return_order__acceptance=Acceptance.REJECTED) & ~Q(
        return_order__reception__in=[Reception.LOST, Reception.CANCELLED]
    )


def _checked(lines: Sequence[Asked]) -> list[Asked]:
    """The lines with their notes cleaned. Raises Invalid for none, a quantity below 1 or a note of dirt."""
    if not lines:
        raise Invalid.at("/lines", said("Name at least one line."), "required")
    checked = []
    for place, asked in enumerate(lines):
        if asked.quantity < 1:
            raise Invalid.at(f"/lines/{place}/quantity", said("At least one unit."))
        try:
            note = text.clean(asked.note, NOTE_LENGTH, lines=True)
        except ValueError as error:
            raise Invalid.at(f"/lines/{place}/note", str(error)) from error
        checked.append(replace(asked, note=note))
    return checked


def _check_exchange(resolution: str, exchange_sku: str) -> None:
    """An exchange names a SKU we know; nothing else names one."""
    if resolution != Resolution.EXCHANGE:
        if exchange_sku:
            raise Invalid.at("/exchange_sku", said("Only an exchange names another SKU."))
    elif not exchange_sku:
        raise Invalid.at("/exchange_sku", said("An exchange names the SKU wanted instead."), "required")
    elif "\x00" in exchange_sku or not Product.objects.filter(sku=exchange_sku).exists():
        raise Invalid.at("/exchange_sku", said("There is no such SKU."), "unknown_sku")


def _stranded(order: Order) -> dict[UUID, int]:
    """Units by line in parcels that ended anywhere but with the customer."""
    ended = [ShipmentState.RETURNED_TO_SENDER, ShipmentState.LOST]
    rows = ShipmentLine.objects.filter(line__order=order, shipment__state__in=ended, quantity__gt=0)
    return dict(rows.values_list("line_id").annotate(units=Sum("quantity")))


def _refuse_what_may_not(order: Order, asked: Sequence[Asked], stranded: bool, now: datetime | None) -> None:
    """Raises Invalid `unknown_line`, or `not_returnable` with every line's rule."""
    now = now or timezone.now()
    may = {found.line.pk: found.facts for found in returnable(order, stranded=stranded, now=now)}
    refused = []
    for place, units in enumerate(asked):
        facts = may.get(units.line)
        if facts is None:
            raise Invalid.at(f"/lines/{place}/id", said("The order has no such line."), "unknown_line")
        refusal = policy.check(facts, units.reason, now, quantity=units.quantity)
        if refusal:
            refused.append({"pointer": f"/lines/{place}", "code": refusal.code, "detail": refusal.detail})
        may[units.line] = replace(facts, asked=facts.asked + units.quantity)
    if refused:
        raise Conflict(refused[0]["detail"], code="not_returnable", errors=refused, rule=refused[0]["code"])
