"""The four stops of an order's road, and where it stands."""

from django.utils.translation import pgettext

from oms.portal.facts import GONE_WRONG, ON_THE_ROAD, OrderFacts
from oms.portal.shown import Step


def steps(order: OrderFacts) -> list[Step]:
    """The four stops; the current one is the last that was really reached."""
    if order.stage == "cancelled":
        placed = Step(pgettext("step", "Placed"), "check", "reached")
        return [placed, Step(pgettext("step", "Cancelled"), "x", "current", "stopped")]
    if order.all_returned:
        return _way_back(order.refunded)
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


def _way_back(refunded: bool) -> list[Step]:
    road = [
        Step(text, "check", "reached") for text in (pgettext("step", "Placed"), pgettext("step", "Delivered"))
    ]
    back, money = pgettext("step", "Sent back"), pgettext("step", "Refunded")
    if refunded:
        return [*road, Step(back, "check", "reached"), Step(money, "check", "current", "final")]
    return [*road, Step(back, "undo-2", "current"), Step(money, "banknote", "ahead")]


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
