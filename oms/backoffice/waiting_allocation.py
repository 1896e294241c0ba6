"""Stock for what waits, given out at once: what would be done beside the oldest first, and doing it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from fulfillment import allocating, waiting_orders
from oms.core.pages import done, sentence, staff_page

NAMED = 5


@staff_page(scope="orders:write", methods=("GET", "HEAD", "POST"))
def allocate(request: Any) -> HttpResponseBase:
    waiting = waiting_orders.count()
    many = waiting > allocating.AT_ONCE
    actor = request.principal.actor
    if request.method != "POST":
        return _shown(request, waiting, many)
    if many:
        allocating.ask(actor=actor)
        return done(request, _("A worker gives out the stock; this list shows it."), reverse("waiting-list"))
    outcome = allocating.allocate(actor=actor)
    if outcome.skipped:
        n = len(outcome.skipped)
        head = ngettext(
            "%(n)s order changed meanwhile and waits on.", "%(n)s orders changed meanwhile and wait on.", n
        )
        named = [f"{order.number}: {sentence(problem)}" for order, problem in outcome.skipped[:NAMED]]
        messages.error(request, " ".join([head % {"n": n}, *named]))
    n = len(outcome.served)
    said = ngettext("%(n)s order has its stock.", "%(n)s orders have their stock.", n) % {"n": n}
    return done(request, said, reverse("waiting-list"))


def _shown(request: Any, waiting: int, many: bool) -> HttpResponse:
    context: dict[str, Any] = {"waiting": waiting, "many": many, "currency": settings.COMPANY_CURRENCY}
    if not many:
        found = allocating.preview()
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
