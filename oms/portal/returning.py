"""What a customer may still send back, and the request handed down to `returns`."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from oms.core.errors import Problem
from orders.models import Order
from returns import requests

ACTOR = "customer"


@dataclass(frozen=True)
class ReturnableLine:
    """Units of an order line that arrived and are in no return yet."""

    id: str
    sku: str
    names: dict[str, str]
    quantity: int


@dataclass(frozen=True)
class AskedLine:
    """Units the customer sends back. `reason` is one of the contract's."""

    id: str
    quantity: int
    reason: str
    note: str = ""


def returnable(order: Order) -> list[ReturnableLine]:
    """The lines that may come back now, with how many units of each; three queries."""
    return [
        ReturnableLine(str(found.line.pk), found.line.sku, found.line.product.name, found.quantity)
        for found in requests.returnable(order)
        if found.quantity and not found.rule
    ]


def ask(order: Order, lines: Sequence[AskedLine], *, method: str, resolution: str) -> str:
    """Write the request down; the answer is the return's number. Raises Problem when a rule says no."""
    asked = [requests.Asked(UUID(line.id), line.quantity, line.reason, line.note) for line in lines]
    return requests.request_return(
        order, lines=asked, method=method, resolution=resolution, actor=ACTOR
    ).number


def refusal_in_words(refusal: Problem) -> str:
    """A refusal for the customer: between showing the form and sending it the order may have changed."""
    if refusal.code == "not_returnable":
        return _("Some of these items can no longer be returned. Please look again at what is left.")
    return _("We could not take your request. Please check it and send it again.")
