"""Who keeps units of one level: orders and transfers without an end, checkouts until their time is over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Min, Sum
from django.utils import timezone

from inventory.models import Reservation, StockLevel, Transfer

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Kept:
    """Units an owner keeps; `kind` is order, transfer or checkout, and only a checkout's have an end (`until`)."""

    kind: str
    owner: UUID
    units: int
    since: datetime
    until: datetime | None

    @property
    def over(self) -> bool:
        """Its time has passed: the units are anybody's."""
        return self.until is not None and self.until <= timezone.now()


def kept_here(level: StockLevel) -> list[Kept]:
    """The latest owners first. Two queries."""
    rows = Reservation.objects.filter(product=level.product_id, location=level.location_id)
    owners = rows.values("owner", "expires_at").annotate(units=Sum("quantity"), since=Min("created_at"))
    latest = list(owners.order_by("-since", "owner")[:SHOWN])
    moved = set(Transfer.objects.filter(pk__in=[row["owner"] for row in latest]).values_list("pk", flat=True))
    return [
        Kept(
            "checkout" if row["expires_at"] else "transfer" if row["owner"] in moved else "order",
            row["owner"],
            row["units"],
            row["since"],
            row["expires_at"],
        )
        for row in latest
    ]


def in_checkouts(level: StockLevel) -> int:
    """Units kept until a moment that has not come. One query."""
    rows = Reservation.objects.filter(product=level.product_id, location=level.location_id)
    return int(rows.filter(expires_at__gt=timezone.now()).aggregate(total=Sum("quantity"))["total"] or 0)
