"""A packed parcel gets its carrier, its tracking number and, in a worker, its papers.

Own-fleet and manual carriers live in this house: booking with them is a calculation. A carrier behind a network
must not be called here, under the order's lock: its booking belongs to a worker, as the papers do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from fulfillment import carriers, cash, parties, snapshot, steps, terms
from fulfillment.models import Shipment, ShipmentState
from fulfillment.routing import calendar, filters, tariff
from oms.core import bell
from oms.core.errors import Conflict, Invalid
from orders.documents import tracking_url
from orders.models import Order

PRINT_OWED = "fulfillment.tasks.print_owed"


@dataclass(frozen=True, slots=True)
class Offer:
    """A carrier's service for one parcel: `price` in the company's currency (None: no rate); its latest arrival."""

    carrier: str
    service: str
    price: Decimal | None
    latest: datetime | None


@transaction.atomic
def label(
    shipment_id: UUID, *, carrier: str = "", service: str = "", tracking_number: str = "", actor: str
) -> Shipment:
    """Book the carrier: the one named, or the cheapest that keeps the promise (if none does, the fastest).

    `tracking_number` is one staff got from the carrier. The papers are made in a worker. Raises OnHold,
    IllegalMove; Invalid (`unknown_carrier`, `no_rate`); Conflict (`no_carrier`) when no rate takes the parcel.
    """
    order, shipment = steps.begin(shipment_id, "label")
    if carrier and carrier not in carriers.CARRIERS:
        raise Invalid.at("/carrier", f"There is no carrier {carrier}.", "unknown_carrier")
    if steps.is_pickup(order):
        offer = Offer("", "pickup", None, shipment.promised_latest)
        number, url = shipment.number, ""
    else:
        cash.share(order)
        shipment.refresh_from_db(fields=["cod_amount"])
        offer = choose(order, shipment, carrier, service, timezone.now())
        booked = _book(order, shipment, offer, tracking_number)
        number, url = booked.tracking_number, booked.tracking_url
    shipment.carrier, shipment.service = offer.carrier, offer.service
    shipment.tracking_number, shipment.tracking_url = number, url
    shipment.cost = offer.price if offer.price is not None else shipment.cost
    shipment.state = ShipmentState.LABELLED
    shipment.papers_due_at = timezone.now()
    steps.save(
        shipment, "carrier", "service", "tracking_number", "tracking_url", "cost", "state", "papers_due_at"
    )
    steps.tell(
        "shipment.labelled", order, shipment, actor=actor, carrier=offer.carrier, service=offer.service
    )
    transaction.on_commit(ring_printer, robust=True)
    return shipment


def _book(order: Order, shipment: Shipment, offer: Offer, tracking_number: str) -> carriers.Booking:
    """The same shipment always gets the same booking, so a label made anew keeps its number."""
    request = carriers.BookingRequest(
        reference=str(shipment.pk),
        shipment_number=shipment.number,
        order_number=str(order.number),
        service=offer.service,
        sender=parties.sender(shipment),
        recipient=parties.recipient(order),
        parcels=[
            carriers.Parcel(box.weight_g, box.length_mm, box.width_mm, box.height_mm)
            for box in shipment.packages.order_by("position")
        ],
        tracking_page=tracking_url(order) or "",
        cash=shipment.cod_amount or None,
        currency=order.currency,
        tracking_number=tracking_number,
    )
    try:
        return carriers.carrier(offer.carrier).book(request)
    except carriers.CarrierError as error:
        raise Invalid.at("/carrier", str(error), "carrier_refused") from error


def ring_printer() -> None:
    """Papers are owed; the sweep finds them too when nobody hears."""
    bell.call(PRINT_OWED, queue="carrier")


def choose(order: Order, shipment: Shipment, carrier: str, service: str, now: datetime) -> Offer:
    """The offer taken among those of the carrier and service asked for (empty: any)."""
    found = [
        offer
        for offer in offers(order, shipment, now)
        if (not carrier or offer.carrier == carrier) and (not service or offer.service == service)
    ]
    if not found and carrier and service:
        return Offer(carrier, service, None, None)  # Agreed by telephone: no rate is stored.
    if not found and (carrier or service):
        raise Invalid.at("/service", f"No rate of {carrier or service} takes this parcel.", "no_rate")
    if not found:
        raise Conflict("No carrier's rate takes this parcel.", code="no_carrier")
    promised = shipment.promised_latest
    kept = [offer for offer in found if promised is None or offer.latest is None or offer.latest <= promised]
    if kept:
        return min(kept, key=lambda offer: (offer.price, offer.latest, offer.carrier))
    return min(found, key=lambda offer: (offer.latest, offer.price, offer.carrier))


def offers(order: Order, shipment: Shipment, now: datetime) -> Sequence[Offer]:
    """Every service some rate has for this parcel from where it lies, priced by its packed weight."""
    grams = shipment.packages.aggregate(sum=Sum("weight_g"))["sum"] or 0
    place = terms.as_place(shipment.location, {})
    given = order.shipping_address or {}
    address = terms.as_address(given, snapshot.zones_of(given))
    rates = snapshot.rates_to(given)
    found = []
    for service in sorted({rate.service for rate in rates}):
        asked = terms.as_order(
            (), address, service=service, now=now, cash=shipment.cod_amount, currency=order.currency
        )
        fitting, _ = filters.fitting_rates(asked, place, rates)
        for rate in fitting:
            window = calendar.window(place, rate, now)
            found.append(Offer(rate.carrier, service, tariff.asked(rate, grams), window.latest))
    return found
