"""States, scans and carriers in the customer's words."""

from datetime import date, datetime

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from oms.core import display
from oms.portal.shown import Badge, Happening

PARCEL_STATES = {
    "planned": (gettext_lazy("Getting ready"), "", "clock"),
    "released": (gettext_lazy("Getting ready"), "", "clock"),
    "picking": (gettext_lazy("Being packed"), "prog", "package-open"),
    "picked": (gettext_lazy("Being packed"), "prog", "package-open"),
    "packed": (gettext_lazy("Packed"), "prog", "package-check"),
    "labelled": (gettext_lazy("Packed"), "prog", "package-check"),
    "handed_over": (gettext_lazy("With the carrier"), "info", "truck"),
    "in_transit": (gettext_lazy("On the way"), "info", "truck"),
    "out_for_delivery": (gettext_lazy("Out for delivery"), "info", "truck"),
    "ready_for_pickup": (gettext_lazy("Ready to collect"), "ok", "store"),
    "delivered": (gettext_lazy("Delivered"), "ok", "circle-check"),
    "delivery_failed": (gettext_lazy("Not delivered"), "bad", "circle-alert"),
    "returning": (gettext_lazy("Coming back to us"), "warn", "undo-2"),
    "returned_to_sender": (gettext_lazy("Back with us"), "warn", "undo-2"),
    "lost": (gettext_lazy("Being searched for"), "bad", "search-x"),
    "cancelled": (gettext_lazy("Cancelled"), "", "ban"),
}

HAPPENINGS = {
    "order.placed": (gettext_lazy("Order placed"), "", "shopping-cart"),
    "shipment.packed": (gettext_lazy("Parcel packed"), "", "package-check"),
    "shipment.handed_over": (gettext_lazy("Handed to the carrier"), "", "package"),
    "shipment.ready_for_pickup": (gettext_lazy("Ready to collect"), "ok", "store"),
    "picked_up": (gettext_lazy("Collected by the carrier"), "", "package"),
    "in_transit": (gettext_lazy("On the way"), "", "truck"),
    "out_for_delivery": (gettext_lazy("Out for delivery"), "info", "truck"),
    "ready_for_pickup": (gettext_lazy("Ready to collect"), "ok", "store"),
    "delivery_failed": (gettext_lazy("Delivery did not succeed"), "bad", "circle-alert"),
    "delayed": (gettext_lazy("Delayed"), "warn", "clock"),
    "delivered": (gettext_lazy("Delivered"), "ok", "circle-check"),
    "returning": (gettext_lazy("On its way back to us"), "warn", "undo-2"),
    "returned_to_sender": (gettext_lazy("Back with us"), "warn", "undo-2"),
    "lost": (gettext_lazy("The carrier is searching for it"), "bad", "search-x"),
    "held_by_carrier": (gettext_lazy("Waiting at the carrier"), "warn", "hourglass"),
}

# An event of ours and the carrier's scan of the same moment.
TOLD_TWICE = {"shipment.handed_over": "picked_up", "shipment.ready_for_pickup": "ready_for_pickup"}

CARRIERS = {"own_fleet": gettext_lazy("Our own drivers"), "aramex": gettext_lazy("Aramex")}


def parcel_badge(state: str) -> Badge:
    text, tone, icon = PARCEL_STATES[state]
    return Badge(str(text), tone, icon)


def happening(kind: str, at: datetime, place: str = "") -> Happening:
    """A line of a parcel's history from a carrier's code or an event's kind."""
    text, tone, icon = HAPPENINGS[kind]
    return Happening(text=str(text), at=at, icon=icon, place=place, tone=tone)


def carrier(code: str) -> str:
    """A carrier's name for people; nothing for a parcel without one, or handed over by hand."""
    if code in CARRIERS:
        return str(CARRIERS[code])
    return "" if code in ("", "manual") else code.replace("_", " ").title()


def item_notes(
    *, quantity: int, cancelled: int, backordered: int, returned: int, expected_on: date | None = None
) -> list[str]:
    """What is not simply on its way, of one line; `expected_on`: when what it waits for should be there."""
    counted = [
        (cancelled, _("Cancelled"), _("%(units)s cancelled")),
        (backordered, _("On back-order"), _("%(units)s on back-order")),
        (returned, _("Returned"), _("%(units)s returned")),
    ]
    language = get_language() or "en"
    notes = [
        whole if units == quantity else some % {"units": display.digits(str(units), language)}
        for units, whole, some in counted
        if units
    ]
    if backordered and expected_on:
        notes.append(_("Expected %(day)s") % {"day": display.day(expected_on, language, year=False)})
    return notes
