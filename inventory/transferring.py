"""Goods move between our locations: asked for, agreed to, sent, counted on arrival, closed.

A request reserves its units at the source, so that no order can take them meanwhile. What leaves is incoming at
the target until it is counted there; what was sent and never came is written off with a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from inventory import news, stock
from inventory.models import (
    Location,
    Product,
    State,
    Transfer,
    TransferLine,
    TransferReceipt,
    TransferReceiptLine,
    TransferState,
    TransferVariance,
)
from inventory.numbering import next_numbers
from oms.core import company
from oms.core.errors import Conflict, IllegalMove, InsufficientStock, Invalid
from oms.core.events import record
from oms.core.saying import said

# How long goods are thought to be on the road where nobody says.
DAYS_ON_THE_ROAD = timedelta(days=2)

NEXT: dict[str, frozenset[str]] = {
    TransferState.REQUESTED: frozenset(
        {TransferState.APPROVED, TransferState.SHIPPED, TransferState.CANCELLED}
    ),
    TransferState.APPROVED: frozenset({TransferState.SHIPPED, TransferState.CANCELLED}),
    TransferState.SHIPPED: frozenset({TransferState.PARTLY_RECEIVED, TransferState.CLOSED}),
    TransferState.PARTLY_RECEIVED: frozenset({TransferState.PARTLY_RECEIVED, TransferState.CLOSED}),
    TransferState.CLOSED: frozenset(),
    TransferState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Units of one product somebody wants moved."""

    product: Product
    quantity: int


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of one location."""

    source: Location
    lines: Sequence[Asked]


@dataclass(frozen=True, slots=True)
class Came:
    """Units of one line as counted at the target. A line may be named once a state."""

    line: UUID
    quantity: int
    state: str = State.ON_HAND


@transaction.atomic
def request(
    target: Location,
    requests: Sequence[Request],
    *,
    needs_approval: bool = False,
    expected_on: date | None = None,
    note: str = "",
    actor: str,
) -> list[Transfer]:
    """Ask one location or several for goods; their units are kept there at once, for all of the requests or for none.

    Raises Invalid for a request that leads nowhere, and InsufficientStock naming each line that a source cannot give.
    """
    _refuse_nonsense(target, requests)
    numbers = next_numbers("TR", len(requests))
    transfers = [
        Transfer(
            number=number,
            source=asked.source,
            target=target,
            needs_approval=needs_approval,
            expected_on=expected_on,
            note=note,
            requested_by=actor,
        )
        for number, asked in zip(numbers, requests, strict=True)
    ]
    lines = [
        TransferLine(transfer=transfer, position=place, product=asked.product, quantity=asked.quantity)
        for transfer, wanted in zip(transfers, requests, strict=True)
        for place, asked in enumerate(wanted.lines, start=1)
    ]
    Transfer.objects.bulk_create(transfers)
    TransferLine.objects.bulk_create(lines)
    _keep(transfers, lines)
    news.touch(line.product_id for line in lines)
    for transfer in transfers:
        _record("transfer.requested", transfer, actor)
    return transfers


@transaction.atomic
def approve(transfer: Transfer, *, actor: str) -> Transfer:
    """A second person agrees. Raises Conflict (`own_request`) for the one who asked, IllegalMove out of turn."""
    transfer = lock(transfer.pk)
    move(transfer, TransferState.APPROVED)
    if actor == transfer.requested_by:
        raise Conflict("Someone else approves what you asked for.", code="own_request")
    transfer.approved_by = actor
    return _saved("transfer.approved", transfer, actor)


@transaction.atomic
def ship(
    transfer: Transfer,
    *,
    quantities: Mapping[UUID, int] | None = None,
    expected_on: date | None = None,
    actor: str,
) -> Transfer:
    """Units leave the source: all that was asked, or what `quantities` says of each line (left out: none of it).

    What stays is free to be sold again. Raises IllegalMove out of turn or before a needed approval; Invalid for an
    unknown line, more than was asked, or nothing at all.
    """
    transfer = lock(transfer.pk)
    move(transfer, TransferState.SHIPPED)
    lines = list(transfer.lines.all())
    _send(lines, quantities)
    now = timezone.now()
    transfer.shipped_at = now
    day = company.day_of(now)
    transfer.expected_on = max(expected_on or transfer.expected_on or day + DAYS_ON_THE_ROAD, day)
    TransferLine.objects.bulk_update(lines, ["shipped"])
    stock.send_away(
        transfer.pk,
        {line.pk: line.shipped for line in lines if line.shipped},
        to=transfer.target_id,
        cause="transfer_out",
        reference=transfer.ref,
        actor=actor,
    )
    news.touch(line.product_id for line in lines)
    return _saved("transfer.shipped", transfer, actor, units=sum(line.shipped for line in lines))


@transaction.atomic
def receive(transfer: Transfer, *, came: Sequence[Came], note: str = "", actor: str) -> Transfer:
    """Count what arrived. The transfer closes by itself once everything that was sent is there.

    More than was sent needs a `note`: it is kept as the variance's reason. Raises IllegalMove out of turn, Invalid
    for an unknown line or nothing at all.
    """
    transfer = lock(transfer.pk)
    _refuse_before_shipping(transfer)
    lines = {line.pk: line for line in transfer.lines.select_related("product")}
    _refuse_unknown(came, lines)
    expected: dict[tuple[int, int], int] = {}
    over: list[TransferVariance] = []
    for line in lines.values():
        units = sum(one.quantity for one in came if one.line == line.pk)
        coming = line.on_the_way
        expected[line.product_id, transfer.target_id] = min(units, coming)
        line.received += units
        if units > coming:
            line.variance += units - coming
            over.append(TransferVariance(line=line, change=units - coming, reason=note, actor=actor))
    if over and not note:
        raise Invalid.at("/note", said("More came than was sent. Say why."), "reason_required")
    whole = all(line.on_the_way == 0 for line in lines.values())
    move(transfer, TransferState.CLOSED if whole else TransferState.PARTLY_RECEIVED)
    TransferLine.objects.bulk_update(lines.values(), ["received", "variance"])
    TransferVariance.objects.bulk_create(over)
    receipt = TransferReceipt.objects.create(transfer=transfer, note=note, actor=actor)
    TransferReceiptLine.objects.bulk_create(
        TransferReceiptLine(receipt=receipt, line=lines[one.line], quantity=one.quantity, state=one.state)
        for one in came
    )
    stock.receive(
        [
            stock.Incoming(lines[one.line].product_id, transfer.target_id, one.quantity, one.state)
            for one in came
        ],
        expected=expected,
        cause="transfer_in",
        reference=transfer.ref,
        actor=actor,
        reason=note,
    )
    if whole:
        transfer.closed_at = timezone.now()
    units = sum(one.quantity for one in came)
    facts = {"units": units, "over": sum(one.change for one in over), "complete": whole}
    return _saved("transfer.received", transfer, actor, **facts)


@transaction.atomic
def close(transfer: Transfer, *, reason: str, actor: str) -> Transfer:
    """Nothing more will come: what is still on the way is written off, each line with the reason."""
    transfer = lock(transfer.pk)
    _refuse_before_shipping(transfer)
    move(transfer, TransferState.CLOSED)
    lines = list(transfer.lines.all())
    lost = {line: line.on_the_way for line in lines if line.on_the_way}
    for line, units in lost.items():
        line.variance -= units
    TransferLine.objects.bulk_update(lost, ["variance"])
    TransferVariance.objects.bulk_create(
        TransferVariance(line=line, change=-units, reason=reason, actor=actor) for line, units in lost.items()
    )
    stock.expect({(line.product_id, transfer.target_id): -units for line, units in lost.items()})
    transfer.closed_at = timezone.now()
    transfer.closed_reason = reason
    return _saved("transfer.closed", transfer, actor, short=sum(lost.values()))


@transaction.atomic
def cancel(transfer: Transfer, *, reason: str, actor: str) -> Transfer:
    """The request falls away before anything left; its units can be sold again."""
    transfer = lock(transfer.pk)
    move(transfer, TransferState.CANCELLED)
    lines = list(transfer.lines.all())
    stock.release(transfer.pk, [stock.Free(line.pk, line.quantity) for line in lines])
    news.touch(line.product_id for line in lines)
    transfer.closed_at = timezone.now()
    transfer.closed_reason = reason
    return _saved("transfer.cancelled", transfer, actor)


def lock(pk: UUID) -> Transfer:
    """The transfer as it is now, ours until the transaction ends: before any stock level."""
    return (
        Transfer.objects.select_related("source", "target")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=pk)
    )


def may_become(transfer: Transfer, state: str) -> bool:
    """Whether that step is in turn."""
    if state == TransferState.APPROVED and not transfer.needs_approval:
        return False
    if (
        state == TransferState.SHIPPED
        and transfer.needs_approval
        and transfer.state == TransferState.REQUESTED
    ):
        return False
    return state in NEXT[transfer.state]


def move(transfer: Transfer, state: str) -> None:
    """Raises IllegalMove for a step out of turn."""
    if not may_become(transfer, state):
        raise IllegalMove(f"Transfer {transfer.number} is {transfer.state}; it cannot become {state}.")
    transfer.state = state


def _keep(transfers: Sequence[Transfer], lines: Sequence[TransferLine]) -> None:
    """Reserve every line at its source; raises InsufficientStock naming those that do not fit."""
    wants = {transfer.pk: [] for transfer in transfers}  # type: dict[UUID, list[stock.Want]]
    for line in lines:
        wants[line.transfer_id].append(stock.Want(line.pk, line.product_id, line.quantity))
    outcomes = stock.reserve(wants, only_at={transfer.pk: transfer.source_id for transfer in transfers})
    short = {one.line: one for outcome in outcomes.values() for one in outcome.short}
    if not short:
        return
    found = []
    for line in lines:
        if line.pk in short:
            there = short[line.pk].available
            source = line.transfer.source.code
            found.append(
                {
                    "pointer": f"/lines/{line.position - 1}/quantity",
                    "code": "insufficient_stock",
                    "detail": said(
                        "%(quantity)s of %(sku)s asked, %(there)s available at %(source)s.",
                        quantity=line.quantity,
                        sku=line.product.sku,
                        there=there,
                        source=source,
                    ),
                    "sku": line.product.sku,
                    "location": source,
                    "asked": line.quantity,
                    "available": there,
                }
            )
    raise InsufficientStock(errors=found)


def _send(lines: Sequence[TransferLine], quantities: Mapping[UUID, int] | None) -> None:
    if quantities is None:
        for line in lines:
            line.shipped = line.quantity
        return
    known = {line.pk: line for line in lines}
    for place, (line_id, quantity) in enumerate(quantities.items()):
        if line_id not in known:
            raise Invalid.at(f"/lines/{place}/id", said("This transfer has no such line."), "unknown_line")
        line = known[line_id]
        if quantity > line.quantity:
            detail = said("Only %(quantity)s were asked for.", quantity=line.quantity)
            raise Invalid.at(f"/lines/{place}/quantity", detail, "too_many")
        line.shipped = quantity
    if not any(line.shipped for line in lines):
        raise Invalid.at("/lines", said("Nothing leaves. Cancel the request instead."), "nothing_sent")


def _refuse_nonsense(target: Location, requests: Sequence[Request]) -> None:
    if not requests:
        raise Invalid.at("/requests", said("Ask at least one location."))
    if len({asked.source.pk for asked in requests}) < len(requests):
        raise Invalid.at("/requests", said("A location is asked once."), "location_twice")
    for asked in requests:
        if asked.source.pk == target.pk:
            raise Invalid.at("/source", said("Source and target are the same location."), "same_location")
        if not asked.lines:
            raise Invalid.at("/lines", "A transfer has at least one line.", "no_lines")
        seen: set[int] = set()
        for place, line in enumerate(asked.lines):
            if line.product.pk in seen:
                raise Invalid.at(f"/lines/{place}/sku", said("A SKU is named once."), "sku_twice")
            seen.add(line.product.pk)
            if line.product.components:
                detail = said("%(sku)s is a kit: move its parts.", sku=line.product.sku)
                raise Invalid.at(f"/lines/{place}/sku", detail, "kit")


def _refuse_unknown(came: Sequence[Came], lines: Mapping[UUID, TransferLine]) -> None:
    if not came:
        raise Invalid.at("/lines", said("Say what came."), "nothing_came")
    for place, one in enumerate(came):
        if one.line not in lines:
            raise Invalid.at(f"/lines/{place}/id", said("This transfer has no such line."), "unknown_line")


def _refuse_before_shipping(transfer: Transfer) -> None:
    if transfer.state not in (TransferState.SHIPPED, TransferState.PARTLY_RECEIVED):
        raise IllegalMove(f"Transfer {transfer.number} is {transfer.state}; nothing is on its way.")


def _saved(kind: str, transfer: Transfer, actor: str, **more: Any) -> Transfer:
    transfer.version += 1
    transfer.save()
    _record(kind, transfer, actor, **more)
    return transfer


def _record(kind: str, transfer: Transfer, actor: str, **more: Any) -> None:
    data = {
        "id": str(transfer.pk),
        "number": transfer.number,
        "version": transfer.version,
        "source": transfer.source.code,
        "target": transfer.target.code,
        **more,
    }
    record(kind, transfer.ref, actor=actor, data=data)
