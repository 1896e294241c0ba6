"""Planned shipments go to the floor: one, or many."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulfillment import releasing
from fulfillment.access import get_shipment, visible
from fulfillment.models import ShipmentState
from fulfillment.pages import many
from fulfillment.pages.lists import RELEASE
from oms.core import display
from oms.core.pages import came_from, done, staff_page
from oms.core.reading import figure
from oms.core.selecting import selection


@staff_page(scope="shipments:write", methods=("POST",))
def release(request: Any, ref: str) -> HttpResponseBase:
    shipment = get_shipment(request.principal, ref)
    releasing.release(shipment.pk, actor=request.principal.actor)
    return done(
        request, _("Shipment %(number)s can be picked.") % {"number": display.isolated(shipment.number)}
    )


@staff_page(scope="shipments:write", methods=("POST",))
def release_bulk(request: Any) -> HttpResponseBase:
    planned = visible(request.principal).filter(state=ShipmentState.PLANNED)
    chosen = selection(request).of(RELEASE, planned).order_by("created_at", "pk")
    found = list(chosen[: many.MOST + 1])
    many.refuse_too_many(found)
    actor = request.principal.actor
    worked, failed = many.each(found, lambda shipment: releasing.release(shipment.pk, actor=actor))
    many.tell_failures(request, failed)
    if worked:
        said = ngettext("%(n)s shipment can be picked.", "%(n)s shipments can be picked.", len(worked))
        messages.success(request, said % {"n": figure(len(worked))})
    return HttpResponseRedirect(came_from(request))
