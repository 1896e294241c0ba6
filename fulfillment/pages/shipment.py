"""One shipment: where it is, what is inside, its papers, what carriers reported, and its next step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import django.forms as forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from fulfillment import cash, clocks, rejecting, steps, tracking
from fulfillment.access import get_shipment, visible
from fulfillment.models import Scan, Shipment, ShipmentState
from fulfillment.pages.filters import by_code
from fulfillment.pages.lists import delivery
from fulfillment.pages.pick import items_of
from fulfillment.scanning import plain
from oms.core import display, reading
from oms.core.badges import badge
from oms.core.day_fields import MomentField
from oms.core.errors import Invalid, Problem
from oms.core.models import Event
from oms.core.pages import came_from, done, staff_page, tell_form
from orders import holds, payments

S = ShipmentState
# What a scanned number opens, by how far the shipment is.
SCREENS = {S.RELEASED: "pick", S.PICKING: "pick", S.PICKED: "pack", S.PACKED: "pack", S.LABELLED: "pack"}

# The events a reader of the page wants to see between the carrier's scans.
TOLD = {
    "shipment.created": (gettext_lazy("Planned"), "circle", ""),
    "shipment.released": (gettext_lazy("Released to the floor"), "list-checks", ""),
    "shipment.picked": (gettext_lazy("Picked"), "package-open", ""),
    "shipment.exception": (gettext_lazy("Short pick"), "triangle-alert", "bad"),
    "shipment.packed": (gettext_lazy("Packed"), "package-check", ""),
    "shipment.labelled": (gettext_lazy("Labelled"), "tag", ""),
    "shipment.handed_over": (gettext_lazy("Handed over"), "truck", "info"),
    "shipment.ready_for_pickup": (gettext_lazy("Ready for pickup"), "store", "ok"),
    "shipment.cancelled": (gettext_lazy("Cancelled"), "ban", ""),
}


REFUSALS = (
    ("not_found", gettext_lazy("The items are not there")),
    ("damaged", gettext_lazy("The items are damaged")),
    ("no_capacity", gettext_lazy("Too much to do")),
    ("closed", gettext_lazy("Closed")),
    ("other", gettext_lazy("Another reason")),
)


class RefusalForm(forms.Form):
    """Why the location does not send the shipment."""

    code = forms.ChoiceField(label=gettext_lazy("Reason"), choices=REFUSALS)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500)


class ScanForm(forms.Form):
    """A carrier's report, told by telephone or seen on its page."""

    code = forms.ChoiceField(label=gettext_lazy("What happened"))
    at = MomentField(
        label=gettext_lazy("When"),
        required=False,
        help_text=gettext_lazy("Empty: now."),
    )
    place = forms.CharField(label=gettext_lazy("Place"), required=False, max_length=200)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["code"]
        field.choices = [(code, badge("scan", code).text) for code in tracking.STATE_OF] + [
            (code, badge("scan", code).text) for code in ("delayed", "held_by_carrier")
        ]


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def shipment_detail(request: Any, ref: str) -> HttpResponseBase:
    return _page(request, get_shipment(request.principal, ref), ScanForm())


def _page(request: Any, shipment: Shipment, form: ScanForm, status: int = 200) -> HttpResponseBase:
    pickup = steps.is_pickup(shipment.order)
    context = {
        "shipment": shipment,
        "order": shipment.order,
        "items": items_of(shipment),
        "packages": list(shipment.packages.order_by("position")),
        "papers": set(shipment.papers.values_list("kind", flat=True)),
        "days": _days(shipment),
        "holds": holds.open_holds(shipment.order),
        "delivery": delivery(shipment),
        "may_open_order": request.principal.may("orders:read"),
        "refusal_form": RefusalForm(auto_id="refusal_%s"),
        "refusable": request.principal.may("shipments:write") and shipment.state in steps.STARTS["reject"],
        "scan_form": form,
        "asking": bool(form.errors),
        "step": _step(shipment, pickup) if request.principal.may("shipments:write") else "",
        "scannable": request.principal.may("shipments:write")
        and (shipment.state in steps.STARTS["scan"] or (pickup and shipment.state in (S.PACKED, S.LABELLED))),
        "asks_too_much": bool(shipment.cod_amount)
        and shipment.state in cash.BOOKED
        and cash.beyond(shipment.order.shipments.all(), payments.cash_due(shipment.order)),
        "clock": clocks.clock(shipment),
        "labelled": bool(shipment.tracking_number) and shipment.state != S.CANCELLED,
    }
    return render(request, "fulfillment/shipment.html", context, status=status)


def _step(shipment: Shipment, pickup: bool) -> str:
    if shipment.state == S.PLANNED:
        return "release"
    if shipment.state in (S.RELEASED, S.PICKING):
        return "pick"
    if shipment.state == S.PICKED:
        return "pack"
    if shipment.state == S.PACKED:
        return "counter" if pickup else "label"
    if shipment.state == S.LABELLED:
        return "counter" if pickup else "handover"
    return ""


def _days(shipment: Shipment) -> list[dict[str, Any]]:
    """Events of the house and the carrier's scans by day, newest first."""
    items: list[dict[str, Any]] = []
    events = Event.objects.filter(subject=shipment.ref, thread=shipment.order.ref, kind__in=TOLD)
    # A carrier's trouble stands among its scans.
    events = events.exclude(Q(kind="shipment.exception") & ~Q(data__incident="short_pick"))
    for event in events.order_by("-id")[:100]:
        title, icon, tone = TOLD[event.kind]
        who = event.actor.removeprefix("staff:") if event.actor.startswith("staff:") else ""
        items.append(_item(event.at, title, icon, tone, _missing(event.data), who))
    for scan in Scan.objects.filter(shipment=shipment).order_by("-at", "-id")[:100]:
        known = badge("scan", scan.code)
        text = " · ".join(filter(None, (scan.place, scan.note, scan.incident)))
        items.append(_item(scan.at, known.text, known.icon, known.tone, text, ""))
    items.sort(key=lambda item: item["at"], reverse=True)
    days: list[dict[str, Any]] = []
    for item in items:
        day = timezone.localtime(item["at"]).date()
        if not days or days[-1]["date"] != day:
            days.append({"date": day, "items": []})
        days[-1]["items"].append(item)
    return days


def _missing(data: Mapping[str, Any]) -> str:
    """What a short pick did not find."""
    return f"{display.comma(get_language() or 'en')} ".join(
        f"{display.isolated(line['sku'])} × {reading.figure(line['quantity'])}"
        for line in data.get("missing", ())
    )


def _item(at: datetime, title: Any, icon: str, tone: str, text: str, actor: str) -> dict[str, Any]:
    return {
        "at": at,
        "title": title,
        "icon": icon,
        "tone": tone,
        "text": text,
        "actor": actor,
        "comment": False,
    }


@staff_page(scope="shipments:write", methods=("POST",))
def shipment_scan(request: Any, ref: str) -> HttpResponseBase:
    """A carrier's scan entered by hand."""
    shipment = get_shipment(request.principal, ref)
    form = ScanForm(request.POST)
    if form.is_valid():
        try:
            tracking.scan(
                shipment.pk,
                code=form.cleaned_data["code"],
                at=form.cleaned_data["at"],
                place=form.cleaned_data["place"],
                note=form.cleaned_data["note"],
                actor=request.principal.actor,
            )
        except Problem as problem:
            tell_form(form, problem)
        else:
            return done(request, _("The report is kept."), reverse("shipment-detail", args=[shipment.number]))
    shipment.refresh_from_db()
    return _page(request, shipment, form, status=422)


@staff_page(scope="shipments:write", methods=("POST",))
def shipment_reject(request: Any, ref: str) -> HttpResponseBase:
    """The location does not send it: it goes elsewhere."""
    shipment = get_shipment(request.principal, ref)
    form = RefusalForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("Say why it is not sent."))
    made = rejecting.reject(
        shipment.pk,
        code=form.cleaned_data["code"],
        note=form.cleaned_data["note"],
        actor=request.principal.actor,
    )
    if any(line["to"] is None for line in made.lines):
        said = _("Refused. Nobody else can send it: the order waits for a decision.")
    else:
        said = _("Refused. Another location sends it.")
    return done(request, said, reverse("shipment-list"))


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def shipment_open(request: Any) -> HttpResponseBase:
    """What a scanned label, tote or order number opens: the screen of its next step."""
    code = request.GET.get("code", "")
    found = list(by_code(visible(request.principal), code).order_by("-created_at")[:20])
    exact = [one for one in found if plain(code) in (one.number, one.tracking_number)]
    candidates = exact or [one for one in found if one.number.partition("-")[0] == plain(code)]
    to_do = [one for one in candidates if one.state in SCREENS] or candidates
    if not to_do:
        said = _("No shipment has the number %(code)s.") % {"code": display.isolated(plain(code)[:40])}
        messages.error(request, said)
        return HttpResponseRedirect(came_from(request))
    shipment = to_do[0]
    screen = SCREENS.get(ShipmentState(shipment.state), "shipment-detail")
    if not request.principal.may("shipments:write"):
        screen = "shipment-detail"
    return redirect(screen, shipment.number)
