"""What is sold and where it lies. `inventory.stock` is the only writer of levels, reservations and movements."""

from inventory.models.alerts import AlertKind, StockAlert, StockLimit
from inventory.models.buffers import ChannelBuffer
from inventory.models.catalogue import BackorderPolicy, Product
from inventory.models.closings import Closing, ClosingLine, ClosingRoad
from inventory.models.counts import CountKind, CountLine, CountState, StockCount
from inventory.models.levels import Movement, Reservation, Slot, State, StockLevel, StockMark
from inventory.models.lots import Lot, LotLevel, LotMovement
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
from inventory.models.rushes import Rush
from inventory.models.transfers import (
    Transfer,
    TransferLine,
    TransferReceipt,
    TransferReceiptLine,
    TransferState,
    TransferVariance,
)
from inventory.models.wishes import Wish, WishState

__all__ = [
    "Closing",
    "ClosingLine",
    "ClosingRoad",
    "CountKind",
    "CountLine",
    "CountState",
    "StockCount",
    "AlertKind",
    "BackorderPolicy",
    "ChannelBuffer",
    "Location",
    "LocationKind",
    "Lot",
    "LotLevel",
    "LotMovement",
    "Movement",
    "Product",
    "PurchaseLine",
    "PurchaseOrder",
    "PurchasePaper",
    "PurchaseReceipt",
    "PurchaseReceiptLine",
    "PurchaseState",
    "Reservation",
    "Rush",
    "Slot",
    "State",
    "StockAlert",
    "StockLevel",
    "StockLimit",
    "StockMark",
    "Supplier",
    "SupplierPrice",
    "Transfer",
    "TransferLine",
    "TransferReceipt",
    "TransferReceiptLine",
    "TransferState",
    "TransferVariance",
    "Wish",
    "WishState",
]
