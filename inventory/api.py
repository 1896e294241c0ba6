"""The API of locations, products and stock."""

import hashlib
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from django.db.models import QuerySet
from django.urls import reverse
from rest_framework.request import Request

from inventory import locations, lots, products, stock
from inventory.documents import (
    AdjustmentIn,
    AdjustmentOut,
    AvailabilityOut,
    BatchError,
    BatchOut,
    BatchResult,
    LevelOut,
    LocationIn,
    LocationOut,
    LocationPatch,
    MovementOut,
    ProductBatchDoc,
    ProductBatchIn,
    ProductIn,
    ProductOut,
    ProductPatch,
    level_out,
    location_out,
    patched,
    product_out,
)
from inventory.models import Location, Movement, Product, StockLevel
from inventory.queries import Near, availability, by_reference
from oms.core import api, text
from oms.core.api import Answer, Endpoint, Op
from oms.core.errors import Invalid, NotFound, Problem

Limit = Annotated[int, msgspec.Meta(ge=1, le=250)]
Names = Annotated[list[Annotated[str, msgspec.Meta(max_length=64)]], msgspec.Meta(max_length=250)]


class LocationQuery(msgspec.Struct, forbid_unknown_fields=True):
    code: Names = []
    limit: Limit = 50
    cursor: str = ""


class ProductQuery(msgspec.Struct, forbid_unknown_fields=True):
    sku: Names = []
    barcode: Annotated[str, msgspec.Meta(max_length=128)] = ""
    limit: Limit = 50
    cursor: str = ""


class StockQuery(msgspec.Struct, forbid_unknown_fields=True):
    sku: Names = []
    location: Names = []
    limit: Limit = 50
    cursor: str = ""


class AvailabilityQuery(msgspec.Struct, forbid_unknown_fields=True):
    sku: Annotated[Names, msgspec.Meta(min_length=1)]
    country: Annotated[str, msgspec.Meta(max_length=2)] = ""
    city: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Locations(Endpoint):
    get_op = Op(
        scope="locations:read", query=LocationQuery, answer=LocationOut, paged=True, summary="Locations"
    )
    post_op = Op(
        scope="locations:write", body=LocationIn, answer=LocationOut, status=201, summary="Open a location"
    )

    def get(self, request: Request, query: LocationQuery) -> Answer:
        rows = request.user.limit_to_locations(Location.objects.all(), "code")
        if query.code:
            rows = rows.filter(code__in=query.code)
        return newest_first(request, rows, query.limit, query.cursor, location_out)

    def post(self, request: Request, body: LocationIn) -> Answer:
        location = locations.add_location(locations.location_of(body), actor=request.user.actor)
        return document(location_out(location), reverse("location", args=[location.uid]))


class LocationDetail(Endpoint):
    get_op = Op(scope="locations:read", answer=LocationOut, conditional=True, summary="A location")
    patch_op = Op(
        scope="locations:write",
        body=LocationPatch,
        answer=LocationOut,
        conditional=True,
        media=api.MERGE_PATCH,
        summary="Change a location",
    )

    def get(self, request: Request, ref: str) -> Answer:
        rows = request.user.limit_to_locations(Location.objects.all(), "code")
        return document(location_out(by_reference(rows, ref, "code")))

    def patch(self, request: Request, ref: str, body: Any) -> Answer:
        rows = request.user.limit_to_locations(Location.objects.select_for_update(no_key=True), "code")
        location = by_reference(rows, ref, "code")
        current = location_out(location)
        api.require_match(request, etag(current))
        form = patched(current, body, LocationIn)
        return document(location_out(locations.change_location(location, form, actor=request.user.actor)))


class Products(Endpoint):
    get_op = Op(scope="products:read", query=ProductQuery, answer=ProductOut, paged=True, summary="Products")
    post_op = Op(
        scope="products:write", body=ProductIn, answer=ProductOut, status=201, summary="Add a product"
    )

    def get(self, request: Request, query: ProductQuery) -> Answer:
        rows = Product.objects.all()
        if query.sku:
            rows = rows.filter(sku__in=query.sku)
        if query.barcode:
            rows = rows.filter(barcode=query.barcode)
        return newest_first(request, rows, query.limit, query.cursor, product_out)

    def post(self, request: Request, body: ProductIn) -> Answer:
        product = products.add_product(products.product_of(body), actor=request.user.actor)
        return document(product_out(product), reverse("product", args=[product.uid]))


class ProductBatch(Endpoint):
    post_op = Op(
        scope="products:write",
        body=ProductBatchIn,
        documented_body=ProductBatchDoc,
        answer=BatchOut,
        status=207,
        summary="Add up to 500 products",
    )

    def post(self, request: Request, body: ProductBatchIn) -> Answer:
        results: list[BatchResult] = []
        read: list[tuple[BatchResult, Product]] = []
        for index, raw in enumerate(body.items):
            result = BatchResult(index, 201, None)
            results.append(result)
            try:
                form = api.decode_body(bytes(raw), ProductIn)
                result.sku = form.sku
                read.append((result, products.product_of(form)))
            except Problem as problem:
                result.sku = result.sku or sent_sku(raw)
                refuse(result, problem)
        refusals = products.add_products([product for _, product in read], actor=request.user.actor)
        for (result, product), refusal in zip(read, refusals, strict=True):
            if refusal is None:
                result.id = str(product.uid)
            else:
                refuse(result, refusal)
        return Answer(BatchOut(results), 207)


class ProductDetail(Endpoint):
    get_op = Op(scope="products:read", answer=ProductOut, conditional=True, summary="A product, by id or SKU")
    patch_op = Op(
        scope="products:write",
        body=ProductPatch,
        answer=ProductOut,
        conditional=True,
        media=api.MERGE_PATCH,
        summary="Change a product",
    )

    def get(self, request: Request, ref: str) -> Answer:
        return document(product_out(by_reference(Product.objects.all(), ref, "sku")))

    def patch(self, request: Request, ref: str, body: Any) -> Answer:
        product = by_reference(Product.objects.select_for_update(no_key=True), ref, "sku")
        current = product_out(product)
        api.require_match(request, etag(current))
        form = patched(current, body, ProductIn)
        return document(product_out(products.change_product(product, form, actor=request.user.actor)))


class Adjustments(Endpoint):
    post_op = Op(
        scope="stock:write",
        body=AdjustmentIn,
        answer=AdjustmentOut,
        status=201,
        summary="Correct a stock level",
    )

    def post(self, request: Request, body: AdjustmentIn) -> Answer:
        if (body.set_to is None) == (body.change is None):
            raise Invalid.at("/set_to", "Give either set_to or change.")
        try:
            reason = text.clean(body.reason, 500)
        except ValueError as error:
            raise Invalid.at("/reason", str(error)) from error
        places = request.user.limit_to_locations(Location.objects.all(), "code")
        product = named(Product.objects.all(), body.sku, "sku")
        adjusted = stock.adjust(
            product=product,
            location=named(places, body.location, "location", field="code"),
            set_to=body.set_to,
            change=body.change,
            state=body.state,
            reason=reason,
            bin_name=body.bin,
            lot=lots.by_code(product, body.lot) if body.lot else None,
            actor=request.user.actor,
        )
        level = level_out(adjusted.level, body.sku, body.location)
        moved = movement_out(adjusted.movement, body.sku, body.location) if adjusted.movement else None
        address = f"{reverse('stock')}?{urlencode({'sku': body.sku, 'location': body.location})}"
        return api.created(AdjustmentOut(level, moved), address)


class Stock(Endpoint):
    get_op = Op(scope="stock:read", query=StockQuery, answer=LevelOut, paged=True, summary="Stock levels")

    def get(self, request: Request, query: StockQuery) -> Answer:
        rows = request.user.limit_to_locations(StockLevel.objects.select_related("product", "location"))
        if query.sku:
            rows = rows.filter(product__sku__in=query.sku)
        if query.location:
            rows = rows.filter(location__code__in=query.location)
        return newest_first(
            request,
            rows,
            query.limit,
            query.cursor,
            lambda level: level_out(level, level.product.sku, level.location.code),
        )


class Movements(Endpoint):
    get_op = Op(
        scope="stock:read", query=StockQuery, answer=MovementOut, paged=True, summary="The stock ledger"
    )

    def get(self, request: Request, query: StockQuery) -> Answer:
        rows = Movement.objects.all()
        if query.sku:
            ids = list(Product.objects.filter(sku__in=query.sku).values_list("id", flat=True))
            rows = rows.filter(product_id__in=ids)
        if query.location or request.user.locations is not None:
            places = request.user.limit_to_locations(Location.objects.all(), "code")
            if query.location:
                places = places.filter(code__in=query.location)
            rows = rows.filter(location_id__in=list(places.values_list("id", flat=True)))
        found, next_cursor = keyset(rows, query.limit, query.cursor)
        skus = dict(Product.objects.filter(id__in={m.product_id for m in found}).values_list("id", "sku"))
        codes = dict(Location.objects.filter(id__in={m.location_id for m in found}).values_list("id", "code"))
        data = [movement_out(m, skus[m.product_id], codes[m.location_id]) for m in found]
        return api.page(request._request, data, next_cursor)


class Availability(Endpoint):
    get_op = Op(
        scope="stock:read",
        query=AvailabilityQuery,
        answer=AvailabilityOut,
        paged=True,
        summary="What can be sold, nearest locations first",
    )

    def get(self, request: Request, query: AvailabilityQuery) -> Answer:
        rows = availability(query.sku, Near(query.country, query.city), channel_id=request.user.channel_id)
        unknown = sorted(set(query.sku) - {row.sku for row in rows})
        if unknown:
            fault = {"pointer": "sku", "code": "unknown_sku"}
            raise Invalid(
                "There is no product with this SKU.",
                code="unknown_sku",
                errors=[fault | {"detail": f"There is no product {sku}."} for sku in unknown],
            )
        return api.page(request._request, list(rows), None)


def newest_first(
    request: Request, rows: QuerySet[Any], limit: int, cursor: str, form: Callable[[Any], msgspec.Struct]
) -> Answer:
    """A page of rows by descending id."""
    found, next_cursor = keyset(rows, limit, cursor)
    return api.page(request._request, [form(row) for row in found], next_cursor)


def keyset(rows: QuerySet[Any], limit: int, cursor: str) -> tuple[list[Any], str | None]:
    """One page after `cursor`, newest first, and the cursor of the next."""
    if cursor:
        [after] = api.decode_cursor(cursor, 1)
        if not isinstance(after, int) or not 0 <= after < 2**63:
            raise Invalid.at("cursor", "Not a cursor of ours.", "invalid_cursor")
        rows = rows.filter(id__lt=after)
    found = list(rows.order_by("-id")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return found, api.encode_cursor(found[-1].id) if more else None


def etag(body: msgspec.Struct) -> str:
    """A strong validator of what the client saw: set-up documents carry no version."""
    return f'"{hashlib.sha256(msgspec.json.encode(body, order="deterministic")).hexdigest()[:32]}"'


def document(body: msgspec.Struct, address: str = "") -> Answer:
    """A document with its ETag; 201 with its address when it is new."""
    if address:
        return api.created(body, address, etag(body))
    return Answer(body, 200, {"ETag": etag(body)})


def named(rows: QuerySet[Any], value: str, name: str, field: str = "sku") -> Any:
    """The row a body names. Raises Invalid (`unknown_sku`, `unknown_location`) at its field."""
    try:
        return by_reference(rows, value, field)
    except NotFound:
        thing = "product" if name == "sku" else name
        raise Invalid.at(f"/{name}", f"There is no {thing} of that name.", f"unknown_{name}") from None


def movement_out(movement: Movement, sku: str, location: str) -> MovementOut:
    return MovementOut(
        id=movement.pk,
        at=movement.at,
        sku=sku,
        location=location,
        state=movement.state,
        change=movement.change,
        after=movement.after,
        cause=movement.cause,
        reference=movement.reference,
        actor=movement.actor,
        reason=movement.reason,
    )


def refuse(result: BatchResult, refusal: Problem) -> None:
    result.status = refusal.status
    result.error = BatchError(refusal.code, refusal.detail, refusal.errors)


def sent_sku(raw: msgspec.Raw) -> str | None:
    """The SKU of an item that could not be read, so that its sender finds it again."""
    try:
        sku = msgspec.json.decode(bytes(raw)).get("sku")
    except (msgspec.DecodeError, AttributeError):
        return None
    return sku[:64] if isinstance(sku, str) else None
