"""Doors of the back-office's background work; the beat schedule in `oms/celery.py` names them."""

from celery import shared_task

from oms.backoffice import bulk
from oms.backoffice.importing import asking, running
from oms.core import bell


@shared_task(name=bulk.RUN)
def run_bulk() -> None:
    """A slice of what is due; rings for the next, so that others in the queue have their turn between."""
    bell.answer(bulk.RUN)
    if bulk.run_due():
        bell.call(bulk.RUN, queue=bulk.QUEUE)


@shared_task(name="oms.backoffice.tasks.forget_bulk")
def forget_bulk() -> None:
    bulk.forget_old()


@shared_task(name=running.RUN)
def run_imports() -> None:
    """A slice of the imports that are due, as of acts on orders."""
    bell.answer(running.RUN)
    if running.run_due():
        bell.call(running.RUN, queue=running.QUEUE)


@shared_task(name="oms.backoffice.tasks.forget_imports")
def forget_imports() -> None:
    asking.forget_old()
