"""Where the goods of a return had been sent from."""

from django.db.models import F

from fulfillment.models import Shipment, ShipmentState
from returns.models import Return


def sent_in(returned: Return) -> Shipment | None:
    """The parcel with some of the goods that arrived last, or left last where none did, with its location."""
    return (
        Shipment.objects.filter(lines__line__return_lines__return_order=returned)
        .exclude(state=ShipmentState.CANCELLED)
        .select_related("location")
        .order_by(F("delivered_at").desc(nulls_last=True), F("handed_over_at").desc(nulls_last=True), "-pk")
        .first()
    )
