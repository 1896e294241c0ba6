"""Counts over the API: begun, entered blind, finished, approved. And the orders that got a lot."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.request import Request

from fulfillment import counting as floor
from fulfillment import locking_up
from fulfillment.access import visible as visible_shipments
from fulfillment.models import PickedLot
from inventory import counting, lot_api
from inventory.api import Limit, named, newest_first
from inventory.models import CountKind, CountLine, CountState, Location, Product, StockCount
from inventory.paging import newest, states
from oms.core import text
from oms.core.access import Principal
from oms.core.api import Answer, Endpoint, Op, created, etag_of
from oms.core.errors import Invalid, NotFound

Sku = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Lot = Annotated[str, msgspec.Meta(max_length=64)]


class CountQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`state` takes several values with commas."""

    state: Annotated[str, msgspec.Meta(max_length=200)] = ""
    location: Annotated[str, msgspec.Meta(max_length=64)] = ""
    limit: Limit = 50
    cursor: str = ""


class CountIn(msgspec.Struct, forbid_unknown_fields=True):
    """`bins` for kind bin, `skus` for kind sku."""

    location: Sku
    kind: Literal["full", "bin", "sku"] = "full"
    bins: Annotated[
        list[Annotated[str, msgspec.Meta(min_length=1, max_length=32)]], msgspec.Meta(max_length=500)
    ] = []
    skus: Annotated[list[Sku], msgspec.Meta(max_length=1000)] = []
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class EntryIn(msgspec.Struct, forbid_unknown_fields=True):
    """What lies there of one SKU, or of one lot of it; what is not on the list is added to it."""

    sku: Sku
    counted: Annotated[int, msgspec.Meta(ge=0, le=2_147_483_647)]
    lot: Lot = ""


class NoteIn(msgspec.Struct, forbid_unknown_fields=True):
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


class CountLineOut(msgspec.Struct):
    """Counting is blind: `expected` and `difference` are null until it is over."""

    id: UUID
    sku: str
    lot: str | None
    bin: str
    counted: int | None
    expected: int | None
    difference: int | None
    adjusted: int | None


class CountRow(msgspec.Struct, kw_only=True):
    id: UUID
    number: str
    location: str
    kind: str
    state: str
    note: str
    opened_at: datetime
    decided_at: datetime | None
    version: int


class CountOut(CountRow, kw_only=True):
    lines: list[CountLineOut]


class RecallOut(msgspec.Struct):
    """Units of a lot in a parcel; `handed_over_at` null: it is in the house still."""

    shipment: str
    order: str
    sku: str
    quantity: int
    state: str
    handed_over_at: datetime | None


class RecallQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Limit = 50
    cursor: str = ""


class Counts(Endpoint):
    get_op = Op(scope="stock:read", query=CountQuery, answer=CountRow, paged=True, summary="Counts")
    post_op = Op(scope="stock:write", body=CountIn, answer=CountOut, status=201, summary="Begin a count")

    def get(self, request: Request, query: CountQuery) -> Answer:
        rows = visible(request.user)
        if query.state:
            rows = rows.filter(state__in=states(query.state, CountState.values))
        if query.location:
            rows = rows.filter(location__code=query.location)
        return newest(request, rows, query.limit, query.cursor, row_out)

    def post(self, request: Request, body: CountIn) -> Answer:
        places = request.user.limit_to_locations(Location.objects.all(), "code")
        skus = list(dict.fromkeys(body.skus)) if body.kind == CountKind.SKU else []
        known = {product.sku: product for product in Product.objects.filter(sku__in=skus, components=[])}
        for place, sku in enumerate(skus):
            if sku not in known:
                raise Invalid.at(f"/skus/{place}", f"There is no product {sku} to count.", "unknown_sku")
        if body.kind == CountKind.SKU and not skus:
            raise Invalid.at("/skus", "Name at least one SKU.", "required")
        count = counting.open_count(
            named(places, body.location, "location", field="code"),
            kind=body.kind,
            bins=body.bins if body.kind == CountKind.BIN else (),
            products=list(known.values()),
            note=_clean(body.note, "/note"),
            actor=request.user.actor,
        )
        return answer(request.user, count)


class OneCount(Endpoint):
    get_op = Op(scope="stock:read", answer=CountOut, conditional=True, summary="A count, by id or number")

    def get(self, request: Request, ref: str) -> Answer:
        count = get_count(request.user, ref)
        return Answer(count_out(count), 200, {"ETag": etag_of(count.version, _touched(count))})


class Entries(Endpoint):
    post_op = Op(
        scope="stock:write", body=EntryIn, answer=CountLineOut, status=201, summary="Enter what lies there"
    )

    def post(self, request: Request, body: EntryIn, ref: str) -> Answer:
        count = get_count(request.user, ref)
        product = named(Product.objects.all(), body.sku, "sku")
        line = counting.add_line(count, product, lot=body.lot, actor=request.user.actor)
        line = floor.enter(line.pk, counted=body.counted, actor=request.user.actor)
        return created(line_out(line, blind=True), reverse("count", args=[count.number]))


class Submissions(Endpoint):
    post_op = Op(scope="stock:write", answer=CountOut, status=201, summary="Counting is over")

    def post(self, request: Request, ref: str) -> Answer:
        return answer(request.user, floor.submit(get_count(request.user, ref), actor=request.user.actor))


class Approvals(Endpoint):
    post_op = Op(scope="valuation:write", answer=CountOut, status=201, summary="Approve large differences")

    def post(self, request: Request, ref: str) -> Answer:
        return answer(request.user, floor.approve(get_count(request.user, ref), actor=request.user.actor))


class Rejections(Endpoint):
    post_op = Op(
        scope="valuation:write", body=NoteIn, answer=CountOut, status=201, summary="Have it counted again"
    )

    def post(self, request: Request, body: NoteIn, ref: str) -> Answer:
        reason = _clean(body.reason, "/reason")
        count = counting.send_back(get_count(request.user, ref), reason=reason, actor=request.user.actor)
        return answer(request.user, count)


class Cancellations(Endpoint):
    post_op = Op(scope="stock:write", answer=CountOut, status=201, summary="Give a count up")

    def post(self, request: Request, ref: str) -> Answer:
        return answer(request.user, counting.cancel(get_count(request.user, ref), actor=request.user.actor))


class Quarantines(Endpoint):
    post_op = Op(
        scope="stock:write",
        body=lot_api.ReasonIn,
        answer=lot_api.LotOut,
        status=201,
        summary="Nobody may pick this lot",
    )

    def post(self, request: Request, body: lot_api.ReasonIn, uid: UUID) -> Answer:
        locking_up.quarantine(
            lot_api.get_lot(request, uid), reason=lot_api.clean_reason(body.reason), actor=request.user.actor
        )
        return created(lot_api.shown(request, uid), reverse("lot", args=[uid]))


class LotShipments(Endpoint):
    get_op = Op(
        scope="shipments:read",
        query=RecallQuery,
        answer=RecallOut,
        paged=True,
        summary="Which orders got a lot",
    )

    def get(self, request: Request, query: RecallQuery, uid: UUID) -> Answer:
        lot = lot_api.get_lot(request, uid)
        rows = PickedLot.objects.filter(lot=lot, row__shipment__in=visible_shipments(request.user))
        rows = rows.select_related("row__shipment__order")
        return newest_first(
            request, rows, query.limit, query.cursor, lambda row: recall_out(row, lot.product.sku)
        )


def visible(principal: Principal) -> "QuerySet[StockCount]":
    """Counts of the locations a principal may see."""
    counts: QuerySet[StockCount] = principal.limit_to_locations(StockCount.objects.select_related("location"))
    return counts


def get_count(principal: Principal, ref: str) -> StockCount:
    """The only way a request obtains a count."""
    found = visible(principal).filter(number=ref).first() if ref.isprintable() else None
    if found is None:
        try:
            found = visible(principal).filter(pk=UUID(ref)).first()
        except ValueError:
            found = None
    if found is None:
        raise NotFound
    return found


def answer(principal: Principal, count: StockCount) -> Answer:
    """201 with the count as it is now."""
    return created(count_out(get_count(principal, count.number)), reverse("count", args=[count.number]))


def row_out(count: StockCount) -> CountRow:
    return CountRow(**_fields(count))


def count_out(count: StockCount) -> CountOut:
    blind = count.state == CountState.COUNTING
    lines = count.lines.select_related("product", "lot").order_by("bin", "product__sku", "lot_id")
    return CountOut(**_fields(count), lines=[line_out(line, blind=blind) for line in lines])


def line_out(line: CountLine, *, blind: bool) -> CountLineOut:
    return CountLineOut(
        id=line.pk,
        sku=line.product.sku,
        lot=line.lot.code if line.lot else None,
        bin=line.bin,
        counted=line.counted,
        expected=None if blind else line.expected,
        difference=None if blind else line.difference,
        adjusted=line.adjusted,
    )


def recall_out(taken: PickedLot, sku: str) -> RecallOut:
    parcel = taken.row.shipment
    return RecallOut(
        parcel.number, str(parcel.order.number), sku, taken.quantity, parcel.state, parcel.handed_over_at
    )


def _fields(count: StockCount) -> dict[str, Any]:
    return {
        "id": count.pk,
        "number": count.number,
        "location": count.location.code,
        "kind": count.kind,
        "state": count.state,
        "note": count.note,
        "opened_at": count.opened_at,
        "decided_at": count.decided_at,
        "version": count.version,
    }


def _touched(count: StockCount) -> int:
    return count.lines.filter(counted__isnull=False).count()


def _clean(given: str, pointer: str) -> str:
    try:
        return text.clean(given, 500) if given.strip() else ""
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error
