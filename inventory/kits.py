"""What kits are made of. A kit is sold as one and stocked, picked and returned by its components."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import ProtectedError

from inventory.models import Product, StockLevel
from oms.core.errors import Conflict, Invalid, Problem
from oms.core.saying import said

# Nobody makes a kit of a product while it becomes a part of one.
_PARTS = "SELECT sku, components <> '[]' FROM inventory_product WHERE sku = ANY(%s) ORDER BY id FOR SHARE"
_USED = """
SELECT DISTINCT part ->> 'sku' FROM inventory_product AS kit, jsonb_array_elements(kit.components) AS part
WHERE kit.components <> '[]' AND part ->> 'sku' = ANY(%s)
"""


def refusals(products: Sequence[Product], *, also: Sequence[Product] = ()) -> list[Problem | None]:
    """What each product's components are refused for: `unknown_sku`, or `nested_kit` where a kit is a part.

    Parts are products we have, that come in the same batch, or that will be stored `also`. Two queries, none
    without a kit.
    """
    kits = [product for product in products if product.components]
    if not kits:
        return [None] * len(products)
    asked = sorted({part["sku"] for kit in kits for part in kit.components if part["sku"].isprintable()})
    is_kit = {product.sku: bool(product.components) for product in (*also, *products)}
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, [asked])
        is_kit = dict(cursor.fetchall()) | is_kit
        cursor.execute(_USED, [[kit.sku for kit in kits]])
        used = {sku for (sku,) in cursor.fetchall()}
    return [_refusal(product, is_kit, used) for product in products]


def _refusal(product: Product, is_kit: dict[str, bool], used: set[str]) -> Problem | None:
    for place, part in enumerate(product.components):
        if part["sku"] in [before["sku"] for before in product.components[:place]]:
            return Invalid.at(f"/components/{place}/sku", said("Name each component once."), "duplicate_sku")
        pointer = f"/components/{place}/sku"
        if part["sku"] not in is_kit:
            return Invalid.at(pointer, said("There is no product with this SKU."), "unknown_sku")
        if is_kit[part["sku"]]:
            return Invalid.at(pointer, said("A kit cannot be a part of a kit."), "nested_kit")
    if product.components and product.sku in used:
        return Invalid.at(
            "/components", said("This product is a part of a kit; it cannot be one."), "nested_kit"
        )
    return None


def give_up_own_stock(product: Product) -> None:
    """A product that becomes a kit has none: its empty levels go. Raises Conflict (`kit_has_no_stock`) otherwise.

    Its row is taken against anybody who would make a level of it meanwhile.
    """
    Product.objects.select_for_update().get(pk=product.pk)
    levels = StockLevel.objects.filter(product=product).select_for_update(no_key=True).order_by("id")
    figures = ("on_hand", "committed", "damaged", "quality_control", "safety", "incoming")
    try:
        if any(getattr(level, name) for level in levels for name in figures):
            raise ProtectedError("stock", set())
        StockLevel.objects.filter(product=product).delete()
    except ProtectedError as error:
        raise Conflict(
            said("A kit has no stock of its own, and there is some of this product."),
            code="kit_has_no_stock",
            errors=[
                {
                    "pointer": "/components",
                    "code": "kit_has_no_stock",
                    "detail": said("Take its stock away first."),
                }
            ],
        ) from error


def parts_of(products: Iterable[Product]) -> dict[int, list[dict[str, Any]]]:
    """The parts of the kits among these products now, by product id: [{product, sku, quantity}].

    One query, and none without a kit.
    """
    kits = [product for product in products if product.components]
    if not kits:
        return {}
    skus = {part["sku"] for kit in kits for part in kit.components}
    ids = dict(Product.objects.filter(sku__in=skus).values_list("sku", "id"))
    found: dict[int, list[dict[str, Any]]] = {}
    for kit in kits:
        units: dict[str, int] = defaultdict(int)
        for part in kit.components:
            units[part["sku"]] += part["quantity"]
        found[kit.pk] = [
            {"product": ids[sku], "sku": sku, "quantity": units[sku]}
            for sku in sorted(units, key=lambda sku: ids[sku])
        ]
    return found
