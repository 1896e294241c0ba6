"""What we tell a customer, and in which words: an order's road, a parcel's state, a return's next step.

Plain facts in, sentences in the active language out; `now` is an argument. A held order is "being checked":
why (risk, a duplicate) is not the customer's to read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from oms.core import display
from oms.portal.shown import Badge, Happening, Notice, Step

ON_THE_ROAD = frozenset(
    {
        "handed_over",
        "in_transit",
        "out_for_delivery",
        "ready_for_pickup",
        "delivery_failed",
    }
)
GONE_WRONG = frozenset({"lost", "returning", "returned_to_sender"})

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


@dataclass(frozen=True)
class ParcelFacts:
    """`state` as in the contract; the promise and the end of the road, where known."""

    state: str
    earliest: datetime | None = None
    latest: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class OrderFacts:
    """`place`: where it is collected; `waiting`: units that have not left; `backordered`: without stock."""

    stage: str
    timezone: str
    pickup: bool = False
    place: str = ""
    holds: frozenset[str] = frozenset()
    parcels: Sequence[ParcelFacts] = ()
    waiting: int = 0
    backordered: int = 0
    all_returned: bool = False
    refunded: bool = False

    def states(self) -> set[str]:
        return {parcel.state for parcel in self.parcels} - {"cancelled"}

    def arrived(self) -> bool:
        """Nothing is on the road or still to be sent."""
        return self.stage in ("delivered", "completed") or (
            self.states() == {"delivered"} and not self.waiting
        )


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


def item_notes(*, quantity: int, cancelled: int, backordered: int, returned: int) -> list[str]:
    """What is not simply on its way, of one line."""
    counted = [
        (cancelled, _("Cancelled"), _("%(units)s cancelled")),
        (backordered, _("On back-order"), _("%(units)s on back-order")),
        (returned, _("Returned"), _("%(units)s returned")),
    ]
    language = get_language() or "en"
    return [
        whole if units == quantity else some % {"units": display.digits(str(units), language)}
        for units, whole, some in counted
        if units
    ]


def headline(order: OrderFacts, now: datetime) -> tuple[str, str]:
    """The page's title, and the line under it: when, or what comes next."""
    states = order.states()
    if order.stage == "cancelled":
        return _("Your order was cancelled"), ""
    if order.all_returned and order.refunded:
        return _("Returned and refunded"), ""
    if order.arrived():
        title = _("Collected") if order.pickup else _("Delivered")
        ended = [parcel.delivered_at for parcel in order.parcels if parcel.delivered_at]
        return title, _day_and_hour(max(ended), order.timezone) if ended else ""
    for state in ("delivery_failed", "out_for_delivery", "ready_for_pickup"):
        if state in states:
            return _MOVING[state](order, now)
    if states & {"handed_over", "in_transit"}:
        return _on_the_way(order, now)
    if "lost" in states:
        return _("We are searching for your parcel"), _("We will write to you as soon as we know more.")
    if states & GONE_WRONG:
        return _("Your parcel is coming back to us"), _("We will write to you about what happens next.")
    if order.holds:
        return _held(order)
    if "delivered" in states:
        return _("Part of your order was delivered"), _("The rest is still to come.")
    if order.backordered:
        return _("Waiting for stock"), _("We will send it as soon as it is back.")
    if states & {"packed", "labelled"}:
        return _("Packed and ready to go"), promise(order.parcels, order.timezone, now)
    if states & {"picking", "picked"}:
        return _("We are packing your order"), promise(order.parcels, order.timezone, now)
    return _("We have your order"), promise(order.parcels, order.timezone, now)


def _failed(order: OrderFacts, now: datetime) -> tuple[str, str]:
    return _("We could not deliver your parcel"), _("The carrier will try again or call you.")


def _out(order: OrderFacts, now: datetime) -> tuple[str, str]:
    out = [parcel for parcel in order.parcels if parcel.state == "out_for_delivery"]
    return _("Out for delivery"), promise(out, order.timezone, now)


def _ready(order: OrderFacts, now: datetime) -> tuple[str, str]:
    if order.place:
        return _("Ready to collect"), _("At %(place)s. Bring your order number with you.") % {
            "place": order.place
        }
    return _("Ready to collect"), _("Bring your order number with you.")


_MOVING = {
    "delivery_failed": _failed,
    "out_for_delivery": _out,
    "ready_for_pickup": _ready,
}


def _on_the_way(order: OrderFacts, now: datetime) -> tuple[str, str]:
    moving = [parcel for parcel in order.parcels if parcel.state in ("handed_over", "in_transit")]
    when = promise(moving, order.timezone, now)
    if order.waiting or order.states() - ON_THE_ROAD:
        return _("Part of your order is on the way"), when
    days = _days_until(moving, order.timezone, now)
    if days == 0:
        return _("On the way, arriving today"), when
    if days == 1:
        return _("On the way, arriving tomorrow"), when
    return _("On the way"), when


def _held(order: OrderFacts) -> tuple[str, str]:
    """Stock is kept for a held order, unless some of it was not there to keep."""
    reserved = not order.backordered
    if "awaiting_payment" in order.holds:
        return _("Waiting for your payment"), _("Your items are reserved for you.") if reserved else ""
    if "bad_address" in order.holds:
        return _("We need your full address"), _("Please answer our message, so that we can send your order.")
    if reserved:
        return _("We are checking your order"), _(
            "Your items are reserved. We go on as soon as the check is done."
        )
    return _("We are checking your order"), _("We go on as soon as the check is done.")


def notices(order: OrderFacts, now: datetime) -> list[Notice]:
    """What stands beside a headline that speaks of something else."""
    said: list[Notice] = []
    moving = bool(order.states() & (ON_THE_ROAD | {"delivered"}))
    if order.stage == "cancelled" or order.arrived():
        return said
    if order.holds and moving:
        title, text = _held(order)
        said.append(Notice(title, text, "warn", "hourglass"))
    if order.backordered and (moving or order.backordered < order.waiting):
        units = display.digits(str(order.backordered), get_language() or "en")
        text = ngettext(
            "%(units)s item is on back-order. We send it as soon as it is back.",
            "%(units)s items are on back-order. We send them as soon as they are back.",
            order.backordered,
        )
        said.append(
            Notice(
                _("Some of it comes later"),
                text % {"units": units},
                "warn",
                "hourglass",
            )
        )
    late = [
        parcel for parcel in order.parcels if parcel.state in ON_THE_ROAD | {"planned"} and _late(parcel, now)
    ]
    if late and not order.states() & {"delivery_failed", "ready_for_pickup"}:
        text = _("It is taking longer than we promised. We are sorry.")
        said.append(Notice(_("Later than planned"), text, "warn", "clock"))
    return said


def _late(parcel: ParcelFacts, now: datetime) -> bool:
    return parcel.latest is not None and parcel.latest < now


def steps(order: OrderFacts) -> list[Step]:
    """The four stops; the current one is the last that was really reached."""
    if order.stage == "cancelled":
        placed = Step(pgettext("step", "Placed"), "check", "reached")
        return [placed, Step(pgettext("step", "Cancelled"), "x", "current", "stopped")]
    if order.all_returned:
        last = Step(pgettext("step", "Refunded"), "check", "current", "final") if order.refunded else None
        road = [
            Step(text, "check", "reached")
            for text in (pgettext("step", "Placed"), pgettext("step", "Delivered"))
        ]
        back = Step(
            _("Sent back"),
            "undo-2" if last is None else "check",
            "reached" if last else "current",
        )
        return [*road, back, last or Step(pgettext("step", "Refunded"), "banknote", "ahead")]
    names = [
        pgettext("step", "Placed"),
        pgettext("step", "Packed"),
        pgettext("step", "On the way"),
        pgettext("step", "Delivered"),
    ]
    icons = ["shopping-cart", "package-check", "truck", "map-pin"]
    if order.pickup:
        names[2:] = [pgettext("step", "Ready to collect"), pgettext("step", "Collected")]
        icons[2:] = ["store", "package-check"]
    reached, look = _progress(order)
    states = ["reached"] * reached + ["current"] + ["ahead"] * (3 - reached)
    return [
        Step(
            name,
            _step_icon(icon, state, look),
            state,
            look if state == "current" else "",
        )
        for name, icon, state in zip(names, icons, states, strict=True)
    ]


def _step_icon(icon: str, state: str, look: str) -> str:
    if state == "reached" or (state == "current" and look == "final"):
        return "check"
    return {"stopped": "circle-alert", "waiting": "hourglass"}.get(look, icon) if state == "current" else icon


def _progress(order: OrderFacts) -> tuple[int, str]:
    states = order.states()
    if order.arrived():
        return 3, "final"
    if states & {"delivery_failed", "lost"}:
        return 2, "stopped"
    if states & GONE_WRONG:
        return 2, "waiting"
    if states & (ON_THE_ROAD | {"delivered"}):
        return 2, ""
    if order.holds or (order.backordered and not states):
        return 0, "waiting"
    return (1, "") if states & {"packed", "labelled"} else (0, "")


def promise(parcels: Sequence[ParcelFacts], timezone: str, now: datetime) -> str:
    """When these parcels arrive: hours of one day, a day, or a span of days; empty when unknown or past."""
    known = [parcel for parcel in parcels if parcel.latest and parcel.state not in GONE_WRONG | {"delivered"}]
    if not known:
        return ""
    zone = ZoneInfo(timezone)
    latest = max(parcel.latest for parcel in known if parcel.latest).astimezone(zone)
    earliest = min(parcel.earliest or parcel.latest for parcel in known if parcel.latest).astimezone(zone)
    if latest < now:
        return ""
    language = get_language() or "en"
    last = display.day(latest.date(), language, year=False)
    if earliest.date() != latest.date():
        first = display.day(earliest.date(), language, year=False)
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    if timedelta(0) < latest - earliest <= timedelta(hours=12):
        hours = {
            "day": last,
            "start": display.clock(earliest, language, timezone=timezone),
            "end": display.clock(latest, language, timezone=timezone),
        }
        return _("%(day)s, between %(start)s and %(end)s") % hours
    return last


def _days_until(parcels: Sequence[ParcelFacts], timezone: str, now: datetime) -> int | None:
    """Days to the last promised moment; None when unknown or past."""
    zone = ZoneInfo(timezone)
    promised = [parcel.latest for parcel in parcels if parcel.latest]
    if not promised or max(promised) < now:
        return None
    return (max(promised).astimezone(zone).date() - now.astimezone(zone).date()).days


def _day_and_hour(at: datetime, timezone: str) -> str:
    language = get_language() or "en"
    day = display.day(at.astimezone(ZoneInfo(timezone)).date(), language, year=False)
    return _("%(day)s at %(hour)s") % {
        "day": day,
        "hour": display.clock(at, language, timezone=timezone),
    }
