"""What is picked of a parcel, in words: pieces that one person scans one after another are one line of the history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from oms.backoffice.order_reading import Seen
from oms.core import display
from oms.core.models import Event
from oms.core.reading import figure

KINDS = ("shipment.picking", "shipment.picked")


def line_of(event: Event) -> tuple[object, ...]:
    """What events of one line have in common: units one person took in hand on a day; every other event is alone."""
    if event.kind in KINDS and "short" not in event.data and int(event.data.get("units", 0)) > 0:
        return event.subject, event.actor, timezone.localtime(event.at).date()
    return (event.pk,)


def together(run: Sequence[Event], seen: Seen) -> tuple[str, str]:
    """The units of a line in words."""
    return _of_units(sum(int(event.data["units"]) for event in run), run[0], seen)


def began(run: Sequence[Event]) -> datetime | None:
    """When a line began, if that was another minute than its end; `run` is newest first."""
    first, last = run[-1].at, run[0].at
    return first if f"{first:%H%M}" != f"{last:%H%M}" else None


def picked(data: Mapping[str, Any], seen: Seen, event: Event) -> tuple[str, str]:
    """One event: units taken, put back or not found."""
    units, whole, short = (int(data.get(name, 0)) for name in ("units", "picked", "short"))
    known = {"units": figure(units), "parcel": number_of(event)}
    if short:
        asked = int(data.get("asked", whole + short))
        known |= {"picked": figure(whole), "asked": figure(asked), "short": figure(short)}
        words = (
            _("%(picked)s of %(asked)s items picked for parcel %(parcel)s, %(short)s short")
            if whole
            else _("Nothing picked for parcel %(parcel)s, %(short)s short")
        )
        return words % known, ""
    if not units:
        return _("Nothing more picked for parcel %(parcel)s") % known, ""
    if units < 0:
        words = ngettext(
            "%(units)s item of parcel %(parcel)s put back",
            "%(units)s items of parcel %(parcel)s put back",
            -units,
        )
        return words % {**known, "units": figure(-units)}, ""
    return _of_units(units, event, seen)


def number_of(event: Event) -> str:
    """A parcel or a return by its own number."""
    return display.isolated(event.subject.partition("/")[2])


def _of_units(units: int, event: Event, seen: Seen) -> tuple[str, str]:
    """An event counts units alone; the item is known where the parcel holds no other."""
    words = ngettext(
        "%(units)s item picked for parcel %(parcel)s",
        "%(units)s items picked for parcel %(parcel)s",
        units,
    )
    lines = [row.line for each in seen.parcels if each.shipment.ref == event.subject for row in each.rows]
    one = len({line.sku for line in lines}) == 1 and not any(line.parts for line in lines)
    text = f"{figure(units)} × {display.isolated(lines[0].sku)}" if one else ""
    return words % {"units": figure(units), "parcel": number_of(event)}, text
