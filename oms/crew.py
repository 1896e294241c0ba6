"""Web, workers and beat of one machine as forks of one process that has loaded everything once.

    python -m oms.crew

Separately they would hold the same code five times; as forks they share its pages (docs/adr/0002). A part that
dies is forked again, SIGTERM ends them all, and the death of this process ends them too. Deployments that give
each part a container of its own start gunicorn and Celery directly and need nothing of this.
"""

import ctypes
import gc
import os
import signal
import sys
import time
from collections.abc import Callable

# Papers are drawn on `carrier`: their libraries are sixty megabytes, so one of the two workers carries them.
QUEUES = {"worker1": "critical,default", "worker2": "critical,default,carrier,bulk"}
# Two workers on one machine have nothing to tell each other.
ALONE = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
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

        app.start(["--quiet", "worker", "-n", f"{name}@%h", "-Q", QUEUES[name], *ALONE])

    return run


def beat() -> None:
    from oms.celery import app

    app.start(["--quiet", "beat", "--pidfile="])


PARTS: dict[str, Callable[[], None]] = {
    "web": web,
    "worker1": worker("worker1"),
    "worker2": worker("worker2"),
    "beat": beat,
}


def load() -> None:
    """All code of all parts, with no thread started and no connection opened, kept out of collections."""

    import oms.wsgi  # noqa: F401
    from oms.celery import app

    app.loader.import_default_modules()
    app.finalize()
    gc.collect()
    gc.freeze()


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
