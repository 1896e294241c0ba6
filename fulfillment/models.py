"""From the routing decision to the parcel at the door."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, CheckConstraint, F, Index, Q, UniqueConstraint, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from fulfillment.allocation_models import AllocationOutcome, AllocationRow, AllocationRun
from fulfillment.rate_models import Rate, RateZone
from fulfillment.routing_models import (
    RoutingFacts,
    RoutingNetwork,
    RoutingReplay,
    RoutingRule,
    RoutingRuleVersion,
)
from inventory.models import Location, Lot
from oms.core.models import new_id
from orders.models import Line, Order

__all__ = [
    "NO_CLOCK",
    "IN_THE_HOUSE",
    "AllocationOutcome",
    "AllocationRow",
    "AllocationRun",
    "Cancellation",
    "FloorScan",
    "Manifest",
    "Package",
    "Paper",
    "Rate",
    "RateZone",
    "RerouteCause",
    "Rerouting",
    "RoutingDecision",
    "RoutingFacts",
    "RoutingNetwork",
    "RoutingReplay",
    "RoutingRule",
    "RoutingRuleVersion",
    "Scan",
    "ScanCode",
    "Shipment",
    "ShipmentLine",
    "ShipmentState",
]


class ShipmentState(models.TextChoices):
    PLANNED = "planned", "Planned"
    RELEASED = "released", "Released"
    PICKING = "picking", "Picking"
    PICKED = "picked", "Picked"
    PACKED = "packed", "Packed"
    LABELLED = "labelled", "Labelled"
    HANDED_OVER = "handed_over", "Handed over"
    IN_TRANSIT = "in_transit", "In transit"
    OUT_FOR_DELIVERY = "out_for_delivery", "Out for delivery"
    READY_FOR_PICKUP = "ready_for_pickup", "Ready for pickup"
    DELIVERED = "delivered", "Delivered"
    DELIVERY_FAILED = "delivery_failed", "Delivery failed"
    RETURNING = "returning", "Returning"
    RETURNED_TO_SENDER = "returned_to_sender", "Returned to sender"
    LOST = "lost", "Lost"
    CANCELLED = "cancelled", "Cancelled"


# Not left yet: what somebody of ours has to do something about before it is due.
IN_THE_HOUSE = ("planned", "released", "picking", "picked", "packed", "labelled")
# Its road has ended, or the next step is its customer's.
NO_CLOCK = ("ready_for_pickup", "delivered", "cancelled", "lost", "returned_to_sender")


class ScanCode(models.TextChoices):
    PICKED_UP = "picked_up", "Picked up"
    IN_TRANSIT = "in_transit", "In transit"
    OUT_FOR_DELIVERY = "out_for_delivery", "Out for delivery"
    READY_FOR_PICKUP = "ready_for_pickup", "Ready for pickup"
    DELIVERY_FAILED = "delivery_failed", "Delivery failed"
    DELAYED = "delayed", "Delayed"
    DELIVERED = "delivered", "Delivered"
    RETURNING = "returning", "Returning"
    RETURNED_TO_SENDER = "returned_to_sender", "Returned to sender"
    LOST = "lost", "Lost"
    HELD_BY_CARRIER = "held_by_carrier", "Held by the carrier"
    UNKNOWN = "unknown", "Unknown"


class RoutingDecision(models.Model):
    """What the desk decided about an order and why: `trace` holds every candidate, its score or its refusal.

    `rule_version` None: the rule nobody wrote, the least total cost.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="routing_decisions")
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(max_length=32)
    cost = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    trace = models.JSONField(default=dict)
    rule_version = models.ForeignKey(RoutingRuleVersion, on_delete=models.PROTECT, null=True, blank=True)


class Shipment(models.Model):
    """One parcel run from one location. Cost in the company's currency; COD amount in the order's.

    `papers_due_at`: its papers are owed since then, or a worker that prints them has until then. `ship_by`: what
    leaves later breaks the promise. `due_at` is its clock: until it left `ship_by`, then `promised_latest`; NULL once
    its road has ended.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=40, unique=True)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="shipments")
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    state = models.CharField(max_length=24, choices=ShipmentState.choices, default=ShipmentState.PLANNED)
    carrier = models.CharField(max_length=64, default="", blank=True)
    service = models.CharField(max_length=64, default="", blank=True)
    tracking_number = models.CharField(max_length=64, default="", blank=True)
    tracking_url = models.CharField(max_length=500, default="", blank=True)
    promised_earliest = models.DateTimeField(null=True, blank=True)
    promised_latest = models.DateTimeField(null=True, blank=True)
    ship_by = models.DateTimeField(null=True, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    cod_amount = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    papers_due_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    due_at = models.GeneratedField(
        expression=Case(
            When(state__in=NO_CLOCK, then=None),
            When(state__in=IN_THE_HOUSE, then=Coalesce("ship_by", "promised_latest", "created_at")),
            default="promised_latest",
        ),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
    )

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(state__in=ShipmentState.values), name="shipment_state_known"),
        ]
        indexes = [
            # Read by the warehouse's queues: one location, one state, oldest first.
            Index(fields=["location", "state", "created_at"], name="shipment_queue"),
            Index(fields=["state", "-created_at", "-id"], name="shipment_state_newest"),
            Index(fields=["-created_at", "-id"], name="shipment_newest"),
            # Read by `printing.print_owed`; empty when every label is printed.
            Index(fields=["papers_due_at"], name="shipment_papers_due", condition=~Q(papers_due_at=None)),
            # Read by the dashboard, the lists of what is late and the queues; a parcel that arrived leaves it. What is
            # due soon is counted, and its orders are found, within it.
            Index(
                fields=["due_at", "id"],
                include=["state", "order"],
                name="shipment_clock",
                condition=~Q(due_at=None),
            ),
            Index(fields=["tracking_number"], name="shipment_tracking", condition=~Q(tracking_number="")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def ref(self) -> str:
        """The subject of this shipment's events."""
        return f"shipment/{self.number}"


class ShipmentLine(models.Model):
    """Units of one order line in one shipment; packed ≤ picked ≤ quantity.

    `missing` units were asked for here and not found: they left `quantity`, and the desk keeps away from here.
    A kit is picked by component: `parts_picked` and `parts_missing` count units of each, {sku: units}, and `picked`
    the kits that are whole.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="lines")
    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="shipment_lines")
    quantity = models.PositiveIntegerField()
    picked = models.PositiveIntegerField(default=0)
    packed = models.PositiveIntegerField(default=0)
    missing = models.PositiveIntegerField(default=0)
    parts_picked = models.JSONField(default=dict, db_default={}, blank=True)
    parts_missing = models.JSONField(default=dict, db_default={}, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["shipment", "line"], name="shipment_line_once"),
            CheckConstraint(
                condition=Q(picked__lte=F("quantity"), packed__lte=F("picked")), name="shipment_line_ordered"
            ),
        ]


class PickedLot(models.Model):
    """Units of a shipment's line and the lot they were taken from; it stays when they leave, for a recall."""

    id = models.BigAutoField(primary_key=True)
    row = models.ForeignKey(ShipmentLine, on_delete=models.CASCADE, related_name="lots")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        constraints = [
            UniqueConstraint(fields=["row", "lot"], name="picked_lot_once"),
            CheckConstraint(condition=Q(quantity__gt=0), name="picked_lot_has_units"),
        ]


class Package(models.Model):
    """A box of a shipment: grams and millimetres; `lines` is [{sku, quantity}]."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="packages")
    position = models.PositiveSmallIntegerField()
    weight_g = models.PositiveIntegerField()
    length_mm = models.PositiveIntegerField(default=0)
    width_mm = models.PositiveIntegerField(default=0)
    height_mm = models.PositiveIntegerField(default=0)
    lines = models.JSONField(default=list)


class Paper(models.Model):
    """A printed paper of a shipment, kept in the database so that any host can serve it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="papers")
    kind = models.CharField(max_length=16)
    content = models.BinaryField()
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["shipment", "kind"], name="paper_once"),
            CheckConstraint(
                condition=Q(kind__in=["label_pdf", "label_zpl", "slip_pdf", "customs_pdf"]),
                name="paper_kind_known",
            ),
        ]


class Scan(models.Model):
    """What the carrier reported of a shipment, as it came; `place` is a place, never a person."""

    id = models.BigAutoField(primary_key=True)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="scans")
    code = models.CharField(max_length=24, choices=ScanCode.choices)
    at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(default=timezone.now)
    place = models.CharField(max_length=200, default="", blank=True)
    note = models.CharField(max_length=500, default="", blank=True)
    incident = models.CharField(max_length=64, default="", blank=True)
    actor = models.CharField(max_length=128)


class FloorScan(models.Model):
    """Units a picker scanned, under the id their device gave the scan: sent twice over a bad network it counts once.

    `undone_at`: they went back to the shelf.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="floor_scans")
    sku = models.CharField(max_length=64)
    quantity = models.PositiveIntegerField(default=1)
    lot = models.CharField(max_length=64, default="", db_default="", blank=True)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)
    undone_at = models.DateTimeField(null=True, blank=True)


class Manifest(models.Model):
    """What one driver took at one moment, and the paper they sign; `shipments` is [id].

    `due_at` as in Shipment.papers_due_at.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    carrier = models.CharField(max_length=64, default="", blank=True)
    shipments = models.JSONField(default=list)
    language = models.CharField(max_length=2, default="en")
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)
    content = models.BinaryField(null=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            Index(fields=["location", "-at"], name="manifest_newest"),
            Index(fields=["due_at"], name="manifest_due", condition=~Q(due_at=None)),
        ]


class RerouteCause(models.TextChoices):
    STAFF = "staff", "Staff"
    REJECTED = "rejected", "Refused by the location"
    DELAY = "delay", "Late"


class Rerouting(models.Model):
    """Units sent from elsewhere than planned, and why; `lines` is [{id, sku, quantity, from, to}].

    `shipment` is the one it was asked of. A location that refused (`rejected`) is not asked for this order again.
    `reason` is staff's text; a refusal's is a code and a text. It stays here, out of the events.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="reroutings")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, null=True, related_name="reroutings")
    cause = models.CharField(max_length=16, choices=RerouteCause.choices, default=RerouteCause.STAFF)
    code = models.CharField(max_length=32, default="", blank=True)
    reason = models.CharField(max_length=500, default="", blank=True)
    to = models.CharField(max_length=64, default="", blank=True)
    exclude = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    lines = models.JSONField(default=list)
    decision = models.ForeignKey(RoutingDecision, on_delete=models.SET_NULL, null=True)
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)

    class Meta:
        constraints = [
            CheckConstraint(condition=Q(cause__in=RerouteCause.values), name="rerouting_cause_known"),
        ]


class Cancellation(models.Model):
    """What was cancelled, when and why; `lines` is [{id, sku, quantity}]. The reason stays here, out of the events."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="cancellations")
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=128)
    reason = models.CharField(max_length=500, default="", blank=True)
    lines = models.JSONField(default=list)
