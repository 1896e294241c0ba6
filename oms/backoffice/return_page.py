"""A return's page, for reading: where it stands on its three axes, what came, what was found, what is owed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import render

from inventory.models import Location
from oms.backoffice.inspect_form import InspectForm
from oms.backoffice.order_returning import METHODS, REASONS, RESOLUTIONS
from oms.backoffice.return_forms import DecisionForm, ReceiveForm, RefundForm
from oms.core import money
from oms.core.access import Principal
from oms.core.pages import staff_page
from oms.core.people import people, stores, who
from returns import crediting, inspecting, labelling, origin, reimbursing
from returns.access import get_return
from returns.models import (
    Acceptance,
    Inspection,
    Method,
    Reason,
    Receipt,
    Reception,
    Reimbursement,
    Resolution,
    Return,
    ReturnLine,
    ReturnPhoto,
)

UNDECIDED = (Acceptance.PENDING, Acceptance.MANUAL)
OVER = (Reception.RECEIVED, Reception.CANCELLED)


@dataclass(frozen=True, slots=True)
class Seen:
    """A return as its page needs it. `lying`: units by return line received where the reader works and not yet
    inspected; `lots`: those that were sent, by line and product; `owed`: what a refund would be, in the order's
    currency."""

    returned: Return
    lines: list[ReturnLine]
    receipts: list[Receipt]
    inspections: dict[UUID, list[Inspection]]
    lying: dict[UUID, int]
    lots: dict[tuple[UUID, int], list[str]]
    places: list[Location]
    photos: list[ReturnPhoto]
    label_drawn: bool
    owed: Decimal
    due: Decimal
    names: dict[str, str]

    @property
    def undecided(self) -> bool:
        return self.returned.acceptance in UNDECIDED

    @property
    def accepted(self) -> bool:
        return self.returned.acceptance == Acceptance.ACCEPTED

    @property
    def coming(self) -> bool:
        """Something may still arrive."""
        comes = self.returned.method != Method.KEEP and self.returned.reception not in OVER
        return self.accepted and comes

    @property
    def judged(self) -> bool:
        """Something was inspected: what it is worth is known."""
        return any(line.inspected for line in self.lines)

    @property
    def expected(self) -> Decimal | None:
        """What it is worth if all of it comes back and is kept; None once that is known, or nothing comes."""
        over = {Reception.LOST, Reception.CANCELLED}
        if self.judged or self.returned.reception in over:
            return None
        credited, _fee, _units = crediting.worth(
            self.returned.order, [(line, line.quantity) for line in self.lines]
        )
        return credited

    @property
    def settled(self) -> bool:
        """What the customer got is known, be it nothing."""
        return self.returned.refunded > 0 or (
            self.accepted and self.returned.reimbursement in (Reimbursement.DONE, Reimbursement.NONE)
        )

    @property
    def refundable(self) -> bool:
        pending = self.returned.reimbursement == Reimbursement.PENDING
        return self.accepted and pending and self.judged

    @property
    def labellable(self) -> bool:
        courier = self.returned.method == Method.COURIER and not self.returned.tracking_number
        return self.accepted and courier and self.returned.reception == Reception.AWAITING


def read(principal: Principal, ref: str) -> Seen:
    """All of a return. Raises NotFound."""
    returned = get_return(principal, ref)
    order = returned.order
    lines = list(returned.lines.select_related("line__product").order_by("line__position", "id"))
    by_id = {line.pk: line for line in lines}
    receipts = list(
        Receipt.objects.filter(line__in=by_id).select_related("location", "line__line").order_by("-at", "-id")
    )
    inspections: dict[UUID, list[Inspection]] = {line.pk: [] for line in lines}
    looked = Inspection.objects.filter(line__in=by_id).select_related("location").order_by("at", "id")
    for seen in looked:
        inspections[seen.line_id].append(seen)
    still = inspecting.waiting(by_id, principal.locations)
    places = principal.limit_to_locations(Location.objects.filter(active=True), "code")
    actors = {returned.requested_by} | {one.actor for one in receipts}
    photos = list(ReturnPhoto.objects.filter(return_order=returned).order_by("at", "id"))
    actors |= {one.actor for one in photos}
    actors |= {one.actor for found in inspections.values() for one in found}
    return Seen(
        returned=returned,
        lines=lines,
        receipts=receipts,
        inspections=inspections,
        lying={pk: units for pk, at in still.items() if (units := sum(at.values())) > 0},
        lots=inspecting.lots_sent(lines),
        places=list(places.order_by("priority", "name")),
        photos=photos,
        label_drawn=bool(returned.tracking_number) and labelling.is_drawn(returned),
        owed=money.rounded(reimbursing.owed(order, returned), order.currency),
        due=money.rounded(crediting.due(returned), order.currency),
        names=people(actors) | stores(actors),
    )


def show(request: Any, seen: Seen, *, status: int = 200, **bound: Any) -> HttpResponseBase:
    """The page; `bound` are forms that were refused, by name: receive, inspect or refund."""
    writes = request.principal.may("returns:write")
    forms: dict[str, Any] = {}
    if writes:
        if seen.undecided:
            forms["reject"] = DecisionForm()
        if seen.coming:
            sent = origin.sent_in(seen.returned)
            back_at = {"location": sent.location.code} if sent and sent.location in seen.places else {}
            forms["receive"] = ReceiveForm(lines=seen.lines, places=seen.places, initial=back_at)
        if seen.accepted and seen.lying:
            forms["inspect"] = InspectForm(lines=seen.lines, waiting=seen.lying, lots=seen.lots)
        if seen.refundable and request.principal.pays_out:
            forms["refund"] = RefundForm(returned=seen.returned, owed=seen.owed)
    forms |= bound
    context = {
        "seen": seen,
        "returned": seen.returned,
        "order": seen.returned.order,
        "forms": forms,
        "writes": writes,
        "lines": [(line, REASONS[Reason(line.reason)], seen.inspections[line.pk]) for line in seen.lines],
        "method": METHODS[Method(seen.returned.method)],
        "resolution": RESOLUTIONS[Resolution(seen.returned.resolution)],
        "asked_by": who(seen.returned.requested_by, seen.names),
        "receipts": [(one, who(one.actor, seen.names)) for one in seen.receipts],
        "photos": [(one, who(one.actor, seen.names)) for one in seen.photos],
        "label_drawn": seen.label_drawn,
        "settled_by_others": seen.refundable and not request.principal.pays_out,
        "reads_orders": request.principal.may("orders:read"),
        "primary": _primary(seen, forms),
    }
    return render(request, "returns/return.html", context, status=status)


def _primary(seen: Seen, forms: dict[str, Any]) -> str:
    """The one step that is next: its button is the prominent one."""
    for step in ("reject", "inspect", "receive", "refund"):
        if step in forms:
            return "accept" if step == "reject" else step
    return ""


@staff_page(scope="returns:read", methods=("GET", "HEAD"))
def detail(request: Any, ref: str) -> HttpResponseBase:
    return show(request, read(request.principal, ref))
