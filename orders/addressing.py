"""Where an order goes is corrected: the address is wrong, or the customer moved.

The country stays: prices, taxes and customs went by it.
"""

from collections.abc import Mapping
from typing import Any

from oms.core import address
from oms.core.address import Address
from oms.core.errors import IllegalMove, Invalid
from oms.core.saying import said
from orders import changing, histories, holds
from orders.models import Order, Status

# What says where it is; the rest says whom to ask for there.
PLACE = ("line1", "line2", "district", "city", "region", "postal_code", "short_address")
POINTER = "/shipping_address"


def correct(order: Order, given: Address, *, actor: str) -> bool:
    """Write the address and end the hold for a bad one; answers whether it is another place. The caller has locked
    the order.

    Raises IllegalMove for an order that has ended or is not shipped; Invalid naming each field, also for what a
    carrier could not deliver to. The same address again writes nothing.
    """
    known = order.shipping_address
    if order.status != Status.OPEN or not known:
        raise IllegalMove("Nothing of this order is sent to an address any more.")
    wanted = address.normalise(given, POINTER)
    if wanted["country"] != known.get("country"):
        raise Invalid.at(f"{POINTER}/country", said("The country stays: prices and taxes went by it."))
    wrong = address.problems(wanted)
    if wrong:
        errors = [
            {"pointer": f"{POINTER}/{field}", "code": "invalid", "detail": detail} for field, detail in wrong
        ]
        raise Invalid(wrong[0][1], errors=errors)
    moved = not _same(wanted, known, PLACE)
    if not moved:
        # The spot on the map was of this place.
        wanted |= {name: known[name] for name in ("latitude", "longitude") if name in known}
    if wanted != known:
        order.shipping_address = wanted
        # The event names the field, not where anybody lives.
        changing.write(order, ["shipping_address"], actor=actor)
        histories.mark(order.number)
    holds.release_reason(order, "bad_address", actor=actor)
    return moved


def _same(one: Mapping[str, Any], other: Mapping[str, Any], fields: tuple[str, ...]) -> bool:
    return all((one.get(name) or "") == (other.get(name) or "") for name in fields)
