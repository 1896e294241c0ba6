"""A checkout keeps stock for some minutes: made, given up, or over by the clock.

An order takes it over in `consuming.py`. An order's own stock has no such end, however it is paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from inventory import news, stock
from inventory.models import Location
from oms.core.errors import Conflict, InsufficientStock, Invalid
from oms.core.events import NewEvent, Recorded, record_many
from oms.core.models import new_id
from oms.core.saying import said
from orders import goods
from orders.models import Checkout, CheckoutLine, CheckoutState

BATCH = 200


@dataclass(frozen=True, slots=True)
class Asked:
    sku: str
    quantity: int


@transaction.atomic
def keep(
    channel_id: int, lines: Sequence[Asked], *, minutes: int, location: str | None = None, actor: str
) -> Checkout:
    """Keep stock until so many minutes from now, all of it at `location` if one is named (pickup).

    What is not there waits where the product may be back-ordered; else InsufficientStock names each line.
    Raises Invalid (`unknown_sku`, `unknown_location`).
    """
    products = goods.find({line.sku for line in lines})
    unknown = [
        {
            "pointer": f"/lines/{n}/sku",
            "code": "unknown_sku",
            "detail": said("There is no SKU %(sku)s.", sku=line.sku),
        }
        for n, line in enumerate(lines)
        if line.sku not in products
    ]
    if unknown:
        raise Invalid(str(unknown[0]["detail"]), code="unknown_sku", errors=unknown)
    place = Location.objects.filter(code=location, active=True).first() if location else None
    if location and place is None:
        raise Invalid.at(
            "/location", said("There is no location %(location)s.", location=location), "unknown_location"
        )
    now = timezone.now()
    checkout = Checkout(
        channel_id=channel_id, location=place, created_at=now, expires_at=now + timedelta(minutes=minutes)
    )
    rows = [
        CheckoutLine(
            id=new_id(),
            checkout=checkout,
            position=position,
            product_id=products[line.sku].product_id,
            sku=line.sku,
            quantity=line.quantity,
            parts=products[line.sku].parts,
        )
        for position, line in enumerate(lines, start=1)
    ]
    outcome = stock.reserve(
        {checkout.pk: [products[row.sku].want(row.pk, row.quantity, backorder=False) for row in rows]},
        only_at={checkout.pk: place.pk} if place else None,
        owed=goods.owed(products.values()),
        hot=goods.hot(products.values()),
        until=checkout.expires_at,
    )[checkout.pk]
    if outcome.short:
        raise _insufficient(rows, outcome)
    for row in rows:
        row.reserved = row.quantity - outcome.backordered.get(row.pk, 0)
    checkout.save(force_insert=True)
    CheckoutLine.objects.bulk_create(rows)
    _tell("reservation.made", [checkout], actor)
    return checkout


def on_made(event: Recorded) -> None:
    """What is available changed."""
    checkout = Checkout.objects.get(pk=event.data["id"])
    news.touch(checkout.lines.values_list("product_id", flat=True))


@transaction.atomic
def give_up(checkout: Checkout, *, actor: str) -> None:
    """Let the stock go before its time. A second time, or after its end, changes nothing.

    Raises Conflict (`reservation_consumed`) when an order has it.
    """
    checkout = Checkout.objects.select_for_update().get(pk=checkout.pk)
    if checkout.state == CheckoutState.CONSUMED:
        raise Conflict(said("An order has taken this reservation over."), code="reservation_consumed")
    if checkout.state == CheckoutState.OPEN:
        _end([checkout], CheckoutState.RELEASED, actor)


def end_due() -> int:
    """Let go of what is past its end and not yet let go; how many checkouts."""
    ended = 0
    while batch := _end_batch():
        ended += batch
    return ended


@transaction.atomic
def _end_batch() -> int:
    due = Checkout.objects.filter(state=CheckoutState.OPEN, expires_at__lte=timezone.now())
    batch = list(due.select_for_update(skip_locked=True).order_by("expires_at", "pk")[:BATCH])
    if batch:
        _end(batch, CheckoutState.EXPIRED, "system")
    return len(batch)


def _end(checkouts: Sequence[Checkout], state: CheckoutState, actor: str) -> None:
    stock.drop([checkout.pk for checkout in checkouts])
    Checkout.objects.filter(pk__in=[checkout.pk for checkout in checkouts]).update(state=state)
    _tell(f"reservation.{state}", checkouts, actor)


def _tell(kind: str, checkouts: Sequence[Checkout], actor: str) -> None:
    record_many(
        [
            NewEvent(
                kind,
                checkout.ref,
                actor,
                checkout.channel_id,
                {"id": str(checkout.pk), "number": str(checkout.pk), "version": 1},
            )
            for checkout in checkouts
        ]
    )


def _insufficient(rows: Sequence[CheckoutLine], outcome: stock.Outcome) -> InsufficientStock:
    places = {row.pk: (n, row) for n, row in enumerate(rows)}
    found = []
    for short in outcome.short:
        n, row = places[short.line]
        found.append(
            {
                "pointer": f"/lines/{n}/quantity",
                "code": "insufficient_stock",
                "detail": said(
                    "%(asked)s of %(sku)s asked, %(available)s available.",
                    asked=short.asked,
                    sku=row.sku,
                    available=short.available,
                ),
                "sku": row.sku,
                "asked": short.asked,
                "available": short.available,
            }
        )
    return InsufficientStock(errors=found)
