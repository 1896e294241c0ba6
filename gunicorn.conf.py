"""The web server: few processes that share what they loaded. See docs/adr/0003 for the figures behind it."""

import gc
import os
from typing import Any

from prometheus_client import multiprocess

from oms.crew import die_with_parent, keep_loaded

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_PROCESSES", "2"))
worker_class = os.environ.get("WEB_WORKER_CLASS", "gthread")
threads = int(os.environ.get("WEB_THREADS", "2"))
keepalive = 30
timeout = 60
graceful_timeout = 8
# Loaded once, shared by all: half the memory. Nothing connects to the database at import.
preload_app = True
# Workers touch a file there to show that they live: memory, so that a busy disk kills none.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
# Our own access line carries the request id; gunicorn tells only of its processes.
accesslog = None
loglevel = "warning"
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")


def when_ready(server: Any) -> None:
    """Collections are rarer, too: a batch of orders makes tens of thousands of objects, none of them in a circle.

    Workers keep Python's own pace: what WeasyPrint draws is full of circles.
    """
    keep_loaded()
    gc.set_threshold(5_000, 10, 10)


def post_fork(server: Any, worker: Any) -> None:
    """The port is free for the next parent as soon as this one is gone."""
    die_with_parent()


def child_exit(server: Any, worker: Any) -> None:
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)
