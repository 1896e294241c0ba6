"""What a driver takes at once: the parcels are handed over and the paper they sign is printed in a worker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from fulfillment import handing_over, labelling
from fulfillment.models import Manifest, Package, Shipment
from fulfillment.papers import manifest_pdf
from fulfillment.papers.data import ManifestData, ManifestRow
from inventory.models import Location
from oms.core import owing
from oms.core.errors import Problem

OWED = (Manifest, "due_at")


@dataclass(frozen=True, slots=True)
class Failure:
    """A parcel that stays, and why."""

    number: str
    problem: Problem


def hand_over_all(
    location: Location, carrier: str, shipments: Sequence[Shipment], *, language: str, actor: str
) -> tuple[Manifest | None, list[Failure]]:
    """Each parcel in its own transaction; what could be handed over is on the paper, the rest is named."""
    taken: list[UUID] = []
    failed = []
    for shipment in shipments:
        try:
            handing_over.hand_over(shipment.pk, actor=actor)
        except Problem as problem:
            failed.append(Failure(shipment.number, problem))
        else:
            taken.append(shipment.pk)
    if not taken:
        return None, failed
    with transaction.atomic():
        manifest = Manifest.objects.create(
            location=location,
            carrier=carrier,
            shipments=[str(pk) for pk in taken],
            language=language,
            actor=actor,
            due_at=timezone.now(),
        )
        transaction.on_commit(labelling.ring_printer, robust=True)
    return manifest, failed


def print_owed() -> int:
    """Print the papers that are owed; returns how many. A failure waits for its lease."""
    return owing.work_off(*OWED, print_manifest, task=labelling.PRINT_OWED)


def print_manifest(pk: UUID) -> bool:
    """Make and keep one paper. False when somebody else does."""
    claimed = owing.claim(*OWED, pk)
    if claimed is None:
        return False
    manifest = Manifest.objects.select_related("location").get(pk=pk)
    content = manifest_pdf(data_of(manifest))
    return bool(Manifest.objects.filter(pk=pk, due_at=claimed).update(content=content, due_at=None))


def data_of(manifest: Manifest) -> ManifestData:
    """What the paper says, as plain facts: no names or streets, which a driver has on the labels."""
    boxes = {
        pk: (grams, count)
        for pk, grams, count in Package.objects.filter(shipment__in=manifest.shipments)
        .values_list("shipment")
        .annotate(Sum("weight_g"), Count("pk"))
    }
    rows = []
    for shipment in (
        Shipment.objects.filter(pk__in=manifest.shipments).select_related("order").order_by("number")
    ):
        grams, count = boxes.get(shipment.pk, (0, 1))
        rows.append(
            ManifestRow(
                number=shipment.number,
                tracking_number=shipment.tracking_number,
                service=shipment.service,
                city=str((shipment.order.shipping_address or {}).get("city", "")),
                parcels=count,
                weight_g=grams,
                cash=shipment.cod_amount or None,
                currency=shipment.order.currency,
            )
        )
    return ManifestData(
        location=manifest.location.name,
        carrier=manifest.carrier,
        at=signed_at(manifest),
        rows=rows,
        language=manifest.language,
        reference=str(manifest.pk)[-8:].upper(),
    )


def signed_at(manifest: Manifest) -> datetime:
    """When the driver signs, by the clocks of the place, whichever a worker or a reader has."""
    return timezone.localtime(manifest.at, ZoneInfo(manifest.location.timezone))
