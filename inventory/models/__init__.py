"""What is sold and where it lies. `inventory.stock` is the only writer of levels, reservations and movements."""

from inventory.models.catalogue import BackorderPolicy, Product
from inventory.models.levels import Movement, Reservation, State, StockLevel, StockMark
from inventory.models.places import Location, LocationKind

__all__ = [
    "BackorderPolicy",
    "Location",
    "LocationKind",
    "Movement",
    "Product",
    "Reservation",
    "State",
    "StockLevel",
    "StockMark",
]
