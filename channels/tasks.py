"""Doors of the channels' background work; the beat schedule in `oms/celery.py` names them.

What waits for strangers runs in the queue `bulk`, so that one worker is always left for our own orders.
"""

from celery import shared_task

from channels import campaigns, inbox, notifications, webhooks
from oms.core import bell


@shared_task(name="channels.tasks.deliver_webhooks")
def deliver_webhooks() -> None:
    webhooks.deliver_due(threads=4)


@shared_task(name="channels.tasks.send_messages")
def send_messages() -> None:
    notifications.send_due()


@shared_task(name=campaigns.RUN)
def run_campaigns() -> None:
    """A slice of customers to be written to; rings for the next, so that others in the queue have their turn."""
    bell.answer(campaigns.RUN)
    if campaigns.run_due():
        bell.call(campaigns.RUN, queue=campaigns.QUEUE)


@shared_task(name="channels.tasks.retry_inbox")
def retry_inbox() -> None:
    inbox.retry_due()


@shared_task(name="channels.tasks.housekeeping")
def housekeeping() -> None:
    inbox.forget_old()
    webhooks.forget_old()
