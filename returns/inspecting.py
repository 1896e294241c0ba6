"""What came back is looked at; stock and the order's credit follow by themselves."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import F

from fulfillment.models import PickedLot
from inventory import stock
from oms.core.errors import IllegalMove, Invalid
from oms.core.events import record
from orders import progress
from returns import access, crediting, verdicts
from returns.models import Disposition, Inspection, Receipt, Reception, Reimbursement, Return, ReturnLine
from returns.receiving import refuse_unknown
from returns.requests import facts
from returns.verdicts import Found

INSPECTABLE = {Reception.PARTIALLY_RECEIVED, Reception.RECEIVED}


@transaction.atomic
def inspect(
    returned: Return, *, lines: Sequence[Found], actor: str, at: frozenset[str] | None = None
) -> tuple[Return, list[Inspection]]:
    """Put units back to stock where they were received, and credit those we keep.

    `at` bounds the inspector to units received at these locations. Raises IllegalMove before anything came;
    Invalid for an unknown line, more units than were received and not yet inspected, a component that is not of the
    kit, a lot that was not sent, or goods that are not acceptable and yet for the shelf.
    """
    order, returned = access.lock(returned.pk)
    if returned.reception not in INSPECTABLE:
        raise IllegalMove(f"Return {returned.number} is {returned.reception}; receive it first.")
    mine = {line.pk: line for line in returned.lines.select_related("line")}
    refuse_unknown([found.line for found in lines], mine)
    still = waiting(mine, at)
    sent = _sent([line.line_id for line in mine.values() if line.pk in {found.line for found in lines}])
    incoming: list[stock.Incoming] = []
    kept: list[tuple[ReturnLine, int]] = []
    inspections: list[Inspection] = []
    for place, found in enumerate(lines):
        line = mine[found.line]
        taken = _take(still[found.line], found.quantity)
        if taken is None:
            raise Invalid.at(
                f"/lines/{place}/quantity", "More units than were received and not yet inspected.", "too_many"
            )
        verdicts.refuse_unsaid(found, line.line, sent[line.line_id], place)
        line.inspected += found.quantity
        for number, (where, units) in enumerate(taken):
            inspections.append(
                Inspection(
                    line=line,
                    location_id=where,
                    quantity=units,
                    grade=found.grade,
                    disposition=found.disposition,
                    # Told once, where units of one verdict lie at several places.
                    parts=[] if number else found.stored(),
                    actor=actor,
                )
            )
        incoming += verdicts.incoming(found, line.line, taken, sent[line.line_id])
        if Disposition(found.disposition) in verdicts.STATE_OF:
            kept.append((line, found.quantity))
    ReturnLine.objects.bulk_update(mine.values(), ["inspected"])
    Inspection.objects.bulk_create(inspections)
    value = crediting.credit(order, returned, kept)
    if crediting.due(returned) == 0 and all(line.inspected == line.quantity for line in mine.values()):
        # All is settled and nothing is owed for it: the return is over.
        returned.reimbursement = Reimbursement.DONE if returned.refunded else Reimbursement.NONE
        order.returns_open -= 1
        progress.refresh(order)
    returned.version += 1
    returned.save()
    if incoming:
        stock.receive(incoming, cause="returned", reference=returned.ref, actor=actor)
    record(
        "return.inspected",
        returned.ref,
        actor=actor,
        channel_id=order.channel_id,
        thread=order.ref,
        data={**facts(returned), "quantity": sum(f.quantity for f in lines), "credited": str(value)},
    )
    return returned, inspections


def lots_sent(lines: Sequence[ReturnLine]) -> dict[tuple[UUID, int], list[str]]:
    """The codes a verdict may name, by line and product (a kit's component), in the order they expire.

    One query, none where nothing has lots.
    """
    mine = {line.line_id: line.pk for line in lines if line.line.product.tracks_lots or line.line.parts}
    found: dict[tuple[UUID, int], list[str]] = defaultdict(list)
    for line_id, lots in _sent(list(mine)).items():
        for product_id, code in lots:
            if code:
                found[mine[line_id], product_id].append(code)
    return found


def _sent(line_ids: Sequence[UUID]) -> dict[UUID, list[tuple[int, str]]]:
    """Product and lot of what was sent of order lines, in the order they expire."""
    found: dict[UUID, list[tuple[int, str]]] = defaultdict(list)
    if not line_ids:
        return found
    rows = (
        PickedLot.objects.filter(row__line__in=line_ids)
        .order_by(F("lot__expires_on").asc(nulls_last=True), "lot_id")
        .values_list("row__line", "lot__product_id", "lot__code")
        .distinct()
    )
    for line_id, product_id, code in rows:
        found[line_id].append((product_id, code))
    return found


def waiting(mine: dict[UUID, ReturnLine], at: frozenset[str] | None) -> dict[UUID, dict[int, int]]:
    """Per return line's id and location the units received and not yet inspected, the first receiver first."""
    found: dict[UUID, dict[int, int]] = defaultdict(dict)
    receipts = Receipt.objects.filter(line__in=mine)
    if at is not None:
        receipts = receipts.filter(location__code__in=at)
    for receipt in receipts.order_by("id"):
        places = found[receipt.line_id]
        places[receipt.location_id] = places.get(receipt.location_id, 0) + receipt.quantity
    for seen in Inspection.objects.filter(line__in=mine):
        places = found[seen.line_id]
        if seen.location_id in places:
            places[seen.location_id] -= seen.quantity
    return found


def _take(places: dict[int, int], quantity: int) -> list[tuple[int, int]] | None:
    """Units off these places as (location, units); None if there are not so many."""
    if sum(places.values()) < quantity:
        return None
    taken = []
    for where, units in places.items():
        took = min(units, quantity)
        if took:
            taken.append((where, took))
            places[where] -= took
            quantity -= took
    return taken
