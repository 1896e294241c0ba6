"""Suppliers and purchase orders over the API: prices, drafts, sending, deliveries, closing."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from django.urls import reverse
from rest_framework.request import Request

from inventory import access, purchase_printing, purchasing, suppliers
from inventory import purchase_documents as doc
from inventory.api import Limit
from inventory.documents import patched
from inventory.models import Product, PurchaseState, Supplier
from inventory.paging import newest, states
from inventory.transfer_api import clean
from oms.core import api, money
from oms.core.api import Answer, Endpoint, Op, created, etag_of, page
from oms.core.errors import Invalid, NotFound

Name = Annotated[str, msgspec.Meta(max_length=64)]


class SupplierQuery(msgspec.Struct, forbid_unknown_fields=True):
    code: Name = ""
    limit: Limit = 50
    cursor: str = ""


class PurchaseQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`state` takes several values with commas."""

    state: Annotated[str, msgspec.Meta(max_length=200)] = ""
    supplier: Name = ""
    location: Name = ""
    sku: Name = ""
    limit: Limit = 50
    cursor: str = ""


class TierQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`min_quantity` names a tier; without it all of them go."""

    min_quantity: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] | None = None


class Suppliers(Endpoint):
    get_op = Op(
        scope="purchases:read", query=SupplierQuery, answer=doc.SupplierOut, paged=True, summary="Suppliers"
    )
    post_op = Op(
        scope="purchases:write",
        body=doc.SupplierIn,
        answer=doc.SupplierOut,
        status=201,
        summary="Add a supplier",
    )

    def get(self, request: Request, query: SupplierQuery) -> Answer:
        rows = Supplier.objects.all()
        if query.code:
            rows = rows.filter(code=query.code)
        return newest(request, rows, query.limit, query.cursor, doc.supplier_out)

    def post(self, request: Request, body: doc.SupplierIn) -> Answer:
        supplier = suppliers.add(_facts(Supplier(code=body.code), body), actor=request.user.actor)
        return _supplier(supplier, reverse("supplier", args=[supplier.pk]))


class OneSupplier(Endpoint):
    get_op = Op(
        scope="purchases:read", answer=doc.SupplierOut, conditional=True, summary="A supplier, by id or code"
    )
    patch_op = Op(
        scope="purchases:write",
        body=doc.SupplierPatch,
        answer=doc.SupplierOut,
        conditional=True,
        media=api.MERGE_PATCH,
        summary="Change a supplier",
    )

    def get(self, request: Request, ref: str) -> Answer:
        return _supplier(access.get_supplier(ref))

    def patch(self, request: Request, ref: str, body: Any) -> Answer:
        supplier = access.get_supplier(ref, Supplier.objects.select_for_update(no_key=True))
        api.require_match(request, etag_of(supplier.version, supplier.code))
        form = patched(doc.supplier_out(supplier), body, doc.SupplierIn)
        return _supplier(suppliers.change(_facts(supplier, form), actor=request.user.actor))


class Prices(Endpoint):
    get_op = Op(scope="purchases:read", answer=doc.PriceOut, paged=True, summary="A supplier's price list")
    post_op = Op(
        scope="purchases:write",
        body=doc.PriceIn,
        answer=doc.PriceOut,
        status=201,
        summary="Set a supplier's price",
    )

    def get(self, request: Request, ref: str) -> Answer:
        rows = access.get_supplier(ref).prices.select_related("product", "supplier")
        rows = rows.order_by("product__sku", "min_quantity")
        return page(request._request, [doc.price_out(price) for price in rows], None)

    def post(self, request: Request, body: doc.PriceIn, ref: str) -> Answer:
        supplier = access.get_supplier(ref)
        products = access.named(Product.objects.all(), [body.sku], "sku", "/sku", "unknown_sku")
        price = suppliers.set_price(
            supplier,
            products[body.sku],
            price=_price(body.price, "/price"),
            supplier_sku=body.supplier_sku,
            min_quantity=body.min_quantity,
            actor=request.user.actor,
        )
        return created(doc.price_out(price), reverse("supplier-prices", args=[supplier.pk]))


class OnePrice(Endpoint):
    delete_op = Op(
        scope="purchases:write",
        query=TierQuery,
        status=204,
        summary="Take a product, or one tier of its price, off a supplier's list",
    )

    def delete(self, request: Request, query: TierQuery, ref: str, sku: str) -> Answer:
        prices = access.get_supplier(ref).prices.select_related("product")
        prices = prices.filter(product__sku=sku.replace("\x00", ""))
        if query.min_quantity is not None:
            prices = prices.filter(min_quantity=query.min_quantity)
        found = list(prices)
        if not found:
            raise NotFound("This supplier has no price for that SKU.")
        suppliers.drop_prices(found, actor=request.user.actor)
        return Answer(None, 204)


class PurchaseOrders(Endpoint):
    get_op = Op(
        scope="purchases:read",
        query=PurchaseQuery,
        answer=doc.PurchaseRow,
        paged=True,
        summary="Purchase orders",
    )
    post_op = Op(
        scope="purchases:write",
        body=doc.PurchaseIn,
        answer=doc.PurchaseOut,
        status=201,
        summary="Draft a purchase order",
    )

    def get(self, request: Request, query: PurchaseQuery) -> Answer:
        rows = access.visible_purchases(request.user).select_related("supplier", "location")
        if query.state:
            rows = rows.filter(state__in=states(query.state, PurchaseState.values))
        if query.supplier:
            rows = rows.filter(supplier__code=query.supplier)
        if query.location:
            rows = rows.filter(location__code=query.location)
        if query.sku:
            rows = rows.filter(lines__product__sku=query.sku)
        return newest(request, rows, query.limit, query.cursor, doc.row)

    def post(self, request: Request, body: doc.PurchaseIn) -> Answer:
        try:
            supplier = access.get_supplier(body.supplier)
        except NotFound as error:
            raise Invalid.at("/supplier", "There is no such supplier.", "unknown_supplier") from error
        location = access.location_of(body.location, "/location")
        access.own(request.user, location)
        order = purchasing.draft(
            supplier,
            location,
            lines=_wanted(body.lines),
            expected_on=body.expected_on,
            note=clean(body.note, "/note", 1000),
            actor=request.user.actor,
        )
        return created(doc.document(order), doc.address_of(order), etag_of(order.version, order.number))


class OnePurchaseOrder(Endpoint):
    get_op = Op(
        scope="purchases:read",
        answer=doc.PurchaseOut,
        conditional=True,
        summary="A purchase order, by id or number",
    )
    patch_op = Op(
        scope="purchases:write",
        body=doc.DraftPatch,
        answer=doc.PurchaseOut,
        conditional=True,
        media=api.MERGE_PATCH,
        summary="Rewrite a draft",
    )

    def get(self, request: Request, ref: str) -> Answer:
        return _order(access.get_purchase(request.user, ref))

    def patch(self, request: Request, ref: str, body: Any) -> Answer:
        order = purchasing.lock(access.get_purchase(request.user, ref).pk)
        api.require_match(request, etag_of(order.version, order.number))
        form = patched(doc.draft_of(order), body, doc.DraftIn)
        location = access.location_of(form.location, "/location")
        access.own(request.user, location)
        order = purchasing.rewrite(
            order,
            lines=_wanted(form.lines),
            location=location,
            expected_on=form.expected_on,
            note=clean(form.note, "/note", 1000),
            actor=request.user.actor,
        )
        return _order(order)


class Sendings(Endpoint):
    post_op = Op(
        scope="purchases:write",
        answer=doc.SendingOut,
        status=201,
        summary="Send a purchase order to its supplier",
    )

    def post(self, request: Request, ref: str) -> Answer:
        order = purchasing.send(access.get_purchase(request.user, ref), actor=request.user.actor)
        answer = doc.SendingOut(order.sent_at, order.expected_on, order.supplier.email, doc.after(order))
        return created(answer, doc.address_of(order))


class Receipts(Endpoint):
    get_op = Op(
        scope="purchases:read", answer=doc.ReceiptOut, paged=True, summary="Deliveries of a purchase order"
    )
    post_op = Op(
        scope="stock:write",
        body=doc.ReceiptIn,
        answer=doc.ReceivedOut,
        status=201,
        summary="Receive a delivery",
    )

    def get(self, request: Request, ref: str) -> Answer:
        rows = access.get_purchase(request.user, ref).receipts.prefetch_related("lines__line__product")
        return page(request._request, [doc.receipt_out(one) for one in rows.order_by("-pk")], None)

    def post(self, request: Request, body: doc.ReceiptIn, ref: str) -> Answer:
        came = [
            purchasing.Came(
                line.id,
                line.quantity,
                line.state,
                None if line.unit_cost is None else _price(line.unit_cost, f"/lines/{place}/unit_cost"),
                clean(line.lot, f"/lines/{place}/lot", 64),
                line.expires_on,
            )
            for place, line in enumerate(body.lines)
        ]
        order = purchasing.receive(
            access.get_purchase(request.user, ref),
            came=came,
            delivery_note=clean(body.delivery_note, "/delivery_note", 100),
            note=clean(body.note, "/note"),
            actor=request.user.actor,
        )
        receipt = order.receipts.prefetch_related("lines__line__product").latest("pk")
        answer = doc.ReceivedOut(doc.receipt_out(receipt), doc.after(order))
        return created(answer, f"{doc.address_of(order)}receipts/")


class Closings(Endpoint):
    post_op = Op(
        scope="purchases:write",
        body=doc.ClosingIn,
        answer=doc.ClosingOut,
        status=201,
        summary="Give up what did not come",
    )

    def post(self, request: Request, body: doc.ClosingIn, ref: str) -> Answer:
        order = purchasing.close(
            access.get_purchase(request.user, ref),
            reason=clean(body.reason, "/reason"),
            actor=request.user.actor,
        )
        return created(
            doc.ClosingOut(order.closed_reason, order.closed_at, doc.after(order)), doc.address_of(order)
        )


class Cancellations(Endpoint):
    post_op = Op(
        scope="purchases:write",
        body=doc.CancellationIn,
        answer=doc.ClosingOut,
        status=201,
        summary="Cancel a purchase order before anything came",
    )

    def post(self, request: Request, body: doc.CancellationIn, ref: str) -> Answer:
        order = purchasing.cancel(
            access.get_purchase(request.user, ref),
            reason=clean(body.reason, "/reason"),
            actor=request.user.actor,
        )
        return created(
            doc.ClosingOut(order.closed_reason, order.closed_at, doc.after(order)), doc.address_of(order)
        )


class Paper(Endpoint):
    """The purchase order as PDF; 404 with Retry-After until a worker has drawn it."""

    get_op = Op(scope="purchases:read", answer="application/pdf", summary="The purchase order as PDF")

    def get(self, request: Request, ref: str) -> Answer:
        order = access.get_purchase(request.user, ref)
        content = purchase_printing.drawn(order)
        if content is None:
            raise NotFound("The paper is being drawn.", retry_after=2 if order.paper_due_at else None)
        name = f'inline; filename="{order.number}.pdf"'
        return Answer(content, headers={"Content-Disposition": name}, media="application/pdf")


def _facts(supplier: Supplier, form: doc.SupplierIn) -> Supplier:
    return suppliers.clean(
        supplier,
        name=form.name,
        contact=form.contact,
        email=form.email,
        phone=form.phone,
        address=form.address,
        currency=form.currency,
        language=form.language,
        lead_days=form.lead_days,
        active=form.active,
    )


def _wanted(lines: Sequence[doc.WantedLine]) -> list[purchasing.Wanted]:
    skus = [line.sku for line in lines]
    products = access.named(Product.objects.all(), skus, "sku", "/lines/{}/sku", "unknown_sku")
    return [
        purchasing.Wanted(
            products[line.sku],
            line.quantity,
            None if line.unit_cost is None else _price(line.unit_cost, f"/lines/{place}/unit_cost"),
        )
        for place, line in enumerate(lines)
    ]


def _price(given: str, pointer: str) -> Decimal:
    try:
        return money.parse_price(given)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error


def _supplier(supplier: Supplier, address: str = "") -> Answer:
    body, etag = doc.supplier_out(supplier), etag_of(supplier.version, supplier.code)
    return created(body, address, etag) if address else Answer(body, headers={"ETag": etag})


def _order(order: Any) -> Answer:
    return Answer(doc.document(order), headers={"ETag": etag_of(order.version, order.number)})
