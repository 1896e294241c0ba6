"""Doors of the returns' background work."""

from celery import shared_task

from oms.core import bell
from returns import labelling


@shared_task(name=labelling.PRINT_OWED)
def print_owed() -> None:
    """Queue `carrier`; the beat schedule calls it too, for rings nobody heard."""
    bell.answer(labelling.PRINT_OWED)
    labelling.print_owed()
