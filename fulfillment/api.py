"""Doors of fulfilment: rates, routing, shipments and their steps, papers, cancellations."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import QuerySet
from msgspec import Meta
from rest_framework.request import Request

from fulfillment import (
    cancelling,
    documents,
    handing_over,
    labelling,
    packing,
    picking,
    printing,
    queries,
    rate_documents,
    rates,
    releasing,
    tracking,
)
from fulfillment.access import get_shipment, visible
from fulfillment.documents import (
    CancellationIn,
    CancellationOut,
    LabelsIn,
    PackagesIn,
    PickedOut,
    PicksIn,
    ScanIn,
    ScannedOut,
    ShipmentOut,
    ShipmentPage,
    UnitsIn,
)
from fulfillment.models import Cancellation, Rate, Shipment, ShipmentState
from fulfillment.rate_documents import RateIn, RateOut, RatePage
from fulfillment.steps import Units
from oms.core import api, errors, short_lists, text
from oms.core.api import Answer, Endpoint, Op
from oms.core.short_lists import ShortListQuery
from orders.access import get_order, key_of
from orders.models import Order

Limit = Annotated[int, Meta(ge=1, le=250)]
PAPER_RETRY = 2  # seconds: a worker needs one to start and a tenth to print


class ShipmentQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`order` by id or number, `location` by code; `state` takes several, separated by commas."""

    limit: Limit = 50
    cursor: str | None = None
    order: Annotated[str, Meta(max_length=64)] | None = None
    location: Annotated[str, Meta(max_length=200)] | None = None
    state: Annotated[str, Meta(max_length=300)] | None = None


class RateQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: str | None = None


class Rates(Endpoint):
    get_op = Op(scope="rates:read", query=RateQuery, answer=RatePage, summary="Shipping rates")
    post_op = Op(scope="rates:write", body=RateIn, answer=RateOut, status=201, summary="Add a shipping rate")

    def get(self, request: Request, query: RateQuery) -> Answer:
        found = Rate.objects.order_by("-pk")
        if query.cursor:
            before = api.decode_cursor(query.cursor, 1)[0]
            if not isinstance(before, int) or not 0 <= before < 2**63:
                raise errors.Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor")
            found = found.filter(pk__lt=before)
        rows = list(found[: query.limit + 1])
        more, rows = len(rows) > query.limit, rows[: query.limit]
        cursor = api.encode_cursor(rows[-1].pk) if more else None
        return api.page(request._request, [rate_documents.rate_out(rate) for rate in rows], cursor)

    def post(self, request: Request, body: RateIn) -> Answer:
        rate = rates.add_rate(body, actor=request.user.actor)
        return api.created(rate_documents.rate_out(rate), f"{settings.BASE_URL}/api/v1/shipping-rates/")


class OrderCancellations(Endpoint):
    get_op = Op(
        scope="orders:read",
        query=ShortListQuery,
        answer=CancellationOut,
        paged=True,
        summary="What was cancelled of an order",
    )
    post_op = Op(
        scope="orders:write",
        body=CancellationIn,
        answer=CancellationOut,
        status=201,
        summary="Cancel an order, whole or part",
    )

    def get(self, request: Request, query: ShortListQuery, id: str) -> Answer:
        order = get_order(request.user, id)
        rows = Cancellation.objects.filter(order=order).order_by("at", "pk")
        return short_lists.page(request, [documents.cancellation_out(row, order) for row in rows], query)

    def post(self, request: Request, body: CancellationIn, id: str) -> Answer:
        order = get_order(request.user, id)
        asked = None
        if body.lines is not None:
            asked = [
                cancelling.Asked(line.id, line.quantity, f"/lines/{n}") for n, line in enumerate(body.lines)
            ]
        made = cancelling.cancel(
            order.pk, asked=asked, reason=clean("/reason", body.reason or "", 500), actor=request.user.actor
        )
        return api.created(
            documents.cancellation_out(made, Order.objects.get(pk=order.pk)),
            f"{settings.BASE_URL}/api/v1/orders/{order.pk}/cancellations/",
        )


class Shipments(Endpoint):
    get_op = Op(
        scope="shipments:read", query=ShipmentQuery, answer=ShipmentPage, summary="Shipments, newest first"
    )

    def get(self, request: Request, query: ShipmentQuery) -> Answer:
        found = visible(request.user)
        if query.order is not None:
            found = of_order(found, query.order)
        if query.location is not None:
            found = found.filter(location__code__in=named(query.location))
        if query.state is not None:
            found = found.filter(state__in=states(query.state))
        after = api.decode_cursor(query.cursor, 2) if query.cursor else None
        try:
            rows = queries.newest(found, after, query.limit)
        except (ValueError, TypeError, AttributeError) as error:
            raise errors.Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor") from error
        more, rows = len(rows) > query.limit, rows[: query.limit]
        cursor = api.encode_cursor(rows[-1].created_at.isoformat(), str(rows[-1].pk)) if more else None
        return api.page(request._request, [queries.shown(row) for row in rows], cursor)


class ShipmentDetail(Endpoint):
    get_op = Op(scope="shipments:read", answer=ShipmentOut, conditional=True, summary="Read a shipment")

    def get(self, request: Request, id: str) -> Answer:
        facts = queries.facts(get_shipment(request.user, id).pk)
        return Answer(ShipmentOut(**facts), 200, {"ETag": api.etag_of(facts["version"])})


class Releases(Endpoint):
    post_op = Op(
        scope="shipments:write",
        answer=ShipmentOut,
        status=201,
        summary="Release a planned shipment to the floor",
    )

    def post(self, request: Request, id: str) -> Answer:
        shipment = get_shipment(request.user, id)
        releasing.release(shipment.pk, actor=request.user.actor)
        return stepped(shipment.pk)


class Picks(Endpoint):
    post_op = Op(scope="shipments:write", body=PicksIn, answer=PickedOut, status=201, summary="Pick units")

    def post(self, request: Request, body: PicksIn, id: str) -> Answer:
        shipment = get_shipment(request.user, id)
        units = [
            Units(line.sku, line.quantity, f"/lines/{n}", line.lot or "") for n, line in enumerate(body.lines)
        ]
        picking.pick(shipment.pk, units=units, short=body.short, actor=request.user.actor)
        return stepped(shipment.pk, PickedOut, short=body.short)


class Packages(Endpoint):
    post_op = Op(
        scope="shipments:write",
        body=PackagesIn,
        answer=ShipmentOut,
        status=201,
        summary="Pack what was picked",
    )

    def post(self, request: Request, body: PackagesIn, id: str) -> Answer:
        shipment = get_shipment(request.user, id)
        boxes = [
            packing.Box(
                box.weight_g,
                box.length_mm,
                box.width_mm,
                box.height_mm,
                None if box.lines is None else units_of(box.lines, f"/packages/{n}/lines"),
            )
            for n, box in enumerate(body.packages)
        ]
        packing.pack(shipment.pk, boxes=boxes, actor=request.user.actor)
        return stepped(shipment.pk)


class Labels(Endpoint):
    post_op = Op(
        scope="shipments:write",
        body=LabelsIn,
        answer=ShipmentOut,
        status=201,
        summary="Book a carrier and its label",
    )

    def post(self, request: Request, body: LabelsIn, id: str) -> Answer:
        shipment = get_shipment(request.user, id)
        labelling.label(
            shipment.pk,
            carrier=body.carrier or "",
            service=clean("/service", body.service or "", 64),
            tracking_number=clean("/tracking_number", body.tracking_number or "", 30),
            actor=request.user.actor,
        )
        return stepped(shipment.pk)


class Handovers(Endpoint):
    post_op = Op(
        scope="shipments:write",
        answer=ShipmentOut,
        status=201,
        summary="Hand a parcel to its carrier, or to the pickup counter",
    )

    def post(self, request: Request, id: str) -> Answer:
        shipment = get_shipment(request.user, id)
        handing_over.hand_over(shipment.pk, actor=request.user.actor)
        return stepped(shipment.pk)


class Scans(Endpoint):
    post_op = Op(
        scope="shipments:write", body=ScanIn, answer=ScannedOut, status=201, summary="Report a carrier's scan"
    )

    def post(self, request: Request, body: ScanIn, id: str) -> Answer:
        shipment = get_shipment(request.user, id)
        _, kept = tracking.scan(
            shipment.pk,
            code=body.code,
            at=body.at,
            place=clean("/place", body.place or "", 200),
            note=clean("/note", body.note or "", 500),
            incident=clean("/incident", body.incident or "", 64),
            actor=request.user.actor,
        )
        return stepped(
            shipment.pk,
            ScannedOut,
            code=kept.code,
            at=kept.at,
            place=kept.place,
            note=kept.note,
            incident=kept.incident,
        )


class Download(Endpoint):
    """A paper as bytes, whatever `Accept` says."""

    kind = ""
    media = "application/pdf"
    filename = ""

    def wanted(self, shipment: Shipment) -> bool:
        """Whether it will be there once the shipment is labelled."""
        return True

    def get(self, request: Request, id: str) -> Answer:
        shipment = get_shipment(request.user, id)
        paper = shipment.papers.filter(kind=self.kind).first()
        if paper is None:
            detail = f"Shipment {shipment.number} has no such paper yet."
            if not self.wanted(shipment):
                raise errors.NotFound(detail)
            raise errors.NotFound(detail, code="not_ready", retry_after=PAPER_RETRY)
        name = f"{shipment.number}-{self.filename}"
        headers = {"Content-Disposition": f'inline; filename="{name}"', "ETag": f'"{paper.pk}"'}
        return Answer(bytes(paper.content), 200, headers, self.media)


class LabelPdf(Download):
    kind, filename = "label_pdf", "label.pdf"
    get_op = Op(
        scope="shipments:read",
        answer="application/pdf",
        conditional=True,
        summary="The label as PDF, 100 × 150 mm",
    )


class LabelZpl(Download):
    kind, filename, media = "label_zpl", "label.zpl", "application/zpl"
    get_op = Op(
        scope="shipments:read",
        answer="application/zpl",
        conditional=True,
        summary="The label for a thermal printer",
    )


class PackingSlip(Download):
    kind, filename = "slip_pdf", "packing-slip.pdf"
    get_op = Op(
        scope="shipments:read", answer="application/pdf", conditional=True, summary="The packing slip, A4"
    )


class Customs(Download):
    """Only parcels that cross a border have one."""

    kind, filename = "customs_pdf", "customs.pdf"
    get_op = Op(
        scope="shipments:read",
        answer="application/pdf",
        conditional=True,
        summary="The customs declaration of a parcel that crosses a border",
    )

    def wanted(self, shipment: Shipment) -> bool:
        return printing.crosses_border(shipment)


def stepped(pk: UUID, shape: Any = ShipmentOut, **more: Any) -> Answer:
    """201 with the shipment as it is after a step."""
    facts = queries.facts(pk)
    return api.created(
        shape(**facts, **more), f"{settings.BASE_URL}/api/v1/shipments/{pk}/", api.etag_of(facts["version"])
    )


def of_order(shipments: "QuerySet[Shipment]", ref: str) -> "QuerySet[Shipment]":
    """Those of one order, by its id or number; none of what is neither."""
    try:
        key = key_of(ref)
    except errors.NotFound:
        return shipments.none()
    return shipments.filter(**{f"order__{name}": value for name, value in key.items()})


def units_of(lines: Sequence[UnitsIn], pointer: str) -> list[Units]:
    return [Units(line.sku, line.quantity, f"{pointer}/{n}") for n, line in enumerate(lines)]


def named(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def states(value: str) -> list[str]:
    given = named(value)
    if not given or any(part not in ShipmentState.values for part in given):
        raise errors.Invalid.at("state", f"Known values: {', '.join(ShipmentState.values)}.")
    return given


def clean(pointer: str, given: str, length: int) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise errors.Invalid.at(pointer, str(error)) from error
