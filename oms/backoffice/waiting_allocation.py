"""Stock for what waits, given out at once: what would be done beside the oldest first, and doing it."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from fulfillment import allocating, previewing, waiting_orders
from fulfillment.models import AllocationRun
from oms.core.pages import staff_page


@staff_page(scope="orders:write", methods=("GET", "HEAD", "POST"))
def allocate(request: Any) -> HttpResponseBase:
    waiting = waiting_orders.count()
    many = waiting > allocating.AT_ONCE
    if request.method != "POST":
        return _shown(request, waiting, many)
    run = allocating.start(actor=request.principal.actor, at_once=not many)
    if not many:
        allocating.advance(run.pk)
    return HttpResponseRedirect(reverse("allocation-run", args=[run.pk]))


def _shown(request: Any, waiting: int, many: bool) -> HttpResponse:
    context: dict[str, Any] = {
        "waiting": waiting,
        "many": many,
        "currency": settings.COMPANY_CURRENCY,
        "going": AllocationRun.objects.filter(running=True).first(),
    }
    if not many:
        found = previewing.preview()
        context |= {
            "found": found,
            "orders": [
                {
                    "number": one.order.number,
                    "customer": one.order.customer_name,
                    "units": one.units,
                    "cost": one.plan.cost,
                    "places": list(dict.fromkeys(parcel.location for parcel in one.plan.parcels)),
                }
                for one in found.served
            ],
            "gap": round(found.gap * 100, 2),
        }
    return render(request, "backoffice/waiting_allocate.html", context)
