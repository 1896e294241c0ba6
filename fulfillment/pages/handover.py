"""The door: what waits for each carrier, what the driver takes, and the paper they sign."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from fulfillment import handing_over, manifests
from fulfillment.access import get_shipment, visible
from fulfillment.models import Manifest, Package, Shipment, ShipmentState
from fulfillment.pages import many
from fulfillment.pages.lists import rows
from fulfillment.scanning import plain
from oms.core import display
from oms.core.access import Principal
from oms.core.errors import NotFound
from oms.core.pages import came_from, done, part_or_page, staff_page
from oms.core.reading import figure

S = ShipmentState
# Shown at once; the rest follow when these are gone.
SHOWN = many.MOST
RECENT = 8

_WAITING = Q(state=S.LABELLED) | Q(state=S.PACKED, order__delivery_kind="pickup")


def waiting(principal: Principal) -> "QuerySet[Shipment]":
    return rows(principal).filter(_WAITING)


def papers_of(principal: Principal) -> "QuerySet[Manifest]":
    """The hand-over lists of the asker's locations."""
    found: QuerySet[Manifest] = principal.limit_to_locations(Manifest.objects.all())
    return found


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def handover_list(request: Any) -> HttpResponseBase:
    """A card for each carrier at each location; six queries. Asked of a `code`: why that parcel is not among them."""
    typed = request.GET.get("code", "")[:64]
    if code := plain(typed) if typed.isprintable() else "":
        return JsonResponse({"said": _why_not(request.principal, code)})
    found = waiting(request.principal)
    place = request.GET.get("location", "")[:64]
    if place:
        found = found.filter(location__code=place)
    shown = list(found.order_by("location__name", "carrier", "created_at", "pk")[:SHOWN])
    sums = {
        pk: (boxes, grams)
        for pk, boxes, grams in Package.objects.filter(shipment__in=shown)
        .values_list("shipment")
        .annotate(Count("pk"), Sum("weight_g"))
    }
    groups: dict[tuple[int, str], dict[str, Any]] = {}
    for shipment in shown:
        boxes, grams = sums.get(shipment.pk, (1, 0))
        group = groups.setdefault(
            (shipment.location_id, shipment.carrier),
            {
                "location": shipment.location,
                "carrier": shipment.carrier,
                "pickup": shipment.order.delivery_kind == "pickup",
                "rows": [],
                "boxes": 0,
                "grams": 0,
            },
        )
        group["rows"].append((shipment, boxes, grams))
        group["boxes"] += boxes
        group["grams"] += grams
    papers = list(
        papers_of(request.principal).select_related("location").defer("content").order_by("-at")[:RECENT]
    )
    context = {
        "groups": list(groups.values()),
        "total": len(shown),
        "more": len(shown) == SHOWN,
        "unlabelled": visible(request.principal)
        .filter(state=S.PACKED)
        .exclude(order__delivery_kind="pickup")[:1000]
        .count(),
        "papers": papers,
        "waiting_for_paper": any(paper.due_at for paper in papers),
        "may_write": request.principal.may("shipments:write"),
    }
    part, page = "fulfillment/_manifests.html", "fulfillment/handover.html"
    return part_or_page(request, page, part, context)


def _why_not(principal: Principal, code: str) -> str:
    found = (
        visible(principal).filter(Q(number=code) | Q(tracking_number=code)).order_by("-created_at").first()
    )
    if found is None:
        words = _("Stop: there is no shipment %(code)s.")
    elif found.handed_over_at:
        words = _("Stop: %(code)s is handed over already.")
    else:
        words = _("Stop: %(code)s is not ready to be handed over.")
    return words % {"code": display.isolated(code)}


@staff_page(scope="shipments:write", methods=("POST",))
def handover(request: Any) -> HttpResponseBase:
    """The ticked shipments (`ids`) leave, a paper for each location and carrier."""
    keys = [key for key in request.POST.getlist("ids") if _is_id(key)][:SHOWN]
    found = list(waiting(request.principal).filter(pk__in=keys).order_by("created_at", "pk"))
    many.refuse_too_many(found)
    by_carrier: dict[tuple[Any, str], list[Shipment]] = {}
    for shipment in found:
        by_carrier.setdefault((shipment.location, shipment.carrier), []).append(shipment)
    failed: list[str] = []
    taken = 0
    for (location, carrier), shipments in by_carrier.items():
        manifest, stayed = manifests.hand_over_all(
            location, carrier, shipments, language=(get_language() or "en")[:2], actor=request.principal.actor
        )
        failed += [many.stayed(each.number, each.problem) for each in stayed]
        taken += len(manifest.shipments) if manifest else 0
    many.tell_failures(request, failed)
    if taken:
        said = ngettext("%(n)s shipment is handed over.", "%(n)s shipments are handed over.", taken)
        messages.success(request, said % {"n": figure(taken)})
    return HttpResponseRedirect(reverse("handover-list"))


@staff_page(scope="shipments:write", methods=("POST",))
def handover_one(request: Any, ref: str) -> HttpResponseBase:
    shipment = get_shipment(request.principal, ref)
    after = handing_over.hand_over(shipment.pk, actor=request.principal.actor)
    if after.state == S.READY_FOR_PICKUP:
        return done(request, _("At the counter: the customer can come."), came_from(request))
    return done(
        request, _("Shipment %(number)s is handed over.") % {"number": display.isolated(after.number)}
    )


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def manifest(request: Any, pk: UUID) -> HttpResponseBase:
    """The paper as PDF. Raises NotFound while it is not printed."""
    found = papers_of(request.principal).select_related("location").filter(pk=pk).first()
    if found is None or found.content is None:
        raise NotFound("This paper is not printed yet.", code="no_paper")
    return HttpResponse(
        bytes(found.content),
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="handover-{manifests.signed_at(found):%Y-%m-%d}.pdf"'
        },
    )


def _is_id(given: str) -> bool:
    try:
        UUID(given)
    except ValueError:
        return False
    return True
