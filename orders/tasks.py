"""Doors of the orders' background work."""

from celery import shared_task

from oms.core import bell
from orders import backorders, expecting, histories, invoicing
from orders.checkouts import keeping
from orders.invoicing import printing


@shared_task(name=invoicing.PRINT_OWED)
def print_owed_invoices() -> None:
    """Queue `carrier`; the beat schedule calls it too, for rings nobody heard."""
    bell.answer(invoicing.PRINT_OWED)
    printing.print_owed()


@shared_task(name="orders.tasks.end_checkouts")
def end_checkouts() -> None:
    keeping.end_due()


@shared_task(name="orders.tasks.fill_backorders")
def fill_backorders() -> None:
    backorders.fill_due()
    expecting.refresh()


@shared_task(name="orders.tasks.keep_histories")
def keep_histories() -> None:
    histories.catch_up()
