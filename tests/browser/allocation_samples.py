"""Runs that gave out stock to waiting orders: one that is over, with every outcome, and one that goes on."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from fulfillment.models import AllocationRow, AllocationRun
from orders.models import Order

SAMPLES: dict[str, Callable[[Any], dict[str, Any]]] = {
    "allocation-run": lambda w: {"pk": AllocationRun.objects.get(running=False).pk},
    "allocation-stop": lambda w: {"pk": AllocationRun.objects.get(running=True).pk},
}


def fill() -> None:
    """Rows alone: nothing was given out here."""
    now = timezone.now()
    over = AllocationRun.objects.create(
        actor="staff:noor",
        asked_at=now - timedelta(hours=3),
        limit_seconds=60,
        running=False,
        due_at=None,
        weighed_at=now - timedelta(hours=3),
        finished_at=now - timedelta(hours=3),
        waiting=4,
        planned=3,
        served=2,
        skipped=1,
        units=7,
        cost=Decimal("48.50"),
        contests=12,
        proven=11,
        gap=Decimal("0.031"),
        seconds=4.2,
    )
    came = [("served", "", 3), ("served", "", 4), ("skipped", "on_hold", 2), ("left", "not_served", 0)]
    for place, (order, (outcome, code, units)) in enumerate(
        zip(Order.objects.order_by("number")[:4], came, strict=True)
    ):
        AllocationRow.objects.create(
            run=over,
            order=order,
            position=place,
            outcome=outcome,
            code=code,
            units=units,
            cost=Decimal("24.25") if outcome == "served" else Decimal(0),
            places=["DXB"] if outcome == "served" else [],
        )
    AllocationRun.objects.create(
        actor="staff:noor", limit_seconds=60, weighed_at=now, waiting=900, planned=640, served=120, skipped=2
    )
