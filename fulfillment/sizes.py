"""What units weigh and take up: a kit that says nothing of itself is as heavy and as large as its components."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from inventory.models import Product

Parts = Sequence[Mapping[str, Any]]  # a kit's [{product, sku, quantity}]


def components(kits: Iterable[tuple[Product, Parts]]) -> dict[int, Product]:
    """The components whose sizes are asked for, by id. One query, none where every kit says its own."""
    ids = {
        part["product"]
        for product, parts in kits
        if not (product.weight_g and _volume(product))
        for part in parts
    }
    return Product.objects.in_bulk(ids) if ids else {}


def weight(product: Product, parts: Parts = (), known: Mapping[int, Product] | None = None) -> int:
    """Of one unit, in grams; 0 where nobody says. `known` holds the components as `components` reads them."""
    known = known or {}
    return product.weight_g or sum(known[part["product"]].weight_g * part["quantity"] for part in parts)


def volume(product: Product, parts: Parts = (), known: Mapping[int, Product] | None = None) -> int:
    """Of one unit, in mm³; 0 where a side is not known. Components do not lie in each other."""
    known = known or {}
    return _volume(product) or sum(_volume(known[part["product"]]) * part["quantity"] for part in parts)


def _volume(product: Product) -> int:
    return product.length_mm * product.width_mm * product.height_mm
