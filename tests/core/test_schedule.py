"""The beat schedule names tasks that exist and queues that somebody works on."""

from oms import running
from oms.celery import app


def test_every_scheduled_task_exists_and_its_queue_is_worked_on() -> None:
    app.loader.import_default_modules()
    queues = {queue.name for queue in app.conf.task_queues}
    worked_on = {name for names in running.QUEUES.values() for name in names.split(",")}
    assert worked_on == queues
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name
        assert entry["options"]["queue"] in queues, name


def test_what_waits_for_strangers_leaves_one_worker_to_our_own_orders() -> None:
    slow = {"channels.tasks.deliver_webhooks", "channels.tasks.send_messages"}
    queues = {e["options"]["queue"] for e in app.conf.beat_schedule.values() if e["task"] in slow}
    assert queues == {"bulk"}
    assert any("bulk" not in names.split(",") for names in running.QUEUES.values())
