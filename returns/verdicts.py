"""What was found of units that came back, and which stock that makes. A kit's components may each be judged apart."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop

from inventory import stock
from inventory.models import State
from oms.core.errors import Invalid
from oms.core.saying import said
from orders.models import Line
from returns import policy
from returns.models import Disposition, Grade, Reason

# Where the units of each verdict go; the two others were never ours again.
STATE_OF = {
    Disposition.RESTOCK: State.ON_HAND,
    Disposition.REFURBISH: State.QUALITY_CONTROL,
    Disposition.DAMAGED: State.DAMAGED,
}

UNFIT = gettext_noop("Goods that are not acceptable do not go back to stock.")

_FAULTY = {Reason.DAMAGED: Grade.REJECT, Reason.DEFECTIVE: Grade.C}


def proposed(reason: Reason) -> tuple[Grade, Disposition]:
    """What an inspection begins with: goods sent back for a fault are not clicked through to the shelf."""
    grade = _FAULTY.get(reason, Grade.A)
    return grade, ways(reason)[grade]


def ways(reason: Reason) -> dict[Grade, Disposition]:
    """Where goods of each grade go unless the inspector says otherwise.

    What is not acceptable is ours to bear where the fault was ours; else it goes back to the customer, unpaid.
    """
    ours = reason in policy.OUR_FAULT
    return {
        Grade.A: Disposition.RESTOCK,
        Grade.B: Disposition.RESTOCK,
        Grade.C: Disposition.REFURBISH,
        Grade.REJECT: Disposition.DAMAGED if ours else Disposition.SEND_BACK,
    }


def unfit(grade: str, disposition: str) -> bool:
    """Not acceptable, and yet for the shelf: never meant."""
    return grade == Grade.REJECT and disposition == Disposition.RESTOCK


@dataclass(frozen=True, slots=True)
class OfPart:
    """A verdict on units of one component of the kits a verdict is about; the same component may be named again."""

    sku: str
    quantity: int
    grade: str
    disposition: str
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A verdict on units of one line of the return. A line may be named more than once.

    Units of a product that tracks lots go back to their `lot`; where none is named they wait in quality control. What
    `parts` does not name of a kit's components has the verdict of the kit, which also decides what is credited.
    """

    line: UUID
    quantity: int
    grade: str
    disposition: str
    lot: str = ""
    parts: tuple[OfPart, ...] = ()

    def stored(self) -> list[dict[str, Any]]:
        """The parts judged apart, as an inspection keeps them."""
        return [
            {
                "sku": part.sku,
                "quantity": part.quantity,
                "grade": part.grade,
                "disposition": part.disposition,
                "lot": part.lot,
            }
            for part in self.parts
        ]


Sent = Collection[tuple[int, str]]  # product and lot of the units that were sent of a line


def refuse_unsaid(found: Found, line: Line, sent: Sent, place: int) -> None:
    """Raises Invalid, naming the field: `unknown_sku`, `too_many` of a component, `unknown_lot`, `unfit` for stock."""
    if unfit(found.grade, found.disposition):
        raise Invalid.at(f"/lines/{place}/disposition", said(UNFIT), "unfit")
    per_kit = {part["sku"]: part for part in line.parts}
    judged: dict[str, int] = {}
    if found.lot and not any(code == found.lot for _product, code in sent):
        raise Invalid.at(
            f"/lines/{place}/lot", said("No units of lot %(lot)s were sent.", lot=found.lot), "unknown_lot"
        )
    for number, part in enumerate(found.parts):
        pointer = f"/lines/{place}/components/{number}"
        known = per_kit.get(part.sku)
        if known is None:
            detail = said("%(sku)s is no component of %(kit)s.", sku=part.sku, kit=line.sku)
            raise Invalid.at(f"{pointer}/sku", detail, "unknown_sku")
        judged[part.sku] = judged.get(part.sku, 0) + part.quantity
        there = found.quantity * known["quantity"]
        if judged[part.sku] > there:
            detail = said("There are %(there)s of %(sku)s in these kits.", there=there, sku=part.sku)
            raise Invalid.at(f"{pointer}/quantity", detail, "too_many")
        if unfit(part.grade, part.disposition):
            raise Invalid.at(f"{pointer}/disposition", said(UNFIT), "unfit")
        if part.lot and (known["product"], part.lot) not in sent:
            detail = said("No units of lot %(lot)s were sent.", lot=part.lot)
            raise Invalid.at(f"{pointer}/lot", detail, "unknown_lot")


def incoming(found: Found, line: Line, taken: list[tuple[int, int]], sent: Sent) -> Iterator[stock.Incoming]:
    """The units that are ours again, where they lie (location, units of the line).

    A kit's lot is that of the component it was sent of. Components judged apart lie where the first kits do.
    """
    if not line.parts:
        yield from _of(found, line.product_id, found.lot, taken)
        return
    for part in line.parts:
        left = [[where, units * part["quantity"]] for where, units in taken]
        for one in (one for one in found.parts if one.sku == part["sku"]):
            yield from _of(one, part["product"], one.lot, _off(left, one.quantity))
        lot = found.lot if (part["product"], found.lot) in sent else ""
        yield from _of(found, part["product"], lot, [(where, units) for where, units in left if units])


def _of(
    verdict: Found | OfPart, product_id: int, lot: str, units: list[tuple[int, int]]
) -> Iterator[stock.Incoming]:
    state = STATE_OF.get(Disposition(verdict.disposition))
    if state:
        for where, count in units:
            yield stock.Incoming(product_id, where, count, state, lot)


def _off(left: list[list[int]], wanted: int) -> list[tuple[int, int]]:
    taken = []
    for row in left:
        took = min(row[1], wanted)
        if took:
            row[1] -= took
            wanted -= took
            taken.append((row[0], took))
    return taken
