"""Products come in, one or five hundred at a time, and change. A SKU stays what it was: documents copy it."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from inventory import kits, lots, news, storing
from inventory.documents import Money, ProductIn
from inventory.models import Product
from oms.core import money, text
from oms.core.errors import Conflict, Invalid, Problem
from oms.core.events import record
from oms.core.saying import said

# What no form of a product writes.
KEPT = frozenset({"id", "uid", "sku", "created_at"})


def product_of(item: ProductIn) -> Product:
    """A product not yet stored. Raises Invalid naming the field at fault."""
    try:
        sku = text.sku(item.sku)
    except ValueError as error:
        raise Invalid.at("/sku", str(error)) from error
    # "Any text": scanners send group separators inside barcodes; only what PostgreSQL cannot keep is refused.
    if "\x00" in (item.barcode or ""):
        raise Invalid.at("/barcode", said("A NUL character is not text."))
    price, currency = _price(item.price)
    names = {language: getattr(item.name, language) for language in ("en", "ar", "fa")}
    if any(part.sku == sku for part in item.components):
        raise Invalid.at("/components", said("A product cannot be a part of itself."))
    return Product(
        sku=sku,
        name={
            code: _clean(name, 500, f"/name/{code}") for code, name in names.items() if name and name.strip()
        },
        barcode=item.barcode or "",
        price=price,
        price_currency=currency,
        weight_g=item.weight_g or 0,
        length_mm=item.length_mm or 0,
        width_mm=item.width_mm or 0,
        height_mm=item.height_mm or 0,
        hs_code=_clean(item.hs_code or "", 32, "/hs_code"),
        requires=[_clean(word, 64, f"/requires/{i}") for i, word in enumerate(item.requires)],
        components=[{"sku": part.sku, "quantity": part.quantity} for part in item.components],
        backorder=item.backorder,
        available_from=item.available_from,
        low_stock_at=item.low_stock_at,
        cost=_cost(item.cost),
        tracks_lots=item.tracks_lots,
        shelf_life_days=item.shelf_life_days,
    )


@transaction.atomic
def add_products(products: Sequence[Product], *, actor: str) -> list[Problem | None]:
    """Store new products; the answer tells, in their order, what refused each (None: stored).

    Kits come after what they are made of, so that a part which is itself refused is no part. As many statements for
    500 as for 1.
    """
    refusals: list[Problem | None] = [None] * len(products)
    stored = _insert([product for product in products if not product.components])
    made_of = {place: product for place, product in enumerate(products) if product.components}
    if made_of:
        taken = _taken(made_of.values())
        new = {place: kit for place, kit in made_of.items() if kit.sku not in taken}
        for place, why in zip(new, kits.refusals(list(new.values())), strict=True):
            refusals[place] = why
        stored |= _insert([kit for place, kit in new.items() if refusals[place] is None])
    for place, product in enumerate(products):
        if refusals[place] is None and product.uid not in stored:
            detail = said("There is already a product %(sku)s.", sku=product.sku)
            refusals[place] = Conflict(
                detail, code="duplicate_sku", errors=_at("/sku", "duplicate_sku", detail)
            )
    added = [product for product in products if product.uid in stored]
    if added:
        subject = f"product/{added[0].sku}" if len(added) == 1 else "product/batch"
        data: dict[str, Any] = {"id": str(added[0].uid), "number": added[0].sku, "version": 1}
        if len(added) > 1:
            data["skus"] = [product.sku for product in added]
        record("product.added", subject, actor=actor, data=data)
    return refusals


def _insert(products: Sequence[Product]) -> set[UUID]:
    # Sorted, so that two batches of the same products wait for each other in one order.
    in_order: list[Product] = sorted(products, key=lambda product: product.sku)
    return storing.insert_new(in_order)


def _taken(products: Iterable[Product]) -> set[str]:
    """The SKUs among theirs that somebody has already."""
    skus = [product.sku for product in products]
    return set(Product.objects.filter(sku__in=skus).values_list("sku", flat=True))


def add_product(product: Product, *, actor: str) -> Product:
    """Store one new product. Raises Conflict (`duplicate_sku`) and Invalid (`unknown_sku`, `nested_kit`)."""
    [refusal] = add_products([product], actor=actor)
    if refusal is not None:
        raise refusal
    return product


@transaction.atomic
def change_product(product: Product, form: ProductIn, *, actor: str) -> Product:
    """Write a locked product anew from its whole form; SKU and id stay. Raises Invalid as the first time.

    Conflict `lots_in_stock` when it would forget its lots while units of them are here.
    """
    changed = product_of(form)
    [refusal] = kits.refusals([changed])
    if refusal is not None:
        raise refusal
    for refusal in lots.track({0: changed}).values():
        raise refusal
    if changed.components and not product.components:
        kits.give_up_own_stock(product)
    fields = [f.name for f in Product._meta.concrete_fields if f.name not in KEPT]
    for field in fields:
        setattr(product, field, getattr(changed, field))
    product.save(update_fields=fields)
    # Its limit may be another: whether it is low is looked at again.
    news.touch([product.pk])
    data = {"id": str(product.uid), "number": product.sku, "version": 1}
    record("product.changed", f"product/{product.sku}", actor=actor, data=data)
    return product


def _price(given: Money | str | None) -> tuple[Decimal | None, str]:
    if given is None or given == "":
        return None, ""
    try:
        if isinstance(given, str):
            return money.parse_price(given), settings.COMPANY_CURRENCY
        if not money.known(given.currency):
            raise Invalid.at(
                "/price/currency",
                said("'%(currency)s' is not a currency of ISO 4217.", currency=given.currency),
            )
        return money.parse_price(given.amount), given.currency
    except ValueError as error:
        raise Invalid.at("/price" if isinstance(given, str) else "/price/amount", str(error)) from error


def _cost(given: Money | str | None) -> Decimal | None:
    try:
        cost, currency = _price(given)
    except Invalid as error:
        raise Invalid.at(error.errors[0]["pointer"].replace("/price", "/cost"), error.detail) from error
    if cost is not None and currency != settings.COMPANY_CURRENCY:
        raise Invalid.at(
            "/cost/currency",
            said("A cost is in %(currency)s.", currency=settings.COMPANY_CURRENCY),
            "company_currency",
        )
    return cost


def _clean(given: str, length: int, pointer: str) -> str:
    try:
        return text.clean(given, length)
    except ValueError as error:
        raise Invalid.at(pointer, str(error)) from error


def _at(pointer: str, code: str, detail: str) -> list[dict[str, Any]]:
    return [{"pointer": pointer, "code": code, "detail": detail}]
