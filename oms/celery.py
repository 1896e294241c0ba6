"""The Celery app and the whole beat schedule.

PostgreSQL is the queue of record (`oms.core.outbox`); Redis only rings the bell. So a task lost here is
found by a sweep, and publishing may give up at once: the web never waits for a broker that is away.
"""

import os
import sys
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import celeryd_init, setup_logging
from kombu import Queue

from oms import settings

# Beat only sends names by the clock: without Django it takes 40 MB instead of 90.
if "beat" not in sys.argv:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

app = Celery("oms")
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # For publishers; a worker waits longer, see `wait_patiently`.
    broker_transport_options={
        "visibility_timeout": 900,
        "socket_connect_timeout": 0.1,
        "socket_timeout": 0.5,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.05,
        "interval_max": 0.05,
    },
    task_publish_retry=True,
    task_publish_retry_policy={
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.05,
        "interval_max": 0.05,
    },
    task_queues=[Queue(name) for name in ("critical", "default", "carrier", "bulk")],
    task_default_queue="default",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    # A worker is one process, and there are two with different queues: half the memory of a pool's pairs.
    worker_pool="solo",
    worker_concurrency=1,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    worker_send_task_events=False,
    worker_enable_remote_control=False,
    timezone="UTC",
    beat_schedule_filename=os.environ.get("BEAT_SCHEDULE_FILE", ".local/beat"),
    # Tasks of every app by name. A missed run is made up by the next: each selects "due and not yet done".
    beat_schedule={
        "heartbeat": {
            "task": "oms.core.tasks.beat",
            "schedule": 15.0,
            "options": {"queue": "critical", "expires": 15},
        },
        # What the bell missed: the sweep is the same drain, run whether or not anyone rang.
        "sweep": {
            "task": "oms.core.tasks.drain",
            "schedule": 5.0,
            "options": {"queue": "critical", "expires": 5},
        },
        # Arrived stock whose news was lost, pre-orders whose day has come, days that changed.
        "backorders": {
            "task": "orders.tasks.fill_backorders",
            "schedule": 60.0,
            "options": {"queue": "default", "expires": 60},
        },
        # Customers whose orders changed: their figures, worked out anew.
        "customers' histories": {
            "task": "orders.tasks.keep_histories",
            "schedule": 5.0,
            "options": {"queue": "default", "expires": 5},
        },
        "end checkouts": {
            "task": "orders.tasks.end_checkouts",
            "schedule": 10.0,
            "options": {"queue": "default", "expires": 10},
        },
        # Labels and slips whose bell nobody heard, or whose printer died.
        "print owed papers": {
            "task": "fulfillment.tasks.print_owed",
            "schedule": 10.0,
            "options": {"queue": "carrier", "expires": 10},
        },
        # Planned parcels that would come late from where they are.
        "rescue late parcels": {
            "task": "fulfillment.tasks.rescue_late",
            "schedule": 900.0,
            "options": {"queue": "default", "expires": 900},
        },
        "replay past routing": {
            "task": "fulfillment.tasks.replay_owed",
            "schedule": 15.0,
            "options": {"queue": "bulk", "expires": 15},
        },
        "allocate to waiting orders": {
            "task": "fulfillment.tasks.allocate_owed",
            "schedule": 15.0,
            "options": {"queue": "bulk", "expires": 15},
        },
        "allocation-housekeeping": {
            "task": "fulfillment.tasks.forget_allocations",
            "schedule": crontab(hour="2", minute="45"),
            "options": {"queue": "bulk"},
        },
        "print owed invoices": {
            "task": "orders.tasks.print_owed_invoices",
            "schedule": 10.0,
            "options": {"queue": "carrier", "expires": 10},
        },
        "print owed return labels": {
            "task": "returns.tasks.print_owed",
            "schedule": 10.0,
            "options": {"queue": "carrier", "expires": 10},
        },
        "print purchase orders": {
            "task": "inventory.tasks.print_purchases",
            "schedule": 10.0,
            "options": {"queue": "carrier", "expires": 10},
        },
        # Stock that changed, told once a SKU: alerts begin and end, wishes come true.
        "stock news": {
            "task": "inventory.tasks.tell",
            "schedule": 5.0,
            "options": {"queue": "default", "expires": 5},
        },
        # Products in demand become hot, and cool down again.
        "rushes": {
            "task": "inventory.tasks.watch_rushes",
            "schedule": 15.0,
            "options": {"queue": "default", "expires": 15},
        },
        "inventory-housekeeping": {
            "task": "inventory.tasks.housekeeping",
            "schedule": crontab(hour="2", minute="30"),
            "options": {"queue": "bulk"},
        },
        "webhooks": {
            "task": "channels.tasks.deliver_webhooks",
            "schedule": 10.0,
            "options": {"queue": "bulk", "expires": 10},
        },
        "messages": {
            "task": "channels.tasks.send_messages",
            "schedule": 10.0,
            "options": {"queue": "bulk", "expires": 10},
        },
        # Campaigns that are being sent: who is written to next, and which is through.
        "campaigns": {
            "task": "channels.tasks.run_campaigns",
            "schedule": 10.0,
            "options": {"queue": "bulk", "expires": 10},
        },
        # Acts on many orders whose bell nobody heard, or whose worker died.
        "bulk": {
            "task": "oms.backoffice.tasks.run_bulk",
            "schedule": 10.0,
            "options": {"queue": "bulk", "expires": 10},
        },
        "imports": {
            "task": "oms.backoffice.tasks.run_imports",
            "schedule": 10.0,
            "options": {"queue": "bulk", "expires": 10},
        },
        "imports-housekeeping": {
            "task": "oms.backoffice.tasks.forget_imports",
            "schedule": crontab(hour="2", minute="55"),
            "options": {"queue": "bulk"},
        },
        "bulk-housekeeping": {
            "task": "oms.backoffice.tasks.forget_bulk",
            "schedule": crontab(hour="2", minute="50"),
            "options": {"queue": "bulk"},
        },
        # Past midnight where the company is: lots whose last day is over are sold no more.
        "lots past their last day": {
            "task": "inventory.tasks.set_lots_aside",
            "schedule": crontab(minute="7"),
            "options": {"queue": "bulk"},
        },
        "inbox": {
            "task": "channels.tasks.retry_inbox",
            "schedule": 60.0,
            "options": {"queue": "default", "expires": 60},
        },
        "channels-housekeeping": {
            "task": "channels.tasks.housekeeping",
            "schedule": crontab(hour="2", minute="40"),
            "options": {"queue": "bulk"},
        },
        "housekeeping": {
            "task": "oms.core.tasks.housekeeping",
            "schedule": crontab(hour="2", minute="10"),
            "options": {"queue": "bulk"},
        },
    },
)
# For every thread of a web process, not only the one that imported this.
app.set_default()
app.autodiscover_tasks()


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Connected so that Celery leaves logging as the settings made it."""


@celeryd_init.connect
def wait_patiently(conf: Any, **_: Any) -> None:
    """A worker blocks on Redis for seconds by design; the publisher's short timeouts would cut it off."""
    conf.broker_transport_options = {"visibility_timeout": 900, "socket_keepalive": True}
