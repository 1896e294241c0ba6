"""Labels: one paper, or many in one PDF."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from fulfillment import labelling
from fulfillment.access import get_shipment, visible
from fulfillment.models import Paper, ShipmentState
from fulfillment.pages import many
from fulfillment.pages.lists import PACK, rows
from oms.core.documents import merged
from oms.core.errors import NotFound
from oms.core.pages import came_from, part_or_page, staff_page
from oms.core.selecting import selection

S = ShipmentState
KINDS = {"label": "label_pdf", "slip": "slip_pdf", "customs": "customs_pdf"}


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def paper(request: Any, ref: str, kind: str) -> HttpResponseBase:
    """The label or the packing slip. Raises NotFound while there is none."""
    shipment = get_shipment(request.principal, ref)
    content = Paper.objects.filter(shipment=shipment, kind=KINDS.get(kind, "")).values_list(
        "content", flat=True
    )
    found = content.first()
    if found is None:
        raise NotFound("This paper is not printed yet.", code="no_paper")
    return _pdf(bytes(found), f"{kind}-{shipment.number}")


@staff_page(scope="shipments:write", methods=("POST",))
def label_bulk(request: Any) -> HttpResponseBase:
    """Packed ones are booked with the cheapest carrier; then every label of the selection in one file."""
    chosen = selection(request).of(PACK, visible(request.principal)).order_by("created_at", "pk")
    found = list(chosen[: many.MOST + 1])
    many.refuse_too_many(found)
    actor = request.principal.actor
    packed = [shipment for shipment in found if shipment.state == S.PACKED]
    _worked, failed = many.each(packed, lambda shipment: labelling.label(shipment.pk, actor=actor))
    many.tell_failures(request, failed)
    numbers = list(
        visible(request.principal)
        .filter(pk__in=[shipment.pk for shipment in found])
        .exclude(tracking_number="", papers=None)
        .exclude(state__in=(S.PLANNED, S.RELEASED, S.PICKING, S.PICKED, S.PACKED, S.CANCELLED))
        .order_by("created_at", "pk")
        .values_list("number", flat=True)
        .distinct()
    )
    if not numbers:
        if not failed:
            return _none_labelled(request)
        return HttpResponseRedirect(came_from(request))
    asked = urlencode([("n", number) for number in numbers])
    return HttpResponseRedirect(f"{reverse('label-sheet')}?{asked}")


def _none_labelled(request: Any) -> HttpResponseBase:
    messages.error(request, _("None of them is packed yet, so there is no label to print."))
    return HttpResponseRedirect(came_from(request))


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def label_sheet(request: Any) -> HttpResponseBase:
    """Which labels are ready; looks again until all are."""
    asked = request.GET.getlist("n")[: many.MOST]
    found = list(rows(request.principal).filter(number__in=asked).order_by("created_at", "pk"))
    ready = set(
        Paper.objects.filter(shipment__in=found, kind="label_pdf").values_list("shipment_id", flat=True)
    )
    context = {
        "shipments": [(shipment, shipment.pk in ready) for shipment in found],
        "total": len(found),
        "ready": len(ready),
        "whole": len(ready) == len(found),
        "asked": urlencode([("n", shipment.number) for shipment in found]),
    }
    return part_or_page(request, "fulfillment/label_sheet.html", "fulfillment/_label_sheet.html", context)


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def labels_pdf(request: Any) -> HttpResponseBase:
    """The labels of `n` in one file, oldest shipment first. Raises NotFound when none is printed."""
    asked = request.GET.getlist("n")[: many.MOST]
    shipments = visible(request.principal).filter(number__in=asked)
    contents = (
        Paper.objects.filter(shipment__in=shipments, kind="label_pdf")
        .order_by("shipment__created_at", "shipment_id")
        .values_list("content", flat=True)
    )
    found = [bytes(content) for content in contents]
    if not found:
        raise NotFound("This paper is not printed yet.", code="no_paper")
    return _pdf(merged(found), "labels")


def _pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )
