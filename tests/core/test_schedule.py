"""Who works on what: every queue has a worker, and strangers never hold all of them."""

from oms import crew
from oms.celery import app


def test_every_queue_is_worked_on() -> None:
    queues = {queue.name for queue in app.conf.task_queues}
    assert {name for names in crew.QUEUES.values() for name in names.split(",")} == queues
    assert {entry["options"]["queue"] for entry in app.conf.beat_schedule.values()} <= queues


def test_what_waits_for_strangers_leaves_one_worker_to_our_own_orders() -> None:
    slow = {"channels.tasks.deliver_webhooks", "channels.tasks.send_messages"}
    queues = {e["options"]["queue"] for e in app.conf.beat_schedule.values() if e["task"] in slow}
    assert queues == {"bulk"}
    assert any("bulk" not in names.split(",") for names in crew.QUEUES.values())
