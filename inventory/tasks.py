"""Doors of inventory's background work."""

from celery import shared_task

from inventory import news


@shared_task(name="inventory.tasks.tell")
def tell() -> None:
    news.tell()
