"""What is taken from the shelf for the lines of a shipment: a kit by its components, anything else as itself.

A row counts kits; `parts_picked` and `parts_missing` count units of each component beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fulfillment.models import ShipmentLine
from inventory.models import Product
from orders.models import Line


@dataclass(frozen=True, slots=True)
class Piece:
    """One SKU of one row, `per_unit` of it in each unit of the row."""

    row: ShipmentLine
    sku: str
    product: Product
    per_unit: int

    @property
    def quantity(self) -> int:
        return self.row.quantity * self.per_unit

    @property
    def picked(self) -> int:
        if not self.row.line.parts:
            return self.row.picked
        return int(self.row.parts_picked.get(self.sku, 0))

    @property
    def key(self) -> tuple[Any, str]:
        return self.row.pk, self.sku


def pieces(rows: Iterable[ShipmentLine]) -> list[Piece]:
    """The pieces of these rows (with `line__product`), in their order. One query more where there are kits."""
    rows = list(rows)
    ids = {part["product"] for row in rows for part in row.line.parts}
    products = Product.objects.in_bulk(ids) if ids else {}
    found = []
    for row in rows:
        if row.line.parts:
            found += [
                Piece(row, part["sku"], products[part["product"]], part["quantity"])
                for part in row.line.parts
            ]
        else:
            found.append(Piece(row, row.line.sku, row.line.product, 1))
    return found


def needs(line: Line) -> tuple[tuple[int, int], ...]:
    """Product ids and their units in one unit of a line."""
    return tuple((part["product"], part["quantity"]) for part in line.parts) or ((line.product_id, 1),)


def add(piece: Piece, units: int) -> None:
    """Units of a piece are in the picker's hands (below zero: back on the shelf); call `settle` on the row after."""
    if piece.row.line.parts:
        piece.row.parts_picked[piece.sku] = piece.picked + units
    else:
        piece.row.picked += units


def settle(row: ShipmentLine) -> None:
    """`picked` is what is whole. What a smaller row needs no more is no longer counted as in anybody's hands."""
    parts = row.line.parts
    if not parts:
        return
    for part in parts:
        most = row.quantity * part["quantity"]
        row.parts_picked[part["sku"]] = min(int(row.parts_picked.get(part["sku"], 0)), most)
    row.picked = min(row.parts_picked[part["sku"]] // part["quantity"] for part in parts)


def give_back(row: ShipmentLine, units: int) -> None:
    """Whole picked kits leave the row, which has shrunk by at least as many."""
    for part in row.line.parts:
        row.parts_picked[part["sku"]] = max(
            0, row.parts_picked.get(part["sku"], 0) - units * part["quantity"]
        )
    settle(row)


def miss(row: ShipmentLine, units: int) -> None:
    """So many units of the row, whole, are not where they should be."""
    for part in row.line.parts:
        row.parts_missing[part["sku"]] = row.parts_missing.get(part["sku"], 0) + units * part["quantity"]


def shrink_to_found(row: ShipmentLine, lacking: Iterable[Piece]) -> int:
    """Those pieces are short: the row becomes as many units as they allow. Returns by how many it shrank.

    Pieces found in vain go back to the shelf; only what was not found is noted as missing.
    """
    lacking = list(lacking)
    left = min(piece.picked // piece.per_unit for piece in lacking)
    gone = row.quantity - left
    if row.line.parts:
        for piece in lacking:
            in_vain = piece.picked - left * piece.per_unit
            lost = max(0, gone * piece.per_unit - in_vain)
            row.parts_missing[piece.sku] = row.parts_missing.get(piece.sku, 0) + lost
    row.missing += gone
    row.quantity = left
    settle(row)
    return gone
