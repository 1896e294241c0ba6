"""Who sends a parcel and who gets it, as papers and carriers want to know it."""

from fulfillment.models import Shipment
from oms.core.papers import Address, address_of
from orders.models import Order


def sender(shipment: Shipment) -> Address:
    """The location it leaves from."""
    return address_of(shipment.location.address, shipment.location.name)


def recipient(order: Order) -> Address:
    """The customer, by the delivery's own name and phone where it has them."""
    return address_of(order.shipping_address or {}, order.customer_name, order.customer_phone)
