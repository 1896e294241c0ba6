"""The packing bench: boxes with weight, size and contents, then the label and its papers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from fulfillment import labelling, packing, parts, steps
from fulfillment.access import get_shipment
from fulfillment.carriers.names import named_carrier, service_name
from fulfillment.models import Paper, Shipment, ShipmentState
from fulfillment.packing import Box
from fulfillment.pages.pick import Item, items_of
from fulfillment.scanning import plain
from fulfillment.steps import Units
from oms.core import display, reading, text
from oms.core.errors import Problem
from oms.core.pages import done, sentence, staff_page

S = ShipmentState
MOST_BOXES = 20
# A box more than this is a scanner's code.
MOST_KILOS = 1000
SIDES = (
    ("length", gettext_lazy("Length")),
    ("width", gettext_lazy("Width")),
    ("height", gettext_lazy("Height")),
)


@staff_page(scope="shipments:write", methods=("GET", "HEAD", "POST"))
def pack(request: Any, ref: str) -> HttpResponseBase:
    """Before packing, a form of `boxes=2` asks for more boxes; what was typed comes along, and nothing is written."""
    shipment = get_shipment(request.principal, ref)
    return _bench(request, shipment, request.POST)


def _bench(
    request: Any,
    shipment: Shipment,
    typed: Any,
    said: Sequence[str] = (),
    faults: Mapping[str, str] = MappingProxyType({}),
    status: int = 200,
) -> HttpResponseBase:
    rows = steps.contents(shipment)
    context: dict[str, Any] = {
        "shipment": shipment,
        "order": shipment.order,
        "items": items_of(shipment),
        "said": said,
        "faults": faults,
        "pickup": steps.is_pickup(shipment.order),
    }
    if shipment.state == S.PICKED:
        weight = sum(piece.picked * piece.product.weight_g for piece in parts.pieces(rows))
        count = _count(typed.get("boxes", "1"))
        context["boxes"] = [_box_shown(n, count, typed, context["items"], weight) for n in range(count)]
        context["more"] = count + 1 if count < MOST_BOXES else 0
        context["fewer"] = count - 1
    else:
        context["packages"] = list(shipment.packages.order_by("position"))
    if shipment.state == S.PACKED and not context["pickup"]:
        context["offers"] = _offers(shipment)
    if shipment.state in (S.LABELLED, S.PACKED):
        context["papers"] = set(shipment.papers.values_list("kind", flat=True))
    return render(request, "fulfillment/pack.html", context, status=status)


def _box_shown(n: int, count: int, typed: Any, items: list[Item], weight: int) -> dict[str, Any]:
    """One box of the form: as typed, else the weight of everything in the first and only one."""
    kilos = f"{weight / 1000:.3f}".rstrip("0").rstrip(".") if weight else ""
    return {
        "n": n,
        "place": n + 1,
        "weight_name": f"weight-{n}",
        "weight": typed.get(f"weight-{n}", kilos if count == 1 else ""),
        "sides": [(f"{side}-{n}", label, typed.get(f"{side}-{n}", "")) for side, label in SIDES],
        "lines": [
            (f"units-{n}-{place}", item, typed.get(f"units-{n}-{place}", "" if n else item.picked))
            for place, item in enumerate(items)
        ],
    }


def _offers(shipment: Shipment) -> list[dict[str, Any]]:
    """What carriers ask for this parcel; the one taken by itself is marked."""
    now = timezone.now()
    order = shipment.order
    try:
        best = labelling.choose(order, shipment, "", "", now)
    except Problem:
        return []
    found = sorted(labelling.offers(order, shipment, now), key=lambda offer: (offer != best, offer.price))
    return [
        {
            "value": f"{offer.carrier}|{offer.service}",
            "carrier": named_carrier(offer.carrier),
            "service": service_name(offer.service),
            "price": offer.price,
            "currency": settings.COMPANY_CURRENCY,
            "latest": offer.latest,
            "late": bool(
                shipment.promised_latest and offer.latest and offer.latest > shipment.promised_latest
            ),
            "best": offer == best,
        }
        for offer in found
    ]


@staff_page(scope="shipments:write", methods=("POST",))
def pack_boxes(request: Any, ref: str) -> HttpResponseBase:
    """The boxes are closed; with `label` the cheapest carrier is booked at once."""
    shipment = get_shipment(request.principal, ref)
    actor = request.principal.actor
    typed = _Typed(request.POST)
    boxes = _boxes(typed, items_of(shipment))
    if typed.faults and shipment.state == S.PICKED:
        return _bench(request, shipment, request.POST, typed.said, typed.faults, status=422)
    try:
        packing.pack(shipment.pk, boxes=boxes, actor=actor)
    except Problem as problem:
        shipment.refresh_from_db()
        if shipment.state != S.PICKED:
            raise
        said_so = [sentence(problem), *_differing(problem, shipment)]
        return _bench(request, shipment, request.POST, said_so, status=422)
    said = _("Shipment %(number)s is packed.") % {"number": display.isolated(shipment.number)}
    if request.POST.get("label") and not steps.is_pickup(shipment.order):
        labelling.label(shipment.pk, actor=actor)
        said = _("Packed, and the label is being printed.")
    return done(request, said, reverse("pack", args=[shipment.number]))


def _differing(problem: Problem, shipment: Shipment) -> list[str]:
    """Of which items the boxes hold more or less than was picked."""
    language = get_language() or "en"
    names = {
        item.sku: item.name.get(language) or item.name.get("en") or item.sku for item in items_of(shipment)
    }
    return [
        _("%(product)s: %(packed)s in the boxes, %(picked)s picked.")
        % {
            "product": display.isolated(f"{names.get(wrong['sku'], wrong['sku'])} ({wrong['sku']})"),
            "packed": reading.figure(wrong["packed"]),
            "picked": reading.figure(wrong["picked"]),
        }
        for wrong in problem.errors
        if "picked" in wrong
    ]


@staff_page(scope="shipments:write", methods=("POST",))
def label(request: Any, ref: str) -> HttpResponseBase:
    """`offer` is "carrier|service"; empty: the cheapest that keeps the promise."""
    shipment = get_shipment(request.principal, ref)
    carrier, _bar, service = request.POST.get("offer", "")[:130].partition("|")
    labelling.label(
        shipment.pk,
        carrier=carrier,
        service=service,
        tracking_number=plain(request.POST.get("tracking_number", ""))[:30],
        actor=request.principal.actor,
    )
    return done(request, _("The label is being printed."), reverse("pack", args=[shipment.number]))


@staff_page(scope="shipments:read", methods=("GET", "HEAD"))
def papers(request: Any, ref: str) -> HttpResponseBase:
    """The part of a page that looks for the papers until they are there."""
    shipment = get_shipment(request.principal, ref)
    kinds = set(Paper.objects.filter(shipment=shipment).values_list("kind", flat=True))
    return render(request, "fulfillment/_papers.html", {"shipment": shipment, "papers": kinds})


@dataclass
class _Typed:
    """The bench's form, read figure by figure; what is wrong is kept by field, with its box and name."""

    data: Any
    faults: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def figure(
        self, box: int, name: str, label: str, most: int, *, whole: bool = False, weighs: bool = False
    ) -> Decimal | None:
        """A number people type, in any digits, with a point or a comma; empty or wrong: None.

        What `weighs` has kilograms, and a gram at least.
        """
        typed = str(self.data.get(name, ""))
        read = text.figure(plain(typed))
        if not read:
            return None
        try:
            figure = Decimal(read)
        except InvalidOperation:
            figure = Decimal("NaN")
        if not figure.is_finite():
            fault = _("%(detail)s is not a number.") % {"detail": display.isolated(typed[:12])}
        elif weighs and figure < Decimal("0.001"):
            fault = _("A box weighs at least 1 g.")
        elif figure < 0:
            fault = _("It is at least %(least)s.") % {"least": reading.figure(0)}
        elif figure > most:
            fault = _("It is at most %(most)s.") % {"most": reading.figure(most)}
        elif whole and figure != int(figure):
            fault = _("A whole number is expected here.")
        else:
            return figure
        number = reading.figure(box + 1)
        place = {"box": number, "field": display.isolated(label), "fault": fault}
        self.faults[name] = fault
        self.said.append(_("Box %(box)s, %(field)s: %(fault)s") % place)
        return None


def _boxes(typed: _Typed, items: list[Item]) -> list[Box]:
    count = _count(typed.data.get("boxes", "1"))
    boxes = []
    for n in range(count):
        units = [
            Units(item.sku, int(number))
            for place, item in enumerate(items)
            if (number := typed.figure(n, f"units-{n}-{place}", item.sku, 1_000_000, whole=True))
        ]
        kilos = typed.figure(n, f"weight-{n}", _("Weight, kg"), MOST_KILOS, weighs=True)
        grams = None if kilos is None else int(kilos * 1000)
        length, width, height = (
            int((typed.figure(n, f"{side}-{n}", str(label), 10_000) or 0) * 10) for side, label in SIDES
        )
        boxes.append(Box(grams, length, width, height, None if count == 1 else units))
    return boxes


def _count(given: str) -> int:
    return min(int(given), MOST_BOXES) if given.isascii() and given.isdigit() and int(given) > 0 else 1
