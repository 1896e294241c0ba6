"""Reads of shipments that several callers share."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from fulfillment.documents import ShipmentOut, shipment_fields
from fulfillment.models import Package, PickedLot, Scan, Shipment, ShipmentLine

_ROWS = (
    Prefetch(
        "lines",
        ShipmentLine.objects.select_related("line")
        .prefetch_related(Prefetch("lots", PickedLot.objects.select_related("lot"), to_attr="shown_lots"))
        .filter(quantity__gt=0)
        .order_by("line__position"),
        to_attr="shown_lines",
    ),
    Prefetch("packages", Package.objects.order_by("position"), to_attr="shown_packages"),
    Prefetch("scans", Scan.objects.order_by("at", "id"), to_attr="shown_scans"),
)


def whole(shipments: "QuerySet[Shipment]") -> "QuerySet[Shipment]":
    """With everything a document shows: five queries however many shipments."""
    return shipments.select_related("order", "location").prefetch_related(*_ROWS)


def facts(pk: UUID) -> dict[str, Any]:
    """The fields of one shipment's document."""
    return _fields(whole(Shipment.objects.all()).get(pk=pk))


def shown(shipment: Shipment) -> ShipmentOut:
    """The document of a shipment that `whole` read."""
    return ShipmentOut(**_fields(shipment))


def newest(shipments: "QuerySet[Shipment]", after: Sequence[Any] | None, limit: int) -> list[Shipment]:
    """`limit + 1` shipments, newest first, after a cursor's (created_at, id)."""
    if after is not None:
        moment, pk = datetime.fromisoformat(after[0]), UUID(after[1])
        shipments = shipments.filter(created_at__lte=moment).filter(Q(created_at__lt=moment) | Q(pk__lt=pk))
    return list(whole(shipments).order_by("-created_at", "-pk")[: limit + 1])


def _fields(shipment: Shipment) -> dict[str, Any]:
    return shipment_fields(
        shipment,
        shipment.shown_lines,  # type: ignore[attr-defined]
        shipment.shown_packages,  # type: ignore[attr-defined]
        shipment.shown_scans,  # type: ignore[attr-defined]
    )
