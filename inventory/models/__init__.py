"""What is sold and where it lies. `inventory.stock` is the only writer of levels, reservations and movements."""

from inventory.models.catalogue import BackorderPolicy, Product
from inventory.models.levels import Movement, Reservation, State, StockLevel, StockMark
from inventory.models.places import Location, LocationKind
from inventory.models.purchasing import (
    PurchaseLine,
    PurchaseOrder,
    PurchasePaper,
    PurchaseReceipt,
    PurchaseReceiptLine,
    PurchaseState,
    Supplier,
    SupplierPrice,
)
from inventory.models.transfers import (
    Transfer,
    TransferLine,
    TransferReceipt,
    TransferReceiptLine,
    TransferState,
    TransferVariance,
)

__all__ = [
    "BackorderPolicy",
    "Location",
    "LocationKind",
    "Movement",
    "Product",
    "PurchaseLine",
    "PurchaseOrder",
    "PurchasePaper",
    "PurchaseReceipt",
    "PurchaseReceiptLine",
    "PurchaseState",
    "Reservation",
    "State",
    "StockLevel",
    "StockMark",
    "Supplier",
    "SupplierPrice",
    "Transfer",
    "TransferLine",
    "TransferReceipt",
    "TransferReceiptLine",
    "TransferState",
    "TransferVariance",
]
