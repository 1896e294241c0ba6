"""What can be imported, in one table. Import a kind by its key: `KINDS["stock"]`."""

from oms.backoffice.importing.kinds import customers, orders, places, products, stock
from oms.backoffice.importing.kinds.kind import Context, Decided, Kind

KINDS: dict[str, Kind] = {
    kind.key: kind for kind in (products.KIND, stock.KIND, places.KIND, customers.KIND, orders.KIND)
}

__all__ = ["KINDS", "Context", "Decided", "Kind"]
