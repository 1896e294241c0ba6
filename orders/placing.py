"""Placing orders: the one way in, for a single order as for a batch of 250.

Set-based: the same number of statements for 2 lines as for 700 and for 1 order as for 250. Stock is locked
last; a refused order of a batch leaves nothing behind and spoils no other.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection, transaction

from inventory import stock
from oms.core import address, errors, text
from oms.core.events import NewEvent, record_many
from oms.core.models import new_id
from oms.core.saying import said
from orders import duplicates, expecting, goods, status, storing
from orders.checkouts import consuming
from orders.customers import find_or_make
from orders.goods import Goods
from orders.models import Hold, Line, Order, Payment, new_token
from orders.new_order import Checked
from orders.placement import Placed, Placement

LEDGER_KIND = {
    "authorized": "authorization",
    "captured": "capture",
    "pending": "pending",
}


_PICKUPS = "SELECT code, id FROM inventory_location WHERE code = ANY(%s) AND active"


def place_order(placement: Placement, *, actor: str) -> Placed:
    """Place one order, or find the same one again. Raises what `place_orders` answers as a refusal."""
    placed = place_orders([placement], actor=actor)[0]
    if isinstance(placed, errors.Problem):
        raise placed
    return placed


# No savepoint: the door that calls this has nothing to save if it fails.
@transaction.atomic(savepoint=False)
def place_orders(
    placements: Sequence[Placement], *, actor: str, trial: bool = False
) -> list[Placed | errors.Problem]:
    """Place each order on its own, in one transaction: rows, stock, events.

    Refusals, by position: `unknown_sku`, `insufficient_stock`, `duplicate_external_id`, `unknown_location`, and
    those of a reservation that cannot be used (`orders.checkouts.consuming`). With `trial` the caller takes
    everything back, and no order number is used up.
    A repeat of the same facts is answered with the order that stands.
    """
    results: list[Placed | errors.Problem | None] = [None] * len(placements)
    products = goods.find({line.sku for placement in placements for line in placement.order.body.lines})
    pickups = _pickups(placements)
    for index, placement in enumerate(placements):
        results[index] = _unknown(placement.order, products, pickups)
    # One round, unless a number comes again whose first order was refused: each item is judged on its own.
    while batch := [index for index in range(len(placements)) if results[index] is None]:
        batch, repeats = duplicates.within(placements, batch)
        _place(placements, batch, products, pickups, results, actor, trial)
        for index, first in repeats.items():
            results[index] = duplicates.answer_within(placements[index], placements[first], results[first])
    return [result for result in results if result is not None]


def _place(
    placements: Sequence[Placement],
    batch: list[int],
    products: dict[str, Goods],
    pickups: dict[str, int],
    results: list[Placed | errors.Problem | None],
    actor: str,
    trial: bool,
) -> None:
    now = datetime.now(UTC)
    customers = find_or_make([placements[index].order for index in batch])
    drafts = {
        index: _draft(placements[index], products, pickups, customer, now, actor)
        for index, customer in zip(batch, customers, strict=True)
    }
    stored = storing.insert_orders(
        [drafts[index].order for index in batch],
        [placements[index].source for index in batch],
        trial=trial,
    )
    taken = [index for index in batch if drafts[index].order.id not in stored]
    for index, answer in zip(taken, duplicates.answers([placements[i] for i in taken]), strict=True):
        results[index] = answer
    fresh = [index for index in batch if drafts[index].order.id in stored]
    if not fresh:
        return
    for index in fresh:
        drafts[index].order.number = stored[drafts[index].order.id]
    reserved_for = {
        drafts[index].order.id: (placements[index].order.body.reservation or "", placements[index].channel.id)
        for index in fresh
        if placements[index].order.body.reservation
    }
    kept = consuming.lock(reserved_for) if reserved_for else consuming.NONE
    outcomes = stock.reserve(
        {
            drafts[index].order.id: [
                products[line.sku].want(line.id, line.quantity, backorder=asked.backorder)
                for line, asked in zip(drafts[index].lines, placements[index].order.body.lines, strict=True)
            ]
            for index in fresh
            if drafts[index].order.id not in kept.refusals
        },
        only_at={
            order.id: order.delivery_location_id
            for order in (drafts[index].order for index in fresh)
            if order.delivery_kind == "pickup" and order.delivery_location_id is not None
        },
        instead_of=kept.checkouts,
        owed=goods.owed(products.values()),
        hot=goods.hot(products.values()),
    )
    placed = []
    refused = []
    for index in fresh:
        draft = drafts[index]
        if draft.order.id in kept.refusals:
            refused.append(draft.order.id)
            results[index] = kept.refusals[draft.order.id]
            continue
        outcome = outcomes[draft.order.id]
        if outcome.short:
            refused.append(draft.order.id)
            results[index] = _insufficient(draft.lines, outcome)
            continue
        for line in draft.lines:
            line.backordered = outcome.backordered.get(line.id, 0)
            line.reserved = line.quantity - line.backordered
        draft.order.stage = _stage(draft)
        placed.append(draft)
        results[index] = draft
    if waiting := [line for draft in placed for line in draft.lines if line.backordered]:
        expecting.promise(waiting, {one.product_id: one.sold_from for one in products.values()})
    if refused:
        storing.take_back(refused)
    if placed:
        storing.insert_rows(placed)
        told = [event for draft in placed for event in _events(draft, actor)]
        used = {draft.order.id: draft.order for draft in placed if draft.order.id in kept.checkouts}
        if used:
            told += consuming.consume({pk: kept.checkouts[pk] for pk in used}, used, actor=actor)
        record_many(told)


def _pickups(placements: Sequence[Placement]) -> dict[str, int]:
    codes = {p.order.body.delivery.location for p in placements if p.order.body.delivery.location}
    if not codes:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PICKUPS, [sorted(codes)])
        return dict(cursor.fetchall())


def _unknown(order: Checked, products: dict[str, Goods], pickups: dict[str, int]) -> errors.Invalid | None:
    unknown = [
        {
            "pointer": f"/lines/{i}/sku",
            "code": "unknown_sku",
            "detail": said("There is no SKU %(sku)s.", sku=line.sku),
        }
        for i, line in enumerate(order.body.lines)
        if line.sku not in products
    ]
    if unknown:
        return errors.Invalid(str(unknown[0]["detail"]), code="unknown_sku", errors=unknown)
    location = order.body.delivery.location
    if location and location not in pickups:
        return errors.Invalid.at(
            "/delivery/location",
            said("There is no location %(location)s.", location=location),
            "unknown_location",
        )
    return None


def _draft(
    placement: Placement,
    products: dict[str, Goods],
    pickups: dict[str, int],
    customer: UUID,
    now: datetime,
    actor: str,
) -> Placed:
    """The rows an order will be, with every unit taken as reserved."""
    checked, body, priced = (
        placement.order,
        placement.order.body,
        placement.order.totals,
    )
    captured = sum((p.amount for p in checked.payments if p.state == "captured"), Decimal(0))
    order = Order(
        id=new_id(),
        channel_id=placement.channel.id,
        external_id=checked.external_id,
        fingerprint=checked.fingerprint,
        currency=body.currency,
        language=(body.language or placement.channel.language)[:8].lower(),
        placed_at=body.placed_at or now,
        created_at=now,
        updated_at=now,
        customer_id=customer,
        customer_name=checked.name,
        customer_email=checked.email,
        customer_phone=checked.phone,
        name_key=text.name_key(checked.name),
        email_key=checked.email_key,
        phone_key=checked.phone_key,
        shipping_address=checked.shipping_address,
        billing_address=checked.billing_address,
        country=(checked.shipping_address or {}).get("country", ""),
        prices_include_tax=body.prices_include_tax,
        shipping_service=body.shipping.service,
        shipping_price=checked.shipping.price,
        shipping_tax_rate=checked.shipping.tax_rate,
        shipping_tax=priced.shipping_tax,
        delivery_kind=body.delivery.kind,
        delivery_location_id=pickups.get(body.delivery.location or ""),
        delivery_location_code=body.delivery.location or "",
        delivery_slot=body.delivery.slot or "",
        note=checked.note,
        gift_message=checked.gift_message,
        tags=checked.tags,
        metadata=body.metadata,
        tracking_token=new_token(),
        items=priced.items,
        discount=priced.discount,
        shipping=priced.shipping,
        tax=priced.tax,
        placed_total=priced.total,
        total=priced.total,
        credited=Decimal(0),
        paid=captured,
    )
    lines = [
        Line(
            id=new_id(),
            order_id=order.id,
            position=position,
            product_id=products[asked.sku].product_id,
            parts=products[asked.sku].parts,
            sku=asked.sku,
            quantity=asked.quantity,
            unit_price=line.unit_price,
            discount=line.discount,
            tax_rate=line.tax_rate,
            tax=out.tax,
            total=out.total,
            personalisation=asked.personalisation,
            reserved=asked.quantity,
        )
        for position, (asked, line, out) in enumerate(
            zip(body.lines, checked.lines, priced.lines, strict=True), start=1
        )
    ]
    holds = []
    if not checked.covered():
        holds.append(_hold(order, "awaiting_payment", "", now, actor))
    wrong = address.problems(checked.shipping_address) if checked.shipping_address else []
    if wrong:
        holds.append(
            _hold(
                order,
                "bad_address",
                " ".join(sentence for _, sentence in wrong),
                now,
                actor,
            )
        )
    payments = [
        Payment(
            id=new_id(),
            order_id=order.id,
            kind=LEDGER_KIND[paid.state],
            method=paid.method,
            provider=paid.provider,
            amount=paid.amount,
            reference=paid.reference,
            at=now,
            actor=actor,
        )
        for paid in checked.payments
    ]
    draft = Placed(order, lines, holds, payments, placement.channel.code)
    derived = status.derive([_counters(line) for line in lines], bool(holds), _ledger(draft))
    order.status, order.stage, order.payment_status = (
        derived.status,
        derived.stage,
        derived.payment_status,
    )
    return draft


def _hold(order: Order, reason: str, note: str, now: datetime, actor: str) -> Hold:
    return Hold(
        id=new_id(),
        order_id=order.id,
        reason=reason,
        note=note[:500],
        since=now,
        placed_by=actor,
    )


def _counters(line: Line) -> status.Counters:
    return status.Counters(line.quantity, reserved=line.reserved, backordered=line.backordered)


def _ledger(draft: Placed) -> status.Money:
    authorized = sum((p.amount for p in draft.payments if p.kind == "authorization"), Decimal(0))
    return status.Money(total=draft.order.total, captured=draft.order.paid, authorized_open=authorized)


def _stage(draft: Placed) -> str:
    return status.derive([_counters(line) for line in draft.lines], bool(draft.holds), _ledger(draft)).stage


def _insufficient(lines: Sequence[Line], outcome: stock.Outcome) -> errors.InsufficientStock:
    by_line = {line.id: (position, line) for position, line in enumerate(lines)}
    found = []
    for short in outcome.short:
        position, line = by_line[short.line]
        found.append(
            {
                "pointer": f"/lines/{position}/quantity",
                "code": "insufficient_stock",
                "detail": said(
                    "%(asked)s of %(sku)s asked, %(available)s available.",
                    asked=short.asked,
                    sku=line.sku,
                    available=short.available,
                ),
                "sku": line.sku,
                "asked": short.asked,
                "available": short.available,
            }
        )
    return errors.InsufficientStock(errors=found)


def _events(draft: Placed, actor: str) -> list[NewEvent]:
    order = draft.order
    facts = {"id": str(order.id), "number": str(order.number), "version": 1}
    told = [
        NewEvent(
            "order.placed",
            order.ref,
            actor,
            order.channel_id,
            {
                **facts,
                "lines": len(draft.lines),
                "total": str(order.total),
                "currency": order.currency,
            },
        )
    ]
    told += [
        NewEvent(
            "order.held",
            order.ref,
            actor,
            order.channel_id,
            {**facts, "hold": str(h.id), "reason": h.reason},
        )
        for h in draft.holds
    ]
    told += [
        NewEvent(
            "payment.captured",
            order.ref,
            actor,
            order.channel_id,
            {
                **facts,
                "payment": str(p.id),
                "amount": str(p.amount),
                "method": p.method,
            },
        )
        for p in draft.payments
        if p.kind == "capture"
    ]
    return told
