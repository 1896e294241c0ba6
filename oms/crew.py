"""Web, workers and beat of one machine as forks of one process that has loaded everything once.

    python -m oms.crew

Separately they would hold the same code five times; as forks they share its pages (docs/adr/0002). A part that
dies is forked again, SIGTERM ends them all, and the death of this process ends them too. Deployments that give
each part a container of its own start gunicorn and Celery directly and need nothing of this.
"""

import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

# Papers are drawn on `carrier`: their libraries are sixty megabytes, so one of the two workers carries them.
QUEUES = {"worker1": "critical,default", "worker2": "critical,default,carrier,bulk"}
# Two workers on one machine have nothing to tell each other.
ALONE = dict.fromkeys(("without_gossip", "without_mingle", "without_heartbeat"), True)
# Named by Celery in strings and loaded when a worker starts.
PARTS_OF_A_WORKER = (
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.concurrency.solo",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.loops",
    "celery.worker.strategy",
    "kombu.transport.redis",
)
# Megabytes a worker may grow by, most of it what drawing papers needs; and by how many, once it drew none for a minute.
GROWTH, GROWTH_IDLE = 80, 25
IDLE = 60
# Seconds a part gets to finish what it is doing.
PATIENCE = 8
PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15


def web() -> None:
    from gunicorn.app.wsgiapp import WSGIApplication

    sys.argv = ["gunicorn", "oms.wsgi"]
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()


def worker(name: str) -> Callable[[], None]:
    def run() -> None:
        from oms.celery import app

        end_when_grown()
        app.Worker(
            hostname=f"{name}@{socket.gethostname()}", queues=QUEUES[name], quiet=True, **ALONE
        ).start()

    return run


def end_when_grown() -> None:
    """A worker that has grown ends after its task, and the crew forks it again, small.

    Celery's own `worker_max_memory_per_child` knows only its pool of processes.
    """
    from celery import signals
    from celery.worker import state

    from oms.core import documents

    born = resident()

    def look(**_: object) -> None:
        if resident() - born > (GROWTH_IDLE if documents.idle() > IDLE else GROWTH):
            state.should_stop = 0

    signals.task_postrun.connect(look, weak=False)


def resident() -> float:
    """Megabytes of this process in memory, shared ones among them (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def beat() -> None:
    from oms.celery import app

    app.Beat(quiet=True).run()


PARTS: dict[str, Callable[[], None]] = {
    "web": web,
    "worker1": worker("worker1"),
    "worker2": worker("worker2"),
    "beat": beat,
}


def load() -> None:
    """All code of all parts, with no thread started and no connection opened, kept out of collections.

    What a fork would load or build for itself later is counted once for each: so it is done here.
    """
    import oms.wsgi  # noqa: F401
    from oms.celery import app

    # All that a worker would do first, Django's checks over every model among it.
    app.loader.init_worker()
    app.finalize()
    # Celery's own command would also look through every installed package for more commands.
    app.Worker, app.Beat  # noqa: B018  loaded when first asked for
    for module in PARTS_OF_A_WORKER:
        importlib.import_module(module)
    warm()
    keep_loaded()


def keep_loaded() -> None:
    """What is there now lives for ever: kept out of collections, so that its pages stay shared between forks."""
    gc.collect()
    gc.freeze()


def warm() -> None:
    """What the first pages in each language would build: catalogues, Babel's patterns, addresses, templates."""
    from django.conf import settings
    from django.template.loader import get_template
    from django.urls import get_resolver
    from django.utils import translation

    from oms.core import display

    for code, _ in settings.LANGUAGES:
        with translation.override(code):
            get_resolver().reverse_dict  # noqa: B018  made when first asked for
            display.money(Decimal(1), "SAR", code)
            display.day(date(2026, 1, 1), code)
            display.country("SA", code)
    folder = Path(settings.BASE_DIR) / "templates"
    for path in folder.rglob("*.html"):
        get_template(str(path.relative_to(folder)))


def die_with_parent() -> None:
    """Called in a fresh fork. At once and hard: whatever was under way is made good, as after a power cut."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def fork(name: str) -> int:
    """A child that is `name` from here on. Returns its process id to the parent."""
    pid = os.fork()
    if pid:
        return pid
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(number, signal.SIG_DFL)
    die_with_parent()
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode())  # what `ps -o comm` and bench/memory.py call it
    code = 1
    try:
        PARTS[name]()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> int:
    load()
    running: dict[int, str] = {}
    born: dict[str, float] = {}
    ending = False

    def end(*_: object) -> None:
        nonlocal ending
        ending = True
        signal.alarm(PATIENCE)
        for pid in running:
            os.kill(pid, signal.SIGTERM)

    def hurry(*_: object) -> None:
        for pid in running:
            os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGALRM, hurry)
    for name in PARTS:
        running[fork(name)] = name
        born[name] = time.monotonic()
    while running:
        pid, status = os.wait()
        name = running.pop(pid, "")
        if not name or ending:
            continue
        code = os.waitstatus_to_exitcode(status)
        sys.stderr.write(f"{name} ended with {code}, starting it again\n")
        if time.monotonic() - born[name] < 5:
            time.sleep(2)
        if not ending:
            running[fork(name)] = name
            born[name] = time.monotonic()
    return 0


if __name__ == "__main__":
    sys.exit(main())
