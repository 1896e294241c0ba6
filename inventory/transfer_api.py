"""Transfers over the API: ask, approve, ship, receive, close, cancel."""

from collections import defaultdict
from typing import Annotated

import msgspec
from rest_framework.request import Request

from inventory import access, asking, transferring
from inventory import transfer_documents as doc
from inventory.api import Limit
from inventory.models import Location, Product, TransferState
from inventory.paging import newest, states
from oms.core import text
from oms.core.access import Principal
from oms.core.api import Answer, Endpoint, Op, created, etag_of, page
from oms.core.errors import InsufficientStock, Invalid


class TransferQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`state` takes several values with commas; `location` is either end."""

    state: Annotated[str, msgspec.Meta(max_length=200)] = ""
    location: Annotated[str, msgspec.Meta(max_length=64)] = ""
    sku: Annotated[str, msgspec.Meta(max_length=64)] = ""
    limit: Limit = 50
    cursor: str = ""


class AskQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`target`: the location that needs them, which is left out."""

    sku: Annotated[
        list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(min_length=1, max_length=50)
    ]
    target: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Transfers(Endpoint):
    get_op = Op(
        scope="stock:read", query=TransferQuery, answer=doc.TransferRow, paged=True, summary="Transfers"
    )
    post_op = Op(
        scope="stock:write",
        body=doc.TransferIn,
        answer=doc.TransferOut,
        status=201,
        summary="Ask a location for goods",
    )

    def get(self, request: Request, query: TransferQuery) -> Answer:
        rows = access.visible_transfers(request.user).select_related("source", "target")
        if query.state:
            rows = rows.filter(state__in=states(query.state, TransferState.values))
        if query.location:
            rows = rows.filter(source__code=query.location) | rows.filter(target__code=query.location)
        if query.sku:
            rows = rows.filter(lines__product__sku=query.sku)
        return newest(request, rows, query.limit, query.cursor, doc.row)

    def post(self, request: Request, body: doc.TransferIn) -> Answer:
        source, target = (
            access.location_of(body.source, "/source"),
            access.location_of(body.target, "/target"),
        )
        access.own(request.user, source, target)
        skus = [line.sku for line in body.lines]
        products = access.named(Product.objects.all(), skus, "sku", "/lines/{}/sku", "unknown_sku")
        lines = [transferring.Asked(products[line.sku], line.quantity) for line in body.lines]
        [transfer] = transferring.request(
            target,
            [transferring.Request(source, lines)],
            needs_approval=body.needs_approval,
            expected_on=body.expected_on,
            note=clean(body.note, "/note"),
            actor=request.user.actor,
        )
        return created(doc.document(transfer), doc.address_of(transfer), etag_of(1, transfer.number))


class Asks(Endpoint):
    """Every location's stock of some SKUs, and one request to several of them."""

    get_op = Op(
        scope="stock:read",
        query=AskQuery,
        answer=doc.PlaceOut,
        paged=True,
        summary="What each location could give",
    )
    post_op = Op(
        scope="stock:write",
        body=doc.AsksIn,
        answer=doc.TransfersOut,
        status=201,
        summary="Ask several locations for goods in one step",
    )

    def get(self, request: Request, query: AskQuery) -> Answer:
        products = access.named(Product.objects.all(), query.sku, "sku", "sku", "unknown_sku")
        found = asking.could_give([product.pk for product in products.values()], but=query.target)
        rows = [
            doc.PlaceOut(one.sku, one.code, one.name, one.on_hand, one.available, one.incoming)
            for one in found
        ]
        return page(request._request, rows, None)

    def post(self, request: Request, body: doc.AsksIn) -> Answer:
        target = access.location_of(body.target, "/target")
        access.own(request.user, target)
        places = access.named(
            Location.objects.filter(active=True),
            [line.location for line in body.lines],
            "code",
            "/lines/{}/location",
            "unknown_location",
        )
        skus = [line.sku for line in body.lines]
        products = access.named(Product.objects.all(), skus, "sku", "/lines/{}/sku", "unknown_sku")
        asked: dict[str, list[transferring.Asked]] = defaultdict(list)
        for line in body.lines:
            asked[line.location].append(transferring.Asked(products[line.sku], line.quantity))
        try:
            transfers = transferring.request(
                target,
                [transferring.Request(places[code], lines) for code, lines in asked.items()],
                needs_approval=body.needs_approval,
                expected_on=body.expected_on,
                note=clean(body.note, "/note"),
                actor=request.user.actor,
            )
        except InsufficientStock as refusal:
            at = {(line.location, line.sku): place for place, line in enumerate(body.lines)}
            for error in refusal.errors:
                error["pointer"] = f"/lines/{at[error['location'], error['sku']]}/quantity"
            raise
        answer = doc.TransfersOut([doc.document(transfer) for transfer in transfers])
        return created(answer, doc.address_of(transfers[0]))


class OneTransfer(Endpoint):
    get_op = Op(
        scope="stock:read", answer=doc.TransferOut, conditional=True, summary="A transfer, by id or number"
    )

    def get(self, request: Request, ref: str) -> Answer:
        transfer = access.get_transfer(request.user, ref)
        return Answer(doc.document(transfer), headers={"ETag": etag_of(transfer.version, transfer.number)})


class Approvals(Endpoint):
    post_op = Op(scope="stock:write", answer=doc.ApprovalOut, status=201, summary="Agree to a transfer")

    def post(self, request: Request, ref: str) -> Answer:
        transfer = access.get_transfer(request.user, ref)
        access.own(request.user, transfer.source)
        transfer = transferring.approve(transfer, actor=request.user.actor)
        return created(doc.ApprovalOut(transfer.approved_by, doc.after(transfer)), doc.address_of(transfer))


class Shipments(Endpoint):
    post_op = Op(
        scope="stock:write",
        body=doc.ShipmentIn,
        answer=doc.ShipmentOut,
        status=201,
        summary="Send a transfer off",
    )

    def post(self, request: Request, body: doc.ShipmentIn, ref: str) -> Answer:
        transfer = access.get_transfer(request.user, ref)
        access.own(request.user, transfer.source)
        given = body.lines
        if given is not None and len({line.id for line in given}) < len(given):
            raise Invalid.at("/lines", "A line is named once.", "line_twice")
        transfer = transferring.ship(
            transfer,
            quantities=None if given is None else {line.id: line.quantity for line in given},
            expected_on=body.expected_on,
            actor=request.user.actor,
        )
        lines = [doc.UnitsOut(line.pk, line.shipped) for line in transfer.lines.all() if line.shipped]
        answer = doc.ShipmentOut(transfer.shipped_at, transfer.expected_on, lines, doc.after(transfer))
        return created(answer, doc.address_of(transfer))


class Receipts(Endpoint):
    get_op = Op(scope="stock:read", answer=doc.ReceiptOut, paged=True, summary="What was counted on arrival")
    post_op = Op(
        scope="stock:write",
        body=doc.ReceiptIn,
        answer=doc.ReceivedOut,
        status=201,
        summary="Receive a transfer",
    )

    def get(self, request: Request, ref: str) -> Answer:
        rows = access.get_transfer(request.user, ref).receipts.prefetch_related("lines__line__product")
        return page(request._request, [doc.receipt_out(one) for one in rows.order_by("-pk")], None)

    def post(self, request: Request, body: doc.ReceiptIn, ref: str) -> Answer:
        user: Principal = request.user
        transfer = access.get_transfer(user, ref)
        access.own(user, transfer.target)
        transfer = transferring.receive(
            transfer,
            came=[transferring.Came(line.id, line.quantity, line.state) for line in body.lines],
            note=clean(body.note, "/note"),
            actor=user.actor,
        )
        receipt = transfer.receipts.prefetch_related("lines__line__product").latest("pk")
        answer = doc.ReceivedOut(doc.receipt_out(receipt), doc.after(transfer))
        return created(answer, f"{doc.address_of(transfer)}receipts/")


class Closings(Endpoint):
    post_op = Op(
        scope="stock:write",
        body=doc.ClosingIn,
        answer=doc.ClosingOut,
        status=201,
        summary="Write off what did not arrive",
    )

    def post(self, request: Request, body: doc.ClosingIn, ref: str) -> Answer:
        transfer = access.get_transfer(request.user, ref)
        access.own(request.user, transfer.target)
        transfer = transferring.close(
            transfer, reason=clean(body.reason, "/reason"), actor=request.user.actor
        )
        answer = doc.ClosingOut(transfer.closed_reason, transfer.closed_at, doc.after(transfer))
        return created(answer, doc.address_of(transfer))


class Cancellations(Endpoint):
    post_op = Op(
        scope="stock:write",
        body=doc.CancellationIn,
        answer=doc.ClosingOut,
        status=201,
        summary="Cancel a transfer before it leaves",
    )

    def post(self, request: Request, body: doc.CancellationIn, ref: str) -> Answer:
        transfer = access.get_transfer(request.user, ref)
        transfer = transferring.cancel(
            transfer, reason=clean(body.reason, "/reason"), actor=request.user.actor
        )
        answer = doc.ClosingOut(transfer.closed_reason, transfer.closed_at, doc.after(transfer))
        return created(answer, doc.address_of(transfer))


def clean(given: str, pointer: str, length: int = 500) -> str:
    try:
        return text.clean(given, length, lines=True)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error
