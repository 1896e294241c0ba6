"""Doors of inventory's background work."""

from celery import shared_task

from inventory import lots, purchase_printing, purchasing, rushes, telling, wishes
from oms.core import bell


@shared_task(name="inventory.tasks.tell")
def tell() -> None:
    telling.tell()


@shared_task(name=purchasing.PRINT_OWED)
def print_purchases() -> None:
    """Queue `carrier`; the beat schedule calls it too, for rings nobody heard."""
    bell.answer(purchasing.PRINT_OWED)
    purchase_printing.print_owed()


@shared_task(name="inventory.tasks.housekeeping")
def housekeeping() -> None:
    wishes.housekeep()


@shared_task(name="inventory.tasks.set_lots_aside")
def set_lots_aside() -> None:
    lots.set_aside_due()


@shared_task(name="inventory.tasks.watch_rushes")
def watch_rushes() -> None:
    rushes.watch()
