"""Doors of routing: why an order is sent from where it is, re-routings, refusals of a location."""

from django.conf import settings
from rest_framework.request import Request

from fulfillment import rate_documents, rates, rejecting, rerouting, routing_documents
from fulfillment.access import get_shipment
from fulfillment.api import clean
from fulfillment.lifting import Part, Wish
from fulfillment.models import RateZone
from fulfillment.rate_documents import ZoneIn, ZoneOut
from fulfillment.routing_documents import RejectionIn, ReroutingIn, ReroutingOut, RoutingOut
from oms.core import api, errors, short_lists
from oms.core.api import Answer, Endpoint, Op
from oms.core.short_lists import ShortListQuery
from orders.access import get_order


class OrderRouting(Endpoint):
    get_op = Op(
        scope="orders:read", answer=RoutingOut, summary="How an order was routed, and why not otherwise"
    )

    def get(self, request: Request, id: str) -> RoutingOut:
        order = get_order(request.user, id)
        return routing_documents.routing_out(order, list(order.routing_decisions.order_by("-at", "-pk")[:50]))


class RateZones(Endpoint):
    get_op = Op(
        scope="rates:read", query=ShortListQuery, answer=ZoneOut, paged=True, summary="Carriers' zones"
    )
    post_op = Op(
        scope="rates:write", body=ZoneIn, answer=ZoneOut, status=201, summary="A carrier's zone, new or anew"
    )

    def get(self, request: Request, query: ShortListQuery) -> Answer:
        zones = RateZone.objects.order_by("carrier", "country", "name")
        return short_lists.page(request, [rate_documents.zone_out(zone) for zone in zones], query)

    def post(self, request: Request, body: ZoneIn) -> Answer:
        zone = rates.set_zone(body, actor=request.user.actor)
        return api.created(rate_documents.zone_out(zone), f"{settings.BASE_URL}/api/v1/rate-zones/")


class Reroutings(Endpoint):
    get_op = Op(
        scope="orders:read",
        query=ShortListQuery,
        answer=ReroutingOut,
        paged=True,
        summary="What of an order was re-routed",
    )
    post_op = Op(
        scope="orders:write",
        body=ReroutingIn,
        answer=ReroutingOut,
        status=201,
        summary="Send units from elsewhere: split, move or merge parcels",
    )

    def get(self, request: Request, query: ShortListQuery, id: str) -> Answer:
        order = get_order(request.user, id)
        rows = order.reroutings.select_related("shipment").order_by("at", "pk")
        return short_lists.page(request, [routing_documents.rerouting_out(row, order) for row in rows], query)

    def post(self, request: Request, body: ReroutingIn, id: str) -> Answer:
        order = get_order(request.user, id)
        shipment = None
        if body.shipment is not None:
            try:
                shipment = get_shipment(request.user, body.shipment)
            except errors.NotFound:
                shipment = None
            if shipment is None or shipment.order_id != order.pk:
                raise errors.Invalid.at("/shipment", "The order has no such shipment.", "unknown_shipment")
        parts = None
        if body.lines is not None:
            parts = [Part(line.id, line.quantity, f"/lines/{n}") for n, line in enumerate(body.lines)]
        made = rerouting.reroute(
            order.pk,
            Wish(
                shipment=shipment.pk if shipment else None,
                parts=parts,
                to=body.to or "",
                exclude=frozenset(body.exclude),
                reason=clean("/reason", body.reason or "", 500),
            ),
            actor=request.user.actor,
        )
        return api.created(
            routing_documents.rerouting_out(made, order),
            f"{settings.BASE_URL}/api/v1/orders/{order.pk}/reroutings/",
        )


class Rejections(Endpoint):
    post_op = Op(
        scope="shipments:write",
        body=RejectionIn,
        answer=ReroutingOut,
        status=201,
        summary="The location does not send a shipment: it goes elsewhere",
    )

    def post(self, request: Request, body: RejectionIn, id: str) -> Answer:
        shipment = get_shipment(request.user, id)
        made = rejecting.reject(
            shipment.pk,
            code=body.reason,
            note=clean("/note", body.note or "", 500),
            actor=request.user.actor,
        )
        return api.created(
            routing_documents.rerouting_out(made, shipment.order),
            f"{settings.BASE_URL}/api/v1/orders/{shipment.order_id}/reroutings/",
        )
