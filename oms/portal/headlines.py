"""The page's first sentence, and what stands beside it.

`now` is an argument. A held order is "being checked": why (risk, a duplicate) is not the customer's to read.
"""

from datetime import datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from oms.core import display
from oms.portal.facts import GONE_WRONG, ON_THE_ROAD, OrderFacts
from oms.portal.promises import day_and_hour, days_until, is_late, promise
from oms.portal.shown import Notice


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
        return title, day_and_hour(max(ended), order.timezone) if ended else ""
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
    days = days_until(moving, order.timezone, now)
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
        parcel
        for parcel in order.parcels
        if parcel.state in ON_THE_ROAD | {"planned"} and is_late(parcel, now)
    ]
    if late and not order.states() & {"delivery_failed", "ready_for_pickup"}:
        text = _("It is taking longer than we promised. We are sorry.")
        said.append(Notice(_("Later than planned"), text, "warn", "clock"))
    return said
