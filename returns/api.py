"""Returns over the API: ask, decide, label, receive, inspect, reimburse."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

import msgspec
from django.db.models import Q
from rest_framework.request import Request

from inventory.models import Location
from oms.core import money, text
from oms.core.access import Principal
from oms.core.api import Answer, Endpoint, Op, created, decode_cursor, encode_cursor, etag_of, page
from oms.core.errors import Invalid, NotFound
from orders.access import get_order, key_of
from orders.documents import amount
from returns import access, approving, inspecting, labelling, receiving, reimbursing, requests
from returns import documents as doc
from returns.models import Acceptance, Inspection, Reception, Reimbursement, Return

Values = Annotated[str, msgspec.Meta(max_length=200)]


class ReturnsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Axes take several values with commas; `order` is an order's id or number."""

    order: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    reception: Values | None = None
    acceptance: Values | None = None
    reimbursement: Values | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=250)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=500)] | None = None


class Returns(Endpoint):
    """The register of returns."""

    get_op = Op(scope="returns:read", query=ReturnsQuery, answer=doc.ReturnPage, summary="List returns")
    post_op = Op(
        scope="returns:write", body=doc.ReturnIn, answer=doc.ReturnOut, status=201, summary="Request a return"
    )

    def get(self, request: Request, query: ReturnsQuery) -> Answer:
        rows = (
            access.visible(request.user)
            .select_related("order__channel", "new_order")
            .order_by("-requested_at", "-id")
        )
        if query.order is not None:
            rows = rows.filter(_of_order(query.order))
        for field, known in (
            ("reception", Reception.values),
            ("acceptance", Acceptance.values),
            ("reimbursement", Reimbursement.values),
        ):
            asked = [value for value in (getattr(query, field) or "").split(",") if value]
            if unknown := [value for value in asked if value not in known]:
                raise Invalid.at(field, f"'{unknown[0][:40]}' is none of {', '.join(known)}.")
            if asked:
                rows = rows.filter(**{f"{field}__in": asked})
        if query.cursor is not None:
            rows = rows.filter(_after(query.cursor))
        found = list(rows[: query.limit + 1])
        shown, more = found[: query.limit], len(found) > query.limit
        last = shown[-1] if more else None
        cursor = encode_cursor(last.requested_at.isoformat(), str(last.pk)) if last else None
        return page(request, [doc.row(returned) for returned in shown], cursor)

    def post(self, request: Request, body: doc.ReturnIn) -> Answer:
        order = get_order(request.user, body.order)
        returned = requests.request_return(
            order,
            lines=[
                requests.Asked(line.id, line.quantity, line.reason, _note(line.note, f"/lines/{place}/note"))
                for place, line in enumerate(body.lines)
            ],
            method=body.method,
            resolution=body.resolution,
            exchange_sku=body.exchange_sku or "",
            stranded=True,
            actor=request.user.actor,
        )
        return created(doc.document(returned), doc.address_of(returned), _etag(returned))


class OneReturn(Endpoint):
    """One return with its lines and what was found."""

    get_op = Op(scope="returns:read", answer=doc.ReturnOut, conditional=True, summary="Read a return")

    def get(self, request: Request, ref: str) -> Answer:
        returned = access.get_return(request.user, ref)
        return Answer(doc.document(returned), headers={"ETag": _etag(returned)})


class Approvals(Endpoint):
    """Yes or no."""

    post_op = Op(
        scope="returns:write",
        body=doc.ApprovalIn,
        answer=doc.ApprovalOut,
        status=201,
        summary="Accept or reject",
    )

    def post(self, request: Request, body: doc.ApprovalIn, ref: str) -> Answer:
        returned = approving.decide(
            access.get_return(request.user, ref),
            decision=body.decision,
            note=_note(body.note, "/note"),
            actor=request.user.actor,
        )
        answer = doc.ApprovalOut(returned.acceptance, returned.decision_note, doc.after(returned))
        return created(answer, doc.address_of(returned))


class Labels(Endpoint):
    """A label for the way back."""

    post_op = Op(
        scope="returns:write",
        body=doc.LabelIn,
        answer=doc.LabelOut,
        status=201,
        summary="Make a return label",
    )

    def post(self, request: Request, body: doc.LabelIn, ref: str) -> Answer:
        returned = labelling.label(access.get_return(request.user, ref), actor=request.user.actor)
        url = f"{doc.address_of(returned)}label.pdf"
        return created(doc.LabelOut(returned.tracking_number, url, doc.after(returned)), url)


class LabelPdf(Endpoint):
    """The label as PDF; 404 with Retry-After until a worker has drawn it."""

    get_op = Op(scope="returns:read", answer="application/pdf", summary="The return label")

    def get(self, request: Request, ref: str) -> Answer:
        returned = access.get_return(request.user, ref)
        if not returned.tracking_number:
            raise NotFound("This return has no label.")
        content = labelling.drawn(returned)
        if content is None:
            raise NotFound("The label is being drawn.", retry_after=2)
        return Answer(
            content,
            headers={"Content-Disposition": f'inline; filename="{returned.number}.pdf"'},
            media="application/pdf",
        )


class Receipts(Endpoint):
    """What arrived, and where."""

    post_op = Op(
        scope="returns:write", body=doc.ReceiptIn, answer=doc.ReceiptOut, status=201, summary="Receive goods"
    )

    def post(self, request: Request, body: doc.ReceiptIn, ref: str) -> Answer:
        user: Principal = request.user
        returned = access.get_return(user, ref)
        location = _location(user, body.location)
        returned = receiving.receive(
            returned,
            location=location,
            lines=[receiving.Came(line.id, line.quantity) for line in body.lines],
            actor=user.actor,
        )
        judged = [doc.found(line) for line in body.lines if line.disposition]
        seen: list[Inspection] = []
        if judged:
            returned, seen = inspecting.inspect(
                returned, lines=judged, actor=user.actor, at=frozenset({location.code})
            )
        answer = doc.ReceiptOut(
            location.code,
            [doc.UnitsOut(line.id, line.quantity) for line in body.lines],
            [doc.inspection_out(one) for one in seen],
            doc.after(returned),
        )
        return created(answer, doc.address_of(returned))


class Inspections(Endpoint):
    """What the goods are like, and where they go."""

    post_op = Op(
        scope="returns:write",
        body=doc.InspectionIn,
        answer=doc.InspectionsOut,
        status=201,
        summary="Inspect received goods",
    )

    def post(self, request: Request, body: doc.InspectionIn, ref: str) -> Answer:
        returned, seen = inspecting.inspect(
            access.get_return(request.user, ref),
            lines=[doc.found(line) for line in body.lines],
            actor=request.user.actor,
            at=request.user.locations,
        )
        answer = doc.InspectionsOut([doc.inspection_out(one) for one in seen], doc.after(returned))
        return created(answer, doc.address_of(returned))


class Reimbursements(Endpoint):
    """What the customer gets for it."""

    post_op = Op(
        scope="returns:write",
        body=doc.ReimbursementIn,
        answer=doc.ReimbursementOut,
        status=201,
        summary="Reimburse the customer",
    )

    def post(self, request: Request, body: doc.ReimbursementIn, ref: str) -> Answer:
        if not request.user.pays_out:
            request.user.require("orders:write")
        returned = access.get_return(request.user, ref)
        currency = returned.order.currency
        returned, paid_back = reimbursing.reimburse(
            returned, kind=body.kind, amount=_amount(body.amount, currency), actor=request.user.actor
        )
        answer = doc.ReimbursementOut(
            body.kind,
            str(returned.new_order.number) if returned.new_order else None,
            amount(sum((payment.amount for payment in paid_back), Decimal(0)), currency),
            [payment.pk for payment in paid_back],
            doc.after(returned),
        )
        return created(answer, doc.address_of(returned))


def _etag(returned: Return) -> str:
    return etag_of(returned.version, returned.number)


def _of_order(ref: str) -> Q:
    """An order by id or number; what can be neither matches nothing."""
    try:
        return Q(**{f"order__{name}": value for name, value in key_of(ref).items()})
    except NotFound:
        return Q(pk=None)


def _after(cursor: str) -> Q:
    at, pk = decode_cursor(cursor, 2)
    try:
        when, last = datetime.fromisoformat(at), UUID(pk)
        if when.tzinfo is None:
            raise ValueError("A moment without a zone.")
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor") from error
    return Q(requested_at__lt=when) | Q(requested_at=when, pk__lt=last)


def _note(note: str | None, pointer: str) -> str:
    try:
        return text.clean(note or "", 1000, lines=True)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error


def _amount(given: str | None, currency: str) -> Decimal | None:
    if given is None:
        return None
    try:
        value = money.parse_amount(given, currency)
    except ValueError as error:
        raise Invalid.at("/amount", str(error)) from error
    if not value:
        raise Invalid.at("/amount", "An amount to give is more than nothing.")
    return value


def _location(user: Principal, code: str) -> Location:
    """An active location the asker may receive at; for bound staff another's does not exist."""
    places = user.limit_to_locations(Location.objects.filter(active=True), "code")
    found: Location | None = places.filter(code=code.replace("\x00", "")).first()
    if found is None:
        raise Invalid.at("/location", "There is no such location.", "unknown_location")
    return found
