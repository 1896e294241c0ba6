"""What a customer is told of a return of theirs, and of which they are told."""

from django.utils.translation import gettext as _

from fulfillment.models import ShipmentLine
from returns.models import Return


def next_step(method: str) -> str:
    """What the customer does with the items once the return is approved."""
    if method == "courier":
        return _("Pack the items and keep them ready: a courier will collect them.")
    if method == "keep":
        return _("You may keep the items.")
    return _("Bring the items to one of our branches, with this return number.")


def with_customer(returned: Return) -> bool:
    """Something of it was delivered: what never reached the customer, staff settle without them."""
    return ShipmentLine.objects.filter(
        line__return_lines__return_order=returned, shipment__delivered_at__isnull=False
    ).exists()
