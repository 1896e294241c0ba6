"""Who sends a parcel and who gets it, as papers and carriers want to know it."""

from collections.abc import Mapping

from fulfillment.models import Shipment
from fulfillment.papers import Address
from orders.models import Order

_FIELDS = tuple(Address.__dataclass_fields__)


def sender(shipment: Shipment) -> Address:
    """The location it leaves from."""
    return _address(shipment.location.address, shipment.location.name)


def recipient(order: Order) -> Address:
    """The customer, by the delivery's own name and phone where it has them."""
    return _address(order.shipping_address or {}, order.customer_name, order.customer_phone)


def _address(given: Mapping[str, object], name: str, phone: str = "") -> Address:
    known = {field: str(given.get(field) or "") for field in _FIELDS}
    return Address(**{**known, "name": known["name"] or name, "phone": known["phone"] or phone})
