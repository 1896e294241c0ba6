"""Doors of fulfilment's background work."""

from celery import shared_task

from fulfillment import allocating, labelling, manifests, printing, replaying, rescuing
from oms.core import bell


@shared_task(name=labelling.PRINT_OWED)
def print_owed() -> None:
    """Queue `carrier`; the beat schedule calls it too, for rings nobody heard."""
    bell.answer(labelling.PRINT_OWED)
    printing.print_owed()
    manifests.print_owed()


@shared_task(name=replaying.REPLAY_OWED)
def replay_owed() -> None:
    """Queue `bulk`; the beat schedule calls it too, for rings nobody heard."""
    bell.answer(replaying.REPLAY_OWED)
    replaying.work_off()


@shared_task(name="fulfillment.tasks.rescue_late")
def rescue_late() -> None:
    rescuing.rescue_late()


@shared_task(name=allocating.ALLOCATE_OWED)
def allocate_owed() -> None:
    """Queue `bulk`; the beat schedule calls it too, for rings nobody heard."""
    bell.answer(allocating.ALLOCATE_OWED)
    allocating.work_off()


@shared_task(name="fulfillment.tasks.forget_allocations")
def forget_allocations() -> None:
    allocating.forget_old()
