"""The clock of a parcel: until it left, the moment it has to leave by; then the moment it was promised for.

`Shipment.due_at` says which and when, kept by the database, and has no value once nobody can be late any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import QuerySet
from django.utils import timezone

from fulfillment.models import IN_THE_HOUSE, Shipment
from orders import attention

Pace = Literal["late", "soon", "on_time"]


@dataclass(frozen=True, slots=True)
class Clock:
    """`leaving`: it is due to leave, else to arrive. `pace`: how it stands against `due` at the time it was read."""

    due: datetime
    leaving: bool
    pace: Pace


def clock(shipment: Shipment, now: datetime | None = None) -> Clock | None:
    """None: nobody waits for it."""
    due = shipment.due_at
    if due is None:
        return None
    now = now or timezone.now()
    leaving = shipment.state in IN_THE_HOUSE
    if due < now:
        return Clock(due, leaving, "late")
    return Clock(due, leaving, "soon" if leaving and due < now + _soon() else "on_time")


def late(shipments: "QuerySet[Shipment]") -> "QuerySet[Shipment]":
    """Not gone when they had to leave, or not there when they were promised."""
    return shipments.filter(due_at__lt=timezone.now())


def due_soon(shipments: "QuerySet[Shipment]") -> "QuerySet[Shipment]":
    """Still in the house, and to leave within the company's hours."""
    now = timezone.now()
    return shipments.filter(state__in=IN_THE_HOUSE, due_at__gte=now, due_at__lt=now + _soon())


def _soon() -> timedelta:
    return timedelta(hours=attention.rules().soon)
