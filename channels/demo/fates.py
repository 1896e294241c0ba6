"""How far each order of the demo goes, so that every state has something true in it. Pure."""

# The newest third is still on its way through the house; each line of these two lists falls to the next order.
RECENT = [
    "planned", "in_transit", "released", "unpaid", "picking", "handed_over", "planned", "picked", "bad_address",
    "packed", "out_for_delivery", "planned", "labelled", "ready_for_pickup", "in_transit", "released", "backordered",
    "picked", "planned", "unpaid", "packed", "out_for_delivery", "manual_hold", "labelled", "planned", "in_transit",
    "no_rate", "handed_over", "short_pick", "picking", "released", "delayed",
]  # fmt: skip
EARLIER = [
    *["delivered"] * 8, "collected", *["delivered"] * 5, "delivery_failed", *["delivered"] * 6, "cancelled",
    *["delivered"] * 5, "collected", "returned_to_sender", *["delivered"] * 7, "lost", "returning", "cancelled",
]  # fmt: skip
# A real invoice that was undone later was cancelled before it left, or sent back.
UNDONE = [
    "return_refunded", "cancelled_part", "return_requested", "return_refunded", "return_accepted", "cancelled_part",
    "return_received", "return_refunded", "return_rejected", "return_inspected", "return_credit", "return_kept",
    "return_partly",
]  # fmt: skip
RECENT_PART = 0.36

ROAD = (
    "planned",
    "released",
    "picked",
    "packed",
    "labelled",
    "handed_over",
    "in_transit",
    "out_for_delivery",
    "delivered",
)
COUNTER = ("planned", "released", "picked", "packed", "ready_for_pickup", "delivered")
HELD = frozenset({"unpaid", "bad_address", "no_rate"})
COLLECTED = frozenset({"ready_for_pickup", "collected"})


def fates(undone: list[bool]) -> list[str]:
    """One fate for each order, oldest first; `undone` says which the retailer's customers undid."""
    turns = {"recent": 0, "earlier": 0, "undone": 0}
    found = []
    for place, back in enumerate(undone):
        kind = "undone" if back else "recent" if place >= len(undone) * (1 - RECENT_PART) else "earlier"
        cycle = {"undone": UNDONE, "recent": RECENT, "earlier": EARLIER}[kind]
        found.append(cycle[turns[kind] % len(cycle)])
        turns[kind] += 1
    return found


def road(fate: str) -> tuple[str, ...]:
    """The states a parcel of this fate goes through, the last one included; empty: it stays where it is."""
    if fate in HELD or fate in ("cancelled", "manual_hold", "backordered", "short_pick"):
        return ()
    if fate in COLLECTED:
        return COUNTER if fate == "collected" else COUNTER[:-1]
    if fate == "lost":
        return (*_until("in_transit"), "lost")
    if fate == "delivery_failed":
        return (*_until("out_for_delivery"), "delivery_failed")
    if fate in ("returning", "returned_to_sender"):
        back = (*_until("out_for_delivery"), "delivery_failed", "returning")
        return back if fate == "returning" else (*back, "returned_to_sender")
    if fate == "picking":
        return ("planned", "released", "picking")
    if fate == "delayed":
        return _until("in_transit")
    return _until(fate) if fate in ROAD else ROAD


def _until(state: str) -> tuple[str, ...]:
    return ROAD[: ROAD.index(state) + 1]
