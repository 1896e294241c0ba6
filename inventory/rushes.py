"""Rushes: which products are hot, so that many may buy them at once. Staff say so, or the worker sees it.

Both end by themselves; after the end what is in slots is folded back to its levels.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from inventory import levels
from inventory.models import Product, Rush
from oms.core.errors import Conflict
from oms.core.events import record
from oms.core.saying import said

# Of the latest this many reservations, those of the last minute are counted: however many there are, it costs the same.
LOOKED_AT = 20_000
QUIET = timedelta(minutes=5)
LONGEST = timedelta(days=7)

_IN_DEMAND = """
SELECT product.id FROM (
  SELECT product_id, created_at FROM inventory_reservation ORDER BY id DESC LIMIT %s
) AS latest JOIN inventory_product AS product ON product.id = latest.product_id AND NOT product.tracks_lots
WHERE latest.created_at > now() - interval '1 minute' GROUP BY product.id HAVING count(*) >= %s ORDER BY product.id
"""
_LEFT_DEALT = """
SELECT level.product_id, level.location_id FROM inventory_stocklevel AS level
WHERE level.id IN (SELECT level_id FROM inventory_slot) AND NOT EXISTS (
  SELECT 1 FROM inventory_rush AS rush WHERE rush.product_id = level.product_id AND rush.until > now())
"""


@transaction.atomic
def start(product: Product, *, until: datetime, actor: str) -> Rush:
    """Staff expect a run on a product until then; it may be put off by calling again.

    Raises Conflict: `kit_has_no_stock` for a kit, `lots_are_never_hot` where the product has lots.
    """
    if product.components:
        raise Conflict(said("A kit has no stock of its own."), code="kit_has_no_stock")
    if product.tracks_lots:
        raise Conflict(said("Units of %(sku)s are in lots.", sku=product.sku), code="lots_are_never_hot")
    until = min(until, timezone.now() + LONGEST)
    facts = {"until": until, "by_staff": True, "started_by": actor}
    rush, _ = Rush.objects.update_or_create(product=product, defaults=facts)
    _tell("stock.rush_started", product, actor, until)
    return rush


def stop(product: Product, *, actor: str) -> None:
    """The run is over: nothing more is dealt, and its slots are folded back. Nothing happens where there is none."""
    with transaction.atomic():
        if not Rush.objects.filter(product=product).delete()[0]:
            return
        _tell("stock.rush_ended", product, actor)
    _fold_left()


def watch() -> None:
    """Begin and prolong what is in demand now, end what is over, fold what is left in slots."""
    now = timezone.now()
    if settings.HOT_SKU_PER_MINUTE:
        _see(now)
    for rush in Rush.objects.filter(until__lte=now).select_related("product"):
        with transaction.atomic():
            if Rush.objects.filter(pk=rush.pk, until__lte=now).delete()[0]:
                _tell("stock.rush_ended", rush.product, "system")
    _fold_left()


def running(product: Product) -> Rush | None:
    """The rush a product is in now."""
    return Rush.objects.filter(product=product, until__gt=timezone.now()).first()


def _see(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_IN_DEMAND, [LOOKED_AT, settings.HOT_SKU_PER_MINUTE])
        wanted = [product_id for (product_id,) in cursor.fetchall()]
    for product in Product.objects.filter(pk__in=wanted).order_by("pk"):
        with transaction.atomic():
            rush, is_new = Rush.objects.get_or_create(
                product=product, defaults={"until": now + QUIET, "started_by": "system"}
            )
            if is_new:
                _tell("stock.rush_started", product, "system", rush.until)
            else:
                Rush.objects.filter(pk=rush.pk, until__lt=now + QUIET).update(until=now + QUIET)


def _fold_left() -> None:
    """Levels whose product is hot no more, each on its own: somebody who read it as hot may have dealt once more."""
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_DEALT)
        pairs: Iterable[tuple[int, int]] = cursor.fetchall()
    for pair in pairs:
        with transaction.atomic():
            levels.lock([pair])


def _tell(kind: str, product: Product, actor: str, until: datetime | None = None) -> None:
    facts = {"id": str(product.uid), "number": product.sku, "version": 1}
    record(
        kind,
        f"stock/{product.sku}",
        actor=actor,
        data=facts | ({"until": until.isoformat()} if until else {}),
    )
